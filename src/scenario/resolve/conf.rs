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

use super::{Context, fit};
use crate::model::{Cluster, ManagerKind, Resources, SparkConf};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::nearest::quoted_list;
use crate::scenario::spark_properties as properties;
use crate::scenario::spec::{AppSpec, ConfEntry, ConfSpec, Entity, SparkSpec};
use crate::units::{Bytes, Cpu, Duration, UnitError};
use std::collections::BTreeMap;

/// The version whose defaults hold where a scenario does not say.
const DEFAULT_VERSION: (u32, u32) = (3, 5);
/// `spark.executor.instances` on managers that read it.
const DEFAULT_INSTANCES: u32 = 2;
const DEFAULT_MEMORY: Bytes = Bytes(1024 * MIB);
const DEFAULT_OVERHEAD_FACTOR: f64 = 0.10;
const DEFAULT_MIN_OVERHEAD: Bytes = Bytes(384 * MIB);
const DEFAULT_BATCH_DELAY: Duration = Duration::from_secs(1);
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
        spark: Option<&'a Located<SparkSpec>>,
        manager: ManagerKind,
        cluster: Option<&'a Cluster>,
        context: &mut Context<'_>,
    ) -> Self {
        let defaults = spark.and_then(|spark| spark.conf.as_ref());
        if let Some(defaults) = defaults {
            check_names(defaults, "spark.conf", false, context);
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

fn read_version(version: &Located<String>, context: &mut Context<'_>) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major @ 3..=4), Some(minor)) => (major, minor),
        _ => {
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
    }
}

/// The properties of one application. `recorded`: it comes from an event log, whose properties are
/// never refused for their names.
pub(crate) fn resolve(
    app: &Entity<AppSpec>,
    recorded: bool,
    surroundings: &Surroundings<'_>,
    context: &mut Context<'_>,
) -> SparkConf {
    let own = app.spec.conf.as_ref();
    if let Some(own) = own {
        let path = format!("apps.{}.conf", app.name.value);
        check_names(own, &path, recorded, context);
    }
    let mut values = BTreeMap::new();
    for conf in surroundings.defaults.into_iter().chain(own) {
        values.extend(conf.0.iter().map(|entry| (entry.name.as_str(), entry)));
    }
    let mut reader = Reader { values, context };
    let kubernetes = surroundings.manager == ManagerKind::Kubernetes;
    let task_cpus = reader.count("spark.task.cpus", 1);
    let executor = container(&mut reader, &EXECUTOR, kubernetes);
    let driver = container(&mut reader, &DRIVER, kubernetes);
    let executor_cores = executor_cores(&mut reader, surroundings);
    let executor = match executor.cpu {
        Some(cpu) => cpu_and_memory(cpu, executor.memory),
        None => cpu_and_memory(Cpu::cores(u64::from(executor_cores)), executor.memory),
    };
    let driver_cores = reader.count("spark.driver.cores", 1);
    let driver_cpu = driver.cpu.unwrap_or(Cpu::cores(u64::from(driver_cores)));
    let driver = cpu_and_memory(driver_cpu, driver.memory);
    let executor_instances = match surroundings.manager {
        ManagerKind::Kubernetes => reader.count("spark.executor.instances", DEFAULT_INSTANCES),
        ManagerKind::Standalone => {
            standalone_instances(&mut reader, surroundings, executor_cores, executor, driver)
        }
    };
    let batch_size = reader.count(
        "spark.kubernetes.allocation.batch.size",
        surroundings.default_batch_size(),
    );
    let delay = reader.read("spark.kubernetes.allocation.batch.delay", |text| {
        Duration::from_spark(text, Duration::from_millis(1))
    });
    if executor_cores < task_cpus {
        too_few_cores(
            &reader.values,
            app,
            task_cpus,
            executor_cores,
            reader.context,
        );
    }
    for (what, asked, keys) in [
        ("driver", driver, &DRIVER.fit_keys),
        ("executor", executor, &EXECUTOR.fit_keys),
    ] {
        let set = keys.iter().find_map(|key| reader.values.get(key));
        let span = set.map_or(app.name.span, |entry| entry.value.span);
        let what = format!("the {what} of `apps.{}`", app.name.value);
        let what = if keys == &EXECUTOR.fit_keys {
            format!("an executor of `apps.{}`", app.name.value)
        } else {
            what
        };
        fit::check(&what, asked, span, surroundings.cluster, reader.context);
    }
    SparkConf {
        executor_instances,
        executor_cores: executor_cores.max(task_cpus),
        task_cpus,
        driver,
        executor,
        allocation_batch_size: kubernetes.then_some(batch_size),
        allocation_batch_delay: if kubernetes {
            delay.unwrap_or(DEFAULT_BATCH_DELAY)
        } else {
            Duration::ZERO
        },
    }
}

fn cpu_and_memory(cpu: Cpu, memory: Bytes) -> Resources {
    Resources { cpu, memory }
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
    /// What a container that fits nowhere is blamed on, first one set.
    fit_keys: [&'static str; 3],
}

const EXECUTOR: ContainerKeys = ContainerKeys {
    request_cores: "spark.kubernetes.executor.request.cores",
    memory: "spark.executor.memory",
    overhead: "spark.executor.memoryOverhead",
    overhead_factor: "spark.executor.memoryOverheadFactor",
    min_overhead: "spark.executor.minMemoryOverhead",
    extras: true,
    fit_keys: [
        "spark.executor.memory",
        "spark.executor.cores",
        "spark.kubernetes.executor.request.cores",
    ],
};

const DRIVER: ContainerKeys = ContainerKeys {
    request_cores: "spark.kubernetes.driver.request.cores",
    memory: "spark.driver.memory",
    overhead: "spark.driver.memoryOverhead",
    overhead_factor: "spark.driver.memoryOverheadFactor",
    min_overhead: "spark.driver.minMemoryOverhead",
    extras: false,
    fit_keys: [
        "spark.driver.memory",
        "spark.driver.cores",
        "spark.kubernetes.driver.request.cores",
    ],
};

struct Container {
    /// Where the manager is asked for something else than the cores.
    cpu: Option<Cpu>,
    memory: Bytes,
}

fn container(reader: &mut Reader<'_, '_, '_>, keys: &ContainerKeys, kubernetes: bool) -> Container {
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
    let python = reader.mebibytes("spark.executor.pyspark.memory");
    if !kubernetes {
        return Container {
            cpu: None,
            memory: heap,
        };
    }
    let factor = factor.unwrap_or(DEFAULT_OVERHEAD_FACTOR);
    let share = Bytes((factor * (heap.0 / MIB) as f64) as u64 * MIB);
    let minimum = minimum.unwrap_or(DEFAULT_MIN_OVERHEAD);
    let mut memory = heap.0.saturating_add(fixed.unwrap_or(share.max(minimum)).0);
    if keys.extras {
        if off_heap {
            memory = memory.saturating_add(off_heap_size.unwrap_or(Bytes(0)).0);
        }
        memory = memory.saturating_add(python.unwrap_or(Bytes(0)).0);
    }
    Container {
        cpu,
        memory: Bytes(memory),
    }
}

/// `spark.executor.cores`: 1, but on a standalone cluster all cores of a worker.
fn executor_cores(reader: &mut Reader<'_, '_, '_>, surroundings: &Surroundings<'_>) -> u32 {
    let whole_worker = match (surroundings.manager, surroundings.cluster) {
        (ManagerKind::Standalone, Some(cluster)) => {
            let cores = cluster
                .pools
                .iter()
                .map(|pool| pool.allocatable().cpu.0 / 1000);
            cores.min().unwrap_or(1).max(1) as u32
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
    let most = reader.count("spark.cores.max", u32::MAX) / cores.max(1);
    if reader.values.contains_key("spark.executor.instances") {
        return reader.count("spark.executor.instances", DEFAULT_INSTANCES);
    }
    let room = surroundings.cluster.map_or(DEFAULT_INSTANCES, |cluster| {
        let per_node = |free: Resources| {
            let by_cpu = free.cpu.0 / executor.cpu.0.max(1);
            by_cpu.min(free.memory.0 / executor.memory.0.max(1))
        };
        let pools = || cluster.pools.iter();
        let all: u64 = pools()
            .map(|pool| per_node(pool.allocatable()) * u64::from(pool.count))
            .sum();
        // The driver takes its place on a worker too.
        let host = pools().find(|pool| pool.allocatable().fits(driver));
        let taken = host.map_or(0, |pool| {
            let free = pool.allocatable();
            let left = cpu_and_memory(free.cpu - driver.cpu, free.memory - driver.memory);
            per_node(free) - per_node(left)
        });
        (all - taken).clamp(1, u64::from(u32::MAX)) as u32
    });
    most.clamp(1, room)
}

fn too_few_cores(
    values: &BTreeMap<&str, &ConfEntry>,
    app: &Entity<AppSpec>,
    task_cpus: u32,
    executor_cores: u32,
    context: &mut Context<'_>,
) {
    let set = values
        .get("spark.task.cpus")
        .or(values.get("spark.executor.cores"));
    let span = set.map_or(app.name.span, |entry| entry.value.span);
    context.problem(
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

/// Reads values; what is wrong is told and counts as left out.
struct Reader<'v, 'c, 'a> {
    values: BTreeMap<&'v str, &'v ConfEntry>,
    context: &'c mut Context<'a>,
}

impl Reader<'_, '_, '_> {
    fn read<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, UnitError>,
    ) -> Option<T> {
        let entry = *self.values.get(name)?;
        match parse(&entry.value.to_string()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.context.problem_once(
                    Diagnostic::at(entry.value.span, format!("invalid value for `{name}`"))
                        .label(error.message),
                );
                None
            }
        }
    }

    fn count(&mut self, name: &str, default: u32) -> u32 {
        let wrong = |text: &str| UnitError {
            message: format!("expected a whole number of at least 1, found `{text}`"),
        };
        let parse = |text: &str| {
            let count = text.parse().ok().filter(|count| 1 <= *count);
            count.ok_or_else(|| wrong(text))
        };
        self.read(name, parse).unwrap_or(default)
    }

    fn factor(&mut self, name: &str) -> Option<f64> {
        self.read(name, |text| {
            let factor = text.parse::<f64>().ok();
            let factor = factor.filter(|factor| factor.is_finite() && 0.0 < *factor);
            factor.ok_or_else(|| UnitError {
                message: format!("expected a number above 0, found `{text}`"),
            })
        })
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, |text| {
            text.parse().map_err(|_| UnitError {
                message: format!("expected true or false, found `{text}`"),
            })
        })
    }

    /// A size that Spark counts in whole MiB.
    fn mebibytes(&mut self, name: &str) -> Option<Bytes> {
        let size = self.read(name, |text| Bytes::from_spark(text, Bytes::MIB))?;
        Some(Bytes(size.0 / MIB * MIB))
    }
}

/// Reports names that are set twice or misspelt, and notes what is not modelled.
fn check_names(conf: &ConfSpec, path: &str, recorded: bool, context: &mut Context<'_>) {
    let mut seen = BTreeMap::new();
    let mut others: Vec<&str> = Vec::new();
    for entry in &conf.0 {
        let name = entry.name.as_str();
        if seen.insert(name, ()).is_some() {
            context.problem(
                Diagnostic::at(entry.name.span, format!("`{name}` is set twice"))
                    .label("nested and quoted names are the same property"),
            );
            continue;
        }
        if properties::MODELLED.contains(&name) {
            continue;
        }
        let value = entry.value.to_string();
        match properties::default_of(name) {
            Some(default) if default == value => {}
            Some(_) => match properties::consequence(name, &value) {
                Some(consequence) => context.note(format!(
                    "{path}: `{name} = {value}` is not modelled: {consequence}"
                )),
                None => others.push(name),
            },
            None => match properties::near_miss(name).filter(|_| !recorded) {
                Some(near) => context.problem(
                    Diagnostic::at(entry.name.span, format!("Spark has no property `{name}`"))
                        .label(format!("did you mean `{near}`?"))
                        .help(
                            "a name this close to one of Spark's own is taken for a slip; others \
                             are accepted and listed as not modelled",
                        ),
                ),
                None => others.push(name),
            },
        }
    }
    if !others.is_empty() {
        others.sort_unstable();
        let list = quoted_list(others);
        context.note(format!("{path}: accepted and not modelled: {list}"));
    }
}
