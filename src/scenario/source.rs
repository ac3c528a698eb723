//! The texts that a scenario is made of: its file, the files that it extends, and what was given
//! with `--set`.
//!
//! Every text owns a range of offsets of its own, so one number says both which text and where in
//! it. A gap keeps the ranges apart, also for errors that point one past the end.

use super::located::Span;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Free offsets between two texts.
const GAP: usize = 64;

/// All texts of one scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    sources: Vec<Source>,
    /// Which of them is the scenario file.
    scenario: usize,
}

/// One text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// What messages call it: the file's path, or `--set`.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
    /// The offset of its first byte.
    pub(crate) start: usize,
    /// What relative files that it names are relative to.
    pub(crate) directory: PathBuf,
    /// Where the text begins that it is a copy of; `None`: it is none.
    template: Option<usize>,
}

impl Sources {
    /// Adds a file and answers with the offset of its first byte. The last one is the scenario.
    pub(crate) fn add_file(&mut self, name: &str, text: &str, directory: &Path) -> usize {
        self.scenario = self.sources.len();
        self.push(name, text, directory)
    }

    /// Adds a text that is no file: what it names is where the scenario's files are.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> usize {
        let directory = self.scenario().map(|scenario| scenario.directory.clone());
        self.push(name, text, &directory.unwrap_or_default())
    }

    /// Adds a table that the scenario names.
    pub(crate) fn add_table(&mut self, name: &str, text: &str, directory: &Path) -> usize {
        self.push(name, text, directory)
    }

    /// Adds a copy of the text that begins at `start`, for what `label` says, and answers with the
    /// offset of its first byte.
    pub(crate) fn add_copy(&mut self, start: usize, label: &str) -> usize {
        let Some((source, _)) = self.locate((start..start).into()) else {
            return start;
        };
        let source = source.clone();
        let name = format!("{} ({label})", source.name);
        let copy = self.push(&name, &source.text, &source.directory);
        if let Some(last) = self.sources.last_mut() {
            last.template = Some(start);
        }
        copy
    }

    /// Where the text begins that `span` lies in.
    pub(crate) fn start_of(&self, span: Span) -> usize {
        self.locate(span).map_or(0, |(source, _)| source.start)
    }

    /// Where that is in the text of which `span` lies in a copy; `None`: it lies in no copy.
    pub(crate) fn template_of(&self, span: Span) -> Option<Span> {
        let (source, _) = self.locate(span)?;
        let template = source.template?;
        let moved = |offset: usize| offset.saturating_sub(source.start) + template;
        Some((moved(span.start)..moved(span.end)).into())
    }

    fn push(&mut self, name: &str, text: &str, directory: &Path) -> usize {
        let start = match self.sources.last() {
            Some(last) => last.start + last.text.len() + GAP,
            None => 0,
        };
        self.sources.push(Source {
            name: name.into(),
            text: text.into(),
            start,
            directory: directory.to_owned(),
            template: None,
        });
        start
    }

    /// The text that `span` lies in and the range within it, on character boundaries.
    pub(crate) fn locate(&self, span: Span) -> Option<(&Source, Range<usize>)> {
        let after = self
            .sources
            .partition_point(|source| source.start <= span.start);
        let source = self.sources[..after].last()?;
        let text = &source.text;
        let within = |offset: usize| {
            let mut at = offset.saturating_sub(source.start).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = within(span.start);
        Some((source, start..within(span.end).max(start)))
    }

    /// What a relative file that is named at `span` is relative to.
    pub(crate) fn directory(&self, span: Span) -> &Path {
        let source = self.locate(span).map(|(source, _)| source);
        let source = source.or_else(|| self.scenario());
        source.map_or(Path::new(""), |source| source.directory.as_path())
    }

    /// The scenario file.
    pub(crate) fn scenario(&self) -> Option<&Source> {
        self.sources.get(self.scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_says_which_text_and_where_and_stays_on_characters() {
        let mut sources = Sources::default();
        assert_eq!(sources.add_file("a.toml", "é = 1", Path::new("d")), 0);
        let start = sources.add("--set", "run.seed=2");
        let find = |range: Range<usize>| {
            let (source, range) = sources.locate(range.into()).unwrap();
            (source.name.clone(), range)
        };
        assert_eq!(find(start + 9..start + 10), ("--set".to_owned(), 9..10));
        assert_eq!(find(1..2), ("a.toml".to_owned(), 0..2));
        assert_eq!(find(6..60), ("a.toml".to_owned(), 6..6));
        assert_eq!(sources.directory((start..start).into()), Path::new("d"));
    }
}
