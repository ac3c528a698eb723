//! Experiments: from a model to results.
//!
//! Replications are independent and run in parallel; what they found is folded in the order of
//! their numbers, so results do not depend on the number of threads.

mod figures;
mod numbers;
mod outcome;
mod parallel;
mod probabilities;
mod replicate;
mod results;
mod series;
pub mod theory;
mod warnings;

pub use crate::metrics::SeriesKind;
pub use replicate::{Experiment, ExperimentError, trace};
pub use results::{
    Distribution, Estimate, Figure, Note, NumberInSystem, NumberShare, Point, Results, Series,
    Share,
};
