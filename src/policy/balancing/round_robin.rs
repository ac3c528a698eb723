//! `round-robin`: each replica in turn. With Poisson arrivals each sees Erlang gaps.

use super::{Balancer, Load, View, available::Available};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Goes around.
#[derive(Clone, Debug, Default)]
pub(super) struct RoundRobin {
    available: Available,
    next: usize,
}

impl Balancer for RoundRobin {
    fn added(&mut self, replica: ReplicaId, _weight: f64, _now: Time) {
        self.available.add(replica);
    }

    fn removed(&mut self, replica: ReplicaId) {
        // Whose turn it is stays whose turn it is.
        if let Some(position) = self.available.remove(replica)
            && position < self.next
        {
            self.next -= 1;
        }
    }

    fn changed(&mut self, _replica: ReplicaId, _load: Load) {}

    fn pick(&mut self, _view: View, _draw: &mut Draw) -> Option<ReplicaId> {
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
