//! Times of the day, as a crontab names them.
//!
//! Without time zones: every day has 24 hours. Where both a day of the month and a day of the week
//! are given, either suffices, as in every cron since Vixie's.

use crate::model::CronSchedule;
use crate::units::{CivilDate, Duration, Time};

const MINUTES_A_DAY: u32 = 24 * 60;
const MINUTE: u64 = 60_000_000_000;

/// Every day of the calendar occurs within so many days: eight years when a leap day is left out.
const ALL_DAYS: u32 = 366 * 8 + 1;

/// The instants of a schedule, one after the other, since the start of the run.
#[derive(Clone, Debug)]
pub struct Firings {
    schedule: CronSchedule,
    /// Days since the one that the run starts on.
    day: u32,
    /// The minute of that day that is looked at next.
    minute: u32,
}

impl Firings {
    /// Those at or after the start of the run.
    pub fn new(schedule: CronSchedule) -> Self {
        Self {
            minute: schedule.start.time.nanos().div_ceil(MINUTE) as u32,
            schedule,
            day: 0,
        }
    }

    fn falls_on(&self, day: u32) -> bool {
        let days = self.schedule.start.day + i64::from(day);
        let date = CivilDate::of_day(days);
        // 1 January 1970 was a Thursday.
        let weekday = (days + 4).rem_euclid(7);
        let of_month = self.schedule.days & (1 << date.day) != 0;
        let of_week = self.schedule.weekdays & (1 << weekday) != 0;
        let by_day = if self.schedule.either_day {
            of_month || of_week
        } else {
            of_month && of_week
        };
        by_day && self.schedule.months & (1 << date.month) != 0
    }

    /// The first minute of a matching day that is not before `minute`.
    fn minute_from(&self, minute: u32) -> Option<u32> {
        (minute..MINUTES_A_DAY).find(|minute| {
            let (hour, minute) = (minute / 60, minute % 60);
            self.schedule.hours & (1 << hour) != 0 && self.schedule.minutes & (1 << minute) != 0
        })
    }
}

impl Iterator for Firings {
    type Item = Time;

    fn next(&mut self) -> Option<Time> {
        for day in self.day..self.day.saturating_add(ALL_DAYS) {
            if self.falls_on(day)
                && let Some(minute) = self.minute_from(self.minute)
            {
                (self.day, self.minute) = (day, minute + 1);
                let minutes = u64::from(day) * u64::from(MINUTES_A_DAY) + u64::from(minute);
                let since_midnight =
                    Time::ZERO + Duration::from_nanos(MINUTE.checked_mul(minutes)?);
                let midnight = Time::ZERO + self.schedule.start.time;
                return Some(Time::ZERO + (since_midnight - midnight));
            }
            self.minute = 0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CivilTime;

    const ALL: CronSchedule = CronSchedule {
        minutes: (1 << 60) - 1,
        hours: (1 << 24) - 1,
        days: u32::MAX,
        months: u16::MAX,
        weekdays: 0x7f,
        either_day: false,
        // Sunday, 1 February 2026, noon.
        start: CivilTime {
            day: 20_485,
            time: Duration::from_secs(12 * 3600),
        },
    };

    fn hours(schedule: CronSchedule, count: usize) -> Vec<f64> {
        let firings = Firings::new(schedule).take(count);
        firings.map(|time| time.seconds() / 3600.0).collect()
    }

    #[test]
    fn fields_select_minutes_hours_days_and_months() {
        let two_in_the_morning = CronSchedule {
            minutes: 1,
            hours: 1 << 2,
            ..ALL
        };
        assert_eq!(hours(two_in_the_morning, 3), [14.0, 38.0, 62.0]);
        let quarters = CronSchedule {
            minutes: 1 | (1 << 15) | (1 << 30) | (1 << 45),
            ..ALL
        };
        // The instant of the start is one of them.
        assert_eq!(hours(quarters, 3), [0.0, 0.25, 0.5]);
        let mondays = CronSchedule {
            weekdays: 1 << 1,
            ..two_in_the_morning
        };
        assert_eq!(hours(mondays, 2), [14.0, 14.0 + 168.0]);
        // The 3rd, or a Monday (the 2nd and the 9th).
        let either = CronSchedule {
            days: 1 << 3,
            either_day: true,
            ..mondays
        };
        assert_eq!(hours(either, 3), [14.0, 38.0, 14.0 + 168.0]);
        let first_of_march = CronSchedule {
            days: 1 << 1,
            months: 1 << 3,
            ..two_in_the_morning
        };
        assert_eq!(hours(first_of_march, 1), [28.0 * 24.0 - 10.0]);
    }

    #[test]
    fn leap_days_come_after_years_and_impossible_days_never() {
        let leap = CronSchedule {
            minutes: 1,
            hours: 1,
            days: 1 << 29,
            months: 1 << 2,
            ..ALL
        };
        // 29 February 2028: 365 · 2 + 28 days after the 1st of February 2026.
        assert_eq!(hours(leap, 1), [758.0 * 24.0 - 12.0]);
        let never = CronSchedule {
            days: 1 << 30,
            ..leap
        };
        assert_eq!(Firings::new(never).next(), None);
    }
}
