//! The names of all figures of a scenario, before it has been run.

use super::outcome::{Raw, Sample};
use crate::metrics::Metrics;
use crate::metrics::names::{STATISTICS, walk};
use crate::model::Model;
use crate::units::Time;

/// The names of all figures that a run of `model` has, in their order.
pub fn figure_names(model: &Model) -> Vec<String> {
    let mut sample = Sample::default();
    walk(model, &Metrics::new(model), Time::ZERO, &mut sample);
    let entries = sample.entries.into_iter();
    let names = entries.flat_map(|entry| match entry.raw {
        Raw::Value { .. } => vec![entry.name],
        Raw::Distribution(_) => {
            let statistics = STATISTICS.iter();
            statistics
                .map(|(statistic, _)| format!("{}.{statistic}", entry.name))
                .collect()
        }
    });
    let events = model.probabilities.iter();
    names
        .chain(events.map(|event| format!("probabilities.{}", event.name)))
        .collect()
}
