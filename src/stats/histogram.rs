//! A histogram of nanoseconds that is cheap to record into.
//!
//! Integer counters in log-linear buckets (`bucket.rs`); an octave gets its 4 KiB of counters when
//! the first value falls into it. Count, sum, least and greatest value are exact. Merging is
//! addition of integers: associative and commutative to the bit, so a pooled percentile does not
//! depend on which thread ran what. What has been recorded is kept for long in the compact form
//! [`Counts`].

use super::bucket::{self, OCTAVES, PER_OCTAVE};
use super::counts::{Counts, bucket_at};
use super::totals::Totals;

/// Observations in nanoseconds, counted in buckets of at most 0.2 % width.
#[derive(Clone, Debug)]
pub struct Histogram {
    totals: Totals,
    octaves: [Option<Box<Octave>>; OCTAVES_PADDED],
}

type Octave = [u64; PER_OCTAVE];

/// The next power of two, so that a mask replaces the bounds check of `record`.
const OCTAVES_PADDED: usize = OCTAVES.next_power_of_two();

impl Histogram {
    /// A histogram without observations.
    pub const fn new() -> Self {
        Self {
            totals: Totals::EMPTY,
            octaves: [const { None }; OCTAVES_PADDED],
        }
    }

    /// Counts one observation.
    #[inline]
    pub fn record(&mut self, nanos: u64) {
        self.totals.record(nanos);
        let bucket = bucket::of(nanos);
        match &mut self.octaves[(bucket / PER_OCTAVE) % OCTAVES_PADDED] {
            Some(octave) => octave[bucket % PER_OCTAVE] += 1,
            None => *self.counter(bucket) += 1,
        }
    }

    /// The number of observations.
    pub fn count(&self) -> u64 {
        self.totals.count
    }

    /// How many observations are zero, exactly.
    pub fn zeros(&self) -> u64 {
        let bucket = bucket::of(0);
        let octave = self.octaves[bucket / PER_OCTAVE].as_ref();
        octave.map_or(0, |octave| octave[bucket % PER_OCTAVE])
    }

    /// The exact sum of all observations.
    pub fn sum(&self) -> u128 {
        self.totals.sum
    }

    /// The exact mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        self.totals.mean()
    }

    /// The coefficient of variation, standard deviation over mean, to the resolution of the buckets:
    /// 0 where nothing varies, `None` of nothing.
    pub fn cv(&self) -> Option<f64> {
        if self.totals.count == 0 {
            return None;
        }
        let count = self.totals.count as f64;
        let sum_of = |value: &dyn Fn(f64) -> f64| -> f64 {
            let buckets = self.buckets();
            let terms = buckets
                .map(|(bucket, number)| number as f64 * value(bucket::midpoint(bucket) as f64));
            terms.sum()
        };
        let mean = sum_of(&|value| value) / count;
        let variance = sum_of(&|value| (value - mean) * (value - mean)) / count;
        Some(if variance > 0.0 {
            variance.sqrt() / mean
        } else {
            0.0
        })
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

    /// Adds all observations of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.totals.merge(&other.totals);
        for (mine, theirs) in self.octaves.iter_mut().zip(&other.octaves) {
            let Some(theirs) = theirs else { continue };
            let mine = mine.get_or_insert_with(empty_octave);
            for (counter, more) in mine.iter_mut().zip(theirs.iter()) {
                *counter += more;
            }
        }
    }

    /// Adds all observations of `other`.
    pub fn merge_counts(&mut self, other: &Counts) {
        self.totals.merge(&other.totals);
        for (bucket, count) in other.buckets() {
            *self.counter(bucket) += count;
        }
    }

    /// Takes the observations of `other` out again. Least and greatest value of the rest are not
    /// known: the old ones stay, as bounds.
    ///
    /// # Panics
    /// If they were never merged.
    pub fn subtract(&mut self, other: &Self) {
        self.totals.subtract(&other.totals);
        for (bucket, count) in other.buckets() {
            let counter = self.counter(bucket);
            *counter = counter
                .checked_sub(count)
                .expect("only what was merged is subtracted");
        }
    }

    /// Forgets all observations, and keeps the memory for the next ones.
    pub fn clear(&mut self) {
        self.totals = Totals::EMPTY;
        for octave in self.octaves.iter_mut().flatten() {
            octave.fill(0);
        }
    }

    /// The same observations in compact form.
    pub fn to_counts(&self) -> Counts {
        Counts::new(self.totals, self.buckets())
    }

    /// Buckets that hold something, ascending, with their counts.
    fn buckets(&self) -> impl Iterator<Item = (usize, u64)> {
        let octaves = self.octaves.iter().enumerate();
        octaves
            .filter_map(|(number, octave)| Some((number * PER_OCTAVE, octave.as_ref()?)))
            .flat_map(|(first, octave)| (first..).zip(octave.iter().copied()))
            .filter(|(_, count)| *count > 0)
    }

    /// The counter of a bucket, allocated if need be.
    #[cold]
    fn counter(&mut self, bucket: usize) -> &mut u64 {
        let octave = self.octaves[bucket / PER_OCTAVE].get_or_insert_with(empty_octave);
        &mut octave[bucket % PER_OCTAVE]
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

fn empty_octave() -> Box<Octave> {
    Box::new([0; PER_OCTAVE])
}

#[cfg(test)]
mod tests {
    #[test]
    fn variability_is_that_of_the_observations_to_the_resolution() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.cv(), None);
        histogram.record(7_000_000_001);
        histogram.record(7_000_000_001);
        assert_eq!(histogram.cv(), Some(0.0));
        histogram.clear();
        for seconds in [1, 2, 6] {
            histogram.record(seconds * 1_000_000_000);
        }
        let cv = histogram.cv().unwrap();
        assert!(
            (cv / ((14.0_f64 / 3.0).sqrt() / 3.0) - 1.0).abs() < 2e-3,
            "{cv}"
        );
    }

    use proptest::prelude::*;

    use super::*;

    const PERCENTILES: [f64; 8] = [0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0];

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::new();
        for &value in values {
            histogram.record(value);
        }
        histogram
    }

    /// Values of all magnitudes, with many ties and both ends.
    fn values() -> impl Strategy<Value = Vec<u64>> {
        let value = prop_oneof![
            (0_u32..64, any::<u64>()).prop_map(|(shift, bits)| bits >> shift),
            Just(0),
            Just(5_000_000),
            Just(u64::MAX),
        ];
        prop::collection::vec(value, 0..300)
    }

    #[test]
    fn nothing_has_no_quantile_and_no_extremes() {
        let mut empty = histogram(&[7]);
        empty.clear();
        assert_eq!(empty.quantile(0.5), None);
        assert_eq!((empty.min(), empty.max(), empty.mean()), (None, None, None));
        assert_eq!(
            (empty.count(), empty.sum(), empty.exceedances(0.5)),
            (0, 0, 0)
        );
        assert_eq!(empty.to_counts(), Histogram::new().to_counts());
    }

    #[test]
    fn p99_of_a_hundred_is_the_second_largest_and_a_constant_is_exact() {
        assert_eq!(
            histogram(&(1..=100).collect::<Vec<_>>()).quantile(0.99),
            Some(99)
        );
        assert_eq!(
            histogram(&[123_456_789; 10]).quantile(0.5),
            Some(123_456_789)
        );
    }

    #[test]
    fn only_octaves_in_use_are_allocated() {
        let histogram = histogram(&[1, 2_000_000, 1_999_999, 5_000_000_000]);
        assert_eq!(histogram.octaves.iter().flatten().count(), 3);
    }

    #[test]
    fn quantiles_agree_with_hdrhistogram() {
        // An independent implementation of the same kind, of finer resolution.
        let mut oracle = hdrhistogram::Histogram::<u64>::new(5).expect("5 digits are allowed");
        let mut ours = Histogram::new();
        let mut value = 1_u64;
        for _ in 0..100_000 {
            value = value
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            let nanos = (value >> 34) * (value >> 60);
            ours.record(nanos);
            oracle.record(nanos).expect("it grows by itself");
        }
        assert_eq!(ours.count(), oracle.len());
        for p in PERCENTILES {
            let expected = oracle.value_at_quantile(p) as f64;
            let found = ours.quantile(p).unwrap() as f64;
            assert!(
                (found - expected).abs() <= expected * (1.0 / 1024.0 + 2e-5),
                "p {p}: {found} against {expected}"
            );
        }
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_the_sorted_values_within_a_thousandth(mut values in values()) {
            let histogram = histogram(&values);
            values.sort_unstable();
            prop_assert_eq!(histogram.min(), values.first().copied());
            prop_assert_eq!(histogram.max(), values.last().copied());
            prop_assert_eq!(histogram.sum(), values.iter().map(|&v| u128::from(v)).sum::<u128>());
            for thousandths in [0, 1, 70, 250, 500, 950, 990, 999, 1000] {
                let p = thousandths as f64 / 1000.0;
                let rank = (thousandths * values.len()).div_ceil(1000).max(1);
                let exact = values.get(rank - 1).copied();
                let found = histogram.quantile(p);
                prop_assert_eq!(found.is_some(), exact.is_some());
                if let (Some(found), Some(exact)) = (found, exact) {
                    let error = u128::from(found.abs_diff(exact));
                    prop_assert!(error * 1024 <= u128::from(exact), "{} for {}", found, exact);
                    prop_assert_eq!(histogram.exceedances(p), (values.len() - rank) as u64);
                }
            }
        }

        #[test]
        fn merging_is_recording_together_in_any_order_and_grouping(
            a in values(), b in values(), c in values()
        ) {
            let together = histogram(&[&a[..], &b, &c].concat()).to_counts();
            let (a, b, c) = (histogram(&a), histogram(&b), histogram(&c));
            let mut left = a.clone();
            left.merge(&b);
            left.merge(&c);
            let mut right = c.clone();
            right.merge(&b);
            let mut right_then_a = right.clone();
            right_then_a.merge(&a);
            let mut sparse = a.clone();
            sparse.merge_counts(&right.to_counts());
            prop_assert_eq!(&left.to_counts(), &together);
            prop_assert_eq!(&right_then_a.to_counts(), &together);
            prop_assert_eq!(&sparse.to_counts(), &together);
        }

        #[test]
        fn subtracting_undoes_merging_but_for_the_extremes(a in values(), b in values()) {
            let (a, b) = (histogram(&a), histogram(&b));
            let mut rest = a.clone();
            rest.merge(&b);
            rest.subtract(&b);
            prop_assert_eq!(rest.count(), a.count());
            prop_assert_eq!(rest.sum(), a.sum());
            prop_assert!(rest.buckets().eq(a.buckets()));
        }
    }
}
