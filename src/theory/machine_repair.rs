//! A finite population at one station: M/M/c//N (machine repair).
//!
//! `users` think for an exponential time, send one request, wait for its answer, and think again;
//! service times are exponential, `servers` equal servers behind one queue. Response time and
//! throughput do not depend on the law of the think time but through its mean (Gordon and Newell).
//!
//! Source: D. Gross and C. M. Harris, Fundamentals of Queueing Theory, section 2.7.

use super::BirthDeath;

/// The closed system M/M/c//N.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MachineRepair {
    /// Number of users (N).
    pub users: u32,
    /// Mean time between an answer and the next request, in seconds, above 0.
    pub think_time: f64,
    /// Services per second of one busy server.
    pub service_rate: f64,
    /// Number of servers (c).
    pub servers: u32,
}

impl MachineRepair {
    /// The number of requests at the station as a chain.
    ///
    /// # Panics
    /// If there is no server.
    pub fn chain(&self) -> BirthDeath {
        let birth = |n: u32| f64::from(self.users - n) / self.think_time;
        let death = |n: u32| f64::from(n.min(self.servers)) * self.service_rate;
        BirthDeath::new(birth, death, Some(self.users)).expect("a finite chain has a law")
    }

    /// Requests per second.
    pub fn throughput(&self) -> f64 {
        self.busy() * self.service_rate
    }

    /// Mean time from request to answer, in seconds.
    pub fn latency(&self) -> f64 {
        self.in_system() / self.throughput()
    }

    /// Mean time before service, in seconds.
    pub fn wait(&self) -> f64 {
        self.latency() - 1.0 / self.service_rate
    }

    /// Mean number of requests at the station.
    pub fn in_system(&self) -> f64 {
        self.chain().mean()
    }

    /// The share of servers that are busy.
    pub fn utilization(&self) -> f64 {
        self.busy() / f64::from(self.servers)
    }

    fn busy(&self) -> f64 {
        self.chain().mean_of(|n| f64::from(n.min(self.servers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn twenty_users_and_four_servers_are_those_of_the_table() {
        // MR-20-4-X, MR-20-4-R: Gross & Harris sec 2.7.
        let system = MachineRepair {
            users: 20,
            think_time: 4.0,
            service_rate: 1.0,
            servers: 4,
        };
        assert_close(system.throughput(), 3.578_387_820_370_858, 1e-12);
        assert_close(system.latency(), 1.589_109_119_516_072, 1e-12);
        // The interactive response time law: R = N/X − Z.
        let law = 20.0 / system.throughput() - 4.0;
        assert_close(system.wait(), law - 1.0, 1e-12);
        assert_close(system.utilization(), system.throughput() / 4.0, 1e-12);
    }
}
