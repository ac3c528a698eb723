//! `random`: a replica drawn uniformly. With Poisson arrivals, n independent queues.

use super::{Balancer, available::Available};
use crate::id::ReplicaId;
use crate::random::Draw;

/// Draws uniformly.
#[derive(Clone, Debug, Default)]
pub(super) struct Random {
    available: Available,
}

impl Balancer for Random {
    fn added(&mut self, replica: ReplicaId) {
        self.available.add(replica);
    }

    fn changed(&mut self, _replica: ReplicaId, _in_system: u32) {}

    fn pick(&mut self, draw: &mut Draw) -> Option<ReplicaId> {
        match self.available.as_slice() {
            [] => None,
            replicas => Some(replicas[draw.below(replicas.len() as u32) as usize]),
        }
    }
}
