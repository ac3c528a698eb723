//! From submission to end: driver, executors, executions.

use crate::effect::{Caller, ContainerRequest, Effect, Owner};
use crate::id::{AppId, ExecutionId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Deploy;
use crate::record::{ExecutionTimes, Outcome, Part, Record};
use crate::spark::executors::allocation::Allocation;
use crate::spark::executors::heartbeats::Heartbeats;
use crate::spark::executors::numbers::Numbers;
use crate::spark::executors::timeline::Progress;
use crate::spark::scheduling::task_sets::TaskSets;
use crate::spark::state::{Execution, Spark, Submission};
use crate::units::{Duration, Time};
use std::collections::VecDeque;

impl Spark<'_> {
    /// Starts the shared applications.
    pub fn start(&mut self, kernel: &mut Kernel<'_>) {
        for id in self.model.apps.ids() {
            if self.model.apps[id].deploy == Deploy::Shared {
                self.apps[id].shared = Some(self.submit(id, kernel));
            }
        }
    }

    /// An application is submitted, or, where it is shared, its jobs are.
    /// An application inside a container computes at the `speed` of its caller.
    pub fn on_submit(
        &mut self,
        app: AppId,
        (caller, speed): (Caller, f64),
        kernel: &mut Kernel<'_>,
    ) {
        if !self.admits(app, caller, kernel) {
            return;
        }
        kernel.opened();
        let now = kernel.now();
        kernel.record(&Record::ExecutionArrived { app });
        kernel.metrics.apps[app].unfinished.rise(now, 1);
        let waits_for = self.under_way(app, caller);
        let number = self.apps[app].executions;
        self.apps[app].executions += 1;
        let blockers = self.blockers(app);
        let execution = self.executions.insert(Execution {
            app,
            submission: SubmissionId(u32::MAX),
            number,
            caller,
            submitted: now,
            first_task: None,
            first_job: None,
            last_job: now,
            running_jobs: 0,
            running_since: Time::ZERO,
            job_time: Duration::ZERO,
            jobs_left: blockers.len() as u32,
            blockers,
            due: None,
            restarts: 0,
            caches: Vec::new(),
        });
        if waits_for.is_empty() {
            self.start_execution(execution, speed, kernel);
        } else {
            self.hold(execution, waits_for);
        }
    }

    /// Starts what is to run an execution, or gives it to what runs already.
    pub(in crate::spark) fn start_execution(
        &mut self,
        execution: ExecutionId,
        speed: f64,
        kernel: &mut Kernel<'_>,
    ) {
        let app = self.executions[execution].app;
        let submission = match self.apps[app].shared {
            Some(submission) => Some(submission),
            None if self.model.apps[app].deploy == Deploy::Shared => None,
            None if self.model.apps[app].deploy == Deploy::InReplica => {
                Some(self.start_process(app, speed, kernel))
            }
            None => Some(self.submit(app, kernel)),
        };
        let Some(submission) = submission else {
            // The application that was to run it has failed.
            let failed = self.executions.remove(execution);
            Self::fail(&failed, kernel);
            self.over(execution, false, kernel);
            return;
        };
        self.executions[execution].submission = submission;
        if self.submissions[submission].ready {
            self.begin(execution, kernel);
        } else {
            self.submissions[submission].waiting.push(execution);
        }
    }

    /// By job of an application: jobs that have to end first.
    pub(in crate::spark) fn blockers(&self, app: AppId) -> Vec<u32> {
        let jobs = self.model.apps[app].job_ids();
        jobs.map(|job| self.model.jobs[job].after.len() as u32)
            .collect()
    }

    /// Asks for the driver of a new application.
    pub(in crate::spark) fn submit(&mut self, app: AppId, kernel: &mut Kernel<'_>) -> SubmissionId {
        let id = self.new_submission(app);
        let request = self.container(id, 0);
        kernel.push(Effect::Place {
            owner: Owner::Driver(id),
            request,
        });
        id
    }

    /// An application that has nothing yet.
    pub(in crate::spark) fn new_submission(&mut self, app: AppId) -> SubmissionId {
        let number = self.apps[app].submissions;
        self.apps[app].submissions += 1;
        let executors = &self.model.apps[app].conf.executors;
        let order = self.model.apps[app].conf.scheduling.order;
        self.submissions.insert(Submission {
            app,
            number,
            ready: false,
            waits: None,
            executors: Vec::new(),
            registered: 0,
            removed: 0,
            busy: 0,
            target: executors.initial,
            incarnations: 0,
            numbers: Numbers::default(),
            heartbeats: executors
                .heartbeat
                .filter(|_| self.asks_yarn(app))
                .map(|rule| Box::new(Heartbeats::new(rule))),
            lost_executors: 0,
            last_round: None,
            allocation: executors
                .dynamic
                .filter(|_| !self.is_process(app))
                .map(|_| Box::new(Allocation::new())),
            speculation_due: None,
            revive: None,
            process_speed: 1.0,
            driver_since: Time::ZERO,
            excluded: None,
            executors_due: None,
            timeline: Progress::default(),
            dispatcher_free: Time::ZERO,
            waiting: Vec::new(),
            runs: Vec::new(),
            jobs: 0,
            task_sets: TaskSets::new(order, &self.model.apps[app].pools),
            offers: VecDeque::new(),
        })
    }

    /// Whether the executors of an application are asked for with heartbeats: not those that come
    /// at given times, nor the process inside a replica.
    fn asks_yarn(&self, app: AppId) -> bool {
        self.apps[app].timeline.is_empty() && !self.is_process(app)
    }

    /// The container of the driver (incarnation 0) or of an executor (from 1 on).
    pub(in crate::spark) fn container(
        &self,
        id: SubmissionId,
        incarnation: u64,
    ) -> ContainerRequest {
        let Submission { app, number, .. } = self.submissions[id];
        let state = &self.apps[app];
        let word = state.start_words.word(number, incarnation);
        let of_executors = state.executor_start_time.as_ref();
        let sampler = of_executors.filter(|_| incarnation > 0);
        let start_time = sampler.unwrap_or(&state.start_time).duration(word);
        let part = match incarnation {
            0 => Part::Driver(app),
            _ => Part::Executor(app),
        };
        ContainerRequest {
            part,
            on_command: incarnation > 0 && self.submissions[id].heartbeats.is_some(),
            submission: Some(id),
            start_time,
        }
    }

    /// The driver has done what follows the last job: the caller is told, and a per-submission
    /// application ends.
    pub fn on_application_due(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let execution = self.executions.remove(id);
        let app = execution.app;
        self.free_cached(&execution, kernel);
        let times = ExecutionTimes {
            submitted: execution.submitted,
            first_task: execution.first_task.unwrap_or(now),
            first_job: execution.first_job.unwrap_or(now),
            last_job: execution.last_job,
            job_time: execution.job_time,
            ended: now,
        };
        kernel.record(&Record::ExecutionEnded { app, times });
        kernel.metrics.apps[app].unfinished.fall(now, 1);
        Self::tell(&execution, Outcome::Completed, kernel);
        if self.apps[app].shared.is_none() {
            self.end_with_driver(execution.submission, kernel);
        }
        self.over(id, true, kernel);
    }

    /// Gives the containers of all executors of an application back.
    pub(in crate::spark) fn end_submission(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let has_containers = !self.is_process(self.submissions[id].app);
        let submission = &mut self.submissions[id];
        submission.offers.clear();
        for executor in std::mem::take(&mut submission.executors) {
            if has_containers {
                self.give_back_executor(executor, kernel);
            } else {
                self.forget_executor(executor, kernel);
            }
        }
        let submission = self.submissions.remove(id);
        let dues = [
            submission.executors_due,
            submission.waits,
            submission.speculation_due,
            submission.revive.map(|(_, due)| due),
            submission.excluded.and_then(|excluded| excluded.abort_due),
        ];
        for due in dues.into_iter().flatten() {
            kernel.cancel(due);
        }
        if let Some(allocation) = &submission.allocation {
            allocation.end(kernel);
        }
    }

    /// Gives all containers of an application back, its driver's too.
    pub(in crate::spark) fn end_with_driver(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let has_containers = !self.is_process(self.submissions[id].app);
        self.end_submission(id, kernel);
        if has_containers {
            kernel.push(Effect::Release {
                owner: Owner::Driver(id),
            });
        }
    }
}
