//! Mean and variability of times, from integer sums.

/// Count, sum and sum of squares of observations in nanoseconds.
///
/// The sums hold 10^20 observations of a second; beyond that they stay where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: u128,
    /// The sum of their squares.
    pub squares: u128,
}

impl Moments {
    /// Counts one observation.
    #[inline]
    pub fn record(&mut self, nanos: u64) {
        self.count += 1;
        self.sum += u128::from(nanos);
        self.squares = self.squares.saturating_add(square(nanos));
    }

    /// The mean in seconds; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / 1e9)
    }

    /// The coefficient of variation, standard deviation over mean: 0 where nothing varies, `None`
    /// of nothing.
    pub fn cv(&self) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        // count² · variance = count · Σx² − (Σx)², exactly while it fits: the difference of two
        // near floats would make a constant vary.
        let exact = || {
            let whole = self.squares.checked_mul(u128::from(self.count))?;
            let less = self.sum.checked_mul(self.sum)?;
            Some(whole.saturating_sub(less) as f64)
        };
        let count = self.count as f64;
        let sum = self.sum as f64;
        let spread = exact().unwrap_or_else(|| (self.squares as f64 * count - sum * sum).max(0.0));
        Some(if spread > 0.0 {
            spread.sqrt() / sum
        } else {
            0.0
        })
    }
}

/// The square of an observation.
#[inline]
pub fn square(nanos: u64) -> u128 {
    u128::from(nanos) * u128::from(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Moments {
        let mut moments = Moments::default();
        for value in values {
            moments.record(*value);
        }
        moments
    }

    #[test]
    fn moments_are_those_of_the_textbook() {
        assert_eq!((of(&[]).mean(), of(&[]).cv()), (None, None));
        // Mean 3, variance (4 + 1 + 9) / 3.
        let moments = of(&[1_000_000_000, 2_000_000_000, 6_000_000_000]);
        assert_eq!(moments.mean(), Some(3.0));
        let cv = moments.cv().unwrap();
        assert!((cv - (14.0_f64 / 3.0).sqrt() / 3.0).abs() < 1e-15, "{cv}");
        assert_eq!(of(&[0, 0]).cv(), Some(0.0));
    }

    #[test]
    fn what_does_not_vary_has_no_variability_however_long_it_is() {
        assert_eq!(of(&[1_250_000_001; 1000]).cv(), Some(0.0));
        let huge = of(&[u64::MAX; 3]).cv().unwrap();
        assert!(huge.is_finite(), "{huge}");
    }
}
