//! Names, quoting, comments and times as the written scenario has them.

use crate::units::Cpu;
use std::fmt::Write;

/// Text as a TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Appends `text` as comment lines, wrapped; `first` begins the first of them, and the others are
/// indented by as much.
pub(super) fn comment(out: &mut String, first: &str, text: &str) {
    const WIDTH_MAX: usize = 100;
    let indent = " ".repeat(first.chars().count());
    let mut line = format!("# {first}");
    let mut is_fresh = true;
    let clean: String = text.chars().map(shown).collect();
    for word in clean.split(' ').filter(|word| !word.is_empty()) {
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH_MAX {
            out.push_str(line.trim_end());
            out.push('\n');
            line = format!("# {indent}");
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(word);
        is_fresh = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Controls would end a comment or be forbidden in it.
fn shown(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The start of a text that may be long, on one line.
pub(super) fn shortened(text: &str, length_max: usize) -> String {
    let mut chars = text.chars().map(shown);
    let mut short: String = chars.by_ref().take(length_max).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// Milliseconds as a duration, exactly.
pub(super) fn duration(millis: u64) -> String {
    let (seconds, rest) = (millis / 1000, millis % 1000);
    if millis == 0 {
        "0s".to_owned()
    } else if seconds == 0 {
        format!("{rest}ms")
    } else if rest == 0 {
        format!("{seconds}s")
    } else {
        let decimals = format!("{rest:03}");
        format!("{seconds}.{}s", decimals.trim_end_matches('0'))
    }
}

/// What a scenario may call a thing that somebody named freely.
pub(super) fn name(text: &str) -> String {
    const LENGTH_MAX: usize = 64;
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
        if name.len() == LENGTH_MAX {
            break;
        }
    }
    let name = name.trim_matches('-');
    if name.is_empty() {
        "app".to_owned()
    } else {
        name.to_owned()
    }
}

/// Appends `key = value`.
pub(super) fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

/// As Kubernetes writes it.
pub(super) fn processors(cpu: Cpu) -> String {
    if cpu.0.is_multiple_of(1000) {
        (cpu.0 / 1000).to_string()
    } else {
        format!("{}m", cpu.0)
    }
}

/// `1 task`, `2 tasks`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_exact_and_short() {
        let texts = [0, 7, 1000, 15_300, 12_345, 3_600_050].map(duration);
        assert_eq!(texts, ["0s", "7ms", "1s", "15.3s", "12.345s", "3600.05s"]);
    }

    #[test]
    fn a_free_name_becomes_one_that_scenarios_allow() {
        assert_eq!(name("Spark Pi - (v2)"), "Spark-Pi-v2");
        assert_eq!(name("nightly_etl-3"), "nightly_etl-3");
        assert_eq!(name("日本"), "app");
    }

    proptest! {
        #[test]
        fn a_quoted_text_reads_back_as_itself(text in any::<String>()) {
            let document = format!("{} = {}", quoted(&text), quoted(&text));
            let table: toml::Table = document.parse().unwrap();
            prop_assert_eq!(table[&text].as_str(), Some(text.as_str()));
        }

        #[test]
        fn any_text_is_a_comment(text in any::<String>()) {
            let mut document = String::new();
            comment(&mut document, "- ", &text);
            let table: toml::Table = document.parse().unwrap();
            prop_assert!(table.is_empty());
        }
    }
}
