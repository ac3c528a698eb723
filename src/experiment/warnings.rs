//! What the reader must know before believing the figures.

use super::outcome::Outcome;
use super::results::{Figure, Note};

/// Above this offered load a service is called overloaded; an estimate a little above 1 may be
/// chance.
const OVERLOADED: f64 = 1.0;
/// Places that are held for more than this share of the time leave no room for chance.
const SATURATED: f64 = 0.99;

/// All warnings, the gravest first.
pub(super) fn warnings(outcomes: &[Outcome], figures: &[Figure]) -> Vec<Note> {
    let mut notes = Vec::new();
    let stalled = outcomes
        .iter()
        .filter_map(|outcome| outcome.stalled.as_ref());
    if let Some(first) = stalled.clone().next() {
        let count = stalled.count();
        let all = outcomes.len();
        notes.push(Note::Warning(format!(
            "{count} of {all} replications ended early; the first of them {first}"
        )));
    }
    notes.extend(figures.iter().filter_map(overloaded));
    notes
}

/// A service that is offered more than it can serve, or whose places are never free.
fn overloaded(figure: &Figure) -> Option<Note> {
    let (service, quantity) = figure.metric.rsplit_once('.')?;
    let estimate = figure.estimate.as_ref().ok()?;
    let low = estimate.interval.map_or(estimate.mean, |(low, _)| low);
    let growing = "its queue grows as long as the run lasts or is cut by its capacity, so waits and \
                   latencies depend on the run's length";
    let text = match quantity {
        "offered_load" if OVERLOADED < low => format!(
            "{service} is overloaded: offered load {:.3} × capacity; {growing}",
            estimate.mean
        ),
        // Places that are held while an application runs are not in the offered load.
        "utilization" if SATURATED < low => format!(
            "{service} is saturated: its places are held {:.1} % of the time; {growing}",
            estimate.mean * 100.0
        ),
        _ => return None,
    };
    Some(Note::Warning(text))
}
