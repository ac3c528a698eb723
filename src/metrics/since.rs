//! The window of meters: opening it, and what they would hold if it had opened later.
//!
//! What has been counted is forgotten when the window opens; what is present stays present.
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
    /// The window opens at `now`.
    fn open_window(&mut self, now: Time);

    /// What it would be had the window opened at `at`, when it was `earlier`.
    fn since(&self, earlier: &Self, at: Time) -> Self;
}

/// Says of a meter that its window is that of each of these fields, which are all.
macro_rules! since {
    ($meter:ident { $($field:ident),* $(,)? }) => {
        impl $crate::metrics::since::Since for $meter {
            fn open_window(&mut self, now: $crate::units::Time) {
                use $crate::metrics::since::Since;
                // Every field by name: a new one has to be in the list.
                let Self { $($field),* } = self;
                $(Since::open_window($field, now);)*
            }

            fn since(&self, earlier: &Self, at: $crate::units::Time) -> Self {
                use $crate::metrics::since::Since;
                Self { $($field: Since::since(&self.$field, &earlier.$field, at)),* }
            }
        }
    };
}
pub(super) use since;

impl Since for u64 {
    fn open_window(&mut self, _now: Time) {
        *self = 0;
    }

    fn since(&self, earlier: &Self, _at: Time) -> Self {
        self - earlier
    }
}

impl Since for u128 {
    fn open_window(&mut self, _now: Time) {
        *self = 0;
    }

    fn since(&self, earlier: &Self, _at: Time) -> Self {
        self - earlier
    }
}

impl<A: Since, B: Since> Since for (A, B) {
    fn open_window(&mut self, now: Time) {
        self.0.open_window(now);
        self.1.open_window(now);
    }

    fn since(&self, earlier: &Self, at: Time) -> Self {
        (self.0.since(&earlier.0, at), self.1.since(&earlier.1, at))
    }
}

impl<const N: usize> Since for [u64; N] {
    fn open_window(&mut self, _now: Time) {
        *self = [0; N];
    }

    fn since(&self, earlier: &Self, _at: Time) -> Self {
        std::array::from_fn(|index| self[index] - earlier[index])
    }
}

/// The last of something: the window does not matter.
impl Since for Option<Time> {
    fn open_window(&mut self, _now: Time) {}

    fn since(&self, _earlier: &Self, _at: Time) -> Self {
        *self
    }
}

impl Since for Histogram {
    fn open_window(&mut self, _now: Time) {
        self.clear();
    }

    fn since(&self, earlier: &Self, _at: Time) -> Self {
        let mut rest = self.clone();
        rest.subtract(earlier);
        rest
    }
}

impl Since for Moments {
    fn open_window(&mut self, _now: Time) {
        *self = Self::default();
    }

    fn since(&self, earlier: &Self, _at: Time) -> Self {
        Self {
            count: self.count - earlier.count,
            sum: self.sum - earlier.sum,
            squares: self.squares - earlier.squares,
        }
    }
}

impl<T: Since + Clone> Since for Option<Box<T>> {
    fn open_window(&mut self, now: Time) {
        if let Some(meter) = self {
            meter.open_window(now);
        }
    }

    fn since(&self, earlier: &Self, at: Time) -> Self {
        match (self, earlier) {
            (Some(now), Some(earlier)) => Some(Box::new((**now).since(earlier, at))),
            (now, _) => now.clone(),
        }
    }
}

impl<I: Id, T: Since> Since for IdVec<I, T> {
    fn open_window(&mut self, now: Time) {
        self.iter_mut().for_each(|meter| meter.open_window(now));
    }

    fn since(&self, earlier: &Self, at: Time) -> Self {
        let pairs = self.iter().zip(earlier.iter());
        pairs.map(|(now, earlier)| now.since(earlier, at)).collect()
    }
}
