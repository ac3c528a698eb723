//! What every table's resolution needs: where problems and notes go, what was already taken out,
//! and the checks that all tables share.

use super::tables::Recording;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::recover::Removed;
use crate::scenario::source::Sources;
use crate::scenario::spec::Entities;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

/// More of a kind than this is taken for a mistake.
pub(crate) const MOST: u32 = 1_000_000;

/// The state of a resolution.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The texts that it is made of.
    sources: &'a Sources,
    removed: &'a Removed,
    problems: Vec<Diagnostic>,
    notes: Vec<String>,
    /// Recordings that have been read; `None`: that failed and was reported.
    pub(super) recordings: BTreeMap<(PathBuf, String), Option<Rc<Recording>>>,
}

impl<'a> Context<'a> {
    /// A context without problems of its own.
    pub(crate) fn new(sources: &'a Sources, removed: &'a Removed) -> Self {
        Self {
            sources,
            removed,
            problems: Vec::new(),
            notes: Vec::new(),
            recordings: BTreeMap::new(),
        }
    }

    /// Where a file is that the scenario names: relative to the file that names it.
    pub(crate) fn path_of(&self, file: &Located<String>) -> PathBuf {
        self.sources.directory(file.span).join(&file.value)
    }

    /// All problems and notes.
    pub(crate) fn finish(self) -> (Vec<Diagnostic>, Vec<String>) {
        (self.problems, self.notes)
    }

    /// Reports a problem.
    pub(crate) fn problem(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Whether anything is wrong, as far as is known.
    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty() || !self.removed.is_empty()
    }

    /// Reports a problem that several applications may share, once.
    pub(crate) fn problem_once(&mut self, problem: Diagnostic) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Reports something that is accepted and not modelled.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Whether `key` of the table at `path` is absent because of a problem that is already told.
    pub(crate) fn was_removed(&self, path: &[&str], key: &str) -> bool {
        self.removed.has(path, key)
    }

    /// Whether something is absent from what is written at `span` because of such a problem.
    pub(crate) fn was_removed_within(&self, span: Span) -> bool {
        self.removed.any_within(span)
    }

    /// The value of a key that must be there; `span` is its table, `example` a value.
    pub(crate) fn required<'v, T>(
        &mut self,
        value: Option<&'v Located<T>>,
        (path, key): (&[&str], &str),
        span: Span,
        example: &str,
    ) -> Option<&'v Located<T>> {
        if value.is_none() && !self.was_removed(path, key) {
            self.problem(
                Diagnostic::at(span, format!("`{}` lacks `{key}`", path.join(".")))
                    .label(format!("`{key}` is missing"))
                    .help(format!("add it, e.g. `{key} = {example}`")),
            );
        }
        value
    }

    /// A count that is at least 1.
    pub(crate) fn count(&mut self, value: Option<&Located<u32>>, what: &str) -> u32 {
        match value {
            Some(count) if count.value == 0 => {
                self.problem(
                    Diagnostic::at(count.span, format!("{what} must be at least 1"))
                        .label("this is none"),
                );
                1
            }
            Some(count) => count.value,
            None => 1,
        }
    }

    /// A number of things that each take memory: at least 1, at most a million.
    pub(crate) fn population(&mut self, value: Option<&Located<u32>>, what: &str) -> u32 {
        if let Some(count) = value.filter(|count| MOST < count.value) {
            self.problem(
                Diagnostic::at(count.span, format!("{what} must be at most {MOST}"))
                    .label("more than a simulation of each one can hold"),
            );
            return 1;
        }
        self.count(value, what)
    }

    /// The position of `name` among `known`, which are all the names in the table at `path`.
    pub(crate) fn reference(
        &mut self,
        kind: &str,
        path: &[&str],
        name: &Located<String>,
        known: &[&str],
    ) -> Option<usize> {
        let found = known.iter().position(|candidate| *candidate == name.value);
        if found.is_none() && !self.was_removed(path, name) {
            let problem = Diagnostic::at(
                name.span,
                format!("there is no {kind} named `{}`", name.value),
            );
            let problem = match nearest(name, known.iter().copied()) {
                Some(near) => problem.label(format!("did you mean `{near}`?")),
                None => problem.label(format!("not in `[{}]`", path.join("."))),
            };
            self.problem(if known.is_empty() {
                problem.help(format!("the scenario has no `[{}]`", path.join(".")))
            } else {
                let known = quoted_list(known.iter().copied());
                problem.help(format!("`[{}]` has {known}", path.join(".")))
            });
        }
        found
    }

    /// Reports names that cannot be parts of a dotted path.
    pub(crate) fn check_names<T>(&mut self, kind: &str, entities: &Entities<T>) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        for entity in entities.iter() {
            let name = &entity.name;
            if name.is_empty() || !name.chars().all(allowed) {
                self.problem(
                    Diagnostic::at(
                        name.span,
                        format!("`{}` cannot be the name of a {kind}", name.value),
                    )
                    .label("names are letters, digits, `_` and `-`"),
                );
            }
        }
    }
}
