//! `extends = "base.toml"`: a scenario that changes another one.
//!
//! The files are merged as parsed tables, before anything is read from them, so places survive:
//! each text owns its range of offsets (`source.rs`), and is parsed as if it stood there. Sections,
//! tables of named things, the things themselves and Spark properties merge key by key; any other
//! value replaces the one before.

use super::diagnostic::Diagnostic;
use super::located::Span;
use super::overrides::{self, CONF, ENTITIES};
use super::source::Sources;
use crate::files::{self, FileError};
use std::borrow::Cow;
use std::error::Error as _;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The files of a scenario.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The scenario, then what it extends, and so on.
    documents: Vec<Document>,
    /// Why there are no more where there should be, and where the last of them says so.
    problem: Option<(Diagnostic, Span)>,
}

#[derive(Debug)]
struct Document {
    name: String,
    directory: PathBuf,
    text: String,
}

impl Chain {
    /// Reads all that the scenario `text` extends. `name` and `directory` are those of its file.
    pub(crate) fn read(name: &str, text: &str, directory: &Path) -> Self {
        let mut chain = Self {
            documents: vec![Document {
                name: name.to_owned(),
                directory: directory.to_owned(),
                text: text.to_owned(),
            }],
            problem: None,
        };
        let file = Path::new(name).file_name().unwrap_or_default();
        let mut seen: Vec<PathBuf> = files::identity(&directory.join(file)).into_iter().collect();
        while let Some((base, span)) = chain.documents.last().and_then(Document::base) {
            match chain.follow(&base, &mut seen) {
                Ok(document) => chain.documents.push(document),
                Err(problem) => {
                    chain.problem = Some((problem, span));
                    break;
                }
            }
        }
        chain
    }

    /// Reads what the last document extends.
    fn follow(&self, base: &str, seen: &mut Vec<PathBuf>) -> Result<Document, Diagnostic> {
        let directory = self.documents.last().map(|last| last.directory.as_path());
        let path = directory.unwrap_or(Path::new("")).join(base);
        let unreadable = |error: FileError| {
            let reason = error.source().map(ToString::to_string).unwrap_or_default();
            Diagnostic::whole(format!("cannot read `{}`", path.display()))
                .label(reason)
                .help("files are looked for from the directory of the file that names them")
        };
        let identity = files::identity(&path).map_err(unreadable)?;
        if seen.contains(&identity) {
            let names = self.documents.iter().map(|document| document.name.as_str());
            let shown = path.display().to_string();
            let way: Vec<&str> = names.chain([shown.as_str()]).collect();
            let problem = Diagnostic::whole("a scenario cannot extend itself");
            return Err(problem.label(way.join(" extends ")));
        }
        seen.push(identity);
        Ok(Document {
            text: files::read_text(&path).map_err(unreadable)?,
            name: path.display().to_string(),
            directory: path.parent().unwrap_or(Path::new("")).to_owned(),
        })
    }

    /// Adds all texts to `sources`, what is extended first, so that the order of the file means
    /// something across files too. Answers with the texts, each at its offset.
    ///
    /// # Errors
    /// If a file could not be read.
    pub(crate) fn add_to(&self, sources: &mut Sources) -> Result<Vec<Cow<'_, str>>, Diagnostic> {
        let mut texts = Vec::new();
        for document in self.documents.iter().rev() {
            let (name, text) = (document.name.as_str(), document.text.as_str());
            let start = sources.add_file(name, text, &document.directory);
            texts.push(at_offset(text, start));
        }
        match &self.problem {
            None => Ok(texts),
            Some((problem, span)) => {
                // The last document stands at offset 0.
                let mut problem = problem.clone();
                problem.span = Some(*span);
                Err(problem)
            }
        }
    }
}

impl Document {
    /// What it extends, and where it says so.
    fn base(&self) -> Option<(String, Span)> {
        let table = DeTable::parse(&self.text).ok()?;
        let value = table.get_ref().get("extends")?;
        let base = value.get_ref().as_str()?.to_owned();
        Some((base, value.span().into()))
    }
}

/// A text whose first byte is at `start`.
fn at_offset(text: &str, start: usize) -> Cow<'_, str> {
    if start == 0 {
        return Cow::Borrowed(text);
    }
    // A byte-order mark is one only at the beginning.
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let before = start + (text.len() - rest.len());
    Cow::Owned(format!("{}{rest}", " ".repeat(before)))
}

/// Puts what a scenario says over what it extends.
pub(crate) fn merge<'i>(base: &mut DeTable<'i>, scenario: DeTable<'i>) {
    merge_at(base, scenario, &mut Vec::new());
}

fn merge_at<'i>(base: &mut DeTable<'i>, scenario: DeTable<'i>, at: &mut Vec<String>) {
    if at[..] == ["run"] {
        forget_other_ends(base, &scenario);
    }
    for (key, value) in scenario {
        let name = key.get_ref().to_string();
        at.push(name.clone());
        let span = value.span();
        let existing = base.get_mut(name.as_str()).map(Spanned::get_mut);
        match (existing, value.into_inner()) {
            (Some(DeValue::Table(existing)), DeValue::Table(entries)) if merges(at) => {
                if overrides::is_one_of(CONF, at) {
                    overrides::merge_conf(existing, entries);
                } else {
                    merge_at(existing, entries, at);
                }
            }
            (_, value) => {
                base.remove(name.as_str());
                base.insert(key, Spanned::new(span, value));
            }
        }
        at.pop();
    }
}

/// Whether the table at a path is more than one value.
fn merges(at: &[String]) -> bool {
    let is_entities = |at: &[String]| overrides::is_one_of(ENTITIES, at);
    at.len() == 1
        || is_entities(at)
        || is_entities(&at[..at.len() - 1])
        || overrides::is_one_of(CONF, at)
}

/// A run ends in one way: what belongs to another one than the scenario's own is left out.
fn forget_other_ends(base: &mut DeTable<'_>, scenario: &DeTable<'_>) {
    for (end, others) in [
        ("duration", &["requests", "warmup-requests"][..]),
        ("requests", &["duration", "warmup", "horizon"]),
        ("horizon", &["requests", "warmup-requests", "warmup"]),
    ] {
        if scenario.contains_key(end) {
            for other in others {
                base.remove(*other);
            }
        }
    }
}
