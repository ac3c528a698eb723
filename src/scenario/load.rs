//! The way from a scenario file to the model, end to end.

use super::diagnostic::{self, Diagnostic};
use super::extends::{self, Chain};
use super::overrides::Override;
use super::recover;
use super::resolve::{self, Context};
use super::source::Sources;
use crate::files::{self, FileError};
use crate::model::Model;
use std::error::Error;
use std::fmt;
use std::path::Path;
use toml::Spanned;
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
    let chain = Chain::read(name, text, base_dir);
    let stem = Path::new(name).file_stem();
    let stem = stem.map_or_else(
        || name.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let loaded = read(&chain, &stem, overrides, &mut sources);
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
    chain: &Chain,
    stem: &str,
    overrides: &[String],
    sources: &mut Sources,
) -> Result<(Model, Vec<String>), Vec<Diagnostic>> {
    let texts = chain.add_to(sources);
    let mut problems = Vec::new();
    let mut changes = Vec::with_capacity(overrides.len());
    for change in overrides {
        let start = sources.add("--set", change.as_str());
        match Override::new(change, start) {
            Ok(change) => changes.push(change),
            Err(problem) => problems.push(problem),
        }
    }
    let texts = texts.map_err(|problem| vec![problem])?;
    let mut root: Option<Spanned<DeTable<'_>>> = None;
    for text in &texts {
        let parsed = DeTable::parse(text).map_err(|error| vec![syntax_error(&error)])?;
        match &mut root {
            None => root = Some(parsed),
            Some(root) => extends::merge(root.get_mut(), parsed.into_inner()),
        }
    }
    let mut root = root.unwrap_or_else(|| Spanned::new(0..0, DeTable::new()));
    for change in &changes {
        change.apply(root.get_mut(), &mut problems);
    }
    let decoded = recover::decode(root);
    problems.extend(decoded.problems);
    if let Some(spec) = &decoded.spec {
        let mut context = Context::new(sources, &decoded.removed);
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
