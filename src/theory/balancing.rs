//! Equal servers behind a balancer: limits and bounds.
//!
//! Poisson arrivals in all, exponential service times, `servers` queues of one server each, first in
//! first out. The power of d choices has a closed form only in the limit of many servers; joining the
//! shortest queue lies between one common queue and no choice at all.
//!
//! Sources: N. D. Vvedenskaya, R. L. Dobrushin and F. I. Karpelevich (1996); M. Mitzenmacher, IEEE
//! Transactions on Parallel and Distributed Systems 12 (2001); optimality of the shortest queue:
//! W. Winston, Journal of Applied Probability 14 (1977).

use super::{Mm1, Mmc};

/// Servers behind a balancer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balanced {
    /// Arrivals per second at all servers together.
    pub arrival_rate: f64,
    /// Services per second of one busy server.
    pub service_rate: f64,
    /// Number of servers.
    pub servers: u32,
}

impl Balanced {
    /// Mean latency of the power of `choices` choices, in seconds, as the number of servers grows
    /// without bound.
    pub fn power_of_d_latency(&self, choices: u32) -> f64 {
        let load = self.arrival_rate / self.service_rate / f64::from(self.servers);
        if load >= 1.0 {
            return f64::INFINITY;
        }
        if choices < 2 {
            return 1.0 / (self.service_rate * (1.0 - load));
        }
        // The terms are load^((d^i − d)/(d − 1)), i = 1, 2, …: the exponent is 0, then d·(…) + d.
        let d = f64::from(choices);
        let mut exponent = 0.0;
        let mut sum = 0.0;
        loop {
            let term = libm::pow(load, exponent);
            sum += term;
            if term < 1e-18 {
                break sum / self.service_rate;
            }
            exponent = d * exponent + d;
        }
    }

    /// Below the mean latency of any balancer, in seconds: all servers behind one queue.
    pub fn latency_lower_bound(&self) -> f64 {
        Mmc {
            arrival_rate: self.arrival_rate,
            service_rate: self.service_rate,
            servers: self.servers,
        }
        .latency()
    }

    /// Above the mean latency of joining the shortest queue, in seconds: a random server.
    pub fn latency_upper_bound(&self) -> f64 {
        Mm1 {
            arrival_rate: self.arrival_rate / f64::from(self.servers),
            service_rate: self.service_rate,
        }
        .latency()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    fn balanced(load: f64, servers: u32) -> Balanced {
        Balanced {
            arrival_rate: load * f64::from(servers),
            service_rate: 1.0,
            servers,
        }
    }

    #[test]
    fn the_limit_of_many_servers_is_that_of_the_table() {
        // POD-{d}-{load}: Mitzenmacher 1996.
        for (choices, load, latency) in [
            (2, 0.5, 1.265_686_036_087_573),
            (3, 0.5, 1.125_244_140_626_819),
            (1, 0.7, 3.333_333_333_333_333),
            (2, 0.7, 1.614_453_770_317_711),
            (5, 0.7, 1.168_092_539_340_291),
            (2, 0.95, 3.383_046_002_519_399),
            (5, 0.99, 2.901_682_829_174_148),
        ] {
            let found = balanced(load, 100).power_of_d_latency(choices);
            assert_close(found, latency, 1e-12);
        }
        assert!(balanced(1.0, 100).power_of_d_latency(2).is_infinite());
    }

    #[test]
    fn the_shortest_of_two_queues_lies_between_the_bounds() {
        // JSQ2-0.5, JSQ2-0.5-lb, JSQ2-0.5-ub.
        let two = balanced(0.5, 2);
        assert_close(two.latency_lower_bound(), 1.333_333_333_333_333, 1e-12);
        assert_close(two.latency_upper_bound(), 2.0, 1e-12);
        assert!((two.latency_lower_bound()..two.latency_upper_bound()).contains(&1.426_320_751));
    }
}
