//! An application that is called off before its end: its tasks are killed, nothing follows.

use super::state::Spark;
use crate::effect::Caller;
use crate::id::{ExecutionId, JobRunId, TaskId};
use crate::kernel::Kernel;
use crate::record::Record;

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

    fn call_off(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let execution = self.executions.remove(id);
        let submission = execution.submission;
        if let Some(due) = execution.due {
            kernel.cancel(due);
        }
        self.submissions[submission]
            .waiting
            .retain(|other| *other != id);
        let runs = self.job_runs.enumerate();
        let runs: Vec<JobRunId> = runs
            .filter(|(_, run)| run.execution == id)
            .map(|(run, _)| run)
            .collect();
        let task_sets = &mut self.submissions[submission].task_sets;
        task_sets.call_off(|run| runs.contains(&run));
        let tasks = self.tasks.enumerate();
        let tasks: Vec<TaskId> = tasks
            .filter(|(_, task)| runs.contains(&task.job_run))
            .map(|(task, _)| task)
            .collect();
        for task in tasks {
            self.kill(task, kernel);
        }
        for run in runs {
            if let Some(due) = self.job_runs.remove(run).due {
                kernel.cancel(due);
            }
        }
        let app = execution.app;
        for job in self.model.apps[app].job_ids() {
            for stage in self.model.jobs[job].stage_ids() {
                self.known_stages.forget(stage, execution.number);
                self.deals.forget(stage, execution.number);
            }
        }
        kernel.record(&Record::ExecutionCalledOff {
            app,
            submitted: execution.submitted,
            ended: now,
        });
        kernel.metrics.apps[app].unfinished.fall(now, 1);
        kernel.closed();
        if self.apps[app].shared.is_none() {
            self.end_submission(submission, kernel);
        } else {
            self.offer_all(submission, kernel);
        }
    }

    /// A task gives its slot back before its end.
    fn kill(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let task = self.tasks.remove(id);
        kernel.cancel(task.due);
        let executor = &mut self.executors[task.executor];
        let submission = executor.submission;
        executor.free_slots += 1;
        let (is_first, is_leaving) = (executor.free_slots == 1, executor.leaving);
        let start = kernel.metrics.window_start;
        let meter = &mut kernel.metrics.apps[self.submissions[submission].app];
        meter.running_tasks.fall(now, 1);
        meter.task_present(start, task.started, now);
        if is_leaving {
            self.leave_if_idle(task.executor, kernel);
        } else if is_first {
            self.submissions[submission].offers.push_back(task.executor);
        }
    }
}
