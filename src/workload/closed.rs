//! Users who wait for their answer and think before they send again.
//!
//! Whatever becomes of a request, its user thinks again: also after a rejection. Words are found by
//! (user, cycle), so a user draws the same whatever the others do, and more users change nothing
//! for those who were there before.

use crate::id::{Id, IdVec, UserId, WorkloadId};
use crate::model::{Arrivals, Workload};
use crate::random::{Distribution, Keyed, Purpose, Sampler, Streams, Word};
use crate::units::Duration;

/// A request's number holds its user above so many bits, and the user's cycle below.
const CYCLE_BITS: u32 = 40;

/// A user.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    pub(super) workload: WorkloadId,
    /// Answers so far.
    pub(super) cycle: u64,
}

/// The users of one workload.
#[derive(Debug)]
pub(super) struct Population {
    first: UserId,
    think_time: Sampler,
    think_words: Keyed,
    works: Keyed,
}

impl Population {
    /// The users of a closed workload, added to all `users`; of an open one there are none.
    pub(super) fn new(
        (id, workload): (WorkloadId, &Workload),
        path: &str,
        users: &mut IdVec<UserId, User>,
        streams: &Streams,
    ) -> Self {
        let none = Distribution::Constant { value: 0.0 };
        let (count, think_time) = match &workload.arrivals {
            Arrivals::Closed { users, think_time } => (*users, think_time),
            _ => (0, &none),
        };
        let first = UserId::new(users.len());
        for _ in 0..count {
            users.push(User {
                workload: id,
                cycle: 0,
            });
        }
        Self {
            first,
            think_time: think_time.sampler(),
            think_words: streams.keyed(path, Purpose::ThinkTime),
            works: streams.keyed(path, Purpose::Work),
        }
    }

    /// The number of a user's request in its workload.
    pub(super) fn number(&self, user: UserId, cycle: u64) -> u64 {
        (self.position(user) << CYCLE_BITS) | cycle
    }

    /// Who sent the request of that number.
    pub(super) fn user(&self, number: u64) -> UserId {
        UserId(self.first.0 + (number >> CYCLE_BITS) as u32)
    }

    /// How long a user thinks before the request of a cycle.
    pub(super) fn think_time(&self, user: UserId, cycle: u64) -> Duration {
        let word = self.think_words.word(self.position(user), cycle);
        self.think_time.duration(word)
    }

    /// What decides the work of that request.
    pub(super) fn work(&self, user: UserId, cycle: u64) -> Word {
        self.works.word(self.position(user), cycle)
    }

    fn position(&self, user: UserId) -> u64 {
        u64::from(user.0 - self.first.0)
    }
}
