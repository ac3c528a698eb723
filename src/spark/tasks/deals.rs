//! Recorded task times that are dealt anew to the partitions in each execution.

use crate::id::StageId;
use crate::random::Keyed;
use crate::units::Duration;
use std::collections::BTreeMap;

/// The deals of the stages that run, by stage and execution.
#[derive(Debug, Default)]
pub(in crate::spark) struct Deals {
    decks: BTreeMap<(StageId, u64), Vec<u32>>,
}

/// What is dealt, and how.
#[derive(Clone, Copy)]
pub(in crate::spark) struct Deal<'a> {
    /// One for each partition.
    pub(in crate::spark) times: &'a [Duration],
    /// A time goes to a partition fewer than so many places from its own, or to any.
    pub(in crate::spark) within: Option<u32>,
    /// Chance.
    pub(in crate::spark) words: &'a Keyed,
}

impl Deals {
    /// The time of a partition.
    pub(in crate::spark) fn time(
        &mut self,
        (stage, execution): (StageId, u64),
        deal: Deal<'_>,
        partition: u32,
    ) -> Duration {
        let deck = self.decks.entry((stage, execution));
        let deck = deck.or_insert_with(|| {
            let count = deal.times.len() as u32;
            match deal.within {
                None => shuffled(count, execution, deal.words),
                Some(within) => traded(count, within, |place| {
                    deal.words.word(execution, u64::from(place)).uniform()
                }),
            }
        });
        deal.times[deck[partition as usize] as usize]
    }

    /// No more tasks of a stage will come.
    pub(in crate::spark) fn forget(&mut self, stage: StageId, execution: u64) {
        self.decks.remove(&(stage, execution));
    }
}

/// 0 to `count` − 1 in an order in which each is as likely as any other.
fn shuffled(count: u32, execution: u64, words: &Keyed) -> Vec<u32> {
    let mut deck: Vec<u32> = (0..count).collect();
    words.shuffle(execution, 0, &mut deck);
    deck
}

/// 0 to `count` − 1, each fewer than `within` places from its own: each is put off by a share of
/// `within` places, and they are taken in the order that this makes.
fn traded(count: u32, within: u32, share: impl Fn(u32) -> f64) -> Vec<u32> {
    let put_off = |place: u32| f64::from(place) + f64::from(within) * share(place);
    let mut deck: Vec<(f64, u32)> = (0..count).map(|place| (put_off(place), place)).collect();
    deck.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    deck.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use proptest::prelude::*;

    #[test]
    fn those_that_are_put_off_longer_come_later() {
        let shares = [0.9, 0.2, 0.9, 0.5];
        let deck = |within| traded(4, within, |place| shares[place as usize]);
        // 1.8, 1.4, 3.8, 4.0
        assert_eq!(deck(2), [1, 0, 2, 3]);
        // 3.6, 1.8, 5.6, 5.0
        assert_eq!(deck(4), [1, 0, 3, 2]);
        assert_eq!(deck(1), [0, 1, 2, 3]);
    }

    proptest! {
        #[test]
        fn every_time_is_dealt_once_and_near(count in 1_u32..80, within in 1_u32..20, seed: u64) {
            let words = Streams::new(seed, 0).keyed("stage", Purpose::TaskTime);
            let deck = traded(count, within, |place| words.word(1, u64::from(place)).uniform());
            for (place, &from) in deck.iter().enumerate() {
                prop_assert!((place as u32).abs_diff(from) < within);
            }
            let mut sorted = deck;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..count).collect::<Vec<u32>>());
        }
    }
}
