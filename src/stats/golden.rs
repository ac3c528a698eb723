//! Golden values (STAT-*): the observations that several of them are about, those that belong to no
//! single estimator, and references that are slow or have no place in the product.
//!
//! Golden values of estimators stand beside these. Some published estimators are deliberately
//! absent:
//!
//! * **Welch's t** (STAT-welch): whatever is compared has the same number of replications, so pairs
//!   can be made even where the streams are fresh; that costs degrees of freedom (9 for 18 at ten
//!   replications), and gains a factor of 82 in the golden data where they are common.
//! * **Clopper and Pearson** and the rule of three (STAT-cp, STAT-rule3): conservative; Wilson's
//!   interval covers what it says on average.
//! * **Benjamini and Hochberg, Šidák** (STAT-bh, STAT-sidak): a false discovery rate is no promise
//!   for a gate; Šidák needs independent tests, which figures of one run are not.
//! * **Rinott, OCBA** (STAT-rinott, STAT-ocba): KN uses common random numbers and drops poor points
//!   early; Rinott cannot use them and OCBA promises no error probability.
//! * **Order-statistic intervals, Wilks's sample sizes, the Dvoretzky-Kiefer-Wolfowitz band**
//!   (STAT-qci, STAT-nmin, STAT-dkw): for independent observations; those of a queue cover the truth
//!   in 15 to 30 % of cases.
//! * **`DDSketch`, KLL, two-digit `HdrHistogram`** (STAT-dds, STAT-kll, STAT-hdr-2): one histogram
//!   with a relative error of 0.1 % is enough, and merges exactly.
//! * **Autocorrelations** (STAT-acf): von Neumann's ratio asks the same of batches.
//! * **The loss factor of control variates** (STAT-cv-loss): in the interval already, as degrees of
//!   freedom.

use super::batch::independent_batches;
use super::difference::Difference;
use super::kn::Kn;
use super::mean::{compensated_sum, mean, std_dev};

/// Ten replications of one policy (STAT-rep-*).
pub(super) const OLD: [f64; 10] = [
    9.72, 10.31, 8.95, 11.02, 10.44, 9.38, 10.87, 9.91, 10.15, 9.60,
];

/// The same replications of another policy on common random numbers (STAT-crn-*).
pub(super) const NEW: [f64; 10] = [
    9.41, 10.12, 8.57, 10.66, 10.30, 8.99, 10.42, 9.70, 9.77, 9.35,
];

/// An autoregression driven by a full-period sequence: `y_i = 0.7 y_{i−1} + (7919 i mod 104729) /
/// 104729`, 2000 values (STAT-nbm-*).
pub(super) fn autoregression() -> Vec<f64> {
    let mut last = 0.0;
    (1..=2000_u64)
        .map(|i| {
            last = 0.7 * last + (7919 * i % 104_729) as f64 / 104_729.0;
            last
        })
        .collect()
}

/// The means of batches of `size` adjacent values.
pub(super) fn batch_means(values: &[f64], size: usize) -> Vec<f64> {
    values.chunks_exact(size).map(mean).collect()
}

#[test]
fn nonoverlapping_batch_means_of_the_autoregression() {
    // STAT-nbm-mean, STAT-nbm-var: Law 5e sec 9.5.3; Schmeiser 1982.
    let values = autoregression();
    assert!((mean(&values) - 1.665_559_621_763_333).abs() < 1e-13);
    let variance = std_dev(&batch_means(&values, 100)).map(|s| 100.0 * s * s);
    assert!((variance.expect("20 batches") - 0.106_413_066_452_553).abs() < 1e-13);
}

#[test]
fn the_half_width_of_nonoverlapping_batches_is_that_of_replications() {
    // STAT-nbm-hw: Law 5e sec 9.5.3.
    let found = Difference::of(&batch_means(&autoregression(), 100)).expect("20 batches");
    assert!((found.half_width(0.95) - 0.015_267_105_294_097_24).abs() < 1e-14);
}

#[test]
fn common_random_numbers_gain_what_they_should() {
    // STAT-crn-vr: Glasserman & Yao 1992.
    let square = |values: &[f64]| std_dev(values).map_or(0.0, |s| s * s);
    let paired = Difference::paired(&OLD, &NEW).expect("ten pairs").std_dev;
    let found = (square(&OLD) + square(&NEW)) / (paired * paired);
    assert!(
        (found / 81.977_483_164_983_16 - 1.0).abs() < 1e-11,
        "{found}"
    );
}

#[test]
fn an_untruncated_transient_has_the_golden_bias() {
    // STAT-mser5-raw.
    let values = autoregression();
    let values = values.iter().zip(1..);
    let values: Vec<f64> = values
        .map(|(y, i)| y + 4.0 * libm::exp(-f64::from(i) / 60.0))
        .collect();
    assert!((mean(&values) - 1.784_562_399_528_25).abs() < 1e-13);
}

#[test]
fn the_factors_of_kn_are_the_golden_ones() {
    // STAT-kn-*-eta: Kim & Nelson 2001.
    for (alternatives, first, alpha, expected) in [
        (2, 10, 0.05, 0.334_050_268_600_029_4),
        (10, 10, 0.05, 0.859_083_429_924_899_1),
        (10, 20, 0.05, 0.302_933_803_649_275),
        (5, 20, 0.1, 0.185_362_803_188_359_3),
    ] {
        let found = Kn::new(alternatives, first, alpha, 1.0).eta();
        assert!((found - expected).abs() < 1e-14, "{found}");
    }
}

/// The variance parameter by all batches of `size` adjacent values, overlapping (M. Meketon and
/// B. Schmeiser, Winter Simulation Conference 1984).
fn overlapping(values: &[f64], size: usize) -> f64 {
    let (n, m) = (values.len() as f64, size as f64);
    let centre = mean(values);
    let squares = values.windows(size).map(|window| {
        let distance = mean(window) - centre;
        distance * distance
    });
    n * m / ((n - m + 1.0) * (n - m)) * compensated_sum(squares)
}

/// The variance parameter by the areas under standardized batches of `size` values (L. Schruben,
/// Operations Research 31, 1983).
fn area(values: &[f64], size: usize) -> f64 {
    let m = size as f64;
    let areas: Vec<f64> = values
        .chunks_exact(size)
        .map(|batch| {
            let centre = mean(batch);
            let so_far = (1..=size).map(|j| j as f64 * (centre - mean(&batch[..j])));
            let area = compensated_sum(so_far);
            12.0 / (m * m * m) * area * area
        })
        .collect();
    mean(&areas)
}

#[test]
fn the_references_of_batch_means_are_the_golden_ones() {
    // STAT-obm-var: Meketon & Schmeiser 1984; STAT-sts-area: Goldsman & Schruben 1990.
    let values = autoregression();
    let found = overlapping(&values, 100);
    assert!((found - 0.056_832_152_745_167_73).abs() < 1e-14, "{found}");
    let found = area(&values, 100);
    assert!((found - 0.088_682_244_724_474_97).abs() < 1e-14, "{found}");
}

/// Three estimators of one variance: that of the product must be near the two others, and near the
/// truth, which is σ²/(1 − φ)² of an autoregression.
#[test]
fn batches_find_the_variance_that_other_estimators_find() {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};
    let (phi, base) = (0.7, 64);
    let truth = 1.0 / 12.0 / ((1.0 - phi) * (1.0 - phi));
    let mut found = Vec::new();
    for seed in 0..20 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut last = 0.0;
        let values = (0..base * 200).map(|_| {
            last = phi * last + rng.random::<f64>() - 0.5;
            last
        });
        let values: Vec<f64> = values.collect();
        let small = batch_means(&values, values.len() / base);
        let merged = independent_batches(&small).merged;
        let own = Difference::of(&batch_means(&small, merged)).expect("ten batches");
        let size = values.len() / base * merged;
        let own = own.std_dev * own.std_dev * size as f64;
        found.push((own, overlapping(&values, size), area(&values, size)));
    }
    let average = |of: fn(&(f64, f64, f64)) -> f64| found.iter().map(of).sum::<f64>() / 20.0;
    let averages = [average(|it| it.0), average(|it| it.1), average(|it| it.2)];
    // Twenty estimates with 15 degrees of freedom or more: a standard error of 8 % at most.
    for average in averages {
        assert!(
            (average / truth - 1.0).abs() < 0.25,
            "{averages:?}, {truth}"
        );
    }
}

/// Of so many intervals of exact coverage 0.95, how many hold the truth with probability 0.99: the
/// least and the most.
pub(super) fn coverage_band(trials: u32) -> std::ops::RangeInclusive<u32> {
    let n = f64::from(trials);
    let chance = |k: u32| {
        let k = f64::from(k);
        let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        libm::exp(ways + k * libm::log(0.95) + (n - k) * libm::log(0.05))
    };
    let quantile = |p: f64| {
        let mut sum = 0.0;
        let mut below = (0..=trials).skip_while(|k| {
            sum += chance(*k);
            sum < p
        });
        below.next().unwrap_or(trials)
    };
    quantile(0.005)..=quantile(0.995)
}

#[test]
fn coverage_is_accepted_where_the_exact_binomial_law_has_it() {
    // STAT-cov-*: exact binomial.
    assert_eq!(coverage_band(200), 181..=197);
    assert_eq!(coverage_band(1000), 931..=967);
    assert_eq!(coverage_band(2000), 1874..=1924);
}
