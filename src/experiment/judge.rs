//! One promise against what has been found so far: how sure it is that it is kept or broken.

use super::baseline::Baseline;
use super::contrast::Contrast;
use super::replications::Replications;
use crate::metrics::Unit;
use crate::metrics::catalogue::catalogue;
use crate::metrics::names::{STATISTICS, Statistic};
use crate::model::{Check, Limit, Model, Worse};
use crate::stats::Difference;

/// More unfinished work than this share, and a mean of what has finished says too little.
const UNFINISHED: f64 = 0.1;

/// A promise about one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// The check as it is written.
    pub pattern: String,
    /// The figure.
    pub metric: String,
    /// What it is measured in.
    pub unit: Unit,
    /// What is promised.
    pub limit: Limit,
}

/// How sure it is, after some replications, that a promise is kept or broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// p that it is kept: small where that is certain.
    pub kept: f64,
    /// p that it is broken: small where that is certain.
    pub broken: f64,
    /// The estimate; for a margin, the change as a share of the baseline (or as an amount, where
    /// that is zero).
    pub estimate: Option<f64>,
    /// What the estimate is compared with, in the same unit.
    pub limit: f64,
    /// What the tests are about.
    pub difference: Option<Difference>,
    /// The comparison with the baseline, for a margin.
    pub contrast: Option<Contrast>,
    /// Why it cannot be kept, whatever p says, or why nothing is known.
    pub obstacle: Option<String>,
}

/// The promises of a scenario, figure by figure.
pub(super) fn promises(model: &Model) -> Vec<Promise> {
    let units = catalogue(model);
    let unit = |metric: &str| {
        let found = units.iter().find(|(name, _)| name == metric);
        found.map_or(Unit::Count, |(_, unit)| *unit)
    };
    let of_check = |check: &Check| {
        let promise = |metric: &String| Promise {
            pattern: check.pattern.clone(),
            metric: metric.clone(),
            unit: unit(metric),
            limit: check.limit,
        };
        check.metrics.iter().map(promise).collect::<Vec<_>>()
    };
    model.checks.iter().flat_map(of_check).collect()
}

/// What the first `count` replications say of a promise.
pub(super) fn evidence(
    promise: &Promise,
    replications: &Replications<'_>,
    count: usize,
    baseline: Option<&Baseline>,
) -> Evidence {
    let values = match replications.values(&promise.metric, count) {
        Ok(values) => values,
        Err(reason) => return Evidence::nothing(promise, reason),
    };
    let (bound, is_upper) = match promise.limit {
        Limit::Below(bound) => (bound, true),
        Limit::Above(bound) => (bound, false),
        Limit::Margin { share, worse } => {
            let known = baseline.and_then(|baseline| baseline.metrics.get(&promise.metric));
            return match known {
                Some(known) => against_baseline(promise, (share, worse), &values, known),
                None => Evidence::nothing(promise, "there is no baseline for it".to_owned()),
            };
        }
    };
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let Some(difference) = Difference::of(&known) else {
        return Evidence::nothing(promise, "nothing was observed".to_owned());
    };
    let (kept, broken) = (difference.p_below(bound), difference.p_above(bound));
    let missing = values.len() - known.len();
    let obstacle = if missing > 0 {
        Some(format!("{missing} of {count} replications have no value"))
    } else if is_upper {
        unfinished(promise, replications, count, bound)
    } else {
        None
    };
    let (kept, broken) = if is_upper {
        (kept, broken)
    } else {
        (broken, kept)
    };
    Evidence {
        kept: if obstacle.is_some() { 1.0 } else { kept },
        broken,
        estimate: Some(difference.mean),
        limit: bound,
        difference: Some(difference),
        contrast: None,
        obstacle,
    }
}

impl Evidence {
    fn nothing(promise: &Promise, reason: String) -> Self {
        Self {
            kept: 1.0,
            broken: 1.0,
            estimate: None,
            limit: match promise.limit {
                Limit::Below(bound) | Limit::Above(bound) => bound,
                Limit::Margin { share, .. } => share,
            },
            difference: None,
            contrast: None,
            obstacle: Some(reason),
        }
    }
}

/// Non-inferiority: the change for the worse is less than the margin.
fn against_baseline(
    promise: &Promise,
    (share, worse): (f64, Worse),
    values: &[Option<f64>],
    known: &[Option<f64>],
) -> Evidence {
    let contrast = match Contrast::of(values, known) {
        Ok(contrast) => contrast,
        Err(error) => return Evidence::nothing(promise, error.to_string()),
    };
    let signed = match worse {
        Worse::Higher => share,
        Worse::Lower => -share,
    };
    // All of it may be lost: then nothing is worse than the margin.
    let limit = if signed <= -1.0 {
        f64::NEG_INFINITY
    } else {
        contrast.share_on_scale(signed)
    };
    let difference = &contrast.difference;
    let (kept, broken) = match worse {
        Worse::Higher => (difference.p_below(limit), difference.p_above(limit)),
        Worse::Lower => (difference.p_above(limit), difference.p_below(limit)),
    };
    let missing = values.iter().filter(|value| value.is_none()).count();
    let obstacle =
        (missing > 0).then(|| format!("{missing} of {} replications have no value", values.len()));
    Evidence {
        kept: match (&obstacle, contrast.identical) {
            (Some(_), _) => 1.0,
            // Not even one replication has changed.
            (None, true) => 0.0,
            (None, false) => kept,
        },
        broken: if contrast.identical { 1.0 } else { broken },
        estimate: Some(contrast.readable(difference.mean)),
        limit: contrast.readable(limit),
        difference: Some(*difference),
        contrast: Some(contrast),
        obstacle,
    }
}

/// Why runs whose deadlines lie after the end of the run could overturn a share of missed ones: it
/// is looked at as if all of them were missed.
fn deadlines_ahead(
    app: &str,
    replications: &Replications<'_>,
    count: usize,
    bound: f64,
) -> Option<String> {
    let values = |quantity: &str| {
        replications
            .values(&format!("{app}.{quantity}"), count)
            .ok()
    };
    let decided = values("deadlines")?;
    let shares = values("deadline_miss_ratio")?;
    let missed = decided.iter().zip(&shares);
    let missed: f64 = missed
        .filter_map(|(decided, share)| Some((*decided)? * (*share)?))
        .sum();
    let total = |values: &[Option<f64>]| values.iter().flatten().sum::<f64>();
    let (decided, ahead) = (total(&decided), total(&values("deadlines_ahead")?));
    let worst = (missed + ahead) / (decided + ahead);
    (ahead > 0.0 && worst >= bound).then(|| {
        format!(
            "{ahead} that have not ended and are not late yet, beside {decided} that are decided, \
             could overturn it: let the run drain (`horizon = \"terminating\"`) or last longer"
        )
    })
}

/// Why work that has not ended could overturn an upper bound on a time, if it could: a percentile
/// is looked at as if all of it took longer, and a mean is not believed if there is much of it.
fn unfinished(
    promise: &Promise,
    replications: &Replications<'_>,
    count: usize,
    bound: f64,
) -> Option<String> {
    let (base, statistic) = promise.metric.rsplit_once('.')?;
    if statistic == "deadline_miss_ratio" {
        return deadlines_ahead(base, replications, count, bound);
    }
    let statistic = STATISTICS.iter().find(|(name, _)| *name == statistic)?.1;
    let mut parts = base.splitn(3, '.');
    let (group, name) = (parts.next()?, parts.next()?);
    let total = |quantity: &str| {
        let values = replications.values(&format!("{group}.{name}.{quantity}"), count);
        values
            .ok()
            .map(|values| values.iter().flatten().sum::<f64>())
    };
    let (ended, open) = match group {
        "apps" | "workflows" => (total("finished")?, total("unfinished")?),
        "services" => (total("completed")?, total("in_flight")?),
        "workloads" => {
            let others = ["rejected", "reneged", "timed_out", "failed"];
            let others: f64 = others.into_iter().filter_map(total).sum();
            let completed = total("completed")?;
            (
                completed,
                (total("arrivals")? - completed - others).max(0.0),
            )
        }
        _ => return None,
    };
    if open <= 0.0 {
        return None;
    }
    let overturned = match statistic {
        Statistic::Percentile(p) => {
            let p = p * (ended + open) / ended;
            let worst = (p <= 1.0)
                .then(|| replications.pooled(base, p, count))
                .flatten();
            worst.is_none_or(|worst| worst >= bound)
        }
        Statistic::Mean | Statistic::Max => UNFINISHED < open / (ended + open),
    };
    overturned.then(|| {
        format!(
            "{open} that have not ended beside {ended} that have could overturn it: let the run \
             drain (`horizon = \"terminating\"`) or last longer"
        )
    })
}
