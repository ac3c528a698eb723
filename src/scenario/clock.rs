//! Times of the day in a scenario: when a run starts, and what happens at "14:00".

use super::units_spec::Unit;
use crate::model::CivilTime;
use crate::units::{CivilDate, Duration, UnitError};
use std::str::FromStr;

/// When a run starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Start {
    /// The day and the time.
    pub(crate) civil: CivilTime,
    /// Whether the date is known, or the day of the week alone.
    pub(crate) dated: bool,
}

/// A time since the start of the run, or a time of the day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// Since the start of the run.
    Since(Duration),
    /// Since midnight.
    OfDay(Duration),
}

/// The days of the week, from Sunday, as crontabs count them.
pub(crate) const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// 4 January 1970 was a Sunday.
const A_SUNDAY: i64 = 3;

impl FromStr for Start {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = |what: &str| UnitError {
            message: format!("`{text}` is not {}: {what}", Self::EXPECTED),
        };
        let (day, time) = text
            .trim()
            .split_once(' ')
            .ok_or_else(|| wrong("a day and a time are needed"))?;
        let time = time_of_day(time.trim()).ok_or_else(|| wrong("the time is none of a day"))?;
        let weekday = WEEKDAYS.iter().position(|name| *name == day.to_lowercase());
        let (day, dated) = match weekday {
            Some(weekday) => (A_SUNDAY + weekday as i64, false),
            None => (
                date(day).ok_or_else(|| wrong("the day is none since 1970"))?,
                true,
            ),
        };
        Ok(Self {
            civil: CivilTime { day, time },
            dated,
        })
    }
}

impl Unit for Start {
    const NAME: &'static str = "Start";
    const EXPECTED: &'static str = "a day and a time such as \"Mon 00:00\" or \"2026-03-02 06:30\"";
}

impl FromStr for Moment {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        if !text.contains(':') {
            return text.parse().map(Self::Since);
        }
        time_of_day(text).map(Self::OfDay).ok_or_else(|| UnitError {
            message: format!("`{text}` is no time of a day: write e.g. `14:00`"),
        })
    }
}

impl Unit for Moment {
    const NAME: &'static str = "Moment";
    const EXPECTED: &'static str =
        "a duration such as \"6h\", or a time of the day such as \"14:00\"";
}

/// `14:30` or `14:30:15`, since midnight.
fn time_of_day(text: &str) -> Option<Duration> {
    let mut parts = text.split(':').map(|part| number(part, 1..=2));
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let is_one = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    let seconds = u64::from((hour * 60 + minute) * 60 + second);
    is_one.then(|| Duration::from_secs(seconds))
}

/// `2026-03-02`, as days since 1970.
fn date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let date = CivilDate {
        year: number(parts.next()?, 4..=4)? as i32,
        month: number(parts.next()?, 2..=2)?,
        day: number(parts.next()?, 2..=2)?,
    };
    date.days().filter(|_| parts.next().is_none())
}

/// A number of so many digits.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_and_nothing_else() {
        let start = |text: &str| text.parse::<Start>().ok();
        let hour = 3600;
        let monday = Start {
            civil: CivilTime {
                day: 4,
                time: Duration::from_secs(6 * hour + 1800),
            },
            dated: false,
        };
        assert_eq!(start("Mon 06:30"), Some(monday));
        let leap = start("2024-02-29 23:59:59").unwrap();
        assert_eq!((leap.civil.day, leap.dated), (19_782, true));
        for wrong in [
            "",
            "Mon",
            "Mon 24:00",
            "Mon 6",
            "Monday 06:00",
            "2023-02-29 00:00",
            "2024-2-29 00:00",
            "2024-02-29T00:00",
            "1969-12-31 00:00",
            "Mon 00:00:00:00",
            "Mon +1:00",
        ] {
            assert_eq!(start(wrong), None, "{wrong}");
        }
        assert_eq!(
            "14:00".parse(),
            Ok(Moment::OfDay(Duration::from_secs(14 * hour)))
        );
        assert_eq!(
            "6h".parse(),
            Ok(Moment::Since(Duration::from_secs(6 * hour)))
        );
        assert!("25:00".parse::<Moment>().is_err());
    }
}
