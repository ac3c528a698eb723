//! The number in system of M/M/c and M/M/c/K in the long run, as a law to draw from.
//!
//! A birth-death process: with load a = λ/μ, p(n + 1) / p(n) = a / min(n + 1, c), up to K (L.
//! Kleinrock, Queueing Systems 1, chapter 3). Shares are built up from the most likely number, so
//! neither many servers nor a full house overflow; what is below 1e-20 of the largest is left out.

/// The stationary law of a number in system.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberLaw {
    /// The smallest number that is told apart from impossible.
    first: u64,
    /// From there on: the share of the time with at most so many.
    cumulative: Vec<f64>,
}

/// Shares below this part of the largest are left out.
const NEGLIGIBLE: f64 = 1e-20;

impl NumberLaw {
    /// With `load` = λ/μ, `servers` and places for `capacity` in all, if those are limited.
    ///
    /// # Panics
    /// If the load is not below the servers where places are not limited: there is no such law.
    pub fn new(load: f64, servers: u64, capacity: Option<u64>) -> Self {
        assert!(
            capacity.is_some() || load < servers as f64,
            "a load of {load} on {servers} servers has no stationary law"
        );
        let most = capacity.unwrap_or(u64::MAX);
        let mode = if load < servers as f64 {
            (load as u64).min(most)
        } else {
            most
        };
        let ratio = |number: u64| load / number.min(servers) as f64;
        let mut below = Vec::new();
        let (mut number, mut share) = (mode, 1.0);
        while number > 0 {
            share /= ratio(number);
            if share < NEGLIGIBLE {
                break;
            }
            number -= 1;
            below.push(share);
        }
        let first = number;
        let mut shares: Vec<f64> = below.into_iter().rev().collect();
        (number, share) = (mode, 1.0);
        loop {
            shares.push(share);
            if number == most {
                break;
            }
            number += 1;
            share *= ratio(number);
            if share < NEGLIGIBLE {
                break;
            }
        }
        let whole: f64 = shares.iter().sum();
        let mut sum = 0.0;
        let cumulative = shares.iter().map(|share| {
            sum += share;
            sum / whole
        });
        Self {
            first,
            cumulative: cumulative.collect(),
        }
    }

    /// The number of which `uniform`, between 0 and 1, is the position: inversion.
    pub fn draw(&self, uniform: f64) -> u64 {
        let position = self.cumulative.partition_point(|share| *share <= uniform);
        self.first + position.min(self.cumulative.len() - 1) as u64
    }

    /// The share of the time with exactly `number` in system.
    pub fn share(&self, number: u64) -> f64 {
        let Some(position) = number.checked_sub(self.first) else {
            return 0.0;
        };
        let position = position as usize;
        let up_to = self.cumulative.get(position).copied();
        let before = position
            .checked_sub(1)
            .map_or(0.0, |it| self.cumulative.get(it).copied().unwrap_or(1.0));
        up_to.map_or(0.0, |up_to| up_to - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64) {
        assert!(
            (value - expected).abs() < 1e-12,
            "{value} is not {expected}"
        );
    }

    #[test]
    fn of_one_server_it_is_geometric() {
        let law = NumberLaw::new(0.8, 1, None);
        let mut share = 0.2;
        for number in 0..50 {
            close(law.share(number), share);
            share *= 0.8;
        }
        assert_eq!((law.draw(0.0), law.draw(0.199), law.draw(0.201)), (0, 0, 1));
        assert_eq!(law.draw(0.5), 3);
    }

    #[test]
    fn with_limited_places_it_is_cut_and_may_be_overloaded() {
        // M/M/1/3 with ρ = 2: 1, 2, 4, 8 of 15.
        let law = NumberLaw::new(2.0, 1, Some(3));
        for (number, share) in [(0, 1.0), (1, 2.0), (2, 4.0), (3, 8.0)] {
            close(law.share(number), share / 15.0);
        }
        close(law.share(4), 0.0);
        assert_eq!(law.draw(0.999_999), 3);
        // M/M/2/2 with a = 1: 1, 1, 1/2 of 5/2.
        let law = NumberLaw::new(1.0, 2, Some(2));
        close(law.share(2), 0.2);
    }

    #[test]
    fn with_servers_for_all_it_is_poisson() {
        let law = NumberLaw::new(900_000.0, 1_000_000, None);
        let mean: f64 = (890_000..910_000).map(|n| n as f64 * law.share(n)).sum();
        assert!((mean / 900_000.0 - 1.0).abs() < 1e-9, "{mean}");
        // φ(0)/σ at the mode, by Stirling.
        let expected = 1.0 / (2.0 * std::f64::consts::PI * 900_000.0_f64).sqrt();
        assert!((law.share(900_000) / expected - 1.0).abs() < 1e-6);
    }
}
