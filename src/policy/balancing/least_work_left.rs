//! `least-work-left`: the replica with the least service time left to do; ties go to any of them.
//!
//! With one place a replica and first-in-first-out, the requests wait as behind a central queue
//! (M. Harchol-Balter, "Performance Modeling and Design of Computer Systems", 2013, chapter 24). It
//! needs to know service times in advance, which a simulator does.
//!
//! What is left shrinks by itself while requests are served, as many times as fast as time passes
//! as there are of them. Of replicas that shrink equally fast the order does not change, so each
//! speed has an index of its own. O(log n) for each number of places in use.

use super::bag::Ordered;
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Keeps what is left in order.
#[derive(Clone, Debug, Default)]
pub(super) struct LeastWorkLeft {
    /// By the number of requests that are served: replicas by what would have been left at time
    /// zero, had that always been so.
    speeds: Vec<Ordered<u128>>,
    /// By replica: the number of requests that are served.
    serving: super::available::Numbers<Option<u32>>,
}

impl LeastWorkLeft {
    fn put(&mut self, replica: ReplicaId, serving: u32, key: u128) {
        let speed = serving as usize;
        if self.speeds.len() <= speed {
            self.speeds.resize_with(speed + 1, Ordered::default);
        }
        if let Some(before) = self
            .serving
            .get(replica)
            .filter(|before| *before != serving)
        {
            self.speeds[before as usize].take(replica);
        }
        self.speeds[speed].put(replica, key);
        self.serving.set(replica, Some(serving));
    }
}

/// What has been done since time zero at a speed.
fn done(serving: u32, now: Time) -> u128 {
    u128::from(serving) * u128::from(now.nanos())
}

impl Balancer for LeastWorkLeft {
    fn added(&mut self, replica: ReplicaId, _weight: f64, _now: Time) {
        if self.serving.get(replica).is_none() {
            self.put(replica, 0, 0);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        if let Some(serving) = self.serving.get(replica) {
            self.speeds[serving as usize].take(replica);
            self.serving.set(replica, None);
        }
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        if self.serving.get(replica).is_some() {
            let key = u128::from(load.work.nanos()) + done(load.serving, load.now);
            self.put(replica, load.serving, key);
        }
    }

    fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId> {
        let firsts = self
            .speeds
            .iter()
            .zip(0..)
            .filter_map(|(ordered, serving)| {
                let (key, replicas) = ordered.first()?;
                Some((key.saturating_sub(done(serving, view.now)), replicas))
            });
        let least = firsts.clone().map(|(left, _)| left).min()?;
        let equal = firsts.filter(|(left, _)| *left == least);
        let count: usize = equal.clone().map(|(_, replicas)| replicas.len()).sum();
        let chosen = draw.below(count as u32) as usize;
        equal
            .flat_map(|(_, replicas)| replicas)
            .nth(chosen)
            .copied()
    }
}
