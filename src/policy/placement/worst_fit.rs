//! `worst-fit`: the node with the most free processor; of those the one with the most free memory.
//!
//! The classical rule (D. S. Johnson, "Near-optimal bin packing algorithms", MIT, 1973) in absolute
//! amounts, processor first. Found in O(log nodes) for each pool, except where one node has the
//! processor and another the memory.

use super::Placement;
use super::best_fit::room;
use super::nodes::{NodeTable, View};
use super::pools::Pools;
use super::ranked::Rank;
use crate::id::NodeId;
use crate::random::Draw;

/// Picks the emptiest.
#[derive(Clone, Debug, Default)]
pub(super) struct WorstFit {
    pools: Pools,
}

impl Placement for WorstFit {
    fn changed(&mut self, node: NodeId, nodes: &NodeTable) {
        self.pools
            .changed(node, nodes, |state| Rank::MAX - room(state));
    }

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        self.pools.firsts(view, 0).min().map(|(_, node)| node)
    }
}
