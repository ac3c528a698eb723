//! The cluster's state and what it is asked: placement and release.

use super::budgets::Budgets;
use super::container::{Container, Phase};
use super::node::Node;
use super::owners::Owners;
use super::transfers::{LinkId, Transfers};
use crate::effect::{ContainerRequest, Effect, LossReason, Owner};
use crate::engine::EventKey;
use crate::id::{BudgetId, ContainerId, IdVec, NodeId, ServiceId, Slab};
use crate::kernel::Kernel;
use crate::model::{Cluster, Model, NetworkKind};
use crate::policy::placement::{Placement, PlacementRequest, placement};
use crate::record::{ContainerTimes, Record};
use crate::units::Time;
use std::collections::VecDeque;

/// All nodes and containers.
#[derive(Debug)]
pub struct ClusterState<'m> {
    /// `None` where the scenario has no nodes: containers start at once, on nothing.
    pub(super) nodes: Option<Nodes<'m>>,
    pub(super) containers: Slab<ContainerId, Container>,
    owners: Owners,
    pub(super) budgets: Budgets<'m>,
    /// Containers without a node, in the order in which they were asked for.
    pending: VecDeque<ContainerId>,
    /// Whether a `PlacePending` is on its way.
    replanning: bool,
}

/// What there is where the scenario has nodes.
#[derive(Debug)]
pub(super) struct Nodes<'m> {
    pub(super) cluster: &'m Cluster,
    pub(super) nodes: IdVec<NodeId, Node>,
    pub(super) placement: Box<dyn Placement>,
    pub(super) transfers: Transfers<NodeId>,
    registry: Option<LinkId>,
    downlinks: IdVec<NodeId, Option<LinkId>>,
    /// The pending `TransferEnded`.
    pub(super) transfer_ended: Option<EventKey>,
}

impl<'m> Nodes<'m> {
    fn new(model: &'m Model, cluster: &'m Cluster) -> Self {
        let mut placement = placement(cluster.placement, cluster);
        let mut transfers = Transfers::new();
        let limited = cluster.network == NetworkKind::MaxMin;
        let mut link = |capacity: Option<_>| {
            capacity
                .filter(|_| limited)
                .map(|capacity| transfers.add_link(capacity))
        };
        let registry = link(cluster.registry.bandwidth);
        let mut nodes = IdVec::new();
        let mut downlinks = IdVec::new();
        for (id, pool) in cluster.pools.enumerate() {
            for _ in 0..pool.count {
                let node = Node::new(cluster, id, model.services.len());
                downlinks.push(link(pool.network));
                placement.changed(nodes.push(node.clone()), &node.state);
            }
        }
        Self {
            cluster,
            nodes,
            placement,
            transfers,
            registry,
            downlinks,
            transfer_ended: None,
        }
    }

    /// The links between the registry and a node.
    pub(super) fn links(&self, node: NodeId) -> Vec<LinkId> {
        self.registry
            .into_iter()
            .chain(self.downlinks[node])
            .collect()
    }

    /// Tells the policy how a node is now.
    pub(super) fn changed(&mut self, node: NodeId) {
        self.placement.changed(node, &self.nodes[node].state);
    }
}

impl<'m> ClusterState<'m> {
    /// The cluster of a scenario, with no containers.
    pub fn new(model: &'m Model) -> Self {
        Self {
            nodes: model
                .cluster
                .as_ref()
                .map(|cluster| Nodes::new(model, cluster)),
            containers: Slab::new(),
            owners: Owners::default(),
            budgets: Budgets::new(model),
            pending: VecDeque::new(),
            replanning: false,
        }
    }

    /// Finds a node for a new container, now or when there is room.
    pub fn on_place(&mut self, owner: Owner, request: ContainerRequest, kernel: &mut Kernel<'_>) {
        if self.nodes.is_some() && self.budgets.refuses(&request, kernel) {
            let why = LossReason::Refused;
            kernel.push(Effect::ContainerLost { owner, why });
            return;
        }
        let now = kernel.now();
        let times = ContainerTimes {
            pending: now,
            placed: now,
            pulled: now,
            unpacked: now,
        };
        let container = Container {
            owner,
            request,
            times,
            node: None,
            phase: Phase::Pending,
        };
        let id = self.containers.insert(container);
        self.owners.set(owner, id);
        if self.nodes.is_none() {
            self.start(id, kernel);
            return;
        }
        kernel.metrics.cluster.pending.rise(now, 1);
        self.budgets.asked(&request, kernel);
        if !self.try_place(id, kernel) {
            self.pending.push_back(id);
        }
    }

    /// Ends a container in whatever phase it is.
    pub fn on_release(&mut self, owner: Owner, kernel: &mut Kernel<'_>) {
        // Whoever releases many containers at once may not have heard yet which of them are lost.
        let Some(id) = self.owners.take(owner) else {
            return;
        };
        let container = self.containers.remove(id);
        if let Phase::Starting(key) = container.phase {
            kernel.cancel(key);
        }
        let Some(nodes) = &mut self.nodes else { return };
        let now = kernel.now();
        let Some(node) = container.node else {
            self.pending.retain(|&pending| pending != id);
            kernel.metrics.cluster.pending.fall(now, 1);
            self.budgets.withdrawn(&container.request, kernel);
            return;
        };
        let resources = container.request.resources;
        kernel.metrics.cluster.cpu.fall(now, resources.cpu.0);
        kernel.metrics.cluster.memory.fall(now, resources.memory.0);
        self.budgets.left(&container.request, kernel);
        let state = &mut nodes.nodes[node];
        state.free(resources);
        if let Owner::Replica(service, _) = owner {
            state.state.replicas[service] -= 1;
        }
        for pull in &mut state.pulls {
            pull.waiting.retain(|&waiting| waiting != id);
        }
        nodes.changed(node);
        self.replan(kernel);
    }

    /// There is room, or may be: what waits is tried once everything of this instant has been heard.
    /// An application gives back many containers at once, waiting ones among them: those must not be
    /// given the room that the others leave.
    pub(super) fn replan(&mut self, kernel: &mut Kernel<'_>) {
        if !self.replanning {
            self.replanning = true;
            kernel.push(Effect::PlacePending);
        }
    }

    /// Containers that wait for a node, in order.
    pub fn pending(&self) -> impl Iterator<Item = (Owner, ContainerRequest)> {
        self.pending
            .iter()
            .map(|&id| (self.containers[id].owner, self.containers[id].request))
    }

    /// Containers of a service, in whatever phase.
    pub fn of_service(&self, service: ServiceId) -> u64 {
        let containers = self.containers.enumerate();
        let own = containers.filter(
            |(_, container)| matches!(container.owner, Owner::Replica(of, _) if of == service),
        );
        own.count() as u64
    }

    /// Tries every pending container once, in order. What fits nowhere does not block what comes
    /// behind it.
    pub fn on_place_pending(&mut self, kernel: &mut Kernel<'_>) {
        self.replanning = false;
        let mut refused: Vec<(PlacementRequest, Option<BudgetId>)> = Vec::new();
        for id in std::mem::take(&mut self.pending) {
            let container = &self.containers[id];
            let budget = self.budgets.of(&container.request);
            let wanted = (container.placement_request(), budget);
            let known = refused.contains(&wanted);
            if known || !self.try_place(id, kernel) {
                self.pending.push_back(id);
                if !known {
                    refused.push(wanted);
                }
            }
        }
    }

    /// Places a pending container if there is room.
    fn try_place(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) -> bool {
        let container = &mut self.containers[id];
        let Some(nodes) = &mut self.nodes else {
            return false;
        };
        if !self.budgets.admits(&container.request) {
            return false;
        }
        let Some(node) = nodes.placement.pick(&container.placement_request()) else {
            return false;
        };
        let now = kernel.now();
        container.node = Some(node);
        container.times.placed = now;
        let resources = container.request.resources;
        nodes.nodes[node].reserve(resources);
        if let Owner::Replica(service, _) = container.owner {
            nodes.nodes[node].state.replicas[service] += 1;
        }
        nodes.changed(node);
        kernel.metrics.cluster.pending.fall(now, 1);
        kernel.metrics.cluster.cpu.rise(now, resources.cpu.0);
        kernel.metrics.cluster.memory.rise(now, resources.memory.0);
        self.budgets.placed(&container.request, kernel);
        self.fetch_image(id, node, kernel);
        true
    }

    /// What does not add up, for the audit.
    pub fn breaches(&self, kernel: &Kernel<'_>) -> Vec<String> {
        let Some(nodes) = &self.nodes else {
            return Vec::new();
        };
        let mut breaches = self
            .budgets
            .breaches(self.containers.enumerate().map(|(_, it)| it));
        let mut held_cpu = 0;
        let mut held_memory = 0;
        for (id, node) in nodes.nodes.enumerate() {
            let here = self
                .containers
                .enumerate()
                .filter(|(_, c)| c.node == Some(id));
            let (cpu, memory) = here.fold((0, 0), |(cpu, memory), (_, container)| {
                let resources = container.request.resources;
                (cpu + resources.cpu.0, memory + resources.memory.0)
            });
            let (free, all) = (node.state.free, node.state.allocatable);
            if free.cpu.0 + cpu != all.cpu.0 || free.memory.0 + memory != all.memory.0 {
                breaches.push(format!(
                    "{id:?}: free {free:?} and held {cpu} mCPU, {memory} B are not {all:?}"
                ));
            }
            held_cpu += cpu;
            held_memory += memory;
        }
        let meter = &kernel.metrics.cluster;
        for (what, level, held) in [
            ("reserved mCPU", meter.cpu.now(), held_cpu),
            ("reserved bytes", meter.memory.now(), held_memory),
            (
                "pending containers",
                meter.pending.now(),
                self.pending.len() as u64,
            ),
        ] {
            if level != held {
                breaches.push(format!(
                    "{what}: the level is {level}, the containers hold {held}"
                ));
            }
        }
        breaches
    }

    /// A container's process is ready.
    pub(super) fn running(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        let container = &mut self.containers[id];
        container.phase = Phase::Running;
        let mut speed = 1.0;
        let node = container.node;
        if let (Some(nodes), Some(node)) = (&self.nodes, node) {
            speed = nodes.cluster.pools[nodes.nodes[node].pool].speed;
            let running: Time = kernel.now();
            kernel.record(&Record::ContainerStarted {
                part: container.request.part,
                node,
                times: container.times,
                running,
            });
        }
        kernel.push(Effect::ContainerRunning {
            owner: container.owner,
            node,
            speed,
        });
    }
}
