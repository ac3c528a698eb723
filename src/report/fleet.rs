//! The applications of a fleet, by what they held: for people and as CSV.

use crate::import::fleet::FleetApplication;
use crate::import::spark::Recorded;
use crate::metrics::Unit;
use crate::report::csv::{number, table};
use crate::report::human;
use crate::report::table::STYLE;
use crate::units::Duration;
use comfy_table::{CellAlignment, Row, Table};
use std::fmt::Write;

/// Applications that are listed; all are in the CSV file.
const LISTED_MAX: usize = 40;

/// What all runs of an application held, in seconds.
struct Sums {
    core: f64,
    idle: f64,
    duration: f64,
    job: f64,
}

impl Sums {
    fn of(runs: &[Recorded]) -> Self {
        let sum = |of: fn(&Recorded) -> u64| {
            let nanos: u128 = runs.iter().map(|run| u128::from(of(run))).sum();
            nanos as f64 / 1e9
        };
        let idle = |run: &Recorded| {
            let (all, busy) = (run.core_time.nanos(), run.busy_core_time.nanos());
            all.saturating_sub(busy)
        };
        Self {
            core: sum(|run| run.core_time.nanos()),
            idle: sum(idle),
            duration: sum(|run| run.duration.nanos()),
            job: sum(|run| run.job_time.nanos()),
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The applications, those that held most first.
pub fn fleet_text(applications: &[FleetApplication]) -> String {
    let mut order: Vec<(&FleetApplication, Sums)> = applications
        .iter()
        .map(|application| (application, Sums::of(&application.runs)))
        .collect();
    order.sort_by(|one, other| other.1.core.total_cmp(&one.1.core));
    let whole: f64 = order.iter().map(|(_, sums)| sums.core).sum();
    let idle: f64 = order.iter().map(|(_, sums)| sums.idle).sum();
    let mut rows = Table::new();
    rows.load_style(STYLE);
    rows.set_header(Row::from([
        "Application",
        "namespace or queue",
        "runs",
        "tasks",
        "took",
        "longest",
        "driver alone",
        "core-hours",
        "idle",
        "of all",
    ]));
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let seconds = |time: Duration| human::value(time.seconds(), Unit::Seconds);
    for (application, sums) in order.iter().take(LISTED_MAX) {
        let typical = &application.runs[application.typical];
        let longest = application.runs.iter().map(|run| run.duration).max();
        rows.add_row(Row::from([
            application.name.clone(),
            application.tenant.clone().unwrap_or_default(),
            application.runs.len().to_string(),
            typical.tasks.to_string(),
            seconds(typical.duration),
            seconds(longest.unwrap_or_default()),
            percent(share(sums.duration - sums.job, sums.duration)),
            human::short_number(sums.core / 3600.0),
            percent(share(sums.idle, sums.core)),
            percent(share(sums.core, whole)),
        ]));
    }
    for (index, column) in rows.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index > 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines = rows.lines().map(|line| line.trim_end().to_owned());
    let mut text = lines.collect::<Vec<_>>().join("\n") + "\n";
    if order.len() > LISTED_MAX {
        let more = order.len() - LISTED_MAX;
        let _ = writeln!(text, "… and {more} more that held less: see the CSV file");
    }
    let _ = writeln!(
        text,
        "executors held {} core-hours in all, {} of them idle",
        human::short_number(whole / 3600.0),
        percent(share(idle, whole))
    );
    text
}

/// One row for each application; times in seconds.
pub fn fleet_csv(applications: &[FleetApplication]) -> Vec<u8> {
    let header = [
        "app",
        "tenant",
        "runs",
        "tasks",
        "duration",
        "duration_min",
        "duration_max",
        "job_time",
        "core_seconds",
        "idle_core_seconds",
    ];
    let rows = applications.iter().map(|application| {
        let sums = Sums::of(&application.runs);
        let typical = &application.runs[application.typical];
        let durations = || application.runs.iter().map(|run| run.duration);
        vec![
            application.name.clone(),
            application.tenant.clone().unwrap_or_default(),
            application.runs.len().to_string(),
            typical.tasks.to_string(),
            number(typical.duration.seconds()),
            number(durations().min().unwrap_or_default().seconds()),
            number(durations().max().unwrap_or_default().seconds()),
            number(typical.job_time.seconds()),
            number(sums.core),
            number(sums.idle),
        ]
    });
    table(header.map(str::to_owned).to_vec(), rows)
}
