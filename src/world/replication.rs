//! One replication, from the model to its figures.

use super::audit::audit;
use super::state::World;
use crate::engine::{Flow, run};
use crate::metrics::{Metrics, SampledSeries};
use crate::model::{Horizon, Model};
use crate::record::Sink;
use crate::units::{Duration, Time};
use std::cmp::Reverse;

/// What one replication found.
#[derive(Clone, Debug)]
pub struct Replication {
    /// Its meters.
    pub metrics: Metrics,
    /// Its time series.
    pub series: SampledSeries,
    /// When it ended.
    pub end: Time,
    /// What kept it from running as it should: nothing was left to happen, or could.
    pub stalled: Option<String>,
    /// What did not add up; a bug of ours, if there is any.
    pub breaches: Vec<String>,
}

/// Runs replication number `replication` of `model`.
pub fn replicate(model: &Model, replication: u32) -> Replication {
    finish(World::new(model, replication, None))
}

/// The same, while `sink` reads along.
pub fn replicate_traced<'m>(
    model: &'m Model,
    replication: u32,
    sink: &'m mut dyn Sink,
) -> Replication {
    finish(World::new(model, replication, Some(sink)))
}

/// Runs replication number `replication` of `model` with its window cut into `batches` of equal
/// length, and shows `taken` the meters of the window so far at its beginning and at the end of each
/// batch but the last. The answer is about the whole window.
pub fn replicate_in_batches<'m>(
    model: &'m Model,
    replication: u32,
    batches: u32,
    taken: impl FnMut(&Metrics, Time) + 'm,
) -> Replication {
    let mut world = World::new(model, replication, None);
    world.cut_window(batches, Box::new(taken));
    finish(world)
}

fn finish(mut world: World<'_>) -> Replication {
    let flow = run(&mut world);
    world.cluster.tell_of_all(&mut world.kernel);
    let stalled = why_stalled(&world, flow);
    let mut breaches = world.batch_breaches();
    breaches.extend(audit(&mut world));
    let end = world.kernel.now();
    let series = world.sampling.finish(&world.kernel.metrics, end);
    Replication {
        metrics: world.kernel.metrics,
        series,
        end,
        stalled,
        breaches,
    }
}

/// So many budgets are named; the rest is counted.
const NAMED: usize = 6;

/// Containers that have waited for so long at the end of a run are told of.
const LONG: Duration = Duration::from_secs(600);

/// Who waits for what, where nothing can happen any more or nothing did.
fn why_stalled(world: &World<'_>, flow: Flow) -> Option<String> {
    let now = world.kernel.now();
    if now == Time::MAX {
        return Some(
            "reached the end of the clock, 584 years: something takes too long".to_owned(),
        );
    }
    if world.is_stuck() {
        let why = world.cluster.why_waiting();
        return Some(format!(
            "at {now} had nothing that could make progress: {why}{}",
            budgets_that_wait(world)
        ));
    }
    if world.cluster.refuses_for_ever() {
        return Some(format!(
            "at {now} had nothing that could make progress: quotas refuse every container that is \
             asked for, and nothing that they hold ends; fewer applications at once, larger quotas, \
             or `on-exceed = \"queue\"` would help"
        ));
    }
    let waited = world.cluster.longest_wait(now);
    if LONG <= waited {
        let why = world.cluster.why_waiting();
        return Some(format!(
            "ended at {now} with containers that had waited for up to {}: {why}{}",
            waited.human(),
            budgets_that_wait(world)
        ));
    }
    let outcomes = world.kernel.outcomes();
    let Horizon::Requests { requests, .. } = world.kernel.model.run.horizon else {
        return (flow == Flow::Continue).then(|| {
            format!("ended at {now}, after {outcomes} outcomes: nothing was left to happen")
        });
    };
    (outcomes < requests)
        .then(|| format!("ended at {now}, after {outcomes} outcomes: no arrivals were left"))
}

/// The budgets that have something waiting, in words; nothing where there is none.
fn budgets_that_wait(world: &World<'_>) -> String {
    let waiting = world.cluster.waiting_budgets();
    let mut waiting: Vec<(&str, u64)> = waiting.collect();
    // Those of which most wait: the sort is stable.
    waiting.sort_by_key(|(_, count)| Reverse(*count));
    let named = waiting.iter().take(NAMED);
    let mut names: Vec<String> = named
        .map(|(name, count)| format!("`budgets.{name}` ({count})"))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    if NAMED < waiting.len() {
        names.push(format!("{} other budgets", waiting.len() - NAMED));
    }
    format!(
        ", those of {} within what their budgets may hold",
        names.join(", ")
    )
}
