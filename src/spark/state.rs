//! The state of all applications.

use super::task_set::TaskSets;
use crate::effect::Caller;
use crate::engine::EventKey;
use crate::id::{
    AppId, ExecutionId, ExecutorId, Id, IdVec, JobId, JobRunId, NodeId, Slab, StageId,
    SubmissionId, TaskId,
};
use crate::kernel::Kernel;
use crate::model::{Model, TaskTimes};
use crate::random::{Keyed, Purpose, Sampler, Streams};
use crate::units::{Duration, Time};
use std::collections::VecDeque;

/// All applications.
#[derive(Debug)]
pub struct Spark<'m> {
    pub(super) model: &'m Model,
    pub(super) apps: IdVec<AppId, AppState>,
    /// By stage: how task times are drawn, where they are.
    pub(super) samplers: IdVec<StageId, Option<Sampler>>,
    /// By stage: the words that decide its task times.
    pub(super) task_words: IdVec<StageId, Keyed>,
    /// By stage: the stages that wait for it.
    pub(super) children: IdVec<StageId, Vec<StageId>>,
    /// By job: the jobs that come after it.
    pub(super) followers: IdVec<JobId, Vec<JobId>>,
    pub(super) submissions: Slab<SubmissionId, Submission>,
    pub(super) executions: Slab<ExecutionId, Execution>,
    pub(super) job_runs: Slab<JobRunId, JobRun>,
    pub(super) executors: Slab<ExecutorId, Executor>,
    pub(super) tasks: Slab<TaskId, Task>,
}

/// An application of the scenario.
#[derive(Debug)]
pub(super) struct AppState {
    pub(super) start_time: Sampler,
    pub(super) start_words: Keyed,
    /// Executions so far: the number of the next, which keys its task times.
    pub(super) executions: u64,
    /// Submissions so far: the number of the next, which keys its start times.
    pub(super) submissions: u64,
    /// The one running application, where it is shared.
    pub(super) shared: Option<SubmissionId>,
}

/// A running application.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) app: AppId,
    pub(super) number: u64,
    pub(super) driver_runs: bool,
    pub(super) executors: Vec<ExecutorId>,
    /// The pending `ExecutorsDue`.
    pub(super) executors_due: Option<EventKey>,
    /// Executions that were submitted before the driver ran.
    pub(super) waiting: Vec<ExecutionId>,
    /// Jobs submitted so far: the number of the next is its priority.
    pub(super) jobs: u64,
    pub(super) task_sets: TaskSets,
    /// Executors with a free slot, in the order in which they are offered tasks.
    pub(super) offers: VecDeque<ExecutorId>,
}

/// One run through the jobs of an application.
#[derive(Debug)]
pub(super) struct Execution {
    pub(super) app: AppId,
    pub(super) submission: SubmissionId,
    pub(super) number: u64,
    pub(super) caller: Caller,
    pub(super) submitted: Time,
    pub(super) first_task: Option<Time>,
    pub(super) first_job: Option<Time>,
    pub(super) last_job: Time,
    pub(super) running_jobs: u32,
    /// When `running_jobs` last rose from zero.
    pub(super) running_since: Time,
    pub(super) job_time: Duration,
    pub(super) jobs_left: u32,
    /// By job of the application: jobs that have to end first.
    pub(super) blockers: Vec<u32>,
    /// The pending `ApplicationDue`.
    pub(super) due: Option<EventKey>,
}

/// One run of a job.
#[derive(Debug)]
pub(super) struct JobRun {
    pub(super) execution: ExecutionId,
    pub(super) job: JobId,
    pub(super) submitted: Time,
    /// Priority in its application: lower is earlier.
    pub(super) priority: u64,
    pub(super) stages_left: u32,
    pub(super) stages: Vec<StageRun>,
    /// The pending `JobDue`.
    pub(super) due: Option<EventKey>,
}

/// One run of a stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct StageRun {
    pub(super) parents_left: u32,
    pub(super) tasks_left: u32,
}

/// An executor.
#[derive(Debug)]
pub(super) struct Executor {
    pub(super) submission: SubmissionId,
    /// Whether its container runs.
    pub(super) running: bool,
    /// Where; `None`: on a node of its own.
    pub(super) node: Option<NodeId>,
    pub(super) free_slots: u32,
    /// Divides task times.
    pub(super) speed: f64,
}

/// A task in its slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) executor: ExecutorId,
    pub(super) job_run: JobRunId,
    pub(super) stage: StageId,
    pub(super) partition: u32,
    pub(super) started: Time,
    /// Its `TaskEnded`.
    pub(super) due: EventKey,
}

impl<'m> Spark<'m> {
    /// The applications of a scenario; none runs yet.
    pub fn new(model: &'m Model, streams: &Streams) -> Self {
        let apps = model.apps.iter().map(|app| {
            let path = format!("apps.{}", app.name);
            AppState {
                start_time: app.start_time.sampler(),
                start_words: streams.keyed(&path, Purpose::StartTime),
                executions: 0,
                submissions: 0,
                shared: None,
            }
        });
        let samplers = model.stages.iter().map(|stage| match &stage.task_times {
            TaskTimes::Drawn(distribution) => Some(distribution.sampler()),
            TaskTimes::Recorded(_) => None,
        });
        let task_words = model.stages.iter().map(|stage| {
            let job = &model.jobs[stage.job];
            let app = &model.apps[job.app].name;
            let path = format!("apps.{app}.jobs.{}.stages.{}", job.name, stage.name);
            streams.keyed(&path, Purpose::TaskTime)
        });
        let mut children: IdVec<StageId, Vec<StageId>> =
            model.stages.iter().map(|_| Vec::new()).collect();
        for (id, stage) in model.stages.enumerate() {
            stage
                .parents
                .iter()
                .for_each(|&parent| children[parent].push(id));
        }
        let mut followers: IdVec<JobId, Vec<JobId>> =
            model.jobs.iter().map(|_| Vec::new()).collect();
        for (id, job) in model.jobs.enumerate() {
            job.after
                .iter()
                .for_each(|&before| followers[before].push(id));
        }
        Self {
            model,
            apps: apps.collect(),
            samplers: samplers.collect(),
            task_words: task_words.collect(),
            children,
            followers,
            submissions: Slab::new(),
            executions: Slab::new(),
            job_runs: Slab::new(),
            executors: Slab::new(),
            tasks: Slab::new(),
        }
    }

    /// Books the time that tasks and executions have been present, so that the audit can be exact.
    pub fn book_present(&self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let start = kernel.metrics.window_start;
        for (_, task) in self.tasks.enumerate() {
            let app = self.submissions[self.executors[task.executor].submission].app;
            kernel.metrics.apps[app].task_present(start, task.started, now);
        }
        for (_, execution) in self.executions.enumerate() {
            kernel.metrics.apps[execution.app].present(start, execution.submitted, now);
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
            let slots = u64::from(app.conf.slots_per_executor());
            let mine = |submission: SubmissionId| self.submissions[submission].app == id;
            let executors = || {
                self.executors
                    .enumerate()
                    .filter(|(_, e)| mine(e.submission))
            };
            let up = executors().filter(|(_, executor)| executor.running).count() as u64;
            let free: u64 = executors()
                .map(|(_, executor)| u64::from(executor.free_slots))
                .sum();
            let starved = self.submissions.enumerate().any(|(_, submission)| {
                submission.app == id
                    && !submission.task_sets.is_empty()
                    && !submission.offers.is_empty()
            });
            let meter = &kernel.metrics.apps[id];
            for (what, level, counted) in [
                ("running executors", meter.executors.now(), up),
                ("slots", meter.slots.now(), up * slots),
                (
                    "running tasks",
                    meter.running_tasks.now(),
                    running[id.index()],
                ),
                ("free slots", up * slots - running[id.index()], free),
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
