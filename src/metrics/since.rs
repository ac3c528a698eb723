//! What meters would hold if the window had opened later: the difference of two moments.
//!
//! One run gives the meters of its whole window and, at the boundaries of batches, what they hold
//! so far; a batch is what came in between. Extremes of a difference are not known: those of a
//! batch's histograms stay bounds.
//!
//! # Invariants
//! Every field of every meter is named in a [`since!`], so a new one has to say what becomes of it.

use crate::id::{Id, IdVec};
use crate::stats::{Histogram, Moments};
use crate::units::Time;

/// Something that meters hold.
pub(super) trait Since {
    /// What it would be had the window opened at `at`, when it was `earlier`.
    fn since(&self, earlier: &Self, at: Time) -> Self;
}

/// Says of a meter that it is the difference in each of these fields, which are all.
macro_rules! since {
    ($meter:ident { $($field:ident),* $(,)? }) => {
        impl $crate::metrics::since::Since for $meter {
            fn since(&self, earlier: &Self, at: $crate::units::Time) -> Self {
                use $crate::metrics::since::Since;
                Self { $($field: Since::since(&self.$field, &earlier.$field, at)),* }
            }
        }
    };
}
pub(super) use since;

impl Since for u64 {
    fn since(&self, earlier: &Self, _at: Time) -> Self {
        self - earlier
    }
}

impl Since for u128 {
    fn since(&self, earlier: &Self, _at: Time) -> Self {
        self - earlier
    }
}

impl<A: Since, B: Since> Since for (A, B) {
    fn since(&self, earlier: &Self, at: Time) -> Self {
        (self.0.since(&earlier.0, at), self.1.since(&earlier.1, at))
    }
}

impl<const N: usize> Since for [u64; N] {
    fn since(&self, earlier: &Self, _at: Time) -> Self {
        std::array::from_fn(|index| self[index] - earlier[index])
    }
}

/// The last of something: the window does not matter.
impl Since for Option<Time> {
    fn since(&self, _earlier: &Self, _at: Time) -> Self {
        *self
    }
}

impl Since for Histogram {
    fn since(&self, earlier: &Self, _at: Time) -> Self {
        let mut rest = self.clone();
        rest.subtract(earlier);
        rest
    }
}

impl Since for Moments {
    fn since(&self, earlier: &Self, _at: Time) -> Self {
        Self {
            count: self.count - earlier.count,
            sum: self.sum - earlier.sum,
            squares: self.squares - earlier.squares,
        }
    }
}

impl<T: Since + Clone> Since for Option<Box<T>> {
    fn since(&self, earlier: &Self, at: Time) -> Self {
        match (self, earlier) {
            (Some(now), Some(earlier)) => Some(Box::new((**now).since(earlier, at))),
            (now, _) => now.clone(),
        }
    }
}

impl<I: Id, T: Since> Since for IdVec<I, T> {
    fn since(&self, earlier: &Self, at: Time) -> Self {
        let pairs = self.iter().zip(earlier.iter());
        pairs.map(|(now, earlier)| now.since(earlier, at)).collect()
    }
}
