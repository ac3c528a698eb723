//! `random`: any node that has room, drawn uniformly.

use super::Placement;
use super::nodes::{NodeTable, View};
use crate::id::NodeId;
use crate::random::Draw;

/// Picks any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Random;

impl Placement for Random {
    fn changed(&mut self, _: NodeId, _: &NodeTable) {}

    fn pick(&mut self, view: &View<'_>, draw: &mut Draw) -> Option<NodeId> {
        let count = view.candidates().count() as u32;
        let chosen = (count > 0).then(|| draw.below(count))?;
        view.candidates().nth(chosen as usize).map(|(node, _)| node)
    }
}
