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

mod normal;
mod student;

mod mean;
mod pooled;

pub use counts::Counts;
pub use histogram::Histogram;
pub use integral::TimeIntegral;
pub use mean::{MeanInterval, mean_interval};
pub use normal::normal_quantile;
pub use pooled::{MIN_EXCEEDANCES, Pool, PooledQuantile, TooFew};
pub use student::student_t_quantile;
