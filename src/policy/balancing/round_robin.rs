//! `round-robin`: each replica in turn. With Poisson arrivals each sees Erlang gaps.

use super::{Balancer, available::Available};
use crate::id::ReplicaId;
use crate::random::Draw;

/// Goes around.
#[derive(Clone, Debug, Default)]
pub(super) struct RoundRobin {
    available: Available,
    next: usize,
}

impl Balancer for RoundRobin {
    fn added(&mut self, replica: ReplicaId) {
        self.available.add(replica);
    }

    fn changed(&mut self, _replica: ReplicaId, _in_system: u32) {}

    fn pick(&mut self, _draw: &mut Draw) -> Option<ReplicaId> {
        let replicas = self.available.as_slice();
        let replica = replicas.get(self.next).or(replicas.first())?;
        self.next = if self.next < replicas.len() {
            self.next + 1
        } else {
            1
        };
        Some(*replica)
    }
}
