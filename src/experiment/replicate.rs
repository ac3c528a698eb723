//! All replications of one scenario, and the figures made from them.

use super::figures::figures;
use super::outcome::Outcome;
use super::parallel;
use super::results::{Note, Results};
use super::series::series;
use super::warnings::warnings;
use crate::model::Model;

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
        let (figures, distributions) = figures(&outcomes);
        let mut notes = warnings(self.model, &outcomes, &figures);
        notes.extend(self.not_modelled.iter().cloned().map(Note::NotModelled));
        Ok(Results {
            title: self.model.title.clone(),
            name: self.name.to_owned(),
            seed: run.seed,
            replications: run.replications,
            series: series(self.model, &outcomes),
            figures,
            distributions,
            notes,
        })
    }
}
