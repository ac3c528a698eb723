//! The nodes of each pool in an order of their own: pools that keep a container out cost nothing.

use super::nodes::{NodeState, NodeTable, View};
use super::ranked::{Rank, Ranked};
use crate::id::{Id, IdVec, NodeId, PoolId};

/// Nodes by pool, in the order of a rank.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    pools: IdVec<PoolId, Ranked>,
}

impl Pools {
    /// A node has changed: it is where its rank says, or nowhere while it takes no containers.
    pub(super) fn changed(
        &mut self,
        node: NodeId,
        nodes: &NodeTable,
        rank: impl FnOnce(&NodeState) -> Rank,
    ) {
        let state = nodes.get(node);
        while self.pools.len() <= state.pool.index() {
            self.pools.push(Ranked::default());
        }
        let pool = &mut self.pools[state.pool];
        if state.open {
            pool.set(node, rank(state), state.free);
        } else {
            pool.remove(node);
        }
    }

    /// By pool that may have the container: its first node of at least the rank `from` that may.
    pub(super) fn firsts<'a>(
        &'a self,
        view: &'a View<'a>,
        from: Rank,
    ) -> impl Iterator<Item = (Rank, NodeId)> + 'a {
        let placing = &view.demand.placing;
        let pools = self.pools.enumerate();
        let allowed = pools.filter(|(id, _)| placing.allows(*id));
        allowed.filter_map(move |(_, pool)| {
            pool.first(from, view.wanted(), &mut |node| view.admits(node))
        })
    }
}
