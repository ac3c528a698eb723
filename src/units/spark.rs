//! Spark's notation of sizes and times, which is neither Kubernetes' nor everyday use.
//!
//! As in Spark's `JavaUtils.byteStringAs` and `timeStringAs`: whole numbers, units in either case,
//! sizes in binary multiples (`8g` is 8 GiB), and a bare number in the unit that the property
//! documents. Unlike Spark, negative values are refused and nothing is truncated to that unit.

use super::decimal::Rounding;
use super::parse::{Kind, TIME_UNITS, UnitError};
use super::{Bytes, Duration};

const SIZE: Kind = Kind {
    noun: "size in Spark's notation",
    allowed: "write a whole number and k, m, g, t or p, e.g. `512m` or `8g`",
};

const TIME: Kind = Kind {
    noun: "time in Spark's notation",
    allowed: "write a whole number and us, ms, s, min, h or d, e.g. `100ms` or `5min`",
};

impl Bytes {
    /// Reads `8g`, `512m`, `1024k`, `1t`; a bare number counts in `default_unit`, e.g.
    /// [`Bytes::MIB`] for `spark.executor.memory` and one byte for most others.
    ///
    /// # Errors
    /// If `text` is nothing that Spark would read as a size.
    pub fn from_spark(text: &str, default_unit: Self) -> Result<Self, UnitError> {
        let unit_of = |name: &str| match name {
            "" => Some(default_unit.0),
            "b" => Some(1),
            "k" | "kb" => Some(1 << 10),
            "m" | "mb" => Some(1 << 20),
            "g" | "gb" => Some(1 << 30),
            "t" | "tb" => Some(1 << 40),
            "p" | "pb" => Some(1 << 50),
            _ => None,
        };
        read(&SIZE, text, unit_of).map(Self)
    }
}

impl Duration {
    /// Reads `3s`, `100ms`, `5min`, `1h`; a bare number counts in `default_unit`, the one that the
    /// property documents.
    ///
    /// # Errors
    /// If `text` is nothing that Spark would read as a time that is not negative.
    pub fn from_spark(text: &str, default_unit: Self) -> Result<Self, UnitError> {
        let unit_of = |name: &str| match name {
            "" => Some(default_unit.nanos()),
            // Spark has no nanoseconds.
            "ns" => None,
            _ => TIME_UNITS
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, unit)| *unit),
        };
        read(&TIME, text, unit_of).map(Self::from_nanos)
    }
}

fn read(kind: &Kind, text: &str, unit_of: impl Fn(&str) -> Option<u64>) -> Result<u64, UnitError> {
    let lower = text.trim().to_ascii_lowercase();
    let end = lower
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(lower.len());
    let (number, unit) = lower.split_at(end);
    if unit.starts_with('.') {
        return Err(kind.error(text, "Spark takes no fractions"));
    }
    let (number, _) = kind.read(text, if number.is_empty() { unit } else { number })?;
    let unit = unit_of(unit).ok_or_else(|| kind.unknown_unit(text, unit))?;
    kind.times(text, number, unit, Rounding::Exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_binary_and_a_bare_number_counts_in_the_default_unit() {
        let size = |text: &str| Bytes::from_spark(text, Bytes::MIB).unwrap();
        assert_eq!(size("8g"), Bytes(8 << 30));
        assert_eq!(size("8G"), Bytes(8 << 30));
        assert_eq!(size("8gb"), Bytes(8 << 30));
        assert_eq!(size("512m"), Bytes(512 << 20));
        assert_eq!(size("1024k"), Bytes(1 << 20));
        assert_eq!(size("1t"), Bytes(1 << 40));
        assert_eq!(size(" 48b "), Bytes(48));
        assert_eq!(size("2048"), Bytes(2 << 30));
        assert_eq!(Bytes::from_spark("2048", Bytes(1)), Ok(Bytes(2048)));
    }

    #[test]
    fn times_have_the_units_of_spark() {
        let time = |text: &str| Duration::from_spark(text, Duration::from_secs(1)).unwrap();
        assert_eq!(time("3s"), Duration::from_secs(3));
        assert_eq!(time("100ms"), Duration::from_millis(100));
        assert_eq!(time("5min"), Duration::from_secs(300));
        assert_eq!(time("5m"), Duration::from_secs(300));
        assert_eq!(time("1H"), Duration::from_secs(3600));
        assert_eq!(time("2d"), Duration::from_secs(172_800));
        assert_eq!(time("7us"), Duration::from_nanos(7000));
        assert_eq!(time("60"), Duration::from_secs(60));
    }

    #[test]
    fn what_spark_refuses_is_refused() {
        let message = |text: &str| Bytes::from_spark(text, Bytes(1)).unwrap_err().message;
        insta::assert_snapshot!(message("1.5g"), @"`1.5g` is not a size in Spark's notation: Spark takes no fractions; write a whole number and k, m, g, t or p, e.g. `512m` or `8g`");
        assert!(message("8Gi").contains("`gi` is no unit"));
        assert!(message("8 g").contains("no unit"));
        assert!(message("-1").contains("must not be negative"));
        assert!(message("").contains("a number is missing"));
        assert!(message("g").contains("a number is missing"));
        assert!(message("1e3").contains("`e3` is no unit"));
        assert!(message("99999p").contains("too large"));
        let time = |text: &str| {
            Duration::from_spark(text, Duration::ZERO)
                .unwrap_err()
                .message
        };
        assert!(time("5ns").contains("`ns` is no unit"));
        assert!(time("1h30m").contains("no unit"));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in any::<String>(), near in "-?[0-9]{0,25}[.]?[a-zA-Zµ]{0,3}") {
            for text in [text, near] {
                let _ = Bytes::from_spark(&text, Bytes::MIB);
                let _ = Duration::from_spark(&text, Duration::from_secs(1));
            }
        }

        #[test]
        fn whole_sizes_survive_writing_and_reading(value in any::<u32>()) {
            let size = Bytes::from_spark(&format!("{value}m"), Bytes(1));
            prop_assert_eq!(size, Ok(Bytes(u64::from(value) << 20)));
            let size = Bytes::from_spark(&format!("{value}"), Bytes(1));
            prop_assert_eq!(size, Ok(Bytes(u64::from(value))));
        }
    }
}
