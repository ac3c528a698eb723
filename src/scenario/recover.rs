//! From a parsed file to the spec, finding every problem on the way.
//!
//! Serde stops at the first error. Here each error is told, the offending key or value is taken
//! out, and reading starts again, so three mistakes give three messages. What was taken out is
//! remembered: nothing that is missing because of it is reported again.

use super::diagnostic::Diagnostic;
use super::located::Span;
use super::nearest::{nearest, quoted_list};
use super::spec::ScenarioSpec;
use serde::Deserialize;
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// More problems than a person reads at once.
const MAX_PROBLEMS: usize = 100;

/// Keys that were taken out, or that a misspelt key was probably meant to be, by the path of their
/// table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Removed {
    keys: BTreeSet<(Vec<String>, String)>,
    places: Vec<Span>,
}

impl Removed {
    /// Whether `key` was taken out of the table at `path`, or that table itself was.
    pub(crate) fn has(&self, path: &[&str], key: &str) -> bool {
        let whole: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        (0..whole.len()).any(|length| {
            let pair = (whole[..length].to_vec(), whole[length].clone());
            self.keys.contains(&pair)
        }) || self.keys.contains(&(whole, key.to_owned()))
    }

    /// Whether nothing was taken out.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether anything was taken out of the table at `path`.
    fn any_in(&self, path: &[&str]) -> bool {
        self.keys.iter().any(|(table, _)| table == path)
    }

    /// Whether anything was taken out of what is written at `span`.
    pub(crate) fn any_within(&self, span: Span) -> bool {
        self.places.iter().any(|place| span.contains(*place))
    }

    fn add(&mut self, path: &[String], key: &str) {
        self.keys.insert((path.to_vec(), key.to_owned()));
    }
}

/// What could be read, and what could not.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// What is left of the scenario; `None` where there is nothing to go on with.
    pub(crate) spec: Option<ScenarioSpec>,
    /// What was taken out of it.
    pub(crate) removed: Removed,
    /// All that is wrong with its form.
    pub(crate) problems: Vec<Diagnostic>,
}

/// Reads the spec from a parsed file.
pub(crate) fn decode(mut root: Spanned<DeTable<'_>>) -> Decoded {
    let mut removed = Removed::default();
    let mut problems = Vec::new();
    while problems.len() < MAX_PROBLEMS {
        let error = match ScenarioSpec::deserialize(toml::de::Deserializer::from(root.clone())) {
            Ok(spec) => {
                return Decoded {
                    spec: Some(spec),
                    removed,
                    problems,
                };
            }
            Err(error) => error,
        };
        let Some(place) = error.span().and_then(|span| find(&root, span.into())) else {
            problems.push(Diagnostic::whole(error.message()));
            break;
        };
        let fault = Fault::new(error.message());
        if !fault.follows_from(&place, &removed) {
            problems.push(fault.describe(&place));
        }
        if let Some(suggestion) = fault.suggestion() {
            removed.add(&place.path, suggestion);
        }
        if !take_out(root.get_mut(), &place, &fault, &mut removed) {
            break;
        }
    }
    Decoded {
        spec: None,
        removed,
        problems,
    }
}

/// Where an error is.
#[derive(Clone, Debug)]
struct Place {
    /// Keys (and positions in lists) from the root to the table or list that holds the entry.
    path: Vec<String>,
    /// The entry's own key or position.
    key: String,
    /// Whether the error is about the key rather than the value.
    at_key: bool,
    span: Span,
}

impl Place {
    fn full(&self) -> Vec<&str> {
        let parents = self.path.iter().map(String::as_str);
        parents.chain([self.key.as_str()]).collect()
    }
}

/// The entry that `span` is about: a key with just that span, else the smallest value around it.
fn find(root: &Spanned<DeTable<'_>>, span: Span) -> Option<Place> {
    let mut best: Option<(usize, Place)> = None;
    let mut visit = |path: &[String], key: &str, key_span: Option<Span>, value_span: Span| {
        let place = |at_key| Place {
            path: path.to_vec(),
            key: key.to_owned(),
            at_key,
            span,
        };
        if key_span == Some(span) {
            best = Some((0, place(true)));
        } else if value_span.contains(span) {
            // The deeper one of equals comes later.
            let size = value_span.len() + 1;
            if best.as_ref().is_none_or(|(least, _)| size <= *least) {
                best = Some((size, place(false)));
            }
        }
    };
    walk_table(root.get_ref(), &mut Vec::new(), &mut visit);
    best.map(|(_, place)| place)
}

type Visit<'v> = dyn FnMut(&[String], &str, Option<Span>, Span) + 'v;

fn walk_table(table: &DeTable<'_>, path: &mut Vec<String>, visit: &mut Visit<'_>) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        visit(path, name, Some(key.span().into()), value.span().into());
        path.push(name.to_owned());
        walk_value(value.get_ref(), path, visit);
        path.pop();
    }
}

fn walk_value(value: &DeValue<'_>, path: &mut Vec<String>, visit: &mut Visit<'_>) {
    match value {
        DeValue::Table(table) => walk_table(table, path, visit),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = index.to_string();
                visit(path, &name, None, item.span().into());
                path.push(name);
                walk_value(item.get_ref(), path, visit);
                path.pop();
            }
        }
        _ => {}
    }
}

/// What serde said, taken apart.
#[derive(Clone, Debug)]
enum Fault {
    UnknownKey {
        key: String,
        allowed: Vec<String>,
        suggestion: Option<String>,
    },
    UnknownChoice {
        choice: String,
        allowed: Vec<String>,
    },
    Missing {
        key: String,
    },
    NotOneKey,
    Value {
        message: String,
    },
}

impl Fault {
    fn new(message: &str) -> Self {
        let mut ticked = message.split('`').skip(1).step_by(2).map(str::to_owned);
        if message.starts_with("unknown field `") {
            let key = ticked.next().unwrap_or_default();
            let allowed: Vec<String> = ticked.collect();
            let near = nearest(&key, allowed.iter().map(String::as_str));
            Self::UnknownKey {
                suggestion: near.map(str::to_owned),
                key,
                allowed,
            }
        } else if message.starts_with("unknown variant `") {
            Self::UnknownChoice {
                choice: ticked.next().unwrap_or_default(),
                allowed: ticked.collect(),
            }
        } else if message.starts_with("missing field `") {
            Self::Missing {
                key: ticked.next().unwrap_or_default(),
            }
        } else if message.starts_with("wanted exactly 1 element")
            || message.contains("with exactly one key")
        {
            Self::NotOneKey
        } else {
            Self::Value {
                message: plain_words(message),
            }
        }
    }

    fn suggestion(&self) -> Option<&str> {
        match self {
            Self::UnknownKey { suggestion, .. } => suggestion.as_deref(),
            _ => None,
        }
    }

    /// Whether this is only so because something was taken out before.
    fn follows_from(&self, place: &Place, removed: &Removed) -> bool {
        match self {
            Self::Missing { key } => removed.has(&place.full(), key),
            Self::NotOneKey => removed.any_in(&place.full()),
            _ => false,
        }
    }

    fn describe(&self, place: &Place) -> Diagnostic {
        let full = place.full().join(".");
        match self {
            Self::UnknownKey {
                key,
                allowed,
                suggestion,
            } => {
                let table = place.path.join(".");
                let message = if table.is_empty() {
                    format!("unknown key `{key}`")
                } else {
                    format!("unknown key `{key}` in `{table}`")
                };
                let label = match suggestion {
                    Some(suggestion) => format!("did you mean `{suggestion}`?"),
                    None => "nothing has this name here".to_owned(),
                };
                let allowed = quoted_list(allowed.iter().map(String::as_str));
                Diagnostic::at(place.span, message)
                    .label(label)
                    .help(format!("allowed here: {allowed}"))
            }
            Self::UnknownChoice { choice, allowed } => {
                let owner = if place.at_key {
                    place.path.join(".")
                } else {
                    full
                };
                let names = || allowed.iter().map(String::as_str);
                let label = match nearest(choice, names()) {
                    Some(suggestion) => format!("did you mean `{suggestion}`?"),
                    None => "not one of the choices".to_owned(),
                };
                Diagnostic::at(
                    place.span,
                    format!("unknown choice `{choice}` for `{owner}`"),
                )
                .label(label)
                .help(format!("allowed here: {}", quoted_list(names())))
            }
            Self::Missing { key } => Diagnostic::at(place.span, format!("`{full}` lacks `{key}`"))
                .label(format!("`{key}` is missing")),
            Self::NotOneKey => Diagnostic::at(place.span, format!("`{full}` is a choice of one"))
                .label("must have exactly one key"),
            Self::Value { message } => {
                Diagnostic::at(place.span, format!("invalid value for `{full}`")).label(message)
            }
        }
    }
}

/// Serde's words in those of the person who writes scenarios.
fn plain_words(message: &str) -> String {
    let Some(rest) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
    else {
        return message.to_owned();
    };
    let Some((found, expected)) = rest.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let expected = match expected {
        "u32" | "u64" => "a whole number, 0 or more",
        "f64" => "a number",
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        "newtype variant" => "a table with its parameters",
        other => other,
    };
    let found = match found {
        "map" => "a table".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit variant" => "only its name".to_owned(),
        other => other.replace('`', ""),
    };
    format!("expected {expected}, found {found}")
}

/// Takes the entry at `place` out; answers whether it was there.
fn take_out(root: &mut DeTable<'_>, place: &Place, fault: &Fault, removed: &mut Removed) -> bool {
    let mut path = place.path.clone();
    let mut key = place.key.clone();
    // An unknown choice makes its whole table useless, not just its key.
    let useless = matches!(fault, Fault::UnknownChoice { .. }) && place.at_key;
    if useless && let Some(owner) = path.pop() {
        key = owner;
    }
    removed.add(&path, &key);
    removed.places.push(place.span);
    remove_from_table(root, &path, &key)
}

fn remove_from_table(table: &mut DeTable<'_>, path: &[String], key: &str) -> bool {
    match path.split_first() {
        None => table.remove(key).is_some(),
        Some((first, rest)) => table
            .get_mut(first.as_str())
            .is_some_and(|value| remove_from(value.get_mut(), rest, key)),
    }
}

fn remove_from(value: &mut DeValue<'_>, path: &[String], key: &str) -> bool {
    match value {
        DeValue::Table(table) => remove_from_table(table, path, key),
        DeValue::Array(items) => {
            if let Some((first, rest)) = path.split_first() {
                let item = first.parse().ok();
                let item = item.and_then(|index: usize| items.get_mut(index));
                return item.is_some_and(|item| remove_from(item.get_mut(), rest, key));
            }
            let before = items.len();
            let all = std::mem::replace(items, DeArray::new());
            let kept = all.into_iter().enumerate();
            *items = kept
                .filter(|(index, _)| index.to_string() != key)
                .map(|(_, item)| item)
                .collect();
            items.len() < before
        }
        _ => false,
    }
}
