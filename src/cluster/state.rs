//! The cluster's state and what it is asked: placement and release.

use super::autoscale::NodeScaler;
use super::budgets::Budgets;
use super::container::{Container, Phase};
use super::cores::Cores;
use super::faults::Faults;
use super::gangs::Gangs;
use super::nodes::Nodes;
use super::owners::Owners;
use super::pending::{Pending, Turn};
use super::spot::Reclaims;
use super::story::end_of;
use super::volumes::Volumes;
use crate::effect::{ContainerRequest, Effect, LossReason, Owner};
use crate::event::Event;
use crate::id::{ContainerId, IdVec, KindId, NodeId, PoolId, ReclaimId, ServiceId, Slab};
use crate::kernel::Kernel;
use crate::model::{Kind, Model, PendingKind, Resources};
use crate::random::Streams;
use crate::record::{ContainerEnd, ContainerTimes, Record};
use crate::units::Time;
use std::collections::BTreeSet;

/// All nodes and containers.
#[derive(Debug)]
pub struct ClusterState<'m> {
    pub(super) model: &'m Model,
    /// By kind: what its containers have in common.
    pub(super) kinds: IdVec<KindId, Kind>,
    /// `None` where the scenario has no nodes: containers start at once, on nothing.
    pub(super) nodes: Option<Nodes<'m>>,
    pub(super) containers: Slab<ContainerId, Container>,
    pub(super) budgets: Budgets<'m>,
    pub(super) owners: Owners,
    pub(super) pending: Pending,
    pub(super) faults: Faults<'m>,
    /// Who adds and removes nodes, where somebody does.
    pub(super) scaler: Option<NodeScaler>,
    pub(super) reclaims: IdVec<ReclaimId, Reclaims>,
    pub(super) gangs: Gangs,
    pub(super) volumes: Volumes,
    /// Where containers share processors.
    pub(super) cores: Option<Box<Cores>>,
    /// By kind: containers in whatever phase.
    live: IdVec<KindId, u64>,
    /// When many were placed at once last.
    pub(super) last_round: Option<Time>,
    /// Containers so far.
    asked: u64,
    /// Whether a `PlacePending`, or a `PlacementDue`, is on its way.
    pub(super) replanning: bool,
}

/// By node: its name, its pool, its number there.
fn node_names(model: &Model) -> Vec<(String, PoolId, u32)> {
    let pools = model.cluster.iter();
    let pools = pools.flat_map(|cluster| cluster.pools.enumerate());
    let nodes = pools.flat_map(|(id, pool)| {
        let numbers = 0..pool.most();
        numbers.map(move |number| (format!("{}-{number}", pool.name), id, number))
    });
    nodes.collect()
}

impl<'m> ClusterState<'m> {
    /// The cluster of a scenario, with no containers.
    pub fn new(model: &'m Model, streams: &Streams) -> Self {
        let kinds = model.kinds();
        let cluster = model.cluster.as_ref();
        let nodes = cluster.map(|cluster| Nodes::new(cluster, kinds.len(), streams));
        let reclaims = cluster.map(|cluster| Reclaims::all(cluster, streams));
        Self {
            model,
            scaler: nodes.as_ref().and_then(NodeScaler::new),
            reclaims: reclaims.unwrap_or_default(),
            nodes,
            containers: Slab::new(),
            owners: Owners::default(),
            budgets: Budgets::new(model, &kinds),
            pending: Pending::new(kinds.iter().map(|kind| kind.placing.priority)),
            gangs: Gangs::default(),
            volumes: Volumes::default(),
            cores: Cores::new(model),
            faults: Faults::new(&model.faults, &node_names(model), streams),
            live: kinds.iter().map(|_| 0).collect(),
            kinds,
            last_round: None,
            asked: 0,
            replanning: false,
        }
    }

    /// Nodes are there from now on.
    pub fn start_up(&mut self, kernel: &mut Kernel<'_>) {
        let all = self.nodes.as_ref().map(|nodes| nodes.nodes.ids());
        for node in all.into_iter().flatten() {
            if self.is_there(node) {
                self.pre_pull(node, kernel);
            }
        }
        self.count_first_nodes(kernel);
        self.start_reclaims(kernel);
        self.watch_idle_nodes(kernel);
    }

    /// Finds a node for a new container, now or when there is room.
    pub fn on_place(&mut self, owner: Owner, request: ContainerRequest, kernel: &mut Kernel<'_>) {
        let kind = request.part.kind(self.model);
        if self.nodes.is_some() && self.budgets.refuses(kind, kernel) {
            self.owners.lose(owner);
            let why = LossReason::Refused;
            kernel.push(Effect::ContainerLost { owner, why });
            return;
        }
        let now = kernel.now();
        let times = ContainerTimes {
            pending: now,
            placed: now,
            attached: now,
            pulled: now,
            unpacked: now,
        };
        let sequence = self.asked;
        self.asked += 1;
        let container = Container {
            owner,
            request,
            kind,
            sequence,
            times,
            node: None,
            position: 0,
            phase: Phase::Pending,
            running: None,
            running_since: now,
            note: None,
            failures: 0,
        };
        let id = self.containers.insert(container);
        self.owners.set(owner, id);
        self.live[kind] += 1;
        if self.nodes.is_none() {
            self.start(id, kernel);
            return;
        }
        kernel.metrics.cluster.pending.rise(now, 1);
        self.budgets.asked(kind, kernel);
        if let Some(node) = self.take_kept(id, kernel) {
            if kernel.is_traced() {
                self.note_kept(id);
            }
            self.place(id, node, kernel);
            return;
        }
        if self.places_in_rounds() {
            if kernel.is_traced() {
                self.note_round(id);
            }
            self.pending.push(kind, sequence, id);
            self.want_nodes(kernel);
            self.replan(kernel);
            return;
        }
        // Where another of the kind waits there is no room, or it has been promised to that one.
        let must_wait = self.must_wait(kind);
        if must_wait && kernel.is_traced() {
            self.note_queued(id);
        }
        if must_wait || !self.try_place(id, kernel) {
            self.pending.push(kind, sequence, id);
            self.want_nodes(kernel);
        }
    }

    /// Whether a new container of a kind cannot be placed before others.
    fn must_wait(&self, kind: KindId) -> bool {
        let strict = self.is_strict();
        // What keeps one from its zone keeps no other from another.
        let alike = !self.kinds[kind].is_zone_bound();
        (alike && self.pending.has(kind)) || (strict && self.pending.len() > 0)
    }

    /// Whether containers that fit nowhere hold up those behind them.
    fn is_strict(&self) -> bool {
        let nodes = self.nodes.as_ref();
        nodes.is_some_and(|nodes| nodes.cluster.pending == PendingKind::StrictFifo)
    }

    /// Ends a container in whatever phase it is.
    pub fn on_release(&mut self, owner: Owner, kernel: &mut Kernel<'_>) {
        // Whoever releases many containers at once may not have heard yet which of them are lost.
        if let Some(id) = self.owners.take(owner) {
            self.withdraw(id, None, kernel);
        }
    }

    /// Whether an owner whose container is gone is still to be told.
    pub fn tells(&mut self, owner: Owner) -> bool {
        self.owners.tell(owner)
    }

    /// Takes a container out, in whatever phase it is, and gives back what it holds.
    pub(super) fn withdraw(
        &mut self,
        id: ContainerId,
        why: Option<LossReason>,
        kernel: &mut Kernel<'_>,
    ) -> Container {
        let container = self.containers.remove(id);
        if kernel.is_traced() {
            let end = ContainerEnd {
                at: kernel.now(),
                how: end_of(why),
            };
            self.tell_of(&container, Some(end), kernel);
        }
        self.live[container.kind] -= 1;
        if let Phase::Starting(key) | Phase::Attaching(key) = container.phase {
            kernel.cancel(key);
        }
        let Some(nodes) = &mut self.nodes else {
            return container;
        };
        let now = kernel.now();
        let Some(node) = container.node else {
            self.pending.remove(container.kind, container.sequence);
            kernel.metrics.cluster.pending.fall(now, 1);
            self.budgets.withdrawn(container.kind, kernel);
            return container;
        };
        let resources = self.kinds[container.kind].resources;
        nodes.table.remove(node, container.kind, resources);
        let state = &mut nodes.nodes[node];
        state.containers.swap_remove(container.position as usize);
        if let Some(&moved) = state.containers.get(container.position as usize) {
            self.containers[moved].position = container.position;
        }
        nodes.changed(node);
        // Whoever still waits for volumes has not asked for an image.
        let image = self.kinds[container.kind].image;
        if let Some(image) = image.filter(|_| !matches!(container.phase, Phase::Attaching(_))) {
            self.leave_image(id, node, image, now);
        }
        self.detach(&container, node, kernel);
        self.drop_claim(&container, node, kernel);
        fall(resources, kernel);
        self.discharge(node, container.kind, kernel);
        if let (Owner::Driver(submission), Some(_)) =
            (container.owner, self.kinds[container.kind].gang)
        {
            self.drop_gang(submission, kernel);
        }
        self.replan(kernel);
        self.leave_if_drained(node, kernel);
        container
    }

    /// Room has been freed: what waits is tried once everything of this instant has been heard. An
    /// application gives back many containers at once, waiting ones among them, and those must not
    /// be given the room that the others leave.
    pub(super) fn replan(&mut self, kernel: &mut Kernel<'_>) {
        if !self.replanning {
            self.replanning = true;
            match self.next_round(kernel.now()) {
                Some(round) => {
                    kernel.schedule(round, Event::PlacementDue);
                }
                None => kernel.push(Effect::PlacePending),
            }
        }
    }

    /// Owners of containers that wait for a node, in order.
    pub fn pending(&self) -> impl Iterator<Item = Owner> {
        self.pending.iter().map(|id| self.containers[id].owner)
    }

    /// Whether any container waits for a node.
    pub fn has_pending(&self) -> bool {
        self.pending.len() > 0
    }

    /// Containers of a service, in whatever phase.
    pub fn of_service(&self, service: ServiceId) -> u64 {
        self.live[KindId(service.0)]
    }

    /// Whether there is any container of a kind.
    pub(super) fn has_containers(&self, kind: KindId) -> bool {
        self.live[kind] > 0
    }

    /// Tries every pending container once, in order. What fits nowhere does not block what comes
    /// behind it, unless the scenario says so.
    pub fn on_place_pending(&mut self, kernel: &mut Kernel<'_>) {
        self.replanning = false;
        self.place_turns(self.pending.turns(), kernel);
        self.want_nodes(kernel);
    }

    /// Tries those whose turns these are, and behind each who is next of its kind.
    pub(super) fn place_turns(&mut self, mut turns: BTreeSet<Turn>, kernel: &mut Kernel<'_>) {
        let strict = self.is_strict();
        while let Some(turn) = turns.pop_first() {
            let id = self.pending.at(turn);
            if self.try_place(id, kernel) {
                let (_, sequence, kind) = turn;
                self.pending.remove(kind, sequence);
                turns.extend(self.pending.turn(kind));
            } else if strict {
                break;
            } else if self.kinds[turn.2].is_zone_bound() {
                turns.extend(self.pending.turn_after(turn));
            }
        }
    }

    /// Places a pending container if there is room.
    fn try_place(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) -> bool {
        let traced = kernel.is_traced();
        let kind = self.containers[id].kind;
        if !self.budgets.admits(kind) {
            if traced {
                self.note_over_budget(id);
            }
            return false;
        }
        let candidates = if traced { self.candidates(id) } else { 0 };
        let picked = self.pick_with_gang(id, kernel);
        let Some(node) = picked.or_else(|| self.make_room(id, kernel)) else {
            if traced {
                self.note_refusal(id);
            }
            return false;
        };
        self.budgets.check(kind);
        self.count_single(kernel);
        if traced {
            self.note_placed(id, candidates, picked.is_none());
        }
        self.place(id, node, kernel);
        true
    }

    /// Gives a container its node.
    pub(super) fn place(&mut self, id: ContainerId, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let now = kernel.now();
        let container = &mut self.containers[id];
        container.node = Some(node);
        container.times.placed = now;
        container.times.attached = now;
        let kind = container.kind;
        let resources = self.kinds[kind].resources;
        nodes.table.place(node, container.kind, resources);
        let list = &mut nodes.nodes[node].containers;
        container.position = list.len() as u32;
        list.push(id);
        nodes.changed(node);
        kernel.metrics.cluster.pending.fall(now, 1);
        rise(resources, kernel);
        self.charge(node, kind, kernel);
        self.budgets.served(kind, kernel);
        self.attach(id, node, kernel);
    }

    /// A container's process is ready.
    pub(super) fn running(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        let container = &mut self.containers[id];
        container.phase = Phase::Running;
        container.running_since = kernel.now();
        container.running.get_or_insert(kernel.now());
        let mut speed = 1.0;
        let node = container.node;
        if let (Some(nodes), Some(node)) = (&self.nodes, node) {
            speed = nodes.speed(node) * self.faults.speed(node);
            // One that starts again was neither placed nor pulled anew.
            if container.failures == 0 {
                let running: Time = kernel.now();
                kernel.record(&Record::ContainerStarted {
                    part: container.request.part,
                    node,
                    times: container.times,
                    running,
                });
            }
        }
        kernel.push(Effect::ContainerRunning {
            owner: container.owner,
            node,
            speed,
            sequence: container.sequence,
        });
    }
}

/// So much more is held.
pub(super) fn rise(resources: Resources, kernel: &mut Kernel<'_>) {
    let now = kernel.now();
    kernel.metrics.cluster.cpu.rise(now, resources.cpu.0);
    kernel.metrics.cluster.memory.rise(now, resources.memory.0);
}

/// So much less is held.
pub(super) fn fall(resources: Resources, kernel: &mut Kernel<'_>) {
    let now = kernel.now();
    kernel.metrics.cluster.cpu.fall(now, resources.cpu.0);
    kernel.metrics.cluster.memory.fall(now, resources.memory.0);
}
