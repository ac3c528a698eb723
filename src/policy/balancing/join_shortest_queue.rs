//! `join-shortest-queue` (least connections): the replica with the fewest requests in system.
//!
//! Replicas stand in one row in the order of their numbers of requests, so a change by one is an
//! exchange with the end of the row of equals, and a pick with uniform ties is a draw from the first
//! equals: both O(1), for ten replicas or ten thousand (Winston 1977 shows the policy optimal for
//! exponential service).

use super::available::Numbers;
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;

/// Picks the least loaded.
///
/// # Invariants
/// `row` ascends by number of requests; `starts[n]` of it have fewer than `n`, for every `n` up to
/// one more than any has.
#[derive(Clone, Debug)]
pub(super) struct JoinShortestQueue {
    row: Vec<ReplicaId>,
    starts: Vec<u32>,
    /// By replica.
    places: Numbers<Option<Place>>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    in_system: u32,
    position: u32,
}

impl Default for JoinShortestQueue {
    fn default() -> Self {
        Self {
            row: Vec::new(),
            starts: vec![0, 0],
            places: Numbers::default(),
        }
    }
}

impl JoinShortestQueue {
    /// Lets a replica at `place` have another number of requests; answers with its new place.
    #[inline]
    fn step(&mut self, replica: ReplicaId, mut place: Place, in_system: u32) -> Place {
        while place.in_system < in_system {
            let above = place.in_system as usize + 1;
            // Before the push nobody has more.
            if self.starts.len() == above + 1 {
                self.starts.push(self.row.len() as u32);
            }
            self.starts[above] -= 1;
            place = self.exchange(replica, place.position, self.starts[above], above as u32);
        }
        while place.in_system > in_system {
            let own = place.in_system as usize;
            let first = self.starts[own];
            self.starts[own] += 1;
            place = self.exchange(replica, place.position, first, place.in_system - 1);
        }
        place
    }

    /// Exchanges a replica with whoever stands at `to`, and gives it its new number.
    #[inline]
    fn exchange(&mut self, replica: ReplicaId, from: u32, to: u32, in_system: u32) -> Place {
        let other = self.row[to as usize];
        self.row[to as usize] = replica;
        self.row[from as usize] = other;
        if let Some(place) = self.places.get_mut(other) {
            place.position = from;
        }
        let place = Place {
            in_system,
            position: to,
        };
        self.places.set(replica, Some(place));
        place
    }
}

impl Balancer for JoinShortestQueue {
    fn added(&mut self, replica: ReplicaId, _weight: f64, _now: Time) {
        if self.places.get(replica).is_some() {
            return;
        }
        // At the end of the row it has as many as the last may have.
        let place = Place {
            in_system: self.starts.len() as u32 - 2,
            position: self.row.len() as u32,
        };
        self.row.push(replica);
        self.places.set(replica, Some(place));
        if let Some(end) = self.starts.last_mut() {
            *end += 1;
        }
        self.step(replica, place, 0);
    }

    fn removed(&mut self, replica: ReplicaId) {
        let Some(place) = self.places.get(replica) else {
            return;
        };
        let most = self.starts.len() as u32 - 2;
        let place = self.step(replica, place, most);
        // The last of those who have the most.
        let last = self.row.len() as u32 - 1;
        self.exchange(replica, place.position, last, most);
        self.row.pop();
        self.places.set(replica, None);
        if let Some(end) = self.starts.last_mut() {
            *end -= 1;
        }
    }

    #[inline]
    fn changed(&mut self, replica: ReplicaId, load: Load) {
        if let Some(place) = self.places.get(replica) {
            self.step(replica, place, load.in_system);
        }
    }

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        let first = self.row.first()?;
        let least = self.places.get(*first)?.in_system;
        let equals = self.starts[least as usize + 1];
        Some(self.row[draw.below(equals) as usize])
    }
}
