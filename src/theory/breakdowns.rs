//! M/M/1 with a server that breaks down, busy or not.
//!
//! Poisson arrivals, exponential service times, one server, first in first out, waiting room without
//! bound. The times between breakdowns, counted from the repair, and the repairs are exponential; what
//! was being served goes on where it stopped.
//!
//! Source: H. White and L. S. Christie, Operations Research 6 (1958) 79–95.

/// M/M/1 with breakdowns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breakdowns {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Services per second of a working server.
    pub service_rate: f64,
    /// Breakdowns per second of a working server.
    pub breakdown_rate: f64,
    /// Repairs per second of a broken server.
    pub repair_rate: f64,
}

impl Breakdowns {
    /// The share of time that the server works.
    pub fn availability(&self) -> f64 {
        self.repair_rate / (self.breakdown_rate + self.repair_rate)
    }

    /// Mean number of requests, waiting or in service.
    pub fn in_system(&self) -> f64 {
        let both = self.breakdown_rate + self.repair_rate;
        let spare = self.service_rate * self.repair_rate - self.arrival_rate * both;
        if spare <= 0.0 {
            return f64::INFINITY;
        }
        self.arrival_rate * (both * both + self.service_rate * self.breakdown_rate) / (both * spare)
    }

    /// Mean latency, in seconds.
    pub fn latency(&self) -> f64 {
        self.in_system() / self.arrival_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{Mm1, assert_close};

    #[test]
    fn means_are_those_of_the_table() {
        // BRK-0.5-0.01, BRK-0.7-0.05: White & Christie 1958.
        for (arrival_rate, breakdown_rate, repair_rate, in_system) in [
            (0.5, 0.01, 0.1, 2.232_323_232_323_232),
            (0.7, 0.05, 0.5, 3.901_185_770_750_988),
        ] {
            let server = Breakdowns {
                arrival_rate,
                service_rate: 1.0,
                breakdown_rate,
                repair_rate,
            };
            assert_close(server.in_system(), in_system, 1e-12);
            assert_close(server.availability(), 0.909_090_909_090_909_1, 1e-12);
        }
    }

    #[test]
    fn a_server_that_hardly_fails_is_mm1_and_one_that_fails_too_much_is_overloaded() {
        let server = |breakdown_rate| Breakdowns {
            arrival_rate: 0.8,
            service_rate: 1.0,
            breakdown_rate,
            repair_rate: 1.0,
        };
        let mm1 = Mm1 {
            arrival_rate: 0.8,
            service_rate: 1.0,
        };
        assert_close(server(1e-12).latency(), mm1.latency(), 1e-9);
        assert!(server(0.3).latency().is_infinite());
    }
}
