//! The single-server queue with any service law M/G/1.
//!
//! Poisson arrivals, independent service times, one server, waiting room without bound. First in
//! first out, last in first out and random order have one mean; who shares the server or gives way to
//! whoever came last has another, which depends on the law by its mean alone.
//!
//! Sources: F. Pollaczek (1930), A. Khinchine (1932), in L. Kleinrock, Queueing Systems, vol. 1
//! (1975), section 5.6; sharing: M. Sakata, S. Noguchi and J. Oizumi (1969), Kleinrock vol. 2,
//! chapter 4; preemptive last in first out: F. P. Kelly, Reversibility and Stochastic Networks (1979).

/// The first two moments of a service time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// E S, in seconds.
    pub mean: f64,
    /// E S², in seconds²; infinite where it is.
    pub square: f64,
}

impl Moments {
    /// Squared coefficient of variation.
    pub fn cv2(&self) -> f64 {
        self.square / (self.mean * self.mean) - 1.0
    }
}

/// The queue M/G/1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mg1 {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Of the service time.
    pub service: Moments,
}

impl Mg1 {
    /// The share of time that the server is busy; at least 1 where the queue grows without bound.
    pub fn load(&self) -> f64 {
        self.arrival_rate * self.service.mean
    }

    /// Mean wait of first in first out, last in first out and random order, zeros included, in
    /// seconds.
    pub fn wait(&self) -> f64 {
        self.arrival_rate * self.service.square / 2.0 / spare(self.load())
    }

    /// Mean latency in those orders, in seconds.
    pub fn latency(&self) -> f64 {
        self.wait() + self.service.mean
    }

    /// Mean latency of processor sharing and of preemptive last in first out, in seconds.
    pub fn sharing_latency(&self) -> f64 {
        self.service.mean / spare(self.load())
    }
}

/// What is left of a server at `load`; zero where nothing is.
pub(super) fn spare(load: f64) -> f64 {
    (1.0 - load).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn means_are_those_of_the_table() {
        // MG1-{D,E2,M,U02,LN4,H2_4}-*: Pollaczek, Khinchine; load, E S², E Wq, E T.
        for (load, square, wait, latency) in [
            (0.5, 1.0, 0.5, 1.5),
            (0.9, 1.0, 4.5, 5.5),
            (0.8, 1.5, 3.0, 4.0),
            (0.8, 2.0, 4.0, 5.0),
            (0.8, 4.0 / 3.0, 2.666_666_666_666_667, 3.666_666_666_666_667),
            (0.9, 5.0, 22.5, 23.5),
            (0.5, 5.0, 2.5, 3.5),
        ] {
            let queue = Mg1 {
                arrival_rate: load,
                service: Moments { mean: 1.0, square },
            };
            assert_close(queue.wait(), wait, 1e-14);
            assert_close(queue.latency(), latency, 1e-14);
            // MG1-*-PS, MG1-*-LIFO.
            assert_close(queue.sharing_latency(), 1.0 / (1.0 - load), 1e-14);
        }
        // MG1-BP-0.7: bounded Pareto, α = 1.5 on [1, 1000].
        let queue = Mg1 {
            arrival_rate: 0.240_945_314_540_392_89,
            service: Moments {
                mean: 2.905_223_541_429_977,
                square: 91.871_235_028_592_81,
            },
        };
        assert_close(queue.wait(), 36.893_239_368_631_09, 1e-12);
        assert_close(queue.sharing_latency(), 9.684_078_471_433, 1e-12);
    }

    #[test]
    fn without_a_second_moment_waits_are_infinite_and_shares_are_not() {
        let queue = Mg1 {
            arrival_rate: 0.5,
            service: Moments {
                mean: 1.0,
                square: f64::INFINITY,
            },
        };
        assert!(queue.wait().is_infinite());
        assert_close(queue.sharing_latency(), 2.0, 1e-14);
        let overloaded = Mg1 {
            arrival_rate: 2.0,
            ..queue
        };
        assert!(overloaded.sharing_latency().is_infinite());
    }
}
