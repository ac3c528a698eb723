//! The queue G/G/1 and G/G/c: an approximation and bounds, no closed form.
//!
//! Independent gaps, independent service times, first in first out, waiting room without bound.
//!
//! Sources: J. F. C. Kingman, Mathematical Proceedings of the Cambridge Philosophical Society 57
//! (1961) 902–904 and 58 (1962); D. J. Daley, in Stochastic Processes and their Applications 5 (1977);
//! several servers: A. O. Allen, Probability, Statistics and Queueing Theory (1978), after Cunneen.

use super::Mmc;

/// The queue G/G/c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gg {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Squared coefficient of variation of the gaps.
    pub arrival_cv2: f64,
    /// Mean service time, in seconds.
    pub service_time: f64,
    /// Squared coefficient of variation of the service time.
    pub service_cv2: f64,
    /// Number of servers.
    pub servers: u32,
}

impl Gg {
    /// Kingman's approximation of the mean wait, in seconds: variability times utilization times
    /// time (VUT). With several servers Allen and Cunneen's, which is exact for M/M/c.
    pub fn wait_approximation(&self) -> f64 {
        let markov = Mmc {
            arrival_rate: self.arrival_rate,
            service_rate: 1.0 / self.service_time,
            servers: self.servers,
        };
        markov.wait() * f64::midpoint(self.arrival_cv2, self.service_cv2)
    }

    /// Daley's upper bound of the mean wait at one server, in seconds; tighter than Kingman's.
    pub fn wait_upper_bound(&self) -> f64 {
        let load = self.load();
        if load >= 1.0 {
            return f64::INFINITY;
        }
        let gap2 = 1.0 / (self.arrival_rate * self.arrival_rate);
        let arrival = (2.0 - load) * load * self.arrival_cv2 * gap2;
        let service = self.service_cv2 * self.service_time * self.service_time;
        self.arrival_rate * (arrival + service) / (2.0 * (1.0 - load))
    }

    /// Kingman's upper bound of the mean wait at one server, in seconds.
    pub fn wait_upper_bound_of_kingman(&self) -> f64 {
        let load = self.load();
        if load >= 1.0 {
            return f64::INFINITY;
        }
        let arrival = self.arrival_cv2 / (self.arrival_rate * self.arrival_rate);
        let service = self.service_cv2 * self.service_time * self.service_time;
        self.arrival_rate * (arrival + service) / (2.0 * (1.0 - load))
    }

    fn load(&self) -> f64 {
        self.arrival_rate * self.service_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn approximation_and_bounds_are_those_of_the_table() {
        // GG1-E2E2-{VUT,Kingman,Daley}; the exact wait is 1.865268…
        let queue = Gg {
            arrival_rate: 0.8,
            arrival_cv2: 0.5,
            service_time: 1.0,
            service_cv2: 0.5,
            servers: 1,
        };
        assert_close(queue.wait_approximation(), 2.0, 1e-12);
        assert_close(queue.wait_upper_bound_of_kingman(), 2.5625, 1e-12);
        assert_close(queue.wait_upper_bound(), 2.5, 1e-12);
    }

    #[test]
    fn with_poisson_arrivals_approximation_and_tighter_bound_are_exact() {
        // MG1-E2-0.8-Wq.
        let queue = Gg {
            arrival_rate: 0.8,
            arrival_cv2: 1.0,
            service_time: 1.0,
            service_cv2: 0.5,
            servers: 1,
        };
        assert_close(queue.wait_approximation(), 3.0, 1e-12);
        assert!(queue.wait_upper_bound() >= 3.0);
        assert!(queue.wait_upper_bound() <= queue.wait_upper_bound_of_kingman());
    }
}
