//! From submission to end: driver, executors, executions.

use super::state::{Execution, Executor, Spark, Submission};
use super::task_set::TaskSets;
use crate::effect::{Caller, ContainerRequest, Effect, Owner};
use crate::event::Event;
use crate::id::{AppId, ExecutionId, ExecutorId, NodeId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Deploy;
use crate::record::{ExecutionTimes, Outcome, Part, Record};
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
    pub fn on_submit(&mut self, app: AppId, caller: Caller, kernel: &mut Kernel<'_>) {
        kernel.opened();
        let now = kernel.now();
        kernel.record(&Record::ExecutionArrived { app });
        kernel.metrics.apps[app].unfinished.rise(now, 1);
        let submission = match self.apps[app].shared {
            Some(submission) => Some(submission),
            None if self.model.apps[app].deploy == Deploy::Shared => None,
            None => Some(self.submit(app, kernel)),
        };
        let number = self.apps[app].executions;
        self.apps[app].executions += 1;
        let jobs = self.model.apps[app].job_ids();
        let blockers: Vec<u32> = jobs
            .map(|job| self.model.jobs[job].after.len() as u32)
            .collect();
        let mut execution = Execution {
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
        };
        let Some(submission) = submission else {
            // The application that was to run it has failed.
            Self::fail(&execution, kernel);
            return;
        };
        execution.submission = submission;
        let execution = self.executions.insert(execution);
        if self.submissions[submission].driver_runs {
            self.begin(execution, kernel);
        } else {
            self.submissions[submission].waiting.push(execution);
        }
    }

    /// Asks for the driver of a new application.
    fn submit(&mut self, app: AppId, kernel: &mut Kernel<'_>) -> SubmissionId {
        let number = self.apps[app].submissions;
        self.apps[app].submissions += 1;
        let id = self.submissions.insert(Submission {
            app,
            number,
            driver_runs: false,
            executors: Vec::new(),
            executors_due: None,
            waiting: Vec::new(),
            jobs: 0,
            task_sets: TaskSets::default(),
            offers: VecDeque::new(),
        });
        let request = self.container(id, 0);
        kernel.push(Effect::Place {
            owner: Owner::Driver(id),
            request,
        });
        id
    }

    /// The container of the driver (incarnation 0) or of an executor (from 1 on).
    fn container(&self, id: SubmissionId, incarnation: u64) -> ContainerRequest {
        let Submission { app, number, .. } = self.submissions[id];
        let state = &self.apps[app];
        let word = state.start_words.word(number, incarnation);
        let start_time = state.start_time.duration(word);
        let part = match incarnation {
            0 => Part::Driver(app),
            _ => Part::Executor(app),
        };
        ContainerRequest {
            part,
            submission: Some(id),
            start_time,
        }
    }

    /// The driver runs: it asks for executors and begins what has been submitted.
    pub fn on_driver_running(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        self.submissions[id].driver_runs = true;
        self.on_executors_due(id, kernel);
        for execution in std::mem::take(&mut self.submissions[id].waiting) {
            self.begin(execution, kernel);
        }
    }

    /// The driver asks for its next batch of executors.
    pub fn on_executors_due(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let submission = &self.submissions[id];
        let app = submission.app;
        let conf = &self.model.apps[app].conf;
        let missing = conf.executor_instances - submission.executors.len() as u32;
        let batch = conf.allocation_batch_size.unwrap_or(missing).min(missing);
        for _ in 0..batch {
            let executor = Executor {
                submission: id,
                running: false,
                node: None,
                free_slots: 0,
                speed: 1.0,
            };
            let executor = self.executors.insert(executor);
            let executors = &mut self.submissions[id].executors;
            executors.push(executor);
            let incarnation = executors.len() as u64;
            let request = self.container(id, incarnation);
            kernel.push(Effect::Place {
                owner: Owner::Executor(executor),
                request,
            });
        }
        let delay = conf.allocation_batch_delay;
        let more = batch < missing;
        self.submissions[id].executors_due =
            more.then(|| kernel.schedule_after(delay, Event::ExecutorsDue(id)));
    }

    /// An executor runs and has registered: its slots are offered.
    pub fn on_executor_running(
        &mut self,
        id: ExecutorId,
        (node, speed): (Option<NodeId>, f64),
        kernel: &mut Kernel<'_>,
    ) {
        let submission = self.executors[id].submission;
        let app = self.submissions[submission].app;
        let slots = self.model.apps[app].conf.slots_per_executor();
        let executor = &mut self.executors[id];
        (executor.running, executor.free_slots, executor.speed) = (true, slots, speed);
        executor.node = node;
        let now = kernel.now();
        let meter = &mut kernel.metrics.apps[app];
        meter.executors.rise(now, 1);
        meter.slots.rise(now, u64::from(slots));
        self.submissions[submission].offers.push_back(id);
        self.offer_all(submission, kernel);
    }

    /// The driver has done what follows the last job: the caller is told, and a per-submission
    /// application ends.
    pub fn on_application_due(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let execution = self.executions.remove(id);
        let app = execution.app;
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
            self.end_submission(execution.submission, kernel);
        }
    }

    /// Gives all containers of an application back.
    pub(super) fn end_submission(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let submission = self.submissions.remove(id);
        if let Some(key) = submission.executors_due {
            kernel.cancel(key);
        }
        let slots = self.model.apps[submission.app].conf.slots_per_executor();
        for id in submission.executors {
            if self.executors.remove(id).running {
                let meter = &mut kernel.metrics.apps[submission.app];
                meter.executors.fall(now, 1);
                meter.slots.fall(now, u64::from(slots));
            }
            kernel.push(Effect::Release {
                owner: Owner::Executor(id),
            });
        }
        kernel.push(Effect::Release {
            owner: Owner::Driver(id),
        });
    }
}
