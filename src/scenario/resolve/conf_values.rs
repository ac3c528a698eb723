//! Values and names of Spark's properties: read, checked against the list of what Spark knows, and
//! sorted into modelled, accepted and misspelt. What they mean is `conf.rs`'s business.

use super::Context;
use super::context::MOST;
use crate::model::ManagerKind;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::nearest::quoted_list;
use crate::scenario::spark_properties as properties;
use crate::scenario::spec::{ConfEntry, ConfSpec};
use crate::units::{Bytes, UnitError};
use std::collections::{BTreeMap, BTreeSet};

/// Reads values; what is wrong is told and counts as left out.
pub(crate) struct Reader<'v, 'c, 'a> {
    /// What is set, by name.
    pub(crate) values: BTreeMap<&'v str, &'v ConfEntry>,
    /// Where problems go.
    pub(crate) context: &'c mut Context<'a>,
}

impl Reader<'_, '_, '_> {
    /// A value that `parse` understands.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, UnitError>,
    ) -> Option<T> {
        let entry = *self.values.get(name)?;
        match parse(&entry.value.to_string()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.context.problem_once(
                    Diagnostic::at(entry.value.span, format!("invalid value for `{name}`"))
                        .label(error.message),
                );
                None
            }
        }
    }

    /// A whole number from 1 to a million.
    pub(crate) fn count(&mut self, name: &str, default: u32) -> u32 {
        let wrong = |text: &str| UnitError {
            message: format!("expected a whole number from 1 to {MOST}, found `{text}`"),
        };
        let parse = |text: &str| {
            let count = text.parse().ok().filter(|count| (1..=MOST).contains(count));
            count.ok_or_else(|| wrong(text))
        };
        self.read(name, parse).unwrap_or(default)
    }

    /// A number above 0.
    pub(crate) fn factor(&mut self, name: &str) -> Option<f64> {
        self.read(name, |text| {
            let factor = text.parse::<f64>().ok();
            let factor = factor.filter(|factor| factor.is_finite() && 0.0 < *factor);
            factor.ok_or_else(|| UnitError {
                message: format!("expected a number above 0, found `{text}`"),
            })
        })
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, |text| {
            let lower = text.to_ascii_lowercase();
            lower.parse().map_err(|_| UnitError {
                message: format!("expected true or false, found `{text}`"),
            })
        })
    }

    /// A size that Spark counts in whole MiB.
    pub(crate) fn mebibytes(&mut self, name: &str) -> Option<Bytes> {
        let size = self.read(name, |text| Bytes::from_spark(text, Bytes::MIB))?;
        Some(Bytes(size.0 / Bytes::MIB.0 * Bytes::MIB.0))
    }
}

/// Reports names that are set twice or misspelt, and notes what is not modelled.
/// An application is `recorded` if its properties come from an event log; `topics` are what its
/// stages ask for.
pub(crate) fn check_names(
    conf: &ConfSpec,
    path: &str,
    (manager, recorded, topics): (ManagerKind, bool, properties::Topics),
    context: &mut Context<'_>,
) {
    let misspelt = |name: &str| {
        if recorded {
            None
        } else {
            properties::near_miss(name)
        }
    };
    let mut seen = BTreeSet::new();
    let mut others: Vec<&str> = Vec::new();
    for entry in &conf.0 {
        let name = entry.name.as_str();
        if !seen.insert(name) {
            context.problem(
                Diagnostic::at(entry.name.span, format!("`{name}` is set twice"))
                    .label("nested and quoted names are the same property"),
            );
            continue;
        }
        if properties::is_read(name, manager) || topics.have(name, manager) {
            continue;
        }
        let value = entry.value.to_string();
        match properties::default_of(name) {
            Some(default) if default.eq_ignore_ascii_case(&value) => {}
            Some(_) => others.push(name),
            None => match misspelt(name) {
                Some(near) => context.problem(
                    Diagnostic::at(entry.name.span, format!("Spark has no property `{name}`"))
                        .label(format!("did you mean `{near}`?"))
                        .help(
                            "a name this close to one of Spark's own is taken for a slip; others \
                             are accepted and listed as not modelled",
                        ),
                ),
                None => others.push(name),
            },
        }
    }
    if !others.is_empty() {
        others.sort_unstable();
        let list = quoted_list(others);
        context.note(format!("{path}: {list}"));
    }
}
