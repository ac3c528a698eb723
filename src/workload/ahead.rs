//! Spans of time of one law, drawn ahead: a few in a row take half the time of as many one by one.
//!
//! Each is what its word makes of it, so drawing ahead changes none.

use crate::random::{Sampler, Sequence, Word};
use crate::units::Duration;

/// So many are drawn at once.
const COUNT: usize = 16;

/// The spans of a stream, in order.
#[derive(Debug)]
pub(super) struct Ahead {
    law: Sampler,
    words: Sequence,
    drawn: [Duration; COUNT],
    /// How many of them have been taken.
    taken: usize,
}

impl Ahead {
    /// The spans that `law` makes of `words`.
    pub(super) fn new(law: Sampler, words: Sequence) -> Self {
        Self {
            law,
            words,
            drawn: [Duration::ZERO; COUNT],
            taken: COUNT,
        }
    }

    /// The next.
    #[inline]
    pub(super) fn next(&mut self) -> Duration {
        let Some(&next) = self.drawn.get(self.taken) else {
            return self.draw();
        };
        self.taken += 1;
        next
    }

    #[inline(never)]
    fn draw(&mut self) -> Duration {
        let words: [Word; COUNT] = std::array::from_fn(|_| self.words.word());
        self.drawn = self.law.samples(&words).map(Duration::from_seconds);
        self.taken = 1;
        self.drawn[0]
    }
}
