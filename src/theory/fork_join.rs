//! Fork and join: a request has one part at each of several servers and is done with the last.
//!
//! Poisson arrivals, parts with independent exponential service times of one rate, first in first out
//! at each of `branches` servers, waiting room without bound. Exact for two; beyond, an approximation
//! and bounds.
//!
//! Sources: L. Flatto and S. Hahn, SIAM Journal on Applied Mathematics 44 (1984); R. Nelson and A. N.
//! Tantawi, IEEE Transactions on Computers 37 (1988) 739–743; the upper bound: F. Baccelli, A. M.
//! Makowski and A. Shwartz, Advances in Applied Probability 21 (1989).

use super::Mm1;

/// A fork-join queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForkJoin {
    /// Requests per second.
    pub arrival_rate: f64,
    /// Services per second of one busy server.
    pub service_rate: f64,
    /// Number of servers (K), at least 1.
    pub branches: u32,
}

impl ForkJoin {
    /// Mean time until all parts are done, in seconds: exact for up to two branches, beyond them
    /// Nelson and Tantawi's approximation, made for up to 32.
    pub fn latency(&self) -> f64 {
        let branch = self.branch();
        let load = branch.utilization();
        let single = branch.latency();
        if self.branches < 2 {
            return single;
        }
        let two = (12.0 - load) / 8.0 * single;
        if self.branches == 2 {
            return two;
        }
        let share = harmonic(self.branches) / 1.5;
        (share + 4.0 / 11.0 * (1.0 - share) * load) * two
    }

    /// Whether [`Self::latency`] is exact.
    pub fn is_exact(&self) -> bool {
        self.branches <= 2
    }

    /// Never less than the mean time, in seconds: the parts as if they were independent.
    pub fn latency_upper_bound(&self) -> f64 {
        harmonic(self.branches) * self.branch().latency()
    }

    /// Never more than the mean time, in seconds: one part alone, or all parts without queueing.
    pub fn latency_lower_bound(&self) -> f64 {
        let no_queue = harmonic(self.branches) / self.service_rate;
        self.branch().latency().max(no_queue)
    }

    fn branch(&self) -> Mm1 {
        Mm1 {
            arrival_rate: self.arrival_rate,
            service_rate: self.service_rate,
        }
    }
}

/// 1 + 1/2 + … + 1/n: the mean of the largest of n exponentials of mean 1.
pub fn harmonic(n: u32) -> f64 {
    (1..=n).rev().map(|k| 1.0 / f64::from(k)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    fn fork(arrival_rate: f64, branches: u32) -> ForkJoin {
        ForkJoin {
            arrival_rate,
            service_rate: 1.0,
            branches,
        }
    }

    #[test]
    fn latencies_and_bounds_are_those_of_the_table() {
        // FJ2-0.7, FJ2-0.9: exact. FJ-NT-8-0.8, FJ-NT-16-0.5, FJ-NT-16-0.8: the approximation.
        for (load, branches, latency) in [
            (0.7, 2, 4.708_333_333_333_333),
            (0.9, 2, 13.875),
            (0.8, 8, 11.03),
            (0.5, 16, 5.824_325_012_109_103),
            (0.8, 16, 13.223_503_213_957_76),
            (0.5, 1, 2.0),
        ] {
            let fork = fork(load, branches);
            assert_close(fork.latency(), latency, 1e-12);
            assert!(fork.latency_lower_bound() <= latency);
            assert!(latency <= fork.latency_upper_bound() * (1.0 + 1e-12));
        }
        // FJ-UB-4-0.5, FJ-UB-16-0.8, FJ-UB-32-0.5.
        assert_close(
            fork(0.5, 4).latency_upper_bound(),
            4.166_666_666_666_667,
            1e-12,
        );
        assert_close(
            fork(0.8, 16).latency_upper_bound(),
            16.903_644_966_144_97,
            1e-12,
        );
        assert_close(
            fork(0.5, 32).latency_upper_bound(),
            8.116_990_390_873_04,
            1e-12,
        );
    }
}
