//! The autoscaler of nodes at work: more nodes where containers fit nowhere, fewer where they are not
//! needed.
//!
//! A node that may leave has had, for as long as its pool says, neither a container that may not be
//! moved nor requests above the autoscaler's threshold. Empty ones leave first, ten at once at most
//! (Cluster Autoscaler's `--max-empty-bulk-delete`), else one whose containers all fit on others. No
//! node leaves before that time has passed since the last was added
//! (`--scale-down-delay-after-add`, which is as long by default).
//!
//! Nodes on their way count as if they were there; what fits on no pool's nodes makes none grow.

use super::consolidation::Replacement;
use super::nodes::Nodes;
use super::presence::Presence;
use super::state::ClusterState;
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{IdVec, KindId, NodeId, PoolId};
use crate::kernel::Kernel;
use crate::policy::node_scaling::{Autoscaler, Demand, Offer, Room, absorb, autoscaler};
use crate::units::{Duration, Time};

/// How often it looks for nodes that are not needed.
const INTERVAL: Duration = Duration::from_secs(10);
const MOST_EMPTY: usize = 10;

/// The autoscaler and what it remembers.
#[derive(Debug)]
pub(super) struct NodeScaler {
    pub(super) policy: Box<dyn Autoscaler>,
    /// The pending `NodesWanted`, and when the first container began to wait that it is for.
    wanted: Option<(EventKey, Time)>,
    /// Whether an `IdleNodesDue` is pending.
    watching: bool,
    /// By node: since when it has not been needed.
    pub(super) idle_since: IdVec<NodeId, Option<Time>>,
    /// When nodes were added last.
    pub(super) grown: Option<Time>,
    /// A node that leaves as soon as another is there.
    pub(super) replacement: Option<Replacement>,
}

impl NodeScaler {
    /// The autoscaler of a cluster, where a pool has one.
    pub(super) fn new(nodes: &Nodes<'_>) -> Option<Self> {
        let cluster = nodes.cluster;
        cluster.pools.iter().find(|pool| pool.autoscale.is_some())?;
        Some(Self {
            policy: autoscaler(cluster.autoscaler, cluster.expander),
            wanted: None,
            watching: false,
            idle_since: nodes.nodes.iter().map(|_| None).collect(),
            grown: None,
            replacement: None,
        })
    }
}

impl ClusterState<'_> {
    /// A container waits, or there is a place for a node again: the autoscaler will look.
    pub(super) fn want_nodes(&mut self, kernel: &mut Kernel<'_>) {
        if self.scaler.is_none() || !self.has_pending() || self.offers().is_empty() {
            return;
        }
        let Some(scaler) = &mut self.scaler else {
            return;
        };
        let now = kernel.now();
        let first = scaler.wanted.map_or(now, |(_, first)| first);
        let due = scaler.policy.due(first, now).max(now);
        if let Some((key, _)) = scaler.wanted.take() {
            kernel.cancel(key);
        }
        scaler.wanted = Some((kernel.schedule(due, Event::NodesWanted), first));
    }

    /// The autoscaler looks at the containers that wait.
    pub fn on_nodes_wanted(&mut self, kernel: &mut Kernel<'_>) {
        let offers = self.offers();
        let waiting = self.waiting();
        let (Some(scaler), Some(nodes)) = (&mut self.scaler, &self.nodes) else {
            return;
        };
        scaler.wanted = None;
        let mut demands: Vec<Demand<'_>> = waiting
            .iter()
            .map(|&(kind, count)| Demand {
                kind: &self.kinds[kind],
                count,
            })
            .collect();
        let mut rooms = nodes.rooms();
        let left = absorb(&mut rooms, &demands);
        for (demand, left) in demands.iter_mut().zip(left) {
            demand.count = left;
        }
        demands.retain(|demand| demand.count > 0);
        let growths = scaler.policy.grow(&offers, &demands);
        if growths.is_empty() {
            return;
        }
        scaler.grown = Some(kernel.now());
        for growth in growths {
            for _ in 0..growth.nodes {
                self.boot(growth.pool, kernel);
            }
        }
        // Another pool may have to grow for what is left.
        if let Some(scaler) = &mut self.scaler {
            let later = kernel.now() + Duration::from_nanos(1);
            let due = scaler.policy.due(later, later);
            scaler.wanted = Some((kernel.schedule(due, Event::NodesWanted), later));
        }
    }

    /// How many containers of each kind wait, with the executors that a gang's driver waits for.
    fn waiting(&self) -> Vec<(KindId, u64)> {
        let mut waiting = Vec::new();
        for (kind, count) in self.pending.counts() {
            waiting.push((kind, count));
            if let Some(min) = self.kinds[kind].gang {
                waiting.push((KindId(kind.0 + 1), count * u64::from(min)));
            }
        }
        waiting
    }

    /// Pools that may grow.
    pub(super) fn offers(&self) -> Vec<Offer> {
        let Some(nodes) = &self.nodes else {
            return Vec::new();
        };
        let pools = nodes.cluster.pools.enumerate();
        let offers = pools.filter_map(|(id, pool)| {
            let scaling = pool.autoscale.as_ref()?;
            let room = scaling.max - nodes.presences.present(id);
            (room > 0).then(|| Offer {
                pool: id,
                allocatable: pool.allocatable(),
                room,
                price: pool.price.unwrap_or(0.0),
                priority: scaling.priority,
            })
        });
        offers.collect()
    }

    /// There may be nodes that are not needed: the autoscaler looks now and then.
    pub(super) fn watch_idle_nodes(&mut self, kernel: &mut Kernel<'_>) {
        let may_shrink = self.nodes.as_ref().is_some_and(Nodes::may_shrink);
        if let Some(scaler) = &mut self.scaler
            && may_shrink
            && !std::mem::replace(&mut scaler.watching, true)
        {
            let next = (kernel.now().nanos() + 1).next_multiple_of(INTERVAL.nanos());
            kernel.schedule(Time::from_nanos(next), Event::IdleNodesDue);
        }
    }

    /// The autoscaler looks for nodes that are not needed.
    pub fn on_idle_nodes_due(&mut self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let needed: Vec<(NodeId, bool)> = self.nodes.as_ref().map_or(Vec::new(), |nodes| {
            let all = nodes.nodes.ids();
            all.map(|node| (node, self.is_needed(node))).collect()
        });
        if let Some(scaler) = &mut self.scaler {
            scaler.watching = false;
            for (node, needed) in needed {
                let since = &mut scaler.idle_since[node];
                *since = if needed {
                    None
                } else {
                    Some(since.unwrap_or(now))
                };
            }
        }
        let leaving = self.superfluous(now);
        if leaving.is_empty() {
            let idle = self.replaceable(now);
            self.replace_node(&idle, kernel);
        }
        for node in leaving {
            self.let_go(node, kernel);
        }
        self.watch_idle_nodes(kernel);
    }

    /// A node that was not needed has gone.
    pub(super) fn count_removed(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let pool = self.nodes.as_ref().map(|nodes| nodes.nodes[node].pool);
        if let (Some(meter), Some(pool)) = (&mut kernel.metrics.nodes, pool) {
            meter.pools[pool].removed += 1;
        }
        if let Some(scaler) = &mut self.scaler {
            scaler.idle_since[node] = None;
        }
    }

    /// Whether a node has to stay, for all that is known of it alone.
    pub(super) fn is_needed(&self, node: NodeId) -> bool {
        let (Some(nodes), Some(scaler)) = (&self.nodes, &self.scaler) else {
            return true;
        };
        let state = nodes.table.get(node);
        if !self.is_there(node) || !state.open {
            return true;
        }
        let here = &nodes.nodes[node].containers;
        if here.len() as u32 != state.containers {
            // Room is kept for executors.
            return true;
        }
        let is_pinned = |kind: KindId| self.kinds[kind].placing.pinned;
        let (free, all) = (state.free, state.allocatable);
        let share = |free: u64, all: u64| (all - free) as f64 / all.max(1) as f64;
        let used = share(free.cpu.0, all.cpu.0).max(share(free.memory.0, all.memory.0));
        scaler.policy.needed_from() <= used
            || here.iter().any(|id| is_pinned(self.containers[*id].kind))
    }

    /// How many nodes of a pool may leave, and those that have not been needed for long enough.
    pub(super) fn idle_nodes(&self, pool: PoolId, now: Time) -> (usize, Vec<NodeId>) {
        let (Some(nodes), Some(scaler)) = (&self.nodes, &self.scaler) else {
            return (0, Vec::new());
        };
        let Some(scaling) = &nodes.cluster.pools[pool].autoscale else {
            return (0, Vec::new());
        };
        let after = scaling.scale_down_after;
        if scaler.grown.is_some_and(|grown| now < grown + after) {
            return (0, Vec::new());
        }
        let ready: Vec<NodeId> = nodes.in_stage(pool, Presence::Ready).collect();
        let spare = ready.len().saturating_sub(scaling.min as usize);
        let is_idle = |node: &NodeId| {
            let since = scaler.idle_since[*node];
            since.is_some_and(|since| since + after <= now)
        };
        (spare, ready.into_iter().filter(is_idle).collect())
    }

    /// Nodes that leave now.
    fn superfluous(&self, now: Time) -> Vec<NodeId> {
        let Some(nodes) = &self.nodes else {
            return Vec::new();
        };
        let mut leaving: Vec<NodeId> = Vec::new();
        for pool in nodes.cluster.pools.ids() {
            let (spare, idle) = self.idle_nodes(pool, now);
            let is_empty = |node: &NodeId| nodes.nodes[*node].containers.is_empty();
            let empty = idle.iter().copied().filter(is_empty);
            leaving.extend(empty.take(spare.min(MOST_EMPTY - leaving.len().min(MOST_EMPTY))));
            if leaving.is_empty() && spare > 0 {
                let mut others = idle.into_iter();
                leaving.extend(others.find(|node| self.fits_without(*node, None)));
            }
        }
        leaving
    }
}

impl Nodes<'_> {
    /// What is free on nodes that take containers, and on those that will. Who waits although there
    /// is room waits for something else (to be spread, to be allowed by a budget), and no new node
    /// would help.
    fn rooms(&self) -> Vec<Room> {
        let all = self.table.enumerate();
        let rooms = all.filter_map(|(id, state)| {
            let is_new = self.presences.of(id) == Presence::Booting;
            (is_new || state.open).then_some(Room {
                pool: state.pool,
                free: state.free,
                is_new,
            })
        });
        rooms.collect()
    }

    /// Whether a pool has more nodes than have to stay.
    fn may_shrink(&self) -> bool {
        let mut pools = self.cluster.pools.enumerate();
        pools.any(|(id, pool): (PoolId, _)| {
            let scaling = pool.autoscale.as_ref();
            scaling.is_some_and(|it| it.min < self.presences.present(id))
        })
    }
}
