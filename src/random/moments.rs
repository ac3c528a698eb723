//! Mean and variance of each distribution, from its parameters.
//!
//! Formulae are those of Johnson, Kotz and Balakrishnan, "Continuous univariate distributions",
//! second edition, 1994 and 1995, in the parameters of this crate.

use super::Distribution;
use super::normal::NonNegativeNormal;

impl Distribution {
    /// The mean; infinite for a Pareto law without `max` whose shape is at most 1.
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Constant { value } => value,
            Self::Uniform { min, max } => f64::midpoint(min, max),
            Self::Exponential { mean }
            | Self::Erlang { mean, .. }
            | Self::Gamma { mean, .. }
            | Self::Weibull { mean, .. }
            | Self::Lognormal { mean, .. }
            | Self::Hyperexponential { mean, .. } => mean,
            Self::Normal { mean, sd } => NonNegativeNormal::new(mean, sd).moments().0,
            Self::Pareto { shape, min, max } => {
                pareto_moment(shape, min, max, 1.0).unwrap_or(f64::INFINITY)
            }
            Self::Triangular { min, mode, max } => (min + mode + max) / 3.0,
            Self::Empirical { ref values } => values.iter().sum::<f64>() / values.len() as f64,
        }
    }

    /// The variance; `None` where it is infinite (Pareto without `max`, shape at most 2).
    pub fn variance(&self) -> Option<f64> {
        Some(match *self {
            Self::Constant { .. } => 0.0,
            Self::Uniform { min, max } => square(max - min) / 12.0,
            Self::Exponential { mean } => square(mean),
            Self::Erlang { k, mean } => square(mean) / f64::from(k),
            Self::Gamma { mean, cv }
            | Self::Lognormal { mean, cv }
            | Self::Hyperexponential { mean, cv } => square(mean * cv),
            Self::Weibull { shape, mean } => {
                let ratio =
                    libm::tgamma(1.0 + 2.0 / shape) / square(libm::tgamma(1.0 + 1.0 / shape));
                square(mean) * (ratio - 1.0)
            }
            Self::Normal { mean, sd } => NonNegativeNormal::new(mean, sd).moments().1,
            Self::Pareto { shape, min, max } => {
                let second = pareto_moment(shape, min, max, 2.0)?;
                (second - square(self.mean())).max(0.0)
            }
            Self::Triangular { min, mode, max } => {
                // In distances, so that a narrow triangle far from zero loses nothing.
                let (left, right) = (mode - min, max - mode);
                (square(left) + left * right + square(right)) / 18.0
            }
            Self::Empirical { ref values } => {
                let mean = self.mean();
                values.iter().map(|value| square(value - mean)).sum::<f64>() / values.len() as f64
            }
        })
    }

    /// The coefficient of variation, standard deviation over mean; `None` where the variance is
    /// infinite, 0 where nothing varies.
    pub fn cv(&self) -> Option<f64> {
        let variance = self.variance()?;
        Some(if variance > 0.0 {
            variance.sqrt() / self.mean()
        } else {
            0.0
        })
    }
}

fn square(x: f64) -> f64 {
    x * x
}

/// E X^`order` of a Pareto law on [`min`, `max`]; `None` where it is infinite.
fn pareto_moment(shape: f64, min: f64, max: Option<f64>, order: f64) -> Option<f64> {
    let excess = shape - order;
    let Some(max) = max else {
        return (excess > 0.0).then(|| libm::pow(min, order) * shape / excess);
    };
    // The logarithm of min/max, which itself may be too small for a float.
    let log_ratio = libm::log(min) - libm::log(max);
    // min^order · (1 − (min/max)^excess)/excess, written so that no power grows without bound.
    let scale = if excess > 0.0 {
        libm::pow(min, order)
    } else {
        libm::pow(max, order) * libm::exp(shape * log_ratio)
    };
    let excess = excess.abs();
    // The limit at 0 is ln(max/min).
    let integral = if excess * -log_ratio < 1e-12 {
        -log_ratio
    } else {
        -libm::expm1(excess * log_ratio) / excess
    };
    Some(scale * shape * integral / -libm::expm1(shape * log_ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(law: &Distribution, mean: f64, variance: Option<f64>) {
        let near = |ours: f64, expected: f64| (ours - expected).abs() <= 1e-12 * expected.abs();
        assert!(
            near(law.mean(), mean) || law.mean().to_bits() == mean.to_bits(),
            "mean {}",
            law.mean()
        );
        match (law.variance(), variance) {
            (None, None) => {}
            (Some(ours), Some(expected)) if near(ours, expected) => {}
            (ours, _) => panic!("variance {ours:?}"),
        }
    }

    #[test]
    fn moments_are_those_of_the_textbook() {
        let ln = libm::log;
        // Weibull of shape 1/2 is a squared exponential: cv² = 5.
        check(
            &Distribution::Weibull {
                shape: 0.5,
                mean: 3.0,
            },
            3.0,
            Some(45.0),
        );
        check(&Distribution::Erlang { k: 4, mean: 2.0 }, 2.0, Some(1.0));
        check(
            &Distribution::Uniform { min: 1.0, max: 4.0 },
            2.5,
            Some(0.75),
        );
        check(
            &Distribution::Lognormal { mean: 2.0, cv: 1.5 },
            2.0,
            Some(9.0),
        );
        let pareto = |shape, max| Distribution::Pareto {
            shape,
            min: 1.0,
            max,
        };
        check(&pareto(3.0, None), 1.5, Some(0.75));
        check(&pareto(2.0, None), 2.0, None);
        check(&pareto(1.0, None), f64::INFINITY, None);
        // Density 1/(x² · 4/5) on [1, 5], 2/(x³ · 24/25) likewise.
        check(
            &pareto(1.0, Some(5.0)),
            1.25 * ln(5.0),
            Some(5.0 - 1.5625 * ln(5.0) * ln(5.0)),
        );
        let mean = 5.0 / 3.0;
        check(
            &pareto(2.0, Some(5.0)),
            mean,
            Some(25.0 / 12.0 * ln(5.0) - mean * mean),
        );
        check(
            &Distribution::Triangular {
                min: 1.0,
                mode: 2.0,
                max: 6.0,
            },
            3.0,
            Some(7.0 / 6.0),
        );
        check(
            &Distribution::Empirical {
                values: vec![1.0, 2.0, 6.0],
            },
            3.0,
            Some(14.0 / 3.0),
        );
        check(&Distribution::Constant { value: 0.0 }, 0.0, Some(0.0));
    }

    #[test]
    fn the_coefficient_of_variation_is_absent_with_the_variance() {
        assert_eq!(Distribution::Exponential { mean: 3.0 }.cv(), Some(1.0));
        assert_eq!(Distribution::Constant { value: 0.0 }.cv(), Some(0.0));
        let heavy = Distribution::Pareto {
            shape: 1.5,
            min: 1.0,
            max: None,
        };
        assert_eq!(heavy.cv(), None);
    }
}
