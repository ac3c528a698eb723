//! Waiting tasks by where they would rather run: `PendingTasksByLocality`.
//!
//! A task is in the list of each of its places and in that of all; whoever takes it leaves it in the
//! other lists, where it is passed over later.

use super::levels::Level;
use crate::model::Rack;
use crate::spark::application::stage_run::Host;
use std::collections::BTreeMap;

/// A place where data are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) struct Location {
    /// The node.
    pub(in crate::spark) host: Host,
    /// The executor that has them in memory, by number within its application.
    pub(in crate::spark) executor: Option<u32>,
    /// The rack of the node, where the manager knows racks.
    pub(in crate::spark) rack: Option<Rack>,
}

/// Where each task of a stage would rather run; nowhere: every place is as good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::spark) enum Preferences {
    /// All alike.
    Same(Vec<Location>),
    /// Each by itself: all locations, and by partition where the next one's begin.
    Each(Vec<Location>, Vec<u32>),
}

impl Preferences {
    /// Those of one partition.
    pub(in crate::spark) fn of(&self, partition: u32) -> &[Location] {
        match self {
            Self::Same(locations) => locations,
            Self::Each(locations, ends) => {
                let end = |partition: u32| ends.get(partition as usize).copied();
                let last = end(partition).unwrap_or(0);
                let first = partition.checked_sub(1).and_then(end).unwrap_or(0);
                locations.get(first as usize..last as usize).unwrap_or(&[])
            }
        }
    }

    /// Whether no task minds where it runs.
    pub(in crate::spark) fn is_empty(&self) -> bool {
        match self {
            Self::Same(locations) | Self::Each(locations, _) => locations.is_empty(),
        }
    }
}

/// Where an offered slot is.
#[derive(Clone, Copy, Debug)]
pub(in crate::spark) struct Slot {
    /// The executor's number within its application.
    pub(in crate::spark) executor: u32,
    /// Its node.
    pub(in crate::spark) host: Host,
    /// Its rack, where the manager knows racks.
    pub(in crate::spark) rack: Option<Rack>,
}

/// Tasks that wait, by place.
#[derive(Clone, Debug, Default)]
pub(in crate::spark) struct Pending {
    /// By partition: whether it waits.
    waits: Vec<bool>,
    /// How many do.
    count: u32,
    executors: BTreeMap<u32, Vec<u32>>,
    hosts: BTreeMap<Host, Vec<u32>>,
    racks: BTreeMap<Rack, Vec<u32>>,
    without: Vec<u32>,
    all: Vec<u32>,
}

impl Pending {
    /// How many tasks wait.
    pub(in crate::spark) fn count(&self) -> u32 {
        self.count
    }

    /// Whether a partition waits.
    pub(in crate::spark) fn has(&self, partition: u32) -> bool {
        self.waits.get(partition as usize) == Some(&true)
    }

    /// Partitions that wait, in the order in which they go.
    pub(in crate::spark) fn waiting(&self) -> impl Iterator<Item = u32> {
        let all = self.all.iter().rev().copied();
        all.filter(|partition| self.has(*partition))
    }

    /// A partition waits, before all others.
    pub(in crate::spark) fn add(&mut self, partition: u32, locations: &[Location]) {
        let index = partition as usize;
        if self.waits.len() <= index {
            self.waits.resize(index + 1, false);
        }
        if std::mem::replace(&mut self.waits[index], true) {
            return;
        }
        self.count += 1;
        for location in locations {
            if let Some(executor) = location.executor {
                self.executors.entry(executor).or_default().push(partition);
            }
            self.hosts.entry(location.host).or_default().push(partition);
            if let Some(rack) = location.rack {
                self.racks.entry(rack).or_default().push(partition);
            }
        }
        if locations.is_empty() {
            self.without.push(partition);
        }
        self.all.push(partition);
    }

    /// A partition waits no longer.
    pub(in crate::spark) fn remove(&mut self, partition: u32) {
        if let Some(waits) = self.waits.get_mut(partition as usize)
            && std::mem::replace(waits, false)
        {
            self.count -= 1;
        }
    }

    /// Whether any task waits at a level (`moreTasksToRunIn`).
    pub(in crate::spark) fn more(&mut self, level: Level) -> bool {
        let waits = &self.waits;
        match level {
            Level::Process => any_in(&mut self.executors, waits),
            Level::Node => any_in(&mut self.hosts, waits),
            Level::NoPreference => trim(&mut self.without, waits),
            Level::Rack => any_in(&mut self.racks, waits),
            Level::Any => 0 < self.count,
        }
    }

    /// Levels at which anything could run on the executors that are there
    /// (`computeValidLocalityLevels`).
    pub(in crate::spark) fn levels(&self, slots: &[Slot]) -> Vec<Level> {
        let mut levels = Vec::new();
        let mut add = |level, possible| {
            if possible {
                levels.push(level);
            }
        };
        let mut there = slots.iter();
        let executors = &self.executors;
        add(
            Level::Process,
            !executors.is_empty() && there.any(|slot| executors.contains_key(&slot.executor)),
        );
        let mut there = slots.iter();
        add(
            Level::Node,
            !self.hosts.is_empty() && there.any(|slot| self.hosts.contains_key(&slot.host)),
        );
        add(Level::NoPreference, !self.without.is_empty());
        let mut racks = slots.iter().filter_map(|slot| slot.rack);
        add(
            Level::Rack,
            !self.racks.is_empty() && racks.any(|rack| self.racks.contains_key(&rack)),
        );
        add(Level::Any, true);
        levels
    }

    /// Takes the task that a slot should run, no farther from its data than `most`, with how near it
    /// is (`dequeueTaskHelper`).
    pub(in crate::spark) fn take(
        &mut self,
        slot: Slot,
        most: Level,
        fits: impl Fn(u32) -> bool,
    ) -> Option<(u32, Level)> {
        if self.count == 0 {
            return None;
        }
        let waits = &self.waits;
        let from = |list: Option<&mut Vec<u32>>, level: Level, counts_as: Level| {
            if most < level {
                return None;
            }
            let partition = pop(list?, waits, &fits)?;
            Some((partition, counts_as))
        };
        let found = from(
            self.executors.get_mut(&slot.executor),
            Level::Process,
            Level::Process,
        )
        .or_else(|| from(self.hosts.get_mut(&slot.host), Level::Node, Level::Node))
        // Spark counts a task without preferences as local.
        .or_else(|| from(Some(&mut self.without), Level::NoPreference, Level::Process))
        .or_else(|| {
            let rack = slot.rack?;
            from(self.racks.get_mut(&rack), Level::Rack, Level::Rack)
        })
        .or_else(|| from(Some(&mut self.all), Level::Any, Level::Any))?;
        self.remove(found.0);
        Some(found)
    }
}

/// Takes the last task of a list that waits and fits; passes over what waits no longer.
fn pop(list: &mut Vec<u32>, waits: &[bool], fits: impl Fn(u32) -> bool) -> Option<u32> {
    let mut position = list.len();
    while 0 < position {
        position -= 1;
        let partition = list[position];
        if !waits[partition as usize] {
            list.remove(position);
        } else if fits(partition) {
            list.remove(position);
            return Some(partition);
        }
    }
    None
}

/// Forgets what waits no longer, from the end on. Answers whether anything is left.
fn trim(list: &mut Vec<u32>, waits: &[bool]) -> bool {
    while let Some(&last) = list.last() {
        if waits[last as usize] {
            return true;
        }
        list.pop();
    }
    false
}

/// Forgets places where nothing waits, up to the first where something does.
fn any_in<K: Ord + Copy>(lists: &mut BTreeMap<K, Vec<u32>>, waits: &[bool]) -> bool {
    while let Some(mut first) = lists.first_entry() {
        if trim(first.get_mut(), waits) {
            return true;
        }
        first.remove();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(node: u32, executor: Option<u32>) -> Location {
        Location {
            host: Host::Node(node),
            executor,
            rack: None,
        }
    }

    fn slot(executor: u32, node: u32) -> Slot {
        Slot {
            executor,
            host: Host::Node(node),
            rack: None,
        }
    }

    /// Three tasks: 0 in the memory of executor 1, 1 on node 8, 2 anywhere.
    fn three() -> Pending {
        let mut pending = Pending::default();
        pending.add(2, &[]);
        pending.add(1, &[on(8, None)]);
        pending.add(0, &[on(7, Some(1))]);
        pending
    }

    #[test]
    fn the_nearest_task_goes_first() {
        let mut pending = three();
        let any = |_| true;
        assert_eq!(
            pending.take(slot(2, 9), Level::Node, any),
            None,
            "nothing of node 9"
        );
        let taken = pending.take(slot(2, 7), Level::NoPreference, any);
        assert_eq!(taken, Some((0, Level::Node)));
        let taken = pending.take(slot(1, 7), Level::NoPreference, any);
        assert_eq!(taken, Some((2, Level::Process)));
        let taken = pending.take(slot(1, 7), Level::Any, any);
        assert_eq!(taken, Some((1, Level::Any)));
        assert_eq!(pending.count(), 0);
        assert!(!pending.more(Level::Node));
    }

    #[test]
    fn levels_are_those_of_executors_that_are_there() {
        let pending = three();
        let all = [Level::Process, Level::Node, Level::NoPreference, Level::Any];
        assert_eq!(pending.levels(&[slot(1, 7)]), all);
        assert_eq!(pending.levels(&[slot(5, 8)]), all[1..]);
        assert_eq!(pending.levels(&[]), all[2..]);
    }

    #[test]
    fn who_does_not_fit_stays() {
        let mut pending = three();
        let taken = pending.take(slot(1, 7), Level::Any, |partition| partition != 0);
        assert_eq!(taken, Some((2, Level::Process)));
        assert!(pending.has(0));
        // Whoever has failed waits again, before the others.
        pending.add(2, &[]);
        let taken = pending.take(slot(9, 9), Level::Any, |_| true);
        assert_eq!(taken, Some((2, Level::Process)));
    }
}
