//! What the reader must know before believing the figures.

use super::outcome::Outcome;
use super::results::{Figure, Note};
use super::{bimodal, relaxation};
use crate::model::{Horizon, Model};
use crate::stats::wilson_interval;

/// Above this offered load a service is called overloaded; an estimate a little above 1 may be
/// chance.
const OVERLOADED: f64 = 1.0;
/// Places that are held for more than this share of the time leave no room for chance.
const SATURATED: f64 = 0.99;
const CONFIDENCE: f64 = 0.95;
/// Who gets nothing for so many seconds is told of.
const STARVED: f64 = 600.0;

/// So many budgets, applications or workflows are told of one by one.
const TOLD_ALONE: usize = 3;

/// All warnings, the gravest first.
pub(super) fn warnings(model: &Model, outcomes: &[Outcome], figures: &[Figure]) -> Vec<Note> {
    let mut notes = Vec::new();
    let stalled = outcomes
        .iter()
        .filter_map(|outcome| outcome.stalled.as_ref());
    if let Some(first) = stalled.clone().next() {
        let count = stalled.count();
        let all = outcomes.len();
        let share = wilson_interval(count as u64, all as u64, CONFIDENCE);
        let share = share.filter(|_| 1 < all && count < all);
        let share = share.map_or_else(String::new, |(low, high)| {
            let (low, high) = (low * 100.0, high * 100.0);
            format!(" (a share of {low:.0} to {high:.0} %, at 95 % confidence)")
        });
        notes.push(Note::Warning(format!(
            "{count} of {all} replications did not run as asked{share}; the first of them {first}"
        )));
    }
    let loads = figures
        .iter()
        .filter(|figure| !can_grow(model, figures, figure));
    notes.extend(loads.filter_map(|figure| overloaded(model, figure)));
    notes.extend(failing(figures));
    notes.extend(starved(figures));
    notes.extend(bimodal::notes(figures));
    notes.extend(relaxation::notes(model, figures));
    notes
}

/// Whether a figure tells of the places of a service that has had fewer replicas than it may have:
/// that it needs more is then known to whoever adds them.
fn can_grow(model: &Model, figures: &[Figure], figure: &Figure) -> bool {
    let mut services = model.services.iter();
    let service = services.find(|service| {
        let quantity = figure.metric.strip_prefix("services.");
        let quantity = quantity.and_then(|rest| rest.strip_prefix(service.name.as_str()));
        matches!(quantity, Some(".offered_load" | ".utilization"))
    });
    let Some(autoscale) = service.and_then(|service| service.autoscale.as_ref()) else {
        return false;
    };
    let name = figure.metric.rsplit_once('.').map_or("", |(name, _)| name);
    let replicas = figures.iter().find(|figure| {
        let quantity = figure.metric.strip_prefix(name);
        quantity == Some(".replicas")
    });
    let replicas = replicas.and_then(|figure| figure.estimate.as_ref().ok());
    replicas.is_some_and(|replicas| replicas.mean < SATURATED * f64::from(autoscale.max))
}

/// A service that is offered more than it can serve, whose places are never free, or that was not
/// there.
fn overloaded(model: &Model, figure: &Figure) -> Option<Note> {
    let (service, quantity) = figure.metric.rsplit_once('.')?;
    let estimate = figure.estimate.as_ref().ok()?;
    let low = estimate.interval.map_or(estimate.mean, |(low, _)| low);
    let growing = "its queue grows as long as the run lasts or is cut by its capacity, so waits and \
                   latencies depend on the run's length";
    // A run that drains cannot grow for ever.
    let terminating = matches!(model.run.horizon, Horizon::Terminating { .. });
    let name = service.strip_prefix("services.")?;
    let whole_service = !name.contains('.');
    let text = match quantity {
        "failed" if whole_service && 0.0 < estimate.mean => format!(
            "{service}: {} requests a replication failed, because {}",
            estimate.mean,
            if model.loses_containers() {
                "no replica was running or theirs was lost"
            } else {
                "no replica was running"
            }
        ),
        // Who waits for an answer does not send: users alone cannot overload anything.
        "offered_load" if OVERLOADED < low && !terminating && serves(model, name, false) => {
            format!(
                "{service} is overloaded: offered load {} × capacity; {growing}",
                factor(estimate.mean)
            )
        }
        // Places that are held while an application runs are not in the offered load.
        "utilization" if SATURATED < low && !terminating && !serves(model, name, true) => format!(
            "{service} is saturated: its places are held {:.1} % of the time; {growing}",
            estimate.mean * 100.0
        ),
        _ => return None,
    };
    Some(Note::Warning(text))
}

/// Applications and workflows of which no run finished and some failed: one by one, or, of many, the
/// first and how many there are.
fn failing(figures: &[Figure]) -> Vec<Note> {
    let mean = |name: &str, quantity: &str| {
        let figure = figures.iter().find(|figure| {
            let rest = figure.metric.strip_prefix(name);
            rest.and_then(|rest| rest.strip_prefix('.')) == Some(quantity)
        });
        figure.and_then(|figure| Some(figure.estimate.as_ref().ok()?.mean))
    };
    let failing = figures.iter().filter_map(|figure| {
        let (name, quantity) = figure.metric.rsplit_once('.')?;
        let runs = name.starts_with("apps.") || name.starts_with("workflows.");
        let failed = figure.estimate.as_ref().ok()?.mean;
        let fails = runs && quantity == "failed" && 0.0 < failed;
        (fails && mean(name, "finished") == Some(0.0)).then_some((name, failed))
    });
    let failing: Vec<(&str, f64)> = failing.collect();
    let seen = "so nothing was observed of how long one takes";
    let why = "a run fails with a task that fails `spark.task.maxFailures` times, a stage that is \
               begun anew too often or has nowhere to run, executors that fail too often, a driver \
               that is lost, or an application that it comes after";
    if let [(first, _), others @ ..] = &failing[..]
        && TOLD_ALONE < failing.len()
    {
        let others = others.len();
        let text = format!("no run of {first} and {others} more finished: {seen}; {why}");
        return vec![Note::Warning(text)];
    }
    let each = failing.into_iter().map(|(name, failed)| {
        Note::Warning(format!(
            "{name}: no run finished and {failed} a replication failed, {seen}; {why}"
        ))
    });
    each.collect()
}

/// Budgets that got nothing, or less than they are guaranteed, for long: each for itself, or, of many,
/// those that did so longest.
fn starved(figures: &[Figure]) -> Vec<Note> {
    let starved = figures.iter().filter_map(|figure| {
        let (budget, quantity) = figure.metric.rsplit_once('.')?;
        let seconds = figure.estimate.as_ref().ok()?.mean;
        let is_long = budget.starts_with("budgets.") && quantity == "starved_seconds";
        (is_long && STARVED <= seconds).then_some((budget, seconds / 60.0))
    });
    let mut starved: Vec<(&str, f64)> = starved.collect();
    let remedy = "`guaranteed` or a larger `weight` with `[allocation]`, `reclaim = \"preempt\"` to \
                  get back what others hold, or more nodes would help";
    if starved.len() <= TOLD_ALONE {
        let each = starved.into_iter().map(|(budget, minutes)| {
            Note::Warning(format!(
                "{budget} starved: for {minutes:.0} min of a replication its containers waited while \
                 it held nothing, or less than it is guaranteed; {remedy}"
            ))
        });
        return each.collect();
    }
    starved.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let longest = starved.iter().take(TOLD_ALONE);
    let longest: Vec<String> = longest
        .map(|(budget, minutes)| format!("{budget} for {minutes:.0} min"))
        .collect();
    vec![Note::Warning(format!(
        "{} budgets starved, so long in a replication that their containers waited while they held \
         nothing, or less than they are guaranteed: {}, and others for less; {remedy}",
        starved.len(),
        longest.join(", ")
    ))]
}

/// Whether requests of some closed, or open, workload lead to the service of that name.
fn serves(model: &Model, service: &str, closed: bool) -> bool {
    let mut workloads = model.workloads.iter();
    workloads.any(|workload| {
        let mut endpoints = model.reached_by(workload).into_iter();
        workload.is_closed() == closed
            && endpoints.any(|id| model.services[model.endpoints[id].service].name == service)
    })
}

/// A number above 1, in as few digits as tell it from 1.
fn factor(value: f64) -> String {
    let decimals = if value < 1.01 { 3 } else { 2 };
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
