//! An application that is called off before its end: its tasks are killed, nothing follows.

use crate::effect::Caller;
use crate::id::{ExecutionId, JobRunId, TaskId};
use crate::kernel::Kernel;
use crate::record::Record;
use crate::spark::state::{Execution, JobRun, Spark};

impl Spark<'_> {
    /// Whoever submitted an application does not want it any more. It may have ended already.
    pub fn on_called_off(&mut self, caller: Caller, kernel: &mut Kernel<'_>) {
        let mut executions = self.executions.enumerate();
        let found = executions.find(|(_, execution)| execution.caller == caller);
        if let Some((id, _)) = found {
            drop(executions);
            self.call_off(id, kernel);
        }
    }

    pub(in crate::spark) fn call_off(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let execution = self.abandon(id, kernel);
        let (app, submission) = (execution.app, execution.submission);
        kernel.record(&Record::ExecutionCalledOff {
            app,
            submitted: execution.submitted,
            ended: now,
        });
        kernel.metrics.apps[app].unfinished.fall(now, 1);
        kernel.closed();
        // Between a failure and the next submission, or before the first, there is nothing to end.
        if self.submissions.contains(submission) {
            if self.apps[app].shared.is_none() {
                self.end_with_driver(submission, kernel);
            } else {
                self.offer_all(submission, kernel);
            }
        }
        self.over(id, false, kernel);
    }

    /// Takes an execution out with its jobs and tasks.
    pub(in crate::spark) fn abandon(
        &mut self,
        id: ExecutionId,
        kernel: &mut Kernel<'_>,
    ) -> Execution {
        self.clear(id, kernel);
        let execution = self.executions.remove(id);
        self.free_cached(&execution, kernel);
        execution
    }

    /// Takes the jobs and tasks of an execution out.
    pub(in crate::spark) fn clear(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let execution = &mut self.executions[id];
        let submission = execution.submission;
        if let Some(due) = execution.due.take() {
            kernel.cancel(due);
        }
        if !self.submissions.contains(submission) {
            return;
        }
        self.submissions[submission]
            .waiting
            .retain(|other| *other != id);
        let runs = self.submissions[submission].runs.iter().copied();
        let runs: Vec<JobRunId> = runs
            .filter(|run| self.job_runs[*run].execution == id)
            .collect();
        let tasks = self.tasks.enumerate();
        let tasks: Vec<TaskId> = tasks
            .filter(|(_, task)| runs.contains(&task.job_run))
            .map(|(task, _)| task)
            .collect();
        for task in tasks {
            self.kill(task, kernel);
        }
        for run in runs {
            self.drop_run(run, kernel);
        }
    }

    /// Takes a job out: nobody needs its results any more, and what is left of it is killed.
    pub(in crate::spark) fn drop_run(&mut self, id: JobRunId, kernel: &mut Kernel<'_>) -> JobRun {
        let run = &self.job_runs[id];
        let submission = self.executions[run.execution].submission;
        let tracked = self.apps[self.model.jobs[run.job].app].tracked;
        let complete = run.stages_left == 0;
        if tracked {
            let details = run.stages.iter().filter_map(|stage| stage.detail.as_ref());
            let mut left: Vec<TaskId> = details
                .flat_map(|detail| detail.running.iter().copied())
                .collect();
            left.sort_unstable();
            for task in left {
                self.kill(task, kernel);
            }
            self.release_results(id, kernel);
        }
        if tracked || !complete {
            let sets = &mut self.submissions[submission].task_sets;
            sets.remove(|set| set.job_run == id);
        }
        let run = &self.job_runs[id];
        let execution = &self.executions[run.execution];
        let (number, restarts) = (execution.number, u64::from(execution.restarts));
        for stage in self.model.jobs[run.job].stage_ids() {
            self.known_stages.forget(stage, number);
            self.deals.forget(stage, number | restarts << 40);
        }
        self.forget_broadcasts(id, kernel);
        let state = &mut self.submissions[submission];
        state.runs.retain(|run| *run != id);
        if let Some(excluded) = &mut state.excluded {
            excluded.forget_run(id);
        }
        let mut run = self.job_runs.remove(id);
        self.forget_numbers(submission);
        for due in [run.due.take(), run.resubmit.take()].into_iter().flatten() {
            kernel.cancel(due);
        }
        run
    }
}
