//! The way from a scenario file to the model, end to end.

use super::diagnostic::{self, Diagnostic};
use super::extends::{self, Chain};
use super::overrides::Override;
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
    let reader = Reader { base_dir, name };
    let (model, notes, has_sweep) = reader.read(text, |sources, texts, problems| {
        let changes = overrides_of(overrides, sources, problems);
        let mut root = parse(texts, &changes, problems)?;
        let has_sweep = vary::prepare(&mut root, sources, problems).has_sweep();
        let (model, notes) = reader.checked(root, sources, problems)?;
        Some((model, notes, has_sweep))
    })?;
    Ok(Loaded {
        model,
        name: reader.stem(),
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
    let reader = Reader { base_dir, name };
    reader.read(text, |sources, texts, problems| {
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
        vary::expand(&reader.stem(), plan, problems, |root, problems| {
            reader.checked(root, sources, problems)
        })
    })
}

/// Where a scenario comes from.
#[derive(Clone, Copy)]
struct Reader<'a> {
    base_dir: &'a Path,
    name: &'a str,
}

impl Reader<'_> {
    /// Does `work` on the texts of a scenario and of what it extends, and renders the problems that
    /// it finds; it answers with nothing only if there are some.
    fn read<T>(
        self,
        text: &str,
        work: impl FnOnce(&mut Sources, &Texts<'_>, &mut Vec<Diagnostic>) -> Option<T>,
    ) -> Result<T, LoadError> {
        let mut sources = Sources::default();
        let chain = Chain::read(self.name, text, self.base_dir);
        let texts = chain.add_to(&mut sources);
        let mut problems = Vec::new();
        match work(&mut sources, &texts, &mut problems) {
            Some(done) if problems.is_empty() => Ok(done),
            _ => Err(LoadError::Wrong {
                text: diagnostic::render(&problems, &sources),
                count: problems.len(),
            }),
        }
    }

    /// The file's name without extension.
    fn stem(self) -> String {
        let stem = Path::new(self.name).file_stem();
        stem.map_or_else(
            || self.name.to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    }

    /// The model and the notes of a parsed scenario.
    fn checked(
        self,
        root: Spanned<DeTable<'_>>,
        sources: &Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<(Model, Vec<String>)> {
        let before = problems.len();
        let decoded = recover::decode(root);
        problems.extend(decoded.problems);
        let spec = decoded.spec?;
        let mut context = Context::new(sources, &decoded.removed);
        let model = resolve::resolve(&spec, &self.stem(), &mut context);
        let (wrong, notes) = context.finish();
        problems.extend(wrong);
        (problems.len() == before).then_some((model, notes))
    }
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

/// The texts of a scenario, what is extended first; or why one of them could not be read.
type Texts<'t> = Result<Vec<Cow<'t, str>>, Diagnostic>;

/// The table of a scenario's texts with changes made; an unreadable text or a syntax error is the
/// only problem shown.
fn parse<'i>(
    texts: &'i Texts<'_>,
    changes: &'i [Override],
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<DeTable<'i>>> {
    let read = || {
        let texts = texts.as_ref().map_err(Diagnostic::clone)?;
        let mut root: Option<Spanned<DeTable<'i>>> = None;
        for text in texts {
            let parsed = DeTable::parse(text).map_err(|error| syntax_error(&error))?;
            match &mut root {
                None => root = Some(parsed),
                Some(root) => extends::merge(root.get_mut(), parsed.into_inner()),
            }
        }
        Ok(root.unwrap_or_else(|| Spanned::new(0..0, DeTable::new())))
    };
    let mut root = match read() {
        Ok(root) => root,
        Err(problem) => {
            *problems = vec![problem];
            return None;
        }
    };
    for change in changes {
        change.change().apply(root.get_mut(), problems);
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
