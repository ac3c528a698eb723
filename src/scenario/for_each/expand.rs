//! Templates, made for each row.

use super::placeholder::{Placeholder, placeholders};
use super::rows::{Row, Rows, Table};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Span;
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::source::Sources;
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Makes the templates of a parsed scenario for each row.
pub(crate) fn expand<'r>(
    root: DeTable<'r>,
    rows: &'r Rows,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> DeTable<'r> {
    if rows.tables.is_empty() {
        return root;
    }
    let mut expander = Expander {
        rows,
        sources,
        problems,
        copies: BTreeMap::new(),
    };
    expander.table(root, &Bound::default())
}

/// Problems of a template are those of every row: the first is kept, with the number of the others.
pub(crate) fn once(problems: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let mut kept: Vec<(Diagnostic, usize)> = Vec::new();
    let mut seen: BTreeMap<(Span, Option<String>), usize> = BTreeMap::new();
    for problem in problems {
        let template = problem.span.and_then(|span| sources.template_of(span));
        let Some(template) = template else {
            kept.push((problem, 0));
            continue;
        };
        match seen.get(&(template, problem.label.clone())) {
            Some(&first) => kept[first].1 += 1,
            None => {
                seen.insert((template, problem.label.clone()), kept.len());
                kept.push((problem, 0));
            }
        }
    }
    let told = kept.into_iter().map(|(mut problem, others)| {
        if 0 < others {
            problem.message = format!("{} (and {others} more like it)", problem.message);
        }
        problem
    });
    told.collect()
}

/// The rows that a place belongs to.
#[derive(Clone, Default)]
struct Bound<'r> {
    rows: Vec<(&'r str, &'r Table, &'r Row)>,
}

impl<'r> Bound<'r> {
    fn find(&self, table: &str) -> Option<(&'r Table, &'r Row)> {
        let bound = self.rows.iter().find(|(name, ..)| *name == table);
        bound.map(|(_, table, row)| (*table, *row))
    }

    /// What messages call them.
    fn label(&self) -> String {
        let labels: Vec<&str> = self
            .rows
            .iter()
            .map(|(.., row)| row.label.as_str())
            .collect();
        labels.join(", ")
    }
}

struct Expander<'r, 's> {
    rows: &'r Rows,
    sources: &'s mut Sources,
    problems: &'s mut Vec<Diagnostic>,
    /// By text and rows: how far the copy of the text for these rows is from it.
    copies: BTreeMap<(usize, String), usize>,
}

impl<'r> Expander<'r, '_> {
    fn table(&mut self, table: DeTable<'r>, bound: &Bound<'r>) -> DeTable<'r> {
        let mut made = DeTable::new();
        for (key, value) in table {
            self.entry(&key, value, bound, &mut made);
        }
        made
    }

    /// Makes an entry, once or for each row of what its key names and nothing around it does.
    fn entry(
        &mut self,
        key: &Spanned<Cow<'r, str>>,
        value: Spanned<DeValue<'r>>,
        bound: &Bound<'r>,
        made: &mut DeTable<'r>,
    ) {
        let wanted = placeholders(key.get_ref());
        let span = Span::from(key.span());
        let free = wanted.iter().find(|it| bound.find(&it.table).is_none());
        if let Some(free) = free {
            let Some((name, table)) = self.rows.tables.get_key_value(&free.table) else {
                self.no_table(free, span);
                return;
            };
            for row in &table.rows {
                let mut bound = bound.clone();
                bound.rows.push((name, table, row));
                self.entry(key, value.clone(), &bound, made);
            }
            return;
        }
        let place = self.place(key.span(), bound);
        let Some(name) = self.text(key.get_ref(), &wanted, place.clone().into(), bound) else {
            return;
        };
        let value = self.value(value, bound);
        if made.contains_key(name.as_str()) {
            let problem = Diagnostic::at(place.into(), format!("there is another `{name}`"));
            self.problems.push(problem.label("made for this row"));
            return;
        }
        made.insert(Spanned::new(place, Cow::Owned(name)), value);
    }

    fn value(&mut self, value: Spanned<DeValue<'r>>, bound: &Bound<'r>) -> Spanned<DeValue<'r>> {
        let place = self.place(value.span(), bound);
        let made = match value.into_inner() {
            DeValue::Table(table) => DeValue::Table(self.table(table, bound)),
            DeValue::Array(items) => {
                let mut made = DeArray::new();
                for item in items {
                    let item = self.value(item, bound);
                    made.push(item);
                }
                DeValue::Array(made)
            }
            DeValue::String(text) => {
                let wanted = placeholders(&text);
                let known = |it: &&Placeholder| self.rows.tables.contains_key(&it.table);
                let wanted: Vec<Placeholder> = wanted.iter().filter(known).cloned().collect();
                // A cell alone is what it says: a number, a list, text.
                if let [only] = &wanted[..]
                    && only.range == (0..text.len())
                    && let Some((table, row)) = bound.find(&only.table)
                    && let Some(cell) = table.cell(row, &only.column)
                {
                    return cell.value();
                }
                match self.text(&text, &wanted, place.clone().into(), bound) {
                    Some(text) => DeValue::String(Cow::Owned(text)),
                    None => DeValue::String(text),
                }
            }
            other => other,
        };
        Spanned::new(place, made)
    }

    /// A text with what its placeholders stand for; `None` where one stands for nothing.
    fn text(
        &mut self,
        text: &str,
        wanted: &[Placeholder],
        span: Span,
        bound: &Bound<'r>,
    ) -> Option<String> {
        let mut made = String::new();
        let mut done = 0;
        for placeholder in wanted {
            let Some((table, row)) = bound.find(&placeholder.table) else {
                let Placeholder { table, column, .. } = placeholder;
                let message = format!("`${{{table}.{column}}}` stands for nothing here");
                self.problems.push(
                    Diagnostic::at(span, message)
                        .label(format!("no name around it holds `${{{table}.name}}`"))
                        .help(format!(
                            "put it into a table such as `[apps.\"etl-${{{table}.name}}\"]`"
                        )),
                );
                return None;
            };
            let Some(cell) = table.cell(row, &placeholder.column) else {
                self.no_column(placeholder, table, span);
                return None;
            };
            made += &text[done..placeholder.range.start];
            made += &cell.label();
            done = placeholder.range.end;
        }
        made += &text[done..];
        Some(made)
    }

    fn no_table(&mut self, placeholder: &Placeholder, span: Span) {
        let names = || self.rows.tables.keys().map(String::as_str);
        let problem = Diagnostic::at(
            span,
            format!("there is no `[for-each.{}]`", placeholder.table),
        );
        let problem = match nearest(&placeholder.table, names()) {
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None => problem.label("nothing says for each of what"),
        };
        let problem = problem.help(format!("`[for-each]` has {}", quoted_list(names())));
        self.problems.push(problem);
    }

    fn no_column(&mut self, placeholder: &Placeholder, table: &Table, span: Span) {
        let columns = || table.columns.iter().map(String::as_str);
        let Placeholder { table, column, .. } = placeholder;
        let problem = Diagnostic::at(span, format!("`{table}` has no column `{column}`"));
        let problem = match nearest(column, columns()) {
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None => problem.label("not in its header"),
        };
        self.problems
            .push(problem.help(format!("it has {}", quoted_list(columns()))));
    }

    /// Where something in a template is for these rows.
    fn place(&mut self, span: std::ops::Range<usize>, bound: &Bound<'r>) -> std::ops::Range<usize> {
        if bound.rows.is_empty() {
            return span;
        }
        let text = self.sources.start_of(span.clone().into());
        let label = bound.label();
        let copy = match self.copies.get(&(text, label.clone())) {
            Some(copy) => *copy,
            None => {
                let copy = self.sources.add_copy(text, &label);
                self.copies.insert((text, label), copy);
                copy
            }
        };
        span.start - text + copy..span.end - text + copy
    }
}
