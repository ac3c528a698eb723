//! The queue of several servers M/M/c.
//!
//! Poisson arrivals, exponential service times, `servers` equal servers behind one queue, first in
//! first out, waiting room without bound, nobody leaves before being served.
//!
//! Sources: A. K. Erlang (1917); D. Gross and C. M. Harris, Fundamentals of Queueing Theory,
//! chapter 2; M. Harchol-Balter, Performance Modeling and Design of Computer Systems (2013),
//! chapter 14.

use super::search;
use crate::theory::{BirthDeath, ErlangB};

/// The queue M/M/c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmc {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Services per second of one busy server.
    pub service_rate: f64,
    /// Number of servers.
    pub servers: u32,
}

impl Mmc {
    /// The share of servers that are busy.
    pub fn utilization(&self) -> f64 {
        (self.offered_load() / f64::from(self.servers)).min(1.0)
    }

    /// The share of requests that wait (Erlang's C).
    pub fn wait_probability(&self) -> f64 {
        let blocking = ErlangB {
            offered_load: self.offered_load(),
            servers: self.servers,
        }
        .blocking();
        blocking / (1.0 - self.utilization() * (1.0 - blocking))
    }

    /// Mean number of requests, waiting or in service (L).
    pub fn in_system(&self) -> f64 {
        self.arrival_rate * self.latency()
    }

    /// Mean number of waiting requests (Lq).
    pub fn queue_length(&self) -> f64 {
        self.arrival_rate * self.wait()
    }

    /// Mean time from arrival to departure (W), in seconds.
    pub fn latency(&self) -> f64 {
        self.wait() + 1.0 / self.service_rate
    }

    /// Mean time before service (Wq), zeros included, in seconds.
    pub fn wait(&self) -> f64 {
        self.wait_probability() / self.spare_rate()
    }

    /// The wait that a share `p` of requests does not exceed, in seconds; zero where so many do not
    /// wait at all.
    pub fn wait_quantile(&self, p: f64) -> f64 {
        libm::log(self.wait_probability() / (1.0 - p)).max(0.0) / self.spare_rate()
    }

    /// The share of requests whose latency exceeds `seconds`.
    pub fn latency_exceeds(&self, seconds: f64) -> f64 {
        // Latency is the service time, exponential with rate m, for those who do not wait; for the
        // others an exponential wait with rate s, the spare rate, comes before. The sum of both
        // exceeds t with probability e^(−mt) + m ∫₀ᵗ e^(−s(t−u)) e^(−mu) du: the integral is
        // written so that nothing cancels, not even for equal rates.
        let (service, spare) = (self.service_rate, self.spare_rate());
        let slope = (service - spare).abs() * seconds;
        let mean_decay = if slope < f64::MIN_POSITIVE {
            1.0
        } else {
            -libm::expm1(-slope) / slope
        };
        let overlap = seconds * libm::exp(-service.min(spare) * seconds) * mean_decay;
        libm::exp(-service * seconds) + self.wait_probability() * service * overlap
    }

    /// The latency that a share `p` of requests does not exceed, in seconds.
    pub fn latency_quantile(&self, p: f64) -> f64 {
        if self.spare_rate() <= 0.0 {
            return f64::INFINITY;
        }
        search::quantile(1.0 - p, 1.0 / self.service_rate, |t| {
            self.latency_exceeds(t)
        })
    }

    /// The number in system as a chain; `None` where the queue grows without bound.
    pub fn chain(&self) -> Option<BirthDeath> {
        let death = |n: u32| f64::from(n.min(self.servers)) * self.service_rate;
        BirthDeath::new(|_| self.arrival_rate, death, None)
    }

    fn offered_load(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    /// Service rate of all servers less arrival rate; zero where the queue grows without bound.
    fn spare_rate(&self) -> f64 {
        (f64::from(self.servers) * self.service_rate - self.arrival_rate).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::Mm1;

    const FOUR: Mmc = Mmc {
        arrival_rate: 3.2,
        service_rate: 1.0,
        servers: 4,
    };
    const HUNDRED: Mmc = Mmc {
        arrival_rate: 95.0,
        service_rate: 1.0,
        servers: 100,
    };

    fn assert_close(found: f64, expected: f64) {
        assert!(
            (found / expected - 1.0).abs() < 1e-12,
            "{found} against {expected}"
        );
    }

    #[test]
    fn means_are_those_of_the_textbooks() {
        // MMC-4-3.2-{C,Wq,Lq,T}: Erlang 1917; Gross & Harris ch.2; Harchol-Balter ch.14.
        assert_close(FOUR.wait_probability(), 0.596_432_471_787_404_4);
        assert_close(FOUR.wait(), 0.745_540_589_734_255_6);
        assert_close(FOUR.queue_length(), 2.385_729_887_149_618);
        assert_close(FOUR.latency(), 1.745_540_589_734_256);
        assert_close(FOUR.in_system(), 2.385_729_887_149_618 + 3.2);
        assert_close(FOUR.utilization(), 0.8);
        // MMC-100-95-{C,Wq,Lq,T}.
        assert_close(HUNDRED.wait_probability(), 0.506_456_853_913_020_6);
        assert_close(HUNDRED.wait(), 0.101_291_370_782_604_1);
        assert_close(HUNDRED.queue_length(), 9.622_680_224_347_391);
        assert_close(HUNDRED.latency(), 1.101_291_370_782_604);
    }

    #[test]
    fn quantiles_are_those_of_the_textbooks() {
        // MMC-4-3.2-Wq-p*, MMC-100-95-Wq-p*: Erlang 1917; Gross & Harris ch.2.
        for (queue, p, wait) in [
            (FOUR, 0.9, 2.232_244_802_179_951),
            (FOUR, 0.999, 7.988_707_534_665_065),
            (HUNDRED, 0.9, 0.324_453_789_860_058_8),
            (HUNDRED, 0.999, 1.245_487_827_057_677),
        ] {
            assert_close(queue.wait_quantile(p), wait);
        }
        // MMC-4-3.2-T-p*, MMC-100-95-T-p*.
        for (queue, p, latency) in [
            (FOUR, 0.95, 4.738_019_496_036_595),
            (FOUR, 0.99, 6.893_203_748_883_001),
            (HUNDRED, 0.95, 3.114_948_701_211_937),
            (HUNDRED, 0.99, 4.724_387_048_949_152),
        ] {
            assert_close(queue.latency_quantile(p), latency);
        }
    }

    #[test]
    fn one_server_is_mm1() {
        for arrival_rate in [0.1, 0.5, 0.8, 0.99] {
            let one = Mmc {
                arrival_rate,
                service_rate: 1.0,
                servers: 1,
            };
            let mm1 = Mm1 {
                arrival_rate,
                service_rate: 1.0,
            };
            assert_close(one.latency(), mm1.latency());
            assert_close(one.wait_probability(), mm1.wait_probability());
            assert_close(one.queue_length(), mm1.queue_length());
            for p in [0.01, 0.5, 0.99, 0.999_999] {
                assert_close(one.latency_quantile(p), mm1.latency_quantile(p));
            }
        }
    }

    #[test]
    fn equal_rates_of_wait_and_service_are_no_special_case() {
        // The spare rate of 4 servers at load 3 is one server's rate.
        let latency = |arrival_rate| {
            Mmc {
                arrival_rate,
                ..FOUR
            }
            .latency_quantile(0.95)
        };
        let (below, equal, above) = (latency(3.0 - 1e-9), latency(3.0), latency(3.0 + 1e-9));
        assert!(below < equal && equal < above && above - below < 1e-7);
        // P(T > t) = (1 + C·t) e^(−t) there.
        let queue = Mmc {
            arrival_rate: 3.0,
            ..FOUR
        };
        let closed = (1.0 + queue.wait_probability() * 2.0) * libm::exp(-2.0);
        assert_close(queue.latency_exceeds(2.0), closed);
    }

    #[test]
    fn an_overloaded_queue_has_no_mean() {
        let overloaded = Mmc {
            arrival_rate: 4.0,
            ..FOUR
        };
        assert_close(overloaded.wait_probability(), 1.0);
        assert!(overloaded.wait().is_infinite() && overloaded.latency_quantile(0.1).is_infinite());
    }
}
