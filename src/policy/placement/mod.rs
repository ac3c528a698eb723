//! Which node a container goes to.
//!
//! A policy is fed with every change at the nodes and keeps what it needs to find one quickly; it
//! is shown all nodes when it is asked. Filters (taints, labels, spread) are no policy's business:
//! [`View::allows`] says which nodes may have a container.

mod allocated;
mod balanced_allocation;
mod best_fit;
mod cosine;
mod dot_product;
mod first_fit;
mod image_locality;
mod kube_default;
mod lp;
mod next_fit;
mod nodes;
mod pools;
mod random;
mod ranked;
mod rooms;
mod round_robin;
mod scores;
mod spread;
#[cfg(test)]
mod tests;
mod worst_fit;

pub use nodes::{NodeState, NodeTable, Refusal, View};

use crate::id::{KindId, NodeId};
use crate::model::{Cluster, Kind, PlacementKind};
use crate::random::Draw;
use std::fmt::Debug;

/// A placement policy: fed with what changes at the nodes, asked for one of them.
pub trait Placement: Debug + Send {
    /// A node has changed. Nodes are first fed in the order of their numbers.
    fn changed(&mut self, node: NodeId, nodes: &NodeTable);

    /// The node for a container, one that the view allows; `None` where there is none. What is left
    /// to chance is drawn from `draw`.
    fn pick(&mut self, view: &View<'_>, draw: &mut Draw) -> Option<NodeId>;

    /// Nodes for some of many containers that wait: the position of its kind among those that are
    /// shown, and the node, for each. Together they fit. For those that are left, `pick` is asked one by one; for all
    /// of them where a policy makes no plans.
    fn plan(&mut self, _: &[Waiting<'_>], _: &NodeTable) -> Vec<(usize, NodeId)> {
        Vec::new()
    }
}

/// Containers of a kind that wait.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    /// Their kind.
    pub kind: KindId,
    /// What each asks for.
    pub demand: &'a Kind,
    /// How many.
    pub count: u32,
}

/// The policy of that kind, for a cluster none of whose nodes it has been fed yet.
pub fn placement(kind: PlacementKind, cluster: &Cluster) -> Box<dyn Placement> {
    match kind {
        PlacementKind::KubeDefault => Box::new(kube_default::KubeDefault::new(cluster)),
        PlacementKind::FirstFit => Box::new(first_fit::FirstFit::default()),
        PlacementKind::NextFit => Box::new(next_fit::NextFit::default()),
        PlacementKind::BestFit => Box::new(best_fit::BestFit::default()),
        PlacementKind::WorstFit => Box::new(worst_fit::WorstFit::default()),
        PlacementKind::Random => Box::new(random::Random),
        PlacementKind::RoundRobin => Box::new(round_robin::RoundRobin::default()),
        PlacementKind::LeastAllocated => Box::new(allocated::Allocated::least()),
        PlacementKind::MostAllocated => Box::new(allocated::Allocated::most()),
        PlacementKind::BalancedAllocation => Box::new(balanced_allocation::BalancedAllocation),
        PlacementKind::ImageLocality => Box::new(image_locality::ImageLocality::new(cluster)),
        PlacementKind::Spread => Box::new(spread::Spread),
        PlacementKind::DotProduct => Box::new(dot_product::DotProduct),
        PlacementKind::Cosine => Box::new(cosine::Cosine),
        PlacementKind::Lp => Box::new(lp::Lp::default()),
    }
}
