//! Dates of the Gregorian calendar, by the day since 1 January 1970.

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CivilDate {
    /// Year.
    pub year: i32,
    /// Month, from 1.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
}

impl CivilDate {
    /// The first year that can be counted from.
    pub const FIRST_YEAR: i32 = 1970;

    /// The date so many days after 1 January 1970; negative ones are taken for that day.
    pub fn of_day(days: i64) -> Self {
        let mut rest = days.max(0);
        let mut year = Self::FIRST_YEAR;
        while rest >= days_in_year(year) {
            rest -= days_in_year(year);
            year += 1;
        }
        let mut month = 1;
        while rest >= i64::from(days_in_month(year, month)) {
            rest -= i64::from(days_in_month(year, month));
            month += 1;
        }
        Self {
            year,
            month,
            day: rest as u32 + 1,
        }
    }

    /// Days since 1 January 1970; `None` if there is no such date, or it is earlier.
    pub fn days(self) -> Option<i64> {
        let exists = Self::FIRST_YEAR <= self.year
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day);
        let years = (Self::FIRST_YEAR..self.year).map(days_in_year).sum::<i64>();
        let months = (1..self.month).map(|month| i64::from(days_in_month(self.year, month)));
        exists.then(|| years + months.sum::<i64>() + i64::from(self.day) - 1)
    }
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_year(year: i32) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_the_same_thing() {
        let date = |year, month, day| CivilDate { year, month, day };
        assert_eq!(date(1970, 1, 1).days(), Some(0));
        assert_eq!(date(2000, 3, 1).days(), Some(11_017));
        assert_eq!(date(2026, 2, 1).days(), Some(20_485));
        assert_eq!(date(2023, 2, 29).days(), None);
        assert_eq!(date(2024, 13, 1).days(), None);
        assert_eq!(date(1969, 12, 31).days(), None);
        for day in (0..200_000).step_by(7) {
            assert_eq!(CivilDate::of_day(day).days(), Some(day));
        }
    }
}
