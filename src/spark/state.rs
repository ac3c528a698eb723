//! The state of all applications.

use super::application::after::Held;
use super::application::stage_run::{Host, StageRun};
use super::application::workflows::Workflows;
use super::data::cache::Caches;
use super::data::reading::DataState;
use super::executors::allocation::Allocation;
use super::executors::decommission::Notice;
use super::executors::exclusion::Excluded;
use super::executors::heartbeats::Heartbeats;
use super::executors::numbers::Numbers;
use super::executors::removal::Removal;
use super::executors::timeline::{Progress, Timeline};
use super::scheduling::task_sets::{Position, TaskSets};
use super::tasks::cores::Cores;
use super::tasks::deals::Deals;
use super::tasks::draws::Draws;
use super::tasks::overheads::KnownStages;
use crate::effect::Caller;
use crate::engine::EventKey;
use crate::id::{
    AppId, ExecutionId, ExecutorId, IdVec, JobId, JobRunId, Slab, StageId, SubmissionId, TaskId,
};
use crate::model::{Locality, Model, Stage, TaskOrderKind, TaskTimes};
use crate::random::{Distribution, Keyed, Purpose, Sampler, Streams};
use crate::units::{Duration, Time};
use std::collections::VecDeque;

/// All applications.
#[derive(Debug)]
pub struct Spark<'m> {
    pub(super) model: &'m Model,
    pub(super) apps: IdVec<AppId, AppState>,
    /// By stage: how task times are drawn, where they are.
    pub(super) draws: IdVec<StageId, Option<Draws>>,
    /// By stage: the words that deal its recorded task times, where they are dealt.
    pub(super) task_words: IdVec<StageId, Option<Keyed>>,
    /// By stage: the words that decide which of its tasks fail.
    pub(super) failure_words: IdVec<StageId, Keyed>,
    /// By stage: the words that decide how long copies of recorded tasks take.
    pub(super) copy_words: IdVec<StageId, Keyed>,
    /// By stage: the words that decide where its blocks are, where it has any.
    pub(super) block_words: IdVec<StageId, Option<Keyed>>,
    /// By stage: the stages that wait for it.
    pub(super) children: IdVec<StageId, Vec<StageId>>,
    /// By job: the jobs that come after it.
    pub(super) followers: IdVec<JobId, Vec<JobId>>,
    pub(super) submissions: Slab<SubmissionId, Submission>,
    pub(super) executions: Slab<ExecutionId, Execution>,
    pub(super) job_runs: Slab<JobRunId, JobRun>,
    pub(super) executors: Slab<ExecutorId, Executor>,
    pub(super) tasks: Slab<TaskId, Task>,
    /// Where task sets are, in order: kept for the next time.
    pub(super) positions: Vec<Position>,
    pub(super) known_stages: KnownStages,
    pub(super) deals: Deals,
    pub(super) workflows: Workflows,
    /// Executions that come after others, in the order in which they were submitted.
    pub(super) held: Vec<Held>,
    pub(super) data: DataState,
    /// Where executors share processors with others.
    pub(super) cores: Option<Box<Cores>>,
}

/// An application of the scenario.
#[derive(Debug)]
pub(super) struct AppState {
    pub(super) start_time: Sampler,
    /// Of executors, where that differs.
    pub(super) executor_start_time: Option<Sampler>,
    pub(super) start_words: Keyed,
    /// Its executors, where they come and go at given times.
    pub(super) timeline: Timeline,
    /// Executions so far: the number of the next, which keys its task times.
    pub(super) executions: u64,
    /// Submissions so far: the number of the next, which keys its start times.
    pub(super) submissions: u64,
    /// The one running application, where it is shared.
    pub(super) shared: Option<SubmissionId>,
    /// How often it was submitted again, where it is shared.
    pub(super) restarts: u32,
    /// Whether what is known of each partition is kept.
    pub(super) tracked: bool,
    /// Whether it matters which task an executor is given.
    pub(super) choosy: bool,
    /// Whether any of its stages minds where it runs.
    pub(super) delays: bool,
    pub(super) counts: TaskCounts,
}

/// What became of all tasks: for the audit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TaskCounts {
    pub(super) launched: u64,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) killed: u64,
}

/// A running application.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) app: AppId,
    pub(super) number: u64,
    /// Whether the driver runs and has waited for executors long enough.
    pub(super) ready: bool,
    /// The pending `ExecutorsWaited`.
    pub(super) waits: Option<EventKey>,
    pub(super) executors: Vec<ExecutorId>,
    /// Those of them that run.
    pub(super) registered: u32,
    /// Those of them that the driver has given up.
    pub(super) removed: u32,
    /// Tasks that run.
    pub(super) busy: u32,
    /// How many executors it is to have.
    pub(super) target: u32,
    /// Executors asked for so far: the number of the last, from 1.
    pub(super) incarnations: u32,
    /// Its executors by number.
    pub(super) numbers: Numbers,
    /// What asks YARN for executors, where that is the manager.
    pub(super) heartbeats: Option<Box<Heartbeats>>,
    /// Executors that were lost.
    pub(super) lost_executors: u32,
    /// When executors were last asked for.
    pub(super) last_round: Option<Time>,
    /// What makes the number of executors follow the tasks.
    pub(super) allocation: Option<Box<Allocation>>,
    /// The pending `SpeculationDue`.
    pub(super) speculation_due: Option<EventKey>,
    /// The pending `ReviveDue`.
    pub(super) revive: Option<(Time, EventKey)>,
    /// Divides compute times in the process that it is, where it is one.
    pub(super) process_speed: f64,
    /// When its driver began to run.
    pub(super) driver_since: Time,
    pub(super) excluded: Option<Box<Excluded>>,
    /// The pending `ExecutorsDue`.
    pub(super) executors_due: Option<EventKey>,
    pub(super) timeline: Progress,
    /// When the driver can send the next task.
    pub(super) dispatcher_free: Time,
    /// Executions that were submitted before the driver ran.
    pub(super) waiting: Vec<ExecutionId>,
    /// Jobs that run or are prepared, in the order in which that began.
    pub(super) runs: Vec<JobRunId>,
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
    /// The pending `ApplicationDue` or `RestartDue`.
    pub(super) due: Option<EventKey>,
    /// How often it was submitted again.
    pub(super) restarts: u32,
    /// What its stages have left in memory for others.
    pub(super) caches: Caches,
}

/// One run of a job.
#[derive(Debug)]
pub(super) struct JobRun {
    pub(super) execution: ExecutionId,
    pub(super) job: JobId,
    pub(super) submitted: Time,
    /// The how-many-th job of its application it is: lower is earlier.
    pub(super) number: u64,
    /// Its pool.
    pub(super) pool: u32,
    /// Stages that are not done, those left out that nobody needs again.
    pub(super) stages_left: u32,
    /// The first of its stages.
    pub(super) first: StageId,
    pub(super) stages: Vec<StageRun>,
    /// The pending `JobDue`.
    pub(super) due: Option<EventKey>,
    /// The pending `ResubmitDue`.
    pub(super) resubmit: Option<EventKey>,
}

impl JobRun {
    /// One of its stages.
    #[inline]
    pub(super) fn stage(&self, id: StageId) -> &StageRun {
        &self.stages[(id.0 - self.first.0) as usize]
    }

    /// One of its stages, to change it.
    #[inline]
    pub(super) fn stage_mut(&mut self, id: StageId) -> &mut StageRun {
        &mut self.stages[(id.0 - self.first.0) as usize]
    }
}

/// An executor.
#[derive(Debug)]
pub(super) struct Executor {
    pub(super) submission: SubmissionId,
    /// Whether its container runs.
    pub(super) running: bool,
    /// Its number within the application, from 1.
    pub(super) number: u32,
    pub(super) host: Host,
    /// When it last had nothing to do, or was asked for, where that matters.
    pub(super) idle_since: Time,
    /// Results that jobs still need.
    pub(super) needed_results: u32,
    /// When the last job ended of which it has results that are not cleaned up.
    pub(super) results_since: Option<Time>,
    /// Tasks that it runs at once.
    pub(super) slots: u32,
    pub(super) free_slots: u32,
    /// Partitions that it keeps in memory.
    pub(super) cached_partitions: u32,
    /// Whether it is to go: no more tasks for it.
    pub(super) leaving: bool,
    /// That it was told to go and puts its things in order.
    pub(super) notice: Option<Box<Notice>>,
    /// That the driver has given it up.
    pub(super) removal: Option<Removal>,
    /// Not before this has it held output; that of its own tasks it has since they ended.
    pub(super) output_since: Time,
    /// Divides task times.
    pub(super) speed: f64,
    /// When it has done what comes with its first task.
    pub(super) warm: Option<Time>,
}

/// A task in its slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) executor: ExecutorId,
    pub(super) job_run: JobRunId,
    pub(super) stage: StageId,
    pub(super) partition: u32,
    /// Its place among the running tasks of its stage, where those are kept.
    pub(super) place: u32,
    /// Whether it ends without a result.
    pub(super) fails: bool,
    pub(super) started: Time,
    /// Its `TaskEnded`.
    pub(super) due: EventKey,
}

impl<'m> Spark<'m> {
    /// The applications of a scenario; none runs yet.
    pub fn new(model: &'m Model, streams: &Streams) -> Self {
        let apps = model.apps.enumerate().map(|(id, app)| {
            let path = format!("apps.{}", app.name);
            let delays = model.minds_places(id);
            let choosy = delays || is_choosy(model, id);
            AppState {
                start_time: app.start_time.sampler(),
                executor_start_time: app.executor_start_time.as_ref().map(Distribution::sampler),
                start_words: streams.keyed(&path, Purpose::StartTime),
                timeline: Timeline::new(&app.executors),
                executions: 0,
                submissions: 0,
                shared: None,
                restarts: 0,
                tracked: choosy || is_tracked(model, id),
                choosy,
                delays,
                counts: TaskCounts::default(),
            }
        });
        let word = |stage: &Stage, purpose| streams.keyed(&model.path_of(stage), purpose);
        let draws = model.stages.iter().map(|stage| match &stage.task_times {
            TaskTimes::Drawn(law) => {
                let words = word(stage, Purpose::TaskTime);
                Some(Draws::new(law.sampler(), words, stage.tasks))
            }
            TaskTimes::Recorded(_) | TaskTimes::Resampled { .. } => None,
        });
        let task_words = model.stages.iter().map(|stage| {
            let dealt = matches!(stage.task_times, TaskTimes::Resampled { .. });
            dealt.then(|| word(stage, Purpose::TaskTime))
        });
        let words = |purpose| model.stages.iter().map(|it| word(it, purpose)).collect();
        let block_words = model.stages.iter().map(|stage| {
            let has_blocks = matches!(stage.locality, Some(Locality::Blocks { .. }));
            has_blocks.then(|| word(stage, Purpose::Blocks))
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
            draws: draws.collect(),
            task_words: task_words.collect(),
            failure_words: words(Purpose::TaskFailure),
            copy_words: words(Purpose::CopyTime),
            block_words: block_words.collect(),
            children,
            followers,
            submissions: Slab::new(),
            executions: Slab::new(),
            job_runs: Slab::new(),
            executors: Slab::new(),
            tasks: Slab::new(),
            positions: Vec::new(),
            known_stages: KnownStages::default(),
            deals: Deals::default(),
            workflows: Workflows::new(model),
            held: Vec::new(),
            data: DataState::new(model, streams),
            cores: Cores::new(model),
        }
    }
}

/// Whether tasks of an application can be lost, fail, or decide how many executors stay: whether
/// anybody will ask where its results are, even if every slot is as good as any other.
fn is_tracked(model: &Model, id: AppId) -> bool {
    let dynamic = model.apps[id].conf.executors.dynamic.as_ref();
    model.may_fail(id) || dynamic.is_some() || model.takes_steps(id)
}

/// Whether an application looks at more than who came first and where it may run.
fn is_choosy(model: &Model, id: AppId) -> bool {
    let scheduling = &model.apps[id].conf.scheduling;
    scheduling.order == TaskOrderKind::Fair
        || scheduling.speculation.is_some()
        || scheduling.exclusion.is_some()
}
