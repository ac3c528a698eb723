//! `first-fit`: the first node, in the order of their numbers, that has room.
//!
//! The classical rule (D. S. Johnson, "Near-optimal bin packing algorithms", MIT, 1973). The nodes
//! of a pool are found in O(log nodes), except where one has the processor and another the memory.

use super::Placement;
use super::nodes::{NodeTable, View};
use super::pools::Pools;
use crate::id::NodeId;
use crate::random::Draw;

/// Picks the first that fits.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstFit {
    pools: Pools,
}

impl Placement for FirstFit {
    fn changed(&mut self, node: NodeId, nodes: &NodeTable) {
        self.pools.changed(node, nodes, |_| node.0.into());
    }

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        self.pools.firsts(view, 0).map(|(_, node)| node).min()
    }
}
