//! Predictions from one recorded run against what another one measured: `tests/data/README.md` says
//! what ran.

use crate::simulate::{estimate, mean};
use sparksim::experiment::Results;
use sparksim::import::spark::{
    DataScale, Purpose, ReadOptions, ScenarioOptions, TaskOrder, read, to_scenario_for,
};
use sparksim::scenario;
use std::path::Path;

/// The scenario that a log is imported as for other clusters, after `change`, run.
fn replay(log: &str, change: impl FnOnce(String) -> String) -> Results {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut path = root.join("tests/data").join(format!("{log}.zstd"));
    if !path.exists() {
        path = root.join("scenarios/data").join(format!("{log}.zstd"));
    }
    let (application, report) = read(&path, &ReadOptions { partial: false }).unwrap();
    let options = ScenarioOptions {
        purpose: Purpose::WhatIf(TaskOrder::Recorded),
        scale: DataScale::RECORDED,
    };
    let imported = to_scenario_for(&application, &report, log, options);
    let directory = tempfile::tempdir().unwrap();
    let tasks = directory.path().join(format!("{log}.tasks.csv"));
    std::fs::write(tasks, &imported.tasks_csv).unwrap();
    let toml = change(imported.toml.replace(&format!("apps.{log}"), "apps.app"));
    let loaded = scenario::load_text("replay", &toml, directory.path(), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    crate::simulate::run(&loaded, 0)
}

/// Replaces what must be there.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no `{from}` in\n{text}");
    text.replace(from, to)
}

/// Gives each job a pool of its own and sets the order of pools.
fn with_pools(text: &str, mode: &str) -> String {
    let mut number = 0;
    let mut of_job = false;
    let lines = text.lines().map(|line| {
        if line.starts_with('[') {
            of_job = line.contains(".jobs.") && !line.contains(".stages.");
        }
        if line.starts_with("pool = ") {
            String::new()
        } else if of_job && line.starts_with("driver-gap") {
            number += 1;
            format!("{line}\npool = \"p{number}\"\n")
        } else if line.starts_with("\"spark.scheduler.mode\"") {
            format!("\"spark.scheduler.mode\" = \"{mode}\"\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

/// The latencies of the six jobs, and no latency further off than the limit.
fn latencies(results: &Results, measured: [f64; 6], limit: f64) {
    let found: Vec<f64> = (6..12)
        .map(|job| mean(results, &format!("apps.app.jobs.job-{job}.latency.mean")))
        .collect();
    for (found, measured) in found.iter().zip(measured) {
        let error = found / measured - 1.0;
        assert!(error.abs() < limit, "{found} s, measured {measured} s");
    }
    // Whoever ended first ends first.
    let order = |values: &[f64]| {
        let ends = values
            .iter()
            .enumerate()
            .map(|(job, latency)| (job as f64 + latency, job));
        let mut ends: Vec<(f64, usize)> = ends.collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let jobs: Vec<usize> = ends.into_iter().map(|(_, job)| job).collect();
        jobs
    };
    assert_eq!(order(&found)[..3], order(&measured)[..3]);
    assert_eq!(order(&found)[5], order(&measured)[5]);
}

const FIFO: [f64; 6] = [53.294, 58.633, 61.616, 66.353, 72.660, 77.698];
const FAIR: [f64; 6] = [79.947, 22.864, 20.469, 24.304, 40.350, 40.327];

/// Latencies under FAIR from the run under FIFO, and the other way round, within 2 %.
#[test]
fn the_order_of_jobs_can_be_changed() {
    let results = replay("jobs-FIFO-4", |text| with_pools(&text, "FAIR"));
    latencies(&results, FAIR, 0.02);
    let results = replay("jobs-FAIR-4", |text| with_pools(&text, "FIFO"));
    latencies(&results, FIFO, 0.02);
    let results = replay("jobs-FAIR-4", |text| with_pools(&text, "FAIR"));
    latencies(&results, FAIR, 0.02);
}

/// The run with speculation from the one without. Which copies are slow again is a matter of
/// chance: the mean over replications is within 10 %.
#[test]
fn speculation_can_be_turned_on() {
    let results = replay("spec-a-false", |text| {
        let text = replaced(
            &text,
            "\"spark.speculation\" = \"false\"",
            "\"spark.speculation\" = true",
        );
        replaced(&text, "replications = 1", "replications = 40")
    });
    let found = mean(&results, "apps.app.job_time.mean");
    assert!((found / 22.075 - 1.0).abs() < 0.1, "{found} s");
    let copies = mean(&results, "apps.app.speculative_tasks");
    assert!((2.0..6.0).contains(&copies), "{copies} copies, 4 recorded");
}

/// Executors that follow three bursts, and take as long to come as they did.
#[test]
fn executors_follow_recorded_bursts() {
    let results = replay("dynamic-a", |text| {
        // Tasks wait from 1.931 s on: the first executor is asked for at 2.931 s and registers at
        // 12.601 s, two more at 3.931 s register at 19.232 s and 19.373 s, and so on.
        for value in ["9.67s", "15.301s", "15.442s"] {
            assert!(text.contains(&format!("\"{value}\"")), "no {value}");
        }
        assert!(text.contains("executor-removal = \"5076ms\""), "{text}");
        replaced(&text, "replications = 1", "replications = 40")
    });
    for (job, measured) in [(0, 41.421), (1, 37.604), (2, 39.940)] {
        let found = mean(&results, &format!("apps.app.jobs.job-{job}.latency.mean"));
        let error = found / measured - 1.0;
        assert!(
            error.abs() < 0.1,
            "burst {job}: {found} s, measured {measured} s"
        );
    }
    // Recorded: 18 executors were there for 600 s from registration to removal. Each was removed 11.1 s
    // after its last task, 5.1 s later than the driver gave it up: it waits for 5 s for the reason of
    // an executor's end (`StandaloneSchedulerBackend`), and the log says how long.
    let found = estimate(&results, "apps.app.executor_seconds").mean;
    assert!(
        (found / 600.1 - 1.0).abs() < 0.1,
        "{found} executor-seconds"
    );
}

/// An executor is killed 22.3 s after the submission, and another one comes as late as it did. Its
/// part of the output of two stages is computed again.
#[test]
fn an_executor_can_be_killed() {
    let results = replay("loss-a", |text| {
        let gap = text
            .lines()
            .find_map(|line| line.strip_prefix("driver-gap = \"")?.strip_suffix("s\""));
        let submitted: f64 = gap.unwrap().parse().unwrap();
        let kill = format!(
            "[faults.kill]\ncontainer-kill = {{ target = \"apps.app\", at = [\"{:.3}s\"] }}\n",
            submitted + 22.3
        );
        let wait = "executor-start-time = { empirical = { values = [\"2.616s\"] } }";
        assert!(text.contains(wait), "{text}");
        replaced(&text, "replications = 1", "replications = 40") + &kill
    });
    let found = mean(&results, "apps.app.job_time.mean");
    assert!(
        (found / 34.625 - 1.0).abs() < 0.1,
        "{found} s, measured 34.625 s"
    );
    assert_eq!(mean(&results, "apps.app.failed_tasks"), 2.0);
}
