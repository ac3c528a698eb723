//! Node manifests to pools of equal nodes.
//!
//! Nodes are equal if they are of one group of the provider (or of one type), have the same
//! processors, and memory within a hundredth: the same machine reports some kilobytes more or less
//! from one boot to the next. A pool has the least that one of its nodes has.

use super::objects::Object;
use super::reading::Reading;
use super::tables::{Names, Pool};
use super::yaml::Node;
use crate::units::{Bytes, Cpu};

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

/// A node as its manifest says.
struct Machine {
    group: Option<String>,
    instance_type: Option<String>,
    cpu: Cpu,
    memory: Bytes,
    allocatable_cpu: Cpu,
    allocatable_memory: Bytes,
}

/// The pools, in the order of their first nodes.
pub(super) fn pools(objects: &[&Object], reading: &mut Reading) -> Vec<Pool> {
    let mut groups: Vec<Vec<Machine>> = Vec::new();
    for object in objects {
        let Some(machine) = machine(object, reading) else {
            continue;
        };
        let alike = groups.iter_mut().find(|group| group[0].is_like(&machine));
        match alike {
            Some(group) => group.push(machine),
            None => groups.push(vec![machine]),
        }
    }
    let mut names = Names::default();
    groups.iter().map(|group| pool(group, &mut names)).collect()
}

fn machine(object: &Object, reading: &mut Reading) -> Option<Machine> {
    let node = &object.node;
    if reading.flag(node, &["spec", "unschedulable"]) {
        reading.not_mapped(
            node,
            "nodes that are cordoned (`unschedulable`) are left out",
        );
        return None;
    }
    let keeping_out = |taint: &&Node| {
        let effect = taint.text_at(&["effect"]);
        matches!(effect, Some("NoSchedule" | "NoExecute"))
    };
    let taints = node.at(&["spec", "taints"]).map_or(&[][..], Node::items);
    if let Some(taint) = taints.iter().find(keeping_out) {
        let key = taint.text_at(&["key"]).unwrap_or("?");
        let what = format!(
            "taints: nodes with `{key}` are left out, because they are only for pods that tolerate \
             it"
        );
        reading.not_mapped(taint, what);
        return None;
    }
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
        if resource.contains('/') && amount.text().is_some_and(|text| text != "0") {
            let what = format!("nodes' `{resource}`: containers are placed without it");
            reading.not_mapped(amount, what);
        }
    }
    let labels = node.at(&["metadata", "labels"]);
    let label = |names: &[&str]| {
        let labels = labels?;
        let found = names.iter().find_map(|name| labels.text_at(&[name]));
        found.map(str::to_owned)
    };
    Some(Machine {
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
            && more - less <= more / 100
    }
}

fn pool(group: &[Machine], names: &mut Names) -> Pool {
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
    }
}
