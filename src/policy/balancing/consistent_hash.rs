//! `consistent-hash`: requests of one key go to one replica, and few keys move when replicas come
//! and go. The ring is in `ring`. O(1) in the mean.

use super::available::Numbers;
use super::ring::Ring;
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Asks the ring.
#[derive(Clone, Debug)]
pub(super) struct ConsistentHash {
    ring: Ring,
    member: Numbers<bool>,
}

impl ConsistentHash {
    pub(super) fn new(points: u32, salt: u64) -> Self {
        Self {
            ring: Ring::new(points, salt),
            member: Numbers::default(),
        }
    }
}

impl Balancer for ConsistentHash {
    fn added(&mut self, replica: ReplicaId, weight: f64, _now: Time) {
        if !self.member.get(replica) {
            self.member.set(replica, true);
            self.ring.add(replica, weight);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        if self.member.get(replica) {
            self.member.set(replica, false);
            self.ring.remove(replica);
        }
    }

    fn changed(&mut self, _replica: ReplicaId, _load: Load) {}

    fn pick(&mut self, view: View, _draw: &mut Draw) -> Option<ReplicaId> {
        self.ring.owners(view.key).next()
    }
}
