//! Theory beside simulation: the table for the terminal, and `theory.csv`.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Row, Table};

use super::csv::{cell, number, table};
use super::human;
use super::table::{STYLE, heading, notes};
use super::wrap::wrap;
use crate::experiment::Results;
use crate::experiment::theory::{Comparison, Held, Label, Row as Compared, RunLength};

/// The comparisons as text of at most `width` columns.
pub fn theory_text(comparisons: &[Comparison], results: &Results, width: usize) -> String {
    let mut text = heading(results, width);
    for comparison in comparisons {
        text.push('\n');
        text.push_str(&one(comparison, width));
    }
    if comparisons.is_empty() {
        text.push_str("\nno service, so nothing to compare with queueing theory\n");
    }
    text.push_str(&notes(&results.notes, width));
    text
}

/// `theory.csv`: one row for each figure that theory knows.
pub fn theory_csv(comparisons: &[Comparison]) -> Vec<u8> {
    let header = [
        "metric", "unit", "model", "kind", "theory", "mean", "ci_low", "ci_high", "z",
    ];
    let rows = comparisons.iter().flat_map(|comparison| {
        comparison.rows.iter().map(|row| {
            vec![
                format!("{}.{}", comparison.subject, row.metric),
                row.unit.name().to_owned(),
                comparison.model.clone(),
                row.label.name().to_owned(),
                number(row.theory),
                cell(row.mean),
                cell(row.interval.map(|(low, _)| low)),
                cell(row.interval.map(|(_, high)| high)),
                cell(row.z),
            ]
        })
    });
    table(header.map(str::to_owned).to_vec(), rows)
}

fn one(comparison: &Comparison, width: usize) -> String {
    let fits = comparison.fits();
    let kind = match (fits, comparison.label) {
        (false, _) => "the nearest model, but it does not fit".to_owned(),
        (true, Label::UpperBound | Label::LowerBound) => "bounds".to_owned(),
        (true, label) => label.name().to_owned(),
    };
    let title = format!("{}: {} ({kind})", comparison.subject, comparison.model);
    let mut text = wrap(&title, width, "  ");
    text.push_str(&hanging("  ", comparison.source, width));
    for assumption in &comparison.assumptions {
        let word = match assumption.held {
            Held::Yes => "  holds   ",
            Held::Nearly => "  nearly  ",
            Held::No => "  FAILS   ",
        };
        let line = format!("{}: {}", assumption.what, assumption.why);
        text.push_str(&hanging(word, &line, width));
    }
    if !comparison.rows.is_empty() {
        text.push('\n');
        text.push_str(&figures(&comparison.rows));
    }
    if let Some(z) = comparison.largest_z() {
        let line = if z < LARGE {
            format!("the run agrees: no exact figure is more than {z:.1} standard errors off")
        } else {
            format!(
                "the run does NOT agree: a figure is {z:.1} standard errors off; with assumptions \
                 that hold nearly, or few replications, that may still be chance or bias"
            )
        };
        text.push_str(&hanging("  ", &line, width));
    }
    if let Some(length) = &comparison.run_length {
        text.push_str(&hanging("  ", &run_length(length), width));
    }
    text
}

/// Student's t passes this once in a thousand comparisons at 10 replications.
const LARGE: f64 = 5.0;

/// `text` after `first`, and as far in on further lines.
fn hanging(first: &str, text: &str, width: usize) -> String {
    let indent = first.chars().count();
    let wrapped = wrap(text, width.saturating_sub(indent), "");
    let mut hanging = String::new();
    for (number, line) in wrapped.lines().enumerate() {
        let before = if number == 0 { first } else { "" };
        let _ = writeln!(hanging, "{before:indent$}{line}");
    }
    hanging
}

fn figures(rows: &[Compared]) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(Row::from(vec!["  figure", "theory", "simulation", "z"]));
    for row in rows {
        let (before, after) = match row.label {
            Label::Exact => ("", ""),
            Label::Approximation => ("≈ ", ""),
            Label::Limit => ("→ ", ""),
            Label::UpperBound => ("≤ ", ""),
            Label::LowerBound => ("≥ ", ""),
        };
        let simulated = match (row.mean, row.interval) {
            (None, _) => "–".to_owned(),
            (Some(mean), None) => human::value(mean, row.unit),
            (Some(mean), Some((low, high))) => {
                human::value_with_half_width(mean, (high - low) / 2.0, row.unit)
            }
        };
        let theory = theory_value(row);
        table.add_row(Row::from(vec![
            format!("  {}", row.metric),
            format!("{before}{theory}{after}"),
            simulated,
            row.z.map_or_else(String::new, |z| format!("{z:+.1}")),
        ]));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 3));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n") + "\n"
}

/// With the digits that the run's own figure has.
fn theory_value(row: &Compared) -> String {
    if !row.theory.is_finite() {
        return "∞".to_owned();
    }
    let precise = row.theory * 1e-3;
    let text = human::value_with_half_width(row.theory, precise.abs(), row.unit);
    // Only the value and its unit of `value ± half unit`.
    match text.split_once(" ± ") {
        Some((value, rest)) => {
            let unit = rest.split_once(' ').map_or("", |(_, unit)| unit);
            format!("{value} {unit}").trim_end().to_owned()
        }
        None => text,
    }
}

fn run_length(length: &RunLength) -> String {
    let basis = if length.from_theory {
        "by theory, known before any run"
    } else {
        "by the variance of this run"
    };
    let requests = |count: f64| human::grouped(count.round(), 0);
    format!(
        "±1 % of {} takes {} requests in all ({basis}); this run had {}",
        length.metric,
        requests(length.requests),
        requests(length.ran),
    )
}
