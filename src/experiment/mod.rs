//! Replications, sweeps and comparisons: from a model to results.

mod results;

pub use results::{Distribution, Estimate, Figure, Note, Point, Results, Series, SeriesKind};
