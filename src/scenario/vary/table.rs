//! `[sweep]` and `[variants]` of the file, read into axes.
//!
//! They are read from the parsed file itself and not through the spec, because their values are
//! those of any other table and keep their places until they stand there.

use super::axis::{Axis, Level, Range, Tell, Tried, VARIANT, dotted};
use super::command::{SAMPLE_SEED, Sampling};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::overrides::{Change, is_choice, parse_path};
use crate::scenario::source::Sources;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What the two tables say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables<'i> {
    pub(super) variants: Vec<Variant<'i>>,
    pub(super) axes: Vec<Axis<'i>>,
    pub(super) sample: Option<Sampling>,
}

impl Tables<'_> {
    /// Whether they say what a sweep tries.
    pub(crate) fn has_sweep(&self) -> bool {
        !self.axes.is_empty()
    }
}

/// Several changes under one name.
#[derive(Clone, Debug)]
pub(super) struct Variant<'i> {
    pub(super) name: String,
    pub(super) changes: Vec<Tell<Change<'i>>>,
}

/// Reads the tables, in the order of the file.
pub(super) fn read<'i>(
    sweep: Option<&Spanned<DeValue<'i>>>,
    variants: Option<&Spanned<DeValue<'i>>>,
    sources: &Sources,
    problems: &mut Vec<Diagnostic>,
) -> Tables<'i> {
    let mut reader = Reader {
        sources,
        problems,
        tables: Tables::default(),
    };
    if let Some(table) = reader.table(variants, "variants") {
        for (key, value) in in_file_order(table) {
            reader.variant(key, value);
        }
    }
    if let Some(table) = reader.table(sweep, "sweep") {
        for (key, value) in in_file_order(table) {
            match key.get_ref().as_ref() {
                "points" => reader.points(key, value),
                "sample" => reader.sample(value),
                VARIANT => reader.variant_axis(key, value),
                _ => reader.axes(&[], key, value),
            }
        }
    }
    reader.tables
}

/// The level of the variant `name`; a problem if there is none.
pub(super) fn variant_level<'i>(
    variants: &[Variant<'i>],
    name: &Located<String>,
) -> Result<Level<'i>, Diagnostic> {
    let names = || variants.iter().map(|variant| variant.name.as_str());
    let Some(variant) = variants.iter().find(|one| one.name == name.value) else {
        let problem = Diagnostic::at(
            name.span,
            format!("there is no variant named `{}`", name.value),
        );
        let problem = match nearest(name, names()) {
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None => problem.label("not in `[variants]`"),
        };
        return Err(if variants.is_empty() {
            problem.help("the scenario has no `[variants.NAME]`")
        } else {
            problem.help(format!("`[variants]` has {}", quoted_list(names())))
        });
    };
    Ok(Level {
        cells: vec![Some(variant.name.clone())],
        changes: variant.changes.clone(),
        span: name.span,
    })
}

/// Reports the second of two levels that are written alike.
pub(super) fn check_distinct(name: &str, levels: &[Level<'_>], problems: &mut Vec<Diagnostic>) {
    for (index, level) in levels.iter().enumerate() {
        if levels[..index].iter().any(|one| one.cells == level.cells) {
            problems.push(
                Diagnostic::at(level.span, format!("`{name}` has the same value twice"))
                    .label("leave one of them out"),
            );
        }
    }
}

fn in_file_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

struct Reader<'r, 'i> {
    sources: &'r Sources,
    problems: &'r mut Vec<Diagnostic>,
    tables: Tables<'i>,
}

impl<'i> Reader<'_, 'i> {
    fn problem(&mut self, at: std::ops::Range<usize>, message: String, label: &str) {
        let problem = Diagnostic::at(at.into(), message);
        self.problems.push(problem.label(label));
    }

    fn table<'t>(
        &mut self,
        value: Option<&'t Spanned<DeValue<'i>>>,
        name: &str,
    ) -> Option<&'t DeTable<'i>> {
        let value = value?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            let message = format!("invalid value for `{name}`");
            self.problem(value.span(), message, "expected a table");
        }
        table
    }

    /// The text of what stands at `span`.
    fn raw(&self, span: std::ops::Range<usize>) -> String {
        let found = self.sources.locate(span.into());
        found.map_or_else(String::new, |(source, range)| {
            source.text[range].trim().to_owned()
        })
    }

    fn label(&self, value: &Spanned<DeValue<'_>>) -> String {
        match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            _ => self.raw(value.span()),
        }
    }

    fn path(
        &mut self,
        prefix: &[Located<String>],
        key: &Spanned<Cow<'_, str>>,
    ) -> Option<Vec<Located<String>>> {
        let (text, span) = (key.get_ref(), key.span());
        let quotes = span.len().saturating_sub(text.len()) / 2;
        match parse_path(text, span.start + quotes, "this is no path of a value") {
            Ok(path) => Some([prefix, &path].concat()),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn change(&self, path: &[Located<String>], value: &Spanned<DeValue<'i>>) -> Tell<Change<'i>> {
        Tell {
            set: format!("{}={}", dotted(path), self.raw(value.span())),
            what: Change {
                path: path.to_vec(),
                value: value.clone(),
            },
        }
    }

    fn variant(&mut self, key: &Spanned<Cow<'i, str>>, value: &Spanned<DeValue<'i>>) {
        let name = key.get_ref().to_string();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(allowed) {
            let message = format!("`{name}` is no name of a variant");
            let label = "a name consists of letters, digits, `_` and `-`";
            self.problem(key.span(), message, label);
        }
        if let Some(table) = self.table(Some(value), &format!("variants.{name}")) {
            let mut changes = Vec::new();
            self.leaves(&[], table, &mut changes);
            self.tables.variants.push(Variant { name, changes });
        }
    }

    /// The values in a table of changes, whether paths are quoted or nested.
    fn leaves(
        &mut self,
        prefix: &[Located<String>],
        table: &DeTable<'i>,
        changes: &mut Vec<Tell<Change<'i>>>,
    ) {
        for (key, value) in in_file_order(table) {
            let Some(path) = self.path(prefix, key) else {
                continue;
            };
            let names: Vec<String> = path.iter().map(|part| part.value.clone()).collect();
            match value.get_ref() {
                DeValue::Table(inner) if !is_choice(&names) => self.leaves(&path, inner, changes),
                _ => changes.push(self.change(&path, value)),
            }
        }
    }

    fn axes(
        &mut self,
        prefix: &[Located<String>],
        key: &Spanned<Cow<'i, str>>,
        value: &Spanned<DeValue<'i>>,
    ) {
        let Some(path) = self.path(prefix, key) else {
            return;
        };
        let name = Located::new(dotted(&path), key.span());
        let tried = match value.get_ref() {
            DeValue::Array(items) => {
                let levels = items.iter().map(|item| Level {
                    cells: vec![Some(self.label(item))],
                    changes: vec![self.change(&path, item)],
                    span: item.span().into(),
                });
                Tried::Levels(levels.collect())
            }
            DeValue::Table(table) if table.contains_key("from") || table.contains_key("to") => {
                match self.range(&name, table, value.span()) {
                    Some(range) => Tried::Range { path, range },
                    None => return,
                }
            }
            DeValue::Table(table) => {
                for (key, value) in in_file_order(table) {
                    self.axes(&path, key, value);
                }
                return;
            }
            _ => {
                let message = format!(
                    "`sweep` does not say what to try for `{name}`",
                    name = *name
                );
                self.problems.push(
                    Diagnostic::at(value.span().into(), message)
                        .label("this is one value")
                        .help("write a list, e.g. `[2, 4, 8]`"),
                );
                return;
            }
        };
        self.add(
            Axis {
                columns: vec![name.value.clone()],
                name,
                tried,
            },
            value.span(),
        );
    }

    fn variant_axis(&mut self, key: &Spanned<Cow<'i, str>>, value: &Spanned<DeValue<'i>>) {
        let DeValue::Array(items) = value.get_ref() else {
            let message = "invalid value for `sweep.variant`".to_owned();
            self.problem(
                value.span(),
                message,
                "expected a list of names of variants",
            );
            return;
        };
        let mut levels = Vec::new();
        for item in items {
            let name = Located::new(self.label(item), item.span());
            match variant_level(&self.tables.variants, &name) {
                Ok(level) => levels.push(level),
                Err(problem) => self.problems.push(problem),
            }
        }
        if levels.len() == items.len() {
            let axis = Axis {
                name: Located::new(VARIANT.to_owned(), key.span()),
                columns: vec![VARIANT.to_owned()],
                tried: Tried::Levels(levels),
            };
            self.add(axis, value.span());
        }
    }

    /// `points = [{ … }, { … }]`: an axis of several columns.
    fn points(&mut self, key: &Spanned<Cow<'i, str>>, value: &Spanned<DeValue<'i>>) {
        let DeValue::Array(items) = value.get_ref() else {
            let message = "invalid value for `sweep.points`".to_owned();
            self.problem(value.span(), message, "expected a list of tables");
            return;
        };
        let mut columns: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for item in items {
            let DeValue::Table(table) = item.get_ref() else {
                let message = "invalid value in `sweep.points`".to_owned();
                self.problem(item.span(), message, "expected a table of paths and values");
                continue;
            };
            let mut changes = Vec::new();
            self.leaves(&[], table, &mut changes);
            let cells: Vec<(String, String)> = changes
                .iter()
                .map(|change| (dotted(&change.what.path), self.label(&change.what.value)))
                .collect();
            for (column, _) in &cells {
                if !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
            rows.push((cells, changes, item.span()));
        }
        let levels = rows.into_iter().map(|(cells, changes, span)| Level {
            cells: columns
                .iter()
                .map(|column| {
                    let cell = cells.iter().find(|(name, _)| name == column);
                    cell.map(|(_, value)| value.clone())
                })
                .collect(),
            changes,
            span: span.into(),
        });
        let axis = Axis {
            name: Located::new("points".to_owned(), key.span()),
            tried: Tried::Levels(levels.collect()),
            columns,
        };
        self.add(axis, value.span());
    }

    fn add(&mut self, axis: Axis<'i>, at: std::ops::Range<usize>) {
        let name = axis.name.value.clone();
        if matches!(&axis.tried, Tried::Levels(levels) if levels.is_empty()) {
            let message = format!("`sweep` tries nothing for `{name}`");
            self.problem(at, message, "this list is empty");
            return;
        }
        check_distinct(&name, axis.levels(), self.problems);
        self.tables.axes.push(axis);
    }

    fn range(
        &mut self,
        name: &str,
        table: &DeTable<'i>,
        at: std::ops::Range<usize>,
    ) -> Option<Range> {
        let unknown = table
            .keys()
            .find(|key| !["from", "to"].contains(&key.get_ref().as_ref()));
        if let Some(key) = unknown {
            let message = format!("unknown key `{}` in a range", key.get_ref());
            self.problem(key.span(), message, "a range has `from` and `to`");
            return None;
        }
        let ends = ["from", "to"].map(|key| table.get(key).and_then(|end| end_of(end.get_ref())));
        let [Some((from, from_kind)), Some((to, to_kind))] = ends else {
            let message = format!("the range of `{name}` needs `from` and `to`");
            let label = "write two numbers, or two quantities, e.g. `{ from = \"5/min\", to = \"60/min\" }`";
            self.problem(at, message, label);
            return None;
        };
        if from_kind != to_kind {
            let message = format!("the ends of the range of `{name}` do not match");
            let label = "write both as whole numbers, both as numbers, or both with the same unit";
            self.problem(at, message, label);
            return None;
        }
        if to <= from {
            let message = format!("the range of `{name}` is empty");
            self.problem(at, message, "`to` must be more than `from`");
            return None;
        }
        Some(Range {
            from,
            to,
            whole: from_kind.is_none(),
            unit: from_kind.unwrap_or_default(),
            span: at.into(),
        })
    }

    fn sample(&mut self, value: &Spanned<DeValue<'i>>) {
        let inner = value.get_ref().as_table().and_then(|table| {
            let (key, inner) = table.iter().next().filter(|_| table.len() == 1)?;
            let latin = match key.get_ref().as_ref() {
                "latin-hypercube" => true,
                "random" => false,
                _ => return None,
            };
            Some((latin, inner.get_ref().as_table()?))
        });
        let read = inner.and_then(|(latin, table)| {
            let number = |key: &str| {
                let value = table.get(key)?.get_ref().as_integer()?;
                u64::from_str_radix(value.as_str(), value.radix()).ok()
            };
            let seed = match table.get("seed") {
                Some(_) => number("seed")?,
                None => SAMPLE_SEED,
            };
            let known = table
                .keys()
                .all(|key| ["points", "seed"].contains(&key.get_ref().as_ref()));
            let points = u32::try_from(number("points")?)
                .ok()
                .filter(|&points| 0 < points)?;
            known.then_some(Sampling {
                latin,
                points,
                seed,
            })
        });
        if read.is_none() {
            let problem = Diagnostic::at(
                Span::from(value.span()),
                "invalid value for `sweep.sample`",
            )
            .label("expected a kind with its number of points")
            .help(
                "write `{ latin-hypercube = { points = 64 } }` or `{ random = { points = 64 } }`; \
                     another `seed` (1) draws other points",
            );
            self.problems.push(problem);
        }
        self.tables.sample = read;
    }
}

/// An end of a range: the number, and what kind of number it is. `None`: a whole one; else what
/// stands behind it.
fn end_of(value: &DeValue<'_>) -> Option<(f64, Option<String>)> {
    match value {
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some((number as f64, None))
        }
        DeValue::Float(number) => {
            let number: f64 = number.as_str().parse().ok()?;
            number.is_finite().then(|| (number, Some(String::new())))
        }
        DeValue::String(text) => {
            let text = text.trim();
            let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
            let (number, unit) = text.split_at(end.unwrap_or(text.len()));
            let number: f64 = number.parse().ok()?;
            (!unit.is_empty()).then(|| (number, Some(unit.to_owned())))
        }
        _ => None,
    }
}
