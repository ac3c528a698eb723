//! Experiments: from a model to results.
//!
//! Replications are independent and run in parallel; what they found is folded in the order of
//! their numbers, so results do not depend on the number of threads.

mod catalogue;
mod figures;
mod numbers;
mod outcome;
mod parallel;
mod probabilities;
mod replicate;
mod results;
mod series;
mod sweep;
pub mod theory;
mod warnings;

pub use crate::metrics::SeriesKind;
pub use catalogue::figure_names;
pub use replicate::{Experiment, ExperimentError, trace};
pub use results::{
    Distribution, Estimate, Figure, Note, NumberInSystem, NumberShare, Point, Results, Series,
    Share,
};
pub use sweep::{
    Journal, JournalError, Layout, MergeError, PointLayout, PointResults, Shard, Sweep, SweepError,
    SweepResults, merge, write_shard,
};
