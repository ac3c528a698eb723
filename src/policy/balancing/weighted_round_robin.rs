//! `weighted-round-robin`: each in turn, as often as its weight says, and as evenly spread as that
//! allows: with weights 5, 1, 1 not five times the first in a row.
//!
//! The k-th turn of a replica of weight w is due at (k − ½)/w, and the turn that is due first is
//! next: Webster's way of giving out seats one by one, and the order in which Envoy's earliest
//! deadline first serves. Equal weights give round-robin. O(log n).

use super::available::Numbers;
use super::shares::fixed;
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;
use std::collections::BTreeSet;

/// The time between two turns of weight 2^-20; other weights divide it.
const LONGEST: u128 = 1 << 84;

/// Takes the turn that is due first.
#[derive(Clone, Debug, Default)]
pub(super) struct WeightedRoundRobin {
    /// By when they are due, ties in the order of their numbers.
    turns: BTreeSet<(u128, ReplicaId)>,
    /// By replica: its weight and when its turn is due.
    places: Numbers<Option<(u64, u128)>>,
    /// When the last turn was due.
    clock: u128,
}

impl WeightedRoundRobin {
    fn put(&mut self, replica: ReplicaId, weight: u64, due: u128) {
        self.turns.insert((due, replica));
        self.places.set(replica, Some((weight, due)));
    }
}

impl Balancer for WeightedRoundRobin {
    fn added(&mut self, replica: ReplicaId, weight: f64, _now: Time) {
        if self.places.get(replica).is_none() {
            let weight = fixed(weight);
            let gap = LONGEST / u128::from(weight);
            self.put(replica, weight, self.clock + gap / 2);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        if let Some((_, due)) = self.places.get(replica) {
            self.turns.remove(&(due, replica));
            self.places.set(replica, None);
        }
    }

    fn weighed(&mut self, replica: ReplicaId, weight: f64) {
        if let Some((before, due)) = self.places.get(replica) {
            self.removed(replica);
            // The share of its gap that is left stays; in floats, because it is only a position.
            let left = (due - self.clock) as f64 * before as f64 / fixed(weight) as f64;
            self.put(replica, fixed(weight), self.clock + left as u128);
        }
    }

    fn changed(&mut self, _replica: ReplicaId, _load: Load) {}

    fn pick(&mut self, _view: View, _draw: &mut Draw) -> Option<ReplicaId> {
        let (due, replica) = self.turns.pop_first()?;
        let (weight, _) = self.places.get(replica)?;
        self.clock = due;
        self.put(replica, weight, due + LONGEST / u128::from(weight));
        Some(replica)
    }
}
