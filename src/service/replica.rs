//! One replica: its places and its queue.

use crate::id::AttemptId;
use std::collections::VecDeque;

/// A replica that runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Replica {
    /// Places that are held.
    pub(super) held: u32,
    /// Waiting requests, first come first.
    pub(super) queue: VecDeque<AttemptId>,
}

/// What a replica does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It gets a place.
    Place,
    /// It waits.
    Wait,
    /// Every waiting place is taken.
    Refuse,
}

impl Replica {
    /// What happens to one more request.
    #[inline]
    pub(super) fn admission(&self, concurrency: u32, queue_capacity: Option<u32>) -> Admission {
        if self.held < concurrency {
            Admission::Place
        } else if queue_capacity.is_none_or(|capacity| (self.queue.len() as u64) < capacity.into())
        {
            Admission::Wait
        } else {
            Admission::Refuse
        }
    }

    /// Requests in system.
    #[inline]
    pub(super) fn in_system(&self) -> u32 {
        self.held + self.queue.len() as u32
    }
}
