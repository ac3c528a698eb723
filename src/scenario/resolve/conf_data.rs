//! Properties of memory, of adaptive query execution and of files.
//!
//! Sources: `UnifiedMemoryManager` (300 MB of the heap are reserved; the rest, times
//! `spark.memory.fraction`, is shared by execution and storage, and execution may take what storage
//! does not hold), `SQLConf`, `CoarseGrainedSchedulerBackend.defaultParallelism`.
//!
//! Where off-heap memory is on, tasks take their execution memory from there alone, as Tungsten does.

use super::conf_values::Reader;
use super::file_splits::Splitting;
use crate::model::{AdaptiveRules, Coalescing, ExecutorData, SkewJoin, SparkConf};
use crate::units::{Bytes, UnitError};

/// `UnifiedMemoryManager.RESERVED_SYSTEM_MEMORY_BYTES`.
const RESERVED: u64 = 300 * MIB;
const MIB: u64 = 1 << 20;

/// What the container of an executor has besides its heap; `None` where nobody limits it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// `spark.executor.memory`.
    pub(crate) heap: Bytes,
    /// `spark.memory.offHeap.size`, where it is on.
    pub(crate) off_heap: Option<Bytes>,
    /// What the container may use outside of both.
    pub(crate) overhead: Option<Bytes>,
}

/// What executors have for the data of tasks.
pub(crate) fn executor_data(
    reader: &mut Reader<'_, '_, '_>,
    memory: Memory,
    version: (u32, u32),
) -> ExecutorData {
    let fraction = reader.share("spark.memory.fraction").unwrap_or(0.6);
    let storage = reader.share("spark.memory.storageFraction").unwrap_or(0.5);
    let usable = memory.heap.0.saturating_sub(RESERVED);
    let unified = Bytes((usable as f64 * fraction) as u64);
    let parallelism = reader.values.contains_key("spark.default.parallelism");
    let parallelism = parallelism.then(|| reader.count("spark.default.parallelism", 2));
    let off_heap = memory.off_heap.filter(|size| size.0 > 0);
    ExecutorData {
        heap: memory.heap,
        execution_memory: off_heap.unwrap_or(unified),
        on_heap: off_heap.is_none(),
        storage_memory: unified,
        protected_storage: Bytes((unified.0 as f64 * storage) as u64),
        // Filled in by `compression`.
        spill_compression: 1.0,
        overhead: memory.overhead,
        in_flight: in_flight(reader),
        parallelism,
        adaptive: adaptive(reader, version),
    }
}

/// On since 3.2, as is the least size of a merged partition.
fn adaptive(reader: &mut Reader<'_, '_, '_>, version: (u32, u32)) -> Option<AdaptiveRules> {
    const PREFIX: &str = "spark.sql.adaptive.";
    let key = |name: &str| format!("{PREFIX}{name}");
    let on = reader.flag(&key("enabled")).unwrap_or((3, 2) <= version);
    let advisory = reader.size(&key("advisoryPartitionSizeInBytes"));
    let coalesces = reader.flag(&key("coalescePartitions.enabled"));
    let min_partitions = key("coalescePartitions.minPartitionNum");
    let min_partitions = reader
        .values
        .contains_key(min_partitions.as_str())
        .then(|| reader.count(&min_partitions, 1));
    let first = reader.flag(&key("coalescePartitions.parallelismFirst"));
    let min_size = reader.size(&key("coalescePartitions.minPartitionSize"));
    let min_size = min_size.unwrap_or(if (3, 2) <= version { MIB } else { 0 });
    let splits = reader.flag(&key("skewJoin.enabled"));
    let factor = reader.factor(&key("skewJoin.skewedPartitionFactor"));
    let threshold = reader.size(&key("skewJoin.skewedPartitionThresholdInBytes"));
    on.then_some(AdaptiveRules {
        advisory_size: advisory.unwrap_or(64 * MIB),
        coalescing: coalesces.unwrap_or(true).then_some(Coalescing {
            min_partitions,
            parallelism_first: first.unwrap_or(true),
            min_size,
        }),
        skew_join: splits.unwrap_or(true).then_some(SkewJoin {
            factor: factor.unwrap_or(5.0),
            threshold: threshold.unwrap_or(256 * MIB),
        }),
    })
}

/// How files become tasks. Without `minPartitionNum` it is the default parallelism that counts: of
/// the executors that there are when the query is planned the first ones are taken.
pub(crate) fn splitting(reader: &mut Reader<'_, '_, '_>, conf: &SparkConf) -> Splitting {
    const PREFIX: &str = "spark.sql.files.";
    let key = |name: &str| format!("{PREFIX}{name}");
    let number = |reader: &mut Reader<'_, '_, '_>, name: &str| {
        let set = reader.values.contains_key(name);
        set.then(|| reader.count(name, 1))
    };
    let cores = conf.executors.initial.saturating_mul(conf.executor_cores);
    let leaves = number(reader, "spark.sql.leafNodeDefaultParallelism");
    let least = number(reader, &key("minPartitionNum")).or(leaves);
    let parallelism = conf.data.parallelism.unwrap_or(cores.max(2));
    let max_bytes = reader.size(&key("maxPartitionBytes"));
    Splitting {
        max_bytes: max_bytes.unwrap_or(128 * MIB).max(1),
        open_cost: reader.size(&key("openCostInBytes")).unwrap_or(4 * MIB),
        min_partitions: least.unwrap_or(parallelism),
        max_partitions: number(reader, &key("maxPartitionNum")),
    }
}

/// `spark.reducer.maxSizeInFlight`, a bare number in MiB.
fn in_flight(reader: &mut Reader<'_, '_, '_>) -> Bytes {
    let size = reader.read("spark.reducer.maxSizeInFlight", |text| {
        Bytes::from_spark(text, Bytes(MIB))
    });
    size.unwrap_or(Bytes(48 * MIB))
}

/// `spark.broadcast.blockSize`, a bare number in KiB.
pub(crate) fn block_size(reader: &mut Reader<'_, '_, '_>) -> Bytes {
    let size = reader.read("spark.broadcast.blockSize", |text| {
        let size = Bytes::from_spark(text, Bytes::KIB)?;
        let wrong = || UnitError {
            message: "blocks hold at least a byte".to_owned(),
        };
        (size > Bytes(0)).then_some(size).ok_or_else(wrong)
    });
    size.unwrap_or(Bytes(4 * MIB))
}

impl Reader<'_, '_, '_> {
    /// A size; a bare number counts bytes.
    fn size(&mut self, name: &str) -> Option<u64> {
        let size = self.read(name, |text| Bytes::from_spark(text, Bytes(1)));
        size.map(|size| size.0)
    }
}
