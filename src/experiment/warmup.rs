//! `warmup = "auto"`: how much of the start to leave out.
//!
//! A pilot without warm-up; its time series, averaged over replications, are what MSER-5 looks at,
//! and the same amount is then left out of every replication. (On a single short run MSER lowers
//! coverage: measured on M/M/1 at a utilization of 0.8, 10,000 customers, from 90 to 85 %.) Every
//! series must be past its start, so the latest of them counts.

use super::Watch;
use super::replicate::ExperimentError;
use super::replications::Replications;
use super::results::Note;
use super::series::series;
use crate::model::{Horizon, Model};
use crate::stats::mser;
use crate::units::Duration;
use crate::units::format;

/// Replications of the pilot at most.
const PILOT: u32 = 20;

/// A horizon whose window opens once the start has stopped to matter, and what was found.
pub(super) fn find(
    model: &Model,
    threads: usize,
    watch: &dyn Watch,
) -> Result<(Horizon, Note), ExperimentError> {
    let mut pilot = model.clone();
    pilot.run.horizon = with_warmup(model.run.horizon, 0.0);
    let count = model.run.replications.min(PILOT);
    watch.planned(
        count + model.run.replications,
        &format!("{count} replications look for the end of the warm-up"),
    );
    let mut replications = Replications::new(&pilot, threads);
    replications.extend_to(count as usize, watch)?;
    let outcomes = replications.into_first(count as usize);
    let mut latest = (0.0, String::new(), false);
    for series in series(&pilot, &outcomes) {
        let means: Vec<f64> = series.points.iter().map(|point| point.mean).collect();
        let Some(found) = mser(&means) else {
            continue;
        };
        let share = found.observations as f64 / means.len() as f64;
        if share > latest.0 || (found.too_short && !latest.2) {
            latest = (share.max(latest.0), series.metric, found.too_short);
        }
    }
    let (share, metric, too_short) = latest;
    let horizon = with_warmup(model.run.horizon, share);
    Ok((horizon, note(horizon, &metric, too_short)))
}

/// `horizon` with this share of it as warm-up.
fn with_warmup(horizon: Horizon, share: f64) -> Horizon {
    match horizon {
        Horizon::Duration { duration, .. } => Horizon::Duration {
            warmup: Duration::from_nanos((duration.nanos() as f64 * share) as u64),
            duration,
        },
        Horizon::Requests { requests, .. } => Horizon::Requests {
            warmup: (requests as f64 * share).ceil() as u64,
            requests,
        },
        terminating @ Horizon::Terminating { .. } => terminating,
    }
}

fn note(horizon: Horizon, metric: &str, too_short: bool) -> Note {
    let amount = match horizon {
        Horizon::Duration { warmup, .. } => format::seconds(warmup.seconds()),
        Horizon::Requests { warmup, .. } => format!("{warmup} outcomes"),
        Horizon::Terminating { .. } => String::new(),
    };
    if too_short {
        Note::Warning(format!(
            "the run is too short to see its warm-up end: {metric} still changes halfway; the \
             first {amount} are left out, and figures depend on the start nevertheless"
        ))
    } else if metric.is_empty() {
        Note::Remark("no warm-up was found: every replication counts from its start".to_owned())
    } else {
        Note::Remark(format!(
            "warm-up: the first {amount} of every replication are left out, because of {metric} \
             (MSER-5)"
        ))
    }
}
