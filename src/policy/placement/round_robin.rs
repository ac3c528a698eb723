//! `round-robin`: the first node that has room after the one that had the last container.

use super::Placement;
use super::nodes::{NodeTable, View};
use super::pools::Pools;
use crate::id::NodeId;
use crate::random::Draw;

/// Picks them in turns.
#[derive(Clone, Debug, Default)]
pub(super) struct RoundRobin {
    pools: Pools,
    /// The number after that of the last one.
    next: u32,
}

impl Placement for RoundRobin {
    fn changed(&mut self, node: NodeId, nodes: &NodeTable) {
        self.pools.changed(node, nodes, |_| node.0.into());
    }

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        let after = self.pools.firsts(view, self.next.into()).min();
        let (_, node) = after.or_else(|| self.pools.firsts(view, 0).min())?;
        self.next = node.0 + 1;
        Some(node)
    }
}
