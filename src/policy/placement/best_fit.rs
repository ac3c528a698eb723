//! `best-fit`: the node with the least free processor that has room; of those the one with the
//! least free memory.
//!
//! The classical rule (D. S. Johnson, "Near-optimal bin packing algorithms", MIT, 1973) in absolute
//! amounts, processor first. Found in O(log nodes) for each pool, except where one node has the
//! processor and another the memory.

use super::Placement;
use super::nodes::{NodeState, NodeTable, View};
use super::pools::Pools;
use super::ranked::Rank;
use crate::id::NodeId;
use crate::random::Draw;

/// Picks the fullest that fits.
#[derive(Clone, Debug, Default)]
pub(super) struct BestFit {
    pools: Pools,
}

/// Free processor, then free memory.
pub(super) fn room(state: &NodeState) -> Rank {
    (Rank::from(state.free.cpu.0) << 64) | Rank::from(state.free.memory.0)
}

impl Placement for BestFit {
    fn changed(&mut self, node: NodeId, nodes: &NodeTable) {
        self.pools.changed(node, nodes, room);
    }

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        // What has less free does not fit anyway.
        let from = Rank::from(view.wanted().cpu.0) << 64;
        self.pools.firsts(view, from).min().map(|(_, node)| node)
    }
}
