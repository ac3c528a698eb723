//! The requests that are on the direct way, and the rows in which they wait.
//!
//! With thousands of replicas a run is as fast as the memory, so a request is half a cache line, and
//! what links those who wait is kept apart, small enough to stay at hand.
//!
//! # Invariants
//! * Whoever waits is in one row; its link is the next, and that of the last means nothing.

use crate::id::{AttemptId, CellId, Id, StationId};
use crate::units::{Duration, Time};

/// A request that waits or is served.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct Passing {
    pub(super) arrived: Time,
    pub(super) work: Duration,
    pub(super) number: u64,
    pub(super) cell: CellId,
    /// Where it waits or is served; any station of its service while it waits in a central queue.
    pub(super) station: StationId,
}

const _: () = assert!(size_of::<Passing>() == 32, "half a cache line");

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Passings {
    passings: Vec<Passing>,
    /// Of each: who comes after it, or what it does instead of waiting.
    links: Vec<AttemptId>,
    free: Vec<AttemptId>,
}

const SERVED: AttemptId = AttemptId(u32::MAX - 1);
const GONE: AttemptId = AttemptId(u32::MAX);
/// Of whoever waits and is the last.
const LAST: AttemptId = AttemptId(u32::MAX - 2);

/// Those who wait, first come, first served. How many there are its owner knows: of none, neither
/// end means anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    front: AttemptId,
    back: AttemptId,
}

impl Passings {
    /// A request is served at once.
    #[inline]
    pub(super) fn insert_served(&mut self, passing: Passing) -> AttemptId {
        self.insert(passing, SERVED)
    }

    #[inline]
    fn insert(&mut self, passing: Passing, link: AttemptId) -> AttemptId {
        if let Some(id) = self.free.pop() {
            self.passings[id.index()] = passing;
            self.links[id.index()] = link;
            id
        } else {
            self.passings.push(passing);
            self.links.push(link);
            AttemptId::new(self.passings.len() - 1)
        }
    }

    /// Whoever has waited is served now.
    #[inline]
    pub(super) fn serve(&mut self, id: AttemptId, station: StationId) -> &Passing {
        self.links[id.index()] = SERVED;
        let passing = &mut self.passings[id.index()];
        passing.station = station;
        passing
    }

    /// Whoever was served goes.
    #[inline]
    pub(super) fn remove(&mut self, id: AttemptId) -> Passing {
        debug_assert_eq!(self.links[id.index()], SERVED, "{id:?} is not served");
        self.links[id.index()] = GONE;
        self.free.push(id);
        self.passings[id.index()]
    }

    /// Everybody, and whether they are served.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Passing, bool)> {
        let all = self.passings.iter().zip(&self.links);
        let there = all.filter(|(_, link)| **link != GONE);
        there.map(|(passing, link)| (passing, *link == SERVED))
    }
}

impl Row {
    /// Of nobody.
    pub(super) const EMPTY: Self = Self {
        front: GONE,
        back: GONE,
    };

    /// Somebody comes after so many.
    #[inline]
    pub(super) fn push_back(&mut self, passing: Passing, length: u32, passings: &mut Passings) {
        let id = passings.insert(passing, LAST);
        if length == 0 {
            self.front = id;
        } else {
            passings.links[self.back.index()] = id;
        }
        self.back = id;
    }

    /// The first of at least one goes.
    #[inline]
    pub(super) fn pop_front(&mut self, passings: &Passings) -> AttemptId {
        let first = self.front;
        self.front = passings.links[first.index()];
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passing(number: u64) -> Passing {
        Passing {
            arrived: Time::ZERO,
            work: Duration::ZERO,
            number,
            cell: CellId(0),
            station: StationId(0),
        }
    }

    #[test]
    fn rows_share_the_requests_and_keep_their_orders() {
        let mut passings = Passings::default();
        let mut rows = [Row::EMPTY; 2];
        for number in 0..6 {
            let row = &mut rows[number as usize % 2];
            row.push_back(passing(number), number as u32 / 2, &mut passings);
        }
        let served = passings.insert_served(passing(6));
        passings.remove(served);
        for number in [0, 2, 4] {
            let id = rows[0].pop_front(&passings);
            assert_eq!(passings.serve(id, StationId(3)).number, number);
        }
        let there: Vec<_> = passings
            .iter()
            .map(|(p, served)| (p.number, served))
            .collect();
        let [yes, no] = [true, false];
        assert_eq!(
            there,
            [(0, yes), (1, no), (2, yes), (3, no), (4, yes), (5, no)]
        );
    }
}
