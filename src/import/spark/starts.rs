//! How long executors took to come: from when the driver asked for one to when it registered.
//!
//! A log says when executors registered, not when they were asked for. That follows from Spark's
//! rules: an application without dynamic allocation asks for all of them at its start, and for
//! another one when one is lost; with it for the first ones at its start, and of each backlog for one
//! when tasks have waited for `schedulerBacklogTimeout`, then for twice as many each
//! `sustainedSchedulerBacklogTimeout`.
//!
//! Only where it mattered: where executors came after the first job. Elsewhere what the driver waited
//! for before that job is part of its time.

use super::application::{Application, Executor, Timestamp};
use super::properties;
use crate::units::Duration;

/// More values than this say nothing more.
const VALUES_MAX: usize = 64;

/// Milliseconds from asking to registering, sorted; empty where nobody waited for executors.
/// `most`: so many were there at once.
pub(super) fn of(application: &Application, executors: &[&Executor], most: u32) -> Vec<u64> {
    let first_job = application.jobs.iter().map(|job| job.submitted).min();
    let Some(first_job) = first_job else {
        return Vec::new();
    };
    let mut added: Vec<Timestamp> = executors.iter().filter_map(|it| it.added).collect();
    added.sort_unstable();
    let is_dynamic = properties::is_true(application, "spark.dynamicAllocation.enabled");
    let at_start = if is_dynamic {
        initial(application)
    } else {
        most
    };
    let (first, later) = added.split_at((at_start as usize).min(added.len()));
    let mut waits = Vec::new();
    if first.iter().any(|&added| first_job < added) {
        let since_start = |added: &Timestamp| added.millis_since(application.started);
        waits.extend(first.iter().map(since_start));
    }
    if is_dynamic {
        waits.extend(Backlog::new(application).waits(later));
    } else {
        waits.extend(replacements(executors, later));
    }
    waits.sort_unstable();
    if waits.len() > VALUES_MAX {
        // Evenly spread over them, the first and the last included.
        let last = waits.len() - 1;
        waits = (0..VALUES_MAX)
            .map(|index| waits[index * last / (VALUES_MAX - 1)])
            .collect();
    }
    waits
}

/// How long each of those that came `later` took from the loss of the one that it replaces.
fn replacements(executors: &[&Executor], later: &[Timestamp]) -> Vec<u64> {
    let mut lost: Vec<Timestamp> = executors.iter().filter_map(|it| it.removed).collect();
    lost.sort_unstable();
    let pairs = later.iter().zip(lost);
    let pairs = pairs.filter(|(added, lost)| lost <= *added);
    pairs
        .map(|(added, lost)| added.millis_since(lost))
        .collect()
}

/// Executors that dynamic allocation asks for at the start.
fn initial(application: &Application) -> u32 {
    let keys = [
        "spark.dynamicAllocation.minExecutors",
        "spark.dynamicAllocation.initialExecutors",
        "spark.executor.instances",
    ];
    let counts = keys.map(|key| properties::count(application, key).unwrap_or(0));
    counts.into_iter().max().unwrap_or(0)
}

/// When tasks waited.
struct Backlog {
    /// Since when, and when the next backlog begins.
    episodes: Vec<(Timestamp, Option<Timestamp>)>,
    /// Milliseconds until the first executor is asked for, and between further ones.
    first: u64,
    sustained: u64,
}

impl Backlog {
    fn new(application: &Application) -> Self {
        // A stage has tasks that wait from its submission to its last launch.
        let mut waiting: Vec<(Timestamp, Timestamp)> = application
            .stages
            .iter()
            .filter_map(|stage| {
                let launches = stage.tasks.iter().map(|task| task.launched);
                Some((stage.submitted?, launches.max()?))
            })
            .collect();
        waiting.sort_unstable();
        let mut starts = Vec::new();
        let mut end = Timestamp(0);
        for (from, to) in waiting {
            if starts.is_empty() || end < from {
                starts.push(from);
            }
            end = end.max(to);
        }
        let next = starts.iter().skip(1).copied().map(Some).chain([None]);
        let millis = |key: &str| {
            let text = application.properties.get(key)?;
            let duration = Duration::from_spark(text, Duration::from_secs(1)).ok()?;
            Some(duration.nanos() / 1_000_000)
        };
        let first = millis("spark.dynamicAllocation.schedulerBacklogTimeout").unwrap_or(1000);
        Self {
            episodes: starts.iter().copied().zip(next).collect(),
            first,
            sustained: millis("spark.dynamicAllocation.sustainedSchedulerBacklogTimeout")
                .unwrap_or(first),
        }
    }

    /// How long each of those that came `later` took from when it was asked for.
    fn waits(&self, later: &[Timestamp]) -> Vec<u64> {
        let mut waits = Vec::new();
        let mut later = later.iter().copied().peekable();
        for &(from, until) in &self.episodes {
            let mut number = 0;
            while let Some(at) = later.next_if(|&at| until.is_none_or(|until| at < until)) {
                if from <= at {
                    waits.push(at.millis_since(self.asked(from, number)));
                    number += 1;
                }
            }
        }
        waits
    }

    /// When the executor that came as the `number`-th of a backlog, from 0, was asked for: 1, then 2,
    /// then 4 more and so on.
    fn asked(&self, from: Timestamp, number: u64) -> Timestamp {
        let round = u64::from((number + 1).ilog2());
        let waited = self
            .first
            .saturating_add(round.saturating_mul(self.sustained));
        Timestamp(from.0.saturating_add(waited))
    }
}
