//! What Spark's properties say of scheduling, failures and executors that come and go.

use super::{LocalityWait, TaskOrderKind};
use crate::units::Duration;

/// How tasks are launched, watched and launched again.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduling {
    /// `spark.scheduler.mode`: the order of pools.
    pub order: TaskOrderKind,
    /// `spark.task.maxFailures`: failures of one task that fail its job, at least 1.
    pub max_failures: u32,
    /// `spark.stage.maxConsecutiveAttempts`, at least 1.
    pub max_stage_attempts: u32,
    /// `spark.speculation`.
    pub speculation: Option<Speculation>,
    /// `spark.excludeOnFailure.enabled`.
    pub exclusion: Option<Exclusion>,
    /// `spark.shuffle.service.enabled`: shuffle output outlives its executor, not its node.
    pub shuffle_service: bool,
    /// How long tasks wait for a place near their data.
    pub locality: LocalityWait,
}

/// `spark.speculation.*`: when a second copy of a slow task is launched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speculation {
    /// Between looks at the running tasks.
    pub interval: Duration,
    /// Share of the tasks that must have ended, in [0, 1].
    pub quantile: f64,
    /// How many times the median a task must have run.
    pub multiplier: f64,
    /// However short the median is, a task must have run so long.
    pub min_runtime: Duration,
    /// `task.duration.threshold`: in a set that fits into one executor a task is slow after this
    /// time, however few have ended.
    pub threshold: Option<Duration>,
}

/// `spark.excludeOnFailure.*`: executors and nodes that get no more tasks after failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// How often a task may fail on an executor that gets it again.
    pub task_per_executor: u32,
    /// How often a task may fail on a node that gets it again.
    pub task_per_node: u32,
    /// Tasks of one stage that may fail on an executor that gets more of them.
    pub stage_per_executor: u32,
    /// Executors excluded from a stage that exclude their node.
    pub stage_executors_per_node: u32,
    /// Tasks that may fail on an executor that gets any more.
    pub per_executor: u32,
    /// Excluded executors that exclude their node.
    pub executors_per_node: u32,
    /// How long an executor or node stays excluded from everything.
    pub timeout: Duration,
    /// `spark.scheduler.excludeOnFailure.unschedulableTaskSetTimeout`: how long a stage waits for an
    /// executor that may run its tasks.
    pub unschedulable_timeout: Duration,
}

/// Which executors an application has.
#[derive(Clone, Debug, PartialEq)]
pub struct Executors {
    /// How many are asked for at the start.
    pub initial: u32,
    /// `spark.decommission.enabled`: who is told to go puts its things in order; `None`: it goes.
    pub decommission: Option<Decommission>,
    /// Whether the room of an executor that the driver gives up is free before it is gone: a
    /// standalone master sees to that.
    pub frees_at_once: bool,
    /// `spark.dynamicAllocation.*`; `None`: the number stays.
    pub dynamic: Option<DynamicAllocation>,
    /// `spark.scheduler.minRegisteredResourcesRatio`: the share of the first executors that the
    /// driver waits for before it goes on, in [0, 1].
    pub min_registered: f64,
    /// `spark.scheduler.maxRegisteredResourcesWaitingTime`: it waits no longer.
    pub max_registered_wait: Duration,
    /// `spark.executor.maxNumFailures`: with more lost executors (on YARN: with so many) the
    /// application fails; `None` where the manager does not count them.
    pub max_failures: Option<u32>,
    /// How often YARN is asked; `None` where it is not the manager.
    pub heartbeat: Option<Heartbeat>,
    /// `spark.kubernetes.allocation.batch.size`; `None` where all are asked for at once.
    pub batch_size: Option<u32>,
    /// `spark.kubernetes.allocation.batch.delay`.
    pub batch_delay: Duration,
}

/// `spark.yarn.scheduler.*`: how often the application's master talks to the resource manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// `heartbeat.interval-ms`: while nothing is pending, above zero.
    pub interval: Duration,
    /// `initial-allocation.interval`: at first while anything is, above zero.
    pub initial: Duration,
}

/// What an executor does that is told to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decommission {
    /// `spark.storage.decommission.shuffleBlocks.enabled`, where `spark.storage.decommission.enabled`.
    pub moves_shuffle: bool,
    /// `spark.storage.decommission.rddBlocks.enabled`, the same.
    pub moves_cached: bool,
    /// `spark.storage.decommission.replicationReattemptInterval`: between rounds of moves, above
    /// zero.
    pub round: Duration,
    /// `spark.storage.decommission.shuffleBlocks.maxThreads`: map outputs that move at once, at least 1.
    pub threads: u32,
    /// `spark.storage.decommission.maxReplicationFailuresPerBlock`: how often a map output may fail to
    /// move.
    pub failures: u32,
}

/// `spark.dynamicAllocation.*`: executors follow the tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamicAllocation {
    /// Fewest executors.
    pub min: u32,
    /// Most executors, at least `min` and 1.
    pub max: u32,
    /// Slots wanted for each task that waits or runs, in (0, 1].
    pub ratio: f64,
    /// How long tasks wait until more executors are asked for.
    pub backlog: Duration,
    /// How long they wait until still more are.
    pub sustained_backlog: Duration,
    /// How long an executor may be idle.
    pub idle: Duration,
    /// `cachedExecutorIdleTimeout`: how long an idle one stays that keeps partitions in memory;
    /// `None`: for ever.
    pub cached_idle: Option<Duration>,
    /// `shuffleTracking.enabled`: executors with shuffle output of a running job stay.
    pub tracking: Option<ShuffleTracking>,
}

/// How long an idle executor stays because of its shuffle output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShuffleTracking {
    /// `shuffleTracking.timeout`, once no running job needs it; `None`: until it is cleaned up.
    pub timeout: Option<Duration>,
    /// `spark.cleaner.periodicGC.interval`: the output of jobs that have ended is cleaned up at
    /// multiples of it.
    pub cleaning: Duration,
}

/// Jobs that share an application's slots as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPool {
    /// Its name.
    pub name: String,
    /// Its share, at least 1.
    pub weight: u32,
    /// Slots that it gets before others get more than theirs.
    pub min_share: u32,
    /// The order within it.
    pub order: TaskOrderKind,
}

/// What happens after an application has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// How often it is submitted again.
    pub max: u32,
    /// From the failure to the new submission.
    pub interval: Duration,
}
