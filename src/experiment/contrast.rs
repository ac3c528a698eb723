//! How a figure of one alternative differs from that of another, paired by replication.
//!
//! Where both means are above zero the ratio of the means is compared, on the logarithmic scale;
//! a figure that can be zero (requests that failed) is compared as it is. If inputs whose means are
//! known explain part of the difference, they are used as controls.

use crate::stats::{
    Control, Difference, control_variates, linearised_log_ratios, paired_sample_size,
};

/// Replications from which on controls are looked at: fewer cost more than they bring.
const CONTROLS_FROM: usize = 20;
const CONFIDENCE: f64 = 0.95;

/// What a difference is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The logarithm of the ratio of the means.
    Ratio,
    /// The figure's own unit.
    Absolute,
}

/// A difference with what it was made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Mean of the alternative.
    pub new: f64,
    /// Mean of what it is compared with.
    pub old: f64,
    /// What the difference is measured in.
    pub scale: Scale,
    /// The difference.
    pub difference: Difference,
    /// By what share controls have made its interval narrower; `None`: there are none.
    pub narrower: Option<f64>,
    /// Whether the two agree to the bit in every replication.
    pub identical: bool,
}

/// Why two figures cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fewer than two replications have a value in both")]
pub struct TooFewPairs;

impl Contrast {
    /// Of the values of two alternatives, one a replication.
    ///
    /// # Errors
    /// If fewer than two replications have both.
    pub fn of(new: &[Option<f64>], old: &[Option<f64>]) -> Result<Self, TooFewPairs> {
        Self::with_controls(new, old, &[])
    }

    /// The same with inputs that the replications have drawn, one value a replication.
    ///
    /// # Errors
    /// If fewer than two replications have both.
    pub fn with_controls(
        new: &[Option<f64>],
        old: &[Option<f64>],
        controls: &[Control],
    ) -> Result<Self, TooFewPairs> {
        let pairs = new.iter().zip(old).enumerate();
        let pairs: Vec<(usize, f64, f64)> = pairs
            .filter_map(|(index, (new, old))| Some((index, (*new)?, (*old)?)))
            .collect();
        let new: Vec<f64> = pairs.iter().map(|&(_, new, _)| new).collect();
        let old: Vec<f64> = pairs.iter().map(|&(_, _, old)| old).collect();
        let (scale, values) = match linearised_log_ratios(&new, &old) {
            Some(values) => (Scale::Ratio, values),
            None => {
                let differences = new.iter().zip(&old).map(|(new, old)| new - old);
                (Scale::Absolute, differences.collect())
            }
        };
        let mut difference = Difference::of(&values).ok_or(TooFewPairs)?;
        let same_bits = |&(_, new, old): &(usize, f64, f64)| new.to_bits() == old.to_bits();
        let mut narrower = None;
        if CONTROLS_FROM <= values.len() && 0.0 < difference.std_dev {
            let usable = controls.iter().map(|control| Control {
                values: pairs
                    .iter()
                    .map(|&(index, ..)| control.values[index])
                    .collect(),
                mean: control.mean,
            });
            let usable: Vec<Control> = usable.collect();
            if let Some(found) = control_variates(&values, &usable, CONFIDENCE) {
                narrower = Some(1.0 - found.half_width / found.plain_half_width);
                difference = found.difference(values.len());
            }
        }
        let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        Ok(Self {
            new: average(&new),
            old: average(&old),
            scale,
            difference,
            narrower,
            identical: pairs.iter().all(same_bits),
        })
    }

    /// Whether it is a ratio.
    pub fn is_ratio(&self) -> bool {
        self.scale == Scale::Ratio
    }

    /// A share of the old mean (0.02: two per cent more) on the scale of the difference.
    pub fn share_on_scale(&self, share: f64) -> f64 {
        match self.scale {
            Scale::Ratio => libm::log(1.0 + share),
            Scale::Absolute => share * self.old.abs(),
        }
    }

    /// A value on the scale of the difference as people read it: a share of the old mean, or an
    /// amount.
    pub fn readable(&self, on_scale: f64) -> f64 {
        match self.scale {
            Scale::Ratio => libm::expm1(on_scale),
            Scale::Absolute => on_scale,
        }
    }

    /// The two-sided interval on the scale of the difference.
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let half_width = self.difference.half_width(confidence);
        (
            self.difference.mean - half_width,
            self.difference.mean + half_width,
        )
    }

    /// Replications with which a difference as large as the one seen would be decided in 9 of 10
    /// cases.
    pub fn replications_to_decide(&self, alpha: f64) -> Option<usize> {
        let difference = &self.difference;
        paired_sample_size(difference.std_dev, difference.mean, alpha / 2.0, 0.9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn times_are_compared_as_ratios_and_what_can_be_zero_as_it_is() {
        let (new, old) = (some(&[1.1, 2.2, 3.3]), some(&[1.0, 2.0, 3.0]));
        let found = Contrast::of(&new, &old).unwrap();
        assert_eq!(found.scale, Scale::Ratio);
        assert!((found.readable(found.difference.mean) - 0.1).abs() < 1e-12);
        assert!(found.difference.std_dev < 1e-12);
        let found = Contrast::of(&some(&[0.0, 1.0]), &some(&[0.0, 0.0])).unwrap();
        assert_eq!(found.scale, Scale::Absolute);
        assert!((found.difference.mean - 0.5).abs() < 1e-15);
    }

    #[test]
    fn a_replication_without_a_value_is_left_out_on_both_sides() {
        let new = [Some(2.0), None, Some(4.0), Some(9.0)];
        let old = [Some(1.0), Some(7.0), Some(2.0), None];
        let found = Contrast::of(&new, &old).unwrap();
        assert_eq!((found.difference.count, found.identical), (2, false));
        assert_eq!(Contrast::of(&new[..1], &old), Err(TooFewPairs));
    }
}
