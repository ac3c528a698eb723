//! What must add up: the time that tasks and executions were present, slots, and what became of
//! every task.

use super::state::Spark;
use super::tasks::steps::Step;
use crate::id::{Id, SubmissionId};
use crate::kernel::Kernel;

impl Spark<'_> {
    /// Books the time that tasks and executions have been present, so that the audit can be exact.
    pub fn book_present(&self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let start = kernel.metrics.window_start;
        for (_, task) in self.tasks.enumerate() {
            let app = self.submissions[self.executors[task.executor].submission].app;
            kernel.metrics.apps[app].task_present(start, task.started, now);
        }
        for (executor, _) in self.executors.enumerate() {
            self.book_held_for_shuffle(executor, now, kernel);
        }
        self.book_workflows(kernel);
        self.book_contended(kernel);
        for (_, execution) in self.executions.enumerate() {
            kernel.metrics.apps[execution.app].open(start, execution.submitted, now);
        }
    }

    /// What does not add up, for the audit.
    pub fn breaches(&self, kernel: &Kernel<'_>) -> Vec<String> {
        let mut breaches = Vec::new();
        let mut running = vec![0u64; self.apps.len()];
        for (_, task) in self.tasks.enumerate() {
            running[self.submissions[self.executors[task.executor].submission]
                .app
                .index()] += 1;
        }
        for (id, app) in self.model.apps.enumerate() {
            let mine = |submission: SubmissionId| self.submissions[submission].app == id;
            let executors = || {
                self.executors
                    .enumerate()
                    .filter(|(_, e)| mine(e.submission))
            };
            let up = executors().filter(|(_, executor)| executor.running).count() as u64;
            let slots: u64 = executors()
                .filter(|(_, executor)| executor.running)
                .map(|(_, executor)| u64::from(executor.slots))
                .sum();
            let free: u64 = executors()
                .map(|(_, executor)| u64::from(executor.free_slots))
                .sum();
            let choosy = self.apps[id].choosy;
            let starved = self.submissions.enumerate().any(|(_, submission)| {
                submission.app == id
                    && !choosy
                    && !submission.task_sets.is_empty()
                    && !submission.offers.is_empty()
            });
            let submissions = self.submissions.enumerate();
            let (mut known, mut forgettable) = ((0, 0), 0);
            for (submission, state) in submissions.filter(|(_, it)| it.app == id) {
                let (there, gone) = state.numbers.count();
                known.0 += there as u64;
                known.1 += state.executors.len() as u64;
                if self.oldest_job(submission).is_none() {
                    forgettable += gone as u64;
                }
            }
            let computing = |executor| self.cores.as_ref().map_or(0, |it| it.count(executor));
            let computing: u64 = executors().map(|(id, _)| computing(id)).sum();
            let in_step = self.tasks.enumerate().filter(|(task, state)| {
                let step = self.data.tasks.get(task).map(|it| it.step);
                self.cores.is_some()
                    && step == Some(Step::Compute)
                    && mine(self.executors[state.executor].submission)
            });
            let counts = self.apps[id].counts;
            let meter = &kernel.metrics.apps[id];
            for (what, level, counted) in [
                ("running executors", meter.executors.now(), up),
                ("slots", meter.slots.now(), slots),
                (
                    "running tasks",
                    meter.running_tasks.now(),
                    running[id.index()],
                ),
                (
                    "busy slots",
                    self.submissions
                        .enumerate()
                        .filter(|(_, submission)| submission.app == id)
                        .map(|(_, submission)| u64::from(submission.busy))
                        .sum(),
                    running[id.index()],
                ),
                (
                    "tasks launched",
                    counts.launched,
                    counts.succeeded + counts.failed + counts.killed + running[id.index()],
                ),
                ("executors by number", known.0, known.1),
                ("executors that nobody can ask for", forgettable, 0),
                ("computing tasks", computing, in_step.count() as u64),
                ("free slots", slots - running[id.index()], free),
                (
                    "applications with a free slot and a waiting task",
                    u64::from(starved),
                    0,
                ),
            ] {
                if level != counted {
                    breaches.push(format!(
                        "apps.{}: {what}: {level} is not {counted}",
                        app.name
                    ));
                }
            }
        }
        breaches
    }
}
