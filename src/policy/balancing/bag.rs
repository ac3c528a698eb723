//! A set of replicas of which any may be drawn, and the least of many such sets.

use super::available::Numbers;
use crate::id::ReplicaId;
use std::collections::BTreeMap;

/// A set: replicas are put in, taken out and found by position in constant time.
#[derive(Clone, Debug, Default)]
pub(super) struct Bag {
    members: Vec<ReplicaId>,
    /// By replica: its position and one, or 0 outside.
    positions: Numbers<u32>,
}

impl Bag {
    pub(super) fn put(&mut self, replica: ReplicaId) {
        if self.positions.get(replica) == 0 {
            self.members.push(replica);
            self.positions.set(replica, self.members.len() as u32);
        }
    }

    pub(super) fn take(&mut self, replica: ReplicaId) {
        let position = self.positions.get(replica);
        if position == 0 {
            return;
        }
        self.members.swap_remove(position as usize - 1);
        if let Some(&moved) = self.members.get(position as usize - 1) {
            self.positions.set(moved, position);
        }
        self.positions.set(replica, 0);
    }

    pub(super) fn as_slice(&self) -> &[ReplicaId] {
        &self.members
    }
}

/// Replicas in the order of a key, those of equal keys together.
#[derive(Clone, Debug)]
pub(super) struct Ordered<K> {
    ranks: BTreeMap<K, Vec<ReplicaId>>,
    /// By replica: its key and its position among its equals.
    places: Numbers<Option<(K, u32)>>,
    /// Vectors that are not needed now.
    spare: Vec<Vec<ReplicaId>>,
}

impl<K> Default for Ordered<K> {
    fn default() -> Self {
        Self {
            ranks: BTreeMap::new(),
            places: Numbers::default(),
            spare: Vec::new(),
        }
    }
}

impl<K: Copy + Ord> Ordered<K> {
    pub(super) fn put(&mut self, replica: ReplicaId, key: K) {
        self.take(replica);
        let spare = &mut self.spare;
        let rank = self.ranks.entry(key);
        let rank = rank.or_insert_with(|| spare.pop().unwrap_or_default());
        self.places.set(replica, Some((key, rank.len() as u32)));
        rank.push(replica);
    }

    pub(super) fn take(&mut self, replica: ReplicaId) {
        let Some((key, position)) = self.places.get(replica) else {
            return;
        };
        self.places.set(replica, None);
        let Some(rank) = self.ranks.get_mut(&key) else {
            return;
        };
        rank.swap_remove(position as usize);
        if let Some(&moved) = rank.get(position as usize) {
            self.places.set(moved, Some((key, position)));
        } else if rank.is_empty() {
            self.spare.extend(self.ranks.remove(&key));
        }
    }

    /// Those with the least key.
    pub(super) fn first(&self) -> Option<(K, &[ReplicaId])> {
        let (key, rank) = self.ranks.first_key_value()?;
        Some((*key, rank))
    }
}
