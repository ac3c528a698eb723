//! Laplace transforms E e^(−sX) of the laws of the scenario language.
//!
//! In closed form where there is one; otherwise from points of the law, to four digits and more.

use super::Points;
use crate::random::Distribution;

/// E e^(−sX) for s ≥ 0.
pub fn laplace(law: &Distribution, s: f64) -> f64 {
    match *law {
        Distribution::Constant { value } => libm::exp(-s * value),
        Distribution::Exponential { mean } => 1.0 / (1.0 + s * mean),
        Distribution::Erlang { k, mean } => gamma(f64::from(k), mean, s),
        Distribution::Gamma { mean, cv } => gamma(1.0 / (cv * cv), mean, s),
        Distribution::Uniform { min, max } => {
            let width = s * (max - min);
            let spread = if width > 1e-12 {
                -libm::expm1(-width) / width
            } else {
                1.0
            };
            libm::exp(-s * min) * spread
        }
        _ => Points::mixture(&[(1.0, law)]).mean_of(|x| libm::exp(-s * x)),
    }
}

fn gamma(shape: f64, mean: f64, s: f64) -> f64 {
    libm::exp(-shape * libm::log1p(s * mean / shape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn points_agree_with_closed_forms() {
        for law in [
            Distribution::Uniform { min: 1.0, max: 3.0 },
            Distribution::Exponential { mean: 2.0 },
            Distribution::Erlang { k: 3, mean: 2.0 },
            Distribution::Gamma { mean: 2.0, cv: 1.4 },
        ] {
            for s in [0.0, 0.01, 0.5, 3.0] {
                let points = Points::mixture(&[(1.0, &law)]);
                let by_points = points.mean_of(|x| libm::exp(-s * x));
                assert_close(laplace(&law, s), by_points, 1e-4);
            }
        }
        // Two exponentials, each with half of the mean.
        let hyper = Distribution::Hyperexponential { mean: 1.0, cv: 2.0 };
        let p = 0.887_298_334_620_741_7;
        let phase = |p: f64| p * 2.0 * p / (2.0 * p + 0.7);
        assert_close(laplace(&hyper, 0.7), phase(p) + phase(1.0 - p), 1e-6);
    }
}
