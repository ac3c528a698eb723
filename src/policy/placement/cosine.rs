//! `cosine`: the node whose free processor and memory point the way of what the container wants,
//! however large they are.
//!
//! The score is the cosine of the angle between the two, both as parts of the node's allocatable
//! amounts: the alignment score of R. Panigrahy, K. Talwar, L. Uyeda and U. Wieder, "Heuristics for
//! vector bin packing", Microsoft Research, 2011, with both vectors normalized.

use super::Placement;
use super::dot_product::{parts, product};
use super::nodes::{NodeState, NodeTable, View};
use crate::id::NodeId;
use crate::model::Resources;
use crate::random::Draw;

/// Picks the smallest angle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cosine;

/// The cosine of the angle between what is wanted and what is free; 0 where either is nothing.
pub(super) fn cosine(state: &NodeState, wanted: Resources) -> f64 {
    let length = |amount: Resources| {
        let [cpu, memory] = parts(amount, state.allocatable);
        libm::sqrt(cpu * cpu + memory * memory)
    };
    let lengths = length(wanted) * length(state.free);
    if lengths > 0.0 {
        product(state, wanted) / lengths
    } else {
        0.0
    }
}

impl Placement for Cosine {
    fn changed(&mut self, _: NodeId, _: &NodeTable) {}

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        view.best(|_, state| cosine(state, view.wanted()))
    }
}
