//! Numbers for people: three to four significant digits and a unit that fits their size.
//!
//! Not for files that programs read: those hold exact numbers (`csv.rs`).

use crate::metrics::Unit;

/// A unit for display: what it is called, and how much of the stored unit one of it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// Stands after the number, with its space.
    pub(super) suffix: &'static str,
    /// Stored units in one of these.
    pub(super) size: f64,
}

/// Decimals that anyone wants to read.
const DECIMALS_MAX: usize = 9;

/// `value` with its unit: `6.28 ms`.
pub(super) fn value(value: f64, unit: Unit) -> String {
    let scale = scale(value, unit);
    let scaled = value / scale.size;
    format!("{}{}", grouped(scaled, short(scaled)), scale.suffix)
}

/// `value`, half the width of its interval, and their unit: `6.28 ± 0.12 ms`.
pub(super) fn value_with_half_width(value: f64, half_width: f64, unit: Unit) -> String {
    let scale = scale(value, unit);
    let (scaled, half_width) = (value / scale.size, half_width / scale.size);
    let decimals = if half_width > 0.0 {
        // Four digits of the value and two of the half-width are enough, and more is noise.
        decimals(scaled, 4).min(decimals(half_width, 2))
    } else {
        short(scaled)
    };
    let smallest = format!("{:.decimals$}", 0.0);
    let mut half = grouped(half_width, decimals);
    if half_width > 0.0 && half == smallest {
        // The interval is narrower than the digits shown.
        half = format!("<{}1", &smallest[..smallest.len() - 1]);
    }
    let mean = grouped(scaled, decimals);
    format!("{mean} ± {half}{}", scale.suffix)
}

/// A plain number with three significant digits at most.
pub(super) fn short_number(value: f64) -> String {
    let text = grouped(value, decimals(value, 2).min(3));
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// The unit in which a duration of `seconds` is best read.
pub(super) fn time_scale(seconds: f64) -> Scale {
    let scale = |suffix, size| Scale { suffix, size };
    match seconds.abs() {
        0.0 => scale(" s", 1.0),
        size if size < 1e-6 => scale(" ns", 1e-9),
        size if size < 1e-3 => scale(" µs", 1e-6),
        size if size < 1.0 => scale(" ms", 1e-3),
        size if size < 600.0 => scale(" s", 1.0),
        size if size < 7200.0 => scale(" min", 60.0),
        size if size < 259_200.0 => scale(" h", 3600.0),
        _ => scale(" d", 86_400.0),
    }
}

fn scale(value: f64, unit: Unit) -> Scale {
    let scale = |suffix, size| Scale { suffix, size };
    let magnitude = value.abs();
    match unit {
        Unit::Seconds => time_scale(value),
        Unit::PerSecond if magnitude >= 0.1 || magnitude <= 0.0 => scale(" /s", 1.0),
        Unit::PerSecond if magnitude * 60.0 >= 0.1 => scale(" /min", 1.0 / 60.0),
        Unit::PerSecond => scale(" /h", 1.0 / 3600.0),
        Unit::Bytes if magnitude < 1e3 => scale(" B", 1.0),
        Unit::Bytes if magnitude < 1e6 => scale(" kB", 1e3),
        Unit::Bytes if magnitude < 1e9 => scale(" MB", 1e6),
        Unit::Bytes if magnitude < 1e12 => scale(" GB", 1e9),
        Unit::Bytes => scale(" TB", 1e12),
        Unit::Ratio => scale(" %", 0.01),
        Unit::Count | Unit::Currency => scale("", 1.0),
        Unit::Cores => scale(" cores", 1.0),
        Unit::CountSeconds => scale(" count·s", 1.0),
    }
}

/// Decimals that show three significant digits of `value`, and none of a whole number.
fn short(value: f64) -> usize {
    if value.fract().abs() > 0.0 {
        decimals(value, 3)
    } else {
        0
    }
}

/// Decimals that show `digits` significant digits of `value`.
fn decimals(value: f64, digits: i32) -> usize {
    if value.abs() <= 0.0 {
        return digits.unsigned_abs() as usize;
    }
    let decimals = usize::try_from(digits - 1 - exponent(value));
    decimals.unwrap_or(0).min(DECIMALS_MAX)
}

/// The exponent of the leading digit: exact, where a logarithm may be off by one at powers of ten.
pub(super) fn exponent(value: f64) -> i32 {
    let text = format!("{value:e}");
    let digits = text.split_once('e').map(|(_, exponent)| exponent);
    digits.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// `value` with a comma at every three digits before the point.
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.decimals$}");
    let (sign, text) = match text.strip_prefix('-') {
        // What rounds to zero has no sign.
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => ("", rest),
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_three_digits_and_the_unit_that_fits() {
        assert_eq!(value(0.006_283, Unit::Seconds), "6.28 ms");
        assert_eq!(value(0.0, Unit::Seconds), "0 s");
        assert_eq!(value(5400.0, Unit::Seconds), "90 min");
        assert_eq!(value(0.8, Unit::PerSecond), "0.800 /s");
        assert_eq!(value(6.0 / 60.0, Unit::PerSecond), "0.100 /s");
        assert_eq!(value(2.5 / 86_400.0, Unit::PerSecond), "0.104 /h");
        assert_eq!(value(4.2e9, Unit::Bytes), "4.20 GB");
        assert_eq!(value(0.7994, Unit::Ratio), "79.9 %");
        assert_eq!(value(200_000.0, Unit::Count), "200,000");
        assert_eq!(value(-0.000_000_000_01, Unit::Count), "0.000000000");
        assert_eq!(value(f64::MAX, Unit::Count), "1.80e308");
    }

    #[test]
    fn a_half_width_sets_how_many_digits_are_worth_showing() {
        let shown = |mean, half| value_with_half_width(mean, half, Unit::Seconds);
        assert_eq!(shown(5.012_345, 0.043_21), "5.012 ± 0.043 s");
        assert_eq!(shown(0.006_283, 0.000_123), "6.28 ± 0.12 ms");
        assert_eq!(shown(5.012_345, 0.000_001), "5.012 ± <0.001 s");
        assert_eq!(shown(5.0, 0.0), "5 ± 0 s");
        assert_eq!(shown(41.0, 0.533), "41.00 ± 0.53 s");
        assert_eq!(shown(0.0, 0.25), "0.00 ± 0.25 s");
        assert_eq!(shown(1.5, 40.0), "2 ± 40 s");
        assert_eq!(
            value_with_half_width(1234.5, 567.8, Unit::Count),
            "1,234 ± 568"
        );
    }
}
