//! `ResourceQuota`: a namespace with one is a budget.

use super::objects::Object;
use super::pod;
use super::reading::Reading;
use super::tables::{Budget, Names, Pool};
use super::yaml::Node;
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
        let Some(amounts) = amounts(node, reading) else {
            continue;
        };
        let budget = budgets
            .entry(object.namespace.clone())
            .or_insert_with(|| Budget {
                name: names.unique(&object.namespace, &object.namespace),
                comment: object.path(),
                ..Budget::default()
            });
        budget.cpu = tighter(budget.cpu, amounts.cpu);
        budget.memory = tighter(budget.memory, amounts.memory);
        budget.storage = tighter(budget.storage, amounts.storage);
        budget.gpus = tighter(budget.gpus, amounts.gpus);
    }
    budgets
}

/// What requests may add up to, if any of it is limited; what else is limited is noted.
fn amounts(node: &Node, reading: &mut Reading) -> Option<Budget> {
    let hard = node.at(&["spec", "hard"])?;
    let mut found = Budget::default();
    for (resource, amount) in hard.entries() {
        let requested = resource.strip_prefix("requests.").unwrap_or(resource);
        match requested {
            "cpu" => found.cpu = tighter(found.cpu, reading.cpu(hard, &[resource])),
            "memory" => found.memory = tighter(found.memory, reading.bytes(hard, &[resource])),
            "ephemeral-storage" => {
                found.storage = tighter(found.storage, reading.bytes(hard, &[resource]));
            }
            gpus if pod::is_gpu(gpus) => {
                found.gpus = tighter(found.gpus, reading.count(hard, &[resource]));
            }
            _ => {
                let what = format!(
                    "ResourceQuotas' `{resource}`: budgets limit requests of processor, memory, \
                     ephemeral storage and GPUs"
                );
                reading.not_mapped(amount, what);
            }
        }
    }
    let Budget {
        cpu,
        memory,
        storage,
        gpus,
        ..
    } = found;
    let limits = cpu.is_some() || memory.is_some() || storage.is_some() || gpus.is_some();
    limits.then_some(found)
}

fn tighter<T: Ord + Copy>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
