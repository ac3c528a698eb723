//! Arrivals at a rate that rises and falls as a sine.
//!
//! The next arrival is where the integral of the rate has grown by an exponential variate (E. Çinlar,
//! "Introduction to Stochastic Processes", 1975, section 4.7). The integral is a straight line and a
//! sine; its inverse is found by Newton's method within brackets, to less than a nanosecond.

use crate::model::Diurnal;
use crate::units::{Duration, Time};
use std::f64::consts::TAU;

/// A rate of mean 1/`gap` whose phase is known exactly at every instant.
#[derive(Debug)]
pub(super) struct Sine {
    /// Seconds between arrivals at the average rate.
    gap: f64,
    /// Half of the distance between the highest and the lowest rate, as a share of the average.
    swing: f64,
    /// Nanoseconds.
    period: u64,
    /// Nanoseconds from the start of the run to the first peak.
    peak: u64,
}

/// Newton's method doubles the digits each time, halving adds one bit: either is done long before.
const MOST_STEPS: u32 = 200;

impl Sine {
    /// The rate of `diurnal`.
    pub(super) fn new(diurnal: &Diurnal) -> Self {
        let period = diurnal.period.nanos();
        Self {
            gap: 1.0 / diurnal.rate.0,
            swing: diurnal.peak_ratio - 1.0,
            period,
            peak: diurnal.peak_at.nanos() % period,
        }
    }

    /// When the rate since `now` has added up to `missing`.
    pub(super) fn after(&self, now: Time, missing: f64) -> Time {
        // At the average rate it would take so long.
        let mean = missing * self.gap;
        let period = self.period as f64 / 1e9;
        let whole = (mean / period).floor();
        let periods = Duration::from_nanos((whole as u64).saturating_mul(self.period));
        let rest = (mean - whole * period).clamp(0.0, period);
        now + periods + Duration::from_seconds(self.solve(self.phase(now), rest, period))
    }

    /// How far an instant is after a peak, as an angle.
    fn phase(&self, now: Time) -> f64 {
        let since = u128::from(now.nanos()) + u128::from(self.period - self.peak);
        let since = (since % u128::from(self.period)) as u64;
        TAU * (since as f64 / self.period as f64)
    }

    /// The time x within which x + swing · ∫ cos adds up to `rest`.
    fn solve(&self, phase: f64, rest: f64, period: f64) -> f64 {
        let speed = TAU / period;
        // sin(a + b) − sin a = 2 cos(a + b/2) sin(b/2), without the difference of near numbers.
        let excess = |x: f64| {
            let half = 0.5 * speed * x;
            x + 2.0 * self.swing / speed * libm::cos(phase + half) * libm::sin(half) - rest
        };
        let most = 2.0 * self.swing / speed;
        let (mut low, mut high) = ((rest - most).max(0.0), (rest + most).min(period));
        let mut x = rest.clamp(low, high);
        for _ in 0..MOST_STEPS {
            let error = excess(x);
            if error < 0.0 {
                low = x;
            } else {
                high = x;
            }
            let slope = 1.0 + self.swing * libm::cos(phase + speed * x);
            let newton = x - error / slope;
            // Where the rate is next to nothing, Newton's step leaves the bracket.
            let next = if low <= newton && newton <= high {
                newton
            } else {
                0.5 * (low + high)
            };
            let step = (next - x).abs();
            x = next;
            if step < 1e-10 {
                break;
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Rate;
    use proptest::prelude::*;

    proptest! {
        /// The rate, added up from `now` to the answer, is what was asked for.
        #[test]
        fn the_inverse_undoes_the_integral(
            rate in 1e-3..1e3_f64,
            peak_ratio in 1.0..=2.0_f64,
            period in 1..1_000_000_u64,
            peak in 0..2_000_000_u64,
            now in 0..100_000_000_000_000_u64,
            missing in 1e-9..40.0_f64,
        ) {
            let sine = Sine::new(&Diurnal {
                rate: Rate(rate),
                peak_ratio,
                period: Duration::from_millis(period),
                peak_at: Duration::from_millis(peak),
            });
            let now = Time::from_nanos(now);
            let passed = (sine.after(now, missing) - now).seconds();
            let period = period as f64 / 1e3;
            let angle = |t: f64| TAU / period * (t - peak as f64 / 1e3);
            let from = angle(now.seconds());
            let to = from + TAU / period * passed;
            let swing = (peak_ratio - 1.0) * period / TAU;
            let added = rate * (passed + swing * (libm::sin(to) - libm::sin(from)));
            // A nanosecond at the highest rate, and the rounding of the reference's angles.
            let tolerance = rate * 2e-9 + 1e-9 * missing + rate * swing * 1e-9;
            prop_assert!((added - missing).abs() < tolerance, "{added} is not {missing}");
        }
    }
}
