//! Nodes that come and go: how many there are, and what there is of them.

use super::Level;
use super::names::{Figures, Window, count};
use super::since::since;
use super::unit::Unit;
use crate::id::{IdVec, PoolId};
use crate::model::{Cluster, Resources};
use crate::units::Time;

/// What is kept where the number of nodes changes.
#[derive(Clone, Debug)]
pub struct NodeMeter {
    /// By pool.
    pub pools: IdVec<PoolId, PoolMeter>,
    /// Processor that containers could hold, in thousandths of a core.
    pub cpu: Level,
    /// Memory that they could hold, in bytes.
    pub memory: Level,
}

/// What is kept of a pool.
#[derive(Clone, Debug, Default)]
pub struct PoolMeter {
    /// Nodes that are paid for: from being asked for to their end.
    pub paid: Level,
    /// Nodes that take containers, or would if nothing were wrong with them.
    pub ready: Level,
    /// Nodes that were asked for.
    pub added: u64,
    /// Nodes that were not needed and left.
    pub removed: u64,
    /// Nodes that the provider took back.
    pub reclaimed: u64,
}

since!(NodeMeter { pools, cpu, memory });

since!(PoolMeter {
    paid,
    ready,
    added,
    removed,
    reclaimed,
});

impl NodeMeter {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self {
            pools: cluster.pools.iter().map(|_| PoolMeter::default()).collect(),
            cpu: Level::default(),
            memory: Level::default(),
        }
    }

    /// A node with so much takes containers.
    pub fn ready(&mut self, pool: PoolId, allocatable: Resources, now: Time) {
        self.pools[pool].ready.rise(now, 1);
        self.cpu.rise(now, allocatable.cpu.0);
        self.memory.rise(now, allocatable.memory.0);
    }

    /// A node with so much takes no more.
    pub fn gone(&mut self, pool: PoolId, allocatable: Resources, now: Time) {
        self.pools[pool].ready.fall(now, 1);
        self.cpu.fall(now, allocatable.cpu.0);
        self.memory.fall(now, allocatable.memory.0);
    }
}

/// Hands the figures of pools that change to `figures`.
pub(super) fn walk(
    cluster: &Cluster,
    meter: &NodeMeter,
    (window, end): (Window, Time),
    figures: &mut impl Figures,
) {
    for (id, pool) in cluster.pools.enumerate() {
        let of = &meter.pools[id];
        let mut value = |name: &str, value| {
            let name = format_args!("nodes.{}.{name}", pool.name);
            figures.value(name, Unit::Count, value);
        };
        value("nodes", window.average(of.ready.window_area(end)));
        if !pool.is_elastic() {
            continue;
        }
        value("nodes_added", Some(count(of.added)));
        if pool.autoscale.is_some() {
            value("nodes_removed", Some(count(of.removed)));
        }
        if pool.spot.is_some() {
            value("nodes_reclaimed", Some(count(of.reclaimed)));
        }
    }
}
