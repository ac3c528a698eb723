//! `random`: a replica drawn uniformly. With Poisson arrivals, n independent queues.

use super::{Balancer, Load, View, available::Available};
use crate::id::ReplicaId;
use crate::random::Draw;

/// Draws uniformly.
#[derive(Clone, Debug, Default)]
pub(super) struct Random {
    available: Available,
}

impl Balancer for Random {
    fn added(&mut self, replica: ReplicaId, _weight: f64) {
        self.available.add(replica);
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.available.remove(replica);
    }

    fn changed(&mut self, _replica: ReplicaId, _load: Load) {}

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        match self.available.as_slice() {
            [] => None,
            replicas => Some(replicas[draw.below(replicas.len() as u32) as usize]),
        }
    }
}
