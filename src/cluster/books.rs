//! What must add up in the cluster.

use super::state::ClusterState;
use crate::id::{Id, NodeId};
use crate::kernel::Kernel;
use crate::model::Resources;

impl ClusterState<'_> {
    /// What does not add up, for the audit.
    pub fn breaches(&self, kernel: &Kernel<'_>) -> Vec<String> {
        let Some(nodes) = &self.nodes else {
            return Vec::new();
        };
        let containers = self.containers.enumerate();
        let mut breaches = self.budgets.breaches(
            containers.map(|(_, container)| container),
            self.kept_kinds(),
        );
        let mut held = vec![Resources::default(); nodes.nodes.len()];
        let mut kept = vec![0; nodes.nodes.len()];
        let mut pending = 0;
        for (id, container) in self.containers.enumerate() {
            let Some(node) = container.node else {
                pending += 1;
                continue;
            };
            held[node.index()] += self.kinds[container.kind].resources;
            let list = &nodes.nodes[node].containers;
            if list.get(container.position as usize) != Some(&id) {
                breaches.push(format!("{node:?} does not know of its {id:?}"));
            }
        }
        for (node, resources) in self.kept() {
            held[node.index()] += resources;
            kept[node.index()] += 1;
        }
        let (mut cpu, mut memory) = (0, 0);
        for (index, held) in held.iter().enumerate() {
            let node = nodes.table.get(NodeId::new(index));
            let mut all = node.free;
            all += *held;
            if all != node.allocatable {
                breaches.push(format!(
                    "{}: free {:?} and held {held:?} are not {:?}",
                    nodes.name(NodeId::new(index)),
                    node.free,
                    node.allocatable
                ));
            }
            let listed = nodes.nodes[NodeId::new(index)].containers.len() as u32 + kept[index];
            if (held.containers, node.containers) != (listed, listed) {
                breaches.push(format!(
                    "{}: {listed} containers are listed, {} counted, {} held",
                    nodes.name(NodeId::new(index)),
                    node.containers,
                    held.containers
                ));
            }
            let images = &nodes.nodes[NodeId::new(index)].images;
            let breach = images.breach(nodes.cluster);
            breaches.extend(breach.map(|it| format!("{}: {it}", nodes.name(NodeId::new(index)))));
            cpu += held.cpu.0;
            memory += held.memory.0;
        }
        breaches.extend(nodes.moving.breach());
        let meter = &kernel.metrics.cluster;
        for (what, level, counted) in [
            ("reserved mCPU", meter.cpu.now(), cpu),
            ("reserved bytes", meter.memory.now(), memory),
            ("pending containers", meter.pending.now(), pending),
            ("queued containers", self.pending.len() as u64, pending),
        ] {
            if level != counted {
                breaches.push(format!(
                    "{what}: the level is {level}, the containers have {counted}"
                ));
            }
        }
        breaches
    }
}
