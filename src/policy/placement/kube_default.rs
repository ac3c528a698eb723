//! `kube-default`: the scores of kube-scheduler's default profile.
//!
//! Of the default plugins (Kubernetes documentation, "Scheduler Configuration", and the sources of
//! `pkg/scheduler/framework/plugins`) those that tell nodes apart here, with their default weights:
//!
//! * `NodeResourcesFit`, strategy `LeastAllocated` (weight 1);
//! * `NodeResourcesBalancedAllocation` (weight 1);
//! * `ImageLocality` (weight 1);
//! * `PodTopologySpread` (weight 2), the built-in soft constraints on hosts (maxSkew 3) and zones
//!   (maxSkew 5), for replicas of a service;
//! * `TaintToleration` (weight 3), taints with the effect `PreferNoSchedule`.
//!
//! As the original does with its default `percentageOfNodesToScore`, not all nodes of a large
//! cluster are looked at: of n ≥ 100 nodes (50 − n/125) %, at least 5 % and at least 100 that fit,
//! beginning after those looked at for the last container (`schedule_one.go`,
//! `numFeasibleNodesToFind`). The original breaks ties at random; here the lowest node number wins,
//! so that a placement can be reproduced by hand.

use super::Placement;
use super::nodes::{NodeState, NodeTable, View};
use super::scores::{
    MAX_SCORE, balanced_allocation, image_bytes, image_locality, inverted, least_allocated,
    raw_spread,
};
use crate::id::{Id, IdVec, ImageId, NodeId};
use crate::model::Cluster;
use crate::random::Draw;

const SPREAD_WEIGHT: i64 = 2;
const TAINT_WEIGHT: i64 = 3;
/// With fewer nodes all are looked at.
const FEW: usize = 100;

/// Scores nodes that fit.
#[derive(Clone, Debug)]
pub(super) struct KubeDefault {
    image_bytes: IdVec<ImageId, i64>,
    /// The node that is looked at first.
    start: usize,
    /// Those that fit, kept to save its memory.
    found: Vec<NodeId>,
}

impl KubeDefault {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self {
            image_bytes: image_bytes(cluster),
            start: 0,
            found: Vec::new(),
        }
    }

    /// Finds as many nodes that fit as the original looks at.
    fn find(&mut self, view: &View<'_>) {
        let count = view.nodes.len();
        let enough = enough(count);
        self.found.clear();
        let mut looked_at = 0;
        while looked_at < count && self.found.len() < enough {
            let node = NodeId::new((self.start + looked_at) % count);
            looked_at += 1;
            if view.allows(node) {
                self.found.push(node);
            }
        }
        if count > 0 {
            self.start = (self.start + looked_at) % count;
        }
        self.found.sort_unstable();
    }
}

/// How many nodes that fit are looked at, of so many.
fn enough(nodes: usize) -> usize {
    if nodes < FEW {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(FEW)
}

impl Placement for KubeDefault {
    fn changed(&mut self, _: NodeId, _: &NodeTable) {}

    fn pick(&mut self, view: &View<'_>, _: &mut Draw) -> Option<NodeId> {
        self.find(view);
        let is_replica = view.demand.service.is_some();
        let avoided = &view.demand.placing.avoided;
        let hosts = self.found.len();
        let spread = |node: &NodeState| {
            if is_replica {
                raw_spread(view, node, hosts)
            } else {
                0
            }
        };
        let taints = |node: &NodeState| avoided.get(node.pool).map_or(0, |it| i64::from(*it));
        let states = || self.found.iter().map(|id| view.nodes.get(*id));
        let (mut least, mut most, mut most_taints) = (i64::MAX, 0, 0);
        for state in states() {
            let raw = spread(state);
            (least, most) = (least.min(raw), most.max(raw));
            most_taints = most_taints.max(taints(state));
        }
        let score = |node: &NodeState| {
            let mut score = least_allocated(node, view.wanted())
                + balanced_allocation(node, view.wanted())
                + image_locality(view, node, &self.image_bytes);
            if is_replica {
                score += SPREAD_WEIGHT * inverted(spread(node), least, most);
            }
            if most_taints > 0 {
                score += TAINT_WEIGHT * (MAX_SCORE - MAX_SCORE * taints(node) / most_taints);
            }
            score
        };
        // The first of the best: `max_by_key` would take the last.
        let mut best: Option<(i64, NodeId)> = None;
        for &id in &self.found {
            let score = score(view.nodes.get(id));
            if best.is_none_or(|(highest, _)| highest < score) {
                best = Some((score, id));
            }
        }
        best.map(|(_, id)| id)
    }
}
