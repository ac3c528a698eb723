//! What an experiment found: plain data for `report/` to write.

use crate::metrics::{SeriesKind, Unit};
use serde::{Deserialize, Serialize};

/// The outcome of all replications of one scenario.
#[derive(Clone, Debug)]
pub struct Results {
    /// The scenario's title.
    pub title: String,
    /// The scenario's name: its file's stem.
    pub name: String,
    /// Seed of the run.
    pub seed: u64,
    /// Number of replications.
    pub replications: u32,
    /// Every figure in the order of the catalogue (`metrics/names.rs`).
    pub figures: Vec<Figure>,
    /// Time series, mean over replications with a band; all share the same instants.
    pub series: Vec<Series>,
    /// When the window opens, in seconds since the start, on average over replications; `None`
    /// where there is no warm-up that could be too short.
    pub window_start: Option<f64>,
    /// How many were in system at each service.
    pub numbers: Vec<NumberInSystem>,
    /// Latency distributions, pooled over replications.
    pub distributions: Vec<Distribution>,
    /// What the reader must know about these figures.
    pub notes: Vec<Note>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name, e.g. `services.gateway.latency.p95`.
    pub metric: String,
    /// What it is measured in.
    pub unit: Unit,
    /// The estimate, or why there is none.
    pub estimate: Result<Estimate, String>,
    /// The value of each replication; `None` where that replication has none.
    pub per_replication: Vec<Option<f64>>,
}

/// An estimate over replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean over replications; of percentiles, that of the pooled observations.
    pub mean: f64,
    /// 95 % confidence interval; `None` with a single replication.
    pub interval: Option<(f64, f64)>,
    /// Standard deviation between replications; `None` with a single replication.
    pub std_dev: Option<f64>,
    /// Replications that have a value.
    pub replications: u32,
    /// Why its interval may hold the truth less often than it says; `None`: nothing is known
    /// against it.
    pub doubt: Option<Doubt>,
}

/// Why an interval may hold the truth less often than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Doubt {
    /// Fewer than 200 observations a replication lie above a percentile.
    FewAbove,
    /// Replications are shorter than 250 relaxation times of a service.
    ShortReplications,
}

impl Doubt {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::FewAbove, Self::ShortReplications];

    /// What it says, and what helps.
    pub fn reason(self) -> &'static str {
        match self {
            Self::FewAbove => {
                "less sure than it says: fewer than 200 observations a replication lie above \
                 (p95 needs 4,000 in each, p99 20,000): run longer"
            }
            Self::ShortReplications => {
                "less sure than it says: replications are shorter than 250 relaxation times of \
                 the service, see the warning: run longer"
            }
        }
    }
}

/// A quantity over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name, e.g. `services.gateway.queue_length`.
    pub metric: String,
    /// What it is measured in.
    pub unit: Unit,
    /// Which chart it belongs to.
    pub kind: SeriesKind,
    /// The time average over each interval.
    pub points: Vec<Point>,
}

/// A point of a series: the average over the interval that ends at `time`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// End of the interval, in seconds since the start of the run.
    pub time: f64,
    /// Mean over replications.
    pub mean: f64,
    /// 95 % confidence interval of that mean; `None` with a single replication.
    pub band: Option<(f64, f64)>,
}

/// How a latency is distributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// What it is the latency of, e.g. `services.gateway.latency`.
    pub metric: String,
    /// `(seconds, share of observations that do not exceed them)`, ascending, the last share is 1;
    /// at most a few hundred points.
    pub points: Vec<(f64, f64)>,
    /// Number of observations.
    pub count: u64,
}

/// How often how many requests were in system at a service.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberInSystem {
    /// The figure that is its mean, e.g. `services.gateway.in_system`.
    pub metric: String,
    /// By number, from 0; the last of very many stands for all larger ones too.
    pub shares: Vec<NumberShare>,
}

/// How often a certain number was in system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberShare {
    /// Of the time.
    pub time: Share,
    /// Of the arrivals: those that found so many, themselves not counted.
    pub found: Share,
}

/// A share, as a mean over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// The mean.
    pub mean: f64,
    /// 95 % confidence interval; `None` with a single replication.
    pub band: Option<(f64, f64)>,
}

/// What the reader must know about the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// It changes how the figures are to be read.
    Warning(String),
    /// It says how the figures came about.
    Remark(String),
    /// Something was accepted and left out of the model.
    NotModelled(String),
}
