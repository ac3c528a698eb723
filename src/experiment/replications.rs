//! Replications of one model, added to as they are needed.
//!
//! Whoever stops by what has been found so far (`precision`, `check`, `plan`) looks at the first R
//! replications in the order of their numbers, so the answer depends neither on threads nor on how
//! many were run ahead.

use super::outcome::{Outcome, Raw, Sample};
use super::replicate::ExperimentError;
use super::{Watch, parallel};
use crate::metrics::names::{STATISTICS, Statistic};
use crate::model::Model;
use crate::stats::{Counts, Pool};

/// Confidence at which the slope of a distribution function is taken; it cancels but for curvature.
const CONFIDENCE: f64 = 0.95;

/// The replications of one model, from the first on without a gap.
#[derive(Debug)]
pub(super) struct Replications<'a> {
    model: &'a Model,
    threads: usize,
    outcomes: Vec<Outcome>,
}

impl<'a> Replications<'a> {
    /// None yet.
    pub(super) fn new(model: &'a Model, threads: usize) -> Self {
        Self {
            model,
            threads,
            outcomes: Vec::new(),
        }
    }

    /// What runs.
    pub(super) fn model(&self) -> &'a Model {
        self.model
    }

    /// Threads; 0: one for each processor.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.outcomes.len()
    }

    /// Runs those that are missing up to `count`.
    ///
    /// # Errors
    /// If a replication's books do not balance, threads cannot be started, or the run is stopped
    /// before all are there.
    pub(super) fn extend_to(
        &mut self,
        count: usize,
        watch: &dyn Watch,
    ) -> Result<(), ExperimentError> {
        self.extend_towards(count, watch)?;
        if self.count() < count {
            return Err(ExperimentError::Interrupted);
        }
        Ok(())
    }

    /// Runs those that are missing up to `count`, or fewer if the run is stopped: always the first.
    ///
    /// # Errors
    /// If a replication's books do not balance, or threads cannot be started.
    pub(super) fn extend_towards(
        &mut self,
        count: usize,
        watch: &dyn Watch,
    ) -> Result<(), ExperimentError> {
        let present = self.outcomes.len();
        let missing = count.saturating_sub(present);
        if missing == 0 {
            return Ok(());
        }
        let work = |number| {
            let number = present as u32 + number;
            (!watch.is_stopped()).then(|| Outcome::of(self.model, number))
        };
        let threads = self.threads.min(missing);
        let more = parallel::indexed(missing as u32, threads, work, || watch.done())?;
        let more: Vec<Outcome> = more.into_iter().map_while(|outcome| outcome).collect();
        for (number, outcome) in more.iter().enumerate() {
            if !outcome.breaches.is_empty() {
                return Err(ExperimentError::Audit {
                    seed: self.model.run.seed,
                    replication: (present + number) as u32 + 1,
                    breaches: outcome.breaches.clone(),
                });
            }
        }
        self.outcomes.extend(more);
        Ok(())
    }

    /// The first `count`, the others forgotten.
    pub(super) fn into_first(mut self, count: usize) -> Vec<Outcome> {
        self.outcomes.truncate(count);
        self.outcomes
    }

    /// What each measured.
    pub(super) fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.outcomes.iter().map(|outcome| &outcome.sample)
    }

    /// Quantile `p` of the times called `base` in the first `count` together, in seconds.
    pub(super) fn pooled(&self, base: &str, p: f64, count: usize) -> Option<f64> {
        let samples: Vec<&Sample> = self.samples().take(count).collect();
        let nanos = Pool::new(&distributions(&samples, base)?)
            .merged()
            .quantile(p);
        nanos.map(|nanos| nanos as f64 / 1e9)
    }

    /// One value of `metric` for each of the first `count`.
    ///
    /// # Errors
    /// If there is no figure of that name, or too few observations for it, with the reason.
    pub(super) fn values(&self, metric: &str, count: usize) -> Result<Vec<Option<f64>>, String> {
        let samples = self.outcomes[..count].iter().map(|outcome| &outcome.sample);
        values(&samples.collect::<Vec<_>>(), metric)
    }
}

/// One value of `metric` for each sample: that of the replication, or for a percentile what it
/// contributes to the percentile of all of them together.
pub(super) fn values(samples: &[&Sample], metric: &str) -> Result<Vec<Option<f64>>, String> {
    let entries = samples.first().map_or(&[][..], |sample| &sample.entries);
    let absent = || format!("there is no figure `{metric}`");
    if let Some(index) = entries.iter().position(|entry| entry.name == metric) {
        let values = samples
            .iter()
            .map(|sample| match sample.entries[index].raw {
                Raw::Value { value, .. } => value,
                Raw::Distribution(_) => None,
            });
        return Ok(values.collect());
    }
    let (base, last) = metric.rsplit_once('.').ok_or_else(absent)?;
    let statistic = STATISTICS.iter().find(|(name, _)| *name == last);
    let (Some(parts), Some((_, statistic))) = (distributions(samples, base), statistic) else {
        return Err(absent());
    };
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    match *statistic {
        Statistic::Mean => Ok(parts
            .iter()
            .map(|counts| counts.mean().map(|nanos| nanos / 1e9))
            .collect()),
        Statistic::Max => Ok(parts
            .iter()
            .map(|counts| counts.max().map(seconds))
            .collect()),
        Statistic::Percentile(p) => {
            let found = Pool::new(&parts).values(p, CONFIDENCE);
            let mut found = found.map_err(|too_few| too_few.to_string())?.into_iter();
            // Replications without observations contribute nothing.
            let observed = parts.iter().map(|counts| counts.count() > 0);
            Ok(observed
                .map(|observed| {
                    observed
                        .then(|| found.next().map(|nanos| nanos / 1e9))
                        .flatten()
                })
                .collect())
        }
    }
}

/// The times called `base`, one distribution a sample.
fn distributions<'s>(samples: &[&'s Sample], base: &str) -> Option<Vec<&'s Counts>> {
    let entries = &samples.first()?.entries;
    let index = entries.iter().position(|entry| entry.name == base)?;
    let parts = samples
        .iter()
        .map(|sample| match &sample.entries[index].raw {
            Raw::Distribution(counts) => Some(counts),
            Raw::Value { .. } => None,
        });
    parts.collect()
}
