//! The interval of a proportion: how often something happened.
//!
//! E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of
//! the American Statistical Association 22 (1927) 209–212. Unlike mean ± 1.96 standard errors it
//! stays within 0 and 1 and has a width where nothing or everything happened.

use super::normal::normal_quantile;

/// The two-sided interval of a probability of which `successes` of `trials` are known; `None`
/// without trials.
///
/// # Panics
/// If `confidence` is not between 0 and 1, or there are more successes than trials.
pub fn wilson_interval(successes: u64, trials: u64, confidence: f64) -> Option<(f64, f64)> {
    assert!(
        successes <= trials,
        "{successes} successes of {trials} trials"
    );
    assert!(
        confidence > 0.0 && confidence < 1.0,
        "confidence {confidence} is not between 0 and 1"
    );
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let z = normal_quantile(0.5 + confidence / 2.0);
    let square = z * z / n;
    let centre = p + square / 2.0;
    let half = z * libm::sqrt(p * (1.0 - p) / n + square / (4.0 * n));
    let (low, high) = (
        (centre - half) / (1.0 + square),
        (centre + half) / (1.0 + square),
    );
    // At the ends the interval begins or ends exactly there, but for rounding.
    let low = if successes == 0 { 0.0 } else { low.max(0.0) };
    let high = if successes == trials {
        1.0
    } else {
        high.min(1.0)
    };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_proportion_has_the_golden_interval() {
        // STAT-wilson-lo, STAT-wilson-hi: Wilson 1927.
        let (low, high) = wilson_interval(3, 200, 0.95).unwrap();
        assert!((low - 0.005_114_237_793_258_31).abs() < 1e-15);
        assert!((high - 0.043_165_728_792_690_26).abs() < 1e-15);
    }

    #[test]
    fn nothing_and_everything_are_mirror_images_that_reach_the_end() {
        let (low, high) = wilson_interval(0, 20, 0.95).unwrap();
        let (mirrored_high, mirrored_low) = wilson_interval(20, 20, 0.95).unwrap();
        assert!(low <= 0.0 && mirrored_low >= 1.0);
        assert!((high - (1.0 - mirrored_high)).abs() < 1e-14);
        assert!(high > 0.1 && high < 0.2, "{high}");
        assert_eq!(wilson_interval(0, 0, 0.95), None);
    }

    #[test]
    fn the_interval_ends_where_a_test_would_just_reject() {
        // By definition |p̂ − p| = z √(p (1 − p) / n) at both ends.
        let (low, high) = wilson_interval(7, 30, 0.9).unwrap();
        let z = normal_quantile(0.95);
        for p in [low, high] {
            let distance = (7.0 / 30.0_f64 - p).abs();
            assert!((distance - z * libm::sqrt(p * (1.0 - p) / 30.0)).abs() < 1e-14);
        }
    }
}
