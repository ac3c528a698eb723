//! The queue with bounded waiting room M/M/c/K.
//!
//! Poisson arrivals, exponential service times, `servers` equal servers, `waiting_places` places to
//! wait: who finds all of them taken is lost. K counts both, as everywhere in this crate. There is a
//! stationary regime at any load.
//!
//! Source: D. Gross and C. M. Harris, Fundamentals of Queueing Theory, section 2.5.

use super::BirthDeath;

/// The queue M/M/c/K.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmck {
    /// Arrivals per second, lost ones included.
    pub arrival_rate: f64,
    /// Services per second of one busy server.
    pub service_rate: f64,
    /// Number of servers (c).
    pub servers: u32,
    /// Places to wait (K − c).
    pub waiting_places: u32,
}

impl Mmck {
    /// The number in system as a chain.
    ///
    /// # Panics
    /// If there is no server.
    pub fn chain(&self) -> BirthDeath {
        let last = self.servers.saturating_add(self.waiting_places);
        let death = |n: u32| f64::from(n.min(self.servers)) * self.service_rate;
        BirthDeath::new(|_| self.arrival_rate, death, Some(last)).expect("a finite chain has a law")
    }

    /// All means at once.
    pub fn means(&self) -> MmckMeans {
        let chain = self.chain();
        let (servers, law) = (self.servers, chain.probabilities());
        let blocking = law[law.len() - 1];
        let throughput = self.arrival_rate * (1.0 - blocking);
        let queue_length = chain.mean_of(|n| f64::from(n.saturating_sub(servers)));
        let in_system = chain.mean();
        MmckMeans {
            blocking,
            throughput,
            queue_length,
            in_system,
            utilization: (in_system - queue_length) / f64::from(servers),
            latency: in_system / throughput,
            wait: queue_length / throughput,
            wait_probability: (chain.at_least(servers) - blocking) / (1.0 - blocking),
        }
    }
}

/// What M/M/c/K comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MmckMeans {
    /// The share of arrivals that are lost.
    pub blocking: f64,
    /// Served per second.
    pub throughput: f64,
    /// Mean number of waiting requests.
    pub queue_length: f64,
    /// Mean number of requests, waiting or in service.
    pub in_system: f64,
    /// The share of servers that are busy.
    pub utilization: f64,
    /// Mean latency of those that are let in, in seconds.
    pub latency: f64,
    /// Mean wait of those that are let in, zeros included, in seconds.
    pub wait: f64,
    /// The share of those that are let in that wait.
    pub wait_probability: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{ErlangB, Mmc, assert_close};

    #[test]
    fn means_are_those_of_the_table() {
        // MMCK-4-20-3.2-*, MMCK-1-10-0.9-*, MMCK-1-10-1.2-*: Gross & Harris sec 2.5.
        let cases = [
            (
                (3.2, 4, 16),
                [
                    0.003_403_324_554_410_167,
                    2.132_328_276_999_67,
                    5.321_437_638_425_557,
                    3.189_109_361_425_887,
                    1.668_628_145_146_544,
                ],
            ),
            (
                (0.9, 1, 9),
                [
                    0.050_813_731_327_412_39,
                    3.115_172_956_780_845,
                    3.969_440_598_586_174,
                    0.854_267_641_805_328_9,
                    4.646_600_672_123_705,
                ],
            ),
            (
                (1.2, 1, 9),
                [
                    0.192_586_495_126_806,
                    5.741_812_472_521_365,
                    6.710_708_678_369_198,
                    0.968_896_205_847_832_8,
                    6.926_137_844_142_956,
                ],
            ),
        ];
        for ((arrival_rate, servers, waiting_places), expected) in cases {
            let queue = Mmck {
                arrival_rate,
                service_rate: 1.0,
                servers,
                waiting_places,
            };
            let means = queue.means();
            let found = [
                means.blocking,
                means.queue_length,
                means.in_system,
                means.throughput,
                means.latency,
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert_close(found, expected, 1e-12);
            }
            // Little's law, and that what is served keeps the servers busy.
            assert_close(means.wait * means.throughput, means.queue_length, 1e-12);
            assert_close(
                means.utilization * f64::from(servers),
                means.throughput,
                1e-12,
            );
        }
    }

    #[test]
    fn it_lies_between_the_loss_system_and_the_unbounded_queue() {
        let queue = |waiting_places| {
            Mmck {
                arrival_rate: 3.0,
                service_rate: 1.0,
                servers: 5,
                waiting_places,
            }
            .means()
        };
        let loss = ErlangB {
            offered_load: 3.0,
            servers: 5,
        };
        assert_close(queue(0).blocking, loss.blocking(), 1e-13);
        assert!(queue(0).wait_probability.abs() < 1e-15);
        let unbounded = Mmc {
            arrival_rate: 3.0,
            service_rate: 1.0,
            servers: 5,
        };
        let wide = queue(200);
        assert_close(wide.wait, unbounded.wait(), 1e-12);
        assert_close(wide.wait_probability, unbounded.wait_probability(), 1e-12);
    }
}
