//! Placement of many containers at once: each period those that wait are shown to the policy
//! together.
//!
//! A container that is asked for waits for the next multiple of the period, and where nothing waits,
//! or nothing has changed since the last time, nobody looks. The first 64 of a priority make a batch;
//! what the policy's plan leaves, drivers that come with a gang, kinds that are spread or kept apart
//! by zones, and those whose volumes are bound to a zone are placed one by one behind it, before a
//! lower priority has its turn.
//!
//! # Invariants
//! * No budget is planned beyond its cap.
//! * A higher priority never waits for room that a lower one is given in the same round.

use super::state::ClusterState;
use crate::id::{ContainerId, KindId};
use crate::kernel::Kernel;
use crate::model::{Apart, Kind};
use crate::policy::placement::Waiting;
use crate::units::Time;
use std::cmp::Reverse;

/// Containers that are shown to a policy together.
const MOST: usize = 64;

/// Containers of a kind in a batch, in their order.
struct Group {
    kind: KindId,
    members: Vec<(u64, ContainerId)>,
}

/// Whether containers of a kind can be planned: where each may go does not depend on where others
/// of the batch go, but for keeping off their nodes.
fn is_plannable(kind: &Kind) -> bool {
    let placing = &kind.placing;
    kind.gang.is_none()
        && placing.spread.is_none()
        && placing.apart != Some(Apart::Zones)
        && !kind.is_zone_bound()
}

impl ClusterState<'_> {
    /// Whether containers are placed many at once.
    pub(super) fn places_in_rounds(&self) -> bool {
        self.next_round(Time::ZERO).is_some()
    }

    /// When those that wait are placed, where that is done for many at once.
    pub(super) fn next_round(&self, now: Time) -> Option<Time> {
        let period = self.nodes.as_ref()?.cluster.placement_period?.nanos();
        let from = now.nanos() + u64::from(self.last_round == Some(now));
        Some(Time::from_nanos(from.next_multiple_of(period)))
    }

    /// A round: those that wait are placed.
    pub fn on_placement_due(&mut self, kernel: &mut Kernel<'_>) {
        self.replanning = false;
        self.last_round = Some(kernel.now());
        for priority in self.pending.priorities() {
            self.place_batch(priority, kernel);
            let mut turns = self.pending.turns();
            turns.retain(|(Reverse(other), ..)| *other == priority);
            self.place_turns(turns, kernel);
        }
        self.want_nodes(kernel);
    }

    /// Places the first of a priority by a plan.
    fn place_batch(&mut self, priority: i32, kernel: &mut Kernel<'_>) {
        let groups = self.batch(priority);
        let batch = groups.iter().map(|group| group.members.len()).sum();
        let Some(nodes) = self.nodes.as_mut().filter(|_| batch > 0) else {
            return;
        };
        let waiting = groups.iter().map(|group| Waiting {
            kind: group.kind,
            demand: &self.kinds[group.kind],
            count: group.members.len() as u32,
        });
        let waiting: Vec<Waiting<'_>> = waiting.collect();
        let plan = nodes.placement.plan(&waiting, &nodes.table);
        kernel.metrics.cluster.placed_by_plan += plan.len() as u64;
        let mut members: Vec<_> = groups.iter().map(|it| it.members.iter()).collect();
        for &(group, node) in &plan {
            let Some(&(sequence, id)) = members[group].next() else {
                continue;
            };
            let kind = groups[group].kind;
            self.pending.remove(kind, sequence);
            self.budgets.check(kind);
            if kernel.is_traced() {
                self.note_planned(id, batch, plan.len());
            }
            self.place(id, node, kernel);
        }
    }

    /// Who is first of a priority, by kind, as many as budgets have room for.
    fn batch(&self, priority: i32) -> Vec<Group> {
        let plannable = |kind: KindId| is_plannable(&self.kinds[kind]);
        let mut tally = self.budgets.tally();
        let mut groups: Vec<Group> = Vec::new();
        for (sequence, kind, id) in self.pending.first(priority, MOST, plannable) {
            if !self.budgets.admits_beside(kind, &mut tally) {
                continue;
            }
            match groups.iter_mut().find(|group| group.kind == kind) {
                Some(group) => group.members.push((sequence, id)),
                None => groups.push(Group {
                    kind,
                    members: vec![(sequence, id)],
                }),
            }
        }
        groups
    }

    /// Counts a container that was placed one by one, where there are plans.
    pub(super) fn count_single(&self, kernel: &mut Kernel<'_>) {
        if self.places_in_rounds() {
            kernel.metrics.cluster.placed_singly += 1;
        }
    }
}
