//! Alternatives under common random numbers: what differs, by how much, and how sure that is.
//!
//! Every alternative runs the same replications on the same random streams; each is compared with
//! the first (or each with each), figure by figure, paired by replication. Whether a difference is
//! real is decided by p values that are adjusted over all comparisons (Holm); the intervals hold
//! together (Bonferroni). The two can disagree at the edge, where Holm sees a little more.

use super::contrast::Contrast;
use super::controls::controls;
use super::replicate::ExperimentError;
use super::replications::Replications;
use super::{Watch, warmup};
use crate::metrics::Unit;
use crate::metrics::catalogue::{catalogue, matches};
use crate::model::{Horizon, Model};
use crate::scenario::nearest;
use crate::stats::{Control, bonferroni, holm};
use std::borrow::Cow;

/// Error probability of all decisions together.
pub const ALPHA: f64 = 0.05;

/// Alternatives that are ready to run.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// Names and models; the first is what the others are compared with.
    pub alternatives: Vec<(String, &'a Model)>,
    /// Figures to compare, with `*` for any one name; none: those that checks name, or else the usual ones.
    pub metrics: Vec<String>,
    /// Whether each is compared with each.
    pub all_pairs: bool,
    /// Replications of each.
    pub replications: u32,
    /// Threads; 0: one for each processor.
    pub threads: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Names of the alternatives.
    pub alternatives: Vec<String>,
    /// Replications of each.
    pub replications: u32,
    /// Seed of the first.
    pub seed: u64,
    /// Every comparison, figure by figure.
    pub rows: Vec<Compare>,
    /// Figures that could not be compared, and why.
    pub left_out: Vec<(String, String)>,
}

/// One figure of two alternatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// The figure.
    pub metric: String,
    /// What it is measured in.
    pub unit: Unit,
    /// The alternative, by position.
    pub new: usize,
    /// What it is compared with, by position.
    pub old: usize,
    /// The difference.
    pub contrast: Contrast,
    /// The interval on the scale of the difference; all of them hold together with 95 %.
    pub interval: (f64, f64),
    /// p of "no difference", adjusted over all comparisons.
    pub p: f64,
}

impl Compare {
    /// Whether the difference is taken for real.
    pub fn is_decided(&self) -> bool {
        self.p <= ALPHA
    }
}

impl Comparison<'_> {
    /// Why there is nothing to compare: a figure that is asked for and not there.
    pub fn problem(&self) -> Option<String> {
        let figures = self.figures();
        let missing = self.metrics.iter();
        let is_there = |metric: &str| figures.iter().any(|(name, _)| matches(metric, name));
        let mut missing = missing.filter(|metric| !is_there(metric));
        match missing.next() {
            Some(metric) => {
                let names = catalogue(self.alternatives.first()?.1);
                let near = nearest(metric, names.iter().map(|(name, _)| name.as_str()));
                let hint =
                    near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                Some(format!(
                    "not every alternative has a figure `{metric}`{hint}"
                ))
            }
            None if figures.is_empty() => Some(
                "the alternatives have none of the usual figures in common: name one with \
                 `--metric`"
                    .to_owned(),
            ),
            None => None,
        }
    }

    /// Runs all alternatives and compares them.
    ///
    /// # Errors
    /// If a replication's books do not balance, or threads cannot be started.
    pub fn run(&self, watch: &dyn Watch) -> Result<Compared, ExperimentError> {
        let count = self.replications as usize;
        let warm = self.warm(watch)?;
        let mut runs = Vec::new();
        for model in &warm {
            let mut replications = Replications::new(model, self.threads);
            replications.extend_to(count, watch)?;
            let controls = controls(model, &replications, count);
            runs.push((replications, controls));
        }
        let mut rows = Vec::new();
        let mut left_out = Vec::new();
        for (metric, unit) in self.figures() {
            for (old, new) in self.pairs() {
                match contrast(&metric, &runs[new], &runs[old], count) {
                    Ok(contrast) => rows.push(Compare {
                        metric: metric.clone(),
                        unit,
                        new,
                        old,
                        contrast,
                        interval: (0.0, 0.0),
                        p: contrast.difference.p_different(),
                    }),
                    Err(reason) => left_out.push((metric.clone(), reason)),
                }
            }
        }
        left_out.dedup();
        let adjusted = holm(&rows.iter().map(|row| row.p).collect::<Vec<_>>());
        let confidence = bonferroni(1.0 - ALPHA, rows.len());
        for (row, p) in rows.iter_mut().zip(adjusted) {
            row.p = p;
            row.interval = row.contrast.interval(confidence);
        }
        let names = self.alternatives.iter().map(|(name, _)| name.clone());
        Ok(Compared {
            alternatives: names.collect(),
            replications: self.replications,
            seed: self
                .alternatives
                .first()
                .map_or(0, |(_, model)| model.run.seed),
            rows,
            left_out,
        })
    }

    /// The models with their warm-ups; where they are to be found, all get the longest, so that
    /// their windows are the same.
    fn warm(&self, watch: &dyn Watch) -> Result<Vec<Cow<'_, Model>>, ExperimentError> {
        let models = || self.alternatives.iter().map(|(_, model)| *model);
        let mut longest = None;
        for model in models().filter(|model| model.run.auto_warmup) {
            let (horizon, _) = warmup::find(model, self.threads, watch)?;
            let later = longest.is_none_or(|longest: Horizon| longest.warmup() < horizon.warmup());
            if later {
                longest = Some(horizon);
            }
        }
        let warmed = models().map(|model| match longest {
            Some(horizon) if model.run.auto_warmup => {
                let mut model = model.clone();
                model.run.horizon = horizon;
                Cow::Owned(model)
            }
            _ => Cow::Borrowed(model),
        });
        Ok(warmed.collect())
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        let count = self.alternatives.len();
        let olds = if self.all_pairs { count } else { 1 };
        let pairs = (0..olds).flat_map(|old| (old + 1..count).map(move |new| (old, new)));
        pairs.collect()
    }

    /// The figures that all alternatives have and that are asked for.
    fn figures(&self) -> Vec<(String, Unit)> {
        let mut catalogues = self.alternatives.iter().map(|(_, model)| catalogue(model));
        let mut common = catalogues.next().unwrap_or_default();
        for other in catalogues {
            common.retain(|figure| other.contains(figure));
        }
        let checks = self
            .alternatives
            .iter()
            .flat_map(|(_, model)| &model.checks);
        let checked: Vec<&String> = checks.flat_map(|check| &check.metrics).collect();
        common.retain(|(name, _)| {
            if !self.metrics.is_empty() {
                self.metrics.iter().any(|pattern| matches(pattern, name))
            } else if checked.is_empty() {
                is_usual(name)
            } else {
                checked.contains(&name)
            }
        });
        common
    }
}

/// What is compared where nobody says what: mean and p95 of the latency of every service,
/// application and workflow, and what it costs.
pub(super) fn is_usual(metric: &str) -> bool {
    let parts: Vec<&str> = metric.split('.').collect();
    match parts[..] {
        ["services" | "apps" | "workflows", _, "latency", "mean"]
        | ["services", _, "latency", "p95"] => true,
        ["cluster", "cost"] => true,
        _ => false,
    }
}

type Run<'a> = (Replications<'a>, Vec<Control>);

fn contrast(
    metric: &str,
    (new, new_controls): &Run<'_>,
    (old, old_controls): &Run<'_>,
    count: usize,
) -> Result<Contrast, String> {
    // The alternatives draw the same inputs, as a rule: each of them counts once.
    let mut controls = new_controls.clone();
    let others = old_controls.iter().filter(|other| {
        let same = |own: &&Control| own.values == other.values;
        !new_controls.iter().any(|own| same(&own))
    });
    controls.extend(others.cloned());
    // More than a few cost more than they bring (n − q − 1 degrees of freedom).
    controls.truncate(count / 10);
    let (new, old) = (new.values(metric, count)?, old.values(metric, count)?);
    Contrast::with_controls(&new, &old, &controls).map_err(|error| error.to_string())
}
