//! Experiments: from a model to results.
//!
//! Replications are independent and run in parallel; what they found is folded in the order of
//! their numbers, so results do not depend on the number of threads.

mod backtest;
mod baseline;
mod batches;
mod bimodal;
mod catalogue;
mod check;
mod compare;
mod contrast;
mod controls;
mod figures;
mod forecast;
mod judge;
mod load;
mod numbers;
mod outcome;
mod parallel;
mod plan;
mod precision;
mod probabilities;
mod relaxation;
mod replicate;
mod replications;
mod results;
mod series;
mod sweep;
pub mod theory;
mod warmup;
mod warnings;
mod watch;
mod what_if;

pub use crate::metrics::SeriesKind;
pub use backtest::{Backtest, BacktestError, Backtested, Errors, Pair, Replay, Waits};
pub use baseline::{Baseline, BaselineError};
pub use catalogue::figure_names;
pub use check::{CHECK_ALPHA, CheckError, CheckReport, CheckRun, Checked, Verdict};
pub use compare::{ALPHA, Compare, Compared, Comparison};
pub use contrast::{Contrast, Scale};
pub use judge::{Evidence, Promise};
pub use plan::{AfterLoss, Candidate, Headroom, Plan, PlanError, Planned, Tried};
pub use replicate::{Experiment, ExperimentError, trace};
pub use results::{
    Distribution, Doubt, Estimate, Figure, Note, NumberInSystem, NumberShare, Point, Results,
    Series, Share,
};
pub use sweep::{
    Journal, JournalError, Layout, MergeError, PointLayout, PointResults, Shard, Sweep, SweepError,
    SweepResults, merge, write_shard,
};
pub use watch::{Unwatched, Watch};
pub use what_if::{FORECAST, Forecast, ForecastError, ForecastPoint, PERCENTS, Question, forecast};
