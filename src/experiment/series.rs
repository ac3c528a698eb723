//! Time series: the mean over replications with a band.

use super::outcome::Outcome;
use super::results::{Point, Series};
use crate::metrics::{SampledSeries, specs};
use crate::model::{Horizon, Model};
use crate::stats::mean_interval;
use crate::units::Duration;
use std::borrow::Cow;

const CONFIDENCE: f64 = 0.95;

/// All series of an experiment, on one grid of instants.
///
/// Replications that ran for different lengths have different intervals, each a power of two times
/// the first: all are brought to the coarsest. A run that counts requests is shown as long as all
/// replications ran; a terminating run until the last has ended, with nothing in use after the end
/// of each.
pub(super) fn series(model: &Model, outcomes: &[Outcome]) -> Vec<Series> {
    let replications = || outcomes.iter().map(|outcome| &outcome.series);
    let coarsest = replications().map(SampledSeries::interval).max();
    let interval = coarsest.unwrap_or(Duration::ZERO);
    let aligned: Vec<Cow<'_, SampledSeries>> = replications()
        .map(
            |series| match interval.nanos() / series.interval().nanos() {
                1 => Cow::Borrowed(series),
                factor => Cow::Owned(series.coarsened(factor as usize)),
            },
        )
        .collect();
    let lengths = aligned.iter().map(|series| series.len());
    let length = match model.run.horizon {
        Horizon::Terminating { .. } => lengths.max().map(|longest| longest + 1),
        Horizon::Duration { .. } | Horizon::Requests { .. } => lengths.min(),
    };
    let length = length.unwrap_or(0);
    let specs = specs(model).into_iter().enumerate();
    let all = specs.map(|(column, spec)| {
        let points = (0..length).map(|index| {
            let values: Vec<f64> = aligned
                .iter()
                .filter_map(|series| series.average(column, index))
                .collect();
            let time =
                Duration::from_nanos(interval.nanos().saturating_mul(index as u64 + 1)).seconds();
            match mean_interval(&values, CONFIDENCE) {
                Some(mean) => Point {
                    time,
                    mean: mean.mean,
                    band: mean.interval,
                },
                None => Point {
                    time,
                    mean: 0.0,
                    band: None,
                },
            }
        });
        let points = points.collect();
        Series {
            metric: spec.metric,
            unit: spec.unit,
            kind: spec.kind,
            points,
        }
    });
    all.collect()
}
