//! What the reader must know before believing the figures.

use super::replicate::Outcome;
use super::results::{Figure, Note};

/// Above this offered load a service is called overloaded; an estimate a little above 1 may be
/// chance.
const OVERLOADED: f64 = 1.0;

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
    for figure in figures {
        let Some(service) = figure.metric.strip_suffix(".offered_load") else {
            continue;
        };
        let Ok(estimate) = &figure.estimate else {
            continue;
        };
        let low = estimate.interval.map_or(estimate.mean, |(low, _)| low);
        if OVERLOADED < low {
            notes.push(Note::Warning(format!(
                "{service} is overloaded: offered load {:.3} × capacity; its queue grows as long \
                 as the run lasts or is cut by its capacity, so waits and latencies depend on the \
                 run's length",
                estimate.mean
            )));
        }
    }
    notes
}
