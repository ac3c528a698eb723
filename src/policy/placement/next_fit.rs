//! `next-fit`: the node that had the last container, as long as there is room, then the ones after
//! it.
//!
//! The classical rule (D. S. Johnson, "Near-optimal bin packing algorithms", MIT, 1973), except that
//! nodes which were passed over are looked at again when the last one has been reached: containers
//! end, and their nodes have room again.

use super::Placement;
use super::nodes::{NodeTable, View};
use super::pools::Pools;
use crate::id::NodeId;
use crate::random::Draw;

/// Picks the last one again, or the next after it that fits.
#[derive(Clone, Debug, Default)]
pub(super) struct NextFit {
    pools: Pools,
    last: u32,
}

impl Placement for NextFit {
    fn changed(&mut self, node: NodeId, nodes: &NodeTable) {
        self.pools.changed(node, nodes, |_| node.0.into());
    }

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        let after = self.pools.firsts(view, self.last.into()).min();
        let (_, node) = after.or_else(|| self.pools.firsts(view, 0).min())?;
        self.last = node.0;
        Some(node)
    }
}
