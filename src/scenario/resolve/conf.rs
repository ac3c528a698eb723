//! `conf`: Spark's properties to what the model knows of them, with Spark's defaults.
//!
//! Sources: Spark's documentation of its configuration; for the sizes of containers
//! `ResourceProfile` (overhead is the larger of a factor times the memory and a minimum, in whole
//! MiB), for the number of pods asked for at once the core migration guide. Differences between
//! managers: on Kubernetes containers reserve memory with overhead, off-heap and Python memory, and
//! processors may be asked for in thousandths; a standalone worker reserves `executor.memory` alone
//! and all executors are started at once.
//!
//! On a standalone cluster Spark itself does not read `spark.executor.instances`: executors are
//! started until `spark.cores.max` is used up. The number is honoured here all the same, because it
//! is what an event log of such an application is imported with; without it `spark.cores.max`
//! decides, and without that the nodes do.

use super::conf_values::{Reader, check_names};
use super::context::MOST;
use super::{Context, conf_data, conf_gpus, conf_scheduling, data, fit};
use crate::model::{Cluster, CpuModelKind, ManagerKind, Placing, Resources, SparkConf};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spark_properties::Topics;
use crate::scenario::spec::{AppSpec, ConfSpec, Entities, Entity, SparkSpec};
use crate::units::{Bytes, Cpu};
use std::collections::BTreeMap;

/// The version whose defaults hold where a scenario does not say.
const DEFAULT_VERSION: (u32, u32) = (3, 5);
/// `spark.executor.instances` on managers that read it.
const DEFAULT_INSTANCES: u32 = 2;
const DEFAULT_MEMORY: Bytes = Bytes(1024 * MIB);
const DEFAULT_OVERHEAD_FACTOR: f64 = 0.10;
const DEFAULT_MIN_OVERHEAD: Bytes = Bytes(384 * MIB);
const MIB: u64 = 1 << 20;

/// What surrounds all applications.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    version: (u32, u32),
    defaults: Option<&'a ConfSpec>,
    manager: ManagerKind,
    cluster: Option<&'a Cluster>,
}

impl<'a> Surroundings<'a> {
    /// Reads `[spark]`.
    pub(crate) fn new(
        (spark, apps): (Option<&'a Located<SparkSpec>>, &Entities<AppSpec>),
        manager: ManagerKind,
        cluster: Option<&'a Cluster>,
        context: &mut Context<'_>,
    ) -> Self {
        let defaults = spark.and_then(|spark| spark.conf.as_ref());
        if let Some(defaults) = defaults {
            let topics = apps.iter().map(|app| data::topics(&app.spec));
            let topics = Topics {
                cpu_model: cpu_model(cluster),
                ..topics.fold(Topics::default(), Topics::or)
            };
            check_names(defaults, "spark.conf", (manager, false, topics), context);
        }
        let version = spark.and_then(|spark| spark.version.as_ref());
        Self {
            version: version.map_or(DEFAULT_VERSION, |version| read_version(version, context)),
            defaults,
            manager,
            cluster,
        }
    }

    /// `spark.kubernetes.allocation.batch.size`: 5, since 4.0 10, since 4.2 20.
    fn default_batch_size(&self) -> u32 {
        match self.version {
            version if version < (4, 0) => 5,
            version if version < (4, 2) => 10,
            _ => 20,
        }
    }
}

/// What executors may use of their nodes' processors.
fn cpu_model(cluster: Option<&Cluster>) -> CpuModelKind {
    cluster.map_or(CpuModelKind::default(), |cluster| cluster.cpu_model)
}

fn read_version(version: &Located<String>, context: &mut Context<'_>) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let known = (parts.next().flatten(), parts.next().flatten());
    if let (Some(major @ 3..=4), Some(minor)) = known {
        return (major, minor);
    }
    context.problem(
        Diagnostic::at(
            version.span,
            format!("`{}` is not a version of Spark", version.value),
        )
        .label("write e.g. \"3.5\" or \"4.0\"")
        .help("versions 3 and 4 are known"),
    );
    DEFAULT_VERSION
}

/// What reads the properties of one application: its own, else those of all.
pub(crate) fn reader<'v, 'c, 'a>(
    app: &'v Entity<AppSpec>,
    surroundings: &Surroundings<'v>,
    context: &'c mut Context<'a>,
) -> Reader<'v, 'c, 'a> {
    let mut values = BTreeMap::new();
    for conf in surroundings.defaults.into_iter().chain(&app.spec.conf) {
        values.extend(conf.0.iter().map(|entry| (entry.name.as_str(), entry)));
    }
    Reader { values, context }
}

/// The properties of one application. `recorded`: it comes from an event log, whose properties are
/// never refused for their names.
pub(crate) fn resolve(
    app: &Entity<AppSpec>,
    recorded: bool,
    surroundings: &Surroundings<'_>,
    context: &mut Context<'_>,
) -> SparkConf {
    if let Some(own) = &app.spec.conf {
        let path = format!("apps.{}.conf", app.name.value);
        let topics = Topics {
            cpu_model: cpu_model(surroundings.cluster),
            ..data::topics(&app.spec)
        };
        check_names(
            own,
            &path,
            (surroundings.manager, recorded, topics),
            context,
        );
    }
    let mut reader = reader(app, surroundings, context);
    let task_cpus = reader.count("spark.task.cpus", 1);
    let executor = container(&mut reader, &EXECUTOR, surroundings.manager);
    let executor_memory = executor.parts;
    let driver = container(&mut reader, &DRIVER, surroundings.manager);
    let executor_cores = executor_cores(&mut reader, surroundings);
    let executor = match executor.cpu {
        Some(cpu) => cpu_and_memory(cpu, executor.memory),
        None => cpu_and_memory(Cpu::cores(u64::from(executor_cores)), executor.memory),
    };
    let driver_cores = reader.count("spark.driver.cores", 1);
    let driver_cpu = driver.cpu.unwrap_or(Cpu::cores(u64::from(driver_cores)));
    let driver = cpu_and_memory(driver_cpu, driver.memory);
    let gpus = conf_gpus::read(&app.name.value, &mut reader);
    let (driver, executor) = (
        with_gpus(driver, gpus.driver),
        with_gpus(executor, gpus.executor),
    );
    let instances = match surroundings.manager {
        ManagerKind::Kubernetes | ManagerKind::Yarn => {
            reader.count("spark.executor.instances", DEFAULT_INSTANCES)
        }
        ManagerKind::Standalone | ManagerKind::Swarm => {
            standalone_instances(&mut reader, surroundings, executor_cores, executor, driver)
        }
    };
    let batch_size = reader.count(
        "spark.kubernetes.allocation.batch.size",
        surroundings.default_batch_size(),
    );
    let manager = (surroundings.manager, surroundings.version);
    let executors = conf_scheduling::executors(&mut reader, manager, instances, batch_size);
    let scheduling = conf_scheduling::scheduling(&mut reader, surroundings.version);
    let data = conf_data::executor_data(&mut reader, executor_memory, surroundings.version);
    check_task(app, task_cpus, executor_cores, &mut reader);
    let cluster = surroundings.cluster;
    check_fit("the driver", &DRIVER, app, driver, cluster, &mut reader);
    check_fit(
        "an executor",
        &EXECUTOR,
        app,
        executor,
        cluster,
        &mut reader,
    );
    SparkConf {
        executor_cpu_limit: cpu_limit(executor, surroundings, &mut reader),
        executor_cores: executor_cores.max(task_cpus),
        task_cpus,
        gpu_tasks: gpus.tasks,
        driver,
        executor,
        executors,
        scheduling,
        data,
    }
}

fn with_gpus(resources: Resources, gpus: u32) -> Resources {
    Resources { gpus, ..resources }
}

fn cpu_and_memory(cpu: Cpu, memory: Bytes) -> Resources {
    Resources::container(cpu, memory)
}

/// The names that size one kind of container.
struct ContainerKeys {
    request_cores: &'static str,
    memory: &'static str,
    overhead: &'static str,
    overhead_factor: &'static str,
    min_overhead: &'static str,
    /// Off-heap and Python memory belong to executors only.
    extras: bool,
    cores: &'static str,
    gpus: &'static str,
}

const EXECUTOR: ContainerKeys = ContainerKeys {
    request_cores: "spark.kubernetes.executor.request.cores",
    memory: "spark.executor.memory",
    overhead: "spark.executor.memoryOverhead",
    overhead_factor: "spark.executor.memoryOverheadFactor",
    min_overhead: "spark.executor.minMemoryOverhead",
    extras: true,
    cores: "spark.executor.cores",
    gpus: conf_gpus::EXECUTOR,
};

const DRIVER: ContainerKeys = ContainerKeys {
    request_cores: "spark.kubernetes.driver.request.cores",
    memory: "spark.driver.memory",
    overhead: "spark.driver.memoryOverhead",
    overhead_factor: "spark.driver.memoryOverheadFactor",
    min_overhead: "spark.driver.minMemoryOverhead",
    extras: false,
    cores: "spark.driver.cores",
    gpus: conf_gpus::DRIVER,
};

/// Blames the property that asks for more than any node has, where it is set.
fn check_fit(
    what: &str,
    keys: &ContainerKeys,
    app: &Entity<AppSpec>,
    asked: Resources,
    cluster: Option<&Cluster>,
    reader: &mut Reader<'_, '_, '_>,
) {
    let has = |enough: fn(Resources, Resources) -> bool| {
        let mut pools = cluster.iter().flat_map(|cluster| cluster.pools.iter());
        pools.any(|pool| enough(pool.allocatable(), asked))
    };
    let blamed = if !has(|all, asked| asked.gpus <= all.gpus) {
        [keys.gpus, keys.cores]
    } else if has(|all, asked| asked.cpu <= all.cpu) {
        [keys.overhead, keys.memory]
    } else {
        [keys.request_cores, keys.cores]
    };
    let set = blamed.iter().find_map(|key| reader.values.get(key));
    let span = set.map_or(app.name.span, |entry| entry.value.span);
    let what = format!("{what} of `apps.{}`", app.name.value);
    let anywhere = Placing::default();
    fit::check(&what, (asked, &anywhere), span, cluster, reader.context);
}

struct Container {
    /// Where the manager is asked for something else than the cores.
    cpu: Option<Cpu>,
    memory: Bytes,
    parts: conf_data::Memory,
}

fn container(
    reader: &mut Reader<'_, '_, '_>,
    keys: &ContainerKeys,
    manager: ManagerKind,
) -> Container {
    let heap = reader.mebibytes(keys.memory).unwrap_or(DEFAULT_MEMORY);
    let fixed = reader.mebibytes(keys.overhead);
    let minimum = reader.mebibytes(keys.min_overhead);
    let factor = reader.factor(keys.overhead_factor);
    let factor = factor.or_else(|| reader.factor("spark.kubernetes.memoryOverheadFactor"));
    let cpu = reader.read(keys.request_cores, str::parse::<Cpu>);
    let off_heap = reader.flag("spark.memory.offHeap.enabled").unwrap_or(false);
    let off_heap_size = reader.read("spark.memory.offHeap.size", |text| {
        Bytes::from_spark(text, Bytes(1))
    });
    if off_heap && keys.extras && off_heap_size.is_none_or(|size| size == Bytes(0)) {
        let enabled = "spark.memory.offHeap.enabled";
        reader.refuse(enabled, "needs `spark.memory.offHeap.size` above 0");
    }
    let python = reader.mebibytes("spark.executor.pyspark.memory");
    if matches!(manager, ManagerKind::Standalone | ManagerKind::Swarm) {
        return Container {
            cpu: None,
            memory: heap,
            parts: conf_data::Memory {
                heap,
                off_heap: None,
                overhead: None,
            },
        };
    }
    let factor = factor.unwrap_or(DEFAULT_OVERHEAD_FACTOR);
    let share = (factor * (heap.0 / MIB) as f64) as u64;
    let share = Bytes(share.saturating_mul(MIB));
    let minimum = minimum.unwrap_or(DEFAULT_MIN_OVERHEAD);
    let mut overhead = fixed.unwrap_or(share.max(minimum)).0;
    let mut off_heap = off_heap.then(|| off_heap_size.unwrap_or(Bytes(0)));
    if keys.extras {
        overhead = overhead.saturating_add(python.unwrap_or(Bytes(0)).0);
    } else {
        off_heap = None;
    }
    let memory = heap.0.saturating_add(overhead);
    let memory = memory.saturating_add(off_heap.unwrap_or(Bytes(0)).0);
    Container {
        cpu: cpu.filter(|_| manager == ManagerKind::Kubernetes),
        memory: Bytes(memory),
        parts: conf_data::Memory {
            heap,
            off_heap,
            overhead: Some(Bytes(overhead)),
        },
    }
}

/// `spark.kubernetes.executor.limit.cores`, where it matters.
fn cpu_limit(
    executor: Resources,
    surroundings: &Surroundings<'_>,
    reader: &mut Reader<'_, '_, '_>,
) -> Option<Cpu> {
    let name = "spark.kubernetes.executor.limit.cores";
    let kubernetes = surroundings.manager == ManagerKind::Kubernetes;
    if !kubernetes || cpu_model(surroundings.cluster) == CpuModelKind::Reserved {
        return None;
    }
    let limit = reader.read(name, str::parse::<Cpu>)?;
    if let Some(entry) = reader.values.get(name)
        && (limit < executor.cpu || limit.0 == 0)
    {
        let message = "a limit is above 0 and at least what is requested";
        let label = format!("this is less than {}m", executor.cpu.0.max(1));
        let problem = Diagnostic::at(entry.value.span, message).label(label);
        reader.context.problem(problem);
    }
    Some(limit)
}

/// `spark.executor.cores`: 1, but on a standalone cluster all cores of a worker.
fn executor_cores(reader: &mut Reader<'_, '_, '_>, surroundings: &Surroundings<'_>) -> u32 {
    let whole_worker = match (surroundings.manager, surroundings.cluster) {
        (ManagerKind::Standalone | ManagerKind::Swarm, Some(cluster)) => {
            let cores = cluster
                .pools
                .iter()
                .map(|pool| pool.allocatable().cpu.0 / 1000);
            cores.min().unwrap_or(1).clamp(1, u64::from(u32::MAX)) as u32
        }
        _ => 1,
    };
    reader.count("spark.executor.cores", whole_worker)
}

fn standalone_instances(
    reader: &mut Reader<'_, '_, '_>,
    surroundings: &Surroundings<'_>,
    cores: u32,
    executor: Resources,
    driver: Resources,
) -> u32 {
    let at_most = reader.count("spark.cores.max", MOST) / cores.max(1);
    let limited = reader.values.contains_key("spark.cores.max");
    if reader.values.contains_key("spark.executor.instances") {
        return reader.count("spark.executor.instances", DEFAULT_INSTANCES);
    }
    let unlimited = if limited { u32::MAX } else { DEFAULT_INSTANCES };
    let room = surroundings.cluster.map_or(unlimited, |cluster| {
        let per_node = |free: Resources| {
            let by_cpu = free.cpu.0 / executor.cpu.0.max(1);
            let by_memory = free.memory.0 / executor.memory.0.max(1);
            let by_gpus = free.gpus.checked_div(executor.gpus);
            by_cpu
                .min(by_memory)
                .min(by_gpus.map_or(u64::MAX, u64::from))
        };
        let pools = || cluster.pools.iter();
        let all = pools()
            .map(|pool| per_node(pool.allocatable()).saturating_mul(u64::from(pool.most())))
            .fold(0, u64::saturating_add);
        // The driver takes its place on a worker too.
        let host = pools().find(|pool| pool.allocatable().fits(driver));
        let taken = host.map_or(0, |pool| {
            let free = pool.allocatable();
            let left = cpu_and_memory(free.cpu - driver.cpu, free.memory - driver.memory);
            let left = with_gpus(left, free.gpus - driver.gpus);
            per_node(free) - per_node(left)
        });
        all.saturating_sub(taken).clamp(1, u64::from(u32::MAX)) as u32
    });
    if limited {
        at_most.clamp(1, room)
    } else {
        room
    }
}

fn check_task(
    app: &Entity<AppSpec>,
    task_cpus: u32,
    executor_cores: u32,
    reader: &mut Reader<'_, '_, '_>,
) {
    if task_cpus <= executor_cores {
        return;
    }
    let set = |name: &str| reader.values.get(name);
    let set = set("spark.task.cpus").or(set("spark.executor.cores"));
    let span = set.map_or(app.name.span, |entry| entry.value.span);
    reader.context.problem(
        Diagnostic::at(
            span,
            format!("no executor of `apps.{}` can run a task", app.name.value),
        )
        .label(format!(
            "a task takes {task_cpus} cores, an executor has {executor_cores}"
        ))
        .help("`spark.task.cpus` must be at most `spark.executor.cores`"),
    );
}
