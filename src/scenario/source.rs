//! The texts that a scenario is made of: its file and what was given with `--set`.
//!
//! Every text owns a range of offsets of its own, so one number says both which text and where in
//! it. A gap keeps the ranges apart, also for errors that point one past the end.

use super::located::Span;
use std::ops::Range;

/// Free offsets between two texts.
const GAP: usize = 64;

/// All texts of one scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    sources: Vec<Source>,
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
}

impl Sources {
    /// Adds a text and answers with the offset of its first byte.
    pub(crate) fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        let start = match self.sources.last() {
            Some(last) => last.start + last.text.len() + GAP,
            None => 0,
        };
        self.sources.push(Source {
            name: name.into(),
            text: text.into(),
            start,
        });
        start
    }

    /// The text that `span` lies in and the range within it, on character boundaries.
    pub(crate) fn locate(&self, span: Span) -> Option<(&Source, Range<usize>)> {
        let source = self
            .sources
            .iter()
            .rev()
            .find(|source| source.start <= span.start)?;
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

    /// The first text: the scenario file.
    pub(crate) fn first(&self) -> Option<&Source> {
        self.sources.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_says_which_text_and_where_and_stays_on_characters() {
        let mut sources = Sources::default();
        assert_eq!(sources.add("a.toml", "é = 1"), 0);
        let start = sources.add("--set", "run.seed=2");
        let find = |range: Range<usize>| {
            let (source, range) = sources.locate(range.into()).unwrap();
            (source.name.clone(), range)
        };
        assert_eq!(find(start + 9..start + 10), ("--set".to_owned(), 9..10));
        assert_eq!(find(1..2), ("a.toml".to_owned(), 0..2));
        assert_eq!(find(6..60), ("a.toml".to_owned(), 6..6));
    }
}
