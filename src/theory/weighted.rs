//! A law as many points with weights: what closed forms with integrals are computed from.
//!
//! The points are the middles of thin slices of the law, finer towards its end, so sums over them
//! are off by the square of a slice: about one part in a million. Mixtures and laws with atoms are
//! nothing special.

use crate::random::{Distribution, Word};

/// Slices of one law.
const SLICES: u32 = 8192;
/// The law is cut where so little is left: e^−36.
const DEPTH: f64 = 36.0;

/// A law as points in ascending order.
#[derive(Clone, Debug)]
pub struct Points {
    /// Value and weight; weights sum to 1.
    points: Vec<(f64, f64)>,
}

impl Points {
    /// The mixture of `parts`, each with its share; shares sum to 1.
    pub fn mixture(parts: &[(f64, &Distribution)]) -> Self {
        let mut points = Vec::new();
        for &(share, law) in parts {
            points.extend(slices(law).into_iter().map(|(x, w)| (x, w * share)));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { points }
    }

    /// Values, ascending, with their weights.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points.iter().copied()
    }

    /// The mean of `value`.
    pub fn mean_of(&self, value: impl Fn(f64) -> f64) -> f64 {
        self.points
            .iter()
            .map(|&(x, weight)| weight * value(x))
            .sum()
    }
}

/// The slices of one law, scaled so that its mean is exact where it is finite.
fn slices(law: &Distribution) -> Vec<(f64, f64)> {
    let mut points = match *law {
        Distribution::Constant { value } => return vec![(value, 1.0)],
        Distribution::Empirical { ref values } => {
            let weight = 1.0 / values.len() as f64;
            return values.iter().map(|&value| (value, weight)).collect();
        }
        Distribution::Hyperexponential { mean, cv } => {
            let square = cv * cv;
            let root = ((square - 1.0) / (square + 1.0)).sqrt();
            let short = 0.5 * (1.0 + root);
            let long = 1.0 / ((square + 1.0) * (1.0 + root));
            let phase = |share: f64| {
                let law = Distribution::Exponential {
                    mean: 0.5 * mean / share,
                };
                slices(&law).into_iter().map(move |(x, w)| (x, w * share))
            };
            phase(short).chain(phase(long)).collect()
        }
        Distribution::Erlang { k, mean } => gamma(f64::from(k), mean),
        Distribution::Gamma { mean, cv } => gamma(1.0 / (cv * cv), mean),
        _ => by_inversion(law),
    };
    let total: f64 = points.iter().map(|point| point.1).sum();
    let mean = points.iter().map(|(x, weight)| x * weight).sum::<f64>() / total;
    let scale = if law.mean().is_finite() && mean > 0.0 {
        law.mean() / mean
    } else {
        1.0
    };
    for (x, weight) in &mut points {
        *x *= scale;
        *weight /= total;
    }
    points
}

/// Laws that are sampled by inverting their upper tail: the word stands for the probability of
/// being exceeded.
fn by_inversion(law: &Distribution) -> Vec<(f64, f64)> {
    let sampler = law.sampler();
    let step = DEPTH / f64::from(SLICES);
    let slices = (0..SLICES).map(|slice| {
        let depth = f64::from(slice) * step;
        let weight = libm::exp(-depth) * -libm::expm1(-step);
        let tail = libm::exp(-depth - step / 2.0);
        // 2^64 words; the cast saturates.
        let word = Word((tail * 18_446_744_073_709_551_616.0) as u64);
        (sampler.sample(word), weight)
    });
    slices.collect()
}

/// The gamma law by its density.
fn gamma(shape: f64, mean: f64) -> Vec<(f64, f64)> {
    let scale = mean / shape;
    if shape < 1.0 {
        // The density has a pole at zero; that of x^shape is smooth.
        let step = libm::pow(DEPTH, shape) / f64::from(SLICES);
        let slices = (0..SLICES).map(|slice| {
            let x = libm::pow((f64::from(slice) + 0.5) * step, 1.0 / shape);
            (x * scale, libm::exp(-x))
        });
        return slices.collect();
    }
    // Beyond so many standard deviations, at least of the exponential, nothing is left.
    let width = DEPTH + 9.0 * shape.sqrt();
    let low = (shape - width).max(0.0);
    let step = (shape + width - low) / f64::from(SLICES);
    let log_density = |x: f64| (shape - 1.0) * libm::log(x) - x;
    let top = if shape > 1.0 {
        log_density(shape - 1.0)
    } else {
        0.0
    };
    let slices = (0..SLICES).map(|slice| {
        let x = low + (f64::from(slice) + 0.5) * step;
        (x * scale, libm::exp(log_density(x) - top))
    });
    slices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn the_second_moment_is_that_of_the_law() {
        for law in [
            Distribution::Constant { value: 2.0 },
            Distribution::Uniform { min: 1.0, max: 3.0 },
            Distribution::Exponential { mean: 2.0 },
            Distribution::Erlang { k: 3, mean: 2.0 },
            Distribution::Erlang { k: 200, mean: 2.0 },
            Distribution::Gamma { mean: 2.0, cv: 2.0 },
            Distribution::Gamma { mean: 2.0, cv: 0.3 },
            Distribution::Weibull {
                shape: 0.5,
                mean: 2.0,
            },
            Distribution::Lognormal { mean: 2.0, cv: 1.5 },
            Distribution::Normal { mean: 2.0, sd: 1.0 },
            Distribution::Hyperexponential { mean: 2.0, cv: 2.0 },
            Distribution::Pareto {
                shape: 1.5,
                min: 1.0,
                max: Some(1000.0),
            },
            Distribution::Triangular {
                min: 1.0,
                mode: 2.0,
                max: 3.0,
            },
            Distribution::Empirical {
                values: vec![1.0, 2.0, 3.0],
            },
        ] {
            let points = Points::mixture(&[(1.0, &law)]);
            let (mean, variance) = (law.mean(), law.variance().unwrap());
            assert_close(points.mean_of(|_| 1.0), 1.0, 1e-9);
            assert_close(points.mean_of(|x| x), mean, 1e-9);
            assert_close(points.mean_of(|x| x * x), variance + mean * mean, 1e-4);
            assert!(points.iter().map(|point| point.0).is_sorted(), "{law:?}");
        }
    }
}
