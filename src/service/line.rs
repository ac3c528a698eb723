//! The requests that wait for a place, in the order of a discipline.
//!
//! # Invariants
//! * Whoever waits is in exactly one line, once.
//! * For disciplines that take places away, and for replicas that break down, the line also knows
//!   who is being served.

use super::attempt::{Attempt, Links};
use super::passings::{Passing, Passings, Row};
use crate::id::{AttemptId, Slab};
use crate::model::DisciplineKind;
use crate::random::Draw;
use crate::units::{Duration, Time};
use std::collections::BTreeSet;

pub(super) type Attempts = Slab<AttemptId, Attempt>;

/// A line. Its length and who is in it come first and together, as in `Station`.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Line {
    length: u32,
    discipline: DisciplineKind,
    waiting: Waiting,
    /// Who is being served: the last is the first to lose its place. Kept only where it matters.
    served: Option<BTreeSet<Served>>,
    /// How many are being served.
    serving: u32,
}

/// Who is being served: two numbers that order them, and who it is.
type Served = (u64, u64, AttemptId);

#[derive(Clone, Debug)]
enum Waiting {
    /// Those who take the direct way.
    Direct(Row),
    /// First or last come first.
    Chain(Chain),
    /// Without order.
    Bag(Vec<AttemptId>),
    /// A chain for each rank.
    Ranks(Vec<Chain>),
    /// By service time left.
    Sorted(BTreeSet<(Duration, u64, AttemptId)>),
}

impl Line {
    /// An empty line; `tracked`: it must know who is being served, whatever the discipline.
    pub(super) fn new(discipline: DisciplineKind, ranks: usize, tracked: bool) -> Self {
        use DisciplineKind as D;
        let waiting = match discipline {
            D::Fifo | D::Lifo | D::LifoPreemptive | D::ProcessorSharing => {
                Waiting::Chain(Chain::default())
            }
            D::Random => Waiting::Bag(Vec::new()),
            D::Priority | D::PriorityPreemptive => Waiting::Ranks(vec![Chain::default(); ranks]),
            D::ShortestJob | D::ShortestRemaining => Waiting::Sorted(BTreeSet::new()),
        };
        let tracked = tracked || preemptive(discipline);
        Self {
            discipline,
            waiting,
            length: 0,
            served: tracked.then(BTreeSet::new),
            serving: 0,
        }
    }

    /// An empty line of those who take the direct way.
    pub(super) fn direct() -> Self {
        Self {
            discipline: DisciplineKind::Fifo,
            waiting: Waiting::Direct(Row::EMPTY),
            length: 0,
            served: None,
            serving: 0,
        }
    }

    /// Somebody begins to wait who takes the direct way.
    #[inline]
    pub(super) fn push_direct(&mut self, passing: Passing, passings: &mut Passings) {
        if let Waiting::Direct(row) = &mut self.waiting {
            row.push_back(passing, self.length, passings);
            self.length += 1;
        }
    }

    /// Takes the next out who takes the direct way.
    #[inline]
    pub(super) fn pop_direct(&mut self, passings: &Passings) -> Option<AttemptId> {
        let Waiting::Direct(row) = &mut self.waiting else {
            return None;
        };
        self.length = self.length.checked_sub(1)?;
        Some(row.pop_front(passings))
    }

    /// How many wait.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.length
    }

    /// How many are being served.
    #[inline]
    pub(super) fn serving(&self) -> u32 {
        // Who is interrupted while paused ends twice, which only the set notices.
        let served = self.served.as_ref();
        served.map_or(self.serving, |served| served.len() as u32)
    }

    /// Whether every waiting place is taken.
    #[inline]
    pub(super) fn is_full(&self, capacity: Option<u32>) -> bool {
        capacity.is_some_and(|capacity| capacity <= self.length)
    }

    /// Somebody begins to wait; `resumes`: its place was taken away.
    #[inline]
    pub(super) fn push(&mut self, id: AttemptId, resumes: bool, attempts: &mut Attempts) {
        self.length += 1;
        match &mut self.waiting {
            Waiting::Direct(_) => unreachable!("{id:?} does not take the direct way"),
            Waiting::Chain(chain) => chain.push_back(id, attempts),
            Waiting::Bag(bag) => {
                attempts[id].links.position = bag.len() as u32;
                bag.push(id);
            }
            Waiting::Ranks(ranks) => {
                let chain = &mut ranks[attempts[id].rank as usize];
                if resumes {
                    chain.push_front(id, attempts);
                } else {
                    chain.push_back(id, attempts);
                }
            }
            Waiting::Sorted(sorted) => {
                sorted.insert((attempts[id].left, attempts[id].serial, id));
            }
        }
    }

    /// Takes out whose turn it is. `draw` is used where that is a matter of chance.
    #[inline]
    pub(super) fn pop(
        &mut self,
        attempts: &mut Attempts,
        draw: impl FnOnce() -> Draw,
    ) -> Option<AttemptId> {
        if self.length == 0 {
            return None;
        }
        let next = match &mut self.waiting {
            Waiting::Direct(_) => None,
            Waiting::Chain(chain) if is_lifo(self.discipline) => chain.back,
            Waiting::Chain(chain) => chain.front,
            Waiting::Bag(bag) => Some(bag[draw().below(self.length) as usize]),
            Waiting::Ranks(ranks) => ranks.iter().find_map(|chain| chain.front),
            Waiting::Sorted(sorted) => sorted.first().map(|(_, _, id)| *id),
        };
        let next = next.expect("a line of some length has a next");
        self.remove(next, attempts);
        Some(next)
    }

    /// Takes somebody out who waits.
    #[inline]
    pub(super) fn remove(&mut self, id: AttemptId, attempts: &mut Attempts) {
        self.length -= 1;
        match &mut self.waiting {
            Waiting::Direct(_) => unreachable!("{id:?} does not take the direct way"),
            Waiting::Chain(chain) => chain.remove(id, attempts),
            Waiting::Bag(bag) => {
                let position = attempts[id].links.position as usize;
                bag.swap_remove(position);
                if let Some(&moved) = bag.get(position) {
                    attempts[moved].links.position = position as u32;
                }
            }
            Waiting::Ranks(ranks) => ranks[attempts[id].rank as usize].remove(id, attempts),
            Waiting::Sorted(sorted) => {
                let key = (attempts[id].left, attempts[id].serial, id);
                let known = sorted.remove(&key);
                assert!(known, "{id:?} does not wait here");
            }
        }
    }

    /// Somebody gets a place at `now`; `starts` counts how often that has happened.
    #[inline]
    pub(super) fn begin(&mut self, id: AttemptId, now: Time, starts: u64, attempts: &mut Attempts) {
        self.serving += 1;
        if self.served.is_some() {
            let key = self.key(id, &attempts[id], now, starts);
            attempts[id].served_as = (key.0, key.1);
            if let Some(served) = &mut self.served {
                served.insert(key);
            }
        }
    }

    /// Somebody has no place any more, or its place cannot be taken away any more.
    #[inline]
    pub(super) fn end(&mut self, id: AttemptId, attempts: &Attempts) {
        self.serving = self.serving.saturating_sub(1);
        if let Some(served) = &mut self.served {
            let (first, second) = attempts[id].served_as;
            served.remove(&(first, second, id));
        }
    }

    /// Whose place goes to `newcomer`, if anybody's does.
    #[inline]
    pub(super) fn victim(
        &self,
        newcomer: AttemptId,
        now: Time,
        attempts: &Attempts,
    ) -> Option<AttemptId> {
        if !preemptive(self.discipline) {
            return None;
        }
        let &(first, _, worst) = self.served.as_ref()?.last()?;
        let key = self.key(newcomer, &attempts[newcomer], now, 0);
        (key.0 < first).then_some(worst)
    }

    /// Who is being served, where that is known.
    pub(super) fn served(&self) -> impl Iterator<Item = AttemptId> + use<'_> {
        self.served.iter().flatten().map(|(_, _, id)| *id)
    }

    /// Larger loses its place first.
    fn key(&self, id: AttemptId, attempt: &Attempt, now: Time, starts: u64) -> Served {
        match self.discipline {
            DisciplineKind::PriorityPreemptive => (attempt.rank.into(), starts, id),
            DisciplineKind::ShortestRemaining => ((now + attempt.left).nanos(), starts, id),
            _ => (u64::MAX - attempt.serial, 0, id),
        }
    }
}

/// Whether a discipline takes places away.
pub(super) fn preemptive(discipline: DisciplineKind) -> bool {
    use DisciplineKind as D;
    matches!(
        discipline,
        D::LifoPreemptive | D::PriorityPreemptive | D::ShortestRemaining
    )
}

fn is_lifo(discipline: DisciplineKind) -> bool {
    matches!(
        discipline,
        DisciplineKind::Lifo | DisciplineKind::LifoPreemptive
    )
}

/// A doubly linked queue whose links are in the attempts.
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    front: Option<AttemptId>,
    back: Option<AttemptId>,
}

impl Chain {
    #[inline]
    fn push_back(&mut self, id: AttemptId, attempts: &mut Attempts) {
        attempts[id].links = Links {
            before: self.back,
            ..Links::default()
        };
        match self.back {
            Some(back) => attempts[back].links.after = Some(id),
            None => self.front = Some(id),
        }
        self.back = Some(id);
    }

    fn push_front(&mut self, id: AttemptId, attempts: &mut Attempts) {
        attempts[id].links = Links {
            after: self.front,
            ..Links::default()
        };
        match self.front {
            Some(front) => attempts[front].links.before = Some(id),
            None => self.back = Some(id),
        }
        self.front = Some(id);
    }

    #[inline]
    fn remove(&mut self, id: AttemptId, attempts: &mut Attempts) {
        let Links { before, after, .. } = attempts[id].links;
        match before {
            Some(before) => attempts[before].links.after = after,
            None => self.front = after,
        }
        match after {
            Some(after) => attempts[after].links.before = before,
            None => self.back = before,
        }
    }
}
