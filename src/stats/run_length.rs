//! How long an experiment must be for what it is asked: planned before it is run.

use super::normal::normal_quantile;
use super::student::student_t_quantile;

/// Experiments of more replications than this are not planned.
const MOST: usize = 100_000_000;

/// The relative half-width to stop at so that the true relative error is at most `relative`: the
/// mean that it is divided by is an estimate too (A. Law, Simulation Modeling and Analysis, 5th
/// ed., section 9.4.1).
pub fn relative_target(relative: f64) -> f64 {
    relative / (1.0 + relative)
}

/// The least number of replications, from `at_least` on, with t · s / √n ≤ `half_width`; `None`
/// if it is beyond all bounds.
pub fn replications_for_precision(
    std_dev: f64,
    half_width: f64,
    confidence: f64,
    at_least: usize,
) -> Option<usize> {
    let enough = |count: usize| {
        let t = student_t_quantile(0.5 + confidence / 2.0, (count - 1) as f64);
        t * std_dev <= half_width * libm::sqrt(count as f64)
    };
    let (mut low, mut high) = (at_least.max(2), at_least.max(2));
    while !enough(high) {
        if high >= MOST {
            return None;
        }
        low = high + 1;
        high *= 2;
    }
    while low < high {
        let middle = low.midpoint(high);
        if enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

/// Time that one run needs so that the time average of a level is known to a relative half-width:
/// z² σ² / (ε² L²), with σ² the asymptotic variance of that average (W. Whitt, Planning queueing
/// simulations, Management Science 35, 1989, 1341–1366).
pub fn run_length_for_precision(
    mean: f64,
    asymptotic_variance: f64,
    relative: f64,
    confidence: f64,
) -> f64 {
    let z = normal_quantile(0.5 + confidence / 2.0);
    z * z * asymptotic_variance / (relative * relative * mean * mean)
}

/// Pairs that a one-sided test at level `alpha` needs to see an effect that is `distance` away from
/// its limit with probability `power` (S. Julious, Statistics in Medicine 23, 2004, 1921–1986);
/// `None` if the effect stands at the limit.
pub fn paired_sample_size(std_dev: f64, distance: f64, alpha: f64, power: f64) -> Option<usize> {
    if distance.abs() <= 0.0 {
        return None;
    }
    let z = normal_quantile(1.0 - alpha) + normal_quantile(power);
    let root = z * std_dev / distance.abs();
    let count = (root * root).ceil();
    (count < MOST as f64).then_some((count as usize).max(2))
}

#[cfg(test)]
mod tests {
    use super::super::golden::OLD;
    use super::super::mean::{mean, std_dev};
    use super::*;

    #[test]
    fn relative_precision_is_planned_as_the_textbook_says() {
        // STAT-relprec, STAT-relprec-n: Law 5e sec 9.4.1, eq 9.3.
        assert!((relative_target(0.05) - 0.047_619_047_619_047_62).abs() < 1e-16);
        let half_width = relative_target(0.01) * mean(&OLD);
        let found = replications_for_precision(std_dev(&OLD).unwrap(), half_width, 0.95, 2);
        assert_eq!(found, Some(169));
        assert_eq!(replications_for_precision(0.0, 0.0, 0.95, 10), Some(10));
        assert_eq!(replications_for_precision(1.0, 0.0, 0.95, 10), None);
    }

    #[test]
    fn a_queue_near_saturation_needs_very_long_runs() {
        // STAT-plan-0.8, -0.9, -0.95: Whitt 1989; M/M/1 with unit service rate.
        for (load, expected) in [
            (0.8, 172_865.646_931_235_6),
            (0.9, 648_779.711_939_452_3),
            (0.95, 2_523_231.899_066_457),
        ] {
            let idle: f64 = 1.0 - load;
            let variance = 2.0 * load * (1.0 + load) / (idle * idle * idle * idle);
            let found = run_length_for_precision(load / idle, variance, 0.05, 0.95);
            assert!((found / expected - 1.0).abs() < 1e-12, "{load}: {found}");
        }
    }

    #[test]
    fn a_non_inferiority_test_needs_as_many_pairs_as_the_tables_say() {
        // STAT-ni-n: Julious 2004.
        assert_eq!(paired_sample_size(0.2, 0.1, 0.05, 0.9), Some(35));
        assert_eq!(paired_sample_size(0.2, 0.0, 0.05, 0.9), None);
    }
}
