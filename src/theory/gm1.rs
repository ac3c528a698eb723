//! The single-server queue with any renewal arrivals G/M/1.
//!
//! Independent gaps between arrivals, exponential service times, one server, first in first out,
//! waiting room without bound. An arrival finds a geometric number σ^n (1 − σ) in system; σ is the
//! root below 1 of σ = A(μ (1 − σ)), A the transform of the gaps.
//!
//! Sources: L. Kleinrock, Queueing Systems, vol. 1 (1975), chapter 6; D. Gross and C. M. Harris,
//! Fundamentals of Queueing Theory, section 5.3.

use super::search;
use super::transform::laplace;
use crate::random::Distribution;

/// The queue G/M/1, solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gm1 {
    arrival_rate: f64,
    service_rate: f64,
    /// The root; 1 where the queue grows without bound.
    sigma: f64,
}

impl Gm1 {
    /// The queue with gaps of the law `interarrival` and `service_rate` services per second.
    pub fn new(interarrival: &Distribution, service_rate: f64) -> Self {
        let arrival_rate = 1.0 / interarrival.mean();
        // The transform is convex, 1 at σ = 1 and steeper than 1 there: below its other fixed
        // point it lies above the diagonal, between the two below it.
        let is_above = |sigma: f64| laplace(interarrival, service_rate * (1.0 - sigma)) < sigma;
        let sigma = if arrival_rate < service_rate {
            let stable = 1.0 - (1.0 - arrival_rate / service_rate) * 1e-3;
            search::threshold(0.0, stable, is_above)
        } else {
            1.0
        };
        Self {
            arrival_rate,
            service_rate,
            sigma,
        }
    }

    /// The share of requests that wait (σ).
    pub fn wait_probability(&self) -> f64 {
        self.sigma
    }

    /// The share of time that the server is busy.
    pub fn utilization(&self) -> f64 {
        (self.arrival_rate / self.service_rate).min(1.0)
    }

    /// Mean number in system that arrivals find.
    pub fn found(&self) -> f64 {
        self.sigma / (1.0 - self.sigma)
    }

    /// Mean latency, in seconds.
    pub fn latency(&self) -> f64 {
        1.0 / self.decay()
    }

    /// Mean wait, zeros included, in seconds.
    pub fn wait(&self) -> f64 {
        self.sigma / self.decay()
    }

    /// Mean number in system, over time.
    pub fn in_system(&self) -> f64 {
        self.arrival_rate * self.latency()
    }

    /// Mean number of waiting requests, over time.
    pub fn queue_length(&self) -> f64 {
        self.arrival_rate * self.wait()
    }

    /// The latency that a share `p` does not exceed, in seconds: latency is exponential.
    pub fn latency_quantile(&self, p: f64) -> f64 {
        -libm::log1p(-p) / self.decay()
    }

    /// The wait that a share `p` does not exceed, in seconds.
    pub fn wait_quantile(&self, p: f64) -> f64 {
        libm::log(self.sigma / (1.0 - p)).max(0.0) / self.decay()
    }

    fn decay(&self) -> f64 {
        self.service_rate * (1.0 - self.sigma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{Mm1, assert_close};

    #[test]
    fn roots_and_means_are_those_of_the_table() {
        // GM1-{D,E4,E10,U}-0.8-*, GM1-E2-0.9-*: Kleinrock v1 ch.6; sigma, E Wq, E T, p99 of T.
        let erlang = |k, mean| Distribution::Erlang { k, mean };
        for (interarrival, expected) in [
            (
                Distribution::Constant { value: 1.25 },
                [
                    0.628_629_796_496_946_7,
                    1.692_730_839_919_897,
                    2.692_730_839_919_897,
                    12.400_483_782_889_78,
                ],
            ),
            (
                erlang(4, 1.25),
                [
                    0.693_944_721_751_769_5,
                    2.267_383_610_319_362,
                    3.267_383_610_319_362,
                    15.046_857_588_428_86,
                ],
            ),
            (
                erlang(10, 1.25),
                [
                    0.657_800_175_719_108_3,
                    1.922_269_180_299_634,
                    2.922_269_180_299_634,
                    13.457_546_904_547_73,
                ],
            ),
            (
                Distribution::Uniform { min: 0.0, max: 2.5 },
                [
                    0.715_971_855_115_468_3,
                    2.520_777_845_472_103,
                    3.520_777_845_472_103,
                    16.213_781_165_455_52,
                ],
            ),
            (
                erlang(2, 1.0 / 0.9),
                [
                    0.868_217_893_672_364_7,
                    6.588_283_628_687_876,
                    7.588_283_628_687_876,
                    34.945_337_529_654_93,
                ],
            ),
        ] {
            let queue = Gm1::new(&interarrival, 1.0);
            let found = [
                queue.wait_probability(),
                queue.wait(),
                queue.latency(),
                queue.latency_quantile(0.99),
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert_close(found, expected, 1e-11);
            }
        }
    }

    #[test]
    fn with_exponential_gaps_it_is_mm1() {
        let mm1 = Mm1 {
            arrival_rate: 0.8,
            service_rate: 1.0,
        };
        let queue = Gm1::new(&Distribution::Exponential { mean: 1.25 }, 1.0);
        assert_close(queue.latency(), mm1.latency(), 1e-11);
        assert_close(queue.found(), mm1.in_system(), 1e-11);
        assert_close(queue.wait_quantile(0.9), mm1.wait_quantile(0.9), 1e-11);
        let overloaded = Gm1::new(&Distribution::Constant { value: 0.5 }, 1.0);
        assert!(overloaded.latency().is_infinite());
    }
}
