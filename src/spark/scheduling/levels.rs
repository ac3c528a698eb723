//! How near to its data a task may run, and how long a task set waits for that: the levels and the
//! timer of `TaskSetManager`.
//!
//! A set begins at the nearest level at which anything could run. Once no task waits at a level, or
//! the set has waited long enough there, the next one is allowed too.

use crate::model::LocalityWait;
use crate::units::{Duration, Time};

/// How near to its data a task runs, the nearest first: `TaskLocality`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::spark) enum Level {
    /// With the executor that has them in memory.
    Process,
    /// On a node that has them.
    Node,
    /// It has none.
    NoPreference,
    /// In the rack of a node that has them.
    Rack,
    /// Anywhere.
    Any,
}

/// How far from their data the tasks of a set may run by now.
#[derive(Clone, Debug)]
pub(in crate::spark) struct Delay {
    /// Levels at which anything could run, the nearest first; the last is [`Level::Any`].
    levels: Vec<Level>,
    /// The position of the level that is allowed.
    current: usize,
    /// Since when it waits at that level.
    since: Time,
    /// Whether no slot was refused for its place since all were offered last.
    pub(in crate::spark) unrefused: bool,
}

impl Delay {
    /// A set that begins to wait.
    pub(in crate::spark) fn new(levels: Vec<Level>, now: Time) -> Self {
        Self {
            levels,
            current: 0,
            since: now,
            unrefused: true,
        }
    }

    /// Levels at which anything could run.
    pub(in crate::spark) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The farthest level that is allowed. `more` tells whether any task waits at a level
    /// (`getAllowedLocalityLevel`).
    pub(in crate::spark) fn allowed(
        &mut self,
        now: Time,
        rule: &LocalityWait,
        mut more: impl FnMut(Level) -> bool,
    ) -> Level {
        while self.current + 1 < self.levels.len() {
            let level = self.levels[self.current];
            let wait = wait(rule, level);
            if !more(level) {
                self.since = now;
            } else if wait <= now - self.since {
                self.since = self.since + wait;
            } else {
                return level;
            }
            self.current += 1;
        }
        Level::Any
    }

    /// When the next level is allowed if nothing happens before; `None` at the last.
    pub(in crate::spark) fn next(&self, rule: &LocalityWait) -> Option<Time> {
        if self.current + 1 == self.levels.len() {
            return None;
        }
        Some(self.since + wait(rule, self.levels[self.current]))
    }

    /// The wait begins anew at a level (`resetDelayScheduleTimer`).
    pub(in crate::spark) fn reset(&mut self, now: Time, level: Level) {
        self.since = now;
        self.current = self.position(level);
    }

    /// Executors have come or gone (`recomputeLocality`).
    pub(in crate::spark) fn recompute(&mut self, levels: Vec<Level>) {
        let (before, current) = (std::mem::take(&mut self.levels), self.current);
        self.levels = levels;
        self.current = self.position(before[current]);
        // What has become possible is nearer: SPARK-31837.
        let mut fresh = self.levels.iter().filter(|level| !before.contains(level));
        if current < self.current
            && let Some(&nearest) = fresh.next()
        {
            self.current = self.position(nearest);
        }
    }

    fn position(&self, level: Level) -> usize {
        self.levels.partition_point(|other| *other < level)
    }
}

fn wait(rule: &LocalityWait, level: Level) -> Duration {
    match level {
        Level::Process => rule.process,
        Level::Node => rule.node,
        Level::Rack => rule.rack,
        Level::NoPreference | Level::Any => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: LocalityWait = LocalityWait {
        process: Duration::from_secs(3),
        node: Duration::from_secs(2),
        rack: Duration::from_secs(1),
        reset_on_launch: false,
        reduce_locality: true,
        revive: Duration::from_secs(1),
    };

    fn at(second: u64) -> Time {
        Time::ZERO + Duration::from_secs(second)
    }

    #[test]
    fn each_level_has_its_own_wait_and_late_looks_catch_up() {
        let levels = vec![Level::Process, Level::Node, Level::Rack, Level::Any];
        let mut delay = Delay::new(levels, at(0));
        let mut seen = Vec::new();
        for second in [0, 2, 3, 4, 5, 6] {
            seen.push(delay.allowed(at(second), &RULE, |_| true));
        }
        let expected = [
            Level::Process,
            Level::Process,
            Level::Node,
            Level::Node,
            Level::Rack,
            Level::Any,
        ];
        assert_eq!(seen, expected);
        delay.reset(at(6), Level::Process);
        assert_eq!(delay.allowed(at(11), &RULE, |_| true), Level::Rack);
        assert_eq!(delay.next(&RULE), Some(at(12)));
    }

    #[test]
    fn a_level_at_which_nothing_waits_is_passed_at_once() {
        let levels = vec![Level::Process, Level::Node, Level::Any];
        let mut delay = Delay::new(levels, at(0));
        let node_only = |level| level == Level::Node;
        assert_eq!(delay.allowed(at(1), &RULE, node_only), Level::Node);
        // It waits for a node since then.
        assert_eq!(delay.next(&RULE), Some(at(3)));
    }

    #[test]
    fn what_becomes_possible_nearer_is_waited_for() {
        let mut delay = Delay::new(vec![Level::Any], at(0));
        delay.recompute(vec![Level::Node, Level::Any]);
        assert_eq!(delay.allowed(at(0), &RULE, |_| true), Level::Node);
        delay.recompute(vec![Level::Any]);
        assert_eq!(delay.allowed(at(0), &RULE, |_| true), Level::Any);
    }
}
