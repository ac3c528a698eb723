//! A node that makes way for a cheaper one (Karpenter's single-node consolidation).
//!
//! All containers of the node must fit on the other nodes and one new node of a pool whose nodes cost
//! less. The new node is asked for first; once it is there, the containers of the old one are lost
//! and placed again, and the old one leaves (karpenter.sh, "Disruption", "Consolidation"). One node
//! is replaced at a time, none that holds what may not move, and none for the sake of containers that
//! are spread or kept apart by zones.

use super::nodes::Nodes;
use super::state::ClusterState;
use crate::id::{IdVec, KindId, NodeId, PoolId, ZoneId};
use crate::kernel::Kernel;
use crate::model::{Apart, Kind, Resources};
use crate::policy::node_scaling::Offer;
use crate::units::Time;

/// A node that is to leave, and the one that it waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replacement {
    old: NodeId,
    new: NodeId,
}

impl ClusterState<'_> {
    /// Asks for a cheaper node in place of one that is there, if there is such a pair.
    pub(super) fn replace_node(&mut self, idle: &[NodeId], kernel: &mut Kernel<'_>) {
        if idle.is_empty() {
            return;
        }
        let offers = self.offers();
        let found = idle
            .iter()
            .find_map(|&node| Some((node, self.cheaper(node, &offers)?)));
        let Some((old, pool)) = found else { return };
        if let Some(new) = self.boot(pool, kernel)
            && let Some(scaler) = &mut self.scaler
        {
            scaler.grown = Some(kernel.now());
            scaler.replacement = Some(Replacement { old, new });
        }
    }

    /// A node is there: if another waits for that, it leaves.
    pub(super) fn replaced(&mut self, new: NodeId, kernel: &mut Kernel<'_>) {
        let Some(scaler) = &mut self.scaler else {
            return;
        };
        let waits = scaler.replacement.filter(|it| it.new == new);
        let Some(Replacement { old, .. }) = waits else {
            return;
        };
        scaler.replacement = None;
        // Meanwhile it may have got what must stay, or be gone.
        if !self.is_needed(old) && self.faults.takes_containers(new) {
            self.let_go(old, kernel);
        }
    }

    /// The cheapest pool of which one node would do for what does not fit on the nodes that are
    /// there, where that costs less than the node.
    fn cheaper(&self, node: NodeId, offers: &[Offer]) -> Option<PoolId> {
        let nodes = self.nodes.as_ref()?;
        let price = |pool: PoolId| nodes.cluster.pools[pool].price.unwrap_or(0.0);
        let paid = price(nodes.nodes[node].pool);
        let able = offers
            .iter()
            .filter(|offer| offer.price < paid)
            .filter(|offer| self.fits_without(node, Some(offer.pool)));
        let best = able.min_by(|a, b| a.price.total_cmp(&b.price).then(a.pool.cmp(&b.pool)));
        best.map(|offer| offer.pool)
    }

    /// Whether all containers of a node fit on others, and on a new node of a pool if there is to be
    /// one.
    pub(super) fn fits_without(&self, node: NodeId, new: Option<PoolId>) -> bool {
        let Some(nodes) = &self.nodes else {
            return false;
        };
        let table = &nodes.table;
        let mut taken: IdVec<NodeId, Resources> =
            table.enumerate().map(|_| Resources::default()).collect();
        let mut fresh = new.map(|pool| Fresh::new(pool, nodes));
        self.on_node(node).into_iter().all(|id| {
            let kind = self.containers[id].kind;
            let Some(view) = self.view(id, kind) else {
                return false;
            };
            let wanted = view.wanted();
            let found = table.enumerate().find(|(other, state)| {
                let mut sum = wanted;
                sum += taken[*other];
                *other != node && view.admits(*other) && state.free.fits(sum)
            });
            if let Some((other, _)) = found {
                taken[other] += wanted;
                return true;
            }
            let bound = self.bound_zone(id, kind);
            let demand = (kind, &self.kinds[kind]);
            fresh.as_mut().is_some_and(|it| it.takes(demand, bound))
        })
    }

    /// Nodes of pools that may shrink which have not been needed for long enough.
    pub(super) fn replaceable(&self, now: Time) -> Vec<NodeId> {
        let (Some(nodes), Some(scaler)) = (&self.nodes, &self.scaler) else {
            return Vec::new();
        };
        if !scaler.policy.replaces() || scaler.replacement.is_some() {
            return Vec::new();
        }
        let pools = nodes.cluster.pools.ids();
        let idle = pools.map(|pool| self.idle_nodes(pool, now));
        let shrinking = idle.filter(|(spare, _)| *spare > 0);
        shrinking.flat_map(|(_, idle)| idle).collect()
    }
}

/// A node that would be added, and what it has been given.
struct Fresh {
    pool: PoolId,
    zone: Option<ZoneId>,
    room: Resources,
    kinds: Vec<KindId>,
}

impl Fresh {
    fn new(pool: PoolId, nodes: &Nodes<'_>) -> Self {
        Self {
            pool,
            zone: nodes.next_zone(pool),
            room: nodes.cluster.pools[pool].allocatable(),
            kinds: Vec::new(),
        }
    }

    /// Gives it a container of a kind, if it may have that; `bound`: the only zone for it.
    fn takes(&mut self, (kind, demand): (KindId, &Kind), bound: Option<ZoneId>) -> bool {
        let placing = &demand.placing;
        let alone = placing.apart == Some(Apart::Nodes);
        let possible = placing.allows(self.pool)
            && placing.spread.is_none()
            && placing.apart != Some(Apart::Zones)
            && (bound.is_none() || bound == self.zone)
            && !(alone && self.kinds.contains(&kind))
            && self.room.fits(demand.resources);
        if possible {
            self.room -= demand.resources;
            self.kinds.push(kind);
        }
        possible
    }
}
