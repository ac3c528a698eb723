//! All replications of one scenario, and the figures made from them.

use super::figures::figures;
use super::numbers::numbers;
use super::outcome::Outcome;
use super::probabilities::probabilities;
use super::replications::Replications;
use super::results::{Note, Results};
use super::series::series;
use super::warnings::warnings;
use super::{Watch, batches, forecast, precision, relaxation, warmup};
use crate::model::{Horizon, Model};
use crate::record::Sink;
use crate::units::Time;
use crate::world::replicate_traced;
use std::borrow::Cow;
use std::fmt::Display;

/// A scenario that is ready to run.
#[derive(Clone, Copy, Debug)]
pub struct Experiment<'a> {
    /// The scenario.
    pub model: &'a Model,
    /// Its name.
    pub name: &'a str,
    /// What was accepted and left out of the model.
    pub not_modelled: &'a [String],
    /// Threads; 0: one for each processor.
    pub threads: usize,
}

/// Why there are no results.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The books of a replication do not balance: a bug of ours.
    #[error("audit failed in replication {replication} of seed {seed}:\n  {}", breaches.join("\n  "))]
    Audit {
        /// Seed of the run.
        seed: u64,
        /// Which replication, from 1.
        replication: u32,
        /// What does not add up.
        breaches: Vec<String>,
    },
    /// Threads could not be started.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// It was stopped before there was anything to keep.
    #[error("interrupted before there was anything to keep")]
    Interrupted,
}

impl Experiment<'_> {
    /// Runs all replications. `done` is called after each, from any thread.
    ///
    /// # Errors
    /// If a replication's books do not balance, or threads cannot be started.
    pub fn run(&self, done: impl Fn() + Sync) -> Result<Results, ExperimentError> {
        self.run_watched(&Counting(done))
    }

    /// Finds the warm-up if it is to be found, runs as many replications as asked or needed, and
    /// makes figures of them.
    ///
    /// # Errors
    /// If a replication's books do not balance, or threads cannot be started.
    pub fn run_watched(&self, watch: &dyn Watch) -> Result<Results, ExperimentError> {
        let mut notes = Vec::new();
        let warm = if self.model.run.auto_warmup {
            let (horizon, note) = warmup::find(self.model, self.threads, watch)?;
            notes.push(note);
            let mut model = self.model.clone();
            model.run.horizon = horizon;
            Cow::Owned(model)
        } else {
            Cow::Borrowed(self.model)
        };
        let model: &Model = &warm;
        let mut batches = Vec::new();
        let outcomes = match &model.run.precision {
            Some(precision) => {
                let (outcomes, said) = precision::run(model, precision, self.threads, watch)?;
                notes.extend(said);
                outcomes
            }
            None if model.run.replications == 1 && batches::are_possible(model.run.horizon) => {
                let (outcome, samples) = batches::run(model, watch)?;
                batches = samples;
                vec![outcome]
            }
            None => {
                let count = model.run.replications as usize;
                let mut replications = Replications::new(model, self.threads);
                forecast::after_the_first(&mut replications, count, watch)?;
                replications.extend_towards(count, watch)?;
                let done = replications.count();
                if done < count {
                    notes.push(interrupted(done, count));
                }
                replications.into_first(done)
            }
        };
        if outcomes.is_empty() {
            return Err(ExperimentError::Interrupted);
        }
        let (mut figures, distributions) = figures(&outcomes);
        notes.extend(batches::intervals(&mut figures, &batches));
        figures.extend(probabilities(&model.probabilities, &figures));
        notes.extend(warnings(model, &outcomes, &figures));
        relaxation::mark(model, &mut figures);
        notes.extend(self.not_modelled.iter().cloned().map(Note::NotModelled));
        Ok(Results {
            title: model.title.clone(),
            name: self.name.to_owned(),
            seed: model.run.seed,
            replications: outcomes.len() as u32,
            series: series(model, &outcomes),
            window_start: window_start(model.run.horizon, &outcomes),
            numbers: numbers(model, &outcomes),
            figures,
            distributions,
            notes,
        })
    }
}

/// Runs the first replication of `model` once more while `sink` reads along: what happens is the
/// same.
pub fn trace<'m>(model: &'m Model, sink: &'m mut dyn Sink) {
    replicate_traced(model, 0, sink);
}

/// What is said of a run that was stopped; `asked` is what it should have come to.
pub(super) fn interrupted(done: usize, asked: impl Display) -> Note {
    Note::Warning(format!(
        "interrupted: figures are those of the first {done} replications, not of {asked}"
    ))
}

/// When the window opens, on average, in seconds.
fn window_start(horizon: Horizon, outcomes: &[Outcome]) -> Option<f64> {
    if matches!(horizon, Horizon::Terminating { .. }) {
        return None;
    }
    let starts = outcomes.iter().map(|outcome| outcome.window_start);
    let sum: f64 = starts.map(|start| (start - Time::ZERO).seconds()).sum();
    Some(sum / outcomes.len() as f64)
}

/// Only counts.
struct Counting<F>(F);

impl<F: Fn() + Sync> Watch for Counting<F> {
    fn done(&self) {
        (self.0)();
    }

    fn planned(&self, _: u32, _: &str) {}
}
