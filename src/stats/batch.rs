//! One long run in batches: from when on their means may be taken for independent.
//!
//! Adjacent batches are merged in pairs until von Neumann's ratio no longer finds a correlation
//! between neighbours (the doubling of LBATCH and ABATCH: G. Fishman and L. Yarberry, INFORMS
//! Journal on Computing 9, 1997, 296–310). The test has little power against the small correlation
//! that it accepts last, and 10 to 30 batches are enough (B. Schmeiser, Operations Research 30,
//! 1982, 556–568), so batches are merged further while there are more.

use super::mean::{compensated_sum, mean};
use super::normal::normal_quantile;

/// Fewer batches than this are not merged further.
const FEWEST: usize = 10;
/// More batches than this are merged even if they seem independent.
const ENOUGH: usize = 30;
/// How often independent batches may fail the test.
const LEVEL: f64 = 0.10;

/// How many batches to merge into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    /// Adjacent batches that become one, a power of two.
    pub merged: usize,
    /// Whether the largest batches that could be made still depend on each other: then an interval
    /// from them is too narrow.
    pub correlated: bool,
}

/// How many of the batches with these means to merge so that the merged ones are independent as
/// far as can be seen.
pub fn independent_batches(means: &[f64]) -> Batches {
    let mut means = means.to_vec();
    let mut merged = 1;
    loop {
        let correlated = von_neumann_critical(means.len(), LEVEL)
            .is_some_and(|critical| von_neumann(&means) >= critical);
        let can_merge = 2 * FEWEST <= means.len();
        if !can_merge || (!correlated && means.len() <= ENOUGH) {
            return Batches { merged, correlated };
        }
        means = means.chunks_exact(2).map(mean).collect();
        merged *= 2;
    }
}

/// Von Neumann's statistic `C_k = 1 − Σ (Y_j − Y_{j+1})² / (2 Σ (Y_j − Ȳ)²)`, about the correlation
/// of neighbours; 0 where all values are equal.
pub fn von_neumann(values: &[f64]) -> f64 {
    let square = |value: f64| value * value;
    let centre = mean(values);
    let spread = compensated_sum(values.iter().map(|value| square(value - centre)));
    let steps = compensated_sum(values.windows(2).map(|pair| square(pair[0] - pair[1])));
    if spread > 0.0 {
        1.0 - steps / (2.0 * spread)
    } else {
        0.0
    }
}

/// The value that the statistic of `count` independent values exceeds with probability `level`;
/// `None` below three values.
pub fn von_neumann_critical(count: usize, level: f64) -> Option<f64> {
    let k = count as f64;
    (count > 2).then(|| normal_quantile(1.0 - level) * libm::sqrt((k - 2.0) / (k * k - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::super::golden::{autoregression, batch_means};
    use super::*;
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn the_golden_batches_have_the_golden_statistic() {
        // STAT-vn: Fishman 1978; STAT-vn-crit: Fishman & Yarberry 1997.
        let found = von_neumann(&batch_means(&autoregression(), 100));
        assert!((found + 0.533_826_493_678_208_9).abs() < 1e-12, "{found}");
        let critical = von_neumann_critical(20, 0.10).unwrap();
        assert!((critical - 0.272_198_601_904_820_7).abs() < 1e-14);
        assert_eq!(von_neumann_critical(2, 0.10), None);
    }

    fn autoregressive(phi: f64, count: usize) -> Vec<f64> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        let mut last = 0.0;
        (0..count)
            .map(|_| {
                last = phi * last + rng.random::<f64>() - 0.5;
                last
            })
            .collect()
    }

    #[test]
    fn independent_batches_are_merged_only_as_far_as_there_are_more_than_enough() {
        let found = independent_batches(&autoregressive(0.0, 128));
        assert_eq!(
            found,
            Batches {
                merged: 8,
                correlated: false
            }
        );
        let constant = independent_batches(&[1.0; 16]);
        assert_eq!(
            constant,
            Batches {
                merged: 1,
                correlated: false
            }
        );
    }

    #[test]
    fn dependent_batches_are_merged_until_they_are_not_or_said_to_be_too_few() {
        let found = independent_batches(&autoregressive(0.9, 4096));
        assert!(!found.correlated && 64 <= found.merged, "{found:?}");
        assert!(independent_batches(&autoregressive(0.99, 64)).correlated);
    }
}
