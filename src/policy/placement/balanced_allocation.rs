//! `balanced-allocation`: the node whose processor and memory are used to parts that differ least
//! once it has the container.
//!
//! kube-scheduler's plugin `NodeResourcesBalancedAllocation` alone.

use super::Placement;
use super::nodes::{NodeTable, View};
use super::scores::balanced_allocation;
use crate::id::NodeId;
use crate::random::Draw;

/// Picks the most even.
#[derive(Clone, Copy, Debug)]
pub(super) struct BalancedAllocation;

impl Placement for BalancedAllocation {
    fn changed(&mut self, _: NodeId, _: &NodeTable) {}

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        view.best(|_, state| balanced_allocation(state, view.wanted()))
    }
}
