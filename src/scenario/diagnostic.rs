//! What is wrong with a scenario, and how it is shown to the person who wrote it.
//!
//! A problem knows nothing of files: `render` finds the text that its span lies in.

use super::located::Span;
use super::source::Sources;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// Where; `None`: something is missing from the whole file.
    pub(crate) span: Option<Span>,
    /// What stands beside the underline.
    pub(crate) label: Option<String>,
    /// What to do.
    pub(crate) help: Option<String>,
    /// The line of another file that it is about; `span` is then where that file is named.
    pub(crate) excerpt: Option<Box<Excerpt>>,
}

/// A line of a file that a scenario names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// What messages call the file.
    pub(crate) path: String,
    /// The number of the line, from 1.
    pub(crate) line: usize,
    /// The line.
    pub(crate) text: String,
    /// What of it is wrong, on character boundaries.
    pub(crate) range: Range<usize>,
    /// What stands beside the underline.
    pub(crate) label: String,
}

impl Diagnostic {
    /// A problem at `span`.
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span: Some(span),
            label: None,
            help: None,
            excerpt: None,
        }
    }

    /// A problem of the whole file.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span: None,
            label: None,
            help: None,
            excerpt: None,
        }
    }

    /// With words beside the underline.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With the line of another file that it is about.
    pub(crate) fn excerpt(mut self, excerpt: Excerpt) -> Self {
        self.excerpt = Some(Box::new(excerpt));
        self
    }

    /// With advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All problems as text, in the order of their places; those without a place come last.
pub(crate) fn render(problems: &[Diagnostic], sources: &Sources) -> String {
    let mut ordered: Vec<&Diagnostic> = problems.iter().collect();
    ordered.sort_by_key(|problem| (problem.span.is_none(), problem.span));
    let rendered: Vec<String> = ordered
        .into_iter()
        .map(|problem| render_one(problem, sources))
        .collect();
    rendered.join("\n\n")
}

fn render_one(problem: &Diagnostic, sources: &Sources) -> String {
    let title = Level::ERROR.primary_title(printable(&problem.message));
    let place = problem.span.and_then(|span| sources.locate(span));
    let group = match (place, sources.scenario()) {
        (Some((source, range)), _) => {
            let kind = match &problem.excerpt {
                Some(_) => AnnotationKind::Context,
                None => AnnotationKind::Primary,
            };
            let mut annotation = kind.span(range);
            if let Some(label) = &problem.label {
                annotation = annotation.label(printable(label));
            }
            let snippet = Snippet::source(source.text.as_str())
                .path(source.name.as_str())
                .annotation(annotation);
            match &problem.excerpt {
                Some(excerpt) => title.element(excerpt.snippet()).element(snippet),
                None => title.element(snippet),
            }
        }
        (None, Some(source)) => title.element(Origin::path(source.name.as_str())),
        (None, None) => Group::with_title(title),
    };
    let help = problem.help.as_deref().map(printable);
    let help = help.map(|help| Group::with_title(Level::HELP.secondary_title(help)));
    let groups: Vec<Group<'_>> = [group].into_iter().chain(help).collect();
    Renderer::plain().render(&groups)
}

impl Excerpt {
    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        let annotation = AnnotationKind::Primary.span(self.range.clone());
        Snippet::source(self.text.as_str())
            .path(self.path.as_str())
            .line_start(self.line)
            .annotation(annotation.label(printable(&self.label)))
    }
}

/// Values may hold anything; a message holds no control characters.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
