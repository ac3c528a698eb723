//! From the meters of each replication to figures with intervals (DESIGN §7).
//!
//! Values and means: Student's t over replications. Percentiles: of the pooled observations, with a
//! jackknife over replications; below 200 exceedances there is none, and the reason says so; below
//! 200 a replication it is marked as doubtful. The
//! maximum is that of each replication, averaged like a value.

use super::outcome::{Outcome, Raw, Sample};
use super::results::{Distribution, Doubt, Estimate, Figure};
use crate::metrics::Unit;
use crate::metrics::names::{STATISTICS, Statistic};
use crate::stats::{Counts, Histogram, MIN_EXCEEDANCES, Pool, mean_interval};

const CONFIDENCE: f64 = 0.95;
/// Points of a distribution's curve at most.
const CURVE_POINTS: usize = 400;

/// All figures in the order of the catalogue, and the curves of the latency distributions.
pub(super) fn figures(outcomes: &[Outcome]) -> (Vec<Figure>, Vec<Distribution>) {
    let mut figures = Vec::new();
    let mut curves = Vec::new();
    let samples: Vec<&Sample> = outcomes.iter().map(|outcome| &outcome.sample).collect();
    let entries = samples.first().map_or(&[][..], |sample| &sample.entries);
    for (index, entry) in entries.iter().enumerate() {
        match entry.raw {
            Raw::Value { unit, .. } => {
                let values = samples
                    .iter()
                    .map(|sample| match sample.entries[index].raw {
                        Raw::Value { value, .. } => value,
                        Raw::Distribution(_) => None,
                    });
                figures.push(averaged(entry.name.clone(), unit, values.collect()));
            }
            Raw::Distribution(_) => {
                let empty = Histogram::new().to_counts();
                let parts = samples
                    .iter()
                    .map(|sample| match &sample.entries[index].raw {
                        Raw::Distribution(counts) => counts,
                        Raw::Value { .. } => &empty,
                    });
                let parts: Vec<&Counts> = parts.collect();
                let pool = Pool::new(&parts);
                for (name, statistic) in STATISTICS {
                    let name = format!("{}.{name}", entry.name);
                    figures.push(statistic_of(name, statistic, &parts, &pool));
                }
                if entry.name.ends_with(".latency") {
                    curves.extend(curve(&entry.name, pool.merged()));
                }
            }
        }
    }
    (figures, distinct(curves))
}

/// A workload's requests are often all that its target serves: then the target's curve is enough.
fn distinct(mut curves: Vec<Distribution>) -> Vec<Distribution> {
    let of_workload = |curve: &Distribution| curve.metric.starts_with("workloads.");
    let targets: Vec<_> = curves
        .iter()
        .filter(|curve| !of_workload(curve))
        .cloned()
        .collect();
    curves.retain(|curve| {
        !of_workload(curve) || targets.iter().all(|target| target.points != curve.points)
    });
    curves
}

fn statistic_of(name: String, statistic: Statistic, parts: &[&Counts], pool: &Pool<'_>) -> Figure {
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    let unit = Unit::Seconds;
    match statistic {
        Statistic::Mean => {
            let means = parts
                .iter()
                .map(|counts| counts.mean().map(|nanos| nanos / 1e9));
            averaged(name, unit, means.collect())
        }
        Statistic::Max => averaged(
            name,
            unit,
            parts
                .iter()
                .map(|counts| counts.max().map(seconds))
                .collect(),
        ),
        Statistic::Percentile(p) => {
            let per_replication = parts
                .iter()
                .map(|counts| counts.quantile(p).map(seconds))
                .collect();
            let estimate = pool.quantile(p, CONFIDENCE).map_err(|too_few| {
                // Without its numbers, so that a table can say it once for many figures.
                if too_few.count == 0 { NOTHING } else { TOO_FEW }.to_owned()
            });
            let estimate = estimate.map(|quantile| Estimate {
                mean: seconds(quantile.value_nanos),
                interval: quantile.interval.map(|(low, high)| (low / 1e9, high / 1e9)),
                std_dev: quantile.std_dev.map(|nanos| nanos / 1e9),
                replications: quantile.replications as u32,
                doubt: (quantile.exceedances < MIN_EXCEEDANCES * quantile.replications as u64)
                    .then_some(Doubt::FewAbove),
            });
            Figure {
                metric: name,
                unit,
                estimate,
                per_replication,
            }
        }
    }
}

const TOO_FEW: &str = "fewer than 200 observations lie above: run longer or with more replications";
const NOTHING: &str = "nothing was observed within the window";

/// A figure that has one value in each replication.
fn averaged(metric: String, unit: Unit, per_replication: Vec<Option<f64>>) -> Figure {
    let values: Vec<f64> = per_replication.iter().flatten().copied().collect();
    let estimate = mean_interval(&values, CONFIDENCE).ok_or_else(|| NOTHING.to_owned());
    let estimate = estimate.map(|interval| Estimate {
        mean: interval.mean,
        interval: interval.interval,
        std_dev: interval.std_dev,
        replications: interval.count as u32,
        doubt: None,
    });
    Figure {
        metric,
        unit,
        estimate,
        per_replication,
    }
}

/// The empirical distribution function, thinned.
fn curve(metric: &str, counts: &Counts) -> Option<Distribution> {
    let count = counts.count();
    if count == 0 {
        return None;
    }
    let mut points: Vec<(f64, f64)> = Vec::new();
    let step = 1.0 / CURVE_POINTS as f64;
    for (nanos, below) in counts.cumulative() {
        let share = below as f64 / count as f64;
        // The tail is what people look at: the step shrinks with what is left above.
        let finer = step * (1.0 - share).clamp(0.01, 0.5) * 2.0;
        if points.last().is_none_or(|&(_, last)| share - last >= finer) || below == count {
            points.push((nanos as f64 / 1e9, share));
        }
    }
    Some(Distribution {
        metric: metric.to_owned(),
        points,
        count,
    })
}
