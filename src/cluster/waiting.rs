//! Why containers wait: who they are, what keeps each node from them, who holds the nodes, and what
//! would help.

use super::state::ClusterState;
use crate::id::{IdVec, KindId, ServiceId};
use crate::model::Resources;
use crate::policy::placement::View;
use crate::units::{Bytes, Cpu, Duration, Time};
use std::cmp::Reverse;

/// How many containers of a kind wait and how many have a node.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    waiting: u64,
    placed: u64,
}

impl ClusterState<'_> {
    /// How long the container has waited for a node that has waited longest.
    pub fn longest_wait(&self, now: Time) -> Duration {
        let waiting = self.containers.enumerate().map(|(_, container)| container);
        let waiting = waiting.filter(|container| container.node.is_none());
        let since = waiting.map(|container| container.times.pending).min();
        match since.filter(|_| self.nodes.is_some()) {
            Some(since) => now.saturating_since(since),
            None => Duration::ZERO,
        }
    }

    /// Who waits for room, why, and who has it, in words.
    pub fn why_waiting(&self) -> String {
        let mut numbers: IdVec<KindId, Numbers> =
            self.kinds.iter().map(|_| Numbers::default()).collect();
        for (_, container) in self.containers.enumerate() {
            let of_kind = &mut numbers[container.kind];
            match container.node {
                Some(_) => of_kind.placed += 1,
                None => of_kind.waiting += 1,
            }
        }
        let waiting = few(numbers.enumerate().map(|(kind, it)| (it.waiting, kind)));
        let (waiting, other_waiting) = waiting;
        let mut waiting: Vec<String> = waiting
            .into_iter()
            .map(|kind| (kind, numbers[kind]))
            .map(|(kind, it)| {
                let who = self.name(kind, it.waiting);
                let wanted = amounts(self.kinds[kind].resources, 1);
                let wait = if it.waiting == 1 { "waits" } else { "wait" };
                format!("{who} of {wanted} {wait} ({})", self.why_not(kind))
            })
            .collect();
        let holding = few(numbers.enumerate().map(|(kind, it)| (it.placed, kind)));
        let (holding, other_holding) = holding;
        let mut holding: Vec<String> = holding
            .into_iter()
            .map(|kind| (kind, numbers[kind]))
            .map(|(kind, it)| {
                let held = amounts(self.kinds[kind].resources, it.placed);
                let hold = if it.placed == 1 { "holds" } else { "hold" };
                format!("{} {hold} {held}", self.name(kind, it.placed))
            })
            .collect();
        waiting.extend(others(other_waiting, "wait"));
        holding.extend(others(other_holding, "have a node"));
        let mut text = waiting.join(", ");
        if !holding.is_empty() {
            text += "; ";
            text += &holding.join(", ");
        }
        format!("{text}; {}", self.hint(&numbers))
    }

    /// What keeps every node from a container of a kind.
    fn why_not(&self, kind: KindId) -> String {
        let Some(nodes) = &self.nodes else {
            return String::new();
        };
        let demand = &self.kinds[kind];
        let first = self.pending.turn(kind).map(|turn| self.pending.at(turn));
        let view = first.and_then(|id| self.view(id, kind));
        let view = view.unwrap_or_else(|| View::new(&nodes.table, kind, demand));
        let count = nodes.table.len();
        let why_not = view.why_not();
        let why_not = match why_not.as_str() {
            "" => "some have room",
            why_not => why_not,
        };
        let nodes = if count == 1 { "node" } else { "nodes" };
        match demand.gang {
            Some(gang) => format!("a gang with {gang} executors; {count} {nodes}: {why_not}"),
            None => format!("{count} {nodes}: {why_not}"),
        }
    }

    fn hint(&self, numbers: &IdVec<KindId, Numbers>) -> &'static str {
        let is_driver = |kind: KindId| {
            let driver = (kind.0 as usize).checked_sub(self.model.services.len());
            driver.is_some_and(|position| position % 2 == 0)
        };
        let drivers_hold = numbers
            .enumerate()
            .any(|(kind, it)| is_driver(kind) && it.placed > 0);
        let executors_wait = numbers
            .enumerate()
            .any(|(kind, it)| it.waiting > 0 && self.kinds[kind].app.is_some() && !is_driver(kind));
        if drivers_hold && executors_wait {
            "drivers hold what their executors wait for: `cluster.gang = true`, fewer \
             applications at once, or more nodes would help"
        } else {
            "more or larger nodes, or smaller requests, would help"
        }
    }

    /// Containers of a kind, by the scenario's names.
    fn name(&self, kind: KindId, count: u64) -> String {
        let plural = if count == 1 { "" } else { "s" };
        let services = self.model.services.len() as u32;
        match self.kinds[kind].app {
            None => {
                let service = &self.model.services[ServiceId(kind.0)].name;
                format!("{count} replica{plural} of `services.{service}`")
            }
            Some(app) => {
                let role = if (kind.0 - services).is_multiple_of(2) {
                    "driver"
                } else {
                    "executor"
                };
                let app = &self.model.apps[app].name;
                format!("{count} {role}{plural} of `apps.{app}`")
            }
        }
    }
}

/// So many things are named in a sentence; the rest is counted.
const NAMED: usize = 6;

/// Those with the largest numbers, in their order, and how many others have a number above 0, with the
/// sum of that.
pub(super) fn few<T: Copy + Ord>(all: impl Iterator<Item = (u64, T)>) -> (Vec<T>, (usize, u64)) {
    let mut all: Vec<(u64, T)> = all.filter(|(number, _)| 0 < *number).collect();
    // Of equals the first: the sort is stable.
    all.sort_by_key(|(number, _)| Reverse(*number));
    let others = all.split_off(all.len().min(NAMED));
    let mut named: Vec<T> = all.into_iter().map(|(_, it)| it).collect();
    named.sort_unstable();
    let sum = others.iter().map(|(number, _)| number).sum();
    (named, (others.len(), sum))
}

/// Containers of kinds that are not named.
fn others((kinds, containers): (usize, u64), what: &str) -> Option<String> {
    (0 < kinds).then(|| format!("and {containers} containers of {kinds} other kinds {what}"))
}

/// Processor and memory of so many containers.
fn amounts(each: Resources, count: u64) -> String {
    let cpu = Cpu(each.cpu.0 * count);
    let memory = Bytes(each.memory.0 * count);
    let cores = if cpu == Cpu::cores(1) {
        "core"
    } else {
        "cores"
    };
    format!("{} {cores} and {}", cpu.as_cores(), memory.human())
}
