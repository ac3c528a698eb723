//! What the tasks of a stage read, hold in memory and write, besides the time that they compute.

use crate::id::StorageId;
use crate::random::Distribution;
use crate::units::Bytes;

/// The data of a stage. Sizes are those of a partition of mean size.
#[derive(Clone, Debug, PartialEq)]
pub struct StageData {
    /// What each executor reads from the driver once before its tasks do anything else.
    pub broadcast: Option<Broadcast>,
    /// What each task reads before it computes.
    pub input: Option<Input>,
    /// What each task writes for the stages that come after it.
    pub shuffle_write: Bytes,
    /// What each task writes for good.
    pub output: Option<Output>,
    /// How partitions differ in size and computing time; `None`: not at all.
    pub skew: Option<Skew>,
    /// Execution memory that a task wants; zero: none.
    pub task_memory: Bytes,
    /// Memory outside of the heap that a task uses; zero: none.
    pub overhead_use: Bytes,
    /// Storage memory that a partition takes which an executor keeps for other stages; zero: none.
    pub cached_size: Bytes,
    /// Whether its partitions are merged and split when its parents are done.
    pub adaptive: Option<AdaptiveKind>,
}

/// What the driver sends to each executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broadcast {
    /// How much is sent, above zero.
    pub size: Bytes,
    /// `spark.broadcast.blockSize`: in pieces of this size, above zero.
    pub block: Bytes,
    /// What it takes in the memory of an executor.
    pub held: Bytes,
}

/// What tasks read.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// How much.
    pub sizes: InputSizes,
    /// From where; `None`: from the disk of the task's node.
    pub storage: Option<StorageId>,
}

/// How much tasks read.
#[derive(Clone, Debug, PartialEq)]
pub enum InputSizes {
    /// Each partition of mean size so much.
    Each(Bytes),
    /// By partition.
    Listed(Vec<Bytes>),
}

/// What tasks write for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// How much a partition of mean size.
    pub size: Bytes,
    /// To where; `None`: to the disk of the task's node.
    pub storage: Option<StorageId>,
}

/// How the partitions of a stage differ: relative sizes, brought to a mean of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Skew {
    /// Drawn for each partition in each execution.
    Drawn(Distribution),
    /// By partition; finite, none negative, not all zero.
    Given(Vec<f64>),
}

/// What a stage that reads a shuffle of Spark SQL does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdaptiveKind {
    /// Its partitions may be merged.
    Aggregate,
    /// An inner join of its two parents: skewed partitions of either may be split too.
    Join,
}

impl AdaptiveKind {
    /// Every kind with its name.
    pub const NAMES: &'static [(&'static str, Self)] =
        &[("aggregate", Self::Aggregate), ("join", Self::Join)];
}

/// `spark.sql.adaptive.*`: what becomes of the partitions of such stages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveRules {
    /// `advisoryPartitionSizeInBytes`.
    pub advisory_size: u64,
    /// `coalescePartitions.enabled`: neighbours are merged.
    pub coalescing: Option<Coalescing>,
    /// `skewJoin.enabled`: large partitions of joins are split.
    pub skew_join: Option<SkewJoin>,
}

/// `spark.sql.adaptive.coalescePartitions.*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coalescing {
    /// `minPartitionNum`.
    pub min_partitions: Option<u32>,
    /// `parallelismFirst`: without `min_partitions` there are at least as many as cores, as far as
    /// `min_size` lets them.
    pub parallelism_first: bool,
    /// `minPartitionSize`.
    pub min_size: u64,
}

/// `spark.sql.adaptive.skewJoin.*`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkewJoin {
    /// `skewedPartitionFactor`: how many times the median a skewed partition is.
    pub factor: f64,
    /// `skewedPartitionThresholdInBytes`: it is also larger than this.
    pub threshold: u64,
}

/// What executors have for the data of tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExecutorData {
    /// `spark.executor.memory`.
    pub heap: Bytes,
    /// What the tasks of an executor share as execution memory.
    pub execution_memory: Bytes,
    /// Whether that is part of the heap, and of `storage_memory`.
    pub on_heap: bool,
    /// What is kept of broadcasts shares with what else is in this part of the heap: (heap − 300 MB)
    /// × `spark.memory.fraction`.
    pub storage_memory: Bytes,
    /// `spark.memory.storageFraction` of it: what execution does not take back.
    pub protected_storage: Bytes,
    /// How many times as large spilled data are in memory as on disk, at least 1.
    pub spill_compression: f64,
    /// What the container of an executor may use outside of heap and off-heap memory; `None`:
    /// nobody limits it.
    pub overhead: Option<Bytes>,
    /// `spark.reducer.maxSizeInFlight`: what a task asks other hosts for at once.
    pub in_flight: Bytes,
    /// `spark.default.parallelism`; `None`: the cores of the registered executors, at least 2.
    pub parallelism: Option<u32>,
    /// `spark.sql.adaptive.enabled`.
    pub adaptive: Option<AdaptiveRules>,
}

impl StageData {
    /// Into how many blocks its broadcast is cut.
    pub fn blocks(&self) -> u32 {
        self.broadcast.map_or(0, |it| {
            let blocks = it.size.0.div_ceil(it.block.0);
            u32::try_from(blocks).unwrap_or(u32::MAX)
        })
    }

    /// The size of one of them: the last has what is left.
    pub fn block_size(&self, block: u32) -> u64 {
        self.broadcast.map_or(0, |it| {
            let before = it.block.0.saturating_mul(u64::from(block));
            it.size.0.saturating_sub(before).min(it.block.0)
        })
    }

    /// Whether its tasks read, write or hold anything themselves.
    pub fn moves(&self) -> bool {
        *self != Self::default()
    }
}

impl Default for StageData {
    fn default() -> Self {
        Self {
            broadcast: None,
            input: None,
            shuffle_write: Bytes(0),
            output: None,
            skew: None,
            task_memory: Bytes(0),
            overhead_use: Bytes(0),
            cached_size: Bytes(0),
            adaptive: None,
        }
    }
}
