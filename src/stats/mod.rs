//! Estimators: from observations to figures with their uncertainty.
//!
//! What is counted is counted in integers, so that merging does not depend on order and the same
//! bytes come out of any number of threads; floats appear only at the end, in a fixed order, with
//! `libm` for what is not a basic operation. Nothing here knows what is being observed, and nothing
//! prints.

mod bucket;
mod totals;

mod counts;
mod histogram;
mod integral;
mod moments;

mod normal;
mod student;

mod mean;
mod pooled;
mod wilson;

mod batch;
mod mser;

mod control;
mod difference;
mod holm;
mod kn;
mod run_length;

#[cfg(test)]
mod golden;

pub use batch::{Batches, independent_batches, von_neumann, von_neumann_critical};
pub use control::{Control, Controlled, control_variates};
pub use counts::Counts;
pub use difference::{Difference, linearised_log_ratios};
pub use histogram::Histogram;
pub use holm::{bonferroni, holm};
pub use integral::TimeIntegral;
pub use kn::Kn;
pub use mean::{MeanInterval, mean_interval};
pub use moments::{Moments, square};
pub use mser::{Truncation, mser};
pub use normal::normal_quantile;
pub use pooled::{MIN_EXCEEDANCES, Pool, PooledQuantile, TooFew};
pub use run_length::{
    paired_sample_size, relative_target, replications_for_precision, run_length_for_precision,
};
pub use student::{student_t_quantile, student_t_tail};
pub use wilson::wilson_interval;
