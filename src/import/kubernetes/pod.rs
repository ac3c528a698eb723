//! What the containers of a pod reserve together.
//!
//! As the scheduler counts: the containers at once, with the sidecars among the init containers;
//! where an init container needs more than all of them, as much as that; and the pod's overhead. What
//! a container does not request is its limit.

use super::objects::Object;
use super::reading::Reading;
use super::yaml::Node;
use crate::units::{Bytes, Cpu};

/// What a pod reserves.
#[derive(Clone, Debug, Default)]
pub(super) struct Pod {
    pub(super) cpu: Cpu,
    pub(super) memory: Bytes,
    /// What those that run beside each other request: what an autoscaler measures against.
    pub(super) running_cpu: Cpu,
    /// Of all containers together; `None`, if one of them has no limit.
    pub(super) cpu_limit: Option<Cpu>,
    /// Graphics processors of all containers.
    pub(super) gpus: u32,
    /// Ephemeral storage of all containers.
    pub(super) storage: Bytes,
    /// What its containers are made from.
    pub(super) images: Vec<String>,
}

/// What a pod reserves; `spec` is that of its template.
pub(super) fn read(object: &Object, spec: &Node, reading: &mut Reading) -> Pod {
    let mut pod = Pod {
        cpu_limit: Some(Cpu(0)),
        ..Pod::default()
    };
    let mut largest_start = (Cpu(0), Bytes(0));
    for container in spec.items_of("initContainers") {
        let needs = needs(container, reading, &mut pod.images);
        if container.text_at(&["restartPolicy"]) == Some("Always") {
            pod.add(&needs);
        } else {
            // It runs beside the sidecars that were started before it.
            largest_start.0 = largest_start
                .0
                .max(Cpu(pod.cpu.0.saturating_add(needs.cpu.0)));
            let memory = Bytes(pod.memory.0.saturating_add(needs.memory.0));
            largest_start.1 = largest_start.1.max(memory);
            reading.not_mapped(container, "`initContainers` take no time");
        }
    }
    let containers = spec.items_of("containers");
    for container in containers {
        let needs = needs(container, reading, &mut pod.images);
        pod.add(&needs);
    }
    if containers.is_empty() {
        reading.problem(
            spec,
            format!("{} has no containers", object.path()),
            "expected `containers`",
        );
    }
    pod.running_cpu = pod.cpu;
    pod.cpu = pod.cpu.max(largest_start.0);
    pod.memory = pod.memory.max(largest_start.1);
    let overhead_cpu = reading.cpu(spec, &["overhead", "cpu"]).unwrap_or_default();
    let overhead = reading.bytes(spec, &["overhead", "memory"]);
    pod.cpu.0 = pod.cpu.0.saturating_add(overhead_cpu.0);
    pod.memory.0 = pod.memory.0.saturating_add(overhead.unwrap_or_default().0);
    // A limit below the request is refused by Kubernetes too.
    pod.cpu_limit = pod
        .cpu_limit
        .filter(|&limit| limit.0 > 0 && pod.cpu <= limit);
    pod
}

/// Graphics processors, whoever makes them.
pub(super) fn is_gpu(resource: &str) -> bool {
    resource.ends_with("/gpu")
}

struct Needs {
    cpu: Cpu,
    memory: Bytes,
    cpu_limit: Option<Cpu>,
    gpus: u32,
    storage: Bytes,
}

impl Pod {
    fn add(&mut self, needs: &Needs) {
        self.cpu.0 = self.cpu.0.saturating_add(needs.cpu.0);
        self.memory.0 = self.memory.0.saturating_add(needs.memory.0);
        self.gpus = self.gpus.saturating_add(needs.gpus);
        self.storage.0 = self.storage.0.saturating_add(needs.storage.0);
        let limits = self.cpu_limit.zip(needs.cpu_limit);
        self.cpu_limit = limits.map(|(one, other)| Cpu(one.0.saturating_add(other.0)));
    }
}

fn needs(container: &Node, reading: &mut Reading, images: &mut Vec<String>) -> Needs {
    if let Some(image) = container.text_at(&["image"])
        && !images.iter().any(|other| other == image)
    {
        images.push(image.to_owned());
    }
    let cpu_limit = reading.cpu(container, &["resources", "limits", "cpu"]);
    let memory_limit = reading.bytes(container, &["resources", "limits", "memory"]);
    let cpu = reading.cpu(container, &["resources", "requests", "cpu"]);
    let memory = reading.bytes(container, &["resources", "requests", "memory"]);
    let storage = ["requests", "limits"].iter().find_map(|kind| {
        let path = ["resources", kind, "ephemeral-storage"];
        reading.bytes(container, &path)
    });
    let mut gpus = 0_u32;
    let limits = container.at(&["resources", "limits"]);
    for (resource, amount) in limits.map_or(&[][..], Node::entries) {
        if is_gpu(resource) {
            let path = ["resources", "limits", resource];
            gpus = gpus.saturating_add(reading.count(container, &path).unwrap_or(0));
        } else if resource.contains('/') {
            let what = format!("`{resource}` of containers: they are placed without it");
            reading.not_mapped(amount, what);
        }
    }
    Needs {
        cpu: cpu.or(cpu_limit).unwrap_or_default(),
        memory: memory.or(memory_limit).unwrap_or_default(),
        cpu_limit,
        gpus,
        storage: storage.unwrap_or_default(),
    }
}
