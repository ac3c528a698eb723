//! What a task costs besides its own time: dispatch, the first task of a stage on an executor.
//!
//! All of it is decided when a task is launched, so it needs no events of its own: a task that waits
//! for its stage to be submitted, for the driver's turn or for its executor to know its stage, waits
//! in its slot, as it does in Spark.

use super::state::Spark;
use super::task_set::TaskSet;
use crate::id::{ExecutorId, StageId, SubmissionId};
use crate::model::Overheads;
use crate::units::{Duration, Time};
use std::collections::BTreeMap;

/// Which executors know which stages, and since when.
#[derive(Debug, Default)]
pub(super) struct KnownStages {
    /// By stage and execution.
    executors: BTreeMap<(StageId, u64), BTreeMap<ExecutorId, Knowing>>,
}

/// How an executor got to know a stage.
#[derive(Clone, Copy, Debug)]
struct Knowing {
    /// When its first task of the stage was launched.
    asked: Time,
    /// When it knew the stage.
    known: Time,
}

impl KnownStages {
    /// No more tasks of a stage will come.
    pub(super) fn forget(&mut self, stage: StageId, execution: u64) {
        self.executors.remove(&(stage, execution));
    }

    /// An executor is gone.
    pub(super) fn forget_executor(&mut self, id: ExecutorId) {
        for known in self.executors.values_mut() {
            known.remove(&id);
        }
    }
}

impl Spark<'_> {
    /// How long a task that is launched `now` holds its slot, if its work takes `work`.
    pub(super) fn slot_time(
        &mut self,
        (submission, executor): (SubmissionId, ExecutorId),
        task: &TaskSet,
        execution: u64,
        work: Duration,
        now: Time,
    ) -> Duration {
        let stage = &self.model.stages[task.stage];
        let held_back = stage.not_before.get(task.next_task as usize);
        let gap = held_back.copied().unwrap_or_default().max(stage.driver_gap);
        let app = self.submissions[submission].app;
        let overheads = self.model.apps[app].overheads.as_ref();
        if gap.is_zero() && overheads.is_none() {
            return work;
        }
        let submitted = self.stage_ready(task) + gap;
        let Some(overheads) = overheads else {
            return submitted.max(now) - now + work;
        };
        let sent = self.dispatched(submission, overheads, now.max(submitted + overheads.stage_submit));
        let begun = self.begun((submission, executor), task, execution, overheads, (now, sent));
        begun - now + work + overheads.result
    }

    /// When the last of what a stage waits for had ended.
    fn stage_ready(&self, task: &TaskSet) -> Time {
        let run = &self.job_runs[task.job_run];
        let first = self.model.jobs[run.job].stages.start;
        run.stages[(task.stage.0 - first) as usize].ready
    }

    /// When the driver has sent a task that it could send at `from`.
    fn dispatched(&mut self, id: SubmissionId, overheads: &Overheads, from: Time) -> Time {
        if overheads.dispatch.is_zero() {
            return from;
        }
        let submission = &mut self.submissions[id];
        let sent = from.max(submission.dispatcher_free);
        submission.dispatcher_free = sent + overheads.dispatch;
        sent
    }

    /// When a task that was sent at `sent` begins its work.
    fn begun(
        &mut self,
        (submission, executor): (SubmissionId, ExecutorId),
        task: &TaskSet,
        execution: u64,
        overheads: &Overheads,
        (now, sent): (Time, Time),
    ) -> Time {
        let key = (task.stage, execution);
        let launched = sent + overheads.task_launch;
        let stages = &self.known_stages.executors;
        if let Some(knowing) = stages.get(&key).and_then(|known| known.get(&executor)) {
            return launched.max(knowing.known);
        }
        let warm = self.executors[executor].warm;
        let warm = warm.unwrap_or(sent + overheads.first_task_on_executor);
        let beside = if overheads.first_task_of_stage_beside.is_zero() {
            0
        } else {
            self.learning_beside((submission, executor), task, execution, now)
        };
        let more = Duration::from_nanos(
            overheads.first_task_of_stage_beside.nanos().saturating_mul(beside),
        );
        let known = sent.max(warm) + overheads.first_task_of_stage + more;
        self.executors[executor].warm = Some(warm);
        let known_by = self.known_stages.executors.entry(key).or_default();
        known_by.insert(executor, Knowing { asked: now, known });
        launched.max(known)
    }

    /// How many other executors of the node get to know a stage at this instant: those that have
    /// begun, and those that will be offered one of the waiting tasks next.
    fn learning_beside(
        &self,
        (submission, executor): (SubmissionId, ExecutorId),
        task: &TaskSet,
        execution: u64,
        now: Time,
    ) -> u64 {
        let Some(node) = self.executors[executor].node else {
            return 0;
        };
        let known = self.known_stages.executors.get(&(task.stage, execution));
        let knows = |other: ExecutorId| known.is_some_and(|known| known.contains_key(&other));
        let is_beside = |other: ExecutorId| {
            other != executor && self.executors[other].node == Some(node)
        };
        let begun = known.map_or(0, |known| {
            let mut known = known.iter();
            let at_once = known.by_ref().filter(|(other, it)| it.asked == now && is_beside(**other));
            at_once.count() as u64
        });
        let waiting = self.model.stages[task.stage].tasks - task.next_task - 1;
        let offers = self.submissions[submission].offers.iter();
        let next = offers.filter(|&&other| is_beside(other) && !knows(other)).count() as u64;
        begun + next.min(u64::from(waiting))
    }
}
