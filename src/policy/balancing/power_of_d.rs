//! `power-of-d`: the shortest of d distinct replicas drawn uniformly; a tie goes to any of them.
//!
//! M. Mitzenmacher, "The power of two choices in randomized load balancing", IEEE Transactions on
//! Parallel and Distributed Systems 12, 2001. Where weights differ, the number in system with the
//! newcomer is divided by the weight. O(d).

use super::available::{Available, Numbers};
use super::shares::{ONE, fixed};
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Draws d and compares.
#[derive(Clone, Debug)]
pub(super) struct PowerOfD {
    d: u32,
    available: Available,
    loads: Loads,
    /// Which draws exchanged which positions.
    exchanged: Vec<u32>,
}

/// Numbers in system and weights of replicas, to be compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Loads {
    in_system: Numbers<u32>,
    weights: Numbers<u64>,
    /// Whether any of them has ever had another weight than 1.
    uneven: bool,
}

impl Loads {
    pub(super) fn added(&mut self, replica: ReplicaId, weight: f64) {
        self.in_system.set(replica, 0);
        self.weighed(replica, weight);
    }

    #[inline]
    pub(super) fn changed(&mut self, replica: ReplicaId, in_system: u32) {
        self.in_system.set(replica, in_system);
    }

    pub(super) fn weighed(&mut self, replica: ReplicaId, weight: f64) {
        self.weights.set(replica, fixed(weight));
        self.uneven |= fixed(weight) != ONE;
    }

    /// Whether the first has less to do than the second.
    #[inline]
    pub(super) fn less(&self, first: ReplicaId, second: ReplicaId) -> bool {
        if !self.uneven {
            return self.in_system.get(first) < self.in_system.get(second);
        }
        let with_newcomer = |replica| u128::from(self.in_system.get(replica)) + 1;
        let weight = |replica| u128::from(self.weights.get(replica));
        with_newcomer(first) * weight(second) < with_newcomer(second) * weight(first)
    }
}

impl PowerOfD {
    pub(super) fn new(d: u32) -> Self {
        Self {
            d,
            available: Available::default(),
            loads: Loads::default(),
            exchanged: Vec::new(),
        }
    }
}

impl Balancer for PowerOfD {
    fn added(&mut self, replica: ReplicaId, weight: f64, _now: Time) {
        if self.available.add(replica) {
            self.loads.added(replica, weight);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.available.remove(replica);
    }

    fn weighed(&mut self, replica: ReplicaId, weight: f64) {
        self.loads.weighed(replica, weight);
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        self.loads.changed(replica, load.in_system);
    }

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        let replicas = self.available.as_mut_slice();
        let count = replicas.len() as u32;
        let mut best = None;
        // The beginning of a shuffle: distinct and in random order, so that the first of equals
        // is any of them. Then the order is put back, and a draw is all that a pick depends on.
        for position in 0..self.d.min(count) {
            let other = position + draw.below(count - position);
            replicas.swap(position as usize, other as usize);
            self.exchanged.push(other);
            let candidate = replicas[position as usize];
            if best.is_none_or(|best| self.loads.less(candidate, best)) {
                best = Some(candidate);
            }
        }
        while let Some(other) = self.exchanged.pop() {
            replicas.swap(self.exchanged.len(), other as usize);
        }
        best
    }
}
