//! `[apps]` and `[spark]`.

use super::choice::{Choice, Named};
use super::conf::ConfSpec;
use super::data::{InputSpec, OutputSpec, SkewSpec};
use super::distribution::{DistributionSpec, TaskTimeSpec};
use super::entities::Entities;
use super::locality::LocalitySpec;
use super::overheads::{ExecutorSpanSpec, OverheadsSpec};
use super::placing::PlacingSpec;
use super::tagged::Choose;
use super::volume::VolumesSpec;
use crate::model::{AdaptiveKind, Deploy, Overlap, TaskOrderKind};
use crate::scenario::clock::Moment;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes, Duration};
use macro_rules_attribute::apply;

/// A Spark application: either `stages` (one job) or `jobs`.
#[apply(table)]
pub(crate) struct AppSpec {
    /// What driver and executors are made from; nothing is pulled where it is left out.
    pub(crate) image: Option<Located<String>>,
    /// Where driver and executors may go and who goes first.
    pub(crate) placement: Option<Located<PlacingSpec>>,
    /// Where the driver may go, instead of `placement`.
    pub(crate) driver_placement: Option<Located<PlacingSpec>>,
    /// What is made for each executor and has to be attached to its node; nothing where it is left
    /// out.
    pub(crate) volumes: Option<Located<VolumesSpec>>,
    /// The application starts only when driver and so many executors fit together; `cluster.gang`
    /// where it is left out.
    pub(crate) gang: Option<Located<GangSpec>>,
    /// "per-submission" (each arrival is an application of its own; where it is left out) or
    /// "shared" (one running application, each arrival runs its jobs) or "in-replica" (driver and
    /// `spark.executor.cores` local slots in a process inside the container of the replica that
    /// serves the request).
    pub(crate) deploy: Option<Located<Choice<DeployKind>>>,
    /// The budget that its containers draw on; none where it is left out.
    pub(crate) budget: Option<Located<String>>,
    /// Spark's properties, names quoted or nested.
    pub(crate) conf: Option<ConfSpec>,
    /// From unpacked to running, of driver and executors alike; no time where it is left out.
    pub(crate) start_time: Option<Located<DistributionSpec>>,
    /// From unpacked to running, of executors; `start-time` where it is left out.
    pub(crate) executor_start_time: Option<Located<DistributionSpec>>,
    /// Applications that it comes after: in a run of a workflow it starts when they have ended, and a
    /// submission of its own waits for those that are under way.
    pub(crate) after: Vec<Located<String>>,
    /// What becomes of a submission while an earlier run has not ended: both run ("allow", where it
    /// is left out), it is refused ("forbid"), or the earlier run is called off ("replace").
    pub(crate) overlap: Option<Located<Choice<OverlapKind>>>,
    /// By when each run is to have ended: a time after its submission such as "4h", or the next time
    /// of the day such as "05:00" (needs `run.start`); whenever it does where it is left out.
    pub(crate) deadline: Option<Located<Quantity<Moment>>>,
    /// Executors that come and go at given times, instead of `spark.executor.instances` from the
    /// start to the end.
    pub(crate) executors: Vec<Located<ExecutorSpanSpec>>,
    /// What tasks cost besides their own time: "measured" (medians over real clusters) or a table;
    /// nothing where it is left out.
    pub(crate) overheads: Option<Located<OverheadsSpec>>,
    /// What the garbage collector of each executor costs; nothing where it is left out.
    pub(crate) gc: Option<Located<GcSpec>>,
    /// How many times as large the application's data are as what becomes of them where Spark
    /// compresses them; at least 1. Not known where it is left out.
    pub(crate) compression: Option<Located<f64>>,
    /// What the driver does on its own after the last job; no time where it is left out.
    pub(crate) final_driver_gap: Option<Located<Quantity<Duration>>>,
    /// Pools of jobs, by name, where `spark.scheduler.mode` is FAIR; one that is not listed has a
    /// weight of 1, no minimum, and first-in-first-out within.
    pub(crate) pools: Entities<PoolSpec>,
    /// The pool of jobs that do not say; "default" where it is left out.
    pub(crate) pool: Option<Located<String>>,
    /// How often it is submitted again after a failure; never where it is left out.
    pub(crate) restart: Option<Located<RestartSpec>>,
    /// The stages of the only job, by name.
    pub(crate) stages: Entities<StageSpec>,
    /// Jobs by name.
    pub(crate) jobs: Entities<JobSpec>,
}

/// Executors that must have room together with the driver.
#[apply(table)]
pub(crate) struct GangSpec {
    /// How many executors; all that the application asks for at first where it is left out, 0 turns
    /// the gang off.
    pub(crate) min: Option<Located<u32>>,
}

/// What the garbage collector costs: a collection goes through what is alive in the heap, and there
/// is one each time that what was free has been allocated.
#[apply(table)]
pub(crate) struct GcSpec {
    /// What a task allocates in a second that it computes.
    pub(crate) allocation_rate: Option<Located<Quantity<Bandwidth>>>,
    /// How much that is alive is gone through in a second of collection.
    pub(crate) collection_rate: Option<Located<Quantity<Bandwidth>>>,
    /// What is alive in an executor besides execution memory and broadcasts; 300 MiB, which Spark
    /// keeps for itself, where it is left out.
    pub(crate) live: Option<Located<Quantity<Bytes>>>,
}

/// A pool of jobs, as in Spark's `fairscheduler.xml`.
#[apply(table)]
pub(crate) struct PoolSpec {
    /// Its share of the slots, beside that of the other pools; 1 where it is left out.
    pub(crate) weight: Option<Located<u32>>,
    /// Slots that it gets before any pool gets more than its own minimum; 0 where it is left out.
    pub(crate) min_share: Option<Located<u32>>,
    /// The order of its jobs: "FIFO" (where it is left out) or "FAIR".
    pub(crate) mode: Option<Located<Choice<TaskOrderKind>>>,
}

/// What follows the failure of an application.
#[apply(table)]
pub(crate) struct RestartSpec {
    /// How often it is submitted again; without limit where it is left out.
    pub(crate) max: Option<Located<u32>>,
    /// From the failure to the new submission; no time where it is left out.
    pub(crate) interval: Option<Located<Quantity<Duration>>>,
}

/// A Spark job.
#[apply(table)]
pub(crate) struct JobSpec {
    /// Jobs of the same application that end before this one is submitted.
    pub(crate) after: Vec<Located<String>>,
    /// What the driver does on its own before it submits the job; no time where it is left out.
    pub(crate) driver_gap: Option<Located<Quantity<Duration>>>,
    /// Its pool, where `spark.scheduler.mode` is FAIR; the application's where it is left out.
    pub(crate) pool: Option<Located<String>>,
    /// The stages of the job, by name.
    pub(crate) stages: Entities<StageSpec>,
}

/// A stage: a set of equal tasks.
#[apply(table)]
pub(crate) struct StageSpec {
    /// Number of tasks.
    pub(crate) tasks: Option<Located<u32>>,
    /// How long a task computes on a node of speed 1.
    pub(crate) task_time: Option<Located<TaskTimeSpec>>,
    /// What the driver does on its own before it submits the stage; no time where it is left out.
    /// Tasks that are launched meanwhile hold their slots.
    pub(crate) driver_gap: Option<Located<Quantity<Duration>>>,
    /// How probable it is that an attempt at a task fails, somewhere between its start and its end;
    /// never where it is left out.
    pub(crate) task_failure: Option<Located<f64>>,
    /// Stages of the same job that are done before this one starts.
    pub(crate) parents: Vec<Located<String>>,
    /// Where the data of its tasks are, and so where they would rather run: "none" (an object
    /// store), "map-output" (nodes with a fifth of what its parents have written), blocks on nodes,
    /// or what executors keep in memory. Where it is left out, "map-output" if a parent has a
    /// `shuffle-write`, else "none".
    pub(crate) locality: Option<Located<Choose<LocalitySpec>>>,
    /// How much longer a task takes that runs on no node with its data; no time where it is left
    /// out.
    pub(crate) remote_time: Option<Located<Quantity<Duration>>>,
    /// What each executor reads from the driver before the first task of the stage there goes on, in
    /// blocks, also from other executors that have some; nothing where it is left out.
    pub(crate) broadcast: Option<Located<Quantity<Bytes>>>,
    /// What each task reads before it computes: a size (from the disk of its node), or a table;
    /// nothing where it is left out.
    pub(crate) input: Option<Located<InputSpec>>,
    /// What each task writes to the disk of its node for the stages that come after it, which read
    /// it; nothing where it is left out.
    pub(crate) shuffle_write: Option<Located<Quantity<Bytes>>>,
    /// What each task writes for good: a size (to the disk of its node), or a table; nothing where
    /// it is left out.
    pub(crate) output: Option<Located<OutputSpec>>,
    /// How its partitions differ, in all their sizes and in computing time: numbers, or a law, brought
    /// to a mean of one; not at all where it is left out.
    pub(crate) skew: Option<Located<SkewSpec>>,
    /// Execution memory that a task wants; what it does not get it spills to disk. None where it is
    /// left out.
    pub(crate) task_memory: Option<Located<Quantity<Bytes>>>,
    /// What each of its partitions takes in the storage memory of the executor that keeps it for other
    /// stages (`locality = { cached = … }`); what finds no room is computed again. Nothing is ever
    /// short where it is left out.
    pub(crate) cached_size: Option<Located<Quantity<Bytes>>>,
    /// Memory outside of the heap that each task uses (Python workers, buffers): an executor whose
    /// tasks use more than its overhead is killed. Not modelled where it is left out.
    pub(crate) overhead_use: Option<Located<Quantity<Bytes>>>,
    /// Whether Spark SQL merges its partitions ("aggregate") and splits skewed ones ("join", an inner
    /// join of its two parents) once the sizes of what it reads are known; neither where it is left
    /// out.
    pub(crate) adaptive: Option<Located<Choice<AdaptiveKind>>>,
}

/// What holds for every application that does not say otherwise.
#[apply(table)]
pub(crate) struct SparkSpec {
    /// Spark's version, which picks between defaults that changed; "3.5" where it is left out.
    pub(crate) version: Option<Located<String>>,
    /// Spark's properties, names quoted or nested; an application's own come before them.
    pub(crate) conf: Option<ConfSpec>,
}

/// What an arrival at an application starts.
pub(crate) type DeployKind = Deploy;

/// What becomes of submissions that overlap.
pub(crate) type OverlapKind = Overlap;

impl Named for Overlap {
    const SET: &'static str = "Overlap";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("allow", Self::Allow),
        ("forbid", Self::Forbid),
        ("replace", Self::Replace),
    ];
}

impl Named for Deploy {
    const SET: &'static str = "Deploy";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("per-submission", Self::PerSubmission),
        ("shared", Self::Shared),
        ("in-replica", Self::InReplica),
    ];
}

impl Named for TaskOrderKind {
    const SET: &'static str = "TaskOrder";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}
