//! The scenario of a fleet as TOML, and when its applications were submitted as CSV.

use super::import::FleetOptions;
use super::names::family;
use super::runs::{Family, Run};
use crate::import::spark::Timestamp;
use crate::import::text::{comment, counted, line, name, quoted, shortened};
use crate::units::{CivilDate, Duration};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Names in comments are cut here.
const NAME_MAX: usize = 60;
/// The last day of the year 9999, after 1 January 1970.
const DAYS_MAX: i64 = 2_932_896;

/// The names of the applications in the scenario.
pub(super) fn named(families: &[Family]) -> Vec<String> {
    let mut taken: BTreeMap<String, Option<&str>> = BTreeMap::new();
    let names = families.iter().map(|one| {
        let wanted = name(&family(&one.runs[one.typical].name));
        let tenant = one.tenant();
        let owner = taken.get(&wanted).copied().flatten();
        let of_tenant = tenant
            .filter(|&tenant| owner != Some(tenant))
            .map(|tenant| name(&format!("{tenant}-{wanted}")));
        let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
        let first = std::iter::once(wanted.clone()).chain(of_tenant);
        let mut candidates = first.chain(numbered);
        let free = candidates.find(|candidate| !taken.contains_key(candidate));
        let free = free.unwrap_or_default();
        taken.insert(free.clone(), tenant);
        free
    });
    names.collect()
}

/// The names of the budgets, by namespace or queue.
fn budgets(families: &[Family]) -> BTreeMap<&str, String> {
    let tenants: BTreeSet<&str> = families.iter().filter_map(Family::tenant).collect();
    let mut taken = BTreeSet::new();
    let names = tenants.into_iter().map(|tenant| {
        let wanted = name(tenant);
        let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        let free = candidates.find(|candidate| !taken.contains(candidate));
        let free = free.unwrap_or_default();
        taken.insert(free.clone());
        (tenant, free)
    });
    names.collect()
}

/// When the first of all runs started.
pub(super) fn first_start(families: &[Family]) -> Timestamp {
    let starts = families.iter().flat_map(|family| &family.runs);
    starts.map(|run| run.started).min().unwrap_or_default()
}

/// A row for each run: the submission in seconds after `first`, and what was recorded.
pub(super) fn submissions(family: &Family, first: Timestamp) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let header = [
        "time",
        "id",
        "log",
        "recorded_duration",
        "recorded_job_time",
        "recorded_tasks",
    ];
    let rows = family.runs.iter().map(|run| {
        let log = run.log.file_name().unwrap_or_default();
        [
            seconds(Duration::from_nanos(
                run.started.millis_since(first).saturating_mul(1_000_000),
            )),
            run.id.clone().unwrap_or_default(),
            log.to_string_lossy().into_owned(),
            seconds(run.recorded.duration),
            seconds(run.recorded.job_time),
            run.recorded.tasks.to_string(),
        ]
    });
    let written: Result<Vec<u8>, _> = csv
        .write_record(header)
        .and_then(|()| rows.into_iter().try_for_each(|row| csv.write_record(row)))
        .map_err(|error| error.to_string())
        .and_then(|()| csv.into_inner().map_err(|error| error.to_string()));
    written.expect("writing to memory does not fail")
}

/// Whole milliseconds, in seconds.
fn seconds(time: Duration) -> String {
    let millis = time.nanos() / 1_000_000;
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// The scenario; `apps` are the tables of the applications.
pub(super) fn scenario(
    families: &[Family],
    named: &[String],
    apps: &[String],
    options: &FleetOptions<'_>,
    left_out: usize,
) -> String {
    let mut out = String::new();
    head(&mut out, families, options, left_out);
    line(
        &mut out,
        "title",
        &quoted(&format!("Fleet {}", options.stem)),
    );
    if let Some(cluster) = options.cluster {
        line(&mut out, "extends", &quoted(cluster));
    }
    out.push_str("\n[run]\nhorizon = \"terminating\"\nreplications = 1\n");
    cluster(&mut out, families, options);
    // A budget is a part of nodes.
    let budgets = match options.cluster {
        Some(_) => budgets(families),
        None => BTreeMap::new(),
    };
    for (tenant, budget) in &budgets {
        out.push('\n');
        comment(&mut out, "", &format!("namespace or queue {tenant}"));
        let _ = writeln!(out, "[budgets.{budget}]");
    }
    for ((family, name), tables) in families.iter().zip(named).zip(apps) {
        out.push('\n');
        comment(&mut out, "", &describe(family, options));
        let tables = tables.trim_start();
        let budget = family.tenant().and_then(|tenant| budgets.get(tenant));
        match (budget, tables.split_once('\n')) {
            (Some(budget), Some((header, rest))) => {
                let _ = writeln!(out, "{header}\nbudget = {}\n{rest}", quoted(budget));
                out.truncate(out.trim_end().len());
                out.push('\n');
            }
            _ => out.push_str(tables),
        }
        let _ = writeln!(out, "\n[workloads.{name}]");
        line(&mut out, "target", &quoted(&format!("apps.{name}")));
        let file = quoted(&format!("{}/{name}.submissions.csv", options.stem));
        let trace = format!("{{ trace = {{ file = {file}, column = \"time\" }} }}");
        line(&mut out, "arrivals", &trace);
    }
    out
}

fn head(out: &mut String, families: &[Family], options: &FleetOptions<'_>, left_out: usize) {
    let runs: usize = families.iter().map(|family| family.runs.len()).sum();
    let what = what_was_read(families, runs);
    comment(out, "", "Recorded applications, submitted when they were.");
    out.push_str("#\n");
    comment(out, "Read: ", &what);
    if left_out > 0 {
        comment(
            out,
            "Left out: ",
            &format!("{} that could not be read", counted(left_out, "log")),
        );
    }
    if !options.every_run {
        comment(
            out,
            "Assumed: ",
            "every submission of an application does what its run of median work did; \
             `--every-run` makes an application of each run",
        );
    }
    if options.cluster.is_none() {
        comment(
            out,
            "Assumed: ",
            "every application finds room at once: logs do not say how large the cluster is. Give \
             it, `[nodes.NAME]` with `count`, `cpu` and `memory`, here or by `--cluster`",
        );
    }
    if families.iter().any(|family| family.tenant().is_some()) {
        let note = if options.cluster.is_some() {
            "namespaces and queues are budgets; those that the cluster's scenario does not give a \
             quota are without limit"
        } else {
            "namespaces and queues limit nothing; with `--cluster` they are budgets"
        };
        comment(out, "Assumed: ", note);
    }
    let versions: BTreeSet<&str> = all(families)
        .filter_map(|run| run.spark_version.as_deref())
        .collect();
    if versions.len() > 1 {
        let versions: Vec<&str> = versions.into_iter().collect();
        let note = format!(
            "the defaults of one version of Spark hold for all; logs are of {}",
            shortened(&versions.join(", "), NAME_MAX)
        );
        comment(out, "Assumed: ", &note);
    }
    comment(
        out,
        "",
        "Written by `sparksim import spark-event-log --fleet`.",
    );
    out.push('\n');
}

fn all(families: &[Family]) -> impl Iterator<Item = &Run> {
    families.iter().flat_map(|family| &family.runs)
}

/// The manager of most runs, unless the cluster is given.
fn cluster(out: &mut String, families: &[Family], options: &FleetOptions<'_>) {
    if options.cluster.is_some() {
        return;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for run in all(families) {
        *counts.entry(run.manager.name()).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|(_, count)| **count);
    if let Some((manager, _)) = most {
        out.push_str("\n[cluster]\n");
        if counts.len() > 1 {
            out.push_str("# that of most of them\n");
        }
        line(out, "manager", &quoted(manager));
    }
}

fn describe(family: &Family, options: &FleetOptions<'_>) -> String {
    let run = &family.runs[family.typical];
    let log = run.log.file_name().unwrap_or_default().to_string_lossy();
    let log = shortened(&log, NAME_MAX);
    let tenant = match &run.tenant {
        Some(tenant) => format!(", of {}", shortened(tenant, NAME_MAX)),
        None => String::new(),
    };
    let duration = |run: &Run| run.recorded.duration;
    if options.every_run || family.runs.len() == 1 {
        let name = shortened(&run.name, NAME_MAX);
        return format!("{name}{tenant}: {log}, took {}", duration(run).human());
    }
    let least = family.runs.iter().map(duration).min().unwrap_or_default();
    let most = family.runs.iter().map(duration).max().unwrap_or_default();
    format!(
        "{}{tenant}: {}, which took {} to {}; as in {log}, which took {}",
        shortened(&family.name, NAME_MAX),
        counted(family.runs.len(), "run"),
        least.human(),
        most.human(),
        duration(run).human()
    )
}

/// `2026-03-02 06:30 UTC`.
fn instant(timestamp: Timestamp) -> String {
    let minutes = timestamp.0 / 60_000;
    // A damaged clock may show any time; a year has four digits.
    let days = i64::try_from(minutes / 1440).unwrap_or(DAYS_MAX);
    let date = CivilDate::of_day(days.min(DAYS_MAX));
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    format!(
        "{:04}-{:02}-{:02} {hour:02}:{minute:02} UTC",
        date.year, date.month, date.day
    )
}

/// How many runs of how many applications, from when to when.
pub(super) fn what_was_read(families: &[Family], runs: usize) -> String {
    let first = first_start(families);
    let last = all(families).map(|run| run.started).max().unwrap_or(first);
    let within = Duration::from_nanos(last.millis_since(first).saturating_mul(1_000_000));
    let mut text = format!(
        "{} of {}, submitted within {} from {} on",
        counted(runs, "run"),
        counted(families.len(), "application"),
        within.human(),
        instant(first)
    );
    let tenants: BTreeSet<&str> = all(families)
        .filter_map(|run| run.tenant.as_deref())
        .collect();
    if !tenants.is_empty() {
        let places = match tenants.len() {
            1 => "1 namespace or queue".to_owned(),
            count => format!("{count} namespaces or queues"),
        };
        let _ = write!(text, ", of {places}");
    }
    text
}
