//! Jobs and stages: what may start when what has ended.

use super::stage_run::{Phase, StageRun};
use crate::event::Event;
use crate::id::{ExecutionId, Id, JobId, JobRunId, StageId};
use crate::kernel::Kernel;
use crate::model::Deploy;
use crate::record::Record;
use crate::spark::scheduling::task_set::TaskSet;
use crate::spark::state::{JobRun, Spark};
use crate::units::{Duration, Time};

impl Spark<'_> {
    /// The driver is there for an execution: jobs that come after no other are prepared.
    pub(in crate::spark) fn begin(&mut self, id: ExecutionId, kernel: &mut Kernel<'_>) {
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
        let tracked = self.apps[spec.app].tracked;
        let stages = spec.stage_ids().map(|id| {
            let stage = &self.model.stages[id];
            StageRun::new(stage.parents.len() as u32, stage.tasks, tracked)
        });
        let stages: Vec<_> = stages.collect();
        let run = JobRun {
            execution,
            job,
            submitted: Time::ZERO,
            number: 0,
            pool: spec.pool,
            stages_left: stages.len() as u32,
            first: StageId(spec.stages.start),
            stages,
            due: None,
            resubmit: None,
        };
        let run = self.job_runs.insert(run);
        let submission = self.executions[execution].submission;
        self.submissions[submission].runs.push(run);
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
        run.number = self.submissions[submission].jobs;
        self.submissions[submission].jobs += 1;
        for stage in self.model.jobs[run.job].stage_ids() {
            if self.model.stages[stage].parents.is_empty() {
                self.start_stage(id, stage, now);
            }
        }
        self.offer_all(submission, kernel);
        self.follow_tasks(submission, kernel);
    }

    /// The tasks of a stage wait for slots: those that have no result.
    pub(in crate::spark) fn start_stage(&mut self, id: JobRunId, stage: StageId, now: Time) {
        self.prepare_data(id, stage);
        let size = self.size_of(id, stage);
        let run = &mut self.job_runs[id];
        run.stage_mut(stage).ready = now;
        let submission = self.executions[run.execution].submission;
        let mut set = TaskSet::empty(run.number, id, stage, size);
        let pool = run.pool;
        match self.detail_mut(id, stage) {
            Some(detail) if detail.phase != Phase::Waiting || detail.failed_attempts > 0 => {
                detail.phase = Phase::Running;
                for partition in &mut detail.partitions {
                    partition.failures = 0;
                }
                set.again = detail.missing();
            }
            Some(detail) => {
                detail.phase = Phase::Running;
                set.again = detail.missing();
                if set.again.len() == size as usize {
                    set.again.clear();
                    set.next = 0;
                }
            }
            None => set.next = 0,
        }
        self.place_set(id, stage, &mut set, now);
        self.submissions[submission].task_sets.insert(pool, set);
        self.initialized(submission);
    }

    /// The last task of a stage has ended. Answers whether stages of its job can begin now.
    pub(in crate::spark) fn end_stage(
        &mut self,
        id: JobRunId,
        stage: StageId,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let mut open = false;
        if let Some(detail) = self.detail_mut(id, stage) {
            detail.phase = Phase::Done;
            detail.failed_attempts = 0;
            // What waits of it was lost and has come back some other way.
            let run = &self.job_runs[id];
            let submission = self.executions[run.execution].submission;
            let sets = &mut self.submissions[submission].task_sets;
            sets.remove(|set| set.job_run == id && set.stage == stage);
        }
        for index in 0..self.children[stage].len() {
            let child = self.children[stage][index];
            let run = self.job_runs[id].stage_mut(child);
            let waits = run
                .detail
                .as_ref()
                .is_none_or(|detail| detail.phase == Phase::Waiting);
            if !waits || run.parents_left == 0 {
                continue;
            }
            run.parents_left -= 1;
            if run.parents_left > 0 {
                continue;
            }
            open = true;
            if run.detail.is_some() {
                self.submit_stage(id, child, kernel.now());
            } else {
                self.start_stage(id, child, kernel.now());
            }
        }
        let run = &mut self.job_runs[id];
        run.stages_left -= 1;
        if run.stages_left == 0 {
            self.end_job(id, kernel);
        }
        open
    }

    /// A job has ended: what comes after it is prepared, or its execution ends.
    fn end_job(&mut self, id: JobRunId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let run = self.drop_run(id, kernel);
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
                Deploy::PerSubmission | Deploy::InReplica => app.final_driver_gap,
                Deploy::Shared => Duration::ZERO,
            };
            let due = kernel.schedule_after(gap, Event::ApplicationDue(run.execution));
            self.executions[run.execution].due = Some(due);
        }
    }
}
