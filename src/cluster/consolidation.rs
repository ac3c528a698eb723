//! A node that makes way for a cheaper one (Karpenter's single-node consolidation).
//!
//! All containers of the node must fit on the other nodes and one new node of a pool whose nodes cost
//! less. The new node is asked for first; once it is there, the containers of the old one are lost
//! and placed again, and the old one leaves (karpenter.sh, "Disruption", "Consolidation"). One node
//! is replaced at a time, none that holds what may not move, and none for the sake of containers that
//! are spread or kept apart by zones.

use super::nodes::Nodes;
use super::state::ClusterState;
use crate::id::{IdVec, NodeId, PoolId};
use crate::kernel::Kernel;
use crate::model::{Apart, Resources};
use crate::policy::placement::View;
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
        let found = idle
            .iter()
            .find_map(|&node| Some((node, self.cheaper(node)?)));
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
    fn cheaper(&self, node: NodeId) -> Option<PoolId> {
        let nodes = self.nodes.as_ref()?;
        let price = |pool: PoolId| nodes.cluster.pools[pool].price.unwrap_or(0.0);
        let paid = price(nodes.nodes[node].pool);
        let offers = self.offers();
        let able = offers
            .iter()
            .filter(|offer| offer.price < paid)
            .filter(|offer| self.fits_with(node, offer.pool, nodes));
        let best = able.min_by(|a, b| a.price.total_cmp(&b.price).then(a.pool.cmp(&b.pool)));
        best.map(|offer| offer.pool)
    }

    /// Whether all containers of a node fit on others and one new node of a pool.
    fn fits_with(&self, node: NodeId, pool: PoolId, nodes: &Nodes<'_>) -> bool {
        let spec = &nodes.cluster.pools[pool];
        let mut room = spec.allocatable();
        let zone = nodes.next_zone(pool);
        let table = &nodes.table;
        let mut taken: IdVec<NodeId, Resources> =
            table.enumerate().map(|_| Resources::default()).collect();
        let mut moving = nodes.nodes[node].containers.clone();
        moving.sort_unstable_by_key(|id| self.containers[*id].sequence);
        let mut apart = Vec::new();
        moving.iter().all(|id| {
            let kind = self.containers[*id].kind;
            let demand = &self.kinds[kind];
            let bound = self.bound_zone(*id, kind);
            let view = View::new(table, kind, demand).within(bound);
            let wanted = demand.resources;
            let found = table.enumerate().find(|(other, state)| {
                let mut sum = wanted;
                sum += taken[*other];
                *other != node && view.admits(*other) && state.free.fits(sum)
            });
            if let Some((other, _)) = found {
                taken[other] += wanted;
                return true;
            }
            let placing = &demand.placing;
            let alone = placing.apart == Some(Apart::Nodes);
            let possible = placing.allows(pool)
                && placing.spread.is_none()
                && placing.apart != Some(Apart::Zones)
                && (bound.is_none() || bound == zone)
                && !(alone && apart.contains(&kind))
                && room.fits(wanted);
            if possible {
                room -= wanted;
                apart.push(kind);
            }
            possible
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
        let all = nodes.nodes.enumerate();
        let due = all.filter(|(id, node)| {
            let scaling = nodes.cluster.pools[node.pool].autoscale.as_ref();
            scaling.is_some_and(|scaling| {
                let after = scaling.scale_down_after;
                let since = scaler.idle_since[*id];
                scaling.min < nodes.presences.present(node.pool)
                    && since.is_some_and(|since| since + after <= now)
                    && scaler.grown.is_none_or(|grown| grown + after <= now)
            })
        });
        due.map(|(id, _)| id).collect()
    }
}
