//! Which task goes to which slot: `TaskSchedulerImpl`.
//!
//! When tasks come, all executors are offered in rounds, one task each, as `resourceOffers` does;
//! when a task ends, the executor that it leaves is offered alone, before the end of a stage can
//! make new tasks (`statusUpdate` comes before the `DAGScheduler` hears of it). Task sets are served
//! in the order of (job, stage), as `FIFOSchedulingAlgorithm` does, or by the shares of their pools.
//!
//! Where every task may run on every executor and jobs are served as they came, the next task is
//! the first of the first set. Otherwise the sets are put in order once for all that is offered at
//! an instant, and each in turn takes what it can: so does Spark, and a set may take more slots at
//! once than its share.

use super::task_set::{TaskSet, Waiting};
use super::task_sets::Position;
use crate::id::{ExecutorId, Slab, SubmissionId, TaskId};
use crate::kernel::Kernel;
use crate::model::Exclusion;
use crate::spark::application::stage_run::{Detail, Host, Place};
use crate::spark::state::{Executor, Spark, Task};

impl Spark<'_> {
    /// Offers the free slots of all executors in rounds.
    pub(in crate::spark) fn offer_all(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        if self.apps[self.submissions[id].app].choosy {
            self.offer_in_turn(id, None, kernel);
            return;
        }
        loop {
            let submission = &mut self.submissions[id];
            if submission.task_sets.is_empty() {
                return;
            }
            let Some(executor) = submission.offers.pop_front() else {
                return;
            };
            self.launch_next(id, executor, kernel);
            if self.executors[executor].free_slots > 0 {
                self.submissions[id].offers.push_back(executor);
            }
        }
    }

    /// Offers the slot that a task has just left.
    #[inline]
    pub(in crate::spark) fn offer_one(
        &mut self,
        id: SubmissionId,
        executor: ExecutorId,
        kernel: &mut Kernel<'_>,
    ) {
        if self.executors[executor].leaving {
            self.leave_if_idle(executor, kernel);
            return;
        }
        let was_full = self.executors[executor].free_slots == 1;
        if self.apps[self.submissions[id].app].choosy {
            if was_full {
                self.submissions[id].offers.push_back(executor);
            }
            self.offer_in_turn(id, Some(executor), kernel);
        } else if !self.launch_next(id, executor, kernel) && was_full {
            self.submissions[id].offers.push_back(executor);
        }
    }

    /// Gives the first waiting task to an executor with a free slot. Answers whether there was one.
    #[inline]
    fn launch_next(
        &mut self,
        id: SubmissionId,
        executor: ExecutorId,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        while let Some(waiting) = self.submissions[id].task_sets.pop() {
            if self.launch(executor, waiting, kernel) {
                return true;
            }
        }
        false
    }

    /// Lets the sets take, one after the other, what they can of the free slots of all executors or
    /// of one.
    pub(in crate::spark) fn offer_in_turn(
        &mut self,
        id: SubmissionId,
        only: Option<ExecutorId>,
        kernel: &mut Kernel<'_>,
    ) {
        if self.submissions[id].task_sets.is_empty() {
            return;
        }
        self.include(id, kernel);
        let mut positions = std::mem::take(&mut self.positions);
        let running = |set: &TaskSet| {
            let detail = self.detail(set.job_run, set.stage);
            detail.map_or(0, |detail| detail.running.len() as u32)
        };
        let sets = &self.submissions[id].task_sets;
        sets.in_order(running, &mut positions);
        let app = &self.model.apps[self.submissions[id].app];
        let excludes = app.conf.scheduling.exclusion.is_some();
        for &position in &positions {
            let mut launched = false;
            if self.submissions[id].task_sets.at(position).placed.is_some() {
                launched = self.offer_by_level(id, position, only, kernel);
            } else {
                while self.round(id, position, only, kernel) {
                    launched = true;
                }
            }
            if excludes && launched {
                self.forgive(id, kernel);
            } else if excludes {
                self.check_schedulable(id, position, kernel);
            }
        }
        positions.clear();
        self.positions = positions;
        self.submissions[id].task_sets.clear_empty();
        self.watch(id, kernel);
        self.revive_later(id, kernel);
    }

    /// One task of a set for each executor with a free slot. Answers whether there was any.
    fn round(
        &mut self,
        id: SubmissionId,
        position: Position,
        only: Option<ExecutorId>,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let mut launched = false;
        for _ in 0..self.submissions[id].offers.len() {
            let Some(executor) = self.submissions[id].offers.pop_front() else {
                break;
            };
            if only.is_none_or(|only| only == executor) {
                while let Some(waiting) = self.take(id, position, executor) {
                    if self.launch(executor, waiting, kernel) {
                        launched = true;
                        break;
                    }
                }
            }
            if self.executors[executor].free_slots > 0 {
                self.submissions[id].offers.push_back(executor);
            }
        }
        launched
    }

    /// Takes a task of a set that may run on an executor.
    fn take(
        &mut self,
        id: SubmissionId,
        position: Position,
        executor: ExecutorId,
    ) -> Option<Waiting> {
        let submission = &mut self.submissions[id];
        let app = &self.model.apps[submission.app];
        let host = self.executors[executor].host;
        let excluded = submission.excluded.as_ref();
        if excluded.is_some_and(|excluded| excluded.has(executor, host)) {
            return None;
        }
        let set = submission.task_sets.at(position);
        let run = &self.job_runs[set.job_run];
        let offer = Offer {
            detail: run.stage(set.stage).detail.as_deref(),
            tasks: &self.tasks,
            executors: &self.executors,
            exclusion: app.conf.scheduling.exclusion,
            executor,
            host,
        };
        let fits = |partition, copy| offer.fits(partition, copy);
        submission.task_sets.take_at(position, fits)
    }
}

/// A slot that is offered to a stage.
pub(in crate::spark) struct Offer<'a> {
    pub(in crate::spark) detail: Option<&'a Detail>,
    pub(in crate::spark) tasks: &'a Slab<TaskId, Task>,
    pub(in crate::spark) executors: &'a Slab<ExecutorId, Executor>,
    pub(in crate::spark) exclusion: Option<Exclusion>,
    pub(in crate::spark) executor: ExecutorId,
    pub(in crate::spark) host: Host,
}

impl Offer<'_> {
    /// Whether a waiting partition, or the copy of one, may run there.
    pub(in crate::spark) fn fits(&self, partition: u32, copy: bool) -> bool {
        let Some(detail) = self.detail else {
            return true;
        };
        let state = detail.partitions[partition as usize];
        // What nobody needs any more is taken out with the first chance.
        if state.result != Place::Missing || (copy && state.running != 1) {
            return true;
        }
        let (executor, host) = (self.executor, self.host);
        let excludes = |rule: &Exclusion| detail.is_excluded(rule, partition, executor, host);
        if self.exclusion.as_ref().is_some_and(excludes) {
            return false;
        }
        let elsewhere = |other: &TaskId| {
            let other = &self.tasks[*other];
            other.partition != partition || self.executors[other.executor].host != host
        };
        !copy || detail.running.iter().all(elsewhere)
    }
}
