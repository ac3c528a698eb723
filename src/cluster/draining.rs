//! Nodes that leave on purpose: what is on them is asked to finish first, where it may.
//!
//! Replicas of services with a `termination-grace` are told, take nothing new, and release their
//! containers when they are done or their grace is over; the node is there, and paid for, until the
//! last has gone. Everything else is lost at once, as is what does not run yet: it starts again
//! elsewhere.
//!
//! # Invariants
//! * A node that drains takes no new containers, and has at least one.

use super::presence::Presence;
use super::state::ClusterState;
use crate::effect::{Effect, LossReason};
use crate::id::{ContainerId, NodeId};
use crate::kernel::Kernel;

impl ClusterState<'_> {
    /// A node is not needed: it leaves, now or when all on it have finished.
    pub(super) fn let_go(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        self.close_for_good(node, kernel);
        let graceful = self.evict(node, kernel);
        if graceful.is_empty() {
            self.remove_node(node, LossReason::Evicted, kernel);
            self.count_removed(node, kernel);
            return;
        }
        for id in self.on_node(node) {
            if !graceful.contains(&id) {
                self.lose(id, LossReason::Evicted, kernel);
            }
        }
        if let Some(nodes) = &mut self.nodes {
            nodes.presences.drain(node);
        }
    }

    /// Asks those on a node that may finish what they have to do so; who they are.
    pub(super) fn evict(&mut self, node: NodeId, kernel: &mut Kernel<'_>) -> Vec<ContainerId> {
        let model = self.model;
        let may_finish = |id: &ContainerId| {
            let container = &self.containers[*id];
            let service = self.kinds[container.kind].service;
            let grace = service.and_then(|id| model.services[id].termination_grace);
            grace.is_some() && container.is_running()
        };
        let graceful: Vec<ContainerId> =
            self.on_node(node).into_iter().filter(may_finish).collect();
        for id in &graceful {
            let owner = self.containers[*id].owner;
            kernel.push(Effect::Evict { owner });
        }
        graceful
    }

    /// The containers of a node, in the order in which they were asked for.
    pub(super) fn on_node(&self, node: NodeId) -> Vec<ContainerId> {
        let nodes = self.nodes.as_ref();
        let mut all = nodes.map_or_else(Vec::new, |nodes| nodes.nodes[node].containers.clone());
        all.sort_unstable_by_key(|id| self.containers[*id].sequence);
        all
    }

    /// A container has gone from a node: if that was the last of one that drains, so does the node.
    pub(super) fn leave_if_drained(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let drained = self.nodes.as_ref().is_some_and(|nodes| {
            let drains = nodes.presences.of(node) == Presence::Draining;
            drains && nodes.nodes[node].containers.is_empty()
        });
        if drained {
            self.remove_node(node, LossReason::Evicted, kernel);
            self.count_removed(node, kernel);
        }
    }
}
