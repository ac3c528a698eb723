//! FAIR: who has the fewest running tasks for its share (`FairSchedulingAlgorithm`).
//!
//! Whoever has fewer than its minimum goes before whoever has not; of two such the one with the
//! smaller part of its minimum; of two others the one with fewer tasks for its weight. Spark breaks
//! ties by name.

use std::cmp::Ordering;

/// Somebody who wants slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Tasks that run.
    pub running: u32,
    /// Slots that it gets before others get more than theirs.
    pub min_share: u32,
    /// Its share, at least 1.
    pub weight: u32,
}

impl Share {
    fn is_needy(self) -> bool {
        self.running < self.min_share
    }
}

/// Who goes first; `Equal`: whoever has the smaller name.
pub fn order(left: Share, right: Share) -> Ordering {
    // a/b against c/d as a·d against c·b, which is exact.
    let ratios = |of_left: u32, of_right: u32| {
        let left = u64::from(left.running) * u64::from(of_right.max(1));
        left.cmp(&(u64::from(right.running) * u64::from(of_left.max(1))))
    };
    match (left.is_needy(), right.is_needy()) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (true, true) => ratios(left.min_share, right.min_share),
        (false, false) => ratios(left.weight, right.weight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(running: u32, min_share: u32, weight: u32) -> Share {
        Share {
            running,
            min_share,
            weight,
        }
    }

    /// The cases of Spark's own `PoolSuite` and the rules that it lacks.
    #[test]
    fn needy_first_then_the_smaller_part_of_the_share() {
        let before = |left, right| {
            assert_eq!(order(left, right), Ordering::Less, "{left:?} {right:?}");
            assert_eq!(order(right, left), Ordering::Greater, "{right:?} {left:?}");
        };
        before(share(1, 2, 1), share(0, 0, 1));
        before(share(1, 4, 1), share(1, 2, 1));
        before(share(0, 0, 1), share(1, 0, 1));
        before(share(3, 0, 2), share(2, 0, 1));
        before(share(5, 3, 10), share(4, 3, 1));
        assert_eq!(order(share(2, 2, 1), share(4, 0, 2)), Ordering::Equal);
        assert_eq!(order(share(1, 2, 1), share(2, 4, 9)), Ordering::Equal);
    }
}
