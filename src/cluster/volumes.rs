//! Volumes of containers: attached once a container has a node, before its image is pulled (kubelet's
//! order), and detached when it leaves.
//!
//! The volumes of a replica are its own. Where they are bound to a zone, it is the one in which the
//! replica was placed first (Kubernetes' `WaitForFirstConsumer`), for good. A container that leaves
//! its node in an orderly way lets go of them at once. Those of a node that is down or cut off stay
//! attached until it is back, 6 min at most: then they are detached by force (`maxWaitForUnmountDuration`
//! of Kubernetes' attach-detach controller).
//!
//! The volumes of executors are made for them and go with them. Those of a replica stay once they are
//! there, also where it is no longer wanted: the next replica of its number has them (`StatefulSet`'s
//! default, `whenScaled: Retain`).

use super::container::{Container, Phase};
use super::state::ClusterState;
use crate::effect::Owner;
use crate::event::Event;
use crate::id::{ContainerId, Id, KindId, NodeId, PoolId, ReplicaId, ServiceId, ZoneId};
use crate::kernel::Kernel;
use crate::model::Volumes as Attached;
use crate::policy::placement::View;
use crate::units::{Duration, Time};

/// How long a node that does not answer keeps what is attached to it.
const FORCE_DETACH: Duration = Duration::from_secs(360);

/// By service and replica: its volumes, where it has any and was placed.
#[derive(Clone, Debug, Default)]
pub(super) struct Volumes {
    services: Vec<Vec<State>>,
}

/// The volumes of a replica.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Where they are, for good.
    zone: Option<ZoneId>,
    /// The node that does not let go of them, and until when.
    stuck: Option<(NodeId, Time)>,
    /// The pool that they are counted with: that of the node they were placed on last.
    pool: Option<PoolId>,
}

impl Volumes {
    fn of(&mut self, service: ServiceId, replica: ReplicaId) -> &mut State {
        if self.services.len() <= service.index() {
            self.services.resize_with(service.index() + 1, Vec::new);
        }
        let replicas = &mut self.services[service.index()];
        if replicas.len() <= replica.index() {
            replicas.resize(replica.index() + 1, State::default());
        }
        &mut replicas[replica.index()]
    }

    fn zone(&self, service: ServiceId, replica: ReplicaId) -> Option<ZoneId> {
        let replicas = self.services.get(service.index())?;
        replicas.get(replica.index())?.zone
    }
}

impl ClusterState<'_> {
    /// The only zone that a container may go to, as one of a kind; `None`: it may go to any.
    pub(super) fn bound_zone(&self, id: ContainerId, kind: KindId) -> Option<ZoneId> {
        let container = &self.containers[id];
        match container.owner {
            Owner::Replica(service, replica)
                if container.kind == kind && self.kinds[kind].is_zone_bound() =>
            {
                self.volumes.zone(service, replica)
            }
            _ => None,
        }
    }

    /// The nodes as they are for a container as one of a kind; `None`: there are none.
    pub(super) fn view(&self, id: ContainerId, kind: KindId) -> Option<View<'_>> {
        let table = &self.nodes.as_ref()?.table;
        Some(View::new(table, kind, &self.kinds[kind]).within(self.bound_zone(id, kind)))
    }

    fn volumes_of(&self, container: &Container) -> Option<Attached> {
        self.kinds[container.kind].placing.volumes
    }

    /// A container has a node: its volumes are attached there.
    pub(super) fn attach(&mut self, id: ContainerId, node: NodeId, kernel: &mut Kernel<'_>) {
        let container = &self.containers[id];
        let (Some(volumes), Some(nodes)) = (self.volumes_of(container), &self.nodes) else {
            return self.fetch_image(id, node, kernel);
        };
        let now = kernel.now();
        let pool = nodes.nodes[node].pool;
        let mut before = None;
        let mut from = now;
        if let Owner::Replica(service, replica) = container.owner {
            let zone = nodes.links.zone(node);
            let state = self.volumes.of(service, replica);
            if volumes.zone_bound {
                state.zone = state.zone.or(zone);
            }
            if let Some((_, until)) = state.stuck.filter(|(held_by, _)| *held_by != node) {
                from = from.max(until);
            }
            before = state.pool.replace(pool);
        }
        kernel
            .metrics
            .cluster
            .volume_bytes
            .rise(now, volumes.size.0);
        if let Some(costs) = kernel
            .metrics
            .costs
            .as_mut()
            .filter(|_| before != Some(pool))
        {
            let kind = self.containers[id].kind;
            if let Some(before) = before {
                costs.detached(before, kind, now);
            }
            costs.attached(pool, kind, now);
        }
        let due = from + volumes.attach_time;
        if due == now {
            return self.on_attached(id, kernel);
        }
        let key = kernel.schedule(due, Event::Attached(id));
        self.containers[id].phase = Phase::Attaching(key);
    }

    /// The volumes of a container are attached: its image is next.
    pub fn on_attached(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        let container = &mut self.containers[id];
        let Some(node) = container.node else { return };
        let now = kernel.now();
        container.times.attached = now;
        let took = now - container.times.placed;
        kernel.metrics.cluster.attach_time.record(took.nanos());
        if let Owner::Replica(service, replica) = container.owner {
            self.volumes.of(service, replica).stuck = None;
        }
        self.fetch_image(id, node, kernel);
    }

    /// A container is gone from its node, and its volumes with it, or they are left behind.
    pub(super) fn detach(&mut self, container: &Container, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(volumes) = self.volumes_of(container) else {
            return;
        };
        let now = kernel.now();
        kernel
            .metrics
            .cluster
            .volume_bytes
            .fall(now, volumes.size.0);
        let goes_too = !matches!(container.owner, Owner::Replica(..));
        if let (true, Some(costs), Some(nodes)) = (goes_too, &mut kernel.metrics.costs, &self.nodes)
        {
            costs.detached(nodes.nodes[node].pool, container.kind, now);
        }
        let answers = self.faults.takes_containers(node);
        if let Owner::Replica(service, replica) = container.owner
            && !answers
            // Another node may still have them.
            && !matches!(container.phase, Phase::Attaching(_))
        {
            let state = self.volumes.of(service, replica);
            state.stuck = Some((node, now + FORCE_DETACH));
        }
    }

    /// A node answers again: what it kept is detached.
    pub(super) fn detach_all(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let mut freed = Vec::new();
        for (service, replicas) in self.volumes.services.iter_mut().enumerate() {
            for (replica, state) in replicas.iter_mut().enumerate() {
                if let Some((_, until)) = state.stuck.filter(|(held_by, _)| *held_by == node) {
                    state.stuck = None;
                    // After that time another node has begun to attach them.
                    if kernel.now() < until {
                        freed.push((ServiceId::new(service), ReplicaId::new(replica)));
                    }
                }
            }
        }
        for (service, replica) in freed {
            // Its container may wait for them on another node.
            let Some(id) = self.owners.get(Owner::Replica(service, replica)) else {
                continue;
            };
            let container = &self.containers[id];
            let (Phase::Attaching(key), Some(volumes)) =
                (container.phase, self.volumes_of(container))
            else {
                continue;
            };
            kernel.cancel(key);
            let key = kernel.schedule_after(volumes.attach_time, Event::Attached(id));
            self.containers[id].phase = Phase::Attaching(key);
        }
    }
}
