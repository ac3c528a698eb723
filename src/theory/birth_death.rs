//! Markov chains that go up and down by one: the stationary law, and how fast its mean is learnt.
//!
//! Most Markovian queues are such chains; each model's file says what its rates are. Chains without
//! end are cut where nothing more is left.
//!
//! Sources: L. Kleinrock, Queueing Systems, vol. 1 (1975), chapter 3; the asymptotic variance:
//! W. Whitt, Asymptotic formulas for Markov processes with applications to simulation, Operations
//! Research 40 (1992) 279–291.

/// States that are looked at, at most: a chain that is not over by then has no stationary law
/// worth computing.
const STATES_MAX: u32 = 4_000_000;
/// A state this much less likely than the likeliest ends an endless chain.
const NEGLIGIBLE: f64 = 1e-22;

/// The stationary law of a birth-and-death chain on 0, 1, 2, ….
#[derive(Clone, Debug)]
pub struct BirthDeath {
    /// Probability of each state.
    probabilities: Vec<f64>,
    /// Rate from each state to the next.
    births: Vec<f64>,
}

impl BirthDeath {
    /// The chain that goes from `n` to `n + 1` at rate `birth(n)` and to `n − 1` at `death(n)`, up
    /// to the state `last` (`None`: without end). `None` where there is no stationary law.
    pub fn new(
        birth: impl Fn(u32) -> f64,
        death: impl Fn(u32) -> f64,
        last: Option<u32>,
    ) -> Option<Self> {
        let mut weights = vec![1.0];
        let mut births = Vec::new();
        let mut largest = 1.0_f64;
        loop {
            let state = births.len() as u32;
            let (up, weight) = (birth(state), weights[weights.len() - 1]);
            births.push(up);
            if last == Some(state) {
                break;
            }
            if state == STATES_MAX {
                return None;
            }
            let down = death(state + 1);
            let mut next: f64 = weight * up / down;
            if last.is_none() && next <= largest * NEGLIGIBLE && up < down {
                break;
            }
            if next > 1e200 {
                // Only ratios matter.
                for weight in &mut weights {
                    *weight *= 1e-200;
                }
                next *= 1e-200;
                largest *= 1e-200;
            }
            largest = largest.max(next);
            weights.push(next);
        }
        let total: f64 = weights.iter().sum();
        let probabilities = weights.iter().map(|weight| weight / total).collect();
        Some(Self {
            probabilities,
            births,
        })
    }

    /// The probability of each state.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The mean of `value` of the state.
    pub fn mean_of(&self, value: impl Fn(u32) -> f64) -> f64 {
        let states = (0_u32..).zip(&self.probabilities);
        states.map(|(state, p)| p * value(state)).sum()
    }

    /// The mean state.
    pub fn mean(&self) -> f64 {
        self.mean_of(f64::from)
    }

    /// The probability of `from` and all states above it.
    pub fn at_least(&self, from: u32) -> f64 {
        let states = self.probabilities.iter().skip(from as usize);
        // The smallest first.
        states.rev().sum()
    }

    /// The limit of t · Var(time average of the state over t), in seconds: over a long run of t
    /// seconds the average is off by about the root of this over t.
    pub fn asymptotic_variance(&self) -> f64 {
        let mean = self.mean();
        let count = self.probabilities.len();
        // The sum of (i − mean) π_i over i ≤ j, from whichever end is nearer: it vanishes at both.
        let mut below = vec![0.0; count];
        let mut sum = 0.0;
        for (state, p) in self.probabilities.iter().enumerate() {
            sum += (state as f64 - mean) * p;
            below[state] = sum;
        }
        let mut above = 0.0;
        for (state, p) in self.probabilities.iter().enumerate().rev() {
            if (state as f64) < mean {
                break;
            }
            below[state] = -above;
            above += (state as f64 - mean) * p;
        }
        let terms = below.iter().zip(&self.probabilities).zip(&self.births);
        let terms = terms.take(count - 1).filter(|((_, p), _)| **p > 0.0);
        2.0 * terms
            .map(|((sum, p), birth)| sum / p * sum / birth)
            .sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn the_asymptotic_variance_is_that_of_the_table() {
        // MM1-0.5-AVN, MM1-0.8-AVN, MMC-4-3.2-AVN, MMC-10-9-AVN: Whitt 1989, 1992.
        for (rate, servers, expected) in [
            (0.5, 1, 24.0),
            (0.8, 1, 1800.0),
            (0.95, 1, 592_800.0),
            (3.2, 4, 463.536_762_219_779_7),
            (9.0, 10, 3_493.232_515_100_477),
        ] {
            let chain = BirthDeath::new(|_| rate, |n| f64::from(n.min(servers)), None).unwrap();
            assert_close(chain.asymptotic_variance(), expected, 1e-9);
        }
    }

    #[test]
    fn a_chain_of_any_height_is_a_law() {
        // M/M/∞ at 2,000: the weights pass the largest float.
        let chain = BirthDeath::new(|_| 2000.0, f64::from, None).unwrap();
        assert_close(chain.mean(), 2000.0, 1e-10);
        assert_close(chain.probabilities().iter().sum(), 1.0, 1e-12);
        // Var N = 2,000 and the correlation decays as e^(−t).
        assert_close(chain.asymptotic_variance(), 4000.0, 1e-8);
        assert_close(chain.at_least(0), 1.0, 1e-12);
    }

    #[test]
    fn a_finite_chain_ends_at_its_last_state_and_an_explosive_one_has_no_law() {
        let chain = BirthDeath::new(|_| 2.0, |_| 1.0, Some(2)).unwrap();
        assert_eq!(chain.probabilities().len(), 3);
        assert_close(chain.mean(), 10.0 / 7.0, 1e-14);
        assert!(BirthDeath::new(|_| 1.5, |_| 1.0, None).is_none());
    }
}
