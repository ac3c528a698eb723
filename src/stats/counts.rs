//! The compact form of a histogram: only the buckets that hold something.
//!
//! Two or three bytes a bucket, so that thousands of replications can be kept side by side until the
//! last has ended: the distance to the bucket before and the count, seven bits a byte (LEB128). It is
//! made from a [`Histogram`], and adds, subtracts and answers as that does.
//!
//! [`Histogram`]: super::Histogram

use std::cmp::Ordering;

use super::bucket;
use super::totals::Totals;
use serde::{Deserialize, Serialize};

/// Observations in nanoseconds, counted in buckets; what a replication leaves of a histogram.
///
/// # Invariants
/// Buckets ascend strictly and no count is zero: equal observations have equal `Counts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub(super) totals: Totals,
    /// By bucket that holds something: how far it is from the one before, and how many it holds.
    pairs: Box<[u8]>,
}

impl Counts {
    pub(super) fn new(totals: Totals, pairs: impl Iterator<Item = (usize, u64)>) -> Self {
        let mut bytes = Vec::new();
        let mut last = 0;
        for (bucket, count) in pairs {
            push_number(&mut bytes, (bucket - last) as u64);
            push_number(&mut bytes, count);
            last = bucket;
        }
        Self {
            totals,
            pairs: bytes.into_boxed_slice(),
        }
    }

    /// The number of observations.
    pub fn count(&self) -> u64 {
        self.totals.count
    }

    /// The exact sum of all observations.
    pub fn sum(&self) -> u128 {
        self.totals.sum
    }

    /// The exact mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        self.totals.mean()
    }

    /// The least observation, exactly; after `subtract` only a lower bound.
    pub fn min(&self) -> Option<u64> {
        self.totals.min()
    }

    /// The greatest observation, exactly; after `subtract` only an upper bound.
    pub fn max(&self) -> Option<u64> {
        self.totals.max()
    }

    /// The quantile x_(⌈p·n⌉) (nearest rank): the middle of its bucket, within least and greatest
    /// observation. `None` of nothing.
    ///
    /// # Panics
    /// If `p` is not between 0 and 1.
    pub fn quantile(&self, p: f64) -> Option<u64> {
        let bucket = bucket_at(self.buckets(), self.totals.rank(p))?;
        Some(bucket::midpoint(bucket).clamp(self.totals.min, self.totals.max))
    }

    /// The number of observations whose rank is above that of quantile `p`.
    ///
    /// # Panics
    /// If `p` is not between 0 and 1.
    pub fn exceedances(&self, p: f64) -> u64 {
        self.totals.exceedances(p)
    }

    /// The empirical distribution function at the upper end of each bucket, ascending:
    /// `(nanoseconds, number of observations that do not exceed them)`. The last is
    /// `(max, count)`.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        self.buckets().scan(0, |below, (bucket, count)| {
            *below += count;
            Some((bucket::high(bucket).min(self.totals.max), *below))
        })
    }

    /// Adds all observations of `other`.
    pub fn merge(&mut self, other: &Self) {
        let mut totals = self.totals;
        totals.merge(&other.totals);
        *self = self.combine(other, totals, |mine, theirs| mine + theirs);
    }

    /// Takes the observations of `other` out again. Least and greatest value of the rest are not
    /// known: the old ones stay, as bounds.
    ///
    /// # Panics
    /// If they were never merged.
    pub fn subtract(&mut self, other: &Self) {
        let mut totals = self.totals;
        totals.subtract(&other.totals);
        *self = self.combine(other, totals, |mine, theirs| {
            mine.checked_sub(theirs)
                .expect("only what was merged is subtracted")
        });
    }

    /// The number of observations in the buckets below `bucket`.
    pub(super) fn count_below(&self, bucket: usize) -> u64 {
        let below = self.buckets().take_while(|(other, _)| *other < bucket);
        below.map(|(_, count)| count).sum()
    }

    /// Buckets that hold something, ascending, with their counts.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (usize, u64)> {
        let mut rest = &self.pairs[..];
        let mut bucket = 0;
        std::iter::from_fn(move || {
            bucket += take_number(&mut rest)? as usize;
            Some((bucket, take_number(&mut rest)?))
        })
    }

    /// Walks both ascending lists at once; a bucket that one of them lacks counts zero there.
    fn combine(&self, other: &Self, totals: Totals, apply: impl Fn(u64, u64) -> u64) -> Self {
        let mut mine = self.buckets().peekable();
        let mut theirs = other.buckets().peekable();
        let pairs = std::iter::from_fn(|| {
            let order = match (mine.peek(), theirs.peek()) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return None,
            };
            let (a, b) = match order {
                Ordering::Less => (mine.next(), None),
                Ordering::Equal => (mine.next(), theirs.next()),
                Ordering::Greater => (None, theirs.next()),
            };
            let (bucket, _) = a.or(b)?;
            let count = |pair: Option<(usize, u64)>| pair.map_or(0, |(_, count)| count);
            Some((bucket, apply(count(a), count(b))))
        });
        Self::new(totals, pairs.filter(|(_, count)| *count > 0))
    }
}

/// Appends a number, seven bits a byte, the lowest first.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes the number off that `bytes` begin with; `None` at their end.
#[inline]
fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        // A journal that is not ours may hold any bytes.
        shift = (shift + 7).min(63);
    }
}

/// The bucket that holds the observation of the given rank (the first is 1).
pub(super) fn bucket_at(buckets: impl Iterator<Item = (usize, u64)>, rank: u64) -> Option<usize> {
    let mut below = 0;
    for (bucket, count) in buckets {
        below += count;
        if below >= rank {
            return Some(bucket);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Histogram;

    fn counts(values: &[u64]) -> Counts {
        let mut histogram = Histogram::new();
        for &value in values {
            histogram.record(value);
        }
        histogram.to_counts()
    }

    fn values() -> impl Strategy<Value = Vec<u64>> {
        let value = (0_u32..64, any::<u64>()).prop_map(|(shift, bits)| bits >> shift);
        prop::collection::vec(prop_oneof![value, 0_u64..20], 0..100)
    }

    #[test]
    fn the_cumulative_distribution_ends_with_the_largest_value_and_all_observations() {
        let found: Vec<_> = counts(&[3, 3, 5, 1_000_001, 1_000_002])
            .cumulative()
            .collect();
        assert_eq!(found, [(3, 2), (5, 3), (1_000_002, 5)]);
    }

    #[test]
    fn subtracting_what_was_never_merged_is_a_bug() {
        let result = std::panic::catch_unwind(|| counts(&[5, 6]).subtract(&counts(&[7])));
        assert!(result.is_err());
    }

    proptest! {
        #[test]
        fn the_compact_form_answers_as_the_histogram_does(values in values()) {
            let mut histogram = Histogram::new();
            for &value in &values {
                histogram.record(value);
            }
            let counts = histogram.to_counts();
            prop_assert_eq!(counts.count(), histogram.count());
            prop_assert_eq!(counts.sum(), histogram.sum());
            prop_assert_eq!(counts.mean(), histogram.mean());
            prop_assert_eq!((counts.min(), counts.max()), (histogram.min(), histogram.max()));
            for p in [0.0, 0.1, 0.5, 0.95, 0.999, 1.0] {
                prop_assert_eq!(counts.quantile(p), histogram.quantile(p));
                prop_assert_eq!(counts.exceedances(p), histogram.exceedances(p));
            }
        }

        #[test]
        fn merging_is_counting_together_and_subtracting_undoes_it(a in values(), b in values()) {
            let together = counts(&[&a[..], &b].concat());
            let (a, b) = (counts(&a), counts(&b));
            let (mut ab, mut ba) = (a.clone(), b.clone());
            ab.merge(&b);
            ba.merge(&a);
            prop_assert_eq!(&ab, &together);
            prop_assert_eq!(&ba, &together);
            ab.subtract(&b);
            prop_assert!(ab.buckets().eq(a.buckets()));
            prop_assert_eq!((ab.count(), ab.sum()), (a.count(), a.sum()));
        }
    }
}
