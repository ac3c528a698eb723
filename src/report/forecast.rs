//! A recorded run taken apart, and what other numbers of executors would do: for people and as CSV.

use crate::experiment::{Forecast, ForecastPoint};
use crate::import::spark::{Profile, StageProfile};
use crate::metrics::Unit;
use crate::report::csv::{number, table};
use crate::report::human;
use crate::report::table::STYLE;
use crate::report::wrap::wrap;
use crate::units::Bytes;
use comfy_table::{CellAlignment, Row, Table};
use std::fmt::Write;

/// Stages that are listed; all are in the log.
const STAGES_MAX: usize = 10;
/// Names are cut here.
const NAME_MAX: usize = 32;
/// A model that is off by more is said to lack what the log knows that it lacks.
const OFF: f64 = 0.1;
/// More executors that take so many times the time of the best are said to be too many.
const SLOWER: f64 = 1.05;

/// The run and its forecast as text of at most `width` columns.
pub fn forecast_text(profile: &Profile, forecast: &Forecast, width: usize) -> String {
    let mut text = String::new();
    for line in findings(profile, forecast) {
        text.push_str(&wrap(&line, width, "  "));
    }
    let _ = write!(text, "\n{}\n", points(profile, forecast));
    let _ = write!(text, "\n{}\n", stages(profile));
    if profile.stages.len() > STAGES_MAX {
        let more = profile.stages.len() - STAGES_MAX;
        let _ = writeln!(text, "… and {more} more, none of them longer");
    }
    text
}

/// One row for each number of executors.
pub fn forecast_csv(profile: &Profile, forecast: &Forecast) -> Vec<u8> {
    let header = [
        "executors",
        "share",
        "job_time",
        "job_time_min",
        "job_time_max",
        "duration",
        "slot_utilization",
        "executor_seconds",
        "idle_core_seconds",
    ];
    let rows = forecast.points.iter().map(|point| {
        vec![
            point.executors.to_string(),
            number(f64::from(point.executors) / f64::from(profile.executors)),
            number(point.job_time),
            number(point.job_times.0),
            number(point.job_times.1),
            number(point.duration),
            number(busy(profile, point)),
            number(point.executor_seconds),
            number(idle_core_seconds(profile, point)),
        ]
    });
    table(header.map(str::to_owned).to_vec(), rows)
}

fn seconds(value: f64) -> String {
    human::value(value, Unit::Seconds)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn executors(count: u32) -> String {
    if count == 1 {
        "1 executor".to_owned()
    } else {
        format!("{count} executors")
    }
}

/// What the figures say, in sentences.
fn findings(profile: &Profile, forecast: &Forecast) -> Vec<String> {
    let driver = profile.duration - profile.job_time;
    let mut lines = vec![
        format!(
            "{}: recorded on {}{} of {}, {}",
            profile.app,
            if profile.came_and_went {
                "at most "
            } else {
                ""
            },
            executors(profile.executors),
            if profile.cores == 1 {
                "1 core".to_owned()
            } else {
                format!("{} cores", profile.cores)
            },
            seconds(profile.duration)
        ),
        format!(
            "driver alone: {} ({} of the time); no executor shortens it",
            seconds(driver),
            percent(driver / profile.duration)
        ),
        format!(
            "critical path: {}, with a slot for every task at once, on executors that know its stage; no number of executors is faster",
            seconds(profile.critical_path)
        ),
        format!(
            "one slot: {} of tasks; {} were busy {} of the time with a job running",
            seconds(profile.one_slot),
            slots(profile.slots()),
            percent(profile.one_slot / (profile.job_time * f64::from(profile.slots())))
        ),
    ];
    let caution = if profile.came_and_went {
        ", with executors that follow the tasks as they did; the table has so many from the start to the end"
    } else {
        ""
    };
    let error = forecast.itself / profile.job_time - 1.0;
    lines.push(format!(
        "the model: {} in jobs where {} were recorded, {:+.1} %{caution}",
        seconds(forecast.itself),
        seconds(profile.job_time),
        error * 100.0
    ));
    if profile.held_back > 0 && OFF < error.abs() {
        lines.push(format!(
            "not in the model: {} of {} tasks waited though a slot was free, for the sake of locality, of a resource profile, or of what the log does not tell",
            profile.held_back,
            profile.stages.iter().map(|stage| stage.tasks).sum::<usize>()
        ));
    }
    let recorded = executors(profile.executors);
    lines.push(if forecast.enough < profile.executors {
        format!(
            "enough: {} would do it within 5 % of the time of {}",
            executors(forecast.enough),
            profile.executors
        )
    } else {
        format!("enough: no fewer than {recorded} come within 5 % of their time")
    });
    let best = forecast.best;
    let largest = forecast.points.last().map(|point| point.executors);
    lines.push(if forecast.useful == best && largest == Some(best) {
        format!(
            "most: the table ends before that: {}, its largest number, are the fastest, and fewer take more than 5 % longer",
            executors(best)
        )
    } else if forecast.useful == best {
        format!("most: more than {} gain nothing", executors(best))
    } else {
        format!(
            "most: more than {} gain hardly anything: the best of the table, {best}, is less than 5 % faster",
            executors(forecast.useful)
        )
    });
    let slowest = forecast.points.iter().rfind(|point| best < point.executors);
    let shortest = forecast.points.iter().find(|point| point.executors == best);
    if let (Some(last), Some(shortest)) = (slowest, shortest)
        && SLOWER * shortest.job_time < last.job_time
    {
        lines.push(format!(
            "too many: {} take {:+.0} % longer than {best}, because every executor has first tasks of its own, which load classes and fetch what their stage needs",
            executors(last.executors),
            (last.job_time / shortest.job_time - 1.0) * 100.0
        ));
    }
    lines
}

fn slots(count: u32) -> String {
    if count == 1 {
        "1 slot".to_owned()
    } else {
        format!("{count} slots")
    }
}

/// The share of the executors' time that slots were busy.
fn busy(profile: &Profile, point: &ForecastPoint) -> f64 {
    let slots = (profile.cores / profile.task_cpus).max(1);
    let all = point.executor_seconds * f64::from(slots);
    if all > 0.0 {
        point.task_seconds / all
    } else {
        0.0
    }
}

fn idle_core_seconds(profile: &Profile, point: &ForecastPoint) -> f64 {
    let all = point.executor_seconds * f64::from(profile.cores);
    (all - point.task_seconds * f64::from(profile.task_cpus)).max(0.0)
}

fn points(profile: &Profile, forecast: &Forecast) -> Table {
    let header = [
        "executors",
        "share",
        "time in jobs",
        "from",
        "to",
        "application",
        "slots busy",
        "executor-hours",
        "idle core-hours",
    ];
    let rows = forecast.points.iter().map(|point| {
        let hours = |seconds: f64| human::short_number(seconds / 3600.0);
        vec![
            point.executors.to_string(),
            percent(f64::from(point.executors) / f64::from(profile.executors)),
            seconds(point.job_time),
            seconds(point.job_times.0),
            seconds(point.job_times.1),
            seconds(point.duration),
            percent(busy(profile, point)),
            hours(point.executor_seconds),
            hours(idle_core_seconds(profile, point)),
        ]
    });
    aligned(&header, rows, 0)
}

fn stages(profile: &Profile) -> Table {
    let header = [
        "longest stages",
        "tasks",
        "a slot",
        "took",
        "tasks' time",
        "skew",
        "GC",
        "fetch",
        "write",
        "spilled",
    ];
    let rows = profile
        .stages
        .iter()
        .take(STAGES_MAX)
        .map(|stage: &StageProfile| {
            let name: String = stage.name.chars().take(NAME_MAX).collect();
            vec![
                format!("{} {name}", stage.id),
                stage.tasks.to_string(),
                human::short_number(stage.tasks as f64 / f64::from(profile.slots())),
                seconds(stage.wall),
                seconds(stage.task_time),
                human::short_number(stage.skew),
                percent(stage.gc),
                percent(stage.fetch_wait),
                percent(stage.shuffle_write),
                if stage.spilled == 0 {
                    String::new()
                } else {
                    Bytes(stage.spilled).human()
                },
            ]
        });
    aligned(&header, rows, 1)
}

/// A table whose first `left` columns are words.
fn aligned(header: &[&str], rows: impl Iterator<Item = Vec<String>>, left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(Row::from(header.to_vec()));
    for row in rows {
        table.add_row(Row::from(row));
    }
    for column in table.column_iter_mut().skip(left) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
