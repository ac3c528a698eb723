//! All replications of one scenario, and the figures made from them.

use super::figures::figures;
use super::numbers::numbers;
use super::outcome::Outcome;
use super::parallel;
use super::probabilities::probabilities;
use super::results::{Note, Results};
use super::series::series;
use super::warnings::warnings;
use crate::model::{Horizon, Model};
use crate::record::Sink;
use crate::units::Time;
use crate::world::replicate_traced;

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
}

impl Experiment<'_> {
    /// Runs all replications. `done` is called after each, from any thread.
    ///
    /// # Errors
    /// If a replication's books do not balance, or threads cannot be started.
    pub fn run(&self, done: impl Fn() + Sync) -> Result<Results, ExperimentError> {
        let run = &self.model.run;
        let outcomes = parallel::indexed(
            run.replications,
            self.threads,
            |number| Outcome::of(self.model, number),
            done,
        )?;
        if let Some((number, outcome)) = outcomes
            .iter()
            .enumerate()
            .find(|(_, outcome)| !outcome.breaches.is_empty())
        {
            return Err(ExperimentError::Audit {
                seed: run.seed,
                replication: number as u32 + 1,
                breaches: outcome.breaches.clone(),
            });
        }
        let (mut figures, distributions) = figures(&outcomes);
        figures.extend(probabilities(&self.model.probabilities, &figures));
        let mut notes = warnings(self.model, &outcomes, &figures);
        notes.extend(self.not_modelled.iter().cloned().map(Note::NotModelled));
        Ok(Results {
            title: self.model.title.clone(),
            name: self.name.to_owned(),
            seed: run.seed,
            replications: run.replications,
            series: series(self.model, &outcomes),
            window_start: window_start(run.horizon, &outcomes),
            numbers: numbers(self.model, &outcomes),
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

/// When the window opens, on average, in seconds.
fn window_start(horizon: Horizon, outcomes: &[Outcome]) -> Option<f64> {
    if matches!(horizon, Horizon::Terminating { .. }) {
        return None;
    }
    let starts = outcomes.iter().map(|outcome| outcome.window_start);
    let sum: f64 = starts.map(|start| (start - Time::ZERO).seconds()).sum();
    Some(sum / outcomes.len() as f64)
}
