//! The mean over replications with its confidence interval.
//!
//! Replications are independent, so Student's t applies: mean ± t_{n−1} · s/√n (A. Law, Simulation
//! Modeling and Analysis, 5th ed., chapter 9). It is not for observations *within* a replication,
//! which depend on each other.

use super::student::student_t_quantile;

/// A mean and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanInterval {
    /// The mean.
    pub mean: f64,
    /// Standard deviation between the values; `None` of a single one.
    pub std_dev: Option<f64>,
    /// Confidence interval of the mean; `None` with a single value.
    pub interval: Option<(f64, f64)>,
    /// The number of values.
    pub count: usize,
}

impl MeanInterval {
    /// Half the width that the interval would have of `count` values that vary as much.
    ///
    /// # Panics
    /// If `count` is below 2, or `confidence` is not between 0 and 1.
    pub fn half_width_of(&self, count: usize, confidence: f64) -> Option<f64> {
        Some(t_factor(count, confidence) * self.std_dev?)
    }
}

/// The mean of independent `values`, one a replication, with a two-sided interval of the given
/// confidence (0.95 for 95 %); `None` of nothing.
///
/// # Panics
/// If `confidence` is not between 0 and 1.
pub fn mean_interval(values: &[f64], confidence: f64) -> Option<MeanInterval> {
    if values.is_empty() {
        return None;
    }
    let (count, mean, std_dev) = (values.len(), mean(values), std_dev(values));
    let interval = std_dev.map(|std_dev| {
        let half_width = t_factor(count, confidence) * std_dev;
        (mean - half_width, mean + half_width)
    });
    Some(MeanInterval {
        mean,
        std_dev,
        interval,
        count,
    })
}

/// Half the width of the interval of a mean of `count` values, in standard deviations of one.
pub(super) fn t_factor(count: usize, confidence: f64) -> f64 {
    assert!(
        confidence > 0.0 && confidence < 1.0,
        "confidence {confidence} is not between 0 and 1"
    );
    let t = student_t_quantile(0.5 + confidence / 2.0, (count - 1) as f64);
    t / libm::sqrt(count as f64)
}

/// Standard deviation of a sample, in two passes; `None` below two values.
pub(super) fn std_dev(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values);
    let squares = compensated_sum(values.iter().map(|value| (value - mean) * (value - mean)));
    Some(libm::sqrt(squares / (values.len() - 1) as f64))
}

/// The mean of at least one value.
pub(super) fn mean(values: &[f64]) -> f64 {
    compensated_sum(values.iter().copied()) / values.len() as f64
}

/// Neumaier's sum (1974): the rounding error of every addition is carried along, so the order of
/// magnitude of the terms does not matter.
pub(super) fn compensated_sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let total = sum + value;
        lost += if sum.abs() >= value.abs() {
            (sum - total) + value
        } else {
            (value - total) + sum
        };
        sum = total;
    }
    // An infinite term makes the correction a NaN, and the sum has no use for one.
    if lost.is_finite() { sum + lost } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: [f64; 10] = [
        9.72, 10.31, 8.95, 11.02, 10.44, 9.38, 10.87, 9.91, 10.15, 9.60,
    ];

    #[test]
    fn the_golden_replications_give_the_golden_interval() {
        // STAT-rep-mean, STAT-rep-sd, STAT-rep-hw: Law, Simulation Modeling & Analysis 5e ch.9-10.
        let found = mean_interval(&GOLDEN, 0.95).unwrap();
        let (low, high) = found.interval.unwrap();
        assert!((found.mean - 10.035).abs() < 1e-14);
        assert!((found.std_dev.unwrap() - 0.652_401_546_425_035_5).abs() < 1e-14);
        assert!(((high - low) / 2.0 - 0.466_699_951_701_090_5).abs() < 1e-14);
        assert_eq!(found.count, 10);
    }

    #[test]
    fn a_single_value_has_no_interval_and_nothing_has_no_mean() {
        let single = mean_interval(&[3.0], 0.95).unwrap();
        assert_eq!(
            (single.std_dev, single.interval, single.count),
            (None, None, 1)
        );
        assert_eq!(mean_interval(&[], 0.95), None);
    }

    #[test]
    fn small_differences_between_large_values_are_not_lost() {
        let values: Vec<f64> = GOLDEN.iter().map(|value| value * 0.125 + 1e12).collect();
        let exact: Vec<f64> = values.iter().map(|value| value - 1e12).collect();
        let (shifted, plain) = (mean_interval(&values, 0.95), mean_interval(&exact, 0.95));
        let (shifted, plain) = (shifted.unwrap(), plain.unwrap());
        assert!((shifted.std_dev.unwrap() / plain.std_dev.unwrap() - 1.0).abs() < 1e-4);
        assert!((shifted.mean - 1e12 - plain.mean).abs() < 2e-4);
    }

    #[test]
    fn an_infinite_value_makes_the_mean_infinite() {
        assert!(
            mean_interval(&[1.0, f64::INFINITY], 0.95)
                .unwrap()
                .mean
                .is_infinite()
        );
    }
}
