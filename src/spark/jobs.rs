//! Jobs and stages: what may start when what has ended.

use super::state::{JobRun, Spark, StageRun};
use super::task_set::TaskSet;
use crate::event::Event;
use crate::id::{ExecutionId, Id, JobId, JobRunId, StageId};
use crate::kernel::Kernel;
use crate::model::Deploy;
use crate::record::Record;
use crate::units::{Duration, Time};

impl Spark<'_> {
    /// The driver is there for an execution: jobs that come after no other are prepared.
    pub(super) fn begin(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
        let app = self.executions[id].app;
        for job in self.model.apps[app].job_ids() {
            if self.model.jobs[job].after.is_empty() {
                self.prepare_job(id, job, kernel);
            }
        }
    }

    /// The driver does what precedes a job.
    fn prepare_job(&mut self, execution: ExecutionId, job: JobId, kernel: &mut Kernel<'_>) {
        let spec = &self.model.jobs[job];
        let stages = spec.stage_ids().map(|id| {
            let stage = &self.model.stages[id];
            StageRun {
                parents_left: stage.parents.len() as u32,
                tasks_left: stage.tasks,
            }
        });
        let stages: Vec<_> = stages.collect();
        let run = JobRun {
            execution,
            job,
            submitted: Time::ZERO,
            priority: 0,
            stages_left: stages.len() as u32,
            stages,
            due: None,
        };
        let run = self.job_runs.insert(run);
        let due = kernel.schedule_after(spec.driver_gap, Event::JobDue(run));
        self.job_runs[run].due = Some(due);
    }

    /// A job is submitted: its first stages start.
    pub fn on_job_due(&mut self, id: JobRunId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let run = &mut self.job_runs[id];
        run.due = None;
        let execution = &mut self.executions[run.execution];
        let submission = execution.submission;
        execution.first_job.get_or_insert(now);
        if execution.running_jobs == 0 {
            execution.running_since = now;
        }
        execution.running_jobs += 1;
        run.submitted = now;
        run.priority = self.submissions[submission].jobs;
        self.submissions[submission].jobs += 1;
        for stage in self.model.jobs[run.job].stage_ids() {
            if self.model.stages[stage].parents.is_empty() {
                self.start_stage(id, stage);
            }
        }
        self.offer_all(submission, kernel);
    }

    /// The tasks of a stage wait for slots.
    fn start_stage(&mut self, id: JobRunId, stage: StageId) {
        let run = &self.job_runs[id];
        let submission = self.executions[run.execution].submission;
        let set = TaskSet {
            priority: run.priority,
            stage,
            job_run: id,
            next: 0,
            again: Vec::new(),
        };
        self.submissions[submission].task_sets.insert(set);
    }

    /// The last task of a stage has ended.
    pub(super) fn end_stage(&mut self, id: JobRunId, stage: StageId, kernel: &mut Kernel<'_>) {
        let first = self.model.jobs[self.job_runs[id].job].stages.start as usize;
        for index in 0..self.children[stage].len() {
            let child = self.children[stage][index];
            let run = &mut self.job_runs[id].stages[child.index() - first];
            run.parents_left -= 1;
            if run.parents_left == 0 {
                self.start_stage(id, child);
            }
        }
        let run = &mut self.job_runs[id];
        run.stages_left -= 1;
        if run.stages_left == 0 {
            self.end_job(id, kernel);
        }
    }

    /// A job has ended: what comes after it is prepared, or its execution ends.
    fn end_job(&mut self, id: JobRunId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let run = self.job_runs.remove(id);
        kernel.record(&Record::JobEnded {
            job: run.job,
            submitted: run.submitted,
            ended: now,
        });
        let execution = &mut self.executions[run.execution];
        execution.last_job = now;
        execution.jobs_left -= 1;
        execution.running_jobs -= 1;
        if execution.running_jobs == 0 {
            execution.job_time += now - execution.running_since;
        }
        let (app, jobs_left) = (execution.app, execution.jobs_left);
        let first = self.model.apps[app].jobs.start as usize;
        for index in 0..self.followers[run.job].len() {
            let follower = self.followers[run.job][index];
            let blockers = &mut self.executions[run.execution].blockers[follower.index() - first];
            *blockers -= 1;
            if *blockers == 0 {
                self.prepare_job(run.execution, follower, kernel);
            }
        }
        if jobs_left == 0 {
            let app = &self.model.apps[app];
            let gap = match app.deploy {
                Deploy::PerSubmission => app.final_driver_gap,
                Deploy::Shared => Duration::ZERO,
            };
            let due = kernel.schedule_after(gap, Event::ApplicationDue(run.execution));
            self.executions[run.execution].due = Some(due);
        }
    }
}
