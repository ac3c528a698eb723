//! What all mappings share: the texts, what is wrong in them, and what is not mapped.

use super::yaml::Node;
use crate::import::text::shortened;
use crate::scenario::{Diagnostic, Sources, Span};
use crate::units::{Bytes, Cpu, UnitError};
use std::collections::BTreeMap;
use std::path::Path;

/// What is known while manifests are read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) sources: Sources,
    /// What is wrong; nothing is written if there is anything.
    pub(super) problems: Vec<Diagnostic>,
    /// What is not mapped, in the order of its first place, and all its places.
    notes: Vec<(String, Vec<Place>)>,
    /// Positions in `notes`.
    known: BTreeMap<String, usize>,
}

/// A line of a file.
type Place = (String, usize);

/// Numbers of replicas and the like.
const COUNT_MAX: u32 = 1_000_000;
/// A note names so many places.
const PLACES_MAX: usize = 3;
/// A message shows so much of a value.
const SHOWN_MAX: usize = 60;

impl Reading {
    /// Adds a file and answers where its text begins.
    pub(super) fn add_file(&mut self, name: &str, text: &str) -> usize {
        self.sources.add_file(name, text, Path::new(""))
    }

    /// Notes what is not mapped; what is said of several places is said once.
    pub(super) fn not_mapped(&mut self, node: &Node, what: impl Into<String>) {
        let what = what.into();
        let place = self.place(node.span);
        let position = *self.known.entry(what.clone()).or_insert_with(|| {
            self.notes.push((what, Vec::new()));
            self.notes.len() - 1
        });
        let places = &mut self.notes[position].1;
        if let Some(place) = place
            && !places.contains(&place)
        {
            places.push(place);
        }
    }

    /// Notes something of no one place.
    pub(super) fn say(&mut self, what: String) {
        self.notes.push((what, Vec::new()));
    }

    /// All notes, each with its places.
    pub(super) fn notes(&self) -> Vec<String> {
        let notes = self.notes.iter();
        notes.map(|(what, places)| note(what, places)).collect()
    }

    fn place(&self, span: Span) -> Option<Place> {
        let (source, range) = self.sources.locate(span)?;
        let line = source.text[..range.start].matches('\n').count() + 1;
        Some((source.name.clone(), line))
    }

    /// What is wrong with a node.
    pub(super) fn problem(
        &mut self,
        node: &Node,
        message: impl Into<String>,
        label: impl Into<String>,
    ) {
        self.problems
            .push(Diagnostic::at(node.span, message).label(label));
    }

    /// The scalar at the end of a path, read by `parse`; what is wrong is told and counts as left
    /// out.
    fn read<T>(
        &mut self,
        node: &Node,
        path: &[&str],
        parse: impl FnOnce(&str) -> Result<T, UnitError>,
    ) -> Option<T> {
        let value = node.at(path)?;
        let name = path.join(".");
        let Some(text) = value.text() else {
            let kind = value.kind();
            self.problem(value, format!("`{name}` is {kind}"), "expected a value");
            return None;
        };
        match parse(text.trim()) {
            Ok(read) => Some(read),
            Err(error) => {
                self.problem(value, format!("invalid `{name}`"), error.message);
                None
            }
        }
    }

    /// A quantity of processors. What is finer than a thousandth is rounded up, as the scheduler
    /// does.
    pub(super) fn cpu(&mut self, node: &Node, path: &[&str]) -> Option<Cpu> {
        self.read(node, path, |text| {
            let fine = [("n", 1_000_000_u64), ("u", 1_000)];
            let rounded = fine.iter().find_map(|(unit, per_thousandth)| {
                let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
                Some(Cpu(number.div_ceil(*per_thousandth)))
            });
            rounded.map_or_else(|| text.parse(), Ok)
        })
    }

    /// A quantity of bytes.
    pub(super) fn bytes(&mut self, node: &Node, path: &[&str]) -> Option<Bytes> {
        self.read(node, path, str::parse)
    }

    /// A whole number from 0 to a million.
    pub(super) fn count(&mut self, node: &Node, path: &[&str]) -> Option<u32> {
        self.read(node, path, |text| {
            let count = text.parse().ok().filter(|&count: &u32| count <= COUNT_MAX);
            count.ok_or_else(|| UnitError {
                message: format!(
                    "expected a whole number from 0 to {COUNT_MAX}, found `{}`",
                    shortened(text, SHOWN_MAX)
                ),
            })
        })
    }

    /// A whole number, negative ones included.
    pub(super) fn whole(&mut self, node: &Node, path: &[&str]) -> Option<i32> {
        self.read(node, path, |text| {
            text.parse().map_err(|_| UnitError {
                message: format!(
                    "expected a whole number, found `{}`",
                    shortened(text, SHOWN_MAX)
                ),
            })
        })
    }

    /// True or false; false where it is left out.
    pub(super) fn flag(&mut self, node: &Node, path: &[&str]) -> bool {
        let flag = self.read(node, path, |text| {
            text.parse().map_err(|_| UnitError {
                message: format!(
                    "expected true or false, found `{}`",
                    shortened(text, SHOWN_MAX)
                ),
            })
        });
        flag.unwrap_or(false)
    }
}

/// `what (a.yaml:3, b.yaml:7 and 5 more)`.
fn note(what: &str, places: &[Place]) -> String {
    let shown = places.iter().take(PLACES_MAX);
    let shown: Vec<String> = shown.map(|(file, line)| format!("{file}:{line}")).collect();
    match places.len().saturating_sub(PLACES_MAX) {
        _ if places.is_empty() => what.to_owned(),
        0 => format!("{what} ({})", shown.join(", ")),
        more => format!("{what} ({} and {more} more)", shown.join(", ")),
    }
}
