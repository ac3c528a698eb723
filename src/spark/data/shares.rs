//! How the data of a stage divide over its partitions.
//!
//! In whole numbers: whatever the shares are, the parts of a total add up to it.

use std::ops::Range;

/// The relative sizes of the partitions of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::spark) struct Shares {
    /// Number of partitions, at least 1.
    count: u32,
    /// By partition: the sizes of all before it; one more at the end. Empty: all are equal.
    before: Vec<u64>,
}

/// A partition of mean size.
const UNIT: f64 = (1_u64 << 40) as f64;

impl Shares {
    /// `count` equal partitions.
    pub(in crate::spark) fn equal(count: u32) -> Self {
        Self {
            count,
            before: Vec::new(),
        }
    }

    /// Partitions of these sizes, relative to each other; equal ones if all are nothing.
    pub(in crate::spark) fn of(sizes: &[f64]) -> Self {
        let count = sizes.len() as u32;
        let mean = sizes.iter().sum::<f64>() / f64::from(count.max(1));
        let mut before = Vec::with_capacity(sizes.len() + 1);
        let mut sum = 0_u64;
        before.push(0);
        for size in sizes {
            let units = libm::round(size / mean * UNIT);
            sum = sum.saturating_add(units as u64);
            before.push(sum);
        }
        if sum == 0 {
            return Self::equal(count);
        }
        Self { count, before }
    }

    /// Number of partitions.
    pub(in crate::spark) fn count(&self) -> u32 {
        self.count
    }

    /// What some partitions have of a total.
    pub(in crate::spark) fn part(&self, total: u64, partitions: Range<u32>) -> u64 {
        self.up_to(total, partitions.end) - self.up_to(total, partitions.start)
    }

    /// What a partition has of something of which one of mean size has `mean`.
    pub(in crate::spark) fn of_mean(&self, mean: u64, partition: u32) -> u64 {
        let total = mean.saturating_mul(u64::from(self.count));
        self.part(total, partition..partition + 1)
    }

    /// What a partition has, where one of mean size has one.
    pub(in crate::spark) fn relative(&self, partition: u32) -> f64 {
        let at = partition as usize;
        match self.before.get(at..at + 2) {
            Some(&[from, to]) => {
                let all = self.before.last().copied().unwrap_or(1);
                (to - from) as f64 * f64::from(self.count) / all as f64
            }
            _ => 1.0,
        }
    }

    fn up_to(&self, total: u64, partition: u32) -> u64 {
        let (of, all) = match self.before.last() {
            Some(&all) => (self.before[partition as usize], all),
            None => (u64::from(partition), u64::from(self.count.max(1))),
        };
        (u128::from(total) * u128::from(of) / u128::from(all)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_parts_differ_by_a_byte_at_most() {
        let shares = Shares::equal(3);
        let parts: Vec<u64> = (0..3).map(|it| shares.part(100, it..it + 1)).collect();
        assert_eq!(parts, [33, 33, 34]);
        assert_eq!(shares.part(100, 0..3), 100);
        assert_eq!(Some(shares.relative(1)), Some(1.0));
    }

    #[test]
    fn sizes_are_relative() {
        for sizes in [[4.0, 1.0, 1.0], [400.0, 100.0, 100.0]] {
            let shares = Shares::of(&sizes);
            assert_eq!(shares.part(600, 0..1), 400);
            assert_eq!(Some(shares.relative(0)), Some(2.0));
            assert_eq!(Some(shares.relative(2)), Some(0.5));
        }
        assert_eq!(Shares::of(&[0.0, 0.0]), Shares::equal(2));
    }

    proptest! {
        #[test]
        fn parts_add_up(total in 0..u64::MAX, sizes in prop::collection::vec(0.0..1e6_f64, 1..50)) {
            let shares = Shares::of(&sizes);
            let count = shares.count();
            let parts: u128 = (0..count).map(|it| u128::from(shares.part(total, it..it + 1))).sum();
            prop_assert_eq!(parts, u128::from(total));
            let mean = (0..count).map(|it| shares.relative(it)).sum::<f64>() / f64::from(count);
            prop_assert!((mean - 1.0).abs() < 1e-9);
        }
    }
}
