//! Replications until one figure is known well enough.
//!
//! At least ten replications, because fewer say too little about their own spread; then until half
//! the width of the interval has been small enough for [`LOOK_AHEAD`] further replications, because
//! it is an estimate too and dips below its limit by chance (K. Hoad, S. Robinson and R. Davies,
//! Journal of the Operational Research Society 61, 2010). A relative half-width γ is looked for as
//! γ/(1 + γ) of the estimated mean (A. Law, Simulation Modeling and Analysis, section 9.4.1).
//!
//! Stopping by the *width* of an interval is fair; stopping as soon as something is significant is
//! not, and is nowhere done.

use super::Watch;
use super::outcome::Outcome;
use super::replicate::{ExperimentError, interrupted};
use super::replications::Replications;
use super::results::Note;
use crate::model::{Model, Precision, PrecisionTarget};
use crate::stats::{MeanInterval, mean_interval, relative_target, replications_for_precision};

/// Replications before the first look.
pub(super) const FIRST: usize = 10;
/// Replications for which the interval must stay narrow enough.
const LOOK_AHEAD: usize = 5;

/// Runs until `precision` is reached or its budget is used up.
pub(super) fn run(
    model: &Model,
    precision: &Precision,
    threads: usize,
    watch: &dyn Watch,
) -> Result<(Vec<Outcome>, Vec<Note>), ExperimentError> {
    let most = precision.max_replications as usize;
    let mut replications = Replications::new(model, threads);
    let mut next = (model.run.replications as usize).max(FIRST).min(most);
    let mut looked = next - 1;
    let mut narrow = 0;
    loop {
        replications.extend_towards(next, watch)?;
        if replications.count() < next {
            let count = replications.count();
            let metric = &precision.metric;
            let asked = format!(
                "as many as {metric} takes to be known to {}",
                asked(precision.target)
            );
            let note = interrupted(count, asked);
            return Ok((replications.into_first(count), vec![note]));
        }
        let mut last = None;
        while looked < replications.count() {
            looked += 1;
            last = estimate(&replications, precision, looked);
            let met = last.is_some_and(|estimate| is_met(&estimate, precision));
            narrow = if met { narrow + 1 } else { 0 };
            if narrow > LOOK_AHEAD {
                let note = Note::Remark(format!(
                    "{} is known to {} after {looked} replications, as asked",
                    precision.metric,
                    asked(precision.target)
                ));
                return Ok((replications.into_first(looked), vec![note]));
            }
        }
        if looked == most {
            let note = Note::Warning(format!(
                "{} is not known to {} after {most} replications, the most that \
                 `run.precision.max-replications` allows",
                precision.metric,
                asked(precision.target)
            ));
            return Ok((replications.into_first(most), vec![note]));
        }
        let needed = last.and_then(|estimate| needed(&estimate, precision, looked));
        let planned = needed.map_or(most, |needed| needed + LOOK_AHEAD).min(most);
        watch.planned(planned as u32, &why(last, precision, looked));
        // The plan is an estimate itself: never more than twice what it rests on.
        next = planned.clamp(looked + 1, 2 * looked);
    }
}

fn estimate(
    replications: &Replications<'_>,
    precision: &Precision,
    count: usize,
) -> Option<MeanInterval> {
    let values = replications.values(&precision.metric, count).ok()?;
    let values: Vec<f64> = values.into_iter().flatten().collect();
    mean_interval(&values, precision.confidence)
}

fn half_width(estimate: &MeanInterval) -> Option<f64> {
    estimate.interval.map(|(low, high)| (high - low) / 2.0)
}

/// Half the width at which to stop.
fn limit(estimate: &MeanInterval, target: PrecisionTarget) -> f64 {
    match target {
        PrecisionTarget::Relative(share) => relative_target(share) * estimate.mean.abs(),
        PrecisionTarget::Absolute(half_width) => half_width,
    }
}

fn is_met(estimate: &MeanInterval, precision: &Precision) -> bool {
    half_width(estimate).is_some_and(|half| half <= limit(estimate, precision.target))
}

fn needed(estimate: &MeanInterval, precision: &Precision, looked: usize) -> Option<usize> {
    let limit = limit(estimate, precision.target);
    replications_for_precision(estimate.std_dev?, limit, precision.confidence, looked)
}

fn asked(target: PrecisionTarget) -> String {
    match target {
        PrecisionTarget::Relative(share) => format!("± {} %", share * 100.0),
        PrecisionTarget::Absolute(half_width) => format!("± {half_width}"),
    }
}

fn why(estimate: Option<MeanInterval>, precision: &Precision, looked: usize) -> String {
    let metric = &precision.metric;
    match estimate.and_then(|it| Some((it.mean, half_width(&it)?))) {
        Some((mean, half)) if 0.0 < mean.abs() => format!(
            "{metric} is known to ± {:.1} % after {looked}",
            half / mean.abs() * 100.0
        ),
        _ => format!("{metric} has too few observations after {looked}"),
    }
}
