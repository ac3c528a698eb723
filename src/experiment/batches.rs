//! Intervals from one long run: batch means.
//!
//! The window is cut into [`BATCHES`] windows of equal length, each with figures of its own, and the
//! batches are merged, figure by figure, until neighbours no longer depend on each other as far as
//! can be seen (`stats/batch.rs`). At the end of each what the meters hold is set aside, and a
//! batch is the difference of two such moments (`metrics/since.rs`).
//!
//! A count is the sum of its batches and a level their mean: what half the width of the batches'
//! mean is to that mean, half the width of the figure is to the figure.

use super::Watch;
use super::outcome::{Outcome, Raw, Sample};
use super::replicate::ExperimentError;
use super::results::{Figure, Note};
use crate::metrics::names::{STATISTICS, Statistic};
use crate::model::{Horizon, Model};
use crate::stats::{Batches, Counts, Pool, independent_batches, mean_interval};

const CONFIDENCE: f64 = 0.95;
/// Windows that a run is cut into.
const BATCHES: u32 = 64;
/// Fewer outcomes in a batch do not make one.
const FEWEST_OUTCOMES: u64 = 10;

/// Whether intervals of a single run can come from batches: its length is fixed and long enough.
pub(super) fn are_possible(horizon: Horizon) -> bool {
    match horizon {
        Horizon::Duration { .. } => true,
        Horizon::Requests { warmup, requests } => {
            u64::from(BATCHES) * FEWEST_OUTCOMES <= requests - warmup
        }
        Horizon::Terminating { .. } => false,
    }
}

/// The run as a whole, and its batches.
pub(super) fn run(
    model: &Model,
    watch: &dyn Watch,
) -> Result<(Outcome, Vec<Sample>), ExperimentError> {
    let (whole, samples) = Outcome::in_batches(model, BATCHES);
    watch.done();
    if whole.breaches.is_empty() {
        return Ok((whole, samples));
    }
    Err(ExperimentError::Audit {
        seed: model.run.seed,
        replication: 1,
        breaches: whole.breaches,
    })
}

/// Gives every figure the interval that the batches say, and answers with what must be known.
pub(super) fn intervals(figures: &mut [Figure], samples: &[Sample]) -> Vec<Note> {
    let mut correlated: Vec<String> = Vec::new();
    let entries = samples.first().map_or(&[][..], |sample| &sample.entries);
    let mut figures = figures.iter_mut();
    for (index, entry) in entries.iter().enumerate() {
        match entry.raw {
            Raw::Value { .. } => {
                let values = samples
                    .iter()
                    .map(|sample| match sample.entries[index].raw {
                        Raw::Value { value, .. } => value,
                        Raw::Distribution(_) => None,
                    });
                let values: Option<Vec<f64>> = values.collect();
                if let (Some(figure), Some(values)) = (figures.next(), values) {
                    let batches = independent_batches(&values);
                    from_means(figure, &values, batches);
                    correlated.extend(batches.correlated.then(|| figure.metric.clone()));
                }
            }
            Raw::Distribution(_) => {
                let parts = samples
                    .iter()
                    .filter_map(|sample| match &sample.entries[index].raw {
                        Raw::Distribution(counts) => Some(counts),
                        Raw::Value { .. } => None,
                    });
                let parts: Vec<&Counts> = parts.collect();
                let means: Option<Vec<f64>> = parts.iter().map(|counts| counts.mean()).collect();
                let batches = means.as_deref().map(independent_batches);
                for (_, statistic) in STATISTICS {
                    let figure = figures.next();
                    if let (Some(figure), Some(means), Some(batches)) = (figure, &means, batches) {
                        match statistic {
                            Statistic::Mean => from_means(figure, means, batches),
                            Statistic::Percentile(p) => from_counts(figure, &parts, batches, p),
                            // The largest of a run has no batches.
                            Statistic::Max => {}
                        }
                    }
                }
                if batches.is_some_and(|batches| batches.correlated) {
                    correlated.push(entry.name.clone());
                }
            }
        }
    }
    warning(&correlated)
}

fn from_means(figure: &mut Figure, values: &[f64], batches: Batches) {
    let Ok(estimate) = &mut figure.estimate else {
        return;
    };
    let merged: Vec<f64> = values
        .chunks_exact(batches.merged)
        .filter_map(|group| mean_interval(group, CONFIDENCE))
        .map(|group| group.mean)
        .collect();
    let Some(found) = mean_interval(&merged, CONFIDENCE) else {
        return;
    };
    let Some((low, high)) = found.interval else {
        return;
    };
    let half_width = (high - low) / 2.0;
    let of_figure = if found.mean.abs() > 0.0 {
        half_width * (estimate.mean / found.mean).abs()
    } else {
        half_width
    };
    estimate.interval = Some((estimate.mean - of_figure, estimate.mean + of_figure));
}

fn from_counts(figure: &mut Figure, parts: &[&Counts], batches: Batches, p: f64) {
    let Ok(estimate) = &mut figure.estimate else {
        return;
    };
    let merged: Vec<Counts> = parts
        .chunks(batches.merged)
        .map(|group| {
            let mut sum = group[0].clone();
            for part in &group[1..] {
                sum.merge(part);
            }
            sum
        })
        .collect();
    if let Ok(found) = Pool::new(&merged).quantile(p, CONFIDENCE) {
        let seconds = |(low, high): (f64, f64)| (low / 1e9, high / 1e9);
        estimate.interval = found.interval.map(seconds);
    }
}

fn warning(correlated: &[String]) -> Vec<Note> {
    let Some(first) = correlated.first() else {
        return Vec::new();
    };
    let others = match correlated.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    vec![Note::Warning(format!(
        "the run is too short for batches that do not depend on each other ({first}{others}): \
         these intervals are too narrow; run longer, or several replications"
    ))]
}
