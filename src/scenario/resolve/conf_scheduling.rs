//! Properties of scheduling, of failures and of executors that come and go.
//!
//! Sources: Spark's documentation of its configuration, `TaskSetManager`, `HealthTracker`,
//! `ExecutorAllocationManager` and `CoarseGrainedSchedulerBackend`, the core migration guide.
//! Executors that never registered are not told apart from those that did.

use super::conf_values::Reader;
use crate::model::{
    Decommission, DynamicAllocation, Exclusion, Executors, Heartbeat, LocalityWait, ManagerKind,
    Scheduling, ShuffleTracking, Speculation, TaskOrderKind,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::units::{Duration, UnitError};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

/// How tasks are launched; defaults as of Spark `version`.
pub(crate) fn scheduling(reader: &mut Reader<'_, '_, '_>, version: (u32, u32)) -> Scheduling {
    Scheduling {
        order: reader
            .read("spark.scheduler.mode", order)
            .unwrap_or(TaskOrderKind::Fifo),
        max_failures: reader.count("spark.task.maxFailures", 4),
        max_stage_attempts: reader.count("spark.stage.maxConsecutiveAttempts", 4),
        speculation: speculation(reader, version),
        exclusion: exclusion(reader),
        shuffle_service: reader.flag("spark.shuffle.service.enabled") == Some(true),
        locality: locality(reader, version),
    }
}

/// The wait is 3 s at each level; before 3.1 every launch began it anew.
fn locality(reader: &mut Reader<'_, '_, '_>, version: (u32, u32)) -> LocalityWait {
    let wait = reader.time("spark.locality.wait", MILLISECOND);
    let wait = wait.unwrap_or(Duration::from_secs(3));
    let reset = reader.flag("spark.locality.wait.legacyResetOnTaskLaunch");
    let revive = reader.time("spark.scheduler.revive.interval", MILLISECOND);
    if revive.is_some_and(Duration::is_zero) {
        reader.refuse(
            "spark.scheduler.revive.interval",
            "must be more than nothing",
        );
    }
    let mut at = |level: &str| {
        let own = reader.time(&format!("spark.locality.wait.{level}"), MILLISECOND);
        own.unwrap_or(wait)
    };
    LocalityWait {
        process: at("process"),
        node: at("node"),
        rack: at("rack"),
        reset_on_launch: reset.unwrap_or(version < (3, 1)),
        reduce_locality: reader.flag("spark.shuffle.reduceLocality.enabled") != Some(false),
        revive: revive.unwrap_or(SECOND),
    }
}

fn order(text: &str) -> Result<TaskOrderKind, UnitError> {
    let upper = text.to_ascii_uppercase();
    let found = TaskOrderKind::NAMES.iter().find(|(name, _)| *name == upper);
    found.map(|(_, order)| *order).ok_or_else(|| UnitError {
        message: format!("expected FIFO or FAIR, found `{text}`"),
    })
}

/// `multiplier` and `quantile` are 1.5 and 0.75, since 4.0 3 and 0.9.
fn speculation(reader: &mut Reader<'_, '_, '_>, version: (u32, u32)) -> Option<Speculation> {
    let on = reader.flag("spark.speculation") == Some(true);
    let (multiplier, quantile) = if version < (4, 0) {
        (1.5, 0.75)
    } else {
        (3.0, 0.9)
    };
    let speculation = Speculation {
        interval: reader
            .time("spark.speculation.interval", MILLISECOND)
            .unwrap_or(Duration::from_millis(100)),
        quantile: reader
            .share("spark.speculation.quantile")
            .unwrap_or(quantile),
        multiplier: reader
            .factor("spark.speculation.multiplier")
            .unwrap_or(multiplier),
        min_runtime: reader
            .time("spark.speculation.minTaskRuntime", MILLISECOND)
            .unwrap_or(Duration::from_millis(100)),
        threshold: reader.time("spark.speculation.task.duration.threshold", MILLISECOND),
    };
    if speculation.interval.is_zero() {
        reader.refuse("spark.speculation.interval", "must be more than nothing");
    }
    on.then_some(speculation)
}

fn exclusion(reader: &mut Reader<'_, '_, '_>) -> Option<Exclusion> {
    let on = reader.flag("spark.excludeOnFailure.enabled") == Some(true);
    let exclusion = Exclusion {
        task_per_executor: reader
            .count("spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor", 1),
        task_per_node: reader.count("spark.excludeOnFailure.task.maxTaskAttemptsPerNode", 2),
        stage_per_executor: reader
            .count("spark.excludeOnFailure.stage.maxFailedTasksPerExecutor", 2),
        stage_executors_per_node: reader
            .count("spark.excludeOnFailure.stage.maxFailedExecutorsPerNode", 2),
        per_executor: reader.count(
            "spark.excludeOnFailure.application.maxFailedTasksPerExecutor",
            2,
        ),
        executors_per_node: reader.count(
            "spark.excludeOnFailure.application.maxFailedExecutorsPerNode",
            2,
        ),
        timeout: reader
            .time("spark.excludeOnFailure.timeout", MILLISECOND)
            .unwrap_or(Duration::from_secs(3600)),
        unschedulable_timeout: reader
            .time(
                "spark.scheduler.excludeOnFailure.unschedulableTaskSetTimeout",
                SECOND,
            )
            .unwrap_or(Duration::from_secs(120)),
    };
    on.then_some(exclusion)
}

/// Which executors there are: `instances` of them, unless they follow the tasks.
pub(crate) fn executors(
    reader: &mut Reader<'_, '_, '_>,
    (manager, version): (ManagerKind, (u32, u32)),
    instances: u32,
    batch_size: u32,
) -> Executors {
    let dynamic = dynamic(reader, version);
    let asked = reader.values.contains_key("spark.executor.instances");
    let first = reader.number("spark.dynamicAllocation.initialExecutors");
    let initial = dynamic.map_or(instances, |dynamic| {
        let asked = if asked { instances } else { 0 };
        let initial = dynamic.min.max(first.unwrap_or(0)).max(asked);
        if dynamic.max < initial && dynamic.min <= dynamic.max {
            reader.refuse(
                "spark.dynamicAllocation.maxExecutors",
                &format!("{initial} executors are asked for at the start"),
            );
        }
        initial
    });
    let most = dynamic.map_or(instances, |dynamic| dynamic.max);
    let failures = reader.count(
        "spark.executor.maxNumFailures",
        most.saturating_mul(2).max(3),
    );
    let batches = manager == ManagerKind::Kubernetes;
    let delay = reader.time("spark.kubernetes.allocation.batch.delay", MILLISECOND);
    let is_yarn = manager == ManagerKind::Yarn;
    let heartbeat = heartbeat(reader);
    // A standalone cluster waits for nobody.
    let ratio = if batches || is_yarn { 0.8 } else { 0.0 };
    let wait = "spark.scheduler.maxRegisteredResourcesWaitingTime";
    Executors {
        initial,
        decommission: decommission(reader),
        frees_at_once: manager == ManagerKind::Standalone,
        dynamic,
        min_registered: reader
            .share("spark.scheduler.minRegisteredResourcesRatio")
            .unwrap_or(ratio),
        max_registered_wait: reader
            .time(wait, MILLISECOND)
            .unwrap_or(Duration::from_secs(30)),
        max_failures: (batches || is_yarn).then_some(failures),
        heartbeat: is_yarn.then_some(heartbeat),
        batch_size: batches.then_some(batch_size),
        batch_delay: match delay {
            Some(delay) if batches => delay,
            None if batches => SECOND,
            _ => Duration::ZERO,
        },
    }
}

/// 3 s, and while anything is pending 200 ms at first.
fn heartbeat(reader: &mut Reader<'_, '_, '_>) -> Heartbeat {
    const PREFIX: &str = "spark.yarn.scheduler.";
    let mut interval = |name: &str, default| {
        let name = format!("{PREFIX}{name}");
        let given = reader.time(&name, MILLISECOND);
        if given.is_some_and(Duration::is_zero) {
            reader.refuse(&name, "must be more than nothing");
            return default;
        }
        given.unwrap_or(default)
    };
    let usual = interval("heartbeat.interval-ms", Duration::from_secs(3));
    let initial = interval("initial-allocation.interval", Duration::from_millis(200));
    Heartbeat {
        interval: usual,
        initial: initial.min(usual),
    }
}

/// Shuffle and cached blocks move where `spark.storage.decommission.enabled`, off unless set.
fn decommission(reader: &mut Reader<'_, '_, '_>) -> Option<Decommission> {
    const PREFIX: &str = "spark.storage.decommission.";
    let on = reader.flag("spark.decommission.enabled") == Some(true);
    let moves = reader.flag(&format!("{PREFIX}enabled")) == Some(true);
    let shuffle = reader.flag(&format!("{PREFIX}shuffleBlocks.enabled"));
    let cached = reader.flag(&format!("{PREFIX}rddBlocks.enabled"));
    let interval = format!("{PREFIX}replicationReattemptInterval");
    let round = reader.time(&interval, SECOND);
    if round.is_some_and(Duration::is_zero) {
        reader.refuse(&interval, "must be more than nothing");
    }
    let threads = reader.count(&format!("{PREFIX}shuffleBlocks.maxThreads"), 8);
    let failures = reader.number(&format!("{PREFIX}maxReplicationFailuresPerBlock"));
    if on && moves && cached.unwrap_or(true) {
        let note = "`spark.storage.decommission.rddBlocks.enabled`: partitions that an executor keeps in \
                    memory move in no time";
        reader.context.note(note.to_owned());
    }
    on.then_some(Decommission {
        moves_shuffle: moves && shuffle.unwrap_or(true),
        moves_cached: moves && cached.unwrap_or(true),
        round: round.unwrap_or(Duration::from_secs(30)),
        threads,
        failures: failures.unwrap_or(3),
    })
}

/// Shuffle tracking is on since 3.4, and off before.
fn dynamic(reader: &mut Reader<'_, '_, '_>, version: (u32, u32)) -> Option<DynamicAllocation> {
    const PREFIX: &str = "spark.dynamicAllocation.";
    let on = reader.flag("spark.dynamicAllocation.enabled") == Some(true);
    let service = reader.flag("spark.shuffle.service.enabled") == Some(true);
    let key = |name: &str| format!("{PREFIX}{name}");
    let min = reader.number(&key("minExecutors")).unwrap_or(0);
    let max = reader.number(&key("maxExecutors"));
    let backlog = reader.time(&key("schedulerBacklogTimeout"), SECOND);
    let backlog = backlog.unwrap_or(SECOND);
    let sustained = reader.time(&key("sustainedSchedulerBacklogTimeout"), SECOND);
    let idle = reader.time(&key("executorIdleTimeout"), SECOND);
    let cached_idle = reader.time(&key("cachedExecutorIdleTimeout"), SECOND);
    let ratio = reader.share(&key("executorAllocationRatio"));
    let timeout = reader.time(&key("shuffleTracking.timeout"), MILLISECOND);
    let tracks = reader.flag(&key("shuffleTracking.enabled"));
    let cleaning = reader.time("spark.cleaner.periodicGC.interval", SECOND);
    let cleaning = cleaning.unwrap_or(Duration::from_secs(1800));
    if ratio == Some(0.0) {
        reader.refuse(&key("executorAllocationRatio"), "must be more than 0");
    }
    if cleaning.is_zero() {
        reader.refuse("spark.cleaner.periodicGC.interval", "must be more than 0");
    }
    let max = max.unwrap_or(u32::MAX);
    if on && max < min.max(1) {
        reader.refuse(
            &key("maxExecutors"),
            &format!("must be at least {}, the fewest executors", min.max(1)),
        );
    }
    let tracks = tracks.unwrap_or(version >= (3, 4)) && !service;
    on.then_some(DynamicAllocation {
        min,
        max,
        ratio: ratio.unwrap_or(1.0),
        backlog,
        sustained_backlog: sustained.unwrap_or(backlog),
        idle: idle.unwrap_or(Duration::from_secs(60)),
        cached_idle,
        tracking: tracks.then_some(ShuffleTracking { timeout, cleaning }),
    })
}

impl Reader<'_, '_, '_> {
    /// A time; a bare number counts in `unit`.
    fn time(&mut self, name: &str, unit: Duration) -> Option<Duration> {
        self.read(name, |text| Duration::from_spark(text, unit))
    }

    /// A whole number from 0 to 2³² − 1.
    fn number(&mut self, name: &str) -> Option<u32> {
        self.read(name, |text| {
            text.parse().map_err(|_| UnitError {
                message: format!("expected a whole number from 0 on, found `{text}`"),
            })
        })
    }

    /// A number from 0 to 1.
    pub(super) fn share(&mut self, name: &str) -> Option<f64> {
        self.read(name, |text| {
            let share = text.parse::<f64>().ok();
            let share = share.filter(|share| (0.0..=1.0).contains(share));
            share.ok_or_else(|| UnitError {
                message: format!("expected a number from 0 to 1, found `{text}`"),
            })
        })
    }

    /// Says that the value of a property, if it is set, makes no sense.
    pub(super) fn refuse(&mut self, name: &str, why: &str) {
        if let Some(entry) = self.values.get(name) {
            let what = format!("invalid value for `{name}`");
            let problem = Diagnostic::at(entry.value.span, what).label(why);
            self.context.problem_once(problem);
        }
    }
}
