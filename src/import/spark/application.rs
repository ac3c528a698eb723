//! What an event log recorded, as plain data.
//!
//! Not what a replay runs: attempts that failed are here too, and jobs without work.

use std::collections::BTreeMap;

/// One recorded application.
#[derive(Clone, Debug)]
pub struct Application {
    /// `spark.app.name`.
    pub name: String,
    /// What the cluster manager called it; some logs do not say.
    pub id: Option<String>,
    /// The version that wrote the log, as it writes itself.
    pub spark_version: Option<String>,
    /// When the driver's context started.
    pub started: Timestamp,
    /// When the application ended, or the last event of a log that does not say.
    pub ended: Timestamp,
    /// Spark's properties as the driver held them.
    pub properties: BTreeMap<String, String>,
    /// Executors in the order in which they were first heard of; the driver is one in local mode.
    pub executors: Vec<Executor>,
    /// Resource profiles by number; 0 is what the properties say. None before Spark 3.1.
    pub resource_profiles: BTreeMap<u32, ResourceProfile>,
    /// Jobs in the order of their submission.
    pub jobs: Vec<Job>,
    /// Stages that were submitted, in the order of their ids. Skipped ones are not here.
    pub stages: Vec<Stage>,
}

/// An instant on the driver's clock, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

/// A process that ran tasks.
#[derive(Clone, Debug)]
pub struct Executor {
    /// Its id within the application.
    pub id: String,
    /// Where it ran.
    pub host: String,
    /// Its cores; `None` if no event says so.
    pub cores: Option<u32>,
    /// When it registered; `None` if no event says so.
    pub added: Option<Timestamp>,
    /// When it was removed; `None` if it lived to the end.
    pub removed: Option<Timestamp>,
    /// Whether the driver had it killed, because it did not need it.
    pub given_up: bool,
}

/// What the stages of a profile ask for: amounts by the resource's name.
#[derive(Clone, Debug, Default)]
pub struct ResourceProfile {
    /// Of an executor: `cores`, `memory` in MiB, custom ones such as `gpu`.
    pub executor: BTreeMap<String, f64>,
    /// Of a task: `cpus`, and custom ones.
    pub task: BTreeMap<String, f64>,
}

/// A job: what one action of the driver's program submitted.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number.
    pub id: u32,
    /// When it was submitted.
    pub submitted: Timestamp,
    /// When it ended; `None` while it runs.
    pub completed: Option<Timestamp>,
    /// Every stage that it could have needed, executed or not.
    pub stage_ids: Vec<u32>,
    /// How it ended.
    pub outcome: JobOutcome,
    /// The SQL execution that it belongs to.
    pub sql_execution: Option<u64>,
    /// The scheduler pool.
    pub pool: Option<String>,
    /// The job group.
    pub group: Option<String>,
    /// What the program called it.
    pub description: Option<String>,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// The log ends, or lacks the event.
    Running,
    /// All its tasks succeeded.
    Succeeded,
    /// It failed or was cancelled.
    Failed,
}

/// A stage that was submitted at least once.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its number.
    pub id: u32,
    /// The operation and the line of the program.
    pub name: String,
    /// The tasks of its first attempt.
    pub task_count: u32,
    /// The stages whose output it reads, of whatever job.
    pub parents: Vec<u32>,
    /// The job that ran it: the first that listed it and had not ended.
    pub job: Option<u32>,
    /// The number of its resource profile.
    pub resource_profile: u32,
    /// When it was first submitted.
    pub submitted: Option<Timestamp>,
    /// When it last ended.
    pub completed: Option<Timestamp>,
    /// How it ended.
    pub outcome: StageOutcome,
    /// How often it was submitted, at least 1.
    pub attempt_count: u32,
    /// Every task attempt that ended, in the order of the log.
    pub tasks: Vec<Task>,
}

/// How a stage ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageOutcome {
    /// The log ends, or lacks the event.
    Unfinished,
    /// One of its attempts came to its end.
    Completed,
    /// It failed or was cancelled, and why.
    Failed(String),
}

/// One attempt to run one task. There may be millions: times in 32 bits of milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// When it was sent to its executor.
    pub launched: Timestamp,
    /// Position in its stage attempt.
    pub index: u32,
    /// The partition that it computed (Spark 3.3 and later).
    pub partition: Option<u32>,
    /// The attempt of the stage.
    pub stage_attempt: u16,
    /// The attempt at this task within the attempt of the stage.
    pub attempt: u16,
    /// How it ended.
    pub status: TaskStatus,
    /// How near it ran to its data.
    pub locality: Locality,
    /// Whether it was a copy of one that seemed slow.
    pub speculative: bool,
    /// Position in [`Application::executors`].
    pub executor_index: u32,
    /// From launch to finish: how long it held its slot.
    pub duration_ms: u32,
    /// The executor's time on it.
    pub run_ms: u32,
    /// The processor time of that; 0 where the log does not say.
    pub cpu_ms: u32,
    /// Deserialization of the task.
    pub deserialize_ms: u32,
    /// Garbage collection meanwhile, of the whole JVM.
    pub gc_ms: u32,
    /// Serialization of its result.
    pub result_serialization_ms: u32,
    /// Fetching of its result by the driver, where that did not come with the message.
    pub getting_result_ms: u32,
    /// What is left of the duration: on the way, and waiting for driver or executor threads.
    pub scheduler_delay_ms: u32,
    /// Waiting for shuffle blocks.
    pub fetch_wait_ms: u32,
    /// Writing of shuffle output, in nanoseconds.
    pub shuffle_write_ns: u64,
    /// Bytes read from storage or cache.
    pub input_bytes: u64,
    /// Shuffle bytes read from other executors.
    pub shuffle_read_remote_bytes: u64,
    /// Shuffle bytes read from its own executor.
    pub shuffle_read_local_bytes: u64,
    /// Shuffle bytes written.
    pub shuffle_write_bytes: u64,
    /// Bytes spilled to disk.
    pub spilled_bytes: u64,
}

/// How an attempt at a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// It succeeded.
    Succeeded,
    /// It failed: an exception, a lost executor, a failed fetch, a denied commit.
    Failed,
    /// It was killed, mostly because another attempt was faster.
    Killed,
}

/// How near a task ran to its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locality {
    /// In the process that holds the data.
    ProcessLocal,
    /// On the node that holds the data.
    NodeLocal,
    /// It had no preference.
    NoPreference,
    /// In the rack of the data.
    RackLocal,
    /// Anywhere.
    Any,
}

impl Timestamp {
    /// Milliseconds since `earlier`; zero if that is later.
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Locality {
    /// Spark's name of the level.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProcessLocal => "PROCESS_LOCAL",
            Self::NodeLocal => "NODE_LOCAL",
            Self::NoPreference => "NO_PREF",
            Self::RackLocal => "RACK_LOCAL",
            Self::Any => "ANY",
        }
    }
}

impl Task {
    /// When it ended.
    pub const fn finished(&self) -> Timestamp {
        Timestamp(self.launched.0.saturating_add(self.duration_ms as u64))
    }
}

impl Application {
    /// The stage of that id, if it was submitted.
    pub fn stage(&self, id: u32) -> Option<&Stage> {
        let found = self.stages.binary_search_by_key(&id, |stage| stage.id);
        found.ok().map(|index| &self.stages[index])
    }

    /// The job of that id.
    pub fn job(&self, id: u32) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// When a job ended: what the log says, else the end of the application.
    pub fn job_end(&self, job: &Job) -> Timestamp {
        job.completed.unwrap_or(self.ended).max(job.submitted)
    }
}
