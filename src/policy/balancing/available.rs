//! The replicas that serve, in the order of their numbers.

use crate::id::ReplicaId;

/// Serving replicas.
#[derive(Clone, Debug, Default)]
pub(super) struct Available {
    replicas: Vec<ReplicaId>,
}

impl Available {
    pub(super) fn add(&mut self, replica: ReplicaId) {
        if let Err(position) = self.replicas.binary_search(&replica) {
            self.replicas.insert(position, replica);
        }
    }

    pub(super) fn as_slice(&self) -> &[ReplicaId] {
        &self.replicas
    }
}
