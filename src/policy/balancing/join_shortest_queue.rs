//! `join-shortest-queue` (least connections): the replica with the fewest requests in system.
//!
//! Replicas are kept in buckets by their number of requests, so a change by one and a pick with
//! uniform ties are both O(1), for ten replicas or ten thousand (Winston 1977 shows the policy
//! optimal for exponential service; this index is the usual one of bucketed counts).

use super::Balancer;
use crate::id::{Id, ReplicaId};
use crate::random::Draw;

/// Picks the least loaded.
#[derive(Clone, Debug)]
pub(super) struct JoinShortestQueue {
    /// By number of requests: the serving replicas that have so many.
    buckets: Vec<Vec<ReplicaId>>,
    /// By replica: its number of requests and its position in that bucket.
    places: Vec<Option<Place>>,
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
    pub(super) fn new(replicas: u32) -> Self {
        let places = vec![None; replicas as usize];
        Self {
            buckets: vec![Vec::new()],
            places,
            least: 0,
            serving: 0,
        }
    }

    fn insert(&mut self, replica: ReplicaId, in_system: usize) {
        if self.buckets.len() <= in_system {
            self.buckets.resize_with(in_system + 1, Vec::new);
        }
        let bucket = &mut self.buckets[in_system];
        self.places[replica.index()] = Some(Place {
            in_system,
            position: bucket.len(),
        });
        bucket.push(replica);
        self.least = self.least.min(in_system);
    }

    fn remove(&mut self, replica: ReplicaId, place: Place) {
        let bucket = &mut self.buckets[place.in_system];
        bucket.swap_remove(place.position);
        if let Some(&moved) = bucket.get(place.position) {
            self.places[moved.index()] = Some(place);
        }
        self.places[replica.index()] = None;
    }
}

impl Balancer for JoinShortestQueue {
    fn added(&mut self, replica: ReplicaId) {
        if self.places[replica.index()].is_none() {
            self.serving += 1;
            self.insert(replica, 0);
        }
    }

    fn changed(&mut self, replica: ReplicaId, in_system: u32) {
        if let Some(place) = self.places[replica.index()] {
            self.remove(replica, place);
            self.insert(replica, in_system as usize);
        }
    }

    fn pick(&mut self, draw: &mut Draw) -> Option<ReplicaId> {
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
