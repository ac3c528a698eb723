//! `power-of-two`: the shorter of two distinct replicas drawn uniformly; a tie goes to either.
//!
//! Mitzenmacher 2001; Vvedenskaya, Dobrushin and Karpelevich 1996. Envoy's `LEAST_REQUEST`.

use super::{Balancer, available::Available};
use crate::id::{Id, ReplicaId};
use crate::random::Draw;

/// Draws two and compares.
#[derive(Clone, Debug)]
pub(super) struct PowerOfTwo {
    available: Available,
    in_system: Vec<u32>,
}

impl PowerOfTwo {
    pub(super) fn new(replicas: u32) -> Self {
        Self {
            available: Available::default(),
            in_system: vec![0; replicas as usize],
        }
    }
}

impl Balancer for PowerOfTwo {
    fn added(&mut self, replica: ReplicaId) {
        self.available.add(replica);
    }

    fn changed(&mut self, replica: ReplicaId, in_system: u32) {
        self.in_system[replica.index()] = in_system;
    }

    fn pick(&mut self, draw: &mut Draw) -> Option<ReplicaId> {
        match self.available.as_slice() {
            [] => None,
            [only] => Some(*only),
            replicas => {
                // The order of the pair is as random as the pair, so the first wins ties.
                let (first, second) = draw.two_distinct(replicas.len() as u32);
                let (first, second) = (replicas[first as usize], replicas[second as usize]);
                let shorter = self.in_system[second.index()] < self.in_system[first.index()];
                Some(if shorter { second } else { first })
            }
        }
    }
}
