//! Recorded runs, once more: the simulated time with a job running against the recorded one.

use crate::simulate::{mean, run, scenarios};
use sparksim::import::spark::{self, ReadOptions};
use sparksim::{files, scenario};

/// The time with a job running of the replay of a recorded run.
fn replayed(log: &str) -> f64 {
    let path = scenarios().join("data").join(format!("{log}.zstd"));
    let (application, report) = spark::read(&path, &ReadOptions { partial: false }).unwrap();
    let imported = spark::to_scenario(&application, &report, "replay");
    let place = tempfile::tempdir().unwrap();
    files::write(&place.path().join("replay.tasks.csv"), &imported.tasks_csv).unwrap();
    let loaded = scenario::load_text("replay.toml", &imported.toml, place.path(), &[]);
    let results = run(&loaded.unwrap_or_else(|error| panic!("{error}")), 1);
    let metric = results.figures.iter().find(|figure| {
        figure.metric.starts_with("apps.") && figure.metric.ends_with(".job_time.mean")
    });
    mean(&results, &metric.unwrap().metric)
}

/// Recorded times as the clients measured them (`scenarios/data/README.md`); those of queries, as the
/// log has them.
#[test]
fn a_replay_takes_as_long_as_the_recorded_run() {
    for (log, recorded, tolerance) in [
        ("chain-a-4", 68.783, 0.002),
        ("hosts-a-8", 28.344, 0.002),
        ("jobs-FIFO-4", 82.692, 0.002),
        ("tpch-a-2", 44.545, 0.015),
    ] {
        let error = replayed(log) / recorded - 1.0;
        assert!(error.abs() < tolerance, "{log}: {error:+.4}");
    }
}
