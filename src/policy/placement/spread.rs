//! `spread`: the node with the fewest containers of the same service or application, of those the
//! one with the fewest containers.
//!
//! What the scheduler of Docker Swarm does with tasks (`SwarmKit`, `manager/scheduler`, `nodeLess`:
//! fewest tasks of the service, then fewest tasks).

use super::Placement;
use super::nodes::{NodeTable, View};
use crate::id::NodeId;
use crate::random::Draw;
use std::cmp::Reverse;

/// Picks the one with the fewest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread;

impl Placement for Spread {
    fn changed(&mut self, _: NodeId, _: &NodeTable) {}

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        view.best(|_, state| Reverse((state.kinds[view.kind], state.containers)))
    }
}
