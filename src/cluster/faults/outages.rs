//! What outages do to nodes.

use super::super::state::ClusterState;
use super::schedule::Outage;
use crate::effect::{Effect, LossReason};
use crate::event::Event;
use crate::id::{ContainerId, NodeId, OutageId};
use crate::kernel::Kernel;
use crate::model::FaultKind;
use crate::units::Duration;

impl ClusterState<'_> {
    /// An outage begins that lasts so long, if it is ever over.
    pub(super) fn begin_outage(
        &mut self,
        id: OutageId,
        kind: FaultKind,
        lasts: Option<Duration>,
        kernel: &mut Kernel<'_>,
    ) {
        if kind == FaultKind::RegistryOutage {
            self.registry_down(kernel);
            return;
        }
        for node in self.faults.outages[id].nodes.clone() {
            match kind {
                FaultKind::NodeCrash(_) | FaultKind::ZoneOutage(_) => self.crash(node, kernel),
                FaultKind::SlowNode(_, speed) => {
                    self.faults.health[node].slow.push((id, speed));
                    self.tell_speed(node, kernel);
                }
                FaultKind::Partition(..) => {
                    self.faults.health[node].cut_off += 1;
                    self.open_or_close(node, kernel);
                }
                FaultKind::RegistryOutage
                | FaultKind::ContainerKill(_)
                | FaultKind::SpotReclaim(_) => {}
            }
        }
        if let FaultKind::Partition(_, patience) = kind
            && lasts.is_none_or(|lasts| patience < lasts)
        {
            kernel.schedule_after(patience, Event::EvictionDue(id));
        }
    }

    /// An outage is over.
    pub(super) fn end_outage(&mut self, id: OutageId, outage: &Outage, kernel: &mut Kernel<'_>) {
        let kind = self.faults.processes[outage.process].fault.kind;
        if kind == FaultKind::RegistryOutage {
            self.registry_up();
            return;
        }
        for &node in &outage.nodes {
            let health = &mut self.faults.health[node];
            match kind {
                FaultKind::NodeCrash(_) | FaultKind::ZoneOutage(_) => {
                    health.down -= 1;
                    let since = outage.since;
                    kernel.metrics.cluster.repaired(kernel.now() - since);
                    if self.faults.is_up(node) {
                        let now = kernel.now();
                        kernel.metrics.cluster.nodes_down.fall(now, 1);
                    }
                    self.answers_again(node, kernel);
                    self.open_or_close(node, kernel);
                }
                FaultKind::SlowNode(..) => {
                    health.slow.retain(|(other, _)| *other != id);
                    self.tell_speed(node, kernel);
                }
                FaultKind::Partition(..) => {
                    health.cut_off -= 1;
                    self.answers_again(node, kernel);
                    self.open_or_close(node, kernel);
                }
                FaultKind::RegistryOutage
                | FaultKind::ContainerKill(_)
                | FaultKind::SpotReclaim(_) => {}
            }
        }
    }

    /// One outage of a node is over; nothing may hold it any more.
    fn answers_again(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        if self.faults.takes_containers(node) {
            self.detach_all(node, kernel);
        }
    }

    /// A partition has lasted so long that the containers behind it are given up.
    pub fn on_eviction_due(&mut self, id: OutageId, kernel: &mut Kernel<'_>) {
        for node in self.faults.outages[id].nodes.clone() {
            self.lose_containers(node, LossReason::NodeLost, kernel);
        }
    }

    /// A node goes down, with all that is on it.
    fn crash(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let was_up = self.faults.is_up(node);
        self.faults.health[node].down += 1;
        kernel.metrics.cluster.node_failures += 1;
        if !was_up {
            return;
        }
        let now = kernel.now();
        kernel.metrics.cluster.nodes_down.rise(now, 1);
        self.open_or_close(node, kernel);
        self.lose_containers(node, LossReason::NodeLost, kernel);
        self.drop_kept_on(node, kernel);
        self.drop_pulls(node, kernel);
        self.drop_moves(node, kernel);
    }

    /// All containers of a node are lost, in the order in which they were asked for.
    pub(in super::super) fn lose_containers(
        &mut self,
        node: NodeId,
        why: LossReason,
        kernel: &mut Kernel<'_>,
    ) {
        for id in self.on_node(node) {
            self.lose(id, why, kernel);
        }
    }

    /// A container is gone; its owner will be told.
    pub(in super::super) fn lose(
        &mut self,
        id: ContainerId,
        why: LossReason,
        kernel: &mut Kernel<'_>,
    ) {
        let owner = self.withdraw(id, Some(why), kernel).owner;
        self.owners.lose(owner);
        kernel.metrics.cluster.lost(why);
        kernel.push(Effect::ContainerLost { owner, why });
    }

    /// A node takes containers or not, as outages have it and whether it is there.
    pub(in super::super) fn open_or_close(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let open = self.faults.takes_containers(node) && self.is_there(node);
        let Some(nodes) = &mut self.nodes else { return };
        nodes.table.open(node, open);
        nodes.changed(node);
        self.nodes_changed(kernel);
        if open {
            self.replan(kernel);
        }
    }

    /// Those whose containers run on a node are told how fast it is now.
    fn tell_speed(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &self.nodes else { return };
        let speed = nodes.speed(node) * self.faults.speed(node);
        for id in self.on_node(node) {
            let container = &self.containers[id];
            if container.is_running() {
                let owner = container.owner;
                kernel.push(Effect::SpeedChanged { owner, speed });
            }
        }
    }
}
