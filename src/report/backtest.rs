//! Replays against what was recorded, for people and as CSV.

use crate::experiment::{Backtested, Errors, Pair, Replay};
use crate::metrics::Unit;
use crate::report::csv::{cell, number, table};
use crate::report::human;
use crate::report::table::STYLE;
use crate::report::wrap::wrap;
use comfy_table::{CellAlignment, Row, Table};
use std::fmt::Write;

/// Applications and failures that are listed; all are in the CSV file.
const LISTED_MAX: usize = 40;
/// Names are cut here.
const NAME_MAX: usize = 20;

/// The replays as text of at most `width` columns, the worst first.
pub fn backtest_text(backtested: &Backtested, width: usize) -> String {
    let mut text = String::new();
    let mut order: Vec<&Replay> = backtested.replays.iter().collect();
    let size = |replay: &Replay| replay.job_time.error().map_or(0.0, f64::abs);
    order.sort_by(|one, other| size(other).total_cmp(&size(one)));
    if !order.is_empty() {
        let _ = writeln!(text, "{}", replays(&order));
    }
    if order.len() > LISTED_MAX {
        let more = order.len() - LISTED_MAX;
        let _ = writeln!(text, "… and {more} more that are less off: see `--out`");
    }
    for (what, errors) in [
        ("time in jobs", backtested.job_time),
        ("without recorded waits", backtested.without_waits),
        ("application", backtested.duration),
    ] {
        if let Some(errors) = errors {
            text.push_str(&wrap(&distribution(what, &errors), width, "  "));
        }
    }
    for replay in order.iter().filter(|replay| replay.counts) {
        if let Some(cause) = cause(replay) {
            text.push_str(&wrap(&cause, width, "  "));
        }
    }
    let left = order.iter().filter(|replay| !replay.counts).count();
    if left > 0 {
        let line = format!("{left} with few tasks (marked ·) are not counted");
        text.push_str(&wrap(&line, width, "  "));
    }
    if backtested.other_files > 0 {
        let line = match backtested.other_files {
            1 => "1 file is no event log".to_owned(),
            count => format!("{count} files are no event logs"),
        };
        text.push_str(&wrap(&line, width, "  "));
    }
    for (log, why) in backtested.failures.iter().take(LISTED_MAX) {
        text.push_str(&wrap(&format!("not replayed: {log}: {why}"), width, "  "));
    }
    if backtested.failures.len() > LISTED_MAX {
        let more = backtested.failures.len() - LISTED_MAX;
        let _ = writeln!(
            text,
            "… and {more} more that were not replayed: see `--out`"
        );
    }
    text
}

/// Without its waits a replay that is off by more has a cause that is named.
const NAMED: f64 = 0.15;

/// What a run waited for that would be off by much without it.
fn cause(replay: &Replay) -> Option<String> {
    let error = replay.without_waits.error()?;
    let waits = &replay.waits;
    let held_back = waits.held_back;
    let why = if waits.has_profiles {
        "for executors of their resource profile"
    } else {
        "for the sake of locality or for what the log does not tell"
    };
    (NAMED < error.abs()).then(|| {
        format!(
            "{}: {} without recorded waits, because {held_back} of {} tasks waited though a slot was free, {why}, and stages for {} before their first tasks",
            replay.log,
            signed(error),
            replay.tasks,
            human::value(waits.before_stages, Unit::Seconds)
        )
    })
}

fn replays(order: &[&Replay]) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(Row::from([
        "Application",
        "Log",
        "tasks",
        "in jobs",
        "simulated",
        "error",
        "no waits",
        "in all",
        "error",
    ]));
    for replay in order.iter().take(LISTED_MAX) {
        let mark = if replay.counts { "" } else { " ·" };
        let seconds = |value: f64| human::value(value, Unit::Seconds);
        let (jobs, whole) = (replay.job_time, replay.duration);
        table.add_row(Row::from([
            cut(&replay.app) + mark,
            cut(&replay.log),
            replay.tasks.to_string(),
            seconds(jobs.recorded),
            seconds(jobs.simulated),
            error(jobs),
            error(replay.without_waits),
            seconds(whole.recorded),
            error(whole),
        ]));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index > 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// The end of a long name says more than its beginning.
fn cut(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME_MAX {
        return name.to_owned();
    }
    let end: String = name.chars().skip(count + 1 - NAME_MAX).collect();
    format!("…{end}")
}

fn error(pair: Pair) -> String {
    pair.error().map_or("–".to_owned(), signed)
}

fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

fn distribution(what: &str, errors: &Errors) -> String {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    format!(
        "{what}: median |error| {}, p90 {}, worst {}, mean with sign {}, of {} applications",
        percent(errors.median),
        percent(errors.p90),
        percent(errors.worst),
        signed(errors.bias),
        errors.count
    )
}

/// `backtest.csv`: a row for each log, times in seconds.
pub fn backtest_csv(backtested: &Backtested) -> Vec<u8> {
    let header = [
        "log",
        "app",
        "tasks",
        "slots",
        "job_time_recorded",
        "job_time_simulated",
        "job_time_error",
        "duration_recorded",
        "duration_simulated",
        "duration_error",
        "job_time_without_waits",
        "job_time_error_without_waits",
        "held_back_tasks",
        "counted",
        "problem",
    ];
    let width = header.len();
    let replays = backtested.replays.iter().map(|replay| {
        let times = |pair: Pair| {
            [
                number(pair.recorded),
                number(pair.simulated),
                cell(pair.error()),
            ]
        };
        let mut row = vec![
            replay.log.clone(),
            replay.app.clone(),
            replay.tasks.to_string(),
            replay.slots.to_string(),
        ];
        row.extend(times(replay.job_time));
        row.extend(times(replay.duration));
        let [_, simulated, error] = times(replay.without_waits);
        row.extend([simulated, error, replay.waits.held_back.to_string()]);
        row.extend([replay.counts.to_string(), String::new()]);
        row
    });
    let failures = backtested.failures.iter().map(|(log, why)| {
        let mut row = vec![String::new(); width];
        row[0].clone_from(log);
        row[width - 1].clone_from(why);
        row
    });
    let mut rows: Vec<Vec<String>> = replays.chain(failures).collect();
    rows.sort();
    table(header.map(str::to_owned).to_vec(), rows.into_iter())
}
