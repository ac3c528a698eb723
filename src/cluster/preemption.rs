//! Containers that give way to one of a higher priority.
//!
//! kube-scheduler's default preemption (`pkg/scheduler/framework/preemption`): on each node that may
//! have the container all of a lower priority would go, and as many as possible of them are spared
//! again, the highest priority and of those the oldest first. Of the nodes the one is taken whose
//! highest victim is lowest, then whose victims' priorities add up to least, then with the fewest
//! victims, then with the lowest number. The victims are lost at once.

use super::state::ClusterState;
use crate::effect::LossReason;
use crate::id::{ContainerId, NodeId};
use crate::kernel::Kernel;
use crate::policy::placement::View;
use std::cmp::Reverse;

/// What it would cost to make room on a node: lower is better.
type Cost = (i32, i64, usize, NodeId);

impl ClusterState<'_> {
    /// Makes room for a container by stopping others of a lower priority; where.
    pub(super) fn make_room(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) -> Option<NodeId> {
        let kind = self.containers[id].kind;
        let placing = &self.kinds[kind].placing;
        // Room for a driver alone is of no use to a gang.
        let alone = self.kinds[kind].gang.is_none();
        if !alone || !placing.preempts || !self.has_below(placing.priority) {
            return None;
        }
        let view = self.view(id, kind)?;
        let all = view.nodes.enumerate().map(|(node, _)| node);
        let possible = all.filter(|node| view.admits(*node));
        let choices = possible.filter_map(|node| {
            let victims = self.victims(node, &view)?;
            Some((self.cost(node, &victims), victims))
        });
        let ((.., node), victims) = choices.min_by_key(|(cost, _)| *cost)?;
        for victim in victims {
            self.lose(victim, LossReason::Preempted, kernel);
        }
        Some(node)
    }

    /// Whether there is any container of a lower priority.
    fn has_below(&self, priority: i32) -> bool {
        let kinds = self.kinds.enumerate();
        let mut below = kinds.filter(|(_, kind)| kind.placing.priority < priority);
        below.any(|(id, _)| self.has_containers(id))
    }

    /// Who would have to go from a node, in the order in which they were asked for; `None`: that
    /// would not be enough.
    fn victims(&self, node: NodeId, view: &View<'_>) -> Option<Vec<ContainerId>> {
        let nodes = self.nodes.as_ref()?;
        let priority = view.demand.placing.priority;
        let mut free = view.nodes.get(node).free;
        let resources = |id: ContainerId| self.kinds[self.containers[id].kind].resources;
        let all = nodes.nodes[node].containers.iter().copied();
        let lower = all.filter(|id| self.priority(*id) < priority);
        for id in lower.clone() {
            free += resources(id);
        }
        if !free.fits(view.wanted()) {
            return None;
        }
        let mut lower: Vec<ContainerId> = lower.collect();
        let sequence = |id: ContainerId| self.containers[id].sequence;
        lower.sort_unstable_by_key(|id| (Reverse(self.priority(*id)), sequence(*id)));
        lower.retain(|id| {
            let mut without = free;
            let spared = without.fits(resources(*id)) && {
                without -= resources(*id);
                without.fits(view.wanted())
            };
            if spared {
                free = without;
            }
            !spared
        });
        lower.sort_unstable_by_key(|id| sequence(*id));
        Some(lower)
    }

    fn cost(&self, node: NodeId, victims: &[ContainerId]) -> Cost {
        let priorities = victims.iter().map(|id| self.priority(*id));
        let highest = priorities.clone().max().unwrap_or(i32::MIN);
        (
            highest,
            priorities.map(i64::from).sum(),
            victims.len(),
            node,
        )
    }

    fn priority(&self, id: ContainerId) -> i32 {
        self.kinds[self.containers[id].kind].placing.priority
    }
}
