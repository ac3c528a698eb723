//! What a task costs besides its own time: dispatch, the first task of a stage on an executor.
//!
//! All of it is decided when a task is launched, so it needs no events of its own: a task that waits
//! for its stage to be submitted, for the driver's turn or for its executor to know its stage, waits
//! in its slot, as it does in Spark.

use crate::id::{ExecutorId, JobRunId, StageId, SubmissionId};
use crate::model::Overheads;
use crate::spark::state::Spark;
use crate::units::{Duration, Time};
use std::collections::BTreeMap;

/// Which executors know which stages, and since when.
#[derive(Debug, Default)]
pub(in crate::spark) struct KnownStages {
    /// By stage and execution.
    executors: BTreeMap<(StageId, u64), BTreeMap<ExecutorId, Knowing>>,
}

/// A task that is launched.
#[derive(Clone, Copy, Debug)]
pub(in crate::spark) struct Launch {
    pub(in crate::spark) now: Time,
    pub(in crate::spark) submission: SubmissionId,
    pub(in crate::spark) executor: ExecutorId,
    pub(in crate::spark) job_run: JobRunId,
    pub(in crate::spark) stage: StageId,
    pub(in crate::spark) partition: u32,
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
    pub(in crate::spark) fn forget(&mut self, stage: StageId, execution: u64) {
        self.executors.remove(&(stage, execution));
    }

    /// An executor is gone.
    pub(in crate::spark) fn forget_executor(&mut self, id: ExecutorId) {
        for known in self.executors.values_mut() {
            known.remove(&id);
        }
    }
}

impl Spark<'_> {
    /// How long a task that is launched holds its slot, if its work takes `work`.
    #[inline]
    pub(in crate::spark) fn slot_time(&mut self, launch: Launch, work: Duration) -> Duration {
        let stage = &self.model.stages[launch.stage];
        let app = self.submissions[launch.submission].app;
        let is_plain = stage.driver_gap.is_zero() && stage.not_before.is_empty();
        if is_plain && self.model.apps[app].overheads.is_none() {
            work
        } else {
            self.slot_time_with_overheads(launch, work)
        }
    }

    fn slot_time_with_overheads(&mut self, launch: Launch, work: Duration) -> Duration {
        let stage = &self.model.stages[launch.stage];
        let held_back = stage.not_before.get(launch.partition as usize);
        let gap = held_back.copied().unwrap_or_default().max(stage.driver_gap);
        let app = self.submissions[launch.submission].app;
        let overheads = self.model.apps[app].overheads.as_ref();
        let ready = self.stage_ready(launch.job_run, launch.stage) + gap;
        let Some(overheads) = overheads else {
            return ready.max(launch.now) - launch.now + work;
        };
        let submitted = launch.now.max(ready + overheads.stage_submit);
        let sent = self.dispatched(launch.submission, overheads, submitted);
        self.begun(launch, overheads, sent) - launch.now + work + overheads.result
    }

    /// When the last of what a stage waits for had ended.
    fn stage_ready(&self, run: JobRunId, stage: StageId) -> Time {
        self.job_runs[run].stage(stage).ready
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
    fn begun(&mut self, launch: Launch, overheads: &Overheads, sent: Time) -> Time {
        let execution = self.job_runs[launch.job_run].execution;
        let key = (launch.stage, self.executions[execution].number);
        let begun = sent + overheads.task_launch;
        let stages = &self.known_stages.executors;
        if let Some(knowing) = stages.get(&key).and_then(|by| by.get(&launch.executor)) {
            return begun.max(knowing.known);
        }
        let beside = overheads.first_task_of_stage_beside;
        let others = if beside.is_zero() {
            0
        } else {
            self.learning_beside(launch, key)
        };
        let more = Duration::from_nanos(beside.nanos().saturating_mul(others));
        let warm = self.executors[launch.executor]
            .warm
            .get_or_insert(sent + overheads.first_task_on_executor);
        let known = sent.max(*warm) + overheads.first_task_of_stage + more;
        let knowing = Knowing {
            asked: launch.now,
            known,
        };
        let executors = self.known_stages.executors.entry(key).or_default();
        executors.insert(launch.executor, knowing);
        begun.max(known)
    }

    /// How many other executors of the node get to know a stage at this instant: those that have
    /// begun, and those that will be offered one of the waiting tasks next.
    fn learning_beside(&self, launch: Launch, key: (StageId, u64)) -> u64 {
        let host = self.executors[launch.executor].host;
        let executors = &self.known_stages.executors;
        let known = executors.get(&key);
        let knows = |other: ExecutorId| known.is_some_and(|known| known.contains_key(&other));
        let is_beside =
            |other: ExecutorId| other != launch.executor && self.executors[other].host == host;
        let begun = known
            .into_iter()
            .flatten()
            .filter(|&(&other, knowing)| knowing.asked == launch.now && is_beside(other));
        let offers = self.submissions[launch.submission].offers.iter();
        let next = offers.filter(|&&other| is_beside(other) && !knows(other));
        let waiting = self.size_of(launch.job_run, launch.stage) - launch.partition - 1;
        begun.count() as u64 + (next.count() as u64).min(u64::from(waiting))
    }
}
