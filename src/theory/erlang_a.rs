//! The queue with impatient requests M/M/c+M (Erlang A).
//!
//! Poisson arrivals, exponential service times, `servers` equal servers behind one queue; who waits
//! longer than an exponential patience leaves. There is a stationary regime at any load. Waits
//! are those of all arrivals, served or not.
//!
//! Sources: C. Palm (1943, 1957); O. Garnett, A. Mandelbaum and M. Reiman, Manufacturing and Service
//! Operations Management 4 (2002) 208–227.

use super::BirthDeath;

/// Erlang's system with abandonment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErlangA {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Services per second of one busy server.
    pub service_rate: f64,
    /// Number of servers.
    pub servers: u32,
    /// The reciprocal of the mean patience, per second.
    pub patience_rate: f64,
}

impl ErlangA {
    /// The number in system as a chain.
    ///
    /// # Panics
    /// If the patience rate is not above 0.
    pub fn chain(&self) -> BirthDeath {
        let death = |n: u32| {
            let waiting = f64::from(n.saturating_sub(self.servers));
            f64::from(n.min(self.servers)) * self.service_rate + waiting * self.patience_rate
        };
        BirthDeath::new(|_| self.arrival_rate, death, None).expect("impatience keeps queues short")
    }

    /// All means at once.
    pub fn means(&self) -> ErlangAMeans {
        let chain = self.chain();
        let queue_length = chain.mean_of(|n| f64::from(n.saturating_sub(self.servers)));
        let in_system = chain.mean();
        let abandoned = self.patience_rate * queue_length / self.arrival_rate;
        ErlangAMeans {
            wait_probability: chain.at_least(self.servers),
            abandoned,
            wait: queue_length / self.arrival_rate,
            queue_length,
            in_system,
            utilization: (in_system - queue_length) / f64::from(self.servers),
            throughput: self.arrival_rate * (1.0 - abandoned),
        }
    }
}

/// What Erlang's A comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErlangAMeans {
    /// The share of arrivals that wait.
    pub wait_probability: f64,
    /// The share of arrivals that leave unserved.
    pub abandoned: f64,
    /// Mean wait of all, in seconds.
    pub wait: f64,
    /// Mean number of waiting requests.
    pub queue_length: f64,
    /// Mean number of requests, waiting or in service.
    pub in_system: f64,
    /// The share of servers that are busy.
    pub utilization: f64,
    /// Served per second.
    pub throughput: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn means_are_those_of_the_table() {
        // ERLA-10-10-0.5-*, ERLA-5-4-2-*: Garnett, Mandelbaum & Reiman 2002.
        for ((arrival_rate, servers, patience_rate), expected) in [
            (
                (10.0, 10, 0.5),
                [
                    0.619_655_230_884_077_5,
                    0.103_913_212_326_308_2,
                    0.207_826_424_652_616_4,
                    2.078_264_246_526_164,
                ],
            ),
            (
                (4.0, 5, 2.0),
                [
                    0.327_119_624_474_969_7,
                    0.127_270_307_636_606_8,
                    0.063_635_153_818_303_39,
                    0.254_540_615_273_213_5,
                ],
            ),
        ] {
            let means = ErlangA {
                arrival_rate,
                service_rate: 1.0,
                servers,
                patience_rate,
            }
            .means();
            let found = [
                means.wait_probability,
                means.abandoned,
                means.wait,
                means.queue_length,
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert_close(found, expected, 1e-12);
            }
            assert_close(
                means.throughput,
                means.utilization * f64::from(servers),
                1e-12,
            );
        }
    }

    #[test]
    fn patience_as_long_as_service_makes_it_the_system_without_queue() {
        // With θ = μ every request leaves at rate μ: the number in system is Poisson.
        let means = ErlangA {
            arrival_rate: 7.0,
            service_rate: 2.0,
            servers: 2,
            patience_rate: 2.0,
        }
        .means();
        assert_close(means.in_system, 3.5, 1e-12);
    }
}
