//! How many are in system: integrated over time, and how often how many.
//!
//! Besides the integral there are two distributions over the same window: how long so many were
//! present, and how many arrivals found so many. With Poisson arrivals they agree (PASTA); they are
//! kept in arrays indexed by the number, so booking a change is one addition.

use super::Level;
use crate::units::Time;

/// Numbers from here on are one.
pub const MANY: usize = 4096;

/// A number of those present.
#[derive(Clone, Debug, Default)]
pub struct Population {
    level: Level,
    /// The last change, or the start of the window.
    since: Time,
    /// By number: nanoseconds in the window, up to `since`.
    time: Vec<u64>,
    /// By number: arrivals in the window that found it.
    found: Vec<u64>,
}

/// How often there were how many, within the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// By number: nanoseconds. The last of [`MANY`] + 1 entries stands for all larger ones too.
    pub time: Vec<u64>,
    /// By number: arrivals that found it.
    pub found: Vec<u64>,
}

impl Population {
    /// `amount` more are present from `now` on.
    #[inline]
    pub fn rise(&mut self, now: Time, amount: u64) {
        self.book(now);
        self.level.rise(now, amount);
    }

    /// `amount` fewer are present from `now` on.
    #[inline]
    pub fn fall(&mut self, now: Time, amount: u64) {
        self.book(now);
        self.level.fall(now, amount);
    }

    /// An arrival looks around; it is not present yet.
    #[inline]
    pub fn found(&mut self) {
        add(&mut self.found, self.level.now(), 1);
    }

    /// How many are present now.
    pub fn now(&self) -> u64 {
        self.level.now()
    }

    /// The number as a level.
    pub fn level(&self) -> &Level {
        &self.level
    }

    /// Number × nanoseconds since the start of the run.
    pub fn area(&self, now: Time) -> u128 {
        self.level.area(now)
    }

    /// How often there were how many, up to `now`.
    pub fn numbers(&self, now: Time) -> Numbers {
        let mut seen = self.clone();
        seen.book(now);
        Numbers {
            time: seen.time,
            found: seen.found,
        }
    }

    /// Opens the window.
    pub fn open_window(&mut self, now: Time) {
        self.level.open_window(now);
        self.since = now;
        self.time.clear();
        self.found.clear();
    }

    #[inline]
    fn book(&mut self, now: Time) {
        let nanos = (now - self.since).nanos();
        add(&mut self.time, self.level.now(), nanos);
        self.since = now;
    }
}

impl Numbers {
    /// The smallest number that there were at most for at least the share `p` of the time; `None`
    /// where no time has passed or the number is beyond what is told apart.
    pub fn quantile(&self, p: f64) -> Option<u64> {
        let whole: u64 = self.time.iter().sum();
        let wanted = p * whole as f64;
        let mut below = 0;
        let reached = self.time.iter().position(|nanos| {
            below += nanos;
            below > 0 && wanted <= below as f64
        })?;
        (reached < MANY).then_some(reached as u64)
    }
}

#[inline]
fn add(counts: &mut Vec<u64>, number: u64, amount: u64) {
    let index = usize::try_from(number).map_or(MANY, |number| number.min(MANY));
    match counts.get_mut(index) {
        Some(count) => *count += amount,
        None => first(counts, index, amount),
    }
}

/// The first time that there are so many.
#[cold]
fn first(counts: &mut Vec<u64>, index: usize, amount: u64) {
    counts.resize(index + 1, 0);
    counts[index] = amount;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    #[test]
    fn times_and_finds_are_those_of_the_window() {
        let mut present = Population::default();
        present.rise(at(2), 1);
        present.found();
        present.open_window(at(5));
        present.found();
        present.rise(at(6), 1);
        present.found();
        present.fall(at(9), 2);
        let numbers = present.numbers(at(20));
        assert_eq!(numbers.time, [11, 1, 3]);
        assert_eq!(numbers.found, [0, 1, 1]);
        assert_eq!(numbers.quantile(0.5), Some(0));
        assert_eq!(numbers.quantile(0.8), Some(1));
        assert_eq!(numbers.quantile(1.0), Some(2));
        assert_eq!(Numbers::default().quantile(0.5), None);
    }

    #[test]
    fn numbers_beyond_the_last_are_counted_together() {
        let mut present = Population::default();
        present.rise(at(0), MANY as u64 - 1);
        present.rise(at(1), 1);
        present.rise(at(3), 1_000_000);
        let numbers = present.numbers(at(10));
        assert_eq!(numbers.time.len(), MANY + 1);
        assert_eq!(numbers.time[MANY - 1..], [1, 9]);
        assert_eq!(numbers.quantile(0.1), Some(MANY as u64 - 1));
        assert_eq!(numbers.quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn the_integral_is_that_of_the_distribution(
            steps in proptest::collection::vec((0_u64..50, 0_u64..4, any::<bool>()), 1..60),
        ) {
            let (mut present, mut now) = (Population::default(), 0);
            for (delay, amount, up) in steps {
                now += delay;
                if up {
                    present.rise(at(now), amount);
                } else {
                    let amount = amount.min(present.now());
                    present.fall(at(now), amount);
                }
            }
            let numbers = present.numbers(at(now + 7));
            let whole: u64 = numbers.time.iter().sum();
            prop_assert_eq!(whole, now + 7);
            let area: u128 = (0..).zip(&numbers.time).map(|(n, nanos)| n * u128::from(*nanos)).sum();
            prop_assert_eq!(area, present.level().window_area(at(now + 7)));
        }
    }
}
