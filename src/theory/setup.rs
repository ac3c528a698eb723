//! One server that switches off when idle: M/G/1 with set-up and keep-alive.
//!
//! Poisson arrivals, independent service times, one server, first in first out, waiting room without
//! bound. The server stays on for a keep-alive time after the last departure, then switches off; the
//! request that finds it off starts a set-up, during which all wait.
//!
//! Sources: P. D. Welch, Operations Research 12 (1964) 736–752: the first service of a busy period is
//! exceptional; a cycle serves (1 + λpD)/(1 − ρ) requests and needs a set-up with probability p.

use super::mg1::spare;
use super::{Mg1, Moments};

/// A server with set-up and keep-alive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Of the service time.
    pub service: Moments,
    /// Of the set-up time.
    pub setup: Moments,
    /// The probability that nobody arrives during a keep-alive time: E e^(−λ · keep-alive).
    pub cold: f64,
}

impl Setup {
    /// Mean wait, zeros included, in seconds.
    pub fn wait(&self) -> f64 {
        let (mean, square) = (self.cold * self.setup.mean, self.cold * self.setup.square);
        let rate = self.arrival_rate;
        let delay = (2.0 * mean + rate * square) / (2.0 * (1.0 + rate * mean));
        self.queue().wait() + delay
    }

    /// Mean latency, in seconds.
    pub fn latency(&self) -> f64 {
        self.wait() + self.service.mean
    }

    /// Set-ups per request.
    pub fn cold_starts(&self) -> f64 {
        let extra = 1.0 + self.arrival_rate * self.cold * self.setup.mean;
        self.cold * spare(self.queue().load()) / extra
    }

    /// The share of time spent in set-ups.
    pub fn setting_up(&self) -> f64 {
        self.arrival_rate * self.cold_starts() * self.setup.mean
    }

    fn queue(&self) -> Mg1 {
        Mg1 {
            arrival_rate: self.arrival_rate,
            service: self.service,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    const EXPONENTIAL: Moments = Moments {
        mean: 1.0,
        square: 2.0,
    };

    #[test]
    fn means_are_those_of_the_table() {
        // SETUP1-0.5-0.1, SETUP1-0.7-1, SETUPD-0.5-10, SETUPD-0.8-2: E T, share in set-up.
        for (arrival_rate, mean, square, latency, setting_up) in [
            (0.5, 10.0, 200.0, 12.0, 0.416_666_666_666_666_7),
            (
                0.7,
                1.0,
                2.0,
                4.333_333_333_333_333,
                0.123_529_411_764_705_9,
            ),
            (
                0.5,
                10.0,
                100.0,
                7.833_333_333_333_333,
                0.416_666_666_666_666_7,
            ),
            (0.8, 2.0, 4.0, 6.384_615_384_615_385, 0.2 * 1.6 / 2.6),
        ] {
            let server = Setup {
                arrival_rate,
                service: EXPONENTIAL,
                setup: Moments { mean, square },
                cold: 1.0,
            };
            assert_close(server.latency(), latency, 1e-12);
            assert_close(server.setting_up(), setting_up, 1e-12);
        }
        // KEEPX-0.5: set-up rate 0.2, keep-alive rate 0.25.
        let kept = Setup {
            arrival_rate: 0.5,
            service: EXPONENTIAL,
            setup: Moments {
                mean: 5.0,
                square: 50.0,
            },
            cold: 0.25 / 0.75,
        };
        assert_close(kept.latency(), 5.181_818_181_818_182, 1e-12);
        assert_close(kept.cold_starts(), 0.090_909_090_909_090_91, 1e-12);
        // KEEPD-0.01-600: two seconds of set-up, ten minutes of keep-alive.
        let kept = Setup {
            arrival_rate: 0.01,
            service: EXPONENTIAL,
            setup: Moments {
                mean: 2.0,
                square: 4.0,
            },
            cold: libm::exp(-6.0),
        };
        assert_close(kept.latency(), 1.015_107_841_284_002, 1e-12);
    }
}
