//! Processor sharing by virtual time: everybody present gets an equal (or weighted) share at once.
//!
//! The order of leaving is known on arrival, so an arrival or a departure costs O(log n); see
//! [`VirtualClock`].
//!
//! # Invariants
//! * Nobody gets more than one core.

use crate::engine::{Rate, VirtualClock};
use crate::id::AttemptId;
use crate::units::{Duration, Time};
use std::collections::BTreeSet;

/// Who somebody is among those who share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ShareKey((u128, u64));

/// A processor that is shared.
#[derive(Clone, Debug)]
pub(super) struct Sharing {
    /// Thousandths of a core.
    capacity: u64,
    clock: VirtualClock,
    /// Weights of all who are present.
    weight: u64,
    /// By the clock at which they leave, then as they came.
    present: BTreeSet<(u128, u64, AttemptId)>,
    arrivals: u64,
}

impl Sharing {
    /// A processor of `capacity` thousandths of a core.
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            capacity,
            clock: VirtualClock::default(),
            weight: 0,
            present: BTreeSet::new(),
            arrivals: 0,
        }
    }

    /// Thousandths of a core that may be used.
    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    /// How many are present.
    pub(super) fn present(&self) -> u64 {
        self.present.len() as u64
    }

    /// Thousandths of a core in use.
    pub(super) fn used(&self) -> u64 {
        self.capacity.min(self.present.len() as u64 * 1000)
    }

    /// The capacity changes: 0 while broken down.
    pub(super) fn set_capacity(&mut self, now: Time, capacity: u64) {
        self.advance(now);
        self.capacity = capacity;
    }

    /// Somebody comes with `work`; what it is found by later.
    pub(super) fn add(
        &mut self,
        now: Time,
        id: AttemptId,
        work: Duration,
        weight: u32,
    ) -> ShareKey {
        self.advance(now);
        let key = (self.clock.finish(work, weight), self.arrivals);
        self.present.insert((key.0, key.1, id));
        self.arrivals += 1;
        self.weight += u64::from(weight);
        ShareKey(key)
    }

    /// Somebody leaves; who was done has left already.
    pub(super) fn remove(&mut self, now: Time, id: AttemptId, key: ShareKey, weight: u32) {
        self.advance(now);
        let ShareKey((finish, arrival)) = key;
        if self.present.remove(&(finish, arrival, id)) {
            self.weight -= u64::from(weight);
        }
    }

    /// When the next is done, if nothing changes.
    pub(super) fn next_due(&self) -> Option<Time> {
        let (finish, _, _) = self.present.first()?;
        self.clock.due(*finish, self.rate())
    }

    /// The next who is done at `now`; `weight` tells the weight of somebody.
    pub(super) fn pop_done(
        &mut self,
        now: Time,
        weight: impl FnOnce(AttemptId) -> u32,
    ) -> Option<AttemptId> {
        if self.next_due()? > now {
            return None;
        }
        self.advance(now);
        let (finish, _, id) = self.present.pop_first()?;
        self.clock.reach(finish);
        self.weight -= u64::from(weight(id));
        Some(id)
    }

    /// Virtual nanoseconds per nanosecond, as a fraction; `None` while nothing moves.
    fn rate(&self) -> Rate {
        if self.capacity == 0 || self.weight == 0 {
            return None;
        }
        let wanted = self.weight * 1000;
        Some(if wanted <= self.capacity {
            (1, 1)
        } else {
            (self.capacity.into(), wanted.into())
        })
    }

    fn advance(&mut self, now: Time) {
        self.clock.advance(now, self.rate());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Serves everybody in steps from event to event, in rationals of a nanosecond.
    fn reference(capacity: u64, jobs: &[(u64, u64)]) -> Vec<f64> {
        let mut left: Vec<f64> = jobs.iter().map(|&(_, work)| work as f64).collect();
        let mut done = vec![f64::NAN; jobs.len()];
        let mut now = 0.0;
        loop {
            let here: Vec<usize> = (0..jobs.len())
                .filter(|&i| jobs[i].0 as f64 <= now && done[i].is_nan())
                .collect();
            let rate = if here.is_empty() {
                1.0
            } else {
                (capacity as f64 / 1000.0 / here.len() as f64).min(1.0)
            };
            let next_arrival = jobs
                .iter()
                .map(|&(at, _)| at as f64)
                .filter(|&at| at > now)
                .fold(f64::INFINITY, f64::min);
            let next_done = here
                .iter()
                .map(|&i| now + left[i] / rate)
                .fold(f64::INFINITY, f64::min);
            let next = next_arrival.min(next_done);
            if next.is_infinite() {
                return done;
            }
            for &i in &here {
                left[i] -= (next - now) * rate;
                if left[i] < 1e-6 {
                    done[i] = next;
                }
            }
            now = next;
        }
    }

    fn simulate(capacity: u64, jobs: &[(u64, u64)]) -> Vec<u64> {
        let mut sharing = Sharing::new(capacity);
        let mut done = vec![0; jobs.len()];
        let mut arrivals: Vec<usize> = (0..jobs.len()).collect();
        arrivals.sort_by_key(|&i| jobs[i].0);
        let mut arrivals = arrivals.into_iter().peekable();
        loop {
            let arrival = arrivals.peek().map(|&i| Time::from_nanos(jobs[i].0));
            let now = match (arrival, sharing.next_due()) {
                (Some(arrival), Some(due)) => arrival.min(due),
                (Some(time), None) | (None, Some(time)) => time,
                (None, None) => return done,
            };
            while let Some(id) = sharing.pop_done(now, |_| 1) {
                done[id.0 as usize] = now.nanos();
            }
            while let Some(i) = arrivals.next_if(|&i| jobs[i].0 == now.nanos()) {
                sharing.add(now, AttemptId(i as u32), Duration::from_nanos(jobs[i].1), 1);
            }
        }
    }

    #[test]
    fn a_thousand_seconds_of_work_take_a_core_a_thousand_seconds() {
        let second = 1_000_000_000;
        let jobs = vec![(0, second); 1000];
        assert_eq!(simulate(1000, &jobs), vec![1000 * second; 1000]);
        assert_eq!(simulate(2000, &[(0, 10 * second); 4]), [20 * second; 4]);
        let pair = [(0, 2 * second), (second, second)];
        assert_eq!(simulate(1000, &pair), [3 * second; 2]);
    }

    #[test]
    fn shares_are_by_weight() {
        let mut sharing = Sharing::new(1000);
        let second = Duration::from_seconds(1.0);
        sharing.add(Time::ZERO, AttemptId(0), second, 3);
        sharing.add(Time::ZERO, AttemptId(1), second, 1);
        // At three quarters of a core: done after 4/3 s, when the other has had a third.
        let first = sharing.next_due().unwrap();
        assert_eq!(first.nanos(), 1_333_333_334);
        assert_eq!(sharing.pop_done(first, |_| 3), Some(AttemptId(0)));
        // 2 s, and a nanosecond for the first departure that was rounded up.
        assert_eq!(sharing.next_due().unwrap().nanos(), 2_000_000_001);
    }

    proptest! {
        #[test]
        fn it_serves_as_the_reference_does(
            capacity in prop::sample::select(vec![250_u64, 1000, 1500, 4000]),
            jobs in prop::collection::vec((0_u64..2000, 1_u64..3000), 1..30),
        ) {
            let expected = reference(capacity, &jobs);
            let found = simulate(capacity, &jobs);
            for (expected, found) in expected.iter().zip(&found) {
                // Every departure is rounded up, and whoever is left sees that.
                let slack = jobs.len() as f64 + 1.0;
                prop_assert!((expected - *found as f64).abs() <= slack, "{expected} is not {found}");
            }
        }
    }
}
