//! Disciplines that look at service times: shortest job first, shortest remaining time first.
//!
//! Poisson arrivals, independent service times that are known on arrival, one server, waiting room
//! without bound. Means over all requests, from integrals over the law; of equal times the earlier
//! goes first, so laws with atoms are covered.
//!
//! Sources: T. E. Phipps, Operations Research 4 (1956) 76–85; L. E. Schrage and L. W. Miller,
//! Operations Research 14 (1966) 670–684; M. Harchol-Balter, Performance Modeling and Design of
//! Computer Systems (2013), chapters 31 and 33.

use super::{Moments, Points};

/// A single server whose discipline looks at service times.
#[derive(Clone, Copy, Debug)]
pub struct BySize<'a> {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Of the service time.
    pub service: Moments,
    /// Its law.
    pub law: &'a Points,
}

impl BySize<'_> {
    /// Mean wait of shortest job first, not preemptive, in seconds.
    pub fn shortest_job_wait(&self) -> f64 {
        if self.is_overloaded() {
            return f64::INFINITY;
        }
        let residual = self.arrival_rate * self.service.square / 2.0;
        let mut load = 0.0;
        let mut sum = 0.0;
        for (size, weight) in self.law.iter() {
            let shorter = load;
            load += self.arrival_rate * weight * size;
            sum += weight / ((1.0 - shorter) * (1.0 - load));
        }
        residual * sum
    }

    /// Mean latency of shortest remaining time first, preemptive, in seconds.
    pub fn shortest_remaining_latency(&self) -> f64 {
        if self.is_overloaded() {
            return f64::INFINITY;
        }
        // Up to the size at hand: load, second moment, share; and the time it takes to be served
        // while whoever is shorter than what is left goes first.
        let (mut load, mut square, mut share) = (0.0, 0.0, 0.0);
        let (mut served, mut previous) = (0.0, 0.0);
        let mut sum = 0.0;
        for (size, weight) in self.law.iter() {
            served += (size - previous) / (1.0 - load);
            previous = size;
            let shorter = load;
            load += self.arrival_rate * weight * size;
            square += weight * size * size;
            share += weight;
            let ahead = self.arrival_rate / 2.0 * (square + size * size * (1.0 - share).max(0.0));
            sum += weight * (ahead / ((1.0 - shorter) * (1.0 - load)) + served);
        }
        sum
    }

    fn is_overloaded(&self) -> bool {
        self.arrival_rate * self.service.mean >= 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Distribution;
    use crate::theory::assert_close;

    fn by_size(arrival_rate: f64, law: &Distribution, check: impl Fn(&BySize<'_>)) {
        let mean = law.mean();
        let service = Moments {
            mean,
            square: law.variance().unwrap() + mean * mean,
        };
        let law = &Points::mixture(&[(1.0, law)]);
        check(&BySize {
            arrival_rate,
            service,
            law,
        });
    }

    #[test]
    fn exponential_service_is_that_of_the_table() {
        // SJF-0.9, SRPT-0.8: 40-digit quadratures.
        let law = Distribution::Exponential { mean: 1.0 };
        by_size(0.9, &law, |queue| {
            let latency = queue.shortest_job_wait() + 1.0;
            assert_close(latency, 4.196_912_589_664_109, 2e-5);
        });
        by_size(0.8, &law, |queue| {
            let latency = queue.shortest_remaining_latency();
            assert_close(latency, 2.352_773_270_299_72, 2e-5);
        });
    }

    #[test]
    fn equal_sizes_are_first_in_first_out() {
        // MG1-D-0.9: wait 4.5, latency 5.5.
        by_size(0.9, &Distribution::Constant { value: 1.0 }, |queue| {
            assert_close(queue.shortest_job_wait(), 4.5, 1e-12);
            assert_close(queue.shortest_remaining_latency(), 5.5, 1e-12);
        });
    }

    #[test]
    fn two_sizes_are_two_priorities() {
        // Short ones (1 s) before long ones (3 s): Cobham with W0 = 0.2·(1 + 9)/2 = 1.
        let law = Distribution::Empirical {
            values: vec![1.0, 3.0],
        };
        by_size(0.4, &law, |queue| {
            let (short, long) = (1.0 / 0.8, 1.0 / (0.8 * 0.2));
            assert_close(queue.shortest_job_wait(), f64::midpoint(short, long), 1e-12);
        });
    }
}
