//! What a scenario promises about its figures: checks, and how exactly one of them is to be known.

/// `[[checks]]`: one promise about one figure, or about every figure that a pattern names.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// As it is written: `services.*.latency.p95`.
    pub pattern: String,
    /// The figures that it names, in the order of the catalogue; at least one.
    pub metrics: Vec<String>,
    /// What is promised of each.
    pub limit: Limit,
}

/// What is promised of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Its expectation is below this, in the figure's own unit.
    Below(f64),
    /// Its expectation is above this.
    Above(f64),
    /// Its expectation is not worse than a baseline's by more than this share of it.
    Margin {
        /// The share, at least 0.
        share: f64,
        /// Which way is worse.
        worse: Worse,
    },
}

/// In which direction a figure gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// Latencies, failures, costs.
    Higher,
    /// Throughput, availability.
    Lower,
}

impl Worse {
    /// Every direction with its name in scenarios.
    pub const NAMES: &'static [(&'static str, Self)] =
        &[("higher", Self::Higher), ("lower", Self::Lower)];
}

/// `run.precision`: replications are added until one figure is known well enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// The figure.
    pub metric: String,
    /// How well.
    pub target: PrecisionTarget,
    /// Confidence of the interval that is looked at.
    pub confidence: f64,
    /// Replications at most.
    pub max_replications: u32,
}

/// Half the width of the interval at which replications stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PrecisionTarget {
    /// As a share of the mean.
    Relative(f64),
    /// In the figure's own unit.
    Absolute(f64),
}
