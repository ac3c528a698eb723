//! The names of Spark's properties: which the model knows, which are Spark's at all.
//!
//! `spark_properties.txt` lists documented properties of Spark 3 and 4, sorted, each with its
//! default where a scenario is likely to repeat it. It serves to recognise slips of the fingers; a
//! property that it lacks is accepted unless it looks like one of them.

use crate::model::{CpuModelKind, ManagerKind};
use std::sync::LazyLock;

/// Properties that the model reads.
pub(crate) const MODELLED: &[&str] = &[
    "spark.cleaner.periodicGC.interval",
    "spark.cores.max",
    "spark.decommission.enabled",
    "spark.driver.cores",
    "spark.driver.memory",
    "spark.driver.memoryOverhead",
    "spark.driver.memoryOverheadFactor",
    "spark.driver.minMemoryOverhead",
    "spark.driver.resource.gpu.amount",
    "spark.dynamicAllocation.cachedExecutorIdleTimeout",
    "spark.dynamicAllocation.enabled",
    "spark.dynamicAllocation.executorAllocationRatio",
    "spark.dynamicAllocation.executorIdleTimeout",
    "spark.dynamicAllocation.initialExecutors",
    "spark.dynamicAllocation.maxExecutors",
    "spark.dynamicAllocation.minExecutors",
    "spark.dynamicAllocation.schedulerBacklogTimeout",
    "spark.dynamicAllocation.shuffleTracking.enabled",
    "spark.dynamicAllocation.shuffleTracking.timeout",
    "spark.dynamicAllocation.sustainedSchedulerBacklogTimeout",
    "spark.excludeOnFailure.application.maxFailedExecutorsPerNode",
    "spark.excludeOnFailure.application.maxFailedTasksPerExecutor",
    "spark.excludeOnFailure.enabled",
    "spark.excludeOnFailure.stage.maxFailedExecutorsPerNode",
    "spark.excludeOnFailure.stage.maxFailedTasksPerExecutor",
    "spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor",
    "spark.excludeOnFailure.task.maxTaskAttemptsPerNode",
    "spark.excludeOnFailure.timeout",
    "spark.executor.cores",
    "spark.executor.instances",
    "spark.executor.maxNumFailures",
    "spark.executor.memory",
    "spark.executor.memoryOverhead",
    "spark.executor.memoryOverheadFactor",
    "spark.executor.minMemoryOverhead",
    "spark.executor.pyspark.memory",
    "spark.executor.resource.gpu.amount",
    "spark.kubernetes.allocation.batch.delay",
    "spark.kubernetes.allocation.batch.size",
    "spark.kubernetes.driver.request.cores",
    "spark.kubernetes.executor.request.cores",
    "spark.kubernetes.memoryOverheadFactor",
    "spark.locality.wait",
    "spark.locality.wait.legacyResetOnTaskLaunch",
    "spark.locality.wait.node",
    "spark.locality.wait.process",
    "spark.locality.wait.rack",
    "spark.memory.offHeap.enabled",
    "spark.memory.offHeap.size",
    "spark.scheduler.excludeOnFailure.unschedulableTaskSetTimeout",
    "spark.scheduler.maxRegisteredResourcesWaitingTime",
    "spark.scheduler.minRegisteredResourcesRatio",
    "spark.scheduler.mode",
    "spark.scheduler.revive.interval",
    "spark.shuffle.reduceLocality.enabled",
    "spark.shuffle.service.enabled",
    "spark.speculation",
    "spark.speculation.interval",
    "spark.speculation.minTaskRuntime",
    "spark.speculation.multiplier",
    "spark.speculation.quantile",
    "spark.speculation.task.duration.threshold",
    "spark.stage.maxConsecutiveAttempts",
    "spark.storage.decommission.enabled",
    "spark.storage.decommission.maxReplicationFailuresPerBlock",
    "spark.storage.decommission.rddBlocks.enabled",
    "spark.storage.decommission.replicationReattemptInterval",
    "spark.storage.decommission.shuffleBlocks.enabled",
    "spark.storage.decommission.shuffleBlocks.maxThreads",
    "spark.task.cpus",
    "spark.task.maxFailures",
    "spark.task.resource.gpu.amount",
    "spark.yarn.scheduler.heartbeat.interval-ms",
    "spark.yarn.scheduler.initial-allocation.interval",
];

/// What a stage can ask for, or there is, that some properties are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set: each topic is there or not"
)]
pub(crate) struct Topics {
    /// Any has `task-memory`.
    pub(crate) memory: bool,
    /// Any is `adaptive`.
    pub(crate) adaptive: bool,
    /// Any reads files.
    pub(crate) files: bool,
    /// Any has a `shuffle-write`.
    pub(crate) shuffle: bool,
    /// Any has a `broadcast`.
    pub(crate) broadcast: bool,
    /// The application says how well its data are compressed.
    pub(crate) compression: bool,
    /// What executors may use of their nodes' processors.
    pub(crate) cpu_model: CpuModelKind,
}

impl Topics {
    /// What either is about.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            memory: self.memory || other.memory,
            adaptive: self.adaptive || other.adaptive,
            files: self.files || other.files,
            shuffle: self.shuffle || other.shuffle,
            broadcast: self.broadcast || other.broadcast,
            compression: self.compression || other.compression,
            cpu_model: self.cpu_model,
        }
    }

    /// Whether the model reads a property because of them.
    pub(crate) fn have(self, name: &str, manager: ManagerKind) -> bool {
        let on_topic = |names: &[&str]| names.contains(&name);
        self.memory && on_topic(OF_MEMORY)
            || self.adaptive && on_topic(OF_ADAPTIVE)
            || self.files && on_topic(OF_FILES)
            || self.compression && on_topic(OF_COMPRESSION)
            || self.shuffle && name == "spark.reducer.maxSizeInFlight"
            || self.broadcast && name == "spark.broadcast.blockSize"
            || (self.adaptive || self.files) && name == "spark.default.parallelism"
            || (self.cpu_model == CpuModelKind::Shared && manager == ManagerKind::Kubernetes)
                && name == EXECUTOR_LIMIT
    }
}

/// A property that is read where executors share the processors of their nodes.
const EXECUTOR_LIMIT: &str = "spark.kubernetes.executor.limit.cores";

/// Properties that are read where a stage has `task-memory` or a `broadcast`.
const OF_MEMORY: &[&str] = &["spark.memory.fraction", "spark.memory.storageFraction"];

/// Properties that are read where an application has a `compression`.
const OF_COMPRESSION: &[&str] = &[
    "spark.broadcast.compress",
    "spark.shuffle.compress",
    "spark.shuffle.spill.compress",
];

/// Properties that are read where a stage is `adaptive`.
const OF_ADAPTIVE: &[&str] = &[
    "spark.sql.adaptive.advisoryPartitionSizeInBytes",
    "spark.sql.adaptive.coalescePartitions.enabled",
    "spark.sql.adaptive.coalescePartitions.minPartitionNum",
    "spark.sql.adaptive.coalescePartitions.minPartitionSize",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst",
    "spark.sql.adaptive.enabled",
    "spark.sql.adaptive.skewJoin.enabled",
    "spark.sql.adaptive.skewJoin.skewedPartitionFactor",
    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes",
];

/// Properties that are read where a stage reads files.
const OF_FILES: &[&str] = &[
    "spark.sql.files.maxPartitionBytes",
    "spark.sql.files.maxPartitionNum",
    "spark.sql.files.minPartitionNum",
    "spark.sql.files.openCostInBytes",
    "spark.sql.leafNodeDefaultParallelism",
];

/// Whether the model reads a property where `manager` rules. Spark itself ignores the others.
pub(crate) fn is_read(name: &str, manager: ManagerKind) -> bool {
    let elsewhere = match manager {
        ManagerKind::Kubernetes => name == "spark.cores.max" || name.starts_with("spark.yarn."),
        ManagerKind::Yarn => name == "spark.cores.max" || name.starts_with("spark.kubernetes."),
        ManagerKind::Standalone | ManagerKind::Swarm => {
            name.starts_with("spark.kubernetes.")
                || name.starts_with("spark.yarn.")
                || name.starts_with("spark.memory.offHeap.")
                || name.contains("emoryOverhead")
                || name == "spark.executor.pyspark.memory"
        }
    };
    MODELLED.contains(&name) && !elsewhere
}

/// Prefixes under which any name is allowed.
const FREE_FORM: &[&str] = &[
    "spark.databricks.",
    "spark.driver.resource.",
    "spark.executor.resource.",
    "spark.executorEnv.",
    "spark.hadoop.",
    "spark.hive.",
    "spark.kubernetes.driver.annotation.",
    "spark.kubernetes.driver.label.",
    "spark.kubernetes.driver.node.selector.",
    "spark.kubernetes.driver.secretKeyRef.",
    "spark.kubernetes.driver.secrets.",
    "spark.kubernetes.driver.service.annotation.",
    "spark.kubernetes.driver.service.label.",
    "spark.kubernetes.driver.volumes.",
    "spark.kubernetes.driverEnv.",
    "spark.kubernetes.executor.annotation.",
    "spark.kubernetes.executor.label.",
    "spark.kubernetes.executor.node.selector.",
    "spark.kubernetes.executor.secretKeyRef.",
    "spark.kubernetes.executor.secrets.",
    "spark.kubernetes.executor.volumes.",
    "spark.kubernetes.node.selector.",
    "spark.metrics.conf.",
    "spark.sql.catalog.",
    "spark.ssl.",
    "spark.task.resource.",
    "spark.yarn.appMasterEnv.",
];

/// Every listed property with its default; empty where none is listed.
static PROPERTIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    include_str!("spark_properties.txt")
        .lines()
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
        .collect()
});

/// The default of a property that Spark knows; empty where it is not listed.
pub(crate) fn default_of(name: &str) -> Option<&'static str> {
    let index = PROPERTIES.binary_search_by_key(&name, |(name, _)| name);
    index.ok().map(|index| PROPERTIES[index].1)
}

/// The property that a name was probably meant to be: Spark knows none of that name, and one
/// within two edits.
pub(crate) fn near_miss(name: &str) -> Option<&'static str> {
    let free = FREE_FORM.iter().any(|prefix| name.starts_with(prefix));
    if free || default_of(name).is_some() {
        return None;
    }
    // Names whose lengths differ by more cannot be near.
    let comparable = |known: &&(&str, &str)| known.0.len().abs_diff(name.len()) <= 2;
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    let near = PROPERTIES
        .iter()
        .filter(comparable)
        .map(|(known, _)| (distance(known), *known))
        .filter(|(distance, _)| *distance <= 2);
    near.min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_without_repetition_and_holds_what_the_model_reads() {
        assert!(PROPERTIES.len() > 300);
        for pair in PROPERTIES.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
        }
        for name in MODELLED
            .iter()
            .chain(OF_MEMORY)
            .chain(OF_ADAPTIVE)
            .chain(OF_FILES)
            .chain(OF_COMPRESSION)
            .chain(&[EXECUTOR_LIMIT])
        {
            assert!(default_of(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_slip_finds_its_property_and_free_names_are_left_alone() {
        let near = near_miss("spark.executor.instnaces");
        assert_eq!(near, Some("spark.executor.instances"));
        assert_eq!(near_miss("spark.executor.cores"), None);
        assert_eq!(near_miss("spark.hadoop.fs.s3a.endpiont"), None);
        assert_eq!(near_miss("spark.mycompany.setting"), None);
        assert_eq!(
            near_miss("spak.executor.cores"),
            Some("spark.executor.cores")
        );
    }
}
