//! What is known exactly of a set of observations, besides its buckets.

use serde::{Deserialize, Serialize};

/// Number, sum and extremes of observations.
///
/// # Invariants
/// `min > max` exactly while nothing has been counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) count: u64,
    pub(super) sum: u128,
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Totals {
    pub(super) const EMPTY: Self = Self {
        count: 0,
        sum: 0,
        min: u64::MAX,
        max: 0,
    };

    #[inline]
    pub(super) fn record(&mut self, value: u64) {
        self.count += 1;
        self.sum += u128::from(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Takes `other` out of count and sum. The extremes of what is left are unknown: they stay as
    /// bounds, except that nothing has no extremes.
    pub(super) fn subtract(&mut self, other: &Self) {
        let (count, sum) = (
            self.count.checked_sub(other.count),
            self.sum.checked_sub(other.sum),
        );
        let (Some(count), Some(sum)) = (count, sum) else {
            panic!("{other:?} was never merged into {self:?}");
        };
        (self.count, self.sum) = (count, sum);
        if self.count == 0 {
            *self = Self::EMPTY;
        }
    }

    pub(super) fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    pub(super) fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The nearest rank of quantile `p`, ⌈p·count⌉, at least 1 where there is anything; 0 of
    /// nothing.
    ///
    /// # Panics
    /// If `p` is not between 0 and 1.
    pub(super) fn rank(&self, p: f64) -> u64 {
        assert!(
            (0.0..=1.0).contains(&p),
            "quantile {p} is not between 0 and 1"
        );
        let product = p * self.count as f64;
        // 0.07 · 100 is 7.000000000000001: what is a whole number but for the rounding of `p` and
        // of the product is meant to be that number.
        let nearest = product.round();
        let rank = if (product - nearest).abs() <= 2.0 * f64::EPSILON * product {
            nearest
        } else {
            product.ceil()
        };
        (rank as u64).max(1).min(self.count)
    }

    pub(super) fn exceedances(&self, p: f64) -> u64 {
        self.count - self.rank(p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_is_the_nearest_rank_for_every_percentile_that_people_write() {
        for count in 1..=2000_u64 {
            let totals = Totals {
                count,
                ..Totals::EMPTY
            };
            for thousandths in 0..=1000_u64 {
                let expected = (thousandths * count).div_ceil(1000).max(1);
                let p = thousandths as f64 / 1000.0;
                assert_eq!(totals.rank(p), expected, "p {p} of {count}");
                assert_eq!(totals.exceedances(p), count - expected);
            }
        }
    }

    #[test]
    fn the_rank_stays_exact_for_billions_of_observations() {
        for count in [999_999_999_u64, 1_000_000_000, 123_456_789_012] {
            let totals = Totals {
                count,
                ..Totals::EMPTY
            };
            for thousandths in [1, 7, 500, 950, 990, 999] {
                let p = thousandths as f64 / 1000.0;
                assert_eq!(totals.rank(p), (thousandths * count).div_ceil(1000));
            }
        }
    }
}
