//! `bounded-load-hash`: as `consistent-hash`, but a replica that has its full share and a bit is
//! passed over for the next on the ring.
//!
//! V. Mirrokni, M. Thorup and M. Zadimoghaddam, "Consistent hashing with bounded loads", SODA 2018:
//! with the newcomer there are m requests on n replicas, and none may have more than ⌈c·m/n⌉ of
//! them; weights divide m in proportion. `HAProxy`'s `hash-balance-factor` is 100·c.

use super::ring::Ring;
use super::shares::{Shares, fixed};
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Asks the ring until there is room.
#[derive(Clone, Debug)]
pub(super) struct BoundedLoadHash {
    ring: Ring,
    /// c in millionths.
    bound: u64,
    weights: Shares,
    in_system: Shares,
}

/// Whole numbers, so that ten times 1.1 are 11.
const MILLION: u128 = 1_000_000;

impl BoundedLoadHash {
    pub(super) fn new(points: u32, bound: f64, salt: u64) -> Self {
        Self {
            ring: Ring::new(points, salt),
            bound: (bound * MILLION as f64).round() as u64,
            weights: Shares::default(),
            in_system: Shares::default(),
        }
    }
}

impl Balancer for BoundedLoadHash {
    fn added(&mut self, replica: ReplicaId, weight: f64, _now: Time) {
        if self.weights.get(replica) == 0 {
            self.weights.set(replica, fixed(weight));
            self.ring.add(replica, weight);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        if self.weights.get(replica) != 0 {
            self.weights.set(replica, 0);
            self.in_system.set(replica, 0);
            self.ring.remove(replica);
        }
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        if self.weights.get(replica) != 0 {
            self.in_system.set(replica, u64::from(load.in_system));
        }
    }

    fn pick(&mut self, view: View, _draw: &mut Draw) -> Option<ReplicaId> {
        let requests = u128::from(self.in_system.total()) + 1;
        let weights = u128::from(self.weights.total()) * MILLION;
        let full = |replica| {
            let weight = u128::from(self.weights.get(replica));
            let most = (u128::from(self.bound) * requests * weight).div_ceil(weights);
            most <= u128::from(self.in_system.get(replica))
        };
        // The mean is below the bound, so somebody has room.
        self.ring.owners(view.key).find(|replica| !full(*replica))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Word;
    use crate::units::Duration;

    /// 1001 requests on 10 replicas, c = 1.1: at most ⌈1.1 · 1001 / 10⌉ = 111 on one. With one key
    /// its owner always has as many as it may; with keys of their own, hardly anybody.
    #[test]
    fn nobody_gets_more_than_the_bound_and_the_owner_of_one_key_gets_that() {
        let counts = |keys: u64| {
            let mut balancer = BoundedLoadHash::new(100, 1.1, 5);
            let mut counts = vec![0_u32; 10];
            (0..10).for_each(|index| balancer.added(ReplicaId(index), 1.0, Time::ZERO));
            for number in 0..1001 {
                let now = Time::ZERO;
                let key = number % keys;
                let picked = balancer.pick(View { now, key }, &mut Draw::new(Word(0)));
                let picked = picked.unwrap();
                let count = &mut counts[picked.0 as usize];
                *count += 1;
                let load = Load {
                    now,
                    in_system: *count,
                    work: Duration::ZERO,
                    serving: 0,
                };
                balancer.changed(picked, load);
            }
            assert_eq!(counts.iter().sum::<u32>(), 1001);
            counts.into_iter().max()
        };
        assert_eq!(counts(1), Some(111));
        assert!(counts(1001) <= Some(111));
    }
}
