//! Applications that fail, and are submitted again where the scenario says so.

use crate::event::Event;
use crate::id::{AppId, ExecutionId, Id, JobRunId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Deploy;
use crate::record::{Outcome, Record};
use crate::spark::state::{Execution, Spark};

impl Spark<'_> {
    /// A job has failed: so has its application, or, where that is shared, the run that it is of.
    pub(in crate::spark) fn fail_job(&mut self, id: JobRunId, kernel: &mut Kernel<'_>) {
        let execution = self.job_runs[id].execution;
        let submission = self.executions[execution].submission;
        let app = self.submissions[submission].app;
        if self.model.apps[app].deploy != Deploy::Shared {
            self.fail_submission(submission, kernel);
            return;
        }
        let failed = self.abandon(execution, kernel);
        Self::fail(&failed, kernel);
        self.offer_all(submission, kernel);
        self.over(execution, false, kernel);
    }

    /// A running application fails, with all that it was to do.
    pub(in crate::spark) fn fail_submission(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        self.end_executions(id, kernel);
        self.end_with_driver(id, kernel);
    }

    /// The container of a driver is gone, and with it the application.
    pub fn on_driver_lost(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        self.end_executions(id, kernel);
        self.end_submission(id, kernel);
    }

    /// What an application was to do has failed, or waits until it is submitted again.
    fn end_executions(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let app = self.submissions[id].app;
        let restart = self.model.apps[app].restart;
        let shared = self.model.apps[app].deploy == Deploy::Shared;
        let executions = self.executions.enumerate();
        let executions: Vec<ExecutionId> = executions
            .filter(|(_, execution)| execution.submission == id)
            .map(|(execution, _)| execution)
            .collect();
        for execution_id in executions {
            let again = restart
                .filter(|restart| !shared && self.executions[execution_id].restarts < restart.max);
            if let Some(restart) = again {
                self.reset(execution_id, kernel);
                let due = Event::RestartDue(execution_id);
                let due = kernel.schedule_after(restart.interval, due);
                let execution = &mut self.executions[execution_id];
                execution.due = Some(due);
                execution.restarts += 1;
                kernel.metrics.apps[app].restarts += 1;
            } else {
                let execution = self.abandon(execution_id, kernel);
                Self::fail(&execution, kernel);
                self.over(execution_id, false, kernel);
            }
        }
        if !shared {
            return;
        }
        let state = &mut self.apps[app];
        state.shared = None;
        if let Some(restart) = restart.filter(|restart| state.restarts < restart.max) {
            state.restarts += 1;
            kernel.metrics.apps[app].restarts += 1;
            kernel.schedule_after(restart.interval, Event::SharedRestartDue(app));
        }
    }

    /// An execution has done nothing yet.
    fn reset(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        self.clear(id, kernel);
        let execution = &mut self.executions[id];
        if execution.running_jobs > 0 {
            execution.job_time += now - execution.running_since;
            execution.running_jobs = 0;
        }
        execution.submission = SubmissionId::new(u32::MAX as usize);
        let blockers = self.blockers(self.executions[id].app);
        let execution = &mut self.executions[id];
        execution.jobs_left = blockers.len() as u32;
        execution.caches.clear();
        execution.blockers = blockers;
    }

    /// An application that has failed is submitted again.
    pub fn on_restart_due(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let submission = self.submit(self.executions[id].app, kernel);
        let execution = &mut self.executions[id];
        execution.due = None;
        execution.submission = submission;
        self.submissions[submission].waiting.push(id);
    }

    /// A shared application that has failed is submitted again.
    pub fn on_shared_restart_due(&mut self, app: AppId, kernel: &mut Kernel<'_>) {
        let submission = self.submit(app, kernel);
        self.apps[app].shared = Some(submission);
    }

    /// Tells everybody that an execution has failed.
    pub(in crate::spark) fn fail(execution: &Execution, kernel: &mut Kernel<'_>) {
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
    pub(in crate::spark) fn tell(execution: &Execution, outcome: Outcome, kernel: &mut Kernel<'_>) {
        kernel.closed();
        Self::answer(execution.caller, execution.submitted, outcome, kernel);
    }
}
