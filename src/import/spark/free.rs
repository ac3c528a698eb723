//! When slots were free: whether a stage waited for the driver or for room.

use super::application::{Application, Executor, Timestamp};

/// The instants at which all slots were taken, as far as a log tells.
pub(super) struct FreeSlots {
    /// In the order of time.
    changes: Vec<Change>,
}

/// Tasks or executors came or went.
struct Change {
    at: Timestamp,
    /// Since when, up to this instant, there has been a free slot; `None`: there is none from now on.
    free_from: Option<Timestamp>,
}

impl FreeSlots {
    /// Of executors that run `slots(executor)` tasks at once.
    pub(super) fn new(application: &Application, slots: impl Fn(&Executor) -> u32) -> Self {
        let mut steps: Vec<(Timestamp, i64)> = Vec::new();
        for executor in &application.executors {
            let slots = i64::from(slots(executor));
            steps.push((executor.added.unwrap_or(application.started), slots));
            steps.extend(executor.removed.map(|removed| (removed, -slots)));
        }
        for task in application.stages.iter().flat_map(|stage| &stage.tasks) {
            steps.push((task.launched, -1));
            steps.push((task.finished(), 1));
        }
        steps.sort_unstable();
        let mut levels: Vec<(Timestamp, i64)> = Vec::new();
        let mut free = 0;
        for (at, step) in steps {
            free += step;
            match levels.last_mut() {
                Some(last) if last.0 == at => last.1 = free,
                _ => levels.push((at, free)),
            }
        }
        Self::of_levels(&levels)
    }

    /// Of the number of free slots from each instant on; below zero where the log knows less than
    /// what ran.
    fn of_levels(levels: &[(Timestamp, i64)]) -> Self {
        let mut free_from = None;
        let changes = levels.iter().map(|&(at, free)| {
            free_from = (free > 0).then(|| free_from.unwrap_or(at));
            Change { at, free_from }
        });
        Self {
            changes: changes.collect(),
        }
    }

    /// The first instant from which on a slot was free until `to`, not before `from`.
    pub(super) fn since(&self, from: Timestamp, to: Timestamp) -> Timestamp {
        let before = self.changes.partition_point(|change| change.at < to);
        let free_from = self.changes[..before]
            .last()
            .and_then(|change| change.free_from);
        free_from.unwrap_or(to).clamp(from.min(to), to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_since_the_last_instant_without_one() {
        let at = |seconds: u64| Timestamp(seconds * 1000);
        let levels = [(1, 2), (3, 0), (5, 1), (8, 0), (9, 1)];
        let free = FreeSlots::of_levels(&levels.map(|(seconds, free)| (at(seconds), free)));
        assert_eq!(free.since(at(2), at(3)), at(2));
        assert_eq!(free.since(at(2), at(4)), at(4));
        assert_eq!(free.since(at(2), at(7)), at(5));
        assert_eq!(free.since(at(6), at(7)), at(6));
        assert_eq!(free.since(at(2), at(12)), at(9));
        assert_eq!(free.since(at(0), at(1)), at(1));
    }
}
