//! Changes to a parsed scenario, before it is read: `--set PATH=VALUE`, and what `vary/` tries.
//!
//! The value is TOML, else text; a time or a date is text, as in scenarios. What it replaces is found by its path: entities must exist, `*`
//! stands for all of them and `etl-*` for some, a choice with parameters is replaced as a whole by another choice, and
//! Spark properties are the same thing nested or quoted. Places in the text of `--set` are kept, so
//! a message about a value underlines it there.

use super::diagnostic::Diagnostic;
use super::located::{Located, Span};
use super::nearest::{nearest, quoted_list};
use crate::metrics::is_like;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Tables of named things; `*` is any name.
pub(super) const ENTITIES: &[&[&str]] = &[
    &["nodes"],
    &["budgets"],
    &["for-each"],
    &["layers"],
    &["images"],
    &["storage"],
    &["services"],
    &["services", "*", "endpoints"],
    &["apps"],
    &["apps", "*", "stages"],
    &["apps", "*", "jobs"],
    &["apps", "*", "jobs", "*", "stages"],
    &["classes"],
    &["probabilities"],
    &["workflows"],
    &["workloads"],
];

/// Tables of Spark properties.
pub(super) const CONF: &[&[&str]] = &[&["apps", "*", "conf"], &["spark", "conf"]];

/// Keys whose value is a choice with parameters; that none is missing is a test against the schema.
const CHOICES: &[&str] = &[
    "arrivals",
    "balancer",
    "boot",
    "cpu-time",
    "every",
    "executor-start-time",
    "interarrival",
    "load-shedding",
    "locality",
    "of",
    "patience",
    "protocol",
    "repair",
    "service-time",
    "size",
    "skew",
    "start-time",
    "task-time",
    "think-time",
    "time",
    "view",
];

/// The same, of keys that mean something else in other tables, and of tables that say one of several
/// things.
const CHOICES_AT: &[&[&str]] = &[
    &["faults", "*"],
    &["services", "*", "autoscale"],
    &["services", "*", "setup", "keep-alive"],
];

/// What stands before a value so that it can be read as a document.
const PREFIX: &str = "v = ";

/// A value at a path.
#[derive(Clone, Debug)]
pub(super) struct Change<'i> {
    /// The path; parts may be `*`.
    pub(super) path: Vec<Located<String>>,
    /// What shall stand there.
    pub(super) value: Spanned<DeValue<'i>>,
}

impl<'i> Change<'i> {
    /// Whether it is of something in the section `key`.
    pub(super) fn is_in(&self, key: &str) -> bool {
        self.path.first().is_some_and(|first| first.value == key)
    }

    /// Makes the change.
    pub(super) fn apply(&self, root: &mut DeTable<'i>, problems: &mut Vec<Diagnostic>) {
        if let [only] = &self.path[..]
            && only.value == "extends"
        {
            problems.push(
                Diagnostic::at(only.span, "`extends` cannot be set")
                    .label("a scenario says itself what it extends"),
            );
            return;
        }
        let value = self.value.clone();
        set(root, &mut Vec::new(), &self.path, value, problems);
    }
}

/// The text of a value, with its place: TOML where it is, else text.
#[derive(Clone, Debug)]
pub(super) struct ValueText {
    /// A document whose only value stands at its offset among all sources.
    document: String,
    raw: Located<String>,
}

impl ValueText {
    /// The value that is written as `text` at offset `at`, which is at least 4.
    pub(super) fn new(text: &str, at: usize) -> Self {
        let value = text.trim();
        let at = at + (text.len() - text.trim_start().len());
        Self {
            document: format!("{}{PREFIX}{value}", " ".repeat(at - PREFIX.len())),
            raw: Located::new(value.to_owned(), at..at + value.len()),
        }
    }

    /// The text `text` as a value, whatever else it could mean; `at` as for [`Self::new`].
    pub(super) fn quoted(text: &str, at: usize) -> Self {
        Self {
            document: String::new(),
            raw: Located::new(text.to_owned(), at..at + text.len()),
        }
    }

    /// What is written.
    pub(super) fn text(&self) -> &Located<String> {
        &self.raw
    }

    /// What people call it: text without its quotes.
    pub(super) fn label(&self) -> String {
        let value = self.value();
        let text = value.get_ref().as_str();
        text.unwrap_or(&self.raw.value).to_owned()
    }

    /// What it means.
    pub(super) fn value(&self) -> Spanned<DeValue<'_>> {
        let parsed = DeTable::parse(&self.document).ok();
        let parsed = parsed.filter(|table| table.get_ref().len() == 1);
        let value = parsed.and_then(|mut table| table.get_mut().remove("v"));
        let value = value.map(|value| self.without_times(value));
        value.unwrap_or_else(|| {
            let text = Cow::Borrowed(self.raw.value.as_str());
            Spanned::new(range(self.raw.span), DeValue::String(text))
        })
    }

    /// `value` with what TOML takes for times and dates as the text that it is: what a scenario says
    /// of them is text.
    fn without_times<'v>(&'v self, mut value: Spanned<DeValue<'v>>) -> Spanned<DeValue<'v>> {
        let span = value.span();
        match value.get_mut() {
            DeValue::Datetime(_) => {
                let text = Cow::Borrowed(&self.document[span.clone()]);
                return Spanned::new(span, DeValue::String(text));
            }
            DeValue::Array(values) => {
                for value in values.iter_mut() {
                    *value = self.without_times(value.clone());
                }
            }
            DeValue::Table(entries) => {
                for (_, value) in entries.iter_mut() {
                    *value = self.without_times(value.clone());
                }
            }
            _ => {}
        }
        value
    }
}

/// A change of the command line, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Override {
    path: Vec<Located<String>>,
    value: ValueText,
}

impl Override {
    /// Takes `PATH=VALUE` apart; `start` is the offset of its first byte, at least 4.
    ///
    /// # Errors
    /// If there is no `=`, or the path is not one.
    pub(super) fn new(text: &str, start: usize) -> Result<Self, Diagnostic> {
        let (path, after) = split(text, start, SET)?;
        let value = ValueText::new(after, start + text.len() - after.len());
        Ok(Self { path, value })
    }

    /// What it changes.
    pub(super) fn change(&self) -> Change<'_> {
        Change {
            path: self.path.clone(),
            value: self.value.value(),
        }
    }
}

/// How a flag that takes a path is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// What it needs.
    pub(super) needs: &'static str,
    /// What it looks like, with an example.
    pub(super) form: &'static str,
}

const SET: Usage = Usage {
    needs: "`--set` needs a path and a value",
    form: "write it as PATH=VALUE, e.g. `--set services.gateway.replicas=4`",
};

/// Splits `PATH=…` into the path and the text after the `=`; `start` is the offset of its first
/// byte.
///
/// # Errors
/// If there is no `=`, or the path is not one.
pub(super) fn split(
    text: &str,
    start: usize,
    usage: Usage,
) -> Result<(Vec<Located<String>>, &str), Diagnostic> {
    let whole = Span::from(start..start + text.len());
    let Some(equals) = find_equals(text) else {
        return Err(Diagnostic::at(whole, usage.needs)
            .label("no `=` here")
            .help(usage.form));
    };
    let path = parse_path(&text[..equals], start, usage.needs)?;
    Ok((path, &text[equals + 1..]))
}

/// The first `=` outside quotes.
fn find_equals(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices()
        .find(|&(_, c)| {
            match quote {
                Some(open) if c == open => quote = None,
                None if c == '"' || c == '\'' => quote = Some(c),
                _ => {}
            }
            quote.is_none() && c == '='
        })
        .map(|(index, _)| index)
}

/// Takes a dotted path apart; `start` is the offset of its first byte, `message` what is said of one
/// that is none.
///
/// # Errors
/// If a part is empty.
pub(super) fn parse_path(
    text: &str,
    start: usize,
    message: &str,
) -> Result<Vec<Located<String>>, Diagnostic> {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        let at = start + text.len() - rest.len();
        let quote = rest.chars().next().filter(|c| *c == '"' || *c == '\'');
        let end = match quote {
            Some(quote) => rest[1..].find(quote).map(|end| end + 2),
            None => Some(rest.find('.').unwrap_or(rest.len())),
        };
        let end = end.unwrap_or(rest.len());
        let part = match quote {
            Some(_) => rest[1..end].trim_end_matches(['"', '\'']),
            None => rest[..end].trim(),
        };
        if part.is_empty() {
            let whole = Span::from(start..start + text.len());
            return Err(Diagnostic::at(whole, message)
                .label("a part of this path is empty")
                .help("parts are separated by single dots, e.g. `services.gateway.replicas`"));
        }
        path.push(Located::new(part.to_owned(), at..at + end));
        match rest[end..].trim_start().strip_prefix('.') {
            Some(more) => rest = more,
            None if rest[end..].trim().is_empty() => return Ok(path),
            None => rest = &rest[end..],
        }
    }
}

/// Whether a path is that of one of `tables`.
pub(super) fn is_one_of(tables: &[&[&str]], path: &[String]) -> bool {
    tables.iter().any(|table| {
        table.len() == path.len()
            && table
                .iter()
                .zip(path)
                .all(|(pattern, part)| *pattern == "*" || *pattern == part)
    })
}

/// Whether what stands at `path` is a choice with parameters, which is replaced as a whole.
pub(super) fn is_choice(path: &[String]) -> bool {
    let last = path.last().filter(|_| 2 < path.len());
    last.is_some_and(|key| CHOICES.contains(&key.as_str())) || is_one_of(CHOICES_AT, path)
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start..span.end
}

fn set<'i>(
    table: &mut DeTable<'i>,
    at: &mut Vec<String>,
    path: &[Located<String>],
    value: Spanned<DeValue<'i>>,
    problems: &mut Vec<Diagnostic>,
) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if is_one_of(CONF, at) {
        set_property(table, path, value);
        return;
    }
    if is_one_of(ENTITIES, at) {
        let names: Vec<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
        let chosen: Vec<&String> = names
            .iter()
            .filter(|name| is_like(&first.value, name))
            .collect();
        if chosen.is_empty() {
            problems.push(no_such_entity(at, first, &names));
        }
        for name in chosen {
            let key = Spanned::new(range(first.span), Cow::Owned(name.clone()));
            set_key(table, at, key, rest, value.clone(), problems);
        }
        return;
    }
    if first.value == "*" {
        let message = format!("`*` stands for names, and `{}` holds none", at.join("."));
        problems.push(Diagnostic::at(first.span, message).label("write a key here"));
        return;
    }
    let key = Spanned::new(range(first.span), Cow::Owned(first.value.clone()));
    set_key(table, at, key, rest, value, problems);
}

fn no_such_entity(at: &[String], name: &Located<String>, names: &[String]) -> Diagnostic {
    let table = at.join(".");
    let known = || names.iter().map(String::as_str);
    let problem = Diagnostic::at(
        name.span,
        format!("`{table}` has nothing named `{}`", name.value),
    );
    let problem = match nearest(name, known()) {
        Some(near) => problem.label(format!("did you mean `{near}`?")),
        None => problem.label("only what the scenario has can be changed"),
    };
    if names.is_empty() {
        problem.help(format!("the scenario has no `{table}`"))
    } else {
        problem.help(format!("it has {}", quoted_list(known())))
    }
}

fn set_key<'i>(
    table: &mut DeTable<'i>,
    at: &mut Vec<String>,
    key: Spanned<Cow<'i, str>>,
    rest: &[Located<String>],
    value: Spanned<DeValue<'i>>,
    problems: &mut Vec<Diagnostic>,
) {
    let name = key.get_ref().to_string();
    at.push(name.clone());
    match rest.first() {
        None => merge(table, at, key, value),
        Some(next) => {
            let usable = table
                .get(name.as_str())
                .and_then(|child| child.get_ref().as_table())
                .is_some_and(|child| !is_choice(at) || child.contains_key(next.value.as_str()));
            if !usable {
                let empty = Spanned::new(key.span(), DeValue::Table(DeTable::new()));
                table.remove(name.as_str());
                table.insert(key, empty);
            }
            if let Some(DeValue::Table(child)) = table.get_mut(name.as_str()).map(Spanned::get_mut)
            {
                set(child, at, rest, value, problems);
            }
        }
    }
    at.pop();
}

/// Puts `value` at `key`: a table into a table key by key, anything else in place of what is there.
fn merge<'i>(
    table: &mut DeTable<'i>,
    at: &mut Vec<String>,
    key: Spanned<Cow<'i, str>>,
    value: Spanned<DeValue<'i>>,
) {
    let name = key.get_ref().to_string();
    let existing = table.get_mut(name.as_str()).map(Spanned::get_mut);
    if let Some(DeValue::Table(existing)) = existing
        && !is_choice(at)
        && value.get_ref().is_table()
    {
        if let DeValue::Table(entries) = value.into_inner() {
            for (key, value) in entries {
                if is_one_of(CONF, at) {
                    let prefix = key.get_ref().to_string();
                    merge_properties(existing, &prefix, key.span(), value);
                } else {
                    at.push(key.get_ref().to_string());
                    merge(existing, at, key, value);
                    at.pop();
                }
            }
        }
        return;
    }
    table.remove(name.as_str());
    table.insert(key, value);
}

fn set_property<'i>(
    table: &mut DeTable<'i>,
    path: &[Located<String>],
    value: Spanned<DeValue<'i>>,
) {
    let parts: Vec<&str> = path.iter().map(|part| part.as_str()).collect();
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return;
    };
    merge_properties(
        table,
        &parts.join("."),
        first.span.start..last.span.end,
        value,
    );
}

/// Sets all of these properties.
pub(super) fn merge_conf<'i>(table: &mut DeTable<'i>, properties: DeTable<'i>) {
    for (key, value) in properties {
        let name = key.get_ref().to_string();
        merge_properties(table, &name, key.span(), value);
    }
}

/// Sets the property `name`, or those under it, instead of what has that name in either spelling.
fn merge_properties<'i>(
    table: &mut DeTable<'i>,
    name: &str,
    place: std::ops::Range<usize>,
    value: Spanned<DeValue<'i>>,
) {
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(entries) => {
            for (key, value) in entries {
                let full = format!("{name}.{}", key.get_ref());
                merge_properties(table, &full, key.span(), value);
            }
        }
        value => {
            remove_property(table, name);
            let key = Spanned::new(place, Cow::Owned(name.to_owned()));
            table.insert(key, Spanned::new(span, value));
        }
    }
}

fn remove_property(table: &mut DeTable<'_>, name: &str) {
    table.remove(name);
    for (key, value) in table.iter_mut() {
        let rest = name
            .strip_prefix(key.get_ref().as_ref())
            .and_then(|rest| rest.strip_prefix('.'));
        if let (Some(rest), DeValue::Table(child)) = (rest, value.get_mut()) {
            remove_property(child, rest);
        }
    }
}
