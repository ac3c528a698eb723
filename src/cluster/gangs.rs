//! Applications that start only when driver and executors fit together.
//!
//! A gang's driver waits until it and so many executors have room at the same time. The room of the
//! executors is kept for them (`YuniKorn` and Volcano hold it with placeholder pods) until they ask
//! for it; what is left goes back with the driver.
//!
//! # Invariants
//! * Room that is kept counts as held on its node, and is given to an executor of its application
//!   alone.

use super::state::{ClusterState, fall, rise};
use crate::id::{ContainerId, KindId, NodeId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Resources;
use crate::policy::placement::View;
use crate::random::Draw;
use std::collections::BTreeMap;

/// Room that is kept for executors.
#[derive(Clone, Debug, Default)]
pub(super) struct Gangs {
    kept: BTreeMap<SubmissionId, Kept>,
}

/// The room that is kept for an application.
#[derive(Clone, Debug)]
struct Kept {
    kind: KindId,
    /// A node for each executor, in the order in which they will get them.
    nodes: Vec<NodeId>,
}

impl ClusterState<'_> {
    /// Executors that must have room before a container is placed, with their kind.
    fn gang(&self, id: ContainerId) -> Option<(KindId, u32)> {
        let kind = self.containers[id].kind;
        let min = self.kinds[kind].gang?;
        // Executors are the kind after drivers.
        Some((KindId(kind.0 + 1), min))
    }

    /// A node for a container, and room for its gang where it has one.
    pub(super) fn pick_with_gang(
        &mut self,
        id: ContainerId,
        kernel: &mut Kernel<'_>,
    ) -> Option<NodeId> {
        let kind = self.containers[id].kind;
        let Some((executors, min)) = self.gang(id) else {
            return self.pick(id, kind, 0);
        };
        let driver = self.pick(id, kind, 0)?;
        self.keep(driver, kind);
        let mut nodes = Vec::new();
        for number in 1..=min {
            let Some(node) = self.pick(id, executors, number) else {
                break;
            };
            self.keep(node, executors);
            nodes.push(node);
        }
        self.give_up(driver, kind);
        if nodes.len() < min as usize {
            for node in nodes {
                self.give_up(node, executors);
            }
            return None;
        }
        let resources = self.kinds[executors].resources;
        for &node in &nodes {
            rise(resources, kernel);
            self.charge(node, executors, kernel);
        }
        if let Some(submission) = self.containers[id].request.submission {
            let kind = executors;
            self.gangs.kept.insert(submission, Kept { kind, nodes });
        }
        Some(driver)
    }

    /// What the policy picks for one container of a kind that comes with `id`.
    fn pick(&mut self, id: ContainerId, kind: KindId, number: u32) -> Option<NodeId> {
        let zone = self.bound_zone(id, kind);
        let nodes = self.nodes.as_mut()?;
        let view = View::new(&nodes.table, kind, &self.kinds[kind]).within(zone);
        let sequence = self.containers[id].sequence;
        let word = nodes.placement_words.word(sequence, number.into());
        nodes.placement.pick(&view, &mut Draw::new(word))
    }

    fn keep(&mut self, node: NodeId, kind: KindId) {
        let resources = self.kinds[kind].resources;
        if let Some(nodes) = &mut self.nodes {
            nodes.table.place(node, kind, resources);
            nodes.changed(node);
        }
    }

    fn give_up(&mut self, node: NodeId, kind: KindId) {
        let resources = self.kinds[kind].resources;
        if let Some(nodes) = &mut self.nodes {
            nodes.table.remove(node, kind, resources);
            nodes.changed(node);
        }
    }

    /// The node where room is kept for an executor; the room is its own now.
    pub(super) fn take_kept(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) -> Option<NodeId> {
        let container = &self.containers[id];
        let kept = self.gangs.kept.get_mut(&container.request.submission?)?;
        if kept.kind != container.kind || kept.nodes.is_empty() {
            return None;
        }
        let node = kept.nodes.remove(0);
        self.free_kept(node, container.kind, kernel);
        Some(node)
    }

    /// An application's driver is gone: what was kept for it is free.
    pub(super) fn drop_gang(&mut self, submission: SubmissionId, kernel: &mut Kernel<'_>) {
        if let Some(kept) = self.gangs.kept.remove(&submission) {
            for node in kept.nodes {
                self.free_kept(node, kept.kind, kernel);
            }
        }
    }

    /// Room that was kept on a node is gone with it.
    pub(super) fn drop_kept_on(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let mut gone = Vec::new();
        for kept in self.gangs.kept.values_mut() {
            let before = kept.nodes.len();
            kept.nodes.retain(|other| *other != node);
            gone.extend((kept.nodes.len()..before).map(|_| kept.kind));
        }
        for kind in gone {
            self.free_kept(node, kind, kernel);
        }
    }

    fn free_kept(&mut self, node: NodeId, kind: KindId, kernel: &mut Kernel<'_>) {
        self.give_up(node, kind);
        fall(self.kinds[kind].resources, kernel);
        self.discharge(node, kind, kernel);
    }

    /// What room is kept for, one by one.
    pub(super) fn kept_kinds(&self) -> impl Iterator<Item = KindId> {
        let all = self.gangs.kept.values();
        all.flat_map(|kept| kept.nodes.iter().map(|_| kept.kind))
    }

    /// What is kept: where, and how much.
    pub(super) fn kept(&self) -> impl Iterator<Item = (NodeId, Resources)> {
        let all = self.gangs.kept.values();
        all.flat_map(|kept| {
            let resources = self.kinds[kept.kind].resources;
            kept.nodes.iter().map(move |node| (*node, resources))
        })
    }
}
