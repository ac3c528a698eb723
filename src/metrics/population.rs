//! How many are in system: integrated over time, and how often how many.
//!
//! Besides the integral there are two distributions over the same window: how long so many were
//! present, and how many arrivals found so many. With Poisson arrivals they agree (PASTA); they are
//! kept in an array indexed by the number, so booking a change is one addition, and the integral is a
//! sum over the array.

use super::since::Since;
use crate::units::Time;

/// Numbers from here on are one.
pub const MANY: usize = 4096;

/// A number of those present.
#[derive(Clone, Debug, Default)]
pub struct Population {
    level: u64,
    /// The last change, or the start of the window.
    since: Time,
    /// By number, up to [`MANY`], which stands for all larger ones too.
    counts: Vec<Count>,
    /// Number × nanoseconds before the window.
    before_window: u128,
    /// What the numbers beyond [`MANY`] were more than that.
    beyond: Beyond,
}

/// Within the window, for one number.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Nanoseconds, up to the last change.
    time: u64,
    /// Arrivals that found it.
    found: u64,
}

/// Sums over numbers beyond [`MANY`], of each that part which is.
#[derive(Clone, Copy, Debug, Default)]
struct Beyond {
    area: u128,
    found: u128,
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
        self.book(now, 0);
        self.level += amount;
    }

    /// `amount` fewer are present from `now` on.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub fn fall(&mut self, now: Time, amount: u64) {
        self.book(now, 0);
        let Some(level) = self.level.checked_sub(amount) else {
            panic!("at {now} {amount} of {} cannot leave", self.level);
        };
        self.level = level;
    }

    /// An arrival looks around; it is not present yet.
    #[inline]
    pub fn found(&mut self, now: Time) {
        self.book(now, 1);
    }

    /// An arrival looks around and stays.
    #[inline]
    pub fn found_and_rise(&mut self, now: Time) {
        self.book(now, 1);
        self.level += 1;
    }

    /// How many are present now.
    #[inline]
    pub fn now(&self) -> u64 {
        self.level
    }

    /// Number × nanoseconds since the start of the run.
    pub fn area(&self, now: Time) -> u128 {
        self.before_window + self.window_area(now)
    }

    /// Number × nanoseconds since the window opened.
    pub fn window_area(&self, now: Time) -> u128 {
        let booked = self.sum(|count| count.time) + self.beyond.area;
        booked + u128::from(self.level) * u128::from((now - self.since).nanos())
    }

    /// Those whom arrivals in the window found, added up.
    pub fn found_sum(&self) -> u128 {
        self.sum(|count| count.found) + self.beyond.found
    }

    /// How often there were how many, up to `now`.
    pub fn numbers(&self, now: Time) -> Numbers {
        let mut seen = self.clone();
        seen.book(now, 0);
        // Whatever was never there or never found has no entry at the end.
        let column = |of: fn(&Count) -> u64| {
            let column: Vec<u64> = seen.counts.iter().map(of).collect();
            let length = column.iter().rposition(|&number| number > 0);
            column[..length.map_or(0, |last| last + 1)].to_vec()
        };
        Numbers {
            time: column(|count| count.time),
            found: column(|count| count.found),
        }
    }

    /// Σ number × what is counted of it.
    fn sum(&self, of: impl Fn(&Count) -> u64) -> u128 {
        let terms = (0..).zip(&self.counts);
        terms
            .map(|(number, count)| number * u128::from(of(count)))
            .sum()
    }

    #[inline]
    fn book(&mut self, now: Time, found: u64) {
        let time = (now - self.since).nanos();
        self.since = now;
        match self.counts.get_mut(self.level as usize) {
            Some(count) if self.level < MANY as u64 => {
                count.time += time;
                count.found += found;
            }
            _ => self.book_rarely(time, found),
        }
    }

    /// Where there were never so many, or there are many.
    #[cold]
    fn book_rarely(&mut self, time: u64, found: u64) {
        let index = usize::try_from(self.level).map_or(MANY, |level| level.min(MANY));
        if self.counts.len() <= index {
            self.counts.resize(index + 1, Count::default());
        }
        self.counts[index].time += time;
        self.counts[index].found += found;
        let more = u128::from(self.level) - index as u128;
        self.beyond.area += more * u128::from(time);
        self.beyond.found += more * u128::from(found);
    }
}

impl Since for Population {
    fn open_window(&mut self, now: Time) {
        self.before_window = self.area(now);
        self.beyond = Beyond::default();
        self.since = now;
        self.counts.clear();
    }

    fn since(&self, earlier: &Self, at: Time) -> Self {
        let mut earlier = earlier.clone();
        earlier.book(at, 0);
        let mut later = self.clone();
        if later.since < at {
            later.book(at, 0);
        }
        for (count, before) in later.counts.iter_mut().zip(&earlier.counts) {
            count.time -= before.time;
            count.found -= before.found;
        }
        later.beyond.area -= earlier.beyond.area;
        later.beyond.found -= earlier.beyond.found;
        later.before_window = earlier.area(at);
        later
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
        present.found(at(2));
        present.open_window(at(5));
        present.found(at(5));
        present.rise(at(6), 1);
        present.found(at(6));
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
        let many = MANY as u128;
        assert_eq!(
            present.area(at(10)),
            (many - 1) + 2 * many + 7 * (many + 1_000_000)
        );
        present.found(at(10));
        assert_eq!(present.found_sum(), many + 1_000_000);
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
            prop_assert_eq!(area, present.window_area(at(now + 7)));
        }
    }
}
