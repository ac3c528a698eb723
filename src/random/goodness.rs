//! Tests that variates follow their law: mean, variance, and the whole distribution.
//!
//! Seeds are fixed, so a passing test passes for ever. The error rates say how likely it is that
//! new words (a new stream version) fail one of these tests though nothing is wrong: 6.8e-6 for
//! each mean and variance, 1e-4 for each distribution; about one in 300 in all.

use super::{Distribution, Purpose, Streams};
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::f64::consts::FRAC_1_SQRT_2;

pub(super) const DRAWS: usize = 200_000;

/// |z| of a sound mean passes this once in 147,000 tests.
const Z_LIMIT: f64 = 4.5;
/// The distance that a sound sample passes once in 10,000 tests, times the root of its size.
pub(super) const KOLMOGOROV_LIMIT: f64 = 2.225;

/// A distribution function.
type Cdf = Box<dyn Fn(f64) -> f64>;

/// The variates of a law from a stream of its own.
pub(super) fn draws(law: &Distribution, path: &str) -> Vec<f64> {
    assert_eq!(law.check(), Ok(()));
    let mut words = Streams::new(1, 0).sequence(path, Purpose::Work);
    let sampler = law.sampler();
    (0..DRAWS).map(|_| sampler.sample(words.word())).collect()
}

/// Laws with their distribution functions, which share nothing with the samplers.
pub(super) fn cases() -> Vec<(Distribution, Cdf)> {
    let mut cases: Vec<(Distribution, Cdf)> = vec![
        (
            Distribution::Uniform { min: 1.0, max: 4.0 },
            Box::new(|x| (x - 1.0) / 3.0),
        ),
        (Distribution::Exponential { mean: 3.0 }, exponential(3.0)),
        (
            Distribution::Weibull {
                shape: 0.7,
                mean: 2.0,
            },
            weibull(0.7, 2.0),
        ),
        (
            Distribution::Weibull {
                shape: 2.5,
                mean: 2.0,
            },
            weibull(2.5, 2.0),
        ),
    ];
    cases.extend([1, 3, 16, 17, 40].map(|k| {
        let law = Distribution::Erlang { k, mean: 2.0 };
        (law, gamma(f64::from(k), 2.0))
    }));
    cases.extend([0.05, 0.5, 1.0, 2.0].map(|cv: f64| {
        let law = Distribution::Gamma { mean: 2.0, cv };
        (law, gamma(1.0 / (cv * cv), 2.0))
    }));
    cases.extend([0.3, 0.8].map(|cv| {
        (
            Distribution::Lognormal { mean: 2.0, cv },
            lognormal(2.0, cv),
        )
    }));
    cases.extend([(0.0, 2.0), (1.0, 1.0), (5.0, 1.0)].map(|(mean, sd)| {
        (
            Distribution::Normal { mean, sd },
            non_negative_normal(mean, sd),
        )
    }));
    cases.extend([1.0, 2.0, 5.0].map(|cv| {
        (
            Distribution::Hyperexponential { mean: 2.0, cv },
            hyperexponential(2.0, cv),
        )
    }));
    cases.extend(
        [
            (2.5, None),
            (9.0, None),
            (1.2, Some(50.0)),
            (1.0, Some(9.0)),
        ]
        .map(|(shape, max)| {
            (
                Distribution::Pareto {
                    shape,
                    min: 1.0,
                    max,
                },
                pareto(shape, 1.0, max),
            )
        }),
    );
    cases.extend(
        [[1.0, 2.0, 6.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0]].map(|[min, mode, max]| {
            (
                Distribution::Triangular { min, mode, max },
                triangular(min, mode, max),
            )
        }),
    );
    cases
}

fn exponential(mean: f64) -> Cdf {
    Box::new(move |x| -libm::expm1(-x / mean))
}

fn weibull(shape: f64, mean: f64) -> Cdf {
    let scale = mean / statrs::function::gamma::gamma(1.0 + 1.0 / shape);
    Box::new(move |x| -libm::expm1(-libm::pow(x / scale, shape)))
}

fn gamma(shape: f64, mean: f64) -> Cdf {
    let law = statrs::distribution::Gamma::new(shape, shape / mean).unwrap();
    Box::new(move |x| law.cdf(x))
}

fn lognormal(mean: f64, cv: f64) -> Cdf {
    let sigma = libm::log(1.0 + cv * cv).sqrt();
    let location = libm::log(mean / (1.0 + cv * cv).sqrt());
    Box::new(move |x| standard_normal((libm::log(x) - location) / sigma))
}

fn non_negative_normal(mean: f64, sd: f64) -> Cdf {
    let below = standard_normal(-mean / sd);
    Box::new(move |x| (standard_normal((x - mean) / sd) - below) / (1.0 - below))
}

fn standard_normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

fn hyperexponential(mean: f64, cv: f64) -> Cdf {
    let p = 0.5 * (1.0 + ((cv * cv - 1.0) / (cv * cv + 1.0)).sqrt());
    let (first, second) = (2.0 * p / mean, 2.0 * (1.0 - p) / mean);
    Box::new(move |x| 1.0 - p * libm::exp(-first * x) - (1.0 - p) * libm::exp(-second * x))
}

fn pareto(shape: f64, min: f64, max: Option<f64>) -> Cdf {
    let kept = max.map_or(1.0, |max| 1.0 - libm::pow(min / max, shape));
    Box::new(move |x| (1.0 - libm::pow(min / x, shape)) / kept)
}

fn triangular(min: f64, mode: f64, max: f64) -> Cdf {
    Box::new(move |x| {
        if x < mode {
            (x - min) * (x - min) / ((max - min) * (mode - min))
        } else {
            1.0 - (max - x) * (max - x) / ((max - min) * (max - mode).max(f64::MIN_POSITIVE))
        }
    })
}

/// The Kolmogorov–Smirnov distance of sorted values from a distribution function.
fn distance(sorted: &[f64], cdf: &Cdf) -> f64 {
    let count = sorted.len() as f64;
    let gap = |(index, value): (usize, &f64)| {
        let probability = cdf(*value);
        assert!(
            (-1e-12..=1.0 + 1e-12).contains(&probability),
            "F({value}) = {probability}"
        );
        let (before, after) = (index as f64 / count, (index + 1) as f64 / count);
        (probability - before)
            .abs()
            .max((after - probability).abs())
    };
    sorted.iter().enumerate().map(gap).fold(0.0, f64::max)
}

fn power_mean(values: &[f64], centre: f64, power: i32) -> f64 {
    let powered = |value: &f64| (0..power).fold(1.0, |product, _| product * (value - centre));
    values.iter().map(powered).sum::<f64>() / values.len() as f64
}

#[test]
fn variates_have_the_mean_of_their_law() {
    for (law, _) in cases() {
        let values = draws(&law, "mean");
        let standard_error = (law.variance().expect("finite here") / DRAWS as f64).sqrt();
        let z = (power_mean(&values, 0.0, 1) - law.mean()) / standard_error;
        assert!(z.abs() < Z_LIMIT, "{law:?}: z = {z}");
    }
}

#[test]
fn variates_have_the_variance_of_their_law() {
    for (law, _) in cases() {
        // Without a fourth moment the estimate of a variance has no standard error.
        if matches!(law, Distribution::Pareto { shape, max: None, .. } if shape <= 4.0) {
            continue;
        }
        let variance = law.variance().expect("finite here");
        let values = draws(&law, "variance");
        let fourth = power_mean(&values, law.mean(), 4);
        let standard_error = ((fourth - variance * variance) / DRAWS as f64).sqrt();
        let z = (power_mean(&values, law.mean(), 2) - variance) / standard_error;
        assert!(z.abs() < Z_LIMIT, "{law:?}: z = {z}");
    }
}

#[test]
fn variates_follow_their_distribution_function() {
    for (law, cdf) in cases() {
        let mut values = draws(&law, "distribution");
        values.sort_by(f64::total_cmp);
        let scaled = distance(&values, &cdf) * (DRAWS as f64).sqrt();
        assert!(scaled < KOLMOGOROV_LIMIT, "{law:?}: {scaled}");
    }
}

#[test]
fn the_test_of_distributions_notices_a_law_that_is_off_by_two_percent() {
    for (law, cdf) in [
        (Distribution::Exponential { mean: 3.06 }, exponential(3.0)),
        (
            Distribution::Gamma {
                mean: 2.0,
                cv: 0.51,
            },
            gamma(4.0, 2.0),
        ),
        (
            Distribution::Lognormal {
                mean: 2.0,
                cv: 0.82,
            },
            lognormal(2.0, 0.8),
        ),
    ] {
        let mut values = draws(&law, "distribution");
        values.sort_by(f64::total_cmp);
        let scaled = distance(&values, &cdf) * (DRAWS as f64).sqrt();
        assert!(scaled > KOLMOGOROV_LIMIT, "{law:?}: {scaled}");
    }
}

#[test]
fn recorded_values_are_equally_likely() {
    let values: Vec<f64> = (0..37).map(f64::from).collect();
    let law = Distribution::Empirical {
        values: values.clone(),
    };
    let mut counts = vec![0_u32; values.len()];
    for value in draws(&law, "empirical") {
        counts[value as usize] += 1;
    }
    let expected = DRAWS as f64 / values.len() as f64;
    let deviation = |count: &u32| {
        let difference = f64::from(*count) - expected;
        difference * difference / expected
    };
    let statistic = counts.iter().map(deviation).sum();
    let p_value = ChiSquared::new(values.len() as f64 - 1.0)
        .unwrap()
        .sf(statistic);
    assert!(p_value > 1e-4, "p = {p_value}");
}

#[test]
fn a_constant_is_constant() {
    let values = draws(&Distribution::Constant { value: 0.02 }, "constant");
    assert!(
        values
            .iter()
            .all(|value| value.to_bits() == 0.02_f64.to_bits())
    );
}
