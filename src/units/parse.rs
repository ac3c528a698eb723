//! Reading what people type: durations, sizes, processors, rates, bandwidths.
//!
//! Sizes and processors are Kubernetes quantities (`4Gi`, `500m`), with the byte sizes of everyday
//! use beside them (`1.2GB`, `64MiB`). Spark's own, different notation is in `spark.rs`. Numbers
//! are exact (`decimal.rs`); what is too fine for the type is rounded only where the function says
//! so. Nothing here panics, whatever the text.

use super::decimal::{Decimal, DecimalError, ProductError, Rounding};
use super::{Bandwidth, Bytes, Cpu, Duration, Rate};
use std::str::FromStr;

/// Why a quantity could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnitError {
    /// A lower-case fragment: what is wrong and what is allowed.
    pub message: String,
}

const DURATION: Kind = Kind {
    noun: "duration",
    allowed: "write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)",
};

const SIZE: Kind = Kind {
    noun: "size",
    allowed: "write bytes, or e.g. `512Mi`, `4Gi`, `1.2GB`, `64MiB` (k, M, G, T, P, E or Ki, Mi, \
              Gi, Ti, Pi, Ei, with or without B)",
};

const PROCESSOR: Kind = Kind {
    noun: "number of cores",
    allowed: "write cores, e.g. `2` or `0.5`, or thousandths, e.g. `500m`",
};

const RATE: Kind = Kind {
    noun: "rate",
    allowed: "write e.g. `120/s`, `6/min`, `3/h` or `1000/d`",
};

const BANDWIDTH: Kind = Kind {
    noun: "bandwidth",
    allowed: "write bits, e.g. `10Gbps`, or bytes, e.g. `500MB/s` or `100MiB/s`",
};

/// Units of time in nanoseconds; the first name of each is the one that is written.
pub(super) const TIME_UNITS: &[(&str, u64)] = &[
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ns", 1),
];

/// Multiples of a byte: Kubernetes' suffixes, and the same with a `B`.
const SIZE_UNITS: &[(&str, u64)] = &[
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000),
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("Ei", 1 << 60),
];

impl FromStr for Duration {
    type Err = UnitError;

    /// Reads one or more numbers with a unit, larger units first, or bare seconds; the sum is
    /// rounded to the nearest nanosecond.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let mut rest = text.trim();
        let (first, after) = DURATION.read(text, rest)?;
        if after.is_empty() {
            return DURATION
                .times(text, first, 1_000_000_000, Rounding::Nearest)
                .map(Self::from_nanos);
        }
        let mut total = 0_u64;
        let mut last_unit = u64::MAX;
        while !rest.is_empty() {
            let (number, after) = DURATION.read(text, rest)?;
            let after = after.trim_start();
            let end = after
                .find(|c: char| c.is_ascii_digit() || c == '.' || c == '-' || c.is_whitespace())
                .unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            let unit = find(TIME_UNITS, name).ok_or_else(|| DURATION.unknown_unit(text, name))?;
            if unit >= last_unit {
                return Err(DURATION.error(text, "its units do not go from large to small"));
            }
            let part = DURATION.times(text, number, unit, Rounding::Nearest)?;
            total = total
                .checked_add(part)
                .ok_or_else(|| DURATION.too_large(text))?;
            (last_unit, rest) = (unit, after.trim_start());
        }
        Ok(Self::from_nanos(total))
    }
}

impl FromStr for Bytes {
    type Err = UnitError;

    /// Reads a Kubernetes quantity or a byte size; a fraction of a byte is rounded up, as
    /// Kubernetes does, where the unit is larger than a byte, and refused otherwise.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = SIZE.read(text, text.trim())?;
        let unit = unit.trim_start();
        if unit == "m" {
            // Kubernetes reads `512m` of memory as half a byte, and so do its manifests.
            let thousandths = SIZE.times(text, number, 1, Rounding::Exact)?;
            return if thousandths % 1000 == 0 {
                Ok(Self(thousandths / 1000))
            } else {
                Err(SIZE.error(text, "`m` means thousandths (`Mi` and `M` are mega)"))
            };
        }
        let name = unit.strip_suffix('B').unwrap_or(unit);
        let name = if unit == "KB" { "k" } else { name };
        let bytes = if name.is_empty() {
            SIZE.times(text, number, 1, Rounding::Exact)
        } else {
            let unit = find(SIZE_UNITS, name).ok_or_else(|| SIZE.unknown_unit(text, unit))?;
            SIZE.times(text, number, unit, Rounding::Up)
        };
        bytes.map(Self)
    }
}

impl FromStr for Cpu {
    type Err = UnitError;

    /// Reads cores or thousandths of a core; anything finer is refused, as Kubernetes does.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = PROCESSOR.read(text, text.trim())?;
        let unit = match unit {
            "" => 1000,
            "m" => 1,
            other => return Err(PROCESSOR.unknown_unit(text, other)),
        };
        PROCESSOR
            .times(text, number, unit, Rounding::Exact)
            .map(Self)
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    /// Reads a number per unit of time; zero is a rate.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, rest) = RATE.read(text, text.trim())?;
        let Some(name) = rest.trim_start().strip_prefix('/').map(str::trim_start) else {
            return Err(match rest {
                "" => RATE.error(text, "it has no unit of time"),
                other => RATE.unknown_unit(text, other),
            });
        };
        let nanos = find(TIME_UNITS, name).ok_or_else(|| RATE.unknown_unit(text, name))?;
        // Rates below are exact in seconds, above in fractions of one: one rounding in all.
        let per_second = if nanos >= 1_000_000_000 {
            number.to_f64() / (nanos / 1_000_000_000) as f64
        } else {
            number.to_f64() * (1_000_000_000 / nanos) as f64
        };
        if per_second.is_finite() {
            Ok(Self(per_second))
        } else {
            Err(RATE.too_large(text))
        }
    }
}

impl FromStr for Bandwidth {
    type Err = UnitError;

    /// Reads bits (`bps`) or bytes (`B/s`) per second, above zero; rounded up to a whole byte.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = BANDWIDTH.read(text, text.trim())?;
        let unit = unit.trim_start();
        let (prefix, bits) = if let Some(prefix) = unit.strip_suffix("bps") {
            (prefix, true)
        } else if let Some(prefix) = unit.strip_suffix("B/s") {
            (prefix, false)
        } else {
            return Err(match unit {
                "" => BANDWIDTH.error(text, "it has no unit"),
                other => BANDWIDTH.unknown_unit(text, other),
            });
        };
        let scale = match prefix {
            "" => Some(1),
            "K" => Some(1000),
            prefix => find(SIZE_UNITS, prefix),
        };
        let scale = scale.ok_or_else(|| BANDWIDTH.unknown_unit(text, unit))?;
        // Every prefix but none is a multiple of 8, so bits become bytes without a remainder.
        let bytes = match (bits, scale) {
            (false, scale) => BANDWIDTH.times(text, number, scale, Rounding::Up)?,
            (true, 1) => BANDWIDTH.times(text, number, 1, Rounding::Up)?.div_ceil(8),
            (true, scale) => BANDWIDTH.times(text, number, scale / 8, Rounding::Up)?,
        };
        if bytes == 0 {
            return Err(BANDWIDTH.error(text, "it must be above 0"));
        }
        Ok(Self(bytes))
    }
}

fn find(units: &[(&str, u64)], name: &str) -> Option<u64> {
    units
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, unit)| *unit)
}

/// A kind of quantity: how messages speak of it.
pub(super) struct Kind {
    pub(super) noun: &'static str,
    pub(super) allowed: &'static str,
}

impl Kind {
    /// `text` is no such quantity, for this reason.
    pub(super) fn error(&self, text: &str, reason: &str) -> UnitError {
        let Self { noun, allowed } = self;
        UnitError {
            message: format!("`{}` is not a {noun}: {reason}; {allowed}", shown(text)),
        }
    }

    pub(super) fn unknown_unit(&self, text: &str, unit: &str) -> UnitError {
        if unit.is_empty() {
            return self.error(text, "a number has no unit");
        }
        self.error(text, &format!("`{}` is no unit of it", shown(unit)))
    }

    pub(super) fn too_large(&self, text: &str) -> UnitError {
        self.error(text, "it is too large")
    }

    /// Reads the number at the start of `rest`, a part of `text`.
    pub(super) fn read<'a>(
        &self,
        text: &str,
        rest: &'a str,
    ) -> Result<(Decimal, &'a str), UnitError> {
        Decimal::read(rest).map_err(|error| match error {
            DecimalError::Negative => self.error(text, "it must not be negative"),
            DecimalError::NoNumber => self.error(text, "a number is missing"),
            DecimalError::TooManyDigits => self.error(text, "it has more than 19 digits"),
        })
    }

    /// `number` times `unit` in whole units of the type.
    pub(super) fn times(
        &self,
        text: &str,
        number: Decimal,
        unit: u64,
        rounding: Rounding,
    ) -> Result<u64, UnitError> {
        number.times(unit, rounding).map_err(|error| match error {
            ProductError::TooLarge => self.too_large(text),
            ProductError::TooFine => self.error(text, "it is finer than what is counted"),
        })
    }
}

/// A value as messages show it: whole, unless somebody put a book in its place.
fn shown(text: &str) -> String {
    const LIMIT: usize = 60;
    if text.chars().count() <= LIMIT {
        return text.to_owned();
    }
    text.chars().take(LIMIT).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nanos(text: &str) -> u64 {
        text.parse::<Duration>()
            .unwrap_or_else(|error| panic!("{error}"))
            .nanos()
    }

    fn bytes(text: &str) -> u64 {
        text.parse::<Bytes>()
            .unwrap_or_else(|error| panic!("{error}"))
            .0
    }

    fn message<T: FromStr<Err = UnitError>>(text: &str) -> String {
        match text.parse::<T>() {
            Ok(_) => panic!("`{text}` is accepted"),
            Err(error) => error.message,
        }
    }

    #[test]
    fn durations_are_read_in_every_notation() {
        assert_eq!(nanos("250ms"), 250_000_000);
        assert_eq!(nanos("1h30m"), 5_400_000_000_000);
        assert_eq!(nanos("1h 30min"), 5_400_000_000_000);
        assert_eq!(nanos("2 h 5 min"), 7_500_000_000_000);
        assert_eq!(nanos("2.5s"), 2_500_000_000);
        assert_eq!(nanos("90"), 90_000_000_000);
        assert_eq!(nanos("0.1"), 100_000_000);
        assert_eq!(nanos("1d"), 86_400_000_000_000);
        assert_eq!(nanos("3us"), 3_000);
        assert_eq!(nanos("3\u{b5}s"), 3_000);
        assert_eq!(nanos("5min"), nanos("5m"));
        assert_eq!(nanos("7ns"), 7);
        assert_eq!(nanos("1.6ns"), 2);
        assert_eq!(nanos("0"), 0);
        assert_eq!(nanos("0s"), 0);
        assert_eq!(nanos("1e-3"), 1_000_000);
        assert_eq!(nanos("1m30s500ms"), 90_500_000_000);
    }

    #[test]
    fn a_bad_duration_is_named_with_the_reason_and_what_is_allowed() {
        insta::assert_snapshot!(message::<Duration>("5 parsecs"), @"`5 parsecs` is not a duration: `parsecs` is no unit of it; write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)");
        assert!(message::<Duration>("-5s").contains("must not be negative"));
        assert!(message::<Duration>("1h-5m").contains("must not be negative"));
        assert!(message::<Duration>("").contains("a number is missing"));
        assert!(message::<Duration>("soon").contains("a number is missing"));
        assert!(message::<Duration>("1h30").contains("a number has no unit"));
        assert!(message::<Duration>("30m1h").contains("from large to small"));
        assert!(message::<Duration>("1s1s").contains("from large to small"));
        assert!(message::<Duration>("0.1ns").contains("finer"));
        assert!(message::<Duration>("600000d").contains("too large"));
        assert!(message::<Duration>("213503d 23h 35min").contains("too large"));
        assert!(message::<Duration>("1e99999").contains("too large"));
        assert!(message::<Duration>("nan").contains("a number is missing"));
        assert!(message::<Duration>("1.2.3s").contains("a number has no unit"));
    }

    #[test]
    fn sizes_are_read_as_kubernetes_and_as_people_write_them() {
        assert_eq!(bytes("4Gi"), 4 << 30);
        assert_eq!(bytes("512Mi"), 512 << 20);
        assert_eq!(bytes("1G"), 1_000_000_000);
        assert_eq!(bytes("1500M"), 1_500_000_000);
        assert_eq!(bytes("1e3"), 1000);
        assert_eq!(bytes("1E3"), 1000);
        assert_eq!(bytes("1E"), 1_000_000_000_000_000_000);
        assert_eq!(bytes("1Ei"), 1 << 60);
        assert_eq!(bytes("128974848"), 128_974_848);
        // The four ways in which Kubernetes' documentation writes about the same size.
        assert_eq!(bytes("129e6"), 129_000_000);
        assert_eq!(bytes("129M"), 129_000_000);
        assert_eq!(bytes("128974848000m"), 128_974_848);
        assert_eq!(bytes("123Mi"), 128_974_848);
        assert_eq!(bytes("1.2GB"), 1_200_000_000);
        assert_eq!(bytes("64MiB"), 64 << 20);
        assert_eq!(bytes("64 MiB"), 64 << 20);
        assert_eq!(bytes("1.5 GiB"), 3 << 29);
        assert_eq!(bytes("20kB"), 20_000);
        assert_eq!(bytes("20KB"), 20_000);
        assert_eq!(bytes("7B"), 7);
        assert_eq!(bytes("0"), 0);
        assert_eq!(bytes("0.1Ki"), 103);
        assert_eq!(bytes("15.9Ei"), 18_331_451_923_248_866_919);
    }

    #[test]
    fn a_bad_size_is_named_with_the_reason_and_what_is_allowed() {
        insta::assert_snapshot!(message::<Bytes>("4gi"), @"`4gi` is not a size: `gi` is no unit of it; write bytes, or e.g. `512Mi`, `4Gi`, `1.2GB`, `64MiB` (k, M, G, T, P, E or Ki, Mi, Gi, Ti, Pi, Ei, with or without B)");
        assert!(message::<Bytes>("512m").contains("`m` means thousandths"));
        assert!(message::<Bytes>("1.5").contains("finer than what is counted"));
        assert!(message::<Bytes>("0.5B").contains("finer than what is counted"));
        assert!(message::<Bytes>("16Ei").contains("too large"));
        assert!(message::<Bytes>("-1Gi").contains("must not be negative"));
        assert!(message::<Bytes>("BB").contains("a number is missing"));
        assert!(message::<Bytes>("1BB").contains("`BB` is no unit"));
        assert!(message::<Bytes>("1K").contains("`K` is no unit"));
    }

    #[test]
    fn cores_are_read_exactly() {
        let cores = |text: &str| text.parse::<Cpu>().unwrap();
        assert_eq!(cores("500m"), Cpu(500));
        assert_eq!(cores("2"), Cpu::cores(2));
        assert_eq!(cores("0.1"), Cpu(100));
        assert_eq!(cores("1.5"), Cpu(1500));
        assert_eq!(cores("1.005"), Cpu(1005));
        assert_eq!(cores("1e3"), Cpu::cores(1000));
        insta::assert_snapshot!(message::<Cpu>("2 cores"), @"`2 cores` is not a number of cores: ` cores` is no unit of it; write cores, e.g. `2` or `0.5`, or thousandths, e.g. `500m`");
        assert!(message::<Cpu>("0.0001").contains("finer than what is counted"));
        assert!(message::<Cpu>("1e17").contains("too large"));
        assert!(message::<Cpu>("-1").contains("must not be negative"));
    }

    #[test]
    fn rates_are_the_nearest_float_per_second() {
        let rate = |text: &str| text.parse::<Rate>().unwrap();
        assert_eq!(rate("120/s"), Rate(120.0));
        assert_eq!(rate("6/min"), Rate(0.1));
        assert_eq!(rate("3/h"), Rate(3.0 / 3600.0));
        assert_eq!(rate("1000/d"), Rate(1000.0 / 86400.0));
        assert_eq!(rate("0.8/s"), Rate(0.8));
        assert_eq!(rate("2 / ms"), Rate(2000.0));
        assert_eq!(rate("0/s"), Rate(0.0));
        insta::assert_snapshot!(message::<Rate>("120"), @"`120` is not a rate: it has no unit of time; write e.g. `120/s`, `6/min`, `3/h` or `1000/d`");
        assert!(message::<Rate>("120/y").contains("`y` is no unit"));
        assert!(message::<Rate>("120s").contains("`s` is no unit"));
        assert!(message::<Rate>("1e999/s").contains("too large"));
        assert!(message::<Rate>("-1/s").contains("must not be negative"));
    }

    #[test]
    fn bandwidths_are_bytes_per_second() {
        let bandwidth = |text: &str| text.parse::<Bandwidth>().unwrap();
        assert_eq!(bandwidth("10Gbps"), Bandwidth(1_250_000_000));
        assert_eq!(bandwidth("500MB/s"), Bandwidth(500_000_000));
        assert_eq!(bandwidth("100MiB/s"), Bandwidth(100 << 20));
        assert_eq!(bandwidth("1GB/s"), Bandwidth(1_000_000_000));
        assert_eq!(bandwidth("2.5Gbps"), Bandwidth(312_500_000));
        assert_eq!(bandwidth("9bps"), Bandwidth(2));
        assert_eq!(bandwidth("1 kbps"), Bandwidth(125));
        assert_eq!(bandwidth("64B/s"), Bandwidth(64));
        insta::assert_snapshot!(message::<Bandwidth>("10Gb"), @"`10Gb` is not a bandwidth: `Gb` is no unit of it; write bits, e.g. `10Gbps`, or bytes, e.g. `500MB/s` or `100MiB/s`");
        assert!(message::<Bandwidth>("0Gbps").contains("above 0"));
        assert!(message::<Bandwidth>("10").contains("it has no unit"));
        assert!(message::<Bandwidth>("99EB/s").contains("too large"));
    }

    #[test]
    fn a_very_long_value_is_cut_in_messages() {
        let text = "x".repeat(5000);
        assert!(message::<Duration>(&text).len() < 300);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in any::<String>()) {
            let _ = text.parse::<Duration>();
            let _ = text.parse::<Bytes>();
            let _ = text.parse::<Cpu>();
            let _ = text.parse::<Rate>();
            let _ = text.parse::<Bandwidth>();
        }

        #[test]
        fn no_text_that_is_nearly_right_makes_a_reader_panic(
            text in "-?[0-9]{0,25}[.]?[0-9]{0,25}([eE][+-]?[0-9]{1,12})?[ ]?(ns|us|µs|ms|s|m|min|h|d|k|K|M|Gi?|Ei?|B|GB|EiB|Gbps|bps|B/s|/s|/min|/d)?([0-9]{1,3}s)?",
        ) {
            let _ = text.parse::<Duration>();
            let _ = text.parse::<Bytes>();
            let _ = text.parse::<Cpu>();
            let _ = text.parse::<Rate>();
            let _ = text.parse::<Bandwidth>();
        }

        #[test]
        fn whole_quantities_survive_writing_and_reading(value in any::<u64>()) {
            prop_assert_eq!(format!("{value}ns").parse(), Ok(Duration::from_nanos(value)));
            prop_assert_eq!(format!("{value}").parse(), Ok(Bytes(value)));
            prop_assert_eq!(format!("{value}m").parse(), Ok(Cpu(value)));
            prop_assert_eq!(format!("{}B/s", value.max(1)).parse(), Ok(Bandwidth(value.max(1))));
            let (seconds, nanos) = (value / 1_000_000_000, value % 1_000_000_000);
            let text = format!("{seconds}.{nanos:09}");
            // Bare seconds with nine places hold at most 19 digits together.
            if value < 9_999_999_999_999_999_999 {
                prop_assert_eq!(text.parse(), Ok(Duration::from_nanos(value)));
            }
            let text = format!("{seconds}s{nanos}ns");
            prop_assert_eq!(text.parse(), Ok(Duration::from_nanos(value)));
        }

        #[test]
        fn a_rate_per_second_is_the_float_that_was_written(value in 0.0..1e15_f64) {
            prop_assert_eq!(format!("{value}/s").parse(), Ok(Rate(value)));
        }

        #[test]
        fn thousandths_of_a_gigabyte_are_exact(thousandths in 0..18_000_000_000_u64) {
            let text = format!("{}.{:03}GB", thousandths / 1000, thousandths % 1000);
            prop_assert_eq!(text.parse(), Ok(Bytes(thousandths * 1_000_000)));
        }
    }
}
