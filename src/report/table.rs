//! The table for the terminal: what a person wants to know first, read in ten seconds.
//!
//! One block for each kind of thing, one row for each thing, its key figures as columns; then why
//! figures are missing, then the notes. All figures are in `summary.csv`; parts of things
//! (endpoints, classes, jobs) are only there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Row, Table, TableStyle, presets};

use crate::experiment::{Doubt, Figure, Note, Results};
use crate::metrics::Unit;
use crate::report::blocks::{BLOCKS, Block, Column, HalfWidth};
use crate::report::human;
use crate::report::name::{Group, MetricName};
use crate::report::wrap::wrap;

/// Rows of a block; the rest is counted.
const ROWS_MAX: usize = 20;
/// Things named beside the reason why their figures are missing; the rest is counted.
const ABSENT_NAMED_MAX: usize = 4;
/// A figure that belongs to no thing of its group.
const FAIRNESS: &str = "budgets.fairness";
/// Below this a table cannot be read anyway.
const WIDTH_MIN: usize = 40;

/// The results as text of at most `width` columns.
pub fn terminal(results: &Results, width: usize) -> String {
    let width = width.max(WIDTH_MIN);
    let index = Index::new(results);
    let mut text = heading(results, width);
    for block in BLOCKS {
        if let Some(table) = index.block(block, width) {
            let _ = write!(text, "\n{table}");
        }
    }
    text.push_str(&probabilities(results, width));
    text.push_str(&index.reasons(width));
    text.push_str(&doubts(index.shown(), width));
    text.push_str(&notes(&results.notes, width));
    text
}

/// The figures by group, thing and quantity; figures of parts of things are left out.
struct Index<'a> {
    figures: BTreeMap<(Group, &'a str, &'a str), &'a Figure>,
    /// Things of each group in the order of the results.
    things: Vec<(Group, &'a str)>,
}

impl<'a> Index<'a> {
    fn new(results: &'a Results) -> Self {
        let mut figures = BTreeMap::new();
        let mut things = Vec::new();
        let mut known = BTreeSet::new();
        for figure in &results.figures {
            let mut name = MetricName::parse(&figure.metric);
            if figure.metric == FAIRNESS {
                // Of all budgets together.
                (name.group, name.thing, name.quantity) = (Group::Cluster, "", "fairness");
            }
            if name.part.is_none() {
                figures.insert((name.group, name.thing, name.quantity), figure);
                if known.insert((name.group, name.thing)) {
                    things.push((name.group, name.thing));
                }
            }
        }
        Self { figures, things }
    }

    fn things_of(&self, group: Group) -> impl Iterator<Item = &'a str> {
        let things = self.things.iter().filter(move |thing| thing.0 == group);
        things.map(|(_, thing)| *thing)
    }

    /// The columns of `block` for which something has a figure.
    fn columns(&self, block: &Block) -> Vec<&'static Column> {
        let is_known = |column: &&Column| {
            self.things_of(block.group).any(|thing| {
                let figure = self.figures.get(&(block.group, thing, column.quantity));
                figure.is_some_and(|figure| !column.if_any || happens(figure))
            })
        };
        block.columns.iter().filter(is_known).collect()
    }

    /// The block as a table with its title, or nothing if there is nothing to show.
    fn block(&self, block: &Block, width: usize) -> Option<String> {
        let columns = self.columns(block);
        if columns.is_empty() {
            return None;
        }
        let full = self.table(block, &columns, HalfWidth::WithRoom);
        let table = if widest_line(&full.to_string()) <= width {
            full
        } else {
            let mut lean = self.table(block, &columns, HalfWidth::Always);
            if widest_line(&lean.to_string()) > width {
                lean.set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(u16::try_from(width).unwrap_or(u16::MAX));
            }
            lean
        };
        let mut text = table.to_string().trim_end().to_owned() + "\n";
        let count = self.things_of(block.group).count();
        if count > ROWS_MAX {
            let more = human::grouped((count - ROWS_MAX) as f64, 0);
            let _ = writeln!(text, "… and {more} more: see summary.csv");
        }
        // Padding at the ends of lines is noise in a log.
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        Some(lines.join("\n") + "\n")
    }

    fn table(&self, block: &Block, columns: &[&Column], from: HalfWidth) -> Table {
        let mut table = Table::new();
        table.load_style(STYLE);
        let titles = columns.iter().map(|column| column.title.to_owned());
        let header: Vec<String> = std::iter::once(block.title.to_owned())
            .chain(titles)
            .collect();
        table.set_header(Row::from(header));
        for thing in self.things_of(block.group).take(ROWS_MAX) {
            let cells = columns.iter().map(|column| {
                let figure = self.figures.get(&(block.group, thing, column.quantity));
                let half_width = column.half_width >= from;
                figure.map_or_else(String::new, |figure| shown(figure, half_width))
            });
            table.add_row(Row::from(
                std::iter::once(row_name(thing))
                    .chain(cells)
                    .collect::<Vec<_>>(),
            ));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if index > 0 {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// The figures that are shown.
    fn shown(&self) -> impl Iterator<Item = &'a Figure> {
        BLOCKS.iter().flat_map(move |block| {
            let things = self.things_of(block.group).take(ROWS_MAX);
            things.flat_map(move |thing| {
                let key = move |column: &Column| (block.group, thing, column.quantity);
                let columns = self.columns(block).into_iter();
                columns.filter_map(move |column| self.figures.get(&key(column)).copied())
            })
        })
    }

    /// Why figures that were to be shown are missing, each reason once.
    fn reasons(&self, width: usize) -> String {
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for block in BLOCKS {
            for thing in self.things_of(block.group).take(ROWS_MAX) {
                for column in block.columns {
                    let figure = self.figures.get(&(block.group, thing, column.quantity));
                    let Some(Err(reason)) = figure.map(|figure| &figure.estimate) else {
                        continue;
                    };
                    let name = format!("{thing} {}", column.title).trim().to_owned();
                    match reasons.iter_mut().find(|(known, _)| known == reason) {
                        Some((_, names)) => names.push(name),
                        None => reasons.push((reason, vec![name])),
                    }
                }
            }
        }
        let mut text = String::new();
        for (index, (reason, names)) in reasons.iter().enumerate() {
            if index == 0 {
                text.push('\n');
            }
            let shown = names.len().min(ABSENT_NAMED_MAX);
            let mut line = format!("– {}", names[..shown].join(", "));
            if names.len() > shown {
                let _ = write!(line, " and {} more", names.len() - shown);
            }
            let _ = write!(line, ": {reason}");
            text.push_str(&wrap(&line, width, "  "));
        }
        text
    }
}

/// Whether what is counted was seen at all.
fn happens(figure: &Figure) -> bool {
    let estimate = figure.estimate.as_ref();
    estimate.is_ok_and(|estimate| 0.0 < estimate.mean)
}

pub(super) fn heading(results: &Results, width: usize) -> String {
    let count = results.replications;
    let mut line = match count {
        1 => "1 replication".to_owned(),
        _ => format!("{} replications", human::grouped(f64::from(count), 0)),
    };
    let _ = write!(line, ", seed {}", results.seed);
    if count > 1 {
        line.push_str("; ± is half of the 95 % confidence interval");
    } else {
        let batches = results.figures.iter().any(|figure| {
            let estimate = figure.estimate.as_ref().ok();
            estimate.is_some_and(|estimate| estimate.interval.is_some())
        });
        line.push_str(if batches {
            "; ± is half of the 95 % confidence interval, from batches of the run"
        } else {
            "; no confidence intervals from a single one"
        });
    }
    wrap(&results.title, width, "") + &wrap(&line, width, "")
}

/// How likely what the scenario asks for is: its interval is not as wide on either side.
fn probabilities(results: &Results, width: usize) -> String {
    let mut text = String::new();
    for figure in &results.figures {
        let Some(name) = figure.metric.strip_prefix("probabilities.") else {
            continue;
        };
        if text.is_empty() {
            text.push('\n');
        }
        let mut line = format!("Probability of {name}: ");
        match &figure.estimate {
            Ok(estimate) => {
                let percent = |share: f64| human::grouped(100.0 * share, 1);
                let all = estimate.replications;
                let yes = (estimate.mean * f64::from(all)).round();
                let _ = write!(
                    line,
                    "{} % ({yes} of {all} replications",
                    percent(estimate.mean)
                );
                if let Some((low, high)) = estimate.interval {
                    let _ = write!(
                        line,
                        ", 95 % interval {} to {} %",
                        percent(low),
                        percent(high)
                    );
                }
                line.push(')');
            }
            Err(reason) => line.push_str(reason),
        }
        text.push_str(&wrap(&line, width, "  "));
    }
    text
}

/// The cluster is the one thing without a name of its own.
fn row_name(thing: &str) -> String {
    if thing.is_empty() { "all nodes" } else { thing }.to_owned()
}

/// What a cell shows of a figure.
pub(super) fn shown(figure: &Figure, half_width: bool) -> String {
    let Ok(estimate) = &figure.estimate else {
        return "–".to_owned();
    };
    let text = match estimate.interval {
        Some((low, high)) if half_width => {
            human::value_with_half_width(estimate.mean, (high - low) / 2.0, figure.unit)
        }
        _ if figure.unit == Unit::Count => counted(estimate.mean),
        _ => human::value(estimate.mean, figure.unit),
    };
    match estimate.doubt {
        Some(doubt) => text + mark(doubt),
        None => text,
    }
}

/// What marks a figure of which an explanation stands below the table.
fn mark(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::FewAbove => "*",
        Doubt::ShortReplications => "†",
    }
}

/// What the marks of figures that are shown mean.
pub(super) fn doubts<'a>(shown: impl Iterator<Item = &'a Figure>, width: usize) -> String {
    let found = shown.filter_map(|figure| figure.estimate.as_ref().ok()?.doubt);
    let found: BTreeSet<Doubt> = found.collect();
    let mut text = String::new();
    for doubt in found {
        let line = format!("{} {}", mark(doubt), doubt.reason());
        text.push_str(&wrap(&line, width, "  "));
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// A count over replications is rarely whole; from a hundred up its fraction says nothing.
fn counted(mean: f64) -> String {
    if mean.abs() < 100.0 {
        human::value(mean, Unit::Count)
    } else {
        human::grouped(mean, 0)
    }
}

pub(super) fn notes(notes: &[Note], width: usize) -> String {
    let mut text = String::new();
    let warnings = notes.iter().filter_map(|note| match note {
        Note::Warning(warning) => Some(warning),
        Note::Remark(_) | Note::NotModelled(_) => None,
    });
    for (index, warning) in warnings.enumerate() {
        if index == 0 {
            text.push('\n');
        }
        text.push_str(&wrap(&format!("warning: {warning}"), width, "  "));
    }
    let remarks = notes.iter().filter_map(|note| match note {
        Note::Remark(remark) => Some(remark),
        Note::Warning(_) | Note::NotModelled(_) => None,
    });
    for (index, remark) in remarks.enumerate() {
        if index == 0 {
            text.push('\n');
        }
        text.push_str(&wrap(remark, width, "  "));
    }
    let left_out: Vec<&str> = notes
        .iter()
        .filter_map(|note| match note {
            Note::NotModelled(what) => Some(what.as_str()),
            Note::Warning(_) | Note::Remark(_) => None,
        })
        .collect();
    if !left_out.is_empty() {
        let line = format!("not modelled: {}", left_out.join("; "));
        text.push('\n');
        text.push_str(&wrap(&line, width, "  "));
    }
    text
}

/// No lines but one below the header.
pub(super) const STYLE: TableStyle =
    presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

pub(super) fn widest_line(text: &str) -> usize {
    let lines = text.lines().map(|line| line.trim_end().chars().count());
    lines.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Estimate;
    use crate::report::sample;

    #[test]
    fn the_table_shows_the_key_figures_of_each_kind_of_thing() {
        insta::assert_snapshot!(terminal(&sample::results(), 100), @r"
        REST front end that submits SparkPi to a small cluster
        20 replications, seed 1; ± is half of the 95 % confidence interval

        Workload   requests   completed       mean latency               p95               p99
        ────────────────────────────────────────────────────────────────────────────────────────
        users           720         720   6.200 ± 0.081 ms   18.57 ± 0.24 ms   28.55 ± 0.37 ms

        Service   throughput   utilization       mean latency       p95       p99   queue   rejected
        ──────────────────────────────────────────────────────────────────────────────────────────────
        gateway     0.100 /s      0.0310 %   6.200 ± 0.081 ms   18.6 ms         –       0          0
        auth         40.0 /s        99.8 %    21.00 ± 0.27 ms   62.9 ms   96.7 ms     496      1,204

        Application   finished       mean latency             p95   executors   unfinished
        ────────────────────────────────────────────────────────────────────────────────────
        pi                 718     41.00 ± 0.53 s   122.8 ± 1.6 s        16.4         1.25
        nightly              1   30.72 ± 0.40 min               –        2.05            0

        Cluster     cpu allocated   memory allocated   bytes pulled   mean pending time
        ─────────────────────────────────────────────────────────────────────────────────
        all nodes      38.4 cores             171 GB        2.86 GB       3.42 ± 0.61 s

        – gateway p99, nightly p95: fewer than 200 observations exceed it

        warning: services.auth is offered 1.04 times what it can serve: its queue grows without bound, and
          its figures depend on the duration of the run

        not modelled: spark.eventLog.enabled in apps.pi; memory use of containers (no limit can be exceeded)
        ");
    }

    #[test]
    fn a_narrow_terminal_gets_no_line_that_is_too_long() {
        for width in [40, 60, 80, 100, 140] {
            let text = terminal(&sample::results(), width);
            assert!(widest_line(&text) <= width, "{width}:\n{text}");
        }
    }

    #[test]
    fn of_a_hundred_services_twenty_are_shown_and_the_rest_is_counted() {
        let mut results = sample::results();
        results.notes.clear();
        results.figures = (0..100)
            .map(|index| Figure {
                metric: format!("services.s{index}.throughput"),
                unit: Unit::PerSecond,
                estimate: if index < 7 {
                    Err("nothing arrived".to_owned())
                } else {
                    Ok(Estimate {
                        mean: f64::from(index),
                        interval: None,
                        std_dev: None,
                        replications: 1,
                        doubt: None,
                    })
                },
                per_replication: Vec::new(),
            })
            .collect();
        let text = terminal(&results, 100);
        assert!(text.contains("\ns19 "), "{text}");
        assert!(!text.contains("\ns20 "), "{text}");
        assert!(text.contains("… and 80 more: see summary.csv\n"), "{text}");
        assert!(
            text.contains(
                "– s0 throughput, s1 throughput, s2 throughput, s3 throughput and 3 more: nothing arrived\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_single_replication_has_no_intervals_and_says_so() {
        let mut results = sample::results();
        results.replications = 1;
        for figure in &mut results.figures {
            if let Ok(estimate) = &mut figure.estimate {
                (estimate.interval, estimate.std_dev) = (None, None);
            }
        }
        let text = terminal(&results, 100);
        assert!(!text.contains('±'), "{text}");
        assert!(text.contains("no confidence intervals"), "{text}");
    }
}
