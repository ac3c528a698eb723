//! Distributions as data: what a scenario names, with parameters in seconds (or counts).
//!
//! This file draws nothing; `sampler.rs` turns a distribution into a function from one random word
//! to a variate.

/// The law of a non-negative quantity. Parameters are those of DESIGN's table: means, minima and
/// values in the quantity's unit (seconds for times), `cv` and shapes without unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always `value`.
    Constant {
        /// The value.
        value: f64,
    },
    /// Uniform between `min` and `max`.
    Uniform {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// Exponential.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// Sum of `k` exponentials.
    Erlang {
        /// Number of phases, at least 1.
        k: u32,
        /// Mean of the sum.
        mean: f64,
    },
    /// Gamma.
    Gamma {
        /// Mean.
        mean: f64,
        /// Coefficient of variation, above 0.
        cv: f64,
    },
    /// Weibull.
    Weibull {
        /// Shape, above 0.
        shape: f64,
        /// Mean (not the scale).
        mean: f64,
    },
    /// Lognormal.
    Lognormal {
        /// Mean of the variate itself.
        mean: f64,
        /// Coefficient of variation of the variate itself.
        cv: f64,
    },
    /// Normal, conditioned on being non-negative.
    Normal {
        /// Mean of the parent, before the condition.
        mean: f64,
        /// Standard deviation of the parent.
        sd: f64,
    },
    /// Two-phase hyperexponential with balanced means.
    Hyperexponential {
        /// Mean.
        mean: f64,
        /// Coefficient of variation, at least 1.
        cv: f64,
    },
    /// Pareto, truncated at `max` where one is given.
    Pareto {
        /// Tail exponent, above 0.
        shape: f64,
        /// Smallest value.
        min: f64,
        /// Largest value; the law is conditioned on not exceeding it.
        max: Option<f64>,
    },
    /// Triangular.
    Triangular {
        /// Smallest value.
        min: f64,
        /// Most likely value.
        mode: f64,
        /// Largest value.
        max: f64,
    },
    /// One of the given values, each as likely as the others.
    Empirical {
        /// The values, at least one.
        values: Vec<f64>,
    },
}
