//! An application that ends before its work is done: it is called off, or it fails. Its tasks are
//! killed, nothing follows.

use super::state::{Execution, Spark, Task};
use crate::effect::{Caller, Effect};
use crate::id::{ExecutionId, JobRunId, SubmissionId, TaskId};
use crate::kernel::Kernel;
use crate::record::{Outcome, Record};

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
        let execution = self.abandon(id, kernel);
        let app = execution.app;
        kernel.record(&Record::ExecutionCalledOff {
            app,
            submitted: execution.submitted,
            ended: now,
        });
        kernel.metrics.apps[app].unfinished.fall(now, 1);
        kernel.closed();
        if self.apps[app].shared.is_none() {
            self.end_submission(execution.submission, kernel);
        } else {
            self.offer_all(execution.submission, kernel);
        }
    }

    /// A running application fails, with all that it was to do.
    pub(super) fn fail_submission(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let executions = self.executions.enumerate();
        let executions: Vec<ExecutionId> = executions
            .filter(|(_, execution)| execution.submission == id)
            .map(|(execution, _)| execution)
            .collect();
        for execution in executions {
            let execution = self.abandon(execution, kernel);
            Self::fail(&execution, kernel);
        }
        let app = &mut self.apps[self.submissions[id].app];
        app.shared = app.shared.filter(|shared| *shared != id);
        self.end_submission(id, kernel);
    }

    /// Tells everybody that an execution has failed.
    pub(super) fn fail(execution: &Execution, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let app = execution.app;
        kernel.record(&Record::ExecutionFailed {
            app,
            submitted: execution.submitted,
            ended: now,
        });
        kernel.metrics.apps[app].unfinished.fall(now, 1);
        Self::tell(execution, Outcome::Failed, kernel);
    }

    /// Tells the caller how an execution has ended.
    pub(super) fn tell(execution: &Execution, outcome: Outcome, kernel: &mut Kernel<'_>) {
        if let Caller::Workload(workload, _) = execution.caller {
            kernel.record(&Record::SubmissionEnded {
                workload,
                outcome,
                arrived: execution.submitted,
                ended: kernel.now(),
            });
        }
        kernel.closed();
        kernel.push(Effect::ApplicationEnded {
            caller: execution.caller,
            outcome,
        });
    }

    /// Takes an execution out with its jobs and tasks.
    fn abandon(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) -> Execution {
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
            self.stop(task, kernel);
        }
        for run in runs {
            if let Some(due) = self.job_runs.remove(run).due {
                kernel.cancel(due);
            }
        }
        execution
    }

    /// A task gives its slot back before its end.
    pub(super) fn stop(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> Task {
        let now = kernel.now();
        let task = self.tasks.remove(id);
        kernel.cancel(task.due);
        let executor = &mut self.executors[task.executor];
        let submission = executor.submission;
        executor.free_slots += 1;
        if executor.free_slots == 1 {
            self.submissions[submission].offers.push_back(task.executor);
        }
        let start = kernel.metrics.window_start;
        let meter = &mut kernel.metrics.apps[self.submissions[submission].app];
        meter.running_tasks.fall(now, 1);
        meter.task_present(start, task.started, now);
        task
    }
}
