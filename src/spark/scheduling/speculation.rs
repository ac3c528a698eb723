//! Second copies of slow tasks: `TaskSetManager.checkSpeculatableTasks`.
//!
//! Every `spark.speculation.interval` from the driver's start a stage of which enough tasks have
//! succeeded looks at those that run: whichever has run for more than a multiple of the median of
//! the successful ones may be copied, on another node. Where tasks read no records, as here, the
//! efficiency filter of Spark 3.4 lets every slow task pass.

use super::task_set::TaskSet;
use crate::event::Event;
use crate::id::{JobRunId, StageId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Speculation;
use crate::spark::application::stage_run::{Detail, Phase};
use crate::spark::state::Spark;
use crate::units::{Duration, Time};

impl Spark<'_> {
    /// Sees to it that slow tasks are looked for, if there can be any.
    pub(in crate::spark) fn watch(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let submission = &self.submissions[id];
        let app = &self.model.apps[submission.app];
        let Some(rule) = app.conf.scheduling.speculation else {
            return;
        };
        if submission.speculation_due.is_some() || !self.may_be_slow(id, &rule) {
            return;
        }
        let elapsed = (kernel.now() - submission.driver_since).nanos();
        let interval = rule.interval.nanos();
        let next = Duration::from_nanos((elapsed / interval + 1) * interval);
        let due = submission.driver_since + next;
        let due = kernel.schedule(due, Event::SpeculationDue(id));
        self.submissions[id].speculation_due = Some(due);
    }

    /// Whether any stage has come far enough, and has a task that could turn out slow.
    fn may_be_slow(&self, id: SubmissionId, rule: &Speculation) -> bool {
        self.watched(id)
            .any(|(_, _, detail)| self.threshold(id, rule, detail).is_some())
    }

    /// Stages of an application that run, with a task that runs.
    fn watched(
        &self,
        id: SubmissionId,
    ) -> impl Iterator<Item = (JobRunId, StageId, &Detail)> + use<'_> {
        let runs = self.submissions[id].runs.iter();
        runs.flat_map(|&id| {
            let run = &self.job_runs[id];
            let stages = self.model.jobs[run.job].stage_ids().zip(&run.stages);
            stages.filter_map(move |(stage, state)| {
                let detail = state.detail.as_deref()?;
                let runs = detail.phase == Phase::Running && !detail.running.is_empty();
                runs.then_some((id, stage, detail))
            })
        })
    }

    /// How long a task of a stage must have run to be slow; `None`: too little is known.
    fn threshold(&self, id: SubmissionId, rule: &Speculation, detail: &Detail) -> Option<Duration> {
        let tasks = detail.partitions.len();
        let succeeded = detail.durations.len();
        let enough = ((rule.quantile * tasks as f64) as usize).max(1);
        if tasks > 1 && enough <= succeeded {
            let median = detail.durations[succeeded / 2].seconds();
            let slow = Duration::from_seconds(rule.multiplier * median);
            return Some(slow.max(rule.min_runtime));
        }
        let app = self.submissions[id].app;
        let slots = self.model.apps[app].conf.slots_per_executor();
        rule.threshold.filter(|_| tasks <= slots as usize)
    }

    /// Slow tasks are looked for.
    pub fn on_speculation_due(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        self.submissions[id].speculation_due = None;
        let app = self.submissions[id].app;
        let Some(rule) = self.model.apps[app].conf.scheduling.speculation else {
            return;
        };
        let now = kernel.now();
        let mut slow: Vec<(JobRunId, StageId, Vec<u32>)> = Vec::new();
        for (run, stage, detail) in self.watched(id) {
            if let Some(threshold) = self.threshold(id, &rule, detail) {
                let partitions = self.slow(detail, threshold, now);
                if !partitions.is_empty() {
                    slow.push((run, stage, partitions));
                }
            }
        }
        let mut found = false;
        for (run_id, stage, partitions) in slow {
            let run = &self.job_runs[run_id];
            let size = self.size_of(run_id, stage);
            let new = TaskSet::empty(run.number, run_id, stage, size);
            let set = self.submissions[id].task_sets.set(run.pool, new);
            for partition in partitions {
                found |= set.add_copy(partition);
            }
        }
        if found {
            self.offer_all(id, kernel);
            self.follow_tasks(id, kernel);
            self.submissions[id].task_sets.clear_empty();
        }
        self.watch(id, kernel);
    }

    /// Partitions of which one attempt runs, and has run for too long.
    fn slow(&self, detail: &Detail, threshold: Duration, now: Time) -> Vec<u32> {
        let running = detail.running.iter().map(|task| &self.tasks[*task]);
        let slow = running.filter(|task| {
            let alone = detail.partitions[task.partition as usize].running == 1;
            alone && threshold < now - task.started
        });
        let mut partitions: Vec<u32> = slow.map(|task| task.partition).collect();
        partitions.sort_unstable();
        partitions
    }
}
