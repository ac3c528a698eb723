//! Experiments: from a model to results.
//!
//! Replications are independent and run in parallel; what they found is folded in the order of
//! their numbers, so results do not depend on the number of threads.

mod catalogue;
mod figures;
mod outcome;
mod parallel;
mod replicate;
mod results;
mod series;
mod sweep;
pub mod theory;
mod warnings;

pub use crate::metrics::SeriesKind;
pub use catalogue::figure_names;
pub use replicate::{Experiment, ExperimentError};
pub use results::{Distribution, Estimate, Figure, Note, Point, Results, Series};
pub use sweep::{
    Journal, JournalError, Layout, MergeError, PointLayout, PointResults, Shard, Sweep, SweepError,
    SweepResults, merge, write_shard,
};
