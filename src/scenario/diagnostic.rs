//! What is wrong with a scenario, and how it is shown to the person who wrote it.
//!
//! A problem knows nothing of files: `render` finds the text that its span lies in.

use super::located::Span;
use super::source::Sources;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

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
}

impl Diagnostic {
    /// A problem at `span`.
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span: Some(span),
            label: None,
            help: None,
        }
    }

    /// A problem of the whole file.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span: None,
            label: None,
            help: None,
        }
    }

    /// With words beside the underline.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
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
    let group = match (place, sources.first()) {
        (Some((source, range)), _) => {
            let mut annotation = AnnotationKind::Primary.span(range);
            if let Some(label) = &problem.label {
                annotation = annotation.label(printable(label));
            }
            let snippet = Snippet::source(source.text.as_str())
                .path(source.name.as_str())
                .annotation(annotation);
            title.element(snippet)
        }
        (None, Some(source)) => title.element(Origin::path(source.name.as_str())),
        (None, None) => Group::with_title(title),
    };
    let help = problem.help.as_deref().map(printable);
    let help = help.map(|help| Group::with_title(Level::HELP.secondary_title(help)));
    let groups: Vec<Group<'_>> = [group].into_iter().chain(help).collect();
    Renderer::plain().render(&groups)
}

/// Values may hold anything; a message holds no control characters.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
