//! `ResourceQuota`: a namespace with one is a budget.

use super::objects::Object;
use super::reading::Reading;
use super::tables::{Budget, Names, Pool};
use super::yaml::Node;
use crate::units::{Bytes, Cpu};
use std::collections::BTreeMap;

/// Budgets by namespace; the tightest of several quotas holds.
pub(super) fn budgets(
    objects: &[&Object],
    pools: &[Pool],
    reading: &mut Reading,
) -> BTreeMap<String, Budget> {
    let mut budgets: BTreeMap<String, Budget> = BTreeMap::new();
    let mut names = Names::default();
    for object in objects {
        let node = &object.node;
        if pools.is_empty() {
            reading.not_mapped(
                node,
                "ResourceQuotas are budgets of nodes, and no Node is among the manifests",
            );
            continue;
        }
        let scopes = [&["spec", "scopes"][..], &["spec", "scopeSelector"]];
        if let Some(scope) = scopes.iter().find_map(|path| node.at(path))
            && !scope.is_empty()
        {
            let path = object.path();
            let what = format!("{path}: budgets hold for all pods of a namespace, not for a scope");
            reading.not_mapped(scope, what);
            continue;
        }
        let (cpu, memory) = amounts(node, reading);
        if cpu.is_none() && memory.is_none() {
            continue;
        }
        let budget = budgets
            .entry(object.namespace.clone())
            .or_insert_with(|| Budget {
                name: names.unique(&object.namespace, &object.namespace),
                comment: object.path(),
                cpu: None,
                memory: None,
            });
        budget.cpu = tighter(budget.cpu, cpu);
        budget.memory = tighter(budget.memory, memory);
    }
    budgets
}

/// What requests may add up to; what else is limited is noted.
fn amounts(node: &Node, reading: &mut Reading) -> (Option<Cpu>, Option<Bytes>) {
    let Some(hard) = node.at(&["spec", "hard"]) else {
        return (None, None);
    };
    let (mut cpu, mut memory) = (None, None);
    for (resource, amount) in hard.entries() {
        match resource.as_str() {
            "cpu" | "requests.cpu" => cpu = tighter(cpu, reading.cpu(hard, &[resource])),
            "memory" | "requests.memory" => {
                memory = tighter(memory, reading.bytes(hard, &[resource]));
            }
            _ => {
                let what = format!(
                    "ResourceQuotas' `{resource}`: budgets limit requests of processor and memory"
                );
                reading.not_mapped(amount, what);
            }
        }
    }
    (cpu, memory)
}

fn tighter<T: Ord + Copy>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
