//! Containers without a node: by priority, then in the order in which they were asked for.
//!
//! Containers of a kind ask for the same, so where one of a kind does not fit none does: only the
//! first of each kind is ever looked at, unless each has a zone of its own.

use crate::id::{ContainerId, Id, IdVec, KindId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Whose turn it is: the highest priority, then the lowest sequence number.
pub(super) type Turn = (Reverse<i32>, u64, KindId);

/// The containers that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// By kind: those that wait, by sequence number.
    queues: IdVec<KindId, BTreeMap<u64, ContainerId>>,
    /// By kind: its priority.
    priorities: IdVec<KindId, i32>,
    length: usize,
}

impl Pending {
    /// Nobody waits; priorities by kind.
    pub(super) fn new(priorities: impl Iterator<Item = i32>) -> Self {
        let priorities: IdVec<KindId, i32> = priorities.collect();
        Self {
            queues: priorities.iter().map(|_| BTreeMap::new()).collect(),
            priorities,
            length: 0,
        }
    }

    /// A container begins to wait.
    pub(super) fn push(&mut self, kind: KindId, sequence: u64, id: ContainerId) {
        self.queues[kind].insert(sequence, id);
        self.length += 1;
    }

    /// A container waits no more.
    pub(super) fn remove(&mut self, kind: KindId, sequence: u64) {
        let there = self.queues[kind].remove(&sequence);
        self.length -= usize::from(there.is_some());
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether any of a kind waits.
    pub(super) fn has(&self, kind: KindId) -> bool {
        !self.queues[kind].is_empty()
    }

    /// Priorities of those who wait, the highest first.
    pub(super) fn priorities(&self) -> Vec<i32> {
        let waiting = self.queues.enumerate().filter(|(_, it)| !it.is_empty());
        let mut all: Vec<i32> = waiting.map(|(kind, _)| self.priorities[kind]).collect();
        all.sort_unstable_by_key(|priority| Reverse(*priority));
        all.dedup();
        all
    }

    /// The first `most` of a priority who are of kinds that `chosen` names, in their order.
    pub(super) fn first(
        &self,
        priority: i32,
        most: usize,
        chosen: impl Fn(KindId) -> bool,
    ) -> Vec<(u64, KindId, ContainerId)> {
        let mut all = Vec::new();
        for (kind, queue) in self.queues.enumerate() {
            if self.priorities[kind] == priority && chosen(kind) {
                let first = queue.iter().take(most);
                all.extend(first.map(|(&sequence, &id)| (sequence, kind, id)));
            }
        }
        all.sort_unstable_by_key(|(sequence, ..)| *sequence);
        all.truncate(most);
        all
    }

    /// How many of each kind wait, where any do.
    pub(super) fn counts(&self) -> Vec<(KindId, u64)> {
        let queues = self.queues.enumerate();
        let counts = queues.map(|(kind, queue)| (kind, queue.len() as u64));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// Who is first of each kind, in the order in which they have their turns.
    pub(super) fn turns(&self) -> BTreeSet<Turn> {
        let kinds = self.queues.ids();
        kinds.filter_map(|kind| self.turn(kind)).collect()
    }

    /// Who is first of a kind.
    pub(super) fn turn(&self, kind: KindId) -> Option<Turn> {
        let (&sequence, _) = self.queues[kind].first_key_value()?;
        Some((Reverse(self.priorities[kind]), sequence, kind))
    }

    /// Who comes after that turn, of the same kind.
    pub(super) fn turn_after(&self, (priority, sequence, kind): Turn) -> Option<Turn> {
        let (&next, _) = self.queues[kind].range(sequence + 1..).next()?;
        Some((priority, next, kind))
    }

    /// Whose turn that is.
    pub(super) fn at(&self, turn: Turn) -> ContainerId {
        self.queues[turn.2][&turn.1]
    }

    /// Everybody, in the order in which they have their turns.
    pub(super) fn iter(&self) -> impl Iterator<Item = ContainerId> {
        let mut all: Vec<(Turn, ContainerId)> = Vec::with_capacity(self.length);
        for (kind, queue) in self.queues.enumerate() {
            let priority = Reverse(self.priorities[kind]);
            all.extend(queue.iter().map(|(&at, &id)| ((priority, at, kind), id)));
        }
        all.sort_unstable_by_key(|(turn, id)| (*turn, id.index()));
        all.into_iter().map(|(_, id)| id)
    }
}
