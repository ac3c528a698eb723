//! The same application with more or less data.
//!
//! A stage gets as many times the tasks, each with the times and sizes of a recorded one of the same
//! stage: task j of m is task ⌊j·n/m⌋ of the n recorded ones. So every recorded task counts equally
//! often, neighbours stay neighbours (the first tasks on an executor are slower than later ones),
//! and no chance is involved. A stage of one task collects what others made: it stays one task, of
//! as many times the size and time. So does what is left of a stage of few tasks with less data.

use super::work::Row;
use std::fmt;
use std::str::FromStr;

/// How many times the recorded data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataScale(
    /// Invariant: above 0 and at most [`FACTOR_MAX`].
    f64,
);

const FACTOR_MAX: f64 = 1000.0;

impl DataScale {
    /// As recorded.
    pub const RECORDED: Self = Self(1.0);

    /// The factor.
    pub const fn factor(self) -> f64 {
        self.0
    }

    /// Whether it is another amount of data than the recorded one.
    pub(super) fn changes(self) -> bool {
        self != Self::RECORDED
    }

    /// The tasks of a stage with that much data, and the factor on each one's times and sizes, if it
    /// has one.
    pub(super) fn apply(self, rows: &[Row]) -> (Vec<Row>, Option<f64>) {
        let count = rows.len();
        let wanted = count as f64 * self.0;
        let scaled_count = if count == 1 {
            1
        } else {
            wanted.round().max(1.0) as usize
        };
        let mut scaled = Vec::with_capacity(scaled_count);
        let mut last = None;
        for task in 0..scaled_count {
            let source = (task as u128 * count as u128 / scaled_count as u128) as usize;
            scaled.push(if last == Some(source) {
                Row::Copy(rows[source].position() as u32)
            } else {
                rows[source]
            });
            last = Some(source);
        }
        let is_stretched = scaled_count == 1 && self.changes();
        (scaled, is_stretched.then_some(wanted))
    }
}

impl FromStr for DataScale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let factor = text.parse().ok();
        factor
            .filter(|&factor: &f64| 0.0 < factor && factor <= FACTOR_MAX)
            .map(Self)
            .ok_or_else(|| format!("expected a number above 0, at most {FACTOR_MAX}"))
    }
}

impl fmt::Display for DataScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn positions(factor: &str, count: u32) -> (Vec<usize>, Option<f64>) {
        let rows: Vec<Row> = (0..count).map(Row::Recorded).collect();
        let (rows, stretch) = factor.parse::<DataScale>().unwrap().apply(&rows);
        (rows.iter().map(|row| row.position()).collect(), stretch)
    }

    #[test]
    fn tasks_are_repeated_beside_their_original_or_passed_over() {
        assert_eq!(positions("2", 3).0, [0, 0, 1, 1, 2, 2]);
        assert_eq!(positions("1.5", 4).0, [0, 0, 1, 2, 2, 3]);
        assert_eq!(positions("0.5", 4).0, [0, 2]);
        assert_eq!(positions("1", 4).0, [0, 1, 2, 3]);
    }

    #[test]
    fn one_task_stays_one_and_grows() {
        assert_eq!(positions("3", 1), (vec![0], Some(3.0)));
        assert_eq!(positions("0.25", 2), (vec![0], Some(0.5)));
        assert_eq!(positions("1", 1), (vec![0], None));
    }

    #[test]
    fn what_is_no_factor_is_refused() {
        for text in ["0", "-1", "NaN", "inf", "1001", "two", ""] {
            let error = text.parse::<DataScale>().unwrap_err();
            assert_eq!(error, "expected a number above 0, at most 1000", "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_task_counts_equally_often(count in 2_u32..200, factor in 1_u32..6) {
            let (rows, stretch) = positions(&factor.to_string(), count);
            prop_assert_eq!(stretch, None);
            for task in 0..count as usize {
                let often = rows.iter().filter(|&&row| row == task).count();
                prop_assert_eq!(often, factor as usize);
            }
        }
    }
}
