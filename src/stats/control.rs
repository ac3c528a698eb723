//! Control variates: what is known of the input explains part of the noise of the output.
//!
//! If a replication happened to draw more work than expected, its latency is high for that reason;
//! a regression on inputs whose means are known takes that part out. The estimate is
//! `Ȳ − βᵀ(C̄ − μ)` with β from the same replications, Student's t with n − q − 1 degrees of
//! freedom (S. Lavenberg and P. Welch, Management Science 27, 1981, 322–335; B. Nelson, Operations
//! Research 38, 1990, 974–992).

use super::difference::Difference;
use super::mean::{compensated_sum, mean, std_dev};
use super::student::student_t_quantile;

/// An input that every replication has drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// What the replications drew on average, one value each.
    pub values: Vec<f64>,
    /// What is known to be expected.
    pub mean: f64,
}

/// An estimate with controls.
#[derive(Clone, Debug, PartialEq)]
pub struct Controlled {
    /// The mean, adjusted.
    pub mean: f64,
    /// Half the width of its two-sided interval.
    pub half_width: f64,
    /// Its standard error.
    pub std_error: f64,
    /// The degrees of freedom of that.
    pub df: f64,
    /// The same without controls.
    pub plain_half_width: f64,
    /// What a unit of each control is worth.
    pub coefficients: Vec<f64>,
}

impl Controlled {
    /// As a difference that was made from `count` replications.
    pub fn difference(&self, count: usize) -> Difference {
        Difference {
            mean: self.mean,
            std_dev: self.std_error * libm::sqrt(count as f64),
            count,
            std_error: self.std_error,
            df: self.df,
        }
    }
}

/// The mean of `values` with controls; `None` if there are too few replications for so many
/// controls (three more than controls are needed), or the controls do not vary or repeat each
/// other.
pub fn control_variates(
    values: &[f64],
    controls: &[Control],
    confidence: f64,
) -> Option<Controlled> {
    let (count, controls_count) = (values.len(), controls.len());
    if controls_count == 0 || count < controls_count + 3 {
        return None;
    }
    let centred = |values: &[f64]| -> Vec<f64> {
        let centre = mean(values);
        values.iter().map(|value| value - centre).collect()
    };
    let product = |a: &[f64], b: &[f64]| compensated_sum(a.iter().zip(b).map(|(a, b)| a * b));
    let output = centred(values);
    let inputs: Vec<Vec<f64>> = controls
        .iter()
        .map(|control| centred(&control.values))
        .collect();
    let matrix: Vec<Vec<f64>> = inputs
        .iter()
        .map(|row| inputs.iter().map(|column| product(row, column)).collect())
        .collect();
    let right: Vec<f64> = inputs.iter().map(|input| product(input, &output)).collect();
    let shift: Vec<f64> = controls
        .iter()
        .map(|control| mean(&control.values) - control.mean)
        .collect();
    let coefficients = solve(matrix.clone(), right)?;
    let residuals = (0..count).map(|index| {
        let explained = coefficients.iter().zip(&inputs);
        let explained = explained.map(|(coefficient, input)| coefficient * input[index]);
        output[index] - compensated_sum(explained)
    });
    let residual_squares = compensated_sum(residuals.map(|residual| residual * residual));
    let df = (count - controls_count - 1) as f64;
    let leverage = 1.0 / count as f64 + product(&solve(matrix, shift.clone())?, &shift);
    let t = |df| student_t_quantile(0.5 + confidence / 2.0, df);
    let plain = std_dev(values)? / libm::sqrt(count as f64);
    let std_error = libm::sqrt(residual_squares / df * leverage);
    Some(Controlled {
        mean: mean(values) - product(&coefficients, &shift),
        half_width: t(df) * std_error,
        std_error,
        df,
        plain_half_width: t((count - 1) as f64) * plain,
        coefficients,
    })
}

/// The solution of a small symmetric system by Gaussian elimination; `None` if it is singular to
/// working precision.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for step in 0..size {
        let scale = matrix[step].iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        let pivot = matrix[step][step];
        // A covariance matrix needs no exchange of rows; without a pivot it is singular.
        if pivot <= scale * 1e-10 || pivot <= 0.0 {
            return None;
        }
        let (above, below) = matrix.split_at_mut(step + 1);
        let row = &above[step];
        let value = right[step];
        for (offset, other) in below.iter_mut().enumerate() {
            let factor = other[step] / pivot;
            for (a, b) in other.iter_mut().zip(row) {
                *a -= factor * b;
            }
            right[step + 1 + offset] -= factor * value;
        }
    }
    for step in (0..size).rev() {
        let known =
            compensated_sum((step + 1..size).map(|later| matrix[step][later] * right[later]));
        right[step] = (right[step] - known) / matrix[step][step];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::super::golden::OLD;
    use super::*;

    const CONTROL: [f64; 10] = [0.98, 1.04, 0.93, 1.09, 1.05, 0.96, 1.08, 0.99, 1.02, 0.97];

    fn control() -> Control {
        Control {
            values: CONTROL.to_vec(),
            mean: 1.0,
        }
    }

    #[test]
    fn the_golden_control_gives_the_golden_estimate() {
        // STAT-cv-beta, STAT-cv-mean, STAT-cv-hw: Lavenberg & Welch 1981; Nelson 1990.
        let found = control_variates(&OLD, &[control()], 0.95).unwrap();
        assert!((found.coefficients[0] - 12.135_072_012_456_21).abs() < 1e-11);
        assert!((found.mean - 9.901_514_207_862_982).abs() < 1e-12);
        assert!((found.half_width - 0.057_523_420_601_575_97).abs() < 1e-13);
        // STAT-rep-hw.
        assert!((found.plain_half_width - 0.466_699_951_701_090_5).abs() < 1e-13);
    }

    #[test]
    fn an_output_that_its_controls_explain_wholly_has_no_uncertainty_left() {
        let other = Control {
            values: (0..10).map(|i| f64::from(i * i % 7)).collect(),
            mean: 2.5,
        };
        let output: Vec<f64> = (0..10)
            .map(|i| 4.0 + 3.0 * CONTROL[i] - 2.0 * other.values[i])
            .collect();
        let found = control_variates(&output, &[control(), other], 0.95).unwrap();
        assert!((found.mean - (4.0 + 3.0 - 2.0 * 2.5)).abs() < 1e-12);
        assert!(found.half_width < 1e-10, "{found:?}");
    }

    #[test]
    fn controls_that_repeat_each_other_or_stand_still_are_refused() {
        assert_eq!(control_variates(&OLD, &[control(), control()], 0.95), None);
        let constant = Control {
            values: vec![1.0; 10],
            mean: 1.0,
        };
        assert_eq!(control_variates(&OLD, &[constant], 0.95), None);
        assert_eq!(control_variates(&OLD[..3], &[control()], 0.95), None);
    }
}
