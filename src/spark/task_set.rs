//! Task sets in the order in which they are served.

use crate::id::{JobRunId, StageId};
use std::collections::VecDeque;

/// The tasks of a stage that wait for slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TaskSet {
    /// Of the job.
    pub(super) priority: u64,
    pub(super) stage: StageId,
    pub(super) job_run: JobRunId,
    /// The first partition that waits, with all that come after it.
    pub(super) next: u32,
    /// Partitions that wait again: the last goes first, before all others.
    pub(super) again: Vec<u32>,
}

/// A task that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) stage: StageId,
    pub(super) job_run: JobRunId,
    pub(super) partition: u32,
}

/// Task sets with waiting tasks, in FIFO order.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskSets {
    sets: VecDeque<TaskSet>,
}

impl TaskSets {
    pub(super) fn insert(&mut self, set: TaskSet) {
        let key = |set: &TaskSet| (set.priority, set.stage);
        let position = self.sets.partition_point(|other| key(other) < key(&set));
        self.sets.insert(position, set);
    }

    /// A task of the set waits again; all tasks of the set are below `size`.
    pub(super) fn again(&mut self, (priority, task): (u64, Waiting), size: u32) {
        let key = (priority, task.stage);
        let position = self
            .sets
            .partition_point(|set| (set.priority, set.stage) < key);
        match self.sets.get_mut(position) {
            Some(set) if (set.priority, set.stage) == key => set.again.push(task.partition),
            _ => {
                let set = TaskSet {
                    priority,
                    stage: task.stage,
                    job_run: task.job_run,
                    next: size,
                    again: vec![task.partition],
                };
                self.sets.insert(position, set);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Takes out all tasks of jobs that are called off.
    pub(super) fn call_off(&mut self, called_off: impl Fn(JobRunId) -> bool) {
        self.sets.retain(|set| !called_off(set.job_run));
    }

    /// Takes the first waiting task, of a set with `size(stage)` tasks in all.
    pub(super) fn pop(&mut self, size: impl Fn(StageId) -> u32) -> Option<Waiting> {
        let first = self.sets.front_mut()?;
        let partition = first.again.pop().unwrap_or_else(|| {
            first.next += 1;
            first.next - 1
        });
        let task = Waiting {
            stage: first.stage,
            job_run: first.job_run,
            partition,
        };
        if first.next == size(first.stage) && first.again.is_empty() {
            self.sets.pop_front();
        }
        Some(task)
    }
}
