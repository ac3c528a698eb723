//! A server for everybody: M/G/∞.
//!
//! Poisson arrivals, independent service times, nobody waits. The number in system is Poisson and
//! depends on the service law by its mean alone.
//!
//! Sources: L. Takács, Introduction to the Theory of Queues (1962); its autocovariance: V. E. Beneš
//! (1957).

use super::Moments;

/// The system M/G/∞.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MgInfinity {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Of the service time.
    pub service: Moments,
}

impl MgInfinity {
    /// Mean number in system.
    pub fn in_system(&self) -> f64 {
        self.arrival_rate * self.service.mean
    }

    /// The probability that more than `places` requests are there at once: how good `places` servers
    /// are as a server for everybody.
    pub fn exceeds(&self, places: u32) -> f64 {
        // From the far end: terms of the Poisson law above `places` by their ratio.
        let mean = self.in_system();
        if mean <= 0.0 {
            return 0.0;
        }
        let first = f64::from(places) + 1.0;
        let log = first * libm::log(mean) - mean - libm::lgamma(first + 1.0);
        let mut term = libm::exp(log);
        let mut sum = 0.0;
        let mut n = first;
        while term > sum * 1e-17 && n < first + 1e7 {
            sum += term;
            n += 1.0;
            term *= mean / n;
        }
        sum.min(1.0)
    }

    /// The limit of t · Var(time average of the number in system over t), in seconds.
    pub fn asymptotic_variance(&self) -> f64 {
        self.arrival_rate * self.service.square
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn the_number_in_system_is_poisson() {
        let system = MgInfinity {
            arrival_rate: 20.0,
            service: Moments {
                mean: 0.1,
                square: 0.02,
            },
        };
        assert_close(system.in_system(), 2.0, 1e-14);
        // 1 − e⁻²(1 + 2 + 2).
        assert_close(system.exceeds(2), 1.0 - 5.0 * libm::exp(-2.0), 1e-12);
        // Exponential service: Var N · 2 / μ.
        assert_close(system.asymptotic_variance(), 2.0 * 2.0 * 0.1, 1e-12);
        assert!(system.exceeds(1_000_000) <= 0.0);
    }
}
