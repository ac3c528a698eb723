//! `join-shortest-queue` (least connections): the replica with the fewest requests in system.
//!
//! Replicas are kept in buckets by their number of requests, so a change by one and a pick with
//! uniform ties are both O(1), for ten replicas or ten thousand (Winston 1977 shows the policy
//! optimal for exponential service; this index is the usual one of bucketed counts).

use super::available::Numbers;
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Picks the least loaded.
#[derive(Clone, Debug, Default)]
pub(super) struct JoinShortestQueue {
    /// By number of requests: the serving replicas that have so many.
    buckets: Vec<Vec<ReplicaId>>,
    /// By replica: its number of requests and its position in that bucket.
    places: Numbers<Option<Place>>,
    /// No bucket below this one has a replica.
    least: usize,
    serving: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    in_system: usize,
    position: usize,
}

impl JoinShortestQueue {
    fn insert(&mut self, replica: ReplicaId, in_system: usize) {
        if self.buckets.len() <= in_system {
            self.buckets.resize_with(in_system + 1, Vec::new);
        }
        let bucket = &mut self.buckets[in_system];
        let position = bucket.len();
        self.places.set(
            replica,
            Some(Place {
                in_system,
                position,
            }),
        );
        bucket.push(replica);
        self.least = self.least.min(in_system);
    }

    fn remove(&mut self, replica: ReplicaId, place: Place) {
        let bucket = &mut self.buckets[place.in_system];
        bucket.swap_remove(place.position);
        if let Some(&moved) = bucket.get(place.position) {
            self.places.set(moved, Some(place));
        }
        self.places.set(replica, None);
    }
}

impl Balancer for JoinShortestQueue {
    fn added(&mut self, replica: ReplicaId, _weight: f64, _now: Time) {
        if self.places.get(replica).is_none() {
            self.serving += 1;
            self.insert(replica, 0);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        if let Some(place) = self.places.get(replica) {
            self.serving -= 1;
            self.remove(replica, place);
        }
    }

    #[inline]
    fn changed(&mut self, replica: ReplicaId, load: Load) {
        if let Some(place) = self.places.get(replica) {
            self.remove(replica, place);
            self.insert(replica, load.in_system as usize);
        }
    }

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        if self.serving == 0 {
            return None;
        }
        // Changes come in steps of one, so this moves by one bucket a pick, amortized.
        while self.buckets[self.least].is_empty() {
            self.least += 1;
        }
        let bucket = &self.buckets[self.least];
        Some(bucket[draw.below(bucket.len() as u32) as usize])
    }
}
