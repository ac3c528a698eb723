//! `power-of-two`: the shorter of two distinct replicas drawn uniformly; a tie goes to either.
//!
//! Mitzenmacher 2001; Vvedenskaya, Dobrushin and Karpelevich 1996. Envoy's `LEAST_REQUEST`.

use super::available::{Available, Numbers};
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;

/// Draws two and compares.
#[derive(Clone, Debug, Default)]
pub(super) struct PowerOfTwo {
    available: Available,
    in_system: Numbers<u32>,
}

impl Balancer for PowerOfTwo {
    fn added(&mut self, replica: ReplicaId, _weight: f64) {
        if self.available.add(replica) {
            self.in_system.set(replica, 0);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.available.remove(replica);
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        self.in_system.set(replica, load.in_system);
    }

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        match self.available.as_slice() {
            [] => None,
            [only] => Some(*only),
            replicas => {
                // The order of the pair is as random as the pair, so the first wins ties.
                let (first, second) = draw.two_distinct(replicas.len() as u32);
                let (first, second) = (replicas[first as usize], replicas[second as usize]);
                let shorter = self.in_system.get(second) < self.in_system.get(first);
                Some(if shorter { second } else { first })
            }
        }
    }
}
