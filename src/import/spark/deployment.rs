//! The cluster and the properties that a replay runs with.
//!
//! A log names hosts and executors, not machines: how large those were, and what else ran there,
//! it does not say. Nodes are made just large enough for what was seen on them at once, and for
//! the driver on any of them, so that the simulated executors find the places of the recorded
//! ones whatever the placement.

use super::application::{Application, Executor, Timestamp};
use super::free::FreeSlots;
use super::properties::{self, Role};
use super::removals;
use super::slots;
use super::starts;
use super::timeline::{self, Span};
use crate::model::ManagerKind;
use crate::units::{Bytes, Cpu};
use std::collections::BTreeMap;

/// Where and how a replay runs.
pub(super) struct Deployment {
    pub(super) manager: ManagerKind,
    /// What to know about the choice, if it is not the recorded one.
    pub(super) manager_note: Option<String>,
    /// Groups of equal hosts.
    pub(super) pools: Vec<HostGroup>,
    /// The properties, by name.
    pub(super) conf: Vec<Property>,
    /// Number of properties of the log that are not among them.
    pub(super) left_out_count: usize,
    /// Properties whose values cannot be, and why, one sentence each.
    pub(super) refused: Vec<String>,
    /// Executors that ran at once at most.
    pub(super) instances: u32,
    /// Cores of each.
    pub(super) cores: u32,
    /// When they came and went; empty where all were there all the time.
    pub(super) timeline: Vec<Span>,
    /// Milliseconds that executors took to come, where anybody waited for them.
    pub(super) starts: Vec<u64>,
    /// Milliseconds that executors took to go that the driver had given up; `None`: it gave none up.
    pub(super) removal_ms: Option<f64>,
    /// Whether it followed the tasks.
    pub(super) is_dynamic: bool,
    /// Core-milliseconds of all executors, from coming to going.
    pub(super) core_time_ms: u64,
    /// When slots were free.
    pub(super) free: FreeSlots,
    /// What does not come from the log, one sentence each.
    pub(super) assumed: Vec<String>,
}

/// Hosts that need the same.
pub(super) struct HostGroup {
    pub(super) hosts: Vec<String>,
    pub(super) executor_count: u64,
    pub(super) cpu: Cpu,
    pub(super) memory_gib: u64,
    /// What the driver needs of it.
    driver_cpu: Cpu,
    driver_memory: Bytes,
    /// What one executor needs of it.
    executor_memory: Bytes,
}

impl HostGroup {
    /// The same with room for that many times the executors.
    pub(super) fn with_room(&self, factor: u64) -> Self {
        let executors = Cpu(self.cpu.0 - self.driver_cpu.0);
        let memory = self
            .executor_memory
            .0
            .saturating_mul(self.executor_count * factor);
        let memory = memory.saturating_add(self.driver_memory.0);
        Self {
            hosts: self.hosts.clone(),
            cpu: Cpu(executors
                .0
                .saturating_mul(factor)
                .saturating_add(self.driver_cpu.0)),
            memory_gib: memory.div_ceil(1 << 30),
            executor_count: self.executor_count * factor,
            ..*self
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.executor_count, self.cpu, self.memory_gib)
            == (other.executor_count, other.cpu, other.memory_gib)
    }
}

/// A property of the scenario.
pub(super) struct Property {
    pub(super) key: String,
    pub(super) value: String,
    /// Why it is not as logged.
    pub(super) note: Option<String>,
}

pub(super) const INSTANCES: &str = "spark.executor.instances";
const CORES: &str = "spark.executor.cores";
pub(super) const DYNAMIC_ALLOCATION: &str = "spark.dynamicAllocation.enabled";
const DRIVER_ID: &str = "driver";

impl Deployment {
    /// Finds the deployment of `application`.
    pub(super) fn new(application: &Application) -> Self {
        let executors = executors(application);
        let mut assumed = Vec::new();
        let cores = cores(application, &executors, &mut assumed);
        let peak = peak(executors.iter().copied(), application, cores);
        let instances = if executors.is_empty() {
            assumed.push("the log names no executor".to_owned());
            properties::count(application, INSTANCES).unwrap_or(1)
        } else {
            u32::try_from(peak.executor_count).unwrap_or(u32::MAX)
        };
        assumed.extend(slots::profiles(application));
        let is_limited = !executors.iter().any(|it| it.cores == Some(cores));
        let cores_of = |executor: &Executor| match executor.cores {
            Some(own) if is_limited => own.min(cores),
            Some(own) => own.max(1),
            None => cores,
        };
        let timeline = timeline::of(application, &executors, cores, cores_of);
        let life = |executor: &&Executor| {
            let added = executor.added.unwrap_or(application.started);
            let removed = executor.removed.unwrap_or(application.ended);
            let cores = u64::from(cores_of(executor));
            removed.millis_since(added).saturating_mul(cores)
        };
        // A damaged log may say anything.
        let lives = executors.iter().map(life);
        let core_time_ms = lives.fold(0, u64::saturating_add);
        let task_cpus = properties::count(application, "spark.task.cpus").unwrap_or(1);
        let is_executor = |executor: &Executor| executors.iter().any(|it| it.id == executor.id);
        let free = FreeSlots::new(application, |executor| {
            if is_executor(executor) {
                cores_of(executor) / task_cpus
            } else {
                0
            }
        });
        let (manager, manager_note) = manager(application);
        let (conf, refused) = conf(application, manager, instances, cores);
        let logged = |property: &&Property| application.properties.contains_key(&property.key);
        let kept_count = conf.iter().filter(logged).count();
        Self {
            manager,
            manager_note,
            pools: pools(application, &executors, cores),
            left_out_count: application.properties.len() - kept_count - refused.len(),
            conf,
            refused,
            instances,
            cores,
            timeline,
            starts: starts::of(application, &executors, instances),
            removal_ms: removals::of(application),
            is_dynamic: properties::is_true(application, DYNAMIC_ALLOCATION),
            core_time_ms,
            free,
            assumed,
        }
    }
}

/// Those that a replay stands up: the driver is one of them only where it ran all tasks itself.
fn executors(application: &Application) -> Vec<&Executor> {
    let all = &application.executors;
    let is_local = all.iter().all(|executor| executor.id == DRIVER_ID);
    all.iter()
        .filter(|executor| is_local || executor.id != DRIVER_ID)
        .collect()
}

fn manager(application: &Application) -> (ManagerKind, Option<String>) {
    let master = application.properties.get("spark.master");
    match master.map(String::as_str) {
        Some(master) if master.starts_with("k8s://") => (ManagerKind::Kubernetes, None),
        Some(master) if master.starts_with("spark://") => (ManagerKind::Standalone, None),
        Some(master) => (
            ManagerKind::Standalone,
            Some(format!("recorded with spark.master = {master}")),
        ),
        None => (
            ManagerKind::Standalone,
            Some("the log does not say which it was".to_owned()),
        ),
    }
}

/// Cores of an executor: what most of them had.
fn cores(application: &Application, executors: &[&Executor], assumed: &mut Vec<String>) -> u32 {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for cores in executors.iter().filter_map(|executor| executor.cores) {
        *counts.entry(cores.max(1)).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|&(cores, count)| (count, cores));
    let Some((&cores, _)) = most else {
        let cores = slots::unsaid_cores(application, assumed);
        return slots::limited_cores(application, cores, assumed);
    };
    slots::limited_cores(application, cores, assumed)
}

/// What ran at once at most.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Peak {
    executor_count: u64,
    core_count: u64,
}

fn peak<'a>(
    executors: impl Iterator<Item = &'a Executor>,
    application: &Application,
    default_cores: u32,
) -> Peak {
    // One that goes makes room for one that comes at the same instant.
    let mut changes: Vec<(Timestamp, bool, u64)> = Vec::new();
    for executor in executors {
        let cores = u64::from(executor.cores.unwrap_or(default_cores));
        let added = executor.added.unwrap_or(application.started);
        changes.push((added, true, cores));
        if let Some(removed) = executor.removed {
            changes.push((
                removed.max(Timestamp(added.0.saturating_add(1))),
                false,
                cores,
            ));
        }
    }
    changes.sort_unstable();
    let (mut now, mut peak) = (Peak::default(), Peak::default());
    for (_, is_added, cores) in changes {
        if is_added {
            now.executor_count += 1;
            now.core_count += cores;
        } else {
            now.executor_count -= 1;
            now.core_count -= cores;
        }
        peak.executor_count = peak.executor_count.max(now.executor_count);
        peak.core_count = peak.core_count.max(now.core_count);
    }
    peak
}

fn pools(application: &Application, executors: &[&Executor], cores: u32) -> Vec<HostGroup> {
    let driver_cores = properties::count(application, "spark.driver.cores").unwrap_or(1);
    let driver_cpu = properties::cpu(application, Role::Driver, driver_cores);
    let driver_memory = properties::memory(application, Role::Driver);
    let executor_cpu = properties::cpu(application, Role::Executor, cores);
    let executor_memory = properties::memory(application, Role::Executor);
    let mut hosts: Vec<&str> = Vec::new();
    let mut by_host: BTreeMap<&str, Vec<&Executor>> = BTreeMap::new();
    for executor in executors {
        let on_host = by_host.entry(&executor.host).or_default();
        if on_host.is_empty() {
            hosts.push(&executor.host);
        }
        on_host.push(executor);
    }
    let mut groups: Vec<HostGroup> = Vec::new();
    let mut add = |host: &str, peak: Peak| {
        // Executors of other sizes than the replay's may have run there: room for both.
        let of_executors = Cpu(executor_cpu.0.saturating_mul(peak.executor_count));
        let cpu = of_executors.max(Cpu::cores(peak.core_count));
        let memory = Bytes(executor_memory.0.saturating_mul(peak.executor_count));
        let group = HostGroup {
            hosts: vec![host.to_owned()],
            executor_count: peak.executor_count,
            cpu: Cpu(cpu.0.saturating_add(driver_cpu.0)),
            memory_gib: memory.0.saturating_add(driver_memory.0).div_ceil(1 << 30),
            driver_cpu,
            driver_memory,
            executor_memory,
        };
        match groups.iter_mut().find(|other| other.is_like(&group)) {
            Some(other) => other.hosts.extend(group.hosts),
            None => groups.push(group),
        }
    };
    for host in hosts {
        add(
            host,
            peak(by_host[host].iter().copied(), application, cores),
        );
    }
    if executors.is_empty() {
        let executor_count = properties::count(application, INSTANCES).unwrap_or(1);
        let executor_count = u64::from(executor_count);
        let core_count = executor_count * u64::from(cores);
        add(
            "unknown",
            Peak {
                executor_count,
                core_count,
            },
        );
    }
    groups
}

/// What the nodes of a replay, of which no log says it, would have to have.
const GPUS: &[&str] = &[
    "spark.driver.resource.gpu.amount",
    "spark.executor.resource.gpu.amount",
    "spark.task.resource.gpu.amount",
];

/// The properties of the replay, and the refused ones.
fn conf(
    application: &Application,
    manager: ManagerKind,
    instances: u32,
    cores: u32,
) -> (Vec<Property>, Vec<String>) {
    let mut conf: BTreeMap<&str, Property> = BTreeMap::new();
    let mut refused = Vec::new();
    for (key, value) in &application.properties {
        if !properties::is_kept(key, value) || [INSTANCES, CORES].contains(&key.as_str()) {
            continue;
        }
        if GPUS.contains(&key.as_str()) {
            refused.push(format!(
                "`{key} = {value}`: a log says nothing of its hosts' graphics processors; tasks ran \
                 at once as many as the cores here allow"
            ));
            continue;
        }
        if let Some(problem) = properties::refusal(key, value, manager) {
            refused.push(format!("`{key} = {value}`: {problem}"));
            continue;
        }
        let property = Property {
            key: key.clone(),
            value: value.clone(),
            note: None,
        };
        conf.insert(key, property);
    }
    for (key, observed) in [(INSTANCES, instances), (CORES, cores)] {
        let logged = application.properties.get(key);
        let note = match (key, logged) {
            (_, Some(logged)) if logged.trim() == observed.to_string() => None,
            (INSTANCES, _) if properties::is_true(application, DYNAMIC_ALLOCATION) => {
                Some("the most at once".to_owned())
            }
            (_, Some(logged)) => Some(format!("as observed; logged as {logged}")),
            (_, None) => Some("as observed; not in the log's properties".to_owned()),
        };
        let property = Property {
            key: key.to_owned(),
            value: observed.to_string(),
            note,
        };
        conf.insert(key, property);
    }
    (conf.into_values().collect(), refused)
}
