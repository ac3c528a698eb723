//! The way from a scenario file to the model, end to end.

use super::diagnostic::{self, Diagnostic};
use super::extends::{self, Chain};
use super::for_each::{self, Rows};
use super::overrides::{Change, Override};
use super::recover;
use super::resolve::{self, Context};
use super::source::Sources;
use super::vary::{self, Points, Sampling, Variation, Vary};
use crate::files::{self, FileError};
use crate::model::Model;
use std::borrow::Cow;
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
    /// Whether the scenario says what a sweep tries.
    pub has_sweep: bool,
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
    let chain = Chain::read(name, text, base_dir);
    let stem = stem_of(name);
    let (model, notes, has_sweep) = read(&chain, |sources, texts, problems| {
        let changes = overrides_of(overrides, sources, problems);
        let mut root = parse(texts, &changes, problems)?;
        let has_sweep = vary::prepare(&mut root, sources, problems).has_sweep();
        let changes: Vec<Change<'_>> = changes.iter().map(Override::change).collect();
        let changes: Vec<&Change<'_>> = changes.iter().collect();
        let (model, notes) = completed(&stem, root, &changes, sources, problems)?;
        Some((model, notes, has_sweep))
    })?;
    Ok(Loaded {
        model,
        name: stem,
        notes,
        has_sweep,
    })
}

/// Loads the points of the scenario at `path`: everything that `variation` and its own `[sweep]`
/// try, each as a checked model.
///
/// # Errors
/// If the file cannot be read, the scenario is wrong, or a point of it is.
pub fn load_points(path: &Path, variation: &Variation<'_>) -> Result<Points, LoadError> {
    let text = files::read_text(path).map_err(LoadError::Unreadable)?;
    let base_dir = path.parent().unwrap_or(Path::new(""));
    load_points_text(&path.display().to_string(), &text, base_dir, variation)
}

/// Loads the points of a scenario from its text, as [`load_text`] loads the scenario.
///
/// # Errors
/// If the scenario or a point of it is wrong.
pub fn load_points_text(
    name: &str,
    text: &str,
    base_dir: &Path,
    variation: &Variation<'_>,
) -> Result<Points, LoadError> {
    let chain = Chain::read(name, text, base_dir);
    let stem = stem_of(name);
    read(&chain, |sources, texts, problems| {
        let changes = overrides_of(variation.set, sources, problems);
        let mut vary = Vec::with_capacity(variation.vary.len());
        for text in variation.vary {
            let start = sources.add("--vary", text.as_str());
            keep(Vary::new(text, start), &mut vary, problems);
        }
        let mut sample = Vec::new();
        if let Some(text) = variation.sample {
            let start = sources.add("--sample", text);
            keep(Sampling::new(text, start), &mut sample, problems);
        }
        let mut root = parse(texts, &changes, problems)?;
        let plan = vary::Plan {
            tables: vary::prepare(&mut root, sources, problems),
            root: &root,
            vary: &vary,
            sample: sample.pop(),
            sweep: variation.sweep,
        };
        let always: Vec<Change<'_>> = changes.iter().map(Override::change).collect();
        vary::expand(&stem, plan, problems, |root, changes, problems| {
            let changes: Vec<&Change<'_>> = always.iter().chain(changes).collect();
            completed(&stem, root, &changes, sources, problems)
        })
    })
}

/// Does `work` on the texts and renders the problems that it finds; it answers with nothing only
/// if there are some.
fn read<T>(
    chain: &Chain,
    work: impl FnOnce(&mut Sources, &[Cow<'_, str>], &mut Vec<Diagnostic>) -> Option<T>,
) -> Result<T, LoadError> {
    let mut sources = Sources::default();
    let mut problems = Vec::new();
    let done = match chain.add_to(&mut sources) {
        Ok(texts) => work(&mut sources, &texts, &mut problems),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    match done {
        Some(done) if problems.is_empty() => Ok(done),
        _ => Err(wrong(&problems, &sources)),
    }
}

/// What is wrong, shown with its places.
pub(crate) fn wrong(problems: &[Diagnostic], sources: &Sources) -> LoadError {
    LoadError::Wrong {
        text: diagnostic::render(problems, sources),
        count: problems.len(),
    }
}

/// The name of a scenario: its file's name without extension.
fn stem_of(name: &str) -> String {
    let stem = Path::new(name).file_stem();
    stem.map_or_else(
        || name.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

/// The model and the notes of a parsed scenario: rows first, then what is changed, which may be
/// anything that was made for a row.
fn completed(
    stem: &str,
    root: Spanned<DeTable<'_>>,
    changes: &[&Change<'_>],
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Model, Vec<String>)> {
    let span = root.span();
    let mut root = root.into_inner();
    let mut found = Vec::new();
    let (of_rows, others): (Vec<&Change<'_>>, Vec<&Change<'_>>) = changes
        .iter()
        .copied()
        .filter(|change| !vary::is_of_tables(change))
        .partition(|change| change.is_in(for_each::KEY));
    for change in of_rows {
        change.apply(&mut root, &mut found);
    }
    let rows = Rows::take(&mut root, sources, &mut found);
    let mut root = for_each::expand(root, &rows, sources, &mut found);
    if !found.is_empty() {
        // What was not made would be missed everywhere.
        problems.extend(for_each::once(found, sources));
        return None;
    }
    for change in others {
        change.apply(&mut root, &mut found);
    }
    let made = checked(stem, Spanned::new(span, root), sources, &mut found);
    problems.extend(for_each::once(found, sources));
    made
}

/// The model and the notes of a scenario with everything in it.
fn checked(
    stem: &str,
    root: Spanned<DeTable<'_>>,
    sources: &Sources,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Model, Vec<String>)> {
    let before = problems.len();
    let decoded = recover::decode(root);
    problems.extend(decoded.problems);
    let spec = decoded.spec?;
    let mut context = Context::new(sources, &decoded.removed);
    let model = resolve::resolve(&spec, stem, &mut context);
    let (wrong, notes) = context.finish();
    problems.extend(wrong);
    (problems.len() == before).then_some((model, notes))
}

fn keep<T>(read: Result<T, Diagnostic>, all: &mut Vec<T>, problems: &mut Vec<Diagnostic>) {
    match read {
        Ok(one) => all.push(one),
        Err(problem) => problems.push(problem),
    }
}

fn overrides_of(
    texts: &[String],
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Override> {
    let mut changes = Vec::with_capacity(texts.len());
    for text in texts {
        let start = sources.add("--set", text.as_str());
        keep(Override::new(text, start), &mut changes, problems);
    }
    changes
}

/// The table of a scenario's texts, what is extended first, with changes made of what is tried; a
/// syntax error is the only problem shown.
fn parse<'i>(
    texts: &'i [Cow<'_, str>],
    changes: &'i [Override],
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<DeTable<'i>>> {
    let mut whole: Option<Spanned<DeTable<'i>>> = None;
    for text in texts {
        let parsed = match DeTable::parse(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                *problems = vec![syntax_error(&error)];
                return None;
            }
        };
        match &mut whole {
            None => whole = Some(parsed),
            Some(whole) => extends::merge(whole.get_mut(), parsed.into_inner()),
        }
    }
    let mut root = whole?;
    for change in changes.iter().map(Override::change) {
        if vary::is_of_tables(&change) {
            change.apply(root.get_mut(), problems);
        }
    }
    Some(root)
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
