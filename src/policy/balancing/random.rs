//! `random`: a replica drawn uniformly, or in proportion to the weights where they differ. With
//! Poisson arrivals, independent queues.

use super::available::Available;
use super::shares::{ONE, Shares, fixed};
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Draws by weight.
#[derive(Clone, Debug, Default)]
pub(super) struct Random {
    available: Available,
    shares: Shares,
    /// How many of them have another weight than 1.
    uneven: usize,
}

impl Random {
    fn weigh(&mut self, replica: ReplicaId, weight: u64) {
        let uneven = |weight: u64| usize::from(weight != ONE && weight != 0);
        self.uneven = self.uneven + uneven(weight) - uneven(self.shares.get(replica));
        self.shares.set(replica, weight);
    }
}

impl Balancer for Random {
    fn added(&mut self, replica: ReplicaId, weight: f64, _now: Time) {
        if self.available.add(replica) {
            self.weigh(replica, fixed(weight));
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        if self.available.remove(replica).is_some() {
            self.weigh(replica, 0);
        }
    }

    fn weighed(&mut self, replica: ReplicaId, weight: f64) {
        if self.shares.get(replica) != 0 {
            self.weigh(replica, fixed(weight));
        }
    }

    fn changed(&mut self, _replica: ReplicaId, _load: Load) {}

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        match self.available.as_slice() {
            [] => None,
            _ if self.uneven > 0 => self.shares.pick(draw),
            replicas => Some(replicas[draw.below(replicas.len() as u32) as usize]),
        }
    }
}
