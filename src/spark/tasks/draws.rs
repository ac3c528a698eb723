//! Task times that follow a law, drawn for some partitions at once.
//!
//! Each is what its word makes of it, found by execution and partition, so it does not matter which
//! are drawn together; but tasks are launched mostly in the order of their partitions, and several
//! draws in a row take little more than half the time.

use crate::random::{Keyed, Sampler};

/// So many partitions are drawn at once.
const COUNT: usize = 16;

/// The task times of a stage.
#[derive(Debug)]
pub(in crate::spark) struct Draws {
    law: Sampler,
    words: Keyed,
    /// Whose times are drawn.
    execution: u64,
    /// Of which attempt at which partition the first is.
    first: u64,
    /// From this partition on too few are left to draw some at once.
    few: u64,
    seconds: [f64; COUNT],
}

impl Draws {
    /// Times that `law` makes of `words`, of so many tasks.
    pub(in crate::spark) fn new(law: Sampler, words: Keyed, tasks: u32) -> Self {
        Self {
            law,
            words,
            execution: u64::MAX,
            first: u64::MAX,
            few: (u64::from(tasks) + 1).saturating_sub(COUNT as u64),
            seconds: [0.0; COUNT],
        }
    }

    /// How long an attempt computes, in seconds on a node of speed 1. The low half of `number` is
    /// the partition, the high half is 0 for the first attempt.
    #[inline]
    pub(in crate::spark) fn seconds(&mut self, execution: u64, number: u64) -> f64 {
        let position = number.wrapping_sub(self.first);
        if execution == self.execution && position < COUNT as u64 {
            return self.seconds[position as usize];
        }
        if number < self.few && number.is_multiple_of(COUNT as u64) {
            return self.draw(execution, number);
        }
        self.law.sample(self.words.word(execution, number))
    }

    #[inline(never)]
    fn draw(&mut self, execution: u64, first: u64) -> f64 {
        let word = |offset| self.words.word(execution, first + offset as u64);
        self.seconds = self.law.samples(&std::array::from_fn(word));
        (self.execution, self.first) = (execution, first);
        self.seconds[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Distribution, Purpose, Streams};

    #[test]
    fn whatever_the_order_every_time_is_that_of_its_word() {
        let law = Distribution::Lognormal { mean: 3.0, cv: 2.0 };
        let words = || Streams::new(5, 0).keyed("stage", Purpose::TaskTime);
        let mut draws = Draws::new(law.sampler(), words(), 90);
        let ascending = (0..100).map(|partition| (7, partition));
        let mixed = (0..400).map(|index| (index % 3, (index * 37 % 101) | ((index % 5) << 32)));
        for (execution, number) in ascending.chain(mixed) {
            let alone = law.sampler().sample(words().word(execution, number));
            assert_eq!(draws.seconds(execution, number).to_bits(), alone.to_bits());
        }
    }

    #[test]
    fn no_more_are_drawn_than_there_are_tasks() {
        let law = Distribution::Lognormal { mean: 3.0, cv: 2.0 };
        let words = Streams::new(5, 0).keyed("stage", Purpose::TaskTime);
        let mut draws = Draws::new(law.sampler(), words, 2 * COUNT as u32);
        draws.seconds(7, 0);
        assert_eq!(draws.first, 0);
        draws.seconds(7, COUNT as u64);
        assert_eq!(draws.first, COUNT as u64);
        let words = Streams::new(5, 0).keyed("stage", Purpose::TaskTime);
        let mut draws = Draws::new(law.sampler(), words, 2 * COUNT as u32 - 1);
        draws.seconds(7, 0);
        draws.seconds(7, COUNT as u64);
        assert_eq!(draws.first, 0, "the second lot is not complete");
    }
}
