//! The five fields of a crontab line.

use super::Context;
use crate::model::{Arrivals, CronSchedule};
use crate::scenario::clock::{Start, WEEKDAYS};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::Cron;
use crate::units::{Duration, Time};
use crate::workload::Firings;

/// A field: its name, and which numbers it may hold.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Names of the numbers, from the least.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        least: 0,
        most: 59,
        names: &[],
    },
    Field {
        name: "hour",
        least: 0,
        most: 23,
        names: &[],
    },
    Field {
        name: "day of the month",
        least: 1,
        most: 31,
        names: &[],
    },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    // 7 is Sunday too.
    Field {
        name: "day of the week",
        least: 0,
        most: 7,
        names: &WEEKDAYS,
    },
];

/// Firings that are looked at to find the shortest time between two: all of a day and more, but not
/// beyond ten years, within which even leap days come twice.
const LOOKED_AT: usize = 3000;
const LOOKED_UNTIL: Time = Time::from_nanos(10 * 366 * 24 * 3600 * 1_000_000_000);

/// The times of a crontab line.
pub(super) fn resolve(spec: &Cron, start: Start, context: &mut Context<'_>) -> Option<Arrivals> {
    let wrong = |message: String, label: String| {
        Diagnostic::at(spec.at.span, message).label(label).help(
            "five fields: minute, hour, day of the month, month, day of the week; e.g. \
                   `0 2 * * *` is every day at 02:00, `*/15 8-17 * * mon-fri` every quarter of an \
                   office hour",
        )
    };
    let parts: Vec<&str> = spec.at.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        let found = format!("this has {}", parts.len());
        context.problem(wrong(
            format!("`{}` is not a crontab line", spec.at.value),
            found,
        ));
        return None;
    }
    let mut sets = [0_u64; 5];
    for ((set, field), part) in sets.iter_mut().zip(&FIELDS).zip(&parts) {
        match field.read(part) {
            Some(numbers) => *set = numbers,
            None => {
                let (least, most) = (field.least, field.most);
                context.problem(wrong(
                    format!("`{part}` cannot be the {} of a crontab line", field.name),
                    format!("numbers are from {least} to {most}: `*`, `5`, `1-5`, `*/2`, `1,3`"),
                ));
                return None;
            }
        }
    }
    let [minutes, hours, days, months, weekdays] = sets;
    // As Vixie's cron has it: a field that begins with `*` narrows the other one down.
    let either_day = !parts[2].starts_with('*') && !parts[4].starts_with('*');
    let schedule = CronSchedule {
        minutes,
        hours: hours as u32,
        days: days as u32,
        months: months as u16,
        weekdays: (weekdays | (weekdays >> 7)) as u8 & 0x7f,
        either_day,
        start: start.civil,
    };
    let by_date = parts[2] != "*" || parts[3] != "*";
    if by_date && !start.dated {
        context.problem(wrong(
            "a day of the month or a month, and the run starts on none".to_owned(),
            "give the date: `start = \"2026-03-02 00:00\"` in `[run]`".to_owned(),
        ));
        return None;
    }
    let firings: Vec<_> = Firings::new(schedule)
        .take_while(|time| *time < LOOKED_UNTIL)
        .take(LOOKED_AT)
        .collect();
    if firings.is_empty() {
        context.problem(wrong(
            "this time never comes".to_owned(),
            "no month has this day".to_owned(),
        ));
        return None;
    }
    let jitter = spec.jitter.as_ref().map_or(Duration::ZERO, |it| it.value.0);
    let shortest = firings.windows(2).map(|pair| pair[1] - pair[0]).min();
    if let (Some(at), Some(shortest)) = (&spec.jitter, shortest)
        && shortest < jitter
    {
        context.problem(
            Diagnostic::at(
                at.span,
                "`jitter` is longer than the time between two arrivals",
            )
            .label(format!("at most {} here", shortest.human())),
        );
        return None;
    }
    Some(Arrivals::Cron { schedule, jitter })
}

impl Field {
    /// The numbers that a text stands for: bit n for n.
    fn read(&self, text: &str) -> Option<u64> {
        text.split(',').try_fold(0, |set, part| {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
                None => (part, 1),
            };
            let (first, last) = match range.split_once('-') {
                Some((first, last)) => (self.number(first)?, self.number(last)?),
                None if range == "*" => (self.least, self.most),
                // `5/15` is `5-59/15`.
                None if part.contains('/') => (self.number(range)?, self.most),
                None => (self.number(range)?, self.number(range)?),
            };
            let numbers = (first..=last).step_by(step);
            (first <= last).then(|| numbers.fold(set, |set, number| set | (1 << number)))
        })
    }

    fn number(&self, text: &str) -> Option<u32> {
        let named = self
            .names
            .iter()
            .position(|name| *name == text.to_lowercase());
        let number = match named {
            Some(position) => self.least + position as u32,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_ranges_steps_and_names_are_read() {
        let read = |index: usize, text: &str| FIELDS[index].read(text);
        let set = |numbers: &[u32]| Some(numbers.iter().fold(0, |set, number| set | (1 << number)));
        assert_eq!(read(0, "*"), Some((1 << 60) - 1));
        assert_eq!(read(0, "*/20"), set(&[0, 20, 40]));
        assert_eq!(read(0, "5/25"), set(&[5, 30, 55]));
        assert_eq!(read(1, "8-10,22"), set(&[8, 9, 10, 22]));
        assert_eq!(read(2, "1-31/10"), set(&[1, 11, 21, 31]));
        assert_eq!(read(3, "mar,Dec"), set(&[3, 12]));
        assert_eq!(read(4, "mon-fri"), set(&[1, 2, 3, 4, 5]));
        assert_eq!(read(4, "7"), set(&[7]));
        for wrong in [
            "", "60", "-1", "5-1", "*/0", "1,,2", "a", "+1", "1-2-3", "*/x",
        ] {
            assert_eq!(read(0, wrong), None, "{wrong}");
        }
        assert_eq!(read(2, "0"), None);
    }
}
