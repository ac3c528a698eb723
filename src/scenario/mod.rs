//! From the text of a scenario to the model, with diagnostics for people.
//!
//! The way is text → table with places (`toml`) → changes by `--set` (`overrides.rs`) → spec, a
//! mirror of the file (`spec/`, read by `recover.rs`, which collects what is wrong with its form) →
//! model (`resolve/`, which collects what is wrong with its meaning). A TOML syntax error is shown
//! alone; otherwise all problems are shown at once, in the order of the file.
//!
//! Only what this version can simulate is accepted: anything else is an unknown key or an unknown
//! choice, never accepted and ignored. The one exception is Spark's own properties, of which those
//! that are not modelled come back as notes.
//!
//! # Properties of imported applications
//!
//! A property whose name is within two edits of one of Spark's is an error, except in an
//! application that has a stage with `recorded` task times: that comes from an event log, the
//! properties are a fact and not a wish, and its unknown names are listed as not modelled.

mod diagnostic;
mod located;
mod nearest;
mod overrides;
mod recover;
mod resolve;
mod schema;
mod source;
mod spark_properties;
mod spec;
mod units_spec;

pub use schema::schema;

use crate::files::{self, FileError};
use crate::model::Model;
use diagnostic::Diagnostic;
use overrides::Override;
use resolve::Context;
use source::Sources;
use std::error::Error;
use std::fmt;
use std::path::Path;
use toml::de::DeTable;

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the engine runs.
    pub model: Model,
    /// The scenario's name: its file's name without extension.
    pub name: String,
    /// What was accepted and is not modelled, a sentence each.
    pub notes: Vec<String>,
}

/// Why a scenario cannot be run. Its text is complete: every problem, rendered with its place.
#[derive(Debug)]
pub enum LoadError {
    /// The file cannot be read. Like any wrong argument this is the user's to mend (exit 2).
    Unreadable(FileError),
    /// The scenario is wrong (exit 2).
    Wrong {
        /// All problems, rendered.
        text: String,
        /// How many they are.
        count: usize,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => {
                write!(f, "error: {error}")?;
                match error.source() {
                    Some(reason) => write!(f, ": {reason}"),
                    None => Ok(()),
                }
            }
            Self::Wrong { text, .. } => f.write_str(text),
        }
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            Self::Wrong { .. } => None,
        }
    }
}

/// Loads the scenario at `path`, changed by `overrides` (`PATH=VALUE` each).
///
/// # Errors
/// If the file cannot be read or the scenario is wrong.
pub fn load(path: &Path, overrides: &[String]) -> Result<Loaded, LoadError> {
    let text = files::read_text(path).map_err(LoadError::Unreadable)?;
    let base_dir = path.parent().unwrap_or(Path::new(""));
    load_text(&path.display().to_string(), &text, base_dir, overrides)
}

/// Loads a scenario from its text. `name` is what messages call it (a path, as a rule), and what
/// stands in it is relative to `base_dir`.
///
/// # Errors
/// If the scenario is wrong.
pub fn load_text(
    name: &str,
    text: &str,
    base_dir: &Path,
    overrides: &[String],
) -> Result<Loaded, LoadError> {
    let mut sources = Sources::default();
    sources.add(name, text);
    let stem = Path::new(name).file_stem();
    let stem = stem.map_or_else(
        || name.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let loaded = read(text, &stem, base_dir, overrides, &mut sources);
    let (model, notes) = loaded.map_err(|problems| LoadError::Wrong {
        text: diagnostic::render(&problems, &sources),
        count: problems.len(),
    })?;
    Ok(Loaded {
        model,
        name: stem,
        notes,
    })
}

fn read(
    text: &str,
    stem: &str,
    base_dir: &Path,
    overrides: &[String],
    sources: &mut Sources,
) -> Result<(Model, Vec<String>), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut changes = Vec::with_capacity(overrides.len());
    for change in overrides {
        let start = sources.add("--set", change.as_str());
        match Override::new(change, start) {
            Ok(change) => changes.push(change),
            Err(problem) => problems.push(problem),
        }
    }
    let mut root = DeTable::parse(text).map_err(|error| vec![syntax_error(&error)])?;
    for change in &changes {
        change.apply(root.get_mut(), &mut problems);
    }
    let decoded = recover::decode(root);
    problems.extend(decoded.problems);
    if let Some(spec) = &decoded.spec {
        let mut context = Context::new(base_dir, &decoded.removed);
        let model = resolve::resolve(spec, stem, &mut context);
        let (wrong, notes) = context.finish();
        problems.extend(wrong);
        if problems.is_empty() {
            return Ok((model, notes));
        }
    }
    Err(problems)
}

fn syntax_error(error: &toml::de::Error) -> Diagnostic {
    let mut lines = error.message().lines();
    let message = format!("this is not TOML: {}", lines.next().unwrap_or_default());
    let problem = match error.span() {
        Some(span) => Diagnostic::at(span.into(), message),
        None => Diagnostic::whole(message),
    };
    match lines.next() {
        Some(label) => problem.label(label),
        None => problem,
    }
}

#[cfg(test)]
mod tests;
