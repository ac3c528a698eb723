//! The loss system M/G/c/c.
//!
//! Poisson arrivals, `servers` independent servers, no waiting places: who finds all servers busy
//! is lost. The law of the service time matters only by its mean (insensitivity).
//!
//! Sources: A. K. Erlang (1917); the recurrence: D. L. Jagerman, Bell System Technical Journal 53
//! (1974) 525–551.

/// Erlang's loss system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErlangB {
    /// Arrival rate times mean service time, in erlangs.
    pub offered_load: f64,
    /// Number of servers.
    pub servers: u32,
}

impl ErlangB {
    /// The share of arrivals that are lost.
    pub fn blocking(&self) -> f64 {
        // 1/B_c = 1 + (c/a)·1/B_{c−1}: all terms positive, nothing cancels.
        let inverse = (1..=self.servers).fold(1.0, |inverse, server| {
            1.0 + f64::from(server) / self.offered_load * inverse
        });
        1.0 / inverse
    }

    /// Mean number of busy servers.
    pub fn in_system(&self) -> f64 {
        self.offered_load * (1.0 - self.blocking())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocking_and_busy_servers_are_those_of_the_tables() {
        // ERLB-*: Erlang 1917; Jagerman 1974.
        for (servers, offered_load, blocking, in_system) in [
            (1, 0.8, 0.444_444_444_444_444_4, 0.444_444_444_444_444_4),
            (5, 3.0, 0.110_054_347_826_087, 2.669_836_956_521_739),
            (10, 8.0, 0.121_661_064_252_951_5, 7.026_711_485_976_388),
            (100, 90.0, 0.026_957_380_464_359_21, 87.573_835_758_207_67),
        ] {
            let system = ErlangB {
                offered_load,
                servers,
            };
            assert!(
                (system.blocking() / blocking - 1.0).abs() < 1e-13,
                "{system:?}"
            );
            assert!(
                (system.in_system() / in_system - 1.0).abs() < 1e-13,
                "{system:?}"
            );
        }
    }

    #[test]
    fn without_servers_all_is_lost_and_without_load_nothing() {
        let blocking = |offered_load, servers| {
            ErlangB {
                offered_load,
                servers,
            }
            .blocking()
        };
        assert!((blocking(2.0, 0) - 1.0).abs() < 1e-15);
        assert!(blocking(0.0, 3).abs() < 1e-15);
        assert!((0.0..1e-300).contains(&blocking(1.0, 1000)));
    }
}
