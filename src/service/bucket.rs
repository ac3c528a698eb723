//! A token bucket with continuous refill.
//!
//! It is kept as the generic cell rate algorithm (ITU-T I.371): instead of tokens, the instant at
//! which the bucket will be full again. An arrival is let in if that is no more than `burst` − 1
//! intervals ahead, and moves it by one interval. This is the workload of a queue with constant
//! service, so theory of M/D/1 applies. Integers throughout: instants have 32 bits below the
//! nanosecond.

use crate::model::RateLimit;
use crate::units::Time;

/// Bits of an instant below the nanosecond.
const FRACTION: u32 = 32;

/// A bucket.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    /// Time per token.
    interval: u128,
    /// How far ahead the bucket may be full again and still hold a token.
    tolerance: u128,
    /// When it is full again.
    full_at: u128,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(limit: RateLimit) -> Self {
        let nanos = 1e9 / limit.rate.0 * (1_u64 << FRACTION) as f64;
        let interval = (nanos.round() as u128).max(1);
        Self {
            interval,
            tolerance: interval.saturating_mul(u128::from(limit.burst) - 1),
            full_at: 0,
        }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: Time) -> bool {
        let now = u128::from(now.nanos()) << FRACTION;
        let full_at = self.full_at.max(now);
        let has_token = full_at - now <= self.tolerance;
        if has_token {
            self.full_at = full_at.saturating_add(self.interval);
        }
        has_token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Rate;
    use proptest::prelude::*;

    fn bucket(rate: f64, burst: u32) -> Bucket {
        Bucket::new(RateLimit {
            rate: Rate(rate),
            burst,
        })
    }

    #[test]
    fn a_burst_passes_and_then_one_for_each_interval() {
        let mut bucket = bucket(10.0, 3);
        let mut take = |millis: u64| bucket.take(Time::from_nanos(millis * 1_000_000));
        let taken: Vec<bool> = [0, 0, 0, 0, 99, 100, 100, 250, 300].map(&mut take).into();
        let expected = [true, true, true, false, false, true, false, true, true];
        assert_eq!(taken, expected);
    }

    proptest! {
        /// Against tokens that are counted: with a whole number of nanoseconds per token there is
        /// no rounding.
        #[test]
        fn it_is_a_bucket_of_tokens(
            interval in 1_u64..50,
            burst in 1_u32..6,
            gaps in prop::collection::vec(0_u64..60, 1..200),
        ) {
            let mut bucket = bucket(1e9 / interval as f64, burst);
            bucket.interval = u128::from(interval) << FRACTION;
            bucket.tolerance = bucket.interval * u128::from(burst - 1);
            let full = u64::from(burst) * interval;
            let (mut now, mut level) = (0, full);
            for gap in gaps {
                now += gap;
                level = (level + gap).min(full);
                let expected = interval <= level;
                if expected {
                    level -= interval;
                }
                prop_assert_eq!(bucket.take(Time::from_nanos(now)), expected);
            }
        }
    }
}
