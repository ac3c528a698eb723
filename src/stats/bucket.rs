//! The log-linear buckets that [`Histogram`] and [`Counts`] share.
//!
//! Values below 1024 have a bucket each. Every octave above is cut into 512 equal buckets, so the
//! middle of a bucket is within 1/1024 (0.098 %) of every value in it: the resolution of an HDR
//! histogram of three significant digits (G. Tene), at half its counters because the middle is
//! taken, not an end.
//!
//! [`Histogram`]: super::Histogram
//! [`Counts`]: super::Counts

/// Buckets in an octave.
pub(super) const PER_OCTAVE: usize = 512;

/// Octaves of a `u64`: the first two hold the values that are their own bucket.
pub(super) const OCTAVES: usize = 56;

const OCTAVE_BITS: u32 = PER_OCTAVE.trailing_zeros();

/// The bucket of `value`, below `OCTAVES * PER_OCTAVE`.
#[inline]
pub(super) fn of(value: u64) -> usize {
    // The top ten bits of the value say where it stands in its octave. Setting the low ten bits
    // before counting gives every value below 1024 a shift of zero, without a branch.
    let shift =
        (u64::BITS - 1 - OCTAVE_BITS) - (value | (2 * PER_OCTAVE as u64 - 1)).leading_zeros();
    ((shift << OCTAVE_BITS) as usize) + (value >> shift) as usize
}

/// The smallest value of a bucket.
pub(super) fn low(bucket: usize) -> u64 {
    let shift = shift(bucket);
    ((bucket - shift * PER_OCTAVE) as u64) << shift
}

/// The number of values in a bucket.
pub(super) fn width(bucket: usize) -> u64 {
    1 << shift(bucket)
}

/// The value that stands for all of a bucket: its middle, or its only value.
pub(super) fn midpoint(bucket: usize) -> u64 {
    low(bucket) + width(bucket) / 2
}

/// The largest value of a bucket.
pub(super) fn high(bucket: usize) -> u64 {
    low(bucket) + (width(bucket) - 1)
}

fn shift(bucket: usize) -> usize {
    (bucket / PER_OCTAVE).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_tile_all_of_u64_without_gap_or_overlap() {
        let mut next = 0;
        for bucket in 0..OCTAVES * PER_OCTAVE {
            assert_eq!(low(bucket), next, "bucket {bucket}");
            assert_eq!(of(low(bucket)), bucket);
            assert_eq!(of(high(bucket)), bucket);
            next = high(bucket).wrapping_add(1);
        }
        assert_eq!(next, 0, "the last bucket ends at u64::MAX");
    }

    #[test]
    fn values_below_1024_are_exact() {
        for value in 0..1024 {
            assert_eq!(midpoint(of(value)), value);
        }
    }

    #[test]
    fn the_resolution_is_that_of_a_hdr_histogram_of_three_digits() {
        // STAT-hdr-3-sub: subBucketCount 2048, maximum relative error 1/(2048/2).
        // STAT-hdr-3: 23552 counters for 1..3.6e9. HdrHistogram reference implementation (Tene).
        let (sub_bucket_count, counters) = (2048_u64, 23_552);
        let worst = (1024..1 << 20)
            .map(|value: u64| (midpoint(of(value)).abs_diff(value), value))
            .max_by(|(a, x), (b, y)| (a * y).cmp(&(b * x)))
            .expect("there are values");
        // The worst value stands at the low end of the first bucket of an octave, where the error
        // is half a bucket in 512.
        assert_eq!(worst.0 * (sub_bucket_count / 2), worst.1);
        assert!(of(3_600_000_000) + PER_OCTAVE < counters);
    }

    proptest! {
        #[test]
        fn the_middle_is_within_a_thousandth_of_the_value(exponent in 0_u32..64, bits: u64) {
            let value = bits >> exponent;
            let error = midpoint(of(value)).abs_diff(value);
            prop_assert!(u128::from(error) * 1024 <= u128::from(value));
        }
    }
}
