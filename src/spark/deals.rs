//! Recorded task times that are dealt anew to the partitions in each execution.

use crate::id::StageId;
use crate::random::Keyed;
use crate::units::Duration;
use std::collections::BTreeMap;

/// The deals of the stages that run, by stage and execution.
#[derive(Debug, Default)]
pub(super) struct Deals {
    decks: BTreeMap<(StageId, u64), Vec<u32>>,
}

impl Deals {
    /// The time of a partition.
    pub(super) fn time(
        &mut self,
        (stage, execution): (StageId, u64),
        times: &[Duration],
        partition: u32,
        words: &Keyed,
    ) -> Duration {
        let deck = self.decks.entry((stage, execution));
        let deck = deck.or_insert_with(|| shuffled(times.len() as u32, execution, words));
        times[deck[partition as usize] as usize]
    }

    /// No more tasks of a stage will come.
    pub(super) fn forget(&mut self, stage: StageId, execution: u64) {
        self.decks.remove(&(stage, execution));
    }
}

/// 0 to `count` − 1 in an order in which each is as likely as any other (Fisher and Yates).
fn shuffled(count: u32, execution: u64, words: &Keyed) -> Vec<u32> {
    let mut deck: Vec<u32> = (0..count).collect();
    for last in (1..count).rev() {
        let word = words.word(execution, u64::from(last));
        let chosen = word.below(last + 1);
        deck.swap(last as usize, chosen as usize);
    }
    deck
}
