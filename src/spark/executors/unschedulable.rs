//! Task sets that no executor may run: `TaskSetManager.getCompletelyExcludedTaskIfAny` and the abort
//! timer of `TaskSchedulerImpl`.
//!
//! A set of which nothing is launched, and whose next task is kept from every executor, is given
//! some time: an executor may come. If nothing of the application is launched until then, its job
//! has failed. Where all executors are busy and their number does not follow the tasks, Spark does
//! not wait.

use super::exclusion::Excluded;
use crate::event::Event;
use crate::id::{JobRunId, StageId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Exclusion;
use crate::spark::scheduling::task_sets::Position;
use crate::spark::state::Spark;
use crate::units::{Duration, Time};

/// A task set that no executor may run.
#[derive(Clone, Copy, Debug)]
pub(in crate::spark) struct Unschedulable {
    run: JobRunId,
    stage: StageId,
    /// When its job fails.
    expires: Time,
    /// Whether more executors are asked for because of it.
    wants_more: bool,
}

impl Excluded {
    /// How many task sets want executors that nothing has failed on.
    pub(in crate::spark) fn wanting(&self) -> u32 {
        let wanting = self.unschedulable.iter().filter(|set| set.wants_more);
        wanting.count() as u32
    }

    /// A job is no more: its number is given to another one.
    pub(in crate::spark) fn forget_run(&mut self, run: JobRunId) {
        self.unschedulable.retain(|set| set.run != run);
    }
}

impl Spark<'_> {
    /// Nothing of a set was launched though slots may be free: sees whether anything can be.
    pub(in crate::spark) fn check_schedulable(
        &mut self,
        id: SubmissionId,
        position: Position,
        kernel: &mut Kernel<'_>,
    ) {
        let submission = &self.submissions[id];
        let conf = &self.model.apps[submission.app].conf;
        let Some(rule) = conf.scheduling.exclusion else {
            return;
        };
        if !self.is_excluded_everywhere(id, position, &rule) {
            return;
        }
        let set = submission.task_sets.at(position);
        let (run, stage) = (set.job_run, set.stage);
        let mut executors = submission.executors.iter().map(|it| &self.executors[*it]);
        let idle = executors.any(|it| it.running && it.free_slots == it.slots);
        let follows = submission.allocation.is_some();
        let now = kernel.now();
        let wait = if idle || follows {
            rule.unschedulable_timeout
        } else {
            Duration::ZERO
        };
        let excluded = self.submissions[id].excluded.get_or_insert_default();
        let mut known = excluded.unschedulable.iter();
        if known.any(|other| (other.run, other.stage) == (run, stage)) {
            return;
        }
        excluded.unschedulable.push(Unschedulable {
            run,
            stage,
            expires: now + wait,
            wants_more: !idle && follows,
        });
        self.expect_abort(id, kernel);
        if !idle && follows {
            self.backlogged(id, kernel);
        }
    }

    /// Something was launched: nobody is given up.
    pub(in crate::spark) fn forgive(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        if let Some(excluded) = &mut self.submissions[id].excluded {
            excluded.unschedulable.clear();
            if let Some(due) = excluded.abort_due.take() {
                kernel.cancel(due);
            }
        }
    }

    fn expect_abort(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let Some(excluded) = &mut self.submissions[id].excluded else {
            return;
        };
        if let Some(due) = excluded.abort_due.take() {
            kernel.cancel(due);
        }
        let expires = excluded.unschedulable.iter().map(|set| set.expires).min();
        excluded.abort_due = expires.map(|due| kernel.schedule(due, Event::AbortDue(id)));
    }

    /// The time of a task set that no executor may run is over: its job has failed.
    pub fn on_abort_due(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let Some(excluded) = &mut self.submissions[id].excluded else {
            return;
        };
        excluded.abort_due = None;
        let over = excluded
            .unschedulable
            .extract_if(.., |set| set.expires <= now);
        let over: Vec<JobRunId> = over.map(|set| set.run).collect();
        for run in over {
            // A stage of it may have ended, or an earlier one failed the whole application.
            let is_there =
                self.submissions.contains(id) && self.submissions[id].runs.contains(&run);
            if is_there {
                self.fail_job(run, kernel);
            }
        }
        if self.submissions.contains(id) {
            self.expect_abort(id, kernel);
        }
    }

    /// Whether there are executors and none of them may be given the next task of a set.
    fn is_excluded_everywhere(
        &self,
        id: SubmissionId,
        position: Position,
        rule: &Exclusion,
    ) -> bool {
        let submission = &self.submissions[id];
        let set = submission.task_sets.at(position);
        let Some(detail) = self.detail(set.job_run, set.stage) else {
            return false;
        };
        let Some(partition) = set.next_waiting(|partition| detail.needs(partition)) else {
            return false;
        };
        let excluded = submission.excluded.as_ref();
        let executors = submission.executors.iter();
        let mut running = executors
            .filter(|it| self.executors[**it].running)
            .peekable();
        running.peek().is_some()
            && running.all(|executor| {
                let host = self.executors[*executor].host;
                detail.is_excluded(rule, partition, *executor, host)
                    || excluded.is_some_and(|excluded| excluded.has(*executor, host))
            })
    }
}
