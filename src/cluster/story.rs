//! What a trace tells of a container: its times, why it is where it is, why it was refused before.

use super::container::{Container, Phase};
use super::state::ClusterState;
use crate::effect::LossReason;
use crate::id::{ContainerId, NodeId};
use crate::kernel::Kernel;
use crate::record::{ContainerEnd, ContainerStory};

/// What is remembered of a container while somebody reads along.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    refusals: u32,
    /// Why it was not placed, each reason once, with how often.
    refused: Vec<(String, u32)>,
    placed: String,
}

impl Note {
    /// It is not placed, once more, because of that.
    fn refuse(&mut self, why: String) {
        match self.refused.iter_mut().find(|(other, _)| *other == why) {
            Some((_, times)) => *times += 1,
            None => self.refused.push((why, 1)),
        }
    }

    /// All reasons in the order in which they came up.
    fn refusals(&self) -> String {
        if let [(only, _)] = &self.refused[..] {
            return only.clone();
        }
        let all = self.refused.iter().map(|(why, times)| match times {
            1 => format!("once: {why}"),
            times => format!("{times} times: {why}"),
        });
        all.collect::<Vec<String>>().join(" | ")
    }
}

impl ClusterState<'_> {
    /// A container was tried and fits nowhere.
    pub(super) fn note_refusal(&mut self, id: ContainerId) {
        let kind = self.containers[id].kind;
        let Some(view) = self.view(id, kind) else {
            return;
        };
        let mut why = view.why_not();
        if let Some(gang) = self.kinds[kind].gang {
            why = format!("no room for it and {gang} executors; {why}");
        }
        let note = self.note(id);
        note.refusals += 1;
        note.refuse(why);
    }

    /// A container is not tried because its budget may not hold more.
    pub(super) fn note_over_budget(&mut self, id: ContainerId) {
        let budget = self.budgets.full_for(self.containers[id].kind);
        let why = budget.map_or_else(String::new, |name| {
            format!("`budgets.{name}` may hold no more")
        });
        let note = self.note(id);
        note.refusals += 1;
        note.refuse(why);
    }

    /// A container is not tried because others go first.
    pub(super) fn note_queued(&mut self, id: ContainerId) {
        self.note(id).refuse("behind others".to_owned());
    }

    /// A container is not tried before the next programme for many.
    pub(super) fn note_round(&mut self, id: ContainerId) {
        self.note(id).refuse("until the next programme".to_owned());
    }

    /// A node was found for a container, of those that had room.
    pub(super) fn note_placed(&mut self, id: ContainerId, candidates: usize, preempting: bool) {
        let Some(nodes) = &self.nodes else { return };
        let policy = nodes.cluster.placement.name();
        let count = nodes.table.len();
        self.note(id).placed = if preempting {
            "others of a lower priority gave way".to_owned()
        } else {
            let policy = if policy == "lp" {
                "best-fit after lp"
            } else {
                policy
            };
            format!("{policy} among {candidates} of {count} nodes")
        };
    }

    /// A container goes where a programme for many says.
    pub(super) fn note_planned(&mut self, id: ContainerId, batch: usize, placed: usize) {
        self.note(id).placed = format!("lp, with {placed} of {batch} containers that waited");
    }

    /// A container goes where room was kept for it.
    pub(super) fn note_kept(&mut self, id: ContainerId) {
        "room was kept for its gang".clone_into(&mut self.note(id).placed);
    }

    /// Nodes that could have a container.
    pub(super) fn candidates(&self, id: ContainerId) -> usize {
        let kind = self.containers[id].kind;
        self.view(id, kind)
            .map_or(0, |view| view.candidates().count())
    }

    fn note(&mut self, id: ContainerId) -> &mut Note {
        self.containers[id].note.get_or_insert_default()
    }

    /// Tells of all containers that are still there.
    pub fn tell_of_all(&self, kernel: &mut Kernel<'_>) {
        if !kernel.is_traced() {
            return;
        }
        let mut ids: Vec<_> = self.containers.enumerate().map(|(id, _)| id).collect();
        ids.sort_unstable_by_key(|id| self.containers[*id].sequence);
        for id in ids {
            self.tell_of(&self.containers[id], None, kernel);
        }
    }

    /// Tells of a container that ends, or of one that is still there.
    pub(super) fn tell_of(
        &self,
        container: &Container,
        end: Option<ContainerEnd>,
        kernel: &mut Kernel<'_>,
    ) {
        if self.nodes.is_none() {
            return;
        }
        let empty = Note::default();
        let note = container.note.as_deref().unwrap_or(&empty);
        let node: Option<NodeId> = container.node;
        let times = container.times;
        let waits = matches!(container.phase, Phase::Pulling | Phase::Attaching(_));
        let unpacked = container.running.is_some() || !waits;
        kernel.tell(&ContainerStory {
            part: container.request.part,
            node,
            pending: times.pending,
            placed: node.map(|_| times.placed),
            pulled: node.filter(|_| unpacked).map(|_| times.pulled),
            unpacked: node.filter(|_| unpacked).map(|_| times.unpacked),
            running: container.running,
            ended: end,
            placed_because: &note.placed,
            refusals: note.refusals,
            refused_because: &note.refusals(),
        });
    }
}

/// How a container ends that was lost, or released.
pub(super) fn end_of(why: Option<LossReason>) -> &'static str {
    match why {
        None => "released",
        Some(LossReason::Killed) => "killed",
        Some(LossReason::NodeLost) => "node_lost",
        Some(LossReason::OutOfMemory) => "out_of_memory",
        Some(LossReason::Preempted) => "preempted",
        Some(LossReason::Evicted) => "evicted",
        Some(LossReason::Refused) => "refused",
        Some(LossReason::Reclaimed) => "reclaimed",
    }
}
