//! Spark applications as graphs of jobs, stages and tasks.

use super::{
    Deadline, ExecutorData, ExecutorSpan, Executors, Gc, JobPool, Locality, Overheads, Placing,
    Resources, Restart, Scheduling, StageData,
};
use crate::id::{AppId, BudgetId, ImageId, JobId, StageId};
use crate::random::Distribution;
use crate::units::{Bytes, Cpu, Duration};
use std::ops::Range;

/// An application: what one submission runs.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: String,
    /// What driver and executors are made from; `None`: nothing is pulled.
    pub image: Option<ImageId>,
    /// Whose resources its containers hold; `None`: nobody's.
    pub budget: Option<BudgetId>,
    /// Where its drivers may go.
    pub driver_placing: Placing,
    /// Executors that must have room beside its driver before that is placed; `None`: none.
    pub gang: Option<u32>,
    /// Where its executors may go.
    pub executor_placing: Placing,
    /// Whether each submission is an application of its own.
    pub deploy: Deploy,
    /// Spark's properties that the model knows.
    pub conf: SparkConf,
    /// Seconds from unpacked to running, of driver and executors alike.
    pub start_time: Distribution,
    /// The same of executors; `None`: as `start_time` says.
    pub executor_start_time: Option<Distribution>,
    /// The executors, where they come and go at given times; none: as `conf` says.
    pub executors: Vec<ExecutorSpan>,
    /// What tasks cost besides their own time; `None`: nothing.
    pub overheads: Option<Overheads>,
    /// What the garbage collector of an executor costs; `None`: nothing.
    pub gc: Option<Gc>,
    /// First and one past the last of its jobs; at least one.
    pub jobs: Range<u32>,
    /// What it comes after: in a workflow's run those end before it starts, elsewhere those that are
    /// under way when it is submitted. There are no cycles.
    pub after: Vec<AppId>,
    /// Whether its runs may overlap.
    pub overlap: Overlap,
    /// By when its runs are to have ended; `None`: whenever they do.
    pub deadline: Option<Deadline>,
    /// From the end of the last job to the end of the application.
    pub final_driver_gap: Duration,
    /// Pools of its jobs, sorted by name; at least one.
    pub pools: Vec<JobPool>,
    /// What follows its failure; `None`: nothing.
    pub restart: Option<Restart>,
}

impl App {
    /// Its jobs.
    pub fn job_ids(&self) -> impl DoubleEndedIterator<Item = JobId> + use<> {
        self.jobs.clone().map(JobId)
    }
}

/// What an arrival at an application starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deploy {
    /// A driver and executors of its own (`spark-submit`).
    PerSubmission,
    /// Its jobs in the one application that has been running since the start.
    Shared,
    /// Driver and slots in one process inside the container of the replica whose request it is.
    InReplica,
}

/// What becomes of a submission while an earlier run of the same application has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// Both run.
    Allow,
    /// It is refused.
    Forbid,
    /// The earlier run is called off.
    Replace,
}

/// The properties that the model knows, with Spark's defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct SparkConf {
    /// `spark.executor.cores`.
    pub executor_cores: u32,
    /// `spark.task.cpus`, at most `executor_cores`.
    pub task_cpus: u32,
    /// Tasks that the graphics processors of one executor are enough for; `None`: tasks need none.
    pub gpu_tasks: Option<u32>,
    /// What one driver container reserves: `spark.driver.cores`, memory with overhead, graphics
    /// processors.
    pub driver: Resources,
    /// What one executor container reserves: cores (or the manager's request for them), memory
    /// with overhead, graphics processors.
    pub executor: Resources,
    /// Which executors it has.
    pub executors: Executors,
    /// How tasks are launched.
    pub scheduling: Scheduling,
    /// `spark.kubernetes.executor.limit.cores`, where processors are shared; `None`: no limit.
    pub executor_cpu_limit: Option<Cpu>,
    /// What executors have for the data of tasks.
    pub data: ExecutorData,
}

impl SparkConf {
    /// Tasks that one executor runs at once.
    pub fn slots_per_executor(&self) -> u32 {
        let by_cores = self.executor_cores / self.task_cpus;
        self.gpu_tasks.map_or(by_cores, |tasks| tasks.min(by_cores))
    }
}

/// A Spark job: a graph of stages.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name; `default` where the application was given by its stages alone.
    pub name: String,
    /// Whether the scenario named it; figures by job are written only then.
    pub named: bool,
    /// The application that it belongs to.
    pub app: AppId,
    /// Jobs of the same application that end before this one is submitted.
    pub after: Vec<JobId>,
    /// What the driver does on its own between that (or its own start) and the submission.
    pub driver_gap: Duration,
    /// Its pool, by position in the application's.
    pub pool: u32,
    /// First and one past the last of its stages; at least one.
    pub stages: Range<u32>,
}

impl Job {
    /// Its stages; parents come before children.
    pub fn stage_ids(&self) -> impl DoubleEndedIterator<Item = StageId> + use<> {
        self.stages.clone().map(StageId)
    }
}

/// A stage: a set of tasks.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// The job that it belongs to.
    pub job: JobId,
    /// Stages of the same job that are done before this one starts.
    pub parents: Vec<StageId>,
    /// Number of tasks, at least 1.
    pub tasks: u32,
    /// What the driver does on its own between the end of the parents, or the submission of the job,
    /// and the first task. Tasks that are launched meanwhile hold their slots.
    pub driver_gap: Duration,
    /// By task: how long after that end, or submission, it begins at the earliest; empty where none
    /// is held back.
    pub not_before: Vec<Duration>,
    /// How long they take.
    pub task_times: TaskTimes,
    /// How probable it is that an attempt at a task fails, in [0, 1].
    pub task_failure: f64,
    /// Where its data are; `None`: every slot is as good as any other.
    pub locality: Option<Locality>,
    /// How much longer a task takes that runs on no node with its data.
    pub remote_time: Duration,
    /// Whether another stage looks for its partitions in the memory of executors.
    pub is_cached: bool,
    /// What they read, hold and write; `None`: nothing that is known.
    pub data: Option<Box<StageData>>,
    /// Whether they go step by step: they have data, or share a processor while they compute.
    pub in_steps: bool,
}

impl Stage {
    /// What a task of mean size writes for the stages that come after it.
    pub fn shuffle_write(&self) -> Bytes {
        self.data
            .as_ref()
            .map_or(Bytes(0), |data| data.shuffle_write)
    }
}

/// How long the tasks of a stage compute on a node of speed 1.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskTimes {
    /// Seconds, drawn for each task.
    Drawn(Distribution),
    /// By partition, as recorded; one for each task.
    Recorded(Vec<Duration>),
    /// As recorded, but dealt anew to the partitions in each execution.
    Resampled {
        /// One for each task.
        times: Vec<Duration>,
        /// A time goes to a partition fewer than so many places from its own, at least 1; to any
        /// where there is none.
        within: Option<u32>,
    },
}
