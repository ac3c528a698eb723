//! Tests that our samplers and those of `rand_distr` draw from the same laws.
//!
//! Two-sample Kolmogorov–Smirnov tests with fixed seeds; each would fail a sound pair of samplers
//! for one in 10,000 choices of the seeds.

use super::Distribution;
use super::goodness::{DRAWS, KOLMOGOROV_LIMIT, draws};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::Distribution as _;

/// The largest difference between the distribution functions of two samples of equal size.
fn distance(mut left: Vec<f64>, mut right: Vec<f64>) -> f64 {
    left.sort_by(f64::total_cmp);
    right.sort_by(f64::total_cmp);
    let (mut i, mut j, mut largest) = (0, 0, 0_usize);
    while i < left.len() && j < right.len() {
        let value = left[i].min(right[j]);
        while i < left.len() && left[i] <= value {
            i += 1;
        }
        while j < right.len() && right[j] <= value {
            j += 1;
        }
        largest = largest.max(i.abs_diff(j));
    }
    largest as f64 / DRAWS as f64
}

#[track_caller]
fn check(law: &Distribution, mut theirs: impl FnMut(&mut Xoshiro256PlusPlus) -> f64) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let theirs = (0..DRAWS).map(|_| theirs(&mut rng)).collect();
    let scaled = distance(draws(law, "oracle"), theirs) * (DRAWS as f64 / 2.0).sqrt();
    assert!(scaled < KOLMOGOROV_LIMIT, "{law:?}: {scaled}");
}

#[test]
fn uniform_and_triangular_agree() {
    let theirs = rand_distr::Uniform::new(1.0, 4.0).unwrap();
    check(&Distribution::Uniform { min: 1.0, max: 4.0 }, |rng| {
        theirs.sample(rng)
    });
    let theirs = rand_distr::Triangular::new(1.0, 6.0, 2.0).unwrap();
    let ours = Distribution::Triangular {
        min: 1.0,
        mode: 2.0,
        max: 6.0,
    };
    check(&ours, |rng| theirs.sample(rng));
}

#[test]
fn exponential_and_hyperexponential_agree() {
    let theirs = rand_distr::Exp::new(1.0 / 3.0).unwrap();
    check(&Distribution::Exponential { mean: 3.0 }, |rng| {
        theirs.sample(rng)
    });
    let p = 0.5 * (1.0 + 0.6_f64.sqrt());
    let short = rand_distr::Exp::new(2.0 * p / 3.0).unwrap();
    let long = rand_distr::Exp::new(2.0 * (1.0 - p) / 3.0).unwrap();
    let choice = rand_distr::Bernoulli::new(p).unwrap();
    check(
        &Distribution::Hyperexponential { mean: 3.0, cv: 2.0 },
        |rng| {
            if choice.sample(rng) {
                short.sample(rng)
            } else {
                long.sample(rng)
            }
        },
    );
}

#[test]
fn erlang_and_gamma_agree() {
    for k in [2, 16, 30] {
        let theirs = rand_distr::Gamma::new(f64::from(k), 2.0 / f64::from(k)).unwrap();
        check(&Distribution::Erlang { k, mean: 2.0 }, |rng| {
            theirs.sample(rng)
        });
    }
    for cv in [0.3_f64, 1.5] {
        let theirs = rand_distr::Gamma::new(1.0 / (cv * cv), 2.0 * cv * cv).unwrap();
        check(&Distribution::Gamma { mean: 2.0, cv }, |rng| {
            theirs.sample(rng)
        });
    }
}

#[test]
fn weibull_agrees() {
    for shape in [0.7, 2.5] {
        let scale = 2.0 / statrs::function::gamma::gamma(1.0 + 1.0 / shape);
        let theirs = rand_distr::Weibull::new(scale, shape).unwrap();
        check(&Distribution::Weibull { shape, mean: 2.0 }, |rng| {
            theirs.sample(rng)
        });
    }
}

#[test]
fn lognormal_and_normal_agree() {
    for cv in [0.3, 2.0] {
        let theirs = rand_distr::LogNormal::from_mean_cv(2.0, cv).unwrap();
        check(&Distribution::Lognormal { mean: 2.0, cv }, |rng| {
            theirs.sample(rng)
        });
    }
    for mean in [0.0, 1.0, 5.0] {
        let parent = rand_distr::Normal::new(mean, 1.0).unwrap();
        check(&Distribution::Normal { mean, sd: 1.0 }, |rng| {
            loop {
                let value = parent.sample(rng);
                if value >= 0.0 {
                    return value;
                }
            }
        });
    }
}

#[test]
fn pareto_agrees_with_and_without_a_largest_value() {
    let theirs = rand_distr::Pareto::new(1.0, 1.5).unwrap();
    check(
        &Distribution::Pareto {
            shape: 1.5,
            min: 1.0,
            max: None,
        },
        |rng| theirs.sample(rng),
    );
    check(
        &Distribution::Pareto {
            shape: 1.5,
            min: 1.0,
            max: Some(20.0),
        },
        |rng| {
            loop {
                let value = theirs.sample(rng);
                if value <= 20.0 {
                    return value;
                }
            }
        },
    );
}
