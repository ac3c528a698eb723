//! All replications of all points of a sweep.
//!
//! The unit of work is one replication of one point, so one slow point keeps no thread waiting. A
//! point's figures are made as soon as its last replication is in, from all of them in the order of
//! their numbers: what is kept meanwhile does not grow with the number of points, and neither the
//! threads nor an interruption nor the division into shards changes a byte. Points share all random
//! streams, because those are found by seed, replication and entity: differences between points are
//! those of common random numbers.

use super::journal::Journal;
use super::layout::Layout;
use crate::experiment::figures::figures;
use crate::experiment::outcome::Outcome;
use crate::experiment::parallel;
use crate::experiment::probabilities::probabilities;
use crate::experiment::relaxation;
use crate::experiment::results::{Figure, Note};
use crate::experiment::warnings::warnings;
use crate::files::FileError;
use crate::model::Model;
use crate::scenario::Point;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What was found at one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointResults {
    /// Every figure in the order of the catalogue.
    pub figures: Vec<Figure>,
    /// What the reader must know about them.
    pub notes: Vec<Note>,
}

/// What a whole sweep found.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepResults {
    /// What was run.
    pub layout: Layout,
    /// What was found at each point.
    pub points: Vec<PointResults>,
}

/// Which of the points are run here: every `of`-th, beginning with the `number`-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which shard, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// Why a sweep has no results.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The books of a replication do not balance: a bug of ours.
    #[error(
        "audit failed in replication {replication} of point {}:\n  {}",
        point + 1,
        breaches.join("\n  ")
    )]
    Audit {
        /// At which point.
        point: usize,
        /// Which replication, from 1.
        replication: u32,
        /// What does not add up.
        breaches: Vec<String>,
    },
    /// Threads could not be started.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The journal could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A sweep that is ready to run.
#[derive(Debug)]
pub struct Sweep<'a> {
    /// The points with their models.
    pub points: &'a [Point],
    /// Which of them are run.
    pub shard: Shard,
    /// What has been done, and where what is done goes.
    pub journal: &'a Journal,
    /// Threads; 0: one for each processor.
    pub threads: usize,
    /// Set from outside to begin no further replication.
    pub stop: &'a AtomicBool,
}

impl Shard {
    /// All points.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether the point at `index` belongs to it.
    pub fn has(self, index: usize) -> bool {
        index % self.of as usize == self.number as usize - 1
    }
}

impl Sweep<'_> {
    /// The number of replications that belong to this shard.
    pub fn replications(&self) -> u32 {
        self.counts().iter().sum()
    }

    /// Runs what the journal does not have yet. `done` is called after each replication, from any
    /// thread. A point without results is not complete, because it is in another shard or because
    /// the sweep was stopped.
    ///
    /// # Errors
    /// If a replication's books do not balance, threads cannot be started or the journal cannot be
    /// written.
    pub fn run(&self, done: impl Fn() + Sync) -> Result<Vec<Option<PointResults>>, SweepError> {
        let failures: Mutex<Vec<((usize, u32), SweepError)>> = Mutex::new(Vec::new());
        let work = |point: usize, number: u32| {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            let outcome = self.replication(point, number);
            done();
            outcome
                .map_err(|error| {
                    self.stop.store(true, Ordering::Relaxed);
                    let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                    failures.push(((point, number), error));
                })
                .ok()
        };
        let fold = |point: usize, outcomes: Vec<Outcome>| {
            point_results(&self.points[point].model, &outcomes)
        };
        let results = parallel::grouped(&self.counts(), self.threads, work, fold)?;
        let mut failures = failures
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        failures.sort_by_key(|(place, _)| *place);
        match failures.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(results),
        }
    }

    /// How many replications of each point are run here.
    fn counts(&self) -> Vec<u32> {
        let points = self.points.iter().enumerate();
        points
            .map(|(index, point)| {
                let counts = self.shard.has(index);
                point.model.run.replications * u32::from(counts)
            })
            .collect()
    }

    fn replication(&self, point: usize, number: u32) -> Result<Outcome, SweepError> {
        if let Some(outcome) = self.journal.get(point as u32, number) {
            return Ok(outcome);
        }
        let outcome = Outcome::of(&self.points[point].model, number);
        if !outcome.breaches.is_empty() {
            return Err(SweepError::Audit {
                point,
                replication: number + 1,
                breaches: outcome.breaches,
            });
        }
        self.journal.add(point as u32, number, &outcome)?;
        Ok(outcome)
    }
}

fn point_results(model: &Model, outcomes: &[Outcome]) -> PointResults {
    let (mut figures, _) = figures(outcomes);
    figures.extend(probabilities(&model.probabilities, &figures));
    let notes = warnings(model, outcomes, &figures);
    relaxation::mark(model, &mut figures);
    PointResults { figures, notes }
}
