//! `power-of-two`: the shorter of two distinct replicas drawn uniformly; a tie goes to either.
//!
//! Mitzenmacher 2001; Vvedenskaya, Dobrushin and Karpelevich 1996. Envoy's `LEAST_REQUEST`. Weights
//! count as in `power-of-d`.

use super::available::Available;
use super::power_of_d::Loads;
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Draws two and compares.
#[derive(Clone, Debug, Default)]
pub(super) struct PowerOfTwo {
    available: Available,
    loads: Loads,
}

impl Balancer for PowerOfTwo {
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

    #[inline]
    fn changed(&mut self, replica: ReplicaId, load: Load) {
        self.loads.changed(replica, load.in_system);
    }

    #[inline]
    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        match self.available.as_slice() {
            [] => None,
            [only] => Some(*only),
            replicas => {
                // The order of the pair is as random as the pair, so the first wins ties.
                let (first, second) = draw.two_distinct(replicas.len() as u32);
                let (first, second) = (replicas[first as usize], replicas[second as usize]);
                let shorter = self.loads.less(second, first);
                Some(if shorter { second } else { first })
            }
        }
    }
}
