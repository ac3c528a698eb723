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
    MAX_SCORE, SpreadTerms, balanced_allocation, image_bytes, image_locality, inverted,
    least_allocated,
};
use crate::id::{Id, IdVec, ImageId, NodeId};
use crate::model::Cluster;
use crate::random::Draw;
use std::ops::Range;

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
    /// How little each of them is spread.
    raw: Vec<i64>,
}

impl KubeDefault {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self {
            image_bytes: image_bytes(cluster),
            start: 0,
            found: Vec::new(),
            raw: Vec::new(),
        }
    }

    /// Finds as many nodes that fit as the original looks at.
    fn find(&mut self, view: &View<'_>) {
        let count = view.nodes.len();
        let enough = enough(count);
        self.found.clear();
        let start = self.start;
        let last = self.find_in(view, start..count, enough);
        if let Some(last) = last.or_else(|| self.find_in(view, 0..start, enough)) {
            self.start = (last + 1) % count;
        }
        self.found.sort_unstable();
    }

    /// Looks at some of the nodes; the last one, where that was enough.
    fn find_in(&mut self, view: &View<'_>, range: Range<usize>, enough: usize) -> Option<usize> {
        let mut from = range.start;
        while let Some(next) = view.next_with_room(from).filter(|next| *next < range.end) {
            from = next + 1;
            if view.admits(NodeId::new(next)) {
                self.found.push(NodeId::new(next));
                if self.found.len() == enough {
                    return Some(next);
                }
            }
        }
        None
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
        let terms = SpreadTerms::new(view, self.found.len());
        let taints = |node: &NodeState| avoided.get(node.pool).map_or(0, |it| i64::from(*it));
        let (mut least, mut most, mut most_taints) = (i64::MAX, 0, 0);
        self.raw.clear();
        for id in &self.found {
            let state = view.nodes.get(*id);
            let raw = if is_replica {
                terms.raw(view, state)
            } else {
                0
            };
            self.raw.push(raw);
            (least, most) = (least.min(raw), most.max(raw));
            most_taints = most_taints.max(taints(state));
        }
        let score = |node: &NodeState, raw: i64| {
            let mut score = least_allocated(node, view.wanted())
                + balanced_allocation(node, view.wanted())
                + image_locality(view, node, &self.image_bytes);
            if is_replica {
                score += SPREAD_WEIGHT * inverted(raw, least, most);
            }
            if most_taints > 0 {
                score += TAINT_WEIGHT * (MAX_SCORE - MAX_SCORE * taints(node) / most_taints);
            }
            score
        };
        // The first of the best: `max_by_key` would take the last.
        let mut best: Option<(i64, NodeId)> = None;
        for (&id, &raw) in self.found.iter().zip(&self.raw) {
            let score = score(view.nodes.get(id), raw);
            if best.is_none_or(|(highest, _)| highest < score) {
                best = Some((score, id));
            }
        }
        best.map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{KindId, PoolId};
    use crate::model::{Kind, Placing, Resources};
    use crate::policy::placement::NodeTable;
    use crate::units::{Bytes, Cpu};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Those that are found are those that a walk over all nodes comes by, which ends when there
        /// are enough, and so is where it goes on next time.
        #[test]
        fn a_walk_finds_the_same_nodes(
            free in prop::collection::vec(0_u64..3, 0..260),
            starts in prop::collection::vec(any::<usize>(), 1..4),
        ) {
            let mut table = NodeTable::new(0, 1, 0);
            for &cpu in &free {
                let free = Resources::node(Cpu(cpu), Bytes(1));
                table.push(NodeState {
                    pool: PoolId(0),
                    zone: None,
                    open: true,
                    allocatable: free,
                    free,
                    images: IdVec::new(),
                    kinds: [0].into_iter().collect(),
                    containers: 0,
                });
            }
            let demand = Kind {
                resources: Resources::container(Cpu(1), Bytes(1)),
                memory_limit: None,
                image: None,
                service: None,
                app: None,
                gang: None,
                placing: Placing::default(),
            };
            let view = View::new(&table, KindId(0), &demand);
            let mut policy = KubeDefault {
                image_bytes: IdVec::new(),
                start: 0,
                found: Vec::new(),
                raw: Vec::new(),
            };
            for start in starts {
                policy.start = start % free.len().max(1);
                let (mut walked, mut looked_at) = (Vec::new(), 0);
                while looked_at < free.len() && walked.len() < enough(free.len()) {
                    let node = NodeId::new((policy.start + looked_at) % free.len());
                    looked_at += 1;
                    if view.allows(node) {
                        walked.push(node);
                    }
                }
                let next = (policy.start + looked_at) % free.len().max(1);
                walked.sort_unstable();
                policy.find(&view);
                prop_assert_eq!(&policy.found, &walked);
                prop_assert_eq!(policy.start, next);
            }
        }
    }
}
