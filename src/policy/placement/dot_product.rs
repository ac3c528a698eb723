//! `dot-product`: the node whose free processor and memory, as parts of what it has, point the way
//! of what the container wants, and are large.
//!
//! The score is Σ wanted · free over processor and memory, both as parts of the node's allocatable
//! amounts: R. Panigrahy, K. Talwar, L. Uyeda and U. Wieder, "Heuristics for vector bin packing",
//! Microsoft Research, 2011 (`DotProduct`); Tetris packs tasks by it (R. Grandl et al.,
//! "Multi-resource packing for cluster schedulers", SIGCOMM 2014).

use super::Placement;
use super::nodes::{NodeState, NodeTable, View};
use crate::id::NodeId;
use crate::model::Resources;
use crate::random::Draw;

/// Picks the highest product.
#[derive(Clone, Copy, Debug)]
pub(super) struct DotProduct;

/// Processor and memory as parts of what a node has.
pub(super) fn parts(amount: Resources, whole: Resources) -> [f64; 2] {
    let part = |amount: u64, whole: u64| amount as f64 / whole.max(1) as f64;
    [
        part(amount.cpu.0, whole.cpu.0),
        part(amount.memory.0, whole.memory.0),
    ]
}

/// Σ wanted · free.
pub(super) fn product(state: &NodeState, wanted: Resources) -> f64 {
    let [cpu, memory] = parts(wanted, state.allocatable);
    let [free_cpu, free_memory] = parts(state.free, state.allocatable);
    cpu * free_cpu + memory * free_memory
}

impl Placement for DotProduct {
    fn changed(&mut self, _: NodeId, _: &NodeTable) {}

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        view.best(|_, state| product(state, view.wanted()))
    }
}
