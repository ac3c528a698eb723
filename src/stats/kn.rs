//! Which of several alternatives has the smallest mean: the procedure KN.
//!
//! Replications are added one round at a time, and an alternative leaves as soon as another is
//! better by more than chance allows; the smallest mean is found with the stated confidence if it
//! is smaller than every other by at least δ. Common random numbers make differences vary less and
//! so end it earlier (S.-H. Kim and B. Nelson, ACM Transactions on Modeling and Computer
//! Simulation 11, 2001, 251–273, with c = 1).

/// The constants of the procedure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kn {
    /// Replications before the first elimination, at least 2.
    pub first: usize,
    /// Smallest difference that matters.
    pub delta: f64,
    /// h², by which the variance of a difference is multiplied.
    h_squared: f64,
}

impl Kn {
    /// For `alternatives` (at least 2) with an overall error probability `alpha`.
    pub fn new(alternatives: usize, first: usize, alpha: f64, delta: f64) -> Self {
        let df = (first - 1) as f64;
        let share = 2.0 * alpha / (alternatives - 1) as f64;
        let eta = 0.5 * (libm::pow(share, -2.0 / df) - 1.0);
        Self {
            first,
            delta,
            h_squared: 2.0 * eta * df,
        }
    }

    /// The factor that the confidence and the first stage alone decide.
    #[cfg(test)]
    pub(super) fn eta(&self) -> f64 {
        self.h_squared / (2.0 * (self.first - 1) as f64)
    }

    /// Whether the alternative with these values leaves because of `other`; both have at least
    /// `first` values, paired by replication.
    pub fn eliminates(&self, other: &[f64], values: &[f64]) -> bool {
        let rounds = values.len().min(other.len());
        let difference = |index: usize| values[index] - other[index];
        let average = |count: usize| (0..count).map(difference).sum::<f64>() / count as f64;
        let centre = average(self.first);
        let squares = (0..self.first).map(|index| {
            let distance = difference(index) - centre;
            distance * distance
        });
        let variance = squares.sum::<f64>() / (self.first - 1) as f64;
        let r = rounds as f64;
        let slack =
            self.delta / (2.0 * r) * (self.h_squared * variance / (self.delta * self.delta) - r);
        average(rounds) > slack.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn the_constants_are_the_golden_ones() {
        // STAT-kn-*-h2: Kim & Nelson 2001.
        for (alternatives, first, alpha, expected) in [
            (2, 10, 0.05, 6.012_904_834_800_529),
            (10, 10, 0.05, 15.463_501_738_648_18),
            (10, 20, 0.05, 11.511_484_538_672_45),
            (5, 20, 0.1, 7.043_786_521_157_654),
        ] {
            let kn = Kn::new(alternatives, first, alpha, 1.0);
            assert!((kn.h_squared - expected).abs() < 1e-12, "{kn:?}");
        }
    }

    #[test]
    fn the_best_is_found_as_often_as_promised() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
        let kn = Kn::new(3, 10, 0.05, 0.2);
        let mut right = 0;
        for _ in 0..200 {
            let mut values = vec![Vec::new(); 3];
            let mut alive = vec![0, 1, 2];
            while alive.len() > 1 {
                for &index in &alive {
                    // Means 0, 0.2 and 0.4, standard deviation 1.
                    let noise = (rng.random::<f64>() - 0.5) * 12.0_f64.sqrt();
                    values[index].push(0.2 * index as f64 + noise);
                }
                if values[alive[0]].len() >= kn.first {
                    let before = alive.clone();
                    alive.retain(|&index| {
                        !before.iter().any(|&other| {
                            other != index && kn.eliminates(&values[other], &values[index])
                        })
                    });
                }
            }
            right += u32::from(alive == [0]);
        }
        assert!(right >= 190, "{right} of 200");
    }
}
