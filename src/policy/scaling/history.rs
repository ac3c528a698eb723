//! An integral over time, remembered where it was read, so that it can be averaged over windows.

use crate::units::{Duration, Time};
use std::collections::VecDeque;

/// Readings of an integral, the first at time zero.
#[derive(Clone, Debug)]
pub(super) struct History {
    readings: VecDeque<(Time, u128)>,
    /// The longest window.
    longest: Duration,
}

impl History {
    pub(super) fn new(longest: Duration) -> Self {
        Self {
            readings: VecDeque::from([(Time::ZERO, 0)]),
            longest,
        }
    }

    /// Reads `area` at `now`; what no window reaches back to is forgotten.
    pub(super) fn read(&mut self, now: Time, area: u128) {
        while let Some(&(second, _)) = self.readings.get(1) {
            if now.saturating_since(second) < self.longest {
                break;
            }
            self.readings.pop_front();
        }
        self.readings.push_back((now, area));
    }

    /// The average over the last `window`, from the reading at its beginning or the one before;
    /// since the start where that is not so long ago.
    pub(super) fn average(&self, window: Duration) -> f64 {
        let Some(&(now, area)) = self.readings.back() else {
            return 0.0;
        };
        let old = self.readings.iter().rev();
        let mut old = old.skip_while(|(time, _)| now.saturating_since(*time) < window);
        let before = old.next().or_else(|| self.readings.front());
        let (since, before) = before.copied().unwrap_or_default();
        let nanos = now.saturating_since(since).nanos();
        if nanos == 0 {
            return 0.0;
        }
        (area - before) as f64 / nanos as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_those_of_the_last_readings() {
        let second = 1_000_000_000;
        let mut history = History::new(Duration::from_secs(4));
        // A level of 1, 2, 3, … in the first, second, third, … second.
        let mut area = 0;
        for number in 1..=10_u64 {
            area += u128::from(number * second);
            history.read(Time::from_nanos(number * second), area);
        }
        assert!((history.average(Duration::from_secs(1)) - 10.0).abs() < 1e-12);
        assert!((history.average(Duration::from_secs(2)) - 9.5).abs() < 1e-12);
        assert!((history.average(Duration::from_secs(4)) - 8.5).abs() < 1e-12);
        // Nothing older is needed.
        assert_eq!(history.readings.len(), 5);
        // Between two readings: from the one before.
        assert!((history.average(Duration::from_millis(1500)) - 9.5).abs() < 1e-12);
    }

    #[test]
    fn before_a_window_has_passed_the_average_is_that_since_the_start() {
        let mut history = History::new(Duration::from_secs(60));
        assert!(history.average(Duration::from_secs(60)).abs() < 1e-12);
        history.read(Time::from_nanos(2_000_000_000), 6_000_000_000);
        assert!((history.average(Duration::from_secs(60)) - 3.0).abs() < 1e-12);
    }
}
