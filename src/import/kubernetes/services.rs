//! `Deployment` and `StatefulSet` to services; `DaemonSet` to what nodes hold back.

use super::images::Images;
use super::objects::Object;
use super::pod::{self, Pod};
use super::reading::Reading;
use super::tables::{Names, Service, Tables};
use super::yaml::Node;
use super::{autoscalers, write};

/// Where the pods of a controller are described.
const TEMPLATE: &[&str] = &["spec", "template", "spec"];

/// Adds a service for each of `objects`.
pub(super) fn add(
    objects: &[&Object],
    autoscalers: &[&Object],
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
        let service = Service {
            name: names.unique(&object.name, &scoped),
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

/// Lets the daemons of all nodes hold back what they reserve.
pub(super) fn add_daemons(objects: &[&Object], tables: &mut Tables, reading: &mut Reading) {
    for object in objects {
        let Some(pod) = pod_of(object, reading) else {
            continue;
        };
        let selects = |key| {
            let template = object.node.at(TEMPLATE);
            template
                .and_then(|it| it.get(key))
                .is_some_and(|it| !it.is_empty())
        };
        if selects("nodeSelector") || selects("affinity") {
            let path = object.path();
            let what = format!("{path} runs on some nodes only: nothing is held back for it");
            reading.not_mapped(&object.node, what);
            continue;
        }
        for pool in &mut tables.pools {
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
