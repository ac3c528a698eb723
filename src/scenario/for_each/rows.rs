//! The rows of `[for-each.NAME]`: those of a CSV file, or as many as are wanted.

use crate::files;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::overrides::ValueText;
use crate::scenario::source::Sources;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table of a scenario that says what is made for each of what.
pub(crate) const KEY: &str = "for-each";

/// The column that tells rows apart.
const NAME: &str = "name";

/// More rows than this are taken for a mistake.
const MOST: usize = 100_000;

/// What there is to be made for each of.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(super) tables: BTreeMap<String, Table>,
}

/// What is named `team` in `[for-each.team]`.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A row.
#[derive(Debug)]
pub(super) struct Row {
    /// Its value in the column `name`.
    pub(super) name: String,
    /// What messages call it.
    pub(super) label: String,
    /// Beside each column: the value.
    pub(super) cells: Vec<ValueText>,
}

impl Table {
    /// The value of a row in a column.
    pub(super) fn cell<'r>(&self, row: &'r Row, column: &str) -> Option<&'r ValueText> {
        let index = self.columns.iter().position(|name| name == column)?;
        row.cells.get(index)
    }
}

impl Rows {
    /// Takes `[for-each]` out of a parsed scenario and reads the rows that it names. What is wrong
    /// with it has no rows.
    pub(crate) fn take(
        root: &mut DeTable<'_>,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut all = Self::default();
        let Some(value) = root.remove(KEY) else {
            return all;
        };
        let span = value.span();
        let DeValue::Table(tables) = value.into_inner() else {
            let problem = Diagnostic::at(span.into(), "invalid value for `for-each`");
            problems.push(problem.label("expected a table of named things"));
            return all;
        };
        for (name, value) in tables {
            let span = Span::from(value.span());
            let mut reader = Reader {
                name: name.get_ref(),
                span,
                sources,
            };
            match reader.read(&value) {
                Ok(table) => {
                    all.tables.insert(name.get_ref().to_string(), table);
                }
                Err(problem) => problems.push(problem),
            }
        }
        all
    }
}

struct Reader<'s> {
    name: &'s str,
    span: Span,
    sources: &'s mut Sources,
}

impl Reader<'_> {
    fn read(&mut self, value: &Spanned<DeValue<'_>>) -> Result<Table, Diagnostic> {
        let path = format!("for-each.{}", self.name);
        let Some(entries) = value.get_ref().as_table() else {
            let problem = Diagnostic::at(self.span, format!("invalid value for `{path}`"));
            return Err(problem.label("expected a table with `table` or `count`"));
        };
        let known = ["table", "count"];
        let unknown = entries
            .keys()
            .find(|key| !known.contains(&key.get_ref().as_ref()));
        if let Some(key) = unknown {
            let message = format!("unknown key `{}` in `{path}`", key.get_ref());
            let problem = Diagnostic::at(key.span().into(), message);
            return Err(match nearest(key.get_ref(), known) {
                Some(near) => problem.label(format!("did you mean `{near}`?")),
                None => problem.label("it has `table` or `count`"),
            });
        }
        match (entries.get("table"), entries.get("count")) {
            (Some(file), None) => self.table(file),
            (None, Some(count)) => self.count(count),
            (Some(_), Some(count)) => Err(Diagnostic::at(
                count.span().into(),
                format!("`{path}` has both `table` and `count`"),
            )
            .label("the table has as many as it has")),
            (None, None) => Err(Diagnostic::at(self.span, format!("`{path}` has no rows"))
                .label("`table` or `count` is missing")
                .help("write `table = \"teams.csv\"`, or `count = 100`")),
        }
    }

    /// So many rows, numbered from 1; names are as long as the longest, so that they stay in order.
    fn count(&self, value: &Spanned<DeValue<'_>>) -> Result<Table, Diagnostic> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|it| usize::from_str_radix(it.as_str(), it.radix()).ok());
        let Some(count) = number.filter(|count| (1..=MOST).contains(count)) else {
            let message = format!("invalid value for `for-each.{}.count`", self.name);
            let problem = Diagnostic::at(value.span().into(), message);
            return Err(problem.label(format!("expected a whole number from 1 to {MOST}")));
        };
        let width = count.to_string().len();
        let at = value.span().start.max(4);
        let rows = (1..=count).map(|number| {
            let name = format!("{number:0width$}");
            Row {
                label: format!("{} {name}", self.name),
                cells: vec![
                    ValueText::quoted(&name, at),
                    ValueText::new(&number.to_string(), at),
                ],
                name,
            }
        });
        Ok(Table {
            columns: vec![NAME.to_owned(), "number".to_owned()],
            rows: rows.collect(),
        })
    }

    fn table(&mut self, value: &Spanned<DeValue<'_>>) -> Result<Table, Diagnostic> {
        let place = Span::from(value.span());
        let Some(file) = value.get_ref().as_str() else {
            let message = format!("invalid value for `for-each.{}.table`", self.name);
            return Err(Diagnostic::at(place, message).label("expected the name of a CSV file"));
        };
        let path = self.sources.directory(place).join(file);
        let text = files::read_text(&path).map_err(|error| {
            let reason = error.source().map(ToString::to_string).unwrap_or_default();
            Diagnostic::at(place, format!("cannot read `{}`", path.display()))
                .label(reason)
                .help("files are looked for from the directory of the file that names them")
        })?;
        let shown = path.display().to_string();
        let directory = path
            .parent()
            .map(std::path::Path::to_owned)
            .unwrap_or_default();
        let start = self.sources.add_table(&shown, &text, &directory);
        let table = parse(self.name, &text, start);
        table.map_err(|problem| match problem.span {
            Some(_) => problem,
            None => Diagnostic {
                span: Some(place),
                ..problem
            },
        })
    }
}

/// The rows of a CSV text whose first byte is at `start`.
fn parse(name: &str, text: &str, start: usize) -> Result<Table, Diagnostic> {
    let unusable = |error: &csv::Error| Diagnostic::whole(format!("this is no table: {error}"));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| unusable(&error))?.clone();
    let columns: Vec<String> = headers.iter().map(str::to_owned).collect();
    let Some(name_column) = columns.iter().position(|column| column == NAME) else {
        let span = Span::from(start..start + text.lines().next().map_or(0, str::len));
        let known = quoted_list(columns.iter().map(String::as_str));
        return Err(Diagnostic::at(span, "this table has no column `name`")
            .label("rows are told apart by it")
            .help(format!("it has {known}")));
    };
    let mut rows = Vec::new();
    let mut names = BTreeSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| unusable(&error))?;
        let (line, byte) = record
            .position()
            .map_or((0, 0), |at| (at.line(), at.byte()));
        let spans = spans(&record, text, byte as usize);
        let mut cells = Vec::with_capacity(columns.len());
        for (index, (cell, span)) in record.iter().zip(spans).enumerate() {
            // A value that nobody sees as text must have room before it for being read as TOML.
            let at = (start + span.start).max(4);
            cells.push(if index == name_column {
                ValueText::quoted(cell, at)
            } else {
                ValueText::new(cell, at)
            });
        }
        let row = Row {
            name: record.get(name_column).unwrap_or_default().to_owned(),
            label: String::new(),
            cells,
        };
        let written: &Located<String> = row.cells[name_column].text();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if row.name.is_empty() || !row.name.chars().all(allowed) {
            let message = format!("`{}` cannot be the name of a {name}", row.name);
            let problem = Diagnostic::at(written.span, message);
            return Err(problem.label("names are letters, digits, `_` and `-`"));
        }
        if !names.insert(row.name.clone()) {
            let message = format!("there are two rows for `{}`", row.name);
            return Err(Diagnostic::at(written.span, message).label("this is the second"));
        }
        rows.push(Row {
            label: format!("{name} {}, line {line}", row.name),
            ..row
        });
        if MOST < rows.len() {
            return Err(Diagnostic::whole(format!(
                "this table has more than {MOST} rows"
            )));
        }
    }
    if rows.is_empty() {
        return Err(Diagnostic::whole("this table has no rows").label("nothing would be made"));
    }
    Ok(Table { columns, rows })
}

/// Where each field of a record stands in the text. Where it is quoted, that is the whole record.
fn spans(record: &csv::StringRecord, text: &str, from: usize) -> Vec<std::ops::Range<usize>> {
    let rest = text.get(from..).unwrap_or_default();
    let begin = from + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
    let line = text
        .get(begin..)
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default();
    let fields: Vec<&str> = line.split(',').collect();
    if line.contains('"') || fields.len() != record.len() {
        return vec![begin..begin + line.len(); record.len()];
    }
    let mut at = begin;
    let spans = fields.into_iter().map(|field| {
        let start = at + (field.len() - field.trim_start().len());
        at += field.len() + 1;
        start..start + field.trim().len()
    });
    spans.collect()
}
