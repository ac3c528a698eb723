//! Which runs are of one application: those of one name, dates in it aside.
//!
//! Schedulers put the day into a name (`etl-2026-03-02`, `Taxi_2025_06_27_00_24_44`,
//! `load 20260302T0600`), and a planner means all of them by `etl`.

/// The name without dates and the times that follow them; the name itself, if nothing else is in it.
pub(super) fn family(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let after_digit = kept.ends_with(|last: char| last.is_ascii_digit());
        match date(rest).filter(|_| !after_digit) {
            Some(length) => {
                rest = &rest[length..];
                // What joined the date to the name goes with it, and both its brackets.
                if kept.ends_with('(') {
                    rest = rest.strip_prefix(')').unwrap_or(rest);
                }
                kept.truncate(kept.trim_end_matches(SEPARATORS).len());
            }
            None => {
                kept.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    let kept = kept.trim_matches(SEPARATORS);
    if kept.is_empty() {
        name.to_owned()
    } else {
        kept.to_owned()
    }
}

const SEPARATORS: [char; 8] = ['-', '_', '.', ':', ' ', '/', '(', ')'];
const BETWEEN: [char; 5] = ['-', '_', '.', '/', ':'];

/// The length of the date that `text` begins with, and of the time after it.
fn date(text: &str) -> Option<usize> {
    let year = number(text, 4).filter(|year| (1970..2100).contains(year))?;
    let _ = year;
    let mut at = 4;
    for most in [12, 31] {
        at += separator(&text[at..]);
        number(&text[at..], 2).filter(|number| (1..=most).contains(number))?;
        at += 2;
    }
    // A time of day, as far as there is one: hours, minutes, seconds, parts of a second, a zone.
    loop {
        let rest = &text[at..];
        let joined = rest.starts_with(['T', '-', '_', '.', ':', ' ', '/', '+']);
        let digits = &rest[usize::from(joined)..];
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 || count == 1 && joined {
            break;
        }
        at += usize::from(joined) + count;
    }
    at += usize::from(text[at..].starts_with('Z'));
    // Part of a longer word is no date.
    let next = text[at..].chars().next();
    next.is_none_or(|next| !next.is_alphanumeric())
        .then_some(at)
}

fn separator(text: &str) -> usize {
    usize::from(text.starts_with(BETWEEN))
}

/// The number that the first `digits` characters are.
fn number(text: &str, digits: usize) -> Option<u32> {
    let part = text.get(..digits)?;
    part.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(())?;
    part.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::family;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_no_part_of_a_name() {
        for (name, expected) in [
            ("etl-2026-03-02", "etl"),
            ("TaxiData_2025_06_27_00_24_44", "TaxiData"),
            ("load 20260302T0600", "load"),
            ("2026-03-02 nightly", "nightly"),
            ("report (2026-03-02) daily", "report daily"),
            ("load_2026-03-02T06:00:00.123Z_eu", "load_eu"),
            ("app-20161115172038-0000", "app"),
            // No dates.
            ("SparkPi 10000", "SparkPi 10000"),
            ("tenant-100234", "tenant-100234"),
            ("tpch-sf2000x", "tpch-sf2000x"),
            ("20260302", "20260302"),
            ("日本-2026-03-02", "日本"),
        ] {
            assert_eq!(family(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_has_a_family_that_is_its_own(name in ".{0,40}") {
            let first = family(&name);
            prop_assert!(first.len() <= name.len());
            prop_assert_eq!(first.is_empty(), name.is_empty());
        }
    }
}
