//! Axes: what is varied, and what is tried of it.

use crate::scenario::located::{Located, Span};
use crate::scenario::overrides::Change;

/// The axis whose values are names of variants.
pub(super) const VARIANT: &str = "variant";

/// Something that is varied on its own.
#[derive(Clone, Debug)]
pub(super) struct Axis<'i> {
    /// What people call it: a path, `variant`, or `points`.
    pub(super) name: Located<String>,
    /// The columns that say where on it a point is: the paths that it sets.
    pub(super) columns: Vec<String>,
    /// What is tried.
    pub(super) tried: Tried<'i>,
}

/// What is tried of an axis.
#[derive(Clone, Debug)]
pub(super) enum Tried<'i> {
    /// One after the other; none is empty.
    Levels(Vec<Level<'i>>),
    /// Whatever a sample draws between two ends.
    Range {
        /// The path that the value is for.
        path: Vec<Located<String>>,
        /// Between what.
        range: Range,
    },
}

/// One of the things that are tried.
#[derive(Clone, Debug)]
pub(super) struct Level<'i> {
    /// Beside each column: the value; `None`: as it stands in the scenario.
    pub(super) cells: Vec<Option<String>>,
    /// What it changes.
    pub(super) changes: Vec<Tell<Change<'i>>>,
    /// Where it is written.
    pub(super) span: Span,
}

/// A change, and what `--set` would have to be told to make it.
#[derive(Clone, Debug)]
pub(super) struct Tell<T> {
    /// `PATH=VALUE`.
    pub(super) set: String,
    /// The change.
    pub(super) what: T,
}

/// Numbers between two ends, both included, with what stands behind each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    /// The lower end.
    pub(super) from: f64,
    /// The upper end, above it.
    pub(super) to: f64,
    /// Whether only whole numbers are meant.
    pub(super) whole: bool,
    /// The unit of text such as `"5/min"`; empty for bare numbers.
    pub(super) unit: String,
    /// Where the range is written.
    pub(super) span: Span,
}

impl Axis<'_> {
    /// The things that are tried, where they are listed.
    pub(super) fn levels(&self) -> &[Level<'_>] {
        match &self.tried {
            Tried::Levels(levels) => levels,
            Tried::Range { .. } => &[],
        }
    }
}

impl Range {
    /// The value at `share` of the way (0 to 1), as it would be written in a scenario: whole numbers
    /// are equally likely, others have four significant digits.
    pub(super) fn at(&self, share: f64) -> String {
        let number = if self.whole {
            let offset = (share * (self.to - self.from + 1.0)).floor();
            (self.from + offset).min(self.to)
        } else {
            let exact = self.from + share * (self.to - self.from);
            let rounded: f64 = format!("{exact:.3e}").parse().unwrap_or(exact);
            rounded.clamp(self.from, self.to)
        };
        if self.unit.is_empty() {
            format!("{number}")
        } else {
            format!("\"{number}{}\"", self.unit)
        }
    }
}

/// A path as it is written.
pub(super) fn dotted(path: &[Located<String>]) -> String {
    let parts: Vec<&str> = path.iter().map(|part| part.as_str()).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reaches_both_ends_and_rounds_to_what_people_write() {
        let mut range = Range {
            from: 1.0,
            to: 4.0,
            whole: true,
            unit: String::new(),
            span: Span::default(),
        };
        let texts = |range: &Range| [0.001, 0.3, 0.74, 0.999].map(|share| range.at(share));
        assert_eq!(texts(&range), ["1", "2", "3", "4"]);
        range.whole = false;
        range.unit = "/min".to_owned();
        assert_eq!(
            texts(&range),
            [
                "\"1.003/min\"",
                "\"1.9/min\"",
                "\"3.22/min\"",
                "\"3.997/min\""
            ]
        );
    }
}
