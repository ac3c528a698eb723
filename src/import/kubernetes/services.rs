//! `Deployment` and `StatefulSet` to services; `DaemonSet` to what nodes hold back.

use super::images::Images;
use super::objects::Object;
use super::placement::{self, Around};
use super::pod::{self, Pod};
use super::priorities::Priorities;
use super::reading::Reading;
use super::tables::{Names, Placing, Service, Tables};
use super::yaml::Node;
use super::{autoscalers, labels, write};
use std::collections::BTreeSet;

/// Where the pods of a controller are described.
const TEMPLATE: &[&str] = &["spec", "template", "spec"];

/// Adds a service for each of `objects`.
pub(super) fn add(
    objects: &[&Object],
    (autoscalers, priorities): (&[&Object], &Priorities),
    images: &mut Images,
    tables: &mut Tables,
    reading: &mut Reading,
) {
    let mut names = Names::default();
    for object in objects {
        let node = &object.node;
        let replicas = reading.count(node, &["spec", "replicas"]).unwrap_or(1);
        let Some(pod) = pod_of(object, reading) else {
            continue;
        };
        let autoscaler = autoscalers::of(object, autoscalers);
        let autoscale = autoscaler.and_then(|it| autoscalers::read(it, &pod, reading));
        if replicas == 0 && autoscale.is_none() {
            reading.not_mapped(node, "what is scaled to 0 replicas is left out");
            continue;
        }
        if let Some(claims) = node.at(&["spec", "volumeClaimTemplates"]) {
            reading.not_mapped(claims, "`volumeClaimTemplates`: volumes take no time");
        }
        let scoped = format!("{}-{}", object.namespace, object.name);
        let name = names.unique(&object.name, &scoped);
        let placing = placing_of(object, &name, priorities, tables, reading);
        let budget = tables.budgets.get(&object.namespace);
        let service = Service {
            gpus: pod.gpus,
            storage: pod.storage,
            placing,
            budget: budget.map(|budget| budget.name.clone()),
            name,
            comment: object.path(),
            replicas,
            autoscale,
            cpu: pod.cpu,
            memory: pod.memory,
            cpu_limit: pod.cpu_limit,
            layers: images.layers(&pod.images, node, tables, reading),
        };
        let alone = Tables {
            pools: tables.pools.clone(),
            budgets: tables.budgets.clone(),
            layers: tables.layers.clone(),
            services: vec![service.clone()],
            ..Tables::default()
        };
        match write::refusal(&alone) {
            None => tables.services.push(service),
            Some(problem) => {
                let path = object.path();
                reading.not_mapped(node, format!("{path} is left out: {problem}"));
            }
        }
    }
}

/// Lets the daemons of nodes hold back what they reserve.
pub(super) fn add_daemons(
    objects: &[&Object],
    priorities: &Priorities,
    tables: &mut Tables,
    reading: &mut Reading,
) {
    for object in objects {
        let Some(pod) = pod_of(object, reading) else {
            continue;
        };
        let placing = placing_of(object, &object.name, priorities, tables, reading);
        for pool in tables.pools.iter_mut().filter(|pool| placing.allows(pool)) {
            let cpu = pool.reserved_cpu.0.saturating_add(pod.cpu.0);
            let memory = pool.reserved_memory.0.saturating_add(pod.memory.0);
            if cpu < pool.cpu.0 && memory < pool.memory.0 {
                (pool.reserved_cpu.0, pool.reserved_memory.0) = (cpu, memory);
                pool.daemons.push(object.name.clone());
            } else {
                let (path, pool) = (object.path(), &pool.name);
                let what = format!("{path} does not fit on the nodes of `{pool}`");
                reading.not_mapped(&object.node, what);
            }
        }
    }
}

/// Where the pods of a controller may go.
fn placing_of(
    object: &Object,
    name: &str,
    priorities: &Priorities,
    tables: &mut Tables,
    reading: &mut Reading,
) -> Placing {
    let Some(template) = object.node.at(TEMPLATE) else {
        return Placing::default();
    };
    let own = labels::read(object.node.at(&["spec", "template", "metadata", "labels"]));
    let mut around = Around {
        priorities,
        pools: &mut tables.pools,
    };
    placement::read(template, (name, &own), &mut around, reading)
}

/// The keys of node labels that the pods of controllers look at.
pub(super) fn keys(objects: &[&Object]) -> BTreeSet<String> {
    let templates = objects.iter().filter_map(|object| object.node.at(TEMPLATE));
    templates.flat_map(placement::keys).collect()
}

fn pod_of(object: &Object, reading: &mut Reading) -> Option<Pod> {
    let Some(template) = object.node.at(TEMPLATE) else {
        let path = object.path();
        let at = object.node.get("spec").unwrap_or(&object.node);
        let label = "expected `spec.template.spec`";
        reading.problem(at, format!("{path} has no pod template"), label);
        return None;
    };
    Some(pod::read(object, template, reading))
}

/// Notes autoscalers of what is not there.
pub(super) fn note_strays(autoscalers: &[&Object], targets: &[&Object], reading: &mut Reading) {
    for autoscaler in autoscalers {
        let has_target = targets
            .iter()
            .any(|target| autoscalers::of(target, &[autoscaler]).is_some());
        if !has_target {
            let reference = autoscaler.node.at(&["spec", "scaleTargetRef"]);
            let text = |key| {
                reference
                    .and_then(|it: &Node| it.text_at(&[key]))
                    .unwrap_or("?")
            };
            let (kind, name) = (text("kind"), text("name"));
            let path = autoscaler.path();
            let what = format!("{path}: its target, {kind} {name}, is not among the manifests");
            reading.not_mapped(reference.unwrap_or(&autoscaler.node), what);
        }
    }
}
