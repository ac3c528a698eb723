//! The observations that several golden values of the estimators are about.

use super::mean::{mean, std_dev};

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
