//! The forest plot of a comparison: one row for each figure and alternative, its difference as a
//! marker with its interval, and a line at none.

use crate::experiment::{Compare, Compared, Scale};
use crate::report::chart::axis;
use crate::report::chart::plot::{Axis, Line, Plot, Spacing};
use crate::report::chart::style::LINES_MAX;
use crate::report::chart::text::Fonts;
use crate::report::chart::{frame, png, svg};
use crate::report::human;

/// Rows that one chart can hold and still be read.
const ROWS_MAX: usize = 24;

/// The forest plot as SVG and PNG: file names and contents; none if nothing is compared in per
/// cent.
pub(in crate::report) fn render(compared: &Compared, title: &str) -> Vec<(String, Vec<u8>)> {
    let Some(plot) = plot(compared, title) else {
        return Vec::new();
    };
    let fonts = Fonts::embedded();
    vec![
        (
            "comparison.svg".to_owned(),
            svg::picture(&plot.title, |canvas| frame::draw(&plot, &fonts, canvas)),
        ),
        (
            "comparison.png".to_owned(),
            png::picture(&fonts, |canvas| frame::draw(&plot, &fonts, canvas)),
        ),
    ]
}

fn plot(compared: &Compared, title: &str) -> Option<Plot> {
    let in_percent = |row: &&Compare| row.contrast.scale == Scale::Ratio;
    let all: Vec<&Compare> = compared.rows.iter().filter(in_percent).collect();
    let shown = &all[..all.len().min(ROWS_MAX)];
    if shown.is_empty() {
        return None;
    }
    let percent = |row: &Compare, value| row.contrast.readable(value) * 100.0;
    let lowest = shown.iter().map(|row| percent(row, row.interval.0));
    let highest = shown.iter().map(|row| percent(row, row.interval.1));
    let (lowest, highest) = (lowest.fold(0.0, f64::min), highest.fold(0.0, f64::max));
    let rows = shown.len() as f64;
    let height = |index: usize| rows - index as f64 - 0.5;
    let mut lines: Vec<Line> = Vec::new();
    for (index, row) in shown.iter().enumerate() {
        let name = &compared.alternatives[row.new];
        let against = format!("against {}", compared.alternatives[row.old]);
        let known = |line: &Line| line.name == *name && line.details == [against.as_str()];
        let position = lines.iter().position(known).unwrap_or_else(|| {
            lines.push(Line {
                name: name.clone(),
                details: vec![against.clone()],
                runs: Vec::new(),
                bands: Vec::new(),
                marks: Vec::new(),
            });
            lines.len() - 1
        });
        let y = height(index);
        let (low, high) = row.interval;
        let line = &mut lines[position];
        line.runs
            .push(vec![(percent(row, low), y), (percent(row, high), y)]);
        line.marks
            .push((percent(row, row.contrast.difference.mean), y));
    }
    lines.truncate(LINES_MAX);
    let ticks = shown.iter().enumerate();
    let ticks = ticks.map(|(index, row)| (height(index), row.metric.clone()));
    let left_out = compared.rows.len() - shown.len();
    Some(Plot {
        title: title.to_owned(),
        subtitle: format!(
            "Differences with intervals that all hold together with 95 %. {} replications on \
             common random numbers",
            compared.replications
        ),
        x: signed("Difference (%)", lowest, highest),
        y: Axis {
            label: String::new(),
            spacing: Spacing::Linear,
            low: 0.0,
            high: rows,
            ticks: ticks.collect(),
        },
        lines,
        guides: Vec::new(),
        posts: Vec::new(),
        caption: (left_out > 0).then(|| format!("{left_out} more: see comparison.csv")),
    })
}

/// An axis from a tick at or below `lowest` to one at or above `highest`, with zero in between.
fn signed(label: &str, lowest: f64, highest: f64) -> Axis {
    let right = axis::from_zero(label, highest - lowest);
    let step = right.ticks.get(1).map_or(1.0, |tick| tick.0);
    let first = (lowest / step - 1e-9).floor().min(0.0) as i32;
    let last = (highest / step + 1e-9).ceil().max(1.0) as i32;
    let tick = |index: i32| {
        let text = human::short_number(f64::from(index.abs()) * step);
        let sign = if index < 0 { "−" } else { "" };
        (f64::from(index) * step, format!("{sign}{text}"))
    };
    Axis {
        low: f64::from(first) * step,
        high: f64::from(last) * step,
        ticks: (first..=last).map(tick).collect(),
        ..right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_reaches_over_all_intervals_and_over_none() {
        let axis = signed("Difference (%)", -57.0, -45.0);
        assert!(
            axis.low <= -57.0 && 0.0 <= axis.high && axis.high <= 10.0,
            "{axis:?}"
        );
        assert!(
            axis.ticks
                .iter()
                .any(|(at, text)| at.abs() < 1e-9 && text == "0")
        );
        let axis = signed("Difference (%)", -0.03, 0.04);
        assert!(axis.low <= -0.03 && 0.04 <= axis.high, "{axis:?}");
    }
}
