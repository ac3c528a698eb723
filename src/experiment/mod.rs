//! Experiments: from a model to results.
//!
//! Replications are independent and run in parallel; what they found is folded in the order of
//! their numbers, so results do not depend on the number of threads.

mod figures;
mod outcome;
mod parallel;
mod replicate;
mod results;
mod series;
pub mod theory;
mod warnings;

pub use crate::metrics::SeriesKind;
pub use replicate::{Experiment, ExperimentError};
pub use results::{Distribution, Estimate, Figure, Note, Point, Results, Series};
