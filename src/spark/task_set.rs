//! Task sets in the order in which they are served.

use crate::id::{JobRunId, StageId};
use std::collections::VecDeque;

/// The tasks of a stage that wait for slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TaskSet {
    /// Of the job.
    pub(super) priority: u64,
    pub(super) stage: StageId,
    pub(super) job_run: JobRunId,
    /// The first partition that waits.
    pub(super) next_task: u32,
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

    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Takes out all tasks of jobs that are called off.
    pub(super) fn call_off(&mut self, called_off: impl Fn(JobRunId) -> bool) {
        self.sets.retain(|set| !called_off(set.job_run));
    }

    /// Takes the first waiting task, of a set with `size(stage)` tasks in all.
    pub(super) fn pop(&mut self, size: impl Fn(StageId) -> u32) -> Option<TaskSet> {
        let first = self.sets.front_mut()?;
        let task = *first;
        first.next_task += 1;
        if first.next_task == size(first.stage) {
            self.sets.pop_front();
        }
        Some(task)
    }
}
