//! The exact integral of a level over time.
//!
//! Levels are counts and times are integers, so the integral is an integer too: time averages of
//! two windows are differences of it, and conservation laws (∫N dt = Σ time present) can be
//! audited to the nanosecond. It is never reset: what is measured from some instant on is the
//! difference to the value at that instant.

use crate::units::Time;

/// A level held over time, and the area under it.
///
/// # Invariants
/// Time does not run backwards; the area never falls.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeIntegral {
    level: u64,
    since: Time,
    area: u128,
}

impl TimeIntegral {
    /// Level zero at the start of the run.
    pub const fn new() -> Self {
        Self {
            level: 0,
            since: Time::ZERO,
            area: 0,
        }
    }

    /// The present level.
    #[inline]
    pub const fn level(&self) -> u64 {
        self.level
    }

    /// The level is `level` from `now` on.
    ///
    /// # Panics
    /// If `now` is earlier than the last change.
    #[inline]
    pub fn set(&mut self, now: Time, level: u64) {
        self.area = self.area_at(now);
        self.since = now;
        self.level = level;
    }

    /// The level rises by `delta` at `now`.
    ///
    /// # Panics
    /// If `now` is earlier than the last change.
    #[inline]
    pub fn add(&mut self, now: Time, delta: u64) {
        self.set(now, self.level + delta);
    }

    /// The level falls by `delta` at `now`.
    ///
    /// # Panics
    /// If it would fall below zero, or `now` is earlier than the last change.
    #[inline]
    pub fn sub(&mut self, now: Time, delta: u64) {
        let Some(level) = self.level.checked_sub(delta) else {
            panic!("at {now} a level of {} cannot fall by {delta}", self.level);
        };
        self.set(now, level);
    }

    /// The area from the start of the run to `now`, in level times nanoseconds.
    ///
    /// # Panics
    /// If `now` is earlier than the last change.
    #[inline]
    pub fn area_at(&self, now: Time) -> u128 {
        self.area + u128::from(self.level) * u128::from((now - self.since).nanos())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_area_is_level_times_duration_and_windows_are_differences() {
        let at = Time::from_nanos;
        let mut queue = TimeIntegral::new();
        queue.add(at(10), 3);
        queue.sub(at(20), 1);
        let warmup = queue.area_at(at(25));
        queue.set(at(40), 5);
        assert_eq!(warmup, 3 * 10 + 2 * 5);
        assert_eq!(queue.area_at(at(50)) - warmup, 2 * 15 + 5 * 10);
        assert_eq!(queue.level(), 5);
    }

    #[test]
    fn the_largest_level_over_the_longest_time_fits() {
        let mut integral = TimeIntegral::new();
        integral.set(Time::ZERO, u64::MAX);
        assert_eq!(
            integral.area_at(Time::MAX),
            u128::from(u64::MAX) * u128::from(u64::MAX)
        );
    }

    #[test]
    fn a_level_below_zero_and_a_step_back_in_time_are_bugs() {
        let negative = std::panic::catch_unwind(|| TimeIntegral::new().sub(Time::ZERO, 1));
        let backwards = std::panic::catch_unwind(|| {
            let mut integral = TimeIntegral::new();
            integral.set(Time::from_nanos(2), 1);
            integral.area_at(Time::from_nanos(1))
        });
        assert!(negative.is_err() && backwards.is_err());
    }

    proptest! {
        #[test]
        fn the_area_under_a_number_in_system_is_the_sum_of_the_times_present(
            visits in prop::collection::vec((0_u64..1000, 0_u64..1000), 0..50)
        ) {
            let mut changes: Vec<(u64, bool)> = visits
                .iter()
                .flat_map(|&(from, stay)| [(from, true), (from + stay, false)])
                .collect();
            // Arrivals first, so that a visit of no length does not leave before it came.
            changes.sort_by_key(|&(instant, arrives)| (instant, !arrives));
            let mut number = TimeIntegral::new();
            for (instant, arrives) in changes {
                let now = Time::from_nanos(instant);
                let before = number.area_at(now);
                if arrives {
                    number.add(now, 1);
                } else {
                    number.sub(now, 1);
                }
                prop_assert_eq!(number.area_at(now), before);
            }
            let present: u128 = visits.iter().map(|&(_, stay)| u128::from(stay)).sum();
            prop_assert_eq!(number.area_at(Time::from_nanos(5000)), present);
        }
    }
}
