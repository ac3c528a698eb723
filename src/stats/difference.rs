//! How two alternatives differ, replication by replication.
//!
//! On common random numbers the replications of two alternatives are alike, so their differences
//! vary far less than they do: the paired t test (A. Law, Simulation Modeling and Analysis, 5th
//! ed., chapter 10). Ratios are compared on the logarithmic scale. Every replication's deviation
//! from its alternative's mean is carried there in a straight line, so what is estimated is the
//! ratio of the two means and not the mean of the ratios, and a replication without a single
//! observation does no harm.

use super::mean::{compensated_sum, mean, std_dev};
use super::student::{student_t_quantile, student_t_tail};

/// The mean of independent differences, and what can be said of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The mean.
    pub mean: f64,
    /// Standard deviation between replications.
    pub std_dev: f64,
    /// The number of replications, at least 2.
    pub count: usize,
    /// Standard error of the mean.
    pub std_error: f64,
    /// The degrees of freedom of that.
    pub df: f64,
}

impl Difference {
    /// Of differences, one a replication; `None` below two.
    pub fn of(differences: &[f64]) -> Option<Self> {
        let std_dev = std_dev(differences)?;
        let mean = mean(differences);
        // The rounding of a thousand equal numbers is not a difference between them.
        let noise = mean.abs() * 1e-13;
        let count = differences.len();
        let std_dev = if std_dev <= noise { 0.0 } else { std_dev };
        Some(Self {
            mean,
            std_dev,
            count,
            std_error: std_dev / libm::sqrt(count as f64),
            df: (count - 1) as f64,
        })
    }

    /// `new − old`, replication by replication; `None` below two.
    pub fn paired(new: &[f64], old: &[f64]) -> Option<Self> {
        let differences: Vec<f64> = new.iter().zip(old).map(|(new, old)| new - old).collect();
        Self::of(&differences)
    }

    /// Half the width of a two-sided interval.
    pub fn half_width(&self, confidence: f64) -> f64 {
        student_t_quantile(0.5 + confidence / 2.0, self.df) * self.std_error
    }

    /// The mean is below this, with error probability `alpha`.
    pub fn upper_bound(&self, alpha: f64) -> f64 {
        self.mean + self.one_sided(alpha)
    }

    /// The mean is above this, with error probability `alpha`.
    pub fn lower_bound(&self, alpha: f64) -> f64 {
        self.mean - self.one_sided(alpha)
    }

    /// One-sided p that the mean is below `limit`: small where that is certain.
    pub fn p_below(&self, limit: f64) -> f64 {
        self.tail(limit - self.mean)
    }

    /// One-sided p that the mean is above `limit`: small where that is certain.
    pub fn p_above(&self, limit: f64) -> f64 {
        self.tail(self.mean - limit)
    }

    /// Two-sided p that the mean is not zero: small where it is certain that it is not.
    pub fn p_different(&self) -> f64 {
        if self.std_dev > 0.0 {
            (2.0 * self.tail(self.mean.abs())).min(1.0)
        } else if self.mean.abs() > 0.0 {
            0.0
        } else {
            1.0
        }
    }

    /// The t statistic of the mean against `limit`.
    pub fn t(&self, limit: f64) -> f64 {
        (self.mean - limit) / self.std_error
    }

    /// P(T > distance in standard errors): without any spread, all or nothing.
    fn tail(&self, distance: f64) -> f64 {
        if self.std_dev > 0.0 {
            student_t_tail(distance / self.std_error, self.df)
        } else if distance > 0.0 {
            0.0
        } else {
            1.0
        }
    }

    fn one_sided(&self, alpha: f64) -> f64 {
        student_t_quantile(1.0 - alpha, self.df) * self.std_error
    }
}

/// One value a replication whose mean is ln(mean of `new` / mean of `old`) and whose standard
/// deviation is, to first order, that of this estimate times the root of their number; `None` unless
/// both means are above zero.
pub fn linearised_log_ratios(new: &[f64], old: &[f64]) -> Option<Vec<f64>> {
    let pairs = new.len().min(old.len());
    let (new, old) = (&new[..pairs], &old[..pairs]);
    let average = |values: &[f64]| compensated_sum(values.iter().copied()) / pairs as f64;
    let (new_mean, old_mean) = (average(new), average(old));
    if !(0.0 < new_mean && 0.0 < old_mean && new_mean.is_finite() && old_mean.is_finite()) {
        return None;
    }
    let ratio = libm::log(new_mean / old_mean);
    let value = |(new, old): (&f64, &f64)| ratio + (new / new_mean - old / old_mean);
    Some(new.iter().zip(old).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::super::golden::{NEW, OLD};
    use super::*;

    #[test]
    fn the_golden_pairs_have_the_golden_difference() {
        // STAT-crn-mean, STAT-crn-hw: Law 5e ch.9-10.
        let found = Difference::paired(&OLD, &NEW).unwrap();
        assert!((found.mean - 0.306).abs() < 1e-14);
        assert!((found.half_width(0.95) - 0.073_511_406_671_579_78).abs() < 1e-13);
    }

    #[test]
    fn the_golden_non_inferiority_test() {
        // STAT-ni-t, STAT-ni-p, STAT-ni-ub: Wellek 2010; ICH E9.
        let found = Difference::paired(&OLD, &NEW).unwrap();
        assert!((found.t(0.5) + 5.969_937_312_497_638).abs() < 1e-11);
        assert!((found.p_below(0.5) - 0.000_105_058_481_547_967_2).abs() < 1e-15);
        assert!((found.upper_bound(0.05) - 0.365_569_119_459_736_5).abs() < 1e-13);
        assert!((found.p_above(0.5) - (1.0 - found.p_below(0.5))).abs() < 1e-15);
    }

    #[test]
    fn without_any_spread_a_difference_is_certain_or_none() {
        let same = Difference::of(&[0.25; 5]).unwrap();
        assert_eq!(
            (same.p_different(), same.p_below(0.3), same.p_below(0.2)),
            (0.0, 0.0, 1.0)
        );
        assert!(same.p_above(0.25) >= 1.0);
        let none = Difference::of(&[0.0; 5]).unwrap();
        assert!(none.p_different() >= 1.0);
        assert_eq!(Difference::of(&[1.0]), None);
    }

    #[test]
    fn log_ratios_estimate_the_ratio_of_the_means() {
        let found = linearised_log_ratios(&NEW, &OLD).unwrap();
        let difference = Difference::of(&found).unwrap();
        let expected = libm::log(mean(&NEW) / mean(&OLD));
        assert!((difference.mean - expected).abs() < 1e-14);
        // Where replications vary little it is the mean of their log ratios too.
        let plain: Vec<f64> = NEW
            .iter()
            .zip(&OLD)
            .map(|(new, old)| libm::log(new / old))
            .collect();
        let plain = Difference::of(&plain).unwrap();
        assert!((difference.std_dev / plain.std_dev - 1.0).abs() < 0.05);
        assert_eq!(linearised_log_ratios(&[0.0, 0.0], &[1.0, 1.0]), None);
    }
}
