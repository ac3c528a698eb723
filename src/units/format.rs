//! Writing quantities for people: tables, axes, messages. Files get plain numbers instead.
//!
//! Four significant digits, the unit that keeps the number short. Portable: digits come from the
//! standard library's exact decimal conversion, never from logarithms.

use super::{Bytes, Duration};

/// `value` with four significant digits: `0.8`, `3.142`, `1235`, `1.2e-7`. Whole digits are never
/// dropped below 10^15, so counts stay counts.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "\u{2013}".to_owned()
        } else {
            signed(value < 0.0, "\u{221e}")
        };
    }
    let (rounded, exponent) = round(value.abs());
    let text = match exponent {
        // Also zero, whose exponent is zero.
        -4..=2 => trimmed(&format!("{rounded:.*}", (3 - exponent) as usize)).to_owned(),
        3..=14 => format!("{:.0}", value.abs()),
        _ => {
            let scientific = format!("{rounded:.3e}");
            let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
            format!("{}e{power}", trimmed(mantissa))
        }
    };
    signed(value < 0.0 && text != "0", &text)
}

/// A span of time given in seconds: `1.25 s`, `320 ms`, `2 h 5 min`.
pub fn seconds(value: f64) -> String {
    if !value.is_finite() {
        return number(value);
    }
    // Rounded first: 59.9999 s is a minute, not `60 s`.
    let (rounded, _) = round(value.abs());
    let text = if rounded >= 86_400.0 {
        two_units((rounded / 3600.0).round(), 24.0, ["d", "h"])
    } else if rounded >= 3600.0 {
        // Rounding to whole minutes may complete a day.
        match (rounded / 60.0).round() {
            minutes if minutes >= 1440.0 => "1 d".to_owned(),
            minutes => two_units(minutes, 60.0, ["h", "min"]),
        }
    } else if rounded >= 60.0 {
        match rounded.round() {
            seconds if seconds >= 3600.0 => "1 h".to_owned(),
            seconds => two_units(seconds, 60.0, ["min", "s"]),
        }
    } else {
        let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "\u{b5}s"), (1e-9, "ns")];
        let fits = |unit: &&(f64, &str)| rounded >= unit.0;
        let smallest = if rounded > 0.0 { &units[3] } else { &units[0] };
        let (unit, name) = units.iter().find(fits).unwrap_or(smallest);
        format!("{} {name}", number(rounded / unit))
    };
    signed(value < 0.0, &text)
}

/// An amount of data given in bytes: `1.5 GiB`, `960 KiB`, `12 B`.
pub fn bytes(value: f64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if !value.is_finite() {
        return number(value);
    }
    let mut scaled = value.abs();
    let mut unit = 0;
    // Rounded first: 1023.99 KiB is a mebibyte.
    while round(scaled).0 >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    signed(value < 0.0, &format!("{} {}", number(scaled), UNITS[unit]))
}

impl Duration {
    /// The span as people write it: `1.25 s`, `320 ms`, `2 h 5 min`.
    pub fn human(self) -> String {
        seconds(self.seconds())
    }
}

impl Bytes {
    /// The amount as people write it: `1.5 GiB`.
    pub fn human(self) -> String {
        bytes(self.0 as f64)
    }
}

/// `value` rounded to four significant digits, and its power of ten; `value` is not negative.
fn round(value: f64) -> (f64, i32) {
    let text = format!("{value:.3e}");
    let exponent = text
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok());
    (text.parse().unwrap_or(value), exponent.unwrap_or(0))
}

fn trimmed(decimals: &str) -> &str {
    if decimals.contains('.') {
        decimals.trim_end_matches('0').trim_end_matches('.')
    } else {
        decimals
    }
}

/// `small` units, of which `ratio` make a large one; the small part is left out where it is zero.
fn two_units(small: f64, ratio: f64, [large_name, small_name]: [&str; 2]) -> String {
    let large = (small / ratio).floor();
    let rest = small - large * ratio;
    if rest > 0.0 {
        format!("{large} {large_name} {rest} {small_name}")
    } else {
        format!("{large} {large_name}")
    }
}

fn signed(negative: bool, text: &str) -> String {
    if negative {
        format!("\u{2212}{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_have_four_significant_digits() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (0.8, "0.8"),
            (std::f64::consts::PI, "3.142"),
            (9.9996, "10"),
            (0.000_123_456, "0.0001235"),
            (1234.5678, "1235"),
            (9999.6, "10000"),
            (200_000.0, "200000"),
            (1_234_567.0, "1234567"),
            (1.23456e18, "1.235e18"),
            (1.2e-7, "1.2e-7"),
            (-2.5, "\u{2212}2.5"),
            (f64::INFINITY, "\u{221e}"),
            (f64::NAN, "\u{2013}"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn durations_take_the_unit_that_keeps_them_short() {
        let cases = [
            (0.0, "0 s"),
            (1.25, "1.25 s"),
            (0.32, "320 ms"),
            (0.999_99, "1 s"),
            (1.5e-5, "15 \u{b5}s"),
            (2e-9, "2 ns"),
            (4e-10, "0.4 ns"),
            (59.994, "59.99 s"),
            (59.9996, "1 min"),
            (65.4, "1 min 5 s"),
            (3599.7, "1 h"),
            (7500.0, "2 h 5 min"),
            (7200.0, "2 h"),
            (86_399.0, "1 d"),
            (90_000.0, "1 d 1 h"),
            (-0.32, "\u{2212}320 ms"),
        ];
        for (value, text) in cases {
            assert_eq!(seconds(value), text);
        }
        assert_eq!(Duration::from_millis(1250).human(), "1.25 s");
    }

    #[test]
    fn sizes_take_the_largest_binary_unit() {
        let cases = [
            (0.0, "0 B"),
            (12.0, "12 B"),
            (1024.0, "1 KiB"),
            (1_048_570.0, "1 MiB"),
            (1023.0 * 1024.0, "1023 KiB"),
            (1.5 * 1024.0 * 1024.0 * 1024.0, "1.5 GiB"),
        ];
        for (value, text) in cases {
            assert_eq!(bytes(value), text);
        }
        assert_eq!(Bytes(64 << 20).human(), "64 MiB");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_within_its_digits(nanos in 1..10_u64.pow(18)) {
            let span = Duration::from_nanos(nanos);
            let back: Duration = span.human().parse().map_err(|error| {
                TestCaseError::fail(format!("{}: {error}", span.human()))
            })?;
            // Minutes and seconds show as little as 1 in 120 of a value, the rest far less.
            let error = back.nanos().abs_diff(nanos) as f64 / nanos as f64;
            prop_assert!(error < 0.021, "{} for {nanos} ns", span.human());
        }

        #[test]
        fn sizes_read_back_within_four_digits(value in any::<u64>()) {
            prop_assume!(value < 15 << 60);
            let back: Bytes = Bytes(value).human().parse().map_err(|error| {
                TestCaseError::fail(format!("{}: {error}", Bytes(value).human()))
            })?;
            let error = back.0.abs_diff(value) as f64 / value.max(1) as f64;
            prop_assert!(error < 6e-4, "{} for {value}", Bytes(value).human());
        }

        #[test]
        fn any_float_can_be_written(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assert!(!number(value).is_empty());
            prop_assert!(!seconds(value).is_empty());
            prop_assert!(!bytes(value).is_empty());
        }
    }
}
