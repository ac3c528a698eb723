//! Nodes that the provider takes back: some of a pool in one zone at once, after a warning.
//!
//! A node that has been warned takes no new containers. When the time is over it is gone with all
//! that is on it, and after a delay the provider is asked for another.

use super::presence::Presence;
use super::state::ClusterState;
use crate::effect::{Effect, LossReason};
use crate::event::Event;
use crate::id::{IdVec, NodeId, PoolId, ReclaimId, ZoneId};
use crate::kernel::Kernel;
use crate::model::{Cluster, Takeback};
use crate::random::{Distribution, Keyed, Purpose, Sampler, Streams};

/// Reclaims of one pool in one zone.
#[derive(Debug)]
pub(super) struct Reclaims {
    what: Takeback,
    every: Sampler,
    times: Keyed,
    victims: Keyed,
    happened: u64,
}

impl Reclaims {
    /// One for each zone of each pool that can be taken back.
    pub(super) fn all(cluster: &Cluster, streams: &Streams) -> IdVec<ReclaimId, Self> {
        let mut all = IdVec::new();
        for (id, pool) in cluster.pools.enumerate() {
            let Some(spot) = &pool.spot else { continue };
            let Some(reclaim) = &spot.reclaim else {
                continue;
            };
            let mut add = |zone: Option<ZoneId>, path: String| {
                let what = Takeback {
                    pool: id,
                    zone,
                    fraction: reclaim.fraction,
                    notice: spot.notice,
                };
                all.push(Self::new(what, &reclaim.every, &path, streams));
            };
            if pool.zones.is_empty() {
                add(None, format!("nodes.{}.spot", pool.name));
            }
            for &zone in &pool.zones {
                let path = format!("nodes.{}.spot.{}", pool.name, cluster.zones[zone]);
                add(Some(zone), path);
            }
        }
        all
    }

    fn new(what: Takeback, every: &Distribution, path: &str, streams: &Streams) -> Self {
        Self {
            what,
            every: every.sampler(),
            times: streams.keyed(path, Purpose::Fault),
            victims: streams.keyed(path, Purpose::Victim),
            happened: 0,
        }
    }
}

impl ClusterState<'_> {
    /// Sets all reclaims going.
    pub(super) fn start_reclaims(&mut self, kernel: &mut Kernel<'_>) {
        let ids = self.reclaims.ids();
        ids.for_each(|id| self.schedule_reclaim(id, kernel));
    }

    fn schedule_reclaim(&self, id: ReclaimId, kernel: &mut Kernel<'_>) {
        let it = &self.reclaims[id];
        let time = it.every.duration(it.times.word(it.happened, 0));
        kernel.schedule_after(time, Event::ReclaimDue(id));
    }

    /// The provider takes nodes back.
    pub fn on_reclaim_due(&mut self, id: ReclaimId, kernel: &mut Kernel<'_>) {
        let it = &mut self.reclaims[id];
        let number = it.happened;
        it.happened += 1;
        let (what, victims) = (it.what, it.victims.clone());
        self.take_back(&what, (&victims, number), kernel);
        self.schedule_reclaim(id, kernel);
    }

    /// The nodes that may be taken back now.
    fn takeable(&self, from: &Takeback) -> Vec<NodeId> {
        let Some(nodes) = &self.nodes else {
            return Vec::new();
        };
        let ready = nodes.in_stage(from.pool, Presence::Ready);
        let in_zone = |node: &NodeId| {
            let zone = nodes.table.get(*node).zone;
            from.zone.is_none() || zone == from.zone
        };
        ready.filter(in_zone).collect()
    }

    /// The provider takes nodes back: which ones the words of the how-many-th time decide.
    pub(super) fn take_back(
        &mut self,
        from: &Takeback,
        (victims, number): (&Keyed, u64),
        kernel: &mut Kernel<'_>,
    ) {
        let mut there = self.takeable(from);
        let share = libm::round(there.len() as f64 * from.fraction) as usize;
        let count = share.max(1).min(there.len()) as u64;
        let taken = (0..count).map(|drawn| {
            let word = victims.word(number, drawn);
            there.remove(word.below(there.len() as u32) as usize)
        });
        let taken: Vec<NodeId> = taken.collect();
        for node in taken {
            self.close_for_good(node, kernel);
            self.tell_owners(node, kernel);
            self.evict(node, kernel);
            kernel.schedule_after(from.notice, Event::NodeReclaimed(node));
        }
    }

    /// Whoever has a container on a node is told that the node will go, in the order in which the
    /// containers were asked for.
    fn tell_owners(&self, node: NodeId, kernel: &mut Kernel<'_>) {
        for container in self.on_node(node) {
            let owner = self.containers[container].owner;
            kernel.push(Effect::NodeLeaving { owner });
        }
    }

    /// A node that was warned is gone.
    pub fn on_node_reclaimed(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        self.remove_node(node, LossReason::NodeLost, kernel);
        let Some(nodes) = &self.nodes else { return };
        let pool = nodes.nodes[node].pool;
        if let Some(meter) = &mut kernel.metrics.nodes {
            meter.pools[pool].reclaimed += 1;
        }
        if let Some(spot) = &nodes.cluster.pools[pool].spot {
            kernel.schedule_after(spot.replacement_delay, Event::ReplacementDue(pool));
        }
    }

    /// The provider is asked for a node in place of one that it took back.
    pub fn on_replacement_due(&mut self, pool: PoolId, kernel: &mut Kernel<'_>) {
        self.boot(pool, kernel);
    }
}
