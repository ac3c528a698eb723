//! `least-allocated` and `most-allocated`: the node whose processor and memory are free to the
//! largest, or smallest, part once it has the container.
//!
//! The strategies of kube-scheduler's `NodeResourcesFit` plugin with their default resources and
//! weights (processor and memory, 1 each), without the rounding to whole points of the original: the
//! score is the sum of both free parts, each in units of 2⁻³². Found in O(log nodes) for each pool,
//! except where one node has the processor and another the memory.

use super::Placement;
use super::nodes::{NodeState, NodeTable, View};
use super::pools::Pools;
use super::ranked::Rank;
use crate::id::NodeId;
use crate::model::Resources;
use crate::random::Draw;

/// Picks by the free part.
#[derive(Clone, Debug)]
pub(super) struct Allocated {
    pools: Pools,
    most: bool,
}

/// A rank that no score reaches.
const PAST: i128 = 1 << 64;

impl Allocated {
    /// The node that is least allocated.
    pub(super) fn least() -> Self {
        Self {
            pools: Pools::default(),
            most: false,
        }
    }

    /// The node that is most allocated.
    pub(super) fn most() -> Self {
        Self {
            pools: Pools::default(),
            most: true,
        }
    }
}

/// The parts that an amount is of a whole, added up, in units of 2⁻³².
fn parts(amount: Resources, whole: Resources) -> i128 {
    let part = |amount: u64, whole: u64| match whole {
        0 => 0,
        whole => (i128::from(amount) << 32) / i128::from(whole),
    };
    part(amount.cpu.0, whole.cpu.0) + part(amount.memory.0, whole.memory.0)
}

/// What is free at a node once it has a container that wants so much: highest where least is
/// allocated.
pub(super) fn free_after(state: &NodeState, wanted: Resources) -> i128 {
    parts(state.free, state.allocatable) - parts(wanted, state.allocatable)
}

impl Placement for Allocated {
    fn changed(&mut self, node: NodeId, nodes: &NodeTable) {
        let most = self.most;
        self.pools.changed(node, nodes, |state| {
            let free = parts(state.free, state.allocatable);
            (if most { free } else { PAST - free }) as Rank
        });
    }

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        // Nodes of a pool are in the order of their scores whatever is wanted; pools are not.
        let firsts = self.pools.firsts(view, 0);
        let scored = firsts.map(|(_, node)| {
            let free = free_after(view.nodes.get(node), view.wanted());
            (if self.most { free } else { -free }, node)
        });
        scored.min().map(|(_, node)| node)
    }
}
