//! The tasks of a stage that wait for slots.

use super::delay::Placed;
use super::pending::{Preferences, Slot};
use crate::id::{JobRunId, StageId};
use crate::policy::task_order::fifo;
use crate::units::Time;

/// The tasks of a stage that wait for slots.
#[derive(Clone, Debug)]
pub(in crate::spark) struct TaskSet {
    /// The how-many-th job of its application this is.
    pub(in crate::spark) job: u64,
    pub(in crate::spark) stage: StageId,
    pub(in crate::spark) job_run: JobRunId,
    /// The first partition that waits, with all that come after it.
    pub(in crate::spark) next: u32,
    /// One past the last partition.
    pub(in crate::spark) end: u32,
    /// Partitions that wait again: the last goes first, before all others.
    pub(in crate::spark) again: Vec<u32>,
    /// Partitions of which a second copy waits: the last goes first, after all others.
    pub(in crate::spark) copies: Vec<u32>,
    /// Whether what its tasks are to read is gone.
    pub(in crate::spark) broken: bool,
    /// Its waiting tasks and copies, instead of the above, where they mind where they run. Such a
    /// set stays until its stage is done.
    pub(in crate::spark) placed: Option<Box<Placed>>,
}

impl TaskSet {
    /// What it is served by, where jobs go as they came.
    pub(in crate::spark) fn key(&self) -> fifo::Key {
        fifo::key(self.job, self.stage)
    }

    /// Whether nothing of it waits, nor ever will.
    pub(in crate::spark) fn is_empty(&self) -> bool {
        let unplaced = self.again.len() + self.copies.len();
        self.next == self.end && unplaced == 0 && self.placed.is_none()
    }

    /// Tasks that wait, copies left out.
    pub(in crate::spark) fn waiting(&self) -> u32 {
        let placed = self.placed.as_ref();
        let placed = placed.map_or(0, |placed| placed.tasks.count());
        self.end - self.next + self.again.len() as u32 + placed
    }

    /// Copies that wait.
    pub(in crate::spark) fn waiting_copies(&self) -> u32 {
        let placed = self.placed.as_ref();
        let placed = placed.map_or(0, |placed| placed.copies.count());
        self.copies.len() as u32 + placed
    }
}

/// A task that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) struct Waiting {
    pub(in crate::spark) stage: StageId,
    pub(in crate::spark) job_run: JobRunId,
    pub(in crate::spark) partition: u32,
    /// Whether the partition is already being computed elsewhere.
    pub(in crate::spark) copy: bool,
    /// Whether what it is to read is gone.
    pub(in crate::spark) broken: bool,
}

impl TaskSet {
    /// A set of the `job`-th job of an application, of which no task waits.
    pub(in crate::spark) fn empty(job: u64, job_run: JobRunId, stage: StageId, end: u32) -> Self {
        Self {
            job,
            stage,
            job_run,
            next: end,
            end,
            again: Vec::new(),
            copies: Vec::new(),
            broken: false,
            placed: None,
        }
    }

    /// Its tasks mind where they run: they wait by place.
    pub(in crate::spark) fn place(&mut self, preferences: Preferences, slots: &[Slot], now: Time) {
        let again = std::mem::take(&mut self.again);
        let first = (self.next..self.end).rev();
        self.next = self.end;
        let placed = Placed::new(preferences, first.chain(again), slots, now);
        self.placed = Some(Box::new(placed));
    }

    /// Whether a partition waits, other than as a copy.
    pub(in crate::spark) fn has(&self, partition: u32) -> bool {
        let placed = self.placed.as_ref();
        placed.is_some_and(|placed| placed.tasks.has(partition))
            || (self.next..self.end).contains(&partition)
            || self.again.contains(&partition)
    }

    /// A partition that does not wait waits again, before all others.
    pub(in crate::spark) fn wait_again(&mut self, partition: u32) {
        match &mut self.placed {
            Some(placed) => {
                let locations = placed.preferences.of(partition);
                placed.tasks.add(partition, locations);
            }
            None => self.again.push(partition),
        }
    }

    /// A second copy of a partition waits. Answers whether it did not before.
    pub(in crate::spark) fn add_copy(&mut self, partition: u32) -> bool {
        match &mut self.placed {
            Some(placed) => {
                let fresh = !placed.copies.has(partition);
                let locations = placed.preferences.of(partition);
                placed.copies.add(partition, locations);
                fresh
            }
            None => {
                let fresh = !self.copies.contains(&partition);
                if fresh {
                    self.copies.push(partition);
                }
                fresh
            }
        }
    }

    /// The next waiting partition for which `holds`, copies left out.
    pub(in crate::spark) fn next_waiting(&self, holds: impl Fn(u32) -> bool) -> Option<u32> {
        match &self.placed {
            Some(placed) => placed.tasks.waiting().find(|partition| holds(*partition)),
            None => {
                let again = self.again.iter().rev().copied();
                let mut all = again.chain(self.next..self.end);
                all.find(|partition| holds(*partition))
            }
        }
    }

    /// Takes all tasks out.
    pub(in crate::spark) fn clear(&mut self) {
        self.next = self.end;
        self.again.clear();
        self.copies.clear();
        self.placed = None;
    }
}
