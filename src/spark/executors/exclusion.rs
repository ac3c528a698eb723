//! Executors and nodes that get no more tasks after failures: `TaskSetExcludelist` and
//! `HealthTracker`.
//!
//! A task is not given again to an executor, or node, on which it has failed too often; a stage
//! gives no more tasks to an executor on which too many of its tasks have failed; and for some time
//! no stage does, once too many have.

use super::unschedulable::Unschedulable;
use crate::engine::EventKey;
use crate::id::{ExecutorId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Exclusion;
use crate::spark::application::stage_run::{Detail, Failure, Host};
use crate::spark::state::Spark;
use crate::units::Time;

/// What an application knows of executors on which tasks have failed.
#[derive(Debug, Default)]
pub(in crate::spark) struct Excluded {
    /// Failures that count, until when.
    failures: Vec<(Failure, Time)>,
    executors: Vec<(ExecutorId, Host)>,
    hosts: Vec<Host>,
    /// Task sets that no executor may run.
    pub(in crate::spark) unschedulable: Vec<Unschedulable>,
    /// The pending `AbortDue`.
    pub(in crate::spark) abort_due: Option<EventKey>,
}

impl Excluded {
    /// Whether an executor gets no tasks at all.
    pub(in crate::spark) fn has(&self, executor: ExecutorId, host: Host) -> bool {
        self.hosts.contains(&host) || self.executors.iter().any(|(id, _)| *id == executor)
    }

    /// When anybody is given tasks again.
    pub(in crate::spark) fn next(&self) -> Option<Time> {
        let anybody = !self.executors.is_empty() || !self.hosts.is_empty();
        let until = self.failures.iter().map(|(_, until)| *until);
        until.min().filter(|_| anybody)
    }

    /// Forgets an executor that is gone: its id may be given out again.
    pub(in crate::spark) fn forget(&mut self, executor: ExecutorId) {
        self.executors.retain(|(id, _)| *id != executor);
        self.failures.retain(|(it, _)| it.executor != executor);
    }

    /// Who is excluded after a failure, or after the time of one is over.
    fn update(&mut self, rule: &Exclusion, now: Time) {
        self.failures.retain(|(_, until)| now < *until);
        let mut executors: Vec<(ExecutorId, Host)> = Vec::new();
        for (failure, _) in &self.failures {
            let known = executors.iter().any(|(id, _)| *id == failure.executor);
            let failures = self.failures.iter();
            let here = failures.filter(|(other, _)| other.executor == failure.executor);
            if !known && rule.per_executor as usize <= here.count() {
                executors.push((failure.executor, failure.host));
            }
        }
        self.hosts = hosts(&executors, rule.executors_per_node);
        self.executors = executors;
    }
}

/// Hosts with so many of the executors.
fn hosts(executors: &[(ExecutorId, Host)], many: u32) -> Vec<Host> {
    let mut hosts: Vec<Host> = executors.iter().map(|(_, host)| *host).collect();
    hosts.sort_unstable();
    let groups = hosts.chunk_by(PartialEq::eq);
    let full = groups.filter(|group| many as usize <= group.len());
    full.filter_map(|group| group.first().copied()).collect()
}

impl Detail {
    /// Whether a partition is not to be given to an executor of this stage.
    pub(in crate::spark) fn is_excluded(
        &self,
        rule: &Exclusion,
        partition: u32,
        executor: ExecutorId,
        host: Host,
    ) -> bool {
        if self.failures.is_empty() {
            return false;
        }
        let count = |counts: &dyn Fn(&Failure) -> bool| {
            self.failures.iter().filter(|it| counts(it)).count() as u32
        };
        let same_task = |it: &Failure| it.partition == partition;
        // Spark counts tasks, not attempts: the same one twice is one.
        let tasks_on = |executor: ExecutorId| {
            let here = self.failures.iter().filter(|it| it.executor == executor);
            let mut tasks: Vec<u32> = here.map(|it| it.partition).collect();
            tasks.sort_unstable();
            tasks.dedup();
            tasks.len() as u32
        };
        let mut bad: Vec<(ExecutorId, Host)> = Vec::new();
        for failure in self.failures.iter().filter(|it| it.host == host) {
            let known = bad.iter().any(|(id, _)| *id == failure.executor);
            if !known && rule.stage_per_executor <= tasks_on(failure.executor) {
                bad.push((failure.executor, failure.host));
            }
        }
        rule.task_per_executor <= count(&|it| same_task(it) && it.executor == executor)
            || rule.task_per_node <= count(&|it| same_task(it) && it.host == host)
            || bad.iter().any(|(id, _)| *id == executor)
            || rule.stage_executors_per_node <= bad.len() as u32
    }
}

impl Spark<'_> {
    /// A failure counts for the whole application.
    pub(in crate::spark) fn exclude(
        &mut self,
        id: SubmissionId,
        rule: &Exclusion,
        failure: Failure,
        kernel: &Kernel<'_>,
    ) {
        let now = kernel.now();
        let excluded = self.submissions[id].excluded.get_or_insert_default();
        excluded.failures.push((failure, now + rule.timeout));
        excluded.update(rule, now);
    }

    /// Whoever was excluded long enough is not any more.
    pub(in crate::spark) fn include(&mut self, id: SubmissionId, kernel: &Kernel<'_>) {
        let submission = &mut self.submissions[id];
        let rule = self.model.apps[submission.app].conf.scheduling.exclusion;
        if let (Some(rule), Some(excluded)) = (rule, &mut submission.excluded) {
            excluded.update(&rule, kernel.now());
        }
    }
}
