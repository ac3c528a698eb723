//! Which nodes are there. A pool that may grow has a place for every node that it may have; a place is
//! empty, or its node boots, is ready, or is about to leave.

use super::nodes::Nodes;
use super::state::ClusterState;
use crate::effect::LossReason;
use crate::event::Event;
use crate::id::{IdVec, NodeId, PoolId, ZoneId};
use crate::kernel::Kernel;
use crate::model::Cluster;
use crate::random::{Keyed, Purpose, Sampler, Streams};
use crate::units::Duration;

/// How far a node has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// There is none in this place.
    Absent,
    /// It has been asked for.
    Booting,
    /// It is there.
    Ready,
    /// It has been told to leave: it takes no new containers.
    Leaving,
    /// It takes no new containers and leaves with its last one.
    Draining,
}

/// By place: whether there is a node; and how long those that are asked for take.
#[derive(Debug)]
pub(super) struct Presences {
    nodes: IdVec<NodeId, Presence>,
    /// By pool: nodes that are there or have been asked for.
    present: IdVec<PoolId, u32>,
    /// By pool that may grow: what its nodes take to boot.
    boots: IdVec<PoolId, Option<Boot>>,
}

#[derive(Debug)]
struct Boot {
    time: Sampler,
    words: Keyed,
    /// Nodes that have been asked for.
    asked: u64,
}

impl Presences {
    /// The first nodes of each pool are there.
    pub(super) fn new(cluster: &Cluster, streams: &Streams) -> Self {
        let pools = || cluster.pools.iter();
        let places = pools().flat_map(|pool| {
            let first = (0..pool.count).map(|_| Presence::Ready);
            first.chain((pool.count..pool.most()).map(|_| Presence::Absent))
        });
        let boots = pools().map(|pool| {
            let scaling = pool.autoscale.as_ref()?;
            Some(Boot {
                time: scaling.boot.sampler(),
                words: streams.keyed(&format!("nodes.{}", pool.name), Purpose::Boot),
                asked: 0,
            })
        });
        Self {
            nodes: places.collect(),
            present: pools().map(|pool| pool.count).collect(),
            boots: boots.collect(),
        }
    }

    /// How far a node has come.
    pub(super) fn of(&self, node: NodeId) -> Presence {
        self.nodes[node]
    }

    /// A node leaves with its last container.
    pub(super) fn drain(&mut self, node: NodeId) {
        self.nodes[node] = Presence::Draining;
    }

    /// Nodes of a pool that are there or have been asked for.
    pub(super) fn present(&self, pool: PoolId) -> u32 {
        self.present[pool]
    }

    /// How long the next node of a pool boots.
    fn boot_time(&mut self, pool: PoolId) -> Duration {
        let Some(boot) = &mut self.boots[pool] else {
            return Duration::ZERO;
        };
        let word = boot.words.word(boot.asked, 0);
        boot.asked += 1;
        boot.time.duration(word)
    }
}

impl Nodes<'_> {
    /// The zone in which the next node of a pool will be.
    pub(super) fn next_zone(&self, pool: PoolId) -> Option<ZoneId> {
        let next = self.in_stage(pool, Presence::Absent).next()?;
        self.links.zone(next)
    }

    /// Nodes of a pool that have come so far.
    pub(super) fn in_stage(
        &self,
        pool: PoolId,
        stage: Presence,
    ) -> impl Iterator<Item = NodeId> + '_ {
        let all = self.nodes.enumerate();
        all.filter(move |(id, node)| node.pool == pool && self.presences.of(*id) == stage)
            .map(|(id, _)| id)
    }
}

impl ClusterState<'_> {
    /// Whether there is a node that is not about to leave.
    pub(super) fn is_there(&self, node: NodeId) -> bool {
        let nodes = self.nodes.as_ref();
        nodes.is_some_and(|nodes| nodes.presences.of(node) == Presence::Ready)
    }

    /// Whether there is a node, if only for a while.
    pub(super) fn is_present(&self, node: NodeId) -> bool {
        let nodes = self.nodes.as_ref();
        let presence = nodes.map(|nodes| nodes.presences.of(node));
        matches!(
            presence,
            Some(Presence::Ready | Presence::Leaving | Presence::Draining)
        )
    }

    /// The nodes that are there at the start begin their work.
    pub(super) fn count_first_nodes(&mut self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let (Some(nodes), Some(meter)) = (&self.nodes, &mut kernel.metrics.nodes) else {
            return;
        };
        for (id, node) in nodes.nodes.enumerate() {
            if nodes.presences.of(id) == Presence::Ready {
                let allocatable = nodes.cluster.pools[node.pool].allocatable();
                meter.pools[node.pool].paid.rise(now, 1);
                meter.ready(node.pool, allocatable, now);
            }
        }
    }

    /// Asks for a node of a pool, if there is a place for one.
    pub(super) fn boot(&mut self, pool: PoolId, kernel: &mut Kernel<'_>) -> Option<NodeId> {
        let nodes = self.nodes.as_mut()?;
        let node = nodes.in_stage(pool, Presence::Absent).next()?;
        nodes.presences.nodes[node] = Presence::Booting;
        nodes.presences.present[pool] += 1;
        let time = nodes.presences.boot_time(pool);
        let now = kernel.now();
        if let Some(meter) = &mut kernel.metrics.nodes {
            meter.pools[pool].paid.rise(now, 1);
            meter.pools[pool].added += 1;
        }
        kernel.schedule_after(time, Event::NodeBooted(node));
        Some(node)
    }

    /// A node takes containers from now on.
    pub fn on_node_booted(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.presences.nodes[node] = Presence::Ready;
        let pool = nodes.nodes[node].pool;
        let allocatable = nodes.cluster.pools[pool].allocatable();
        let now = kernel.now();
        if let Some(meter) = &mut kernel.metrics.nodes {
            meter.ready(pool, allocatable, now);
        }
        self.open_or_close(node, kernel);
        self.pre_pull(node, kernel);
        self.replaced(node, kernel);
        self.watch_idle_nodes(kernel);
    }

    /// A node takes no more containers and will leave.
    pub(super) fn close_for_good(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.presences.nodes[node] = Presence::Leaving;
        self.open_or_close(node, kernel);
    }

    /// A node that takes no more containers is gone, and what is on it lost.
    pub(super) fn remove_node(&mut self, node: NodeId, why: LossReason, kernel: &mut Kernel<'_>) {
        self.lose_containers(node, why, kernel);
        self.drop_pulls(node, kernel);
        self.drop_moves(node, kernel);
        let Some(nodes) = &mut self.nodes else { return };
        nodes.presences.nodes[node] = Presence::Absent;
        let pool = nodes.nodes[node].pool;
        nodes.presences.present[pool] -= 1;
        let allocatable = nodes.cluster.pools[pool].allocatable();
        let now = kernel.now();
        if let Some(meter) = &mut kernel.metrics.nodes {
            meter.pools[pool].paid.fall(now, 1);
            meter.gone(pool, allocatable, now);
        }
        self.want_nodes(kernel);
    }
}
