//! The sweep on the terminal: one line a point, with the chosen figures.

use crate::experiment::{Figure, Note, SweepResults};
use crate::report::human;
use crate::report::name;
use crate::report::table::{STYLE, doubts, shown, widest_line};
use crate::report::wrap::wrap;
use crate::scenario::short_paths;
use comfy_table::{CellAlignment, ContentArrangement, Row, Table};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Points that are listed; the rest is counted.
const POINTS_MAX: usize = 100;
/// Warnings that are shown; the rest is counted.
const WARNINGS_MAX: usize = 6;
/// Below this a table cannot be read anyway.
const WIDTH_MIN: usize = 40;

/// The sweep as text of at most `width` columns, with the figures named by `metrics`.
pub fn terminal(results: &SweepResults, metrics: &[String], width: usize) -> String {
    let width = width.max(WIDTH_MIN);
    let mut text = heading(results, width);
    text.push('\n');
    text.push_str(&body(results, metrics, width));
    let count = results.points.len();
    if POINTS_MAX < count {
        let more = human::grouped((count - POINTS_MAX) as f64, 0);
        let _ = writeln!(text, "… and {more} more: see sweep.csv");
    }
    text.push_str(&reasons(results, metrics, width));
    let points = results.points.iter().take(POINTS_MAX);
    let shown = points.flat_map(|point| metrics.iter().filter_map(|it| find(&point.figures, it)));
    text.push_str(&doubts(shown, width));
    text.push_str(&notes(results, width));
    text
}

fn heading(results: &SweepResults, width: usize) -> String {
    let points = &results.layout.points;
    let of = |count: usize, one: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{} {one}{plural}", human::grouped(count as f64, 0))
    };
    let replications: Vec<u32> = points.iter().map(|point| point.replications).collect();
    let (least, most) = (replications.iter().min(), replications.iter().max());
    let mut line = of(points.len(), "point");
    match (least, most) {
        (Some(least), Some(most)) if least == most => {
            let _ = write!(line, " of {}", of(*most as usize, "replication"));
        }
        (Some(least), Some(most)) => {
            let _ = write!(line, " of {least} to {most} replications");
        }
        _ => {}
    }
    if let Some(first) = points.first()
        && points.iter().all(|point| point.seed == first.seed)
    {
        let _ = write!(line, ", seed {}", first.seed);
    }
    line.push_str("; ± is half of the 95 % confidence interval");
    wrap(&results.layout.title, width, "") + &wrap(&line, width, "")
}

fn body(results: &SweepResults, metrics: &[String], width: usize) -> String {
    let layout = &results.layout;
    let mut table = Table::new();
    table.load_style(STYLE);
    let columns = short_paths(&layout.columns);
    let figures = metrics.iter().map(|metric| name::in_words(metric));
    let numbers = std::iter::once("point".to_owned());
    table.set_header(Row::from(
        numbers.chain(columns).chain(figures).collect::<Vec<_>>(),
    ));
    for (index, (point, found)) in layout.points.iter().zip(&results.points).enumerate() {
        if index == POINTS_MAX {
            break;
        }
        let values = point.values.iter();
        let values = values.map(|value| value.clone().unwrap_or_else(|| "–".to_owned()));
        let cells = metrics.iter().map(|metric| {
            let figure = find(&found.figures, metric);
            figure.map_or_else(String::new, |figure| shown(figure, true))
        });
        let number = std::iter::once((index + 1).to_string());
        table.add_row(Row::from(
            number.chain(values).chain(cells).collect::<Vec<_>>(),
        ));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        column.set_cell_alignment(CellAlignment::Right);
    }
    if width < widest_line(&table.to_string()) {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn find<'a>(figures: &'a [Figure], metric: &str) -> Option<&'a Figure> {
    figures.iter().find(|figure| figure.metric == metric)
}

/// Why shown figures are missing, each reason once.
fn reasons(results: &SweepResults, metrics: &[String], width: usize) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    for point in results.points.iter().take(POINTS_MAX) {
        for metric in metrics {
            if let Some(Err(reason)) = find(&point.figures, metric).map(|one| &one.estimate)
                && !reasons.contains(&reason.as_str())
            {
                reasons.push(reason);
            }
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let lines = reasons
        .iter()
        .map(|reason| wrap(&format!("– {reason}"), width, "  "));
    format!("\n{}", lines.collect::<String>())
}

/// Points that are the same scenario in spite of their different values.
fn alike(results: &SweepResults, width: usize) -> String {
    let mut first: BTreeMap<u128, usize> = BTreeMap::new();
    let points = results.layout.points.iter().enumerate();
    let same: Vec<(usize, usize)> = points
        .filter_map(|(index, point)| {
            let first = *first.entry(point.fingerprint).or_insert(index);
            (first < index).then_some((first + 1, index + 1))
        })
        .collect();
    let Some((one, other)) = same.first() else {
        return String::new();
    };
    let line = match same.len() {
        1 => format!("warning: points {one} and {other} are alike: what differs is not modelled"),
        count => format!(
            "warning: {count} points are like others before them, {other} like {one} for one: what \
             differs is not modelled"
        ),
    };
    format!("\n{}", wrap(&line, width, "  "))
}

fn notes(results: &SweepResults, width: usize) -> String {
    let mut text = String::new();
    let points = results.layout.points.iter().zip(&results.points);
    let warnings: Vec<String> = points
        .flat_map(|(layout, found)| {
            found.notes.iter().filter_map(|note| match note {
                Note::Warning(warning) => Some(format!("warning: at {}: {warning}", layout.name)),
                Note::Remark(_) | Note::NotModelled(_) => None,
            })
        })
        .collect();
    for (index, warning) in warnings.iter().take(WARNINGS_MAX).enumerate() {
        if index == 0 {
            text.push('\n');
        }
        text.push_str(&wrap(warning, width, "  "));
    }
    if WARNINGS_MAX < warnings.len() {
        let more = human::grouped((warnings.len() - WARNINGS_MAX) as f64, 0);
        let plural = if more == "1" { "" } else { "s" };
        let _ = writeln!(text, "… and {more} more warning{plural}");
    }
    text.push_str(&alike(results, width));
    let mut known: Vec<&str> = Vec::new();
    for note in results
        .layout
        .points
        .iter()
        .flat_map(|point| &point.not_modelled)
    {
        if !known.contains(&note.as_str()) {
            known.push(note);
            text.push_str(&wrap(&format!("not modelled: {note}"), width, "  "));
        }
    }
    text
}
