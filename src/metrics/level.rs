//! A number of things that changes over time, integrated exactly over the window.

use super::since::Since;
use crate::stats::TimeIntegral;
use crate::units::Time;

impl Since for Level {
    fn open_window(&mut self, now: Time) {
        self.before_window = self.area(now);
    }

    fn since(&self, earlier: &Self, at: Time) -> Self {
        Self {
            before_window: earlier.area(at),
            ..self.clone()
        }
    }
}

/// A level and its integral since the window opened.
///
/// The integral itself is never reset (the time series read it too); the window remembers where it
/// began.
#[derive(Clone, Debug, Default)]
pub struct Level {
    integral: TimeIntegral,
    before_window: u128,
}

impl Level {
    /// Raises the level by `amount` at `now`.
    #[inline]
    pub fn rise(&mut self, now: Time, amount: u64) {
        self.integral.add(now, amount);
    }

    /// Lowers the level by `amount` at `now`.
    #[inline]
    pub fn fall(&mut self, now: Time, amount: u64) {
        self.integral.sub(now, amount);
    }

    /// The level is `value` from `now` on.
    #[inline]
    pub fn set(&mut self, now: Time, value: u64) {
        self.integral.set(now, value);
    }

    /// The level now.
    pub fn now(&self) -> u64 {
        self.integral.level()
    }

    /// Level × nanoseconds since the start of the run.
    pub fn area(&self, now: Time) -> u128 {
        self.integral.area_at(now)
    }

    /// Level × nanoseconds since the window opened.
    pub fn window_area(&self, now: Time) -> u128 {
        self.area(now) - self.before_window
    }
}
