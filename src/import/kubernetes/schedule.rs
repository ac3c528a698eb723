//! The `schedule` of a `ScheduledSparkApplication`.
//!
//! The operator reads it with robfig/cron's standard parser: five fields, or a descriptor.

use super::tables::Arrivals;
use crate::units::Duration;

/// Descriptors and the lines that they stand for.
const DESCRIPTORS: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// When it runs; an `Err` says what the schedule cannot be.
pub(super) fn read(schedule: &str) -> Result<Arrivals, String> {
    let schedule = schedule.trim();
    if let Some(interval) = schedule.strip_prefix("@every ") {
        let interval = interval.trim();
        // Go writes durations as scenarios do.
        return match interval.parse::<Duration>() {
            Ok(length) if length > Duration::ZERO => Ok(Arrivals::Every(interval.to_owned())),
            Ok(_) => Err("an interval is above 0".to_owned()),
            Err(error) => Err(error.message),
        };
    }
    let descriptor = DESCRIPTORS.iter().find(|(name, _)| *name == schedule);
    if let Some((_, line)) = descriptor {
        return Ok(Arrivals::Cron((*line).to_owned()));
    }
    if schedule.starts_with('@') {
        return Err("expected five fields, `@daily` or the like, or `@every 10m`".to_owned());
    }
    // A question mark is a star to that parser.
    Ok(Arrivals::Cron(schedule.replace('?', "*")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_and_intervals_are_read_as_the_operator_reads_them() {
        let line = |text: &str| Ok(Arrivals::Cron(text.to_owned()));
        assert_eq!(read("@daily"), line("0 0 * * *"));
        assert_eq!(read(" 0 2 ? * 1-5 "), line("0 2 * * 1-5"));
        assert_eq!(
            read("@every 1h30m"),
            Ok(Arrivals::Every("1h30m".to_owned()))
        );
        assert!(read("@every 0s").is_err());
        assert!(read("@fortnightly").is_err());
    }
}
