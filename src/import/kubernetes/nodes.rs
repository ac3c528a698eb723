//! Node manifests to pools of equal nodes.
//!
//! Nodes are equal if they are of one group of the provider (or of one type), have the same
//! processors, and memory within a hundredth: the same machine reports some kilobytes more or less
//! from one boot to the next. A pool has the least that one of its nodes has. Labels that some pod
//! looks at, and taints, are the same on all nodes of a pool.

use super::labels::{self, Labels};
use super::objects::Object;
use super::placement::ZONE_LABELS;
use super::pod;
use super::reading::Reading;
use super::tables::{Names, Pool, Tables};
use super::yaml::Node;
use crate::units::{Bytes, Cpu};
use std::collections::{BTreeMap, BTreeSet};

/// Labels that name a node's group, the most telling first.
const GROUP_LABELS: &[&str] = &[
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
    "karpenter.sh/nodepool",
];
const TYPE_LABELS: &[&str] = &[
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
];

/// Taints that a node has while something is wrong with it.
const TRANSIENT: &[&str] = &[
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "ToBeDeletedByClusterAutoscaler",
    "DeletionCandidateOfClusterAutoscaler",
];

/// A node as its manifest says.
#[derive(Clone)]
struct Machine {
    /// Those that some pod looks at.
    labels: Labels,
    taints: Vec<String>,
    zone: Option<String>,
    gpus: u32,
    pods: Option<u32>,
    storage: Option<(Bytes, Bytes)>,
    group: Option<String>,
    instance_type: Option<String>,
    cpu: Cpu,
    memory: Bytes,
    allocatable_cpu: Cpu,
    allocatable_memory: Bytes,
}

/// The pools, in the order of their first nodes.
pub(super) fn pools(
    objects: &[&Object],
    keys: &BTreeSet<String>,
    reading: &mut Reading,
) -> Vec<Pool> {
    let mut groups: Vec<Vec<Machine>> = Vec::new();
    for object in objects {
        let Some(machine) = machine(object, keys, reading) else {
            continue;
        };
        let alike = groups.iter_mut().find(|group| group[0].is_like(&machine));
        match alike {
            Some(group) => group.push(machine),
            None => groups.push(vec![machine]),
        }
    }
    let mut names = Names::default();
    let groups = groups.into_iter().flat_map(by_zone);
    groups
        .map(|(group, zones)| pool(&group, zones, &mut names))
        .collect()
}

/// Whether a taint is there only as long as something is wrong with its node.
pub(super) fn is_transient(key: &str) -> bool {
    TRANSIENT.iter().any(|start| key.starts_with(start))
}

/// A group with the zones that its nodes are in, in turns; where zones do not have as many, a group
/// for each.
fn by_zone(group: Vec<Machine>) -> Vec<(Vec<Machine>, Vec<String>)> {
    let mut zones: BTreeMap<Option<String>, Vec<Machine>> = BTreeMap::new();
    for machine in &group {
        let zone = zones.entry(machine.zone.clone()).or_default();
        zone.push(machine.clone());
    }
    let most = zones.values().map(Vec::len).max().unwrap_or(0);
    let is_even = zones.values().all(|zone| most - zone.len() <= 1);
    if !is_even || zones.len() > 1 && zones.contains_key(&None) {
        let zones = zones.into_iter();
        return zones
            .map(|(zone, group)| (group, zone.into_iter().collect()))
            .collect();
    }
    let mut names: Vec<(usize, String)> = zones
        .into_iter()
        .filter_map(|(zone, group)| Some((group.len(), zone?)))
        .collect();
    names.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let names = names.into_iter().map(|(_, name)| name);
    vec![(group, names.collect())]
}

/// Leaves out the pools that nothing may go to.
pub(super) fn drop_closed(tables: &mut Tables, reading: &mut Reading) {
    let of_services = tables.services.iter().map(|service| &service.placing);
    let of_apps = tables
        .apps
        .iter()
        .flat_map(|app| [&app.placing, &app.driver_placing]);
    let placings: Vec<_> = of_services.chain(of_apps).collect();
    tables.pools.retain(|pool| {
        let closed = pool.taints.iter().find(|taint| {
            let mut placings = placings.iter();
            !taint.ends_with(":PreferNoSchedule") && !placings.any(|it| it.tolerates(taint))
        });
        if let Some(taint) = closed {
            reading.say(format!(
                "the nodes of `{}` are left out: nothing here tolerates their taint `{taint}`",
                pool.name
            ));
        }
        closed.is_none()
    });
}

fn machine(object: &Object, keys: &BTreeSet<String>, reading: &mut Reading) -> Option<Machine> {
    let node = &object.node;
    if reading.flag(node, &["spec", "unschedulable"]) {
        reading.not_mapped(
            node,
            "nodes that are cordoned (`unschedulable`) are left out",
        );
        return None;
    }
    let mut taints = Vec::new();
    for taint in node.at(&["spec", "taints"]).map_or(&[][..], Node::items) {
        let key = taint.text_at(&["key"]).unwrap_or_default();
        let effect = taint.text_at(&["effect"]).unwrap_or_default();
        if !matches!(effect, "NoSchedule" | "NoExecute" | "PreferNoSchedule") || key.is_empty() {
            continue;
        }
        if is_transient(key) {
            if effect != "PreferNoSchedule" {
                let what = format!("nodes with the taint `{key}` are left out: they are not ready");
                reading.not_mapped(taint, what);
                return None;
            }
            continue;
        }
        taints.push(match taint.text_at(&["value"]) {
            Some(value) if !value.is_empty() => format!("{key}={value}:{effect}"),
            _ => format!("{key}:{effect}"),
        });
    }
    taints.sort();
    let cpu = reading.cpu(node, &["status", "capacity", "cpu"]);
    let memory = reading.bytes(node, &["status", "capacity", "memory"]);
    let (Some(cpu), Some(memory)) = (cpu, memory) else {
        if node.at(&["status", "capacity"]).is_none() {
            reading.not_mapped(
                node,
                "nodes without `status.capacity` are left out: take them from `kubectl get nodes \
                 -o yaml`",
            );
        }
        return None;
    };
    if cpu == Cpu(0) || memory == Bytes(0) {
        reading.not_mapped(node, "nodes without processor or memory are left out");
        return None;
    }
    // A node that does not say holds back nothing.
    let allocatable_cpu = reading.cpu(node, &["status", "allocatable", "cpu"]);
    let allocatable_memory = reading.bytes(node, &["status", "allocatable", "memory"]);
    for (resource, amount) in node
        .at(&["status", "capacity"])
        .map_or(&[][..], Node::entries)
    {
        if resource.contains('/')
            && !pod::is_gpu(resource)
            && amount.text().is_some_and(|text| text != "0")
        {
            let what = format!("nodes' `{resource}`: containers are placed without it");
            reading.not_mapped(amount, what);
        }
    }
    let mut gpus = 0_u32;
    let capacity = node.at(&["status", "capacity"]);
    for (resource, _) in capacity.map_or(&[][..], Node::entries) {
        if pod::is_gpu(resource) {
            let allocatable = reading.count(node, &["status", "allocatable", resource]);
            let all = reading.count(node, &["status", "capacity", resource]);
            gpus = gpus.saturating_add(allocatable.or(all).unwrap_or(0));
        }
    }
    let mut amount = |kind: &str, what: &str| reading.bytes(node, &["status", kind, what]);
    let storage = amount("capacity", "ephemeral-storage").map(|all| {
        let free = amount("allocatable", "ephemeral-storage").unwrap_or(all);
        (all, Bytes(all.0.saturating_sub(free.0)))
    });
    let pods = ["allocatable", "capacity"]
        .iter()
        .find_map(|kind| reading.count(node, &["status", kind, "pods"]));
    let labels = node.at(&["metadata", "labels"]);
    let label = |names: &[&str]| {
        let labels = labels?;
        let found = names.iter().find_map(|name| labels.text_at(&[name]));
        found.map(str::to_owned)
    };
    let mut looked_at = labels::read(labels);
    looked_at.retain(|key, _| keys.contains(key));
    Some(Machine {
        labels: looked_at,
        taints,
        zone: label(ZONE_LABELS).filter(|zone| !zone.is_empty()),
        gpus,
        pods,
        storage,
        group: label(GROUP_LABELS),
        instance_type: label(TYPE_LABELS),
        cpu,
        memory,
        allocatable_cpu: allocatable_cpu.map_or(cpu, |it| it.min(cpu)),
        allocatable_memory: allocatable_memory.map_or(memory, |it| it.min(memory)),
    })
}

impl Machine {
    fn is_like(&self, other: &Self) -> bool {
        let (less, more) = (
            self.memory.0.min(other.memory.0),
            self.memory.0.max(other.memory.0),
        );
        (&self.group, &self.instance_type, self.cpu)
            == (&other.group, &other.instance_type, other.cpu)
            && (&self.labels, &self.taints, self.gpus) == (&other.labels, &other.taints, other.gpus)
            && more - less <= more / 100
    }
}

fn pool(group: &[Machine], zones: Vec<String>, names: &mut Names) -> Pool {
    let first = &group[0];
    let least = |amount: fn(&Machine) -> u64| group.iter().map(amount).min().unwrap_or(0);
    let memory = least(|it| it.memory.0);
    let reserved_cpu = first.cpu.0 - least(|it| it.allocatable_cpu.0);
    let reserved_memory = memory.saturating_sub(least(|it| it.allocatable_memory.0));
    let named = first.group.as_ref().or(first.instance_type.as_ref());
    let named = named.map_or("nodes", String::as_str);
    let comment = match &first.instance_type {
        Some(kind) => format!("instance type {kind}"),
        None => String::new(),
    };
    Pool {
        name: names.unique(named, named),
        comment,
        count: group.len() as u32,
        cpu: first.cpu,
        memory: Bytes(memory),
        reserved_cpu: Cpu(reserved_cpu),
        reserved_memory: Bytes(reserved_memory),
        daemons: Vec::new(),
        gpus: first.gpus,
        pods: group.iter().filter_map(|it| it.pods).min(),
        storage: storage_of(group),
        labels: first.labels.clone(),
        taints: first.taints.clone(),
        zones,
    }
}

/// The least capacity, and what of that not even the fullest node lets go of; `None`, if a node does
/// not tell.
fn storage_of(group: &[Machine]) -> Option<(Bytes, Bytes)> {
    let all: Option<Vec<(Bytes, Bytes)>> = group.iter().map(|it| it.storage).collect();
    let all = all?;
    let capacity = all.iter().map(|(all, _)| all.0).min()?;
    let free = all.iter().map(|(all, reserved)| all.0 - reserved.0).min()?;
    Some((Bytes(capacity), Bytes(capacity.saturating_sub(free))))
}
