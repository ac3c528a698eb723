//! A model that a service may be, and what it predicts.

use super::assumptions::{Assumption, Held};

/// What a prediction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// A closed form of the very model.
    Exact,
    /// Close, and not more.
    Approximation,
    /// The limit of many servers.
    Limit,
    /// Never less than the truth.
    UpperBound,
    /// Never more than the truth.
    LowerBound,
}

impl Label {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximation => "approximation",
            Self::Limit => "limit of many servers",
            Self::UpperBound => "upper bound",
            Self::LowerBound => "lower bound",
        }
    }
}

/// A predicted figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prediction {
    /// What follows the subject in the figure's name; `a / b` is the ratio of two figures.
    pub(super) figure: String,
    pub(super) value: f64,
    pub(super) label: Label,
}

/// All that a model predicts.
#[derive(Clone, Debug, Default)]
pub(super) struct Predictions {
    pub(super) figures: Vec<Prediction>,
    /// Mean and asymptotic variance, in seconds, of the number in system.
    pub(super) in_system: Option<(f64, f64)>,
}

impl Predictions {
    /// Adds exact figures.
    pub(super) fn exact<S: Into<String>>(figures: impl IntoIterator<Item = (S, f64)>) -> Self {
        let mut predictions = Self::default();
        predictions.add(Label::Exact, figures);
        predictions
    }

    pub(super) fn add<S: Into<String>>(
        &mut self,
        label: Label,
        figures: impl IntoIterator<Item = (S, f64)>,
    ) {
        let figures = figures.into_iter().map(|(figure, value)| Prediction {
            figure: figure.into(),
            value,
            label,
        });
        self.figures.extend(figures);
    }

    /// Adds percentiles of the latency.
    pub(super) fn latencies(&mut self, quantile: impl Fn(f64) -> Option<f64>) {
        for (name, p) in PERCENTILES {
            if let Some(value) = quantile(p) {
                self.add(Label::Exact, [(format!("latency.{name}"), value)]);
            }
        }
    }

    /// Adds percentiles of the wait, where a share `positive` waits at all: those well beyond the
    /// zeros, at whose edge a percentile jumps.
    pub(super) fn waits(&mut self, positive: f64, quantile: impl Fn(f64) -> Option<f64>) {
        for (name, p) in PERCENTILES {
            if 1.0 - p < 0.8 * positive
                && let Some(value) = quantile(p)
            {
                self.add(Label::Exact, [(format!("wait.{name}"), value)]);
            }
        }
    }
}

const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];

/// A model that a service may be.
pub(super) struct Candidate<'a> {
    pub(super) name: String,
    pub(super) source: &'static str,
    pub(super) label: Label,
    pub(super) assumptions: Vec<Assumption>,
    /// Computed only if the assumptions hold.
    pub(super) predict: Box<dyn Fn() -> Predictions + 'a>,
}

impl Candidate<'_> {
    /// How many assumptions do not hold.
    pub(super) fn failures(&self) -> usize {
        let failed = self.assumptions.iter().filter(|a| a.held == Held::No);
        failed.count()
    }
}
