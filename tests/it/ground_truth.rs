//! Predictions of measured runs, each from the log of another one, as a user makes them: `sparksim
//! import --what-if`, then `sparksim run` with what differs. `tests/data/README.md` says what ran.
//!
//! `cargo test --test it ground_truth -- --nocapture --test-threads 1` prints the table of
//! `docs/predict.md`.

use crate::simulate::scenarios;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What one log says of one run.
struct Case {
    log: &'static str,
    to: &'static str,
    /// What differs from the recorded run.
    set: Vec<String>,
    /// What was measured, in seconds: metrics of the application.
    measured: Vec<(String, f64)>,
    /// By what share each may be off.
    limit: f64,
}

/// What the replications say of a metric.
#[derive(Clone, Copy, Debug)]
struct Said {
    mean: f64,
    shortest: f64,
    longest: f64,
}

impl Case {
    fn new(log: &'static str, to: &'static str, measured: f64, limit: f64) -> Self {
        Self {
            log,
            to,
            set: Vec::new(),
            measured: vec![("job_time.mean".to_owned(), measured)],
            limit,
        }
    }

    fn set(mut self, change: &str) -> Self {
        self.set.push(change.replace("APP", self.log));
        self
    }

    fn of_jobs(mut self, latencies: &[(u32, f64)]) -> Self {
        let metric = |job: u32| format!("jobs.job-{job}.latency.mean");
        self.measured = latencies
            .iter()
            .map(|&(job, latency)| (metric(job), latency))
            .collect();
        self
    }

    /// Predicts, prints a line of the table for each metric, and says which are off.
    fn check(&self) -> (Vec<String>, Vec<Said>) {
        let figures = predicted(self.log, &["--what-if"], &self.set);
        let mut off = Vec::new();
        let mut all = Vec::new();
        for (metric, measured) in &self.measured {
            let said = figures[metric];
            let error = said.mean / measured - 1.0;
            let shown = metric.trim_start_matches("jobs.").trim_end_matches(".mean");
            let line = format!(
                "| {} | {}, {shown} | {measured:.1} s | {:.1} s | {:+.1} % | {:.1} to {:.1} s |",
                self.log,
                self.to,
                said.mean,
                error * 100.0,
                said.shortest,
                said.longest
            );
            println!("{line}");
            if self.limit <= error.abs() {
                off.push(line);
            }
            all.push(said);
        }
        (off, all)
    }
}

fn log_file(log: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/data").join(format!("{log}.zstd"));
    if path.exists() {
        return path;
    }
    scenarios().join("data").join(format!("{log}.zstd"))
}

/// The figures of the application that `log` predicts, changed by `set`.
fn predicted(log: &str, import: &[&str], set: &[String]) -> BTreeMap<String, Said> {
    let place = tempfile::tempdir().unwrap();
    let sparksim = |arguments: &[String]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparksim"));
        command.current_dir(place.path()).args(arguments);
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
    };
    let owned = |arguments: &[&str]| arguments.iter().map(ToString::to_string).collect();
    let file = log_file(log);
    let mut arguments: Vec<String> = owned(&["import", "spark-event-log", "-q", "-o", "x.toml"]);
    arguments.push(file.to_str().unwrap().to_owned());
    arguments.extend(import.iter().map(ToString::to_string));
    sparksim(&arguments);
    let mut arguments: Vec<String> = owned(&["run", "x.toml", "--quiet", "--out", "out"]);
    for change in set {
        arguments.extend(["--set".to_owned(), change.clone()]);
    }
    sparksim(&arguments);
    let prefix = format!("apps.{log}.");
    let text = std::fs::read_to_string(place.path().join("out/runs.csv")).unwrap();
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (metric, value) = (cells[1], cells[3]);
        if let (Some(metric), Ok(value)) = (metric.strip_prefix(&prefix), value.parse()) {
            values.entry(metric.to_owned()).or_default().push(value);
        }
    }
    let said = |values: Vec<f64>| Said {
        mean: values.iter().sum::<f64>() / values.len() as f64,
        shortest: values.iter().copied().fold(f64::INFINITY, f64::min),
        longest: values.iter().copied().fold(0.0, f64::max),
    };
    let values = values.into_iter();
    values
        .map(|(metric, values)| (metric, said(values)))
        .collect()
}

fn executors(count: u32) -> String {
    format!("apps.APP.conf.\"spark.executor.instances\"=\"{count}\"")
}

/// Measured on 1, 2, 4 and 8 executors of two cores.
const CHAIN: [(&str, u32, f64); 4] = [
    ("1 executor", 1, 125.645),
    ("2 executors", 2, 68.783),
    ("4 executors", 4, 40.771),
    ("8 executors", 8, 28.397),
];

fn chain(log: &'static str) {
    let mut off = Vec::new();
    for (to, count, measured) in CHAIN {
        let case = Case::new(log, to, measured, 0.026).set(&executors(count));
        off.extend(case.check().0);
    }
    assert_eq!(off, Vec::<String>::new());
}

#[test]
fn one_executor_says_what_others_do() {
    chain("chain-a-2");
}

#[test]
fn two_executors_say_what_others_do() {
    chain("chain-a-4");
}

#[test]
fn four_executors_say_what_others_do() {
    chain("chain-a-8");
}

#[test]
fn eight_executors_say_what_others_do() {
    chain("chain-a-16");
}

const FIFO: [(u32, f64); 6] = [
    (6, 53.294),
    (7, 58.633),
    (8, 61.616),
    (9, 66.353),
    (10, 72.660),
    (11, 77.698),
];
const FAIR: [(u32, f64); 6] = [
    (6, 79.947),
    (7, 22.864),
    (8, 20.469),
    (9, 24.304),
    (10, 40.350),
    (11, 40.327),
];

/// The jobs in the order in which they end; one was submitted each second.
fn order(latencies: impl Iterator<Item = f64>) -> Vec<usize> {
    let ends = latencies.enumerate();
    let mut ends: Vec<(f64, usize)> = ends.map(|(job, it)| (job as f64 + it, job)).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    ends.into_iter().map(|(_, job)| job).collect()
}

fn jobs(case: Case, measured: &[(u32, f64)]) {
    let (off, said) = case.of_jobs(measured).check();
    assert_eq!(off, Vec::<String>::new());
    let measured = order(measured.iter().map(|&(_, latency)| latency));
    assert_eq!(order(said.iter().map(|it| it.mean)), measured);
}

#[test]
fn jobs_in_order_say_how_they_share() {
    let mut case = Case::new("jobs-FIFO-4", "FAIR", 0.0, 0.1);
    case = case.set("apps.APP.conf.\"spark.scheduler.mode\"=\"FAIR\"");
    // Of pools with equal shares the one goes first whose name does, as in Spark.
    for job in 6..12 {
        case = case.set(&format!("apps.APP.jobs.job-{job}.pool=\"p{}\"", job - 6));
    }
    jobs(case, &FAIR);
    jobs(Case::new("jobs-FIFO-4", "the same", 0.0, 0.1), &FIFO);
}

#[test]
fn jobs_that_share_say_how_they_go_in_order() {
    let case = Case::new("jobs-FAIR-4", "FIFO", 0.0, 0.1);
    let case = case.set("apps.APP.conf.\"spark.scheduler.mode\"=\"FIFO\"");
    jobs(case, &FIFO);
    jobs(Case::new("jobs-FAIR-4", "the same", 0.0, 0.1), &FAIR);
}

/// Four copies were made.
#[test]
fn a_run_without_speculation_says_what_it_would_do() {
    let case = Case::new("spec-a-false", "the same", 46.468, 0.025);
    assert_eq!(case.check().0, Vec::<String>::new());
    let mut case = Case::new("spec-a-false", "speculation", 22.075, 0.1);
    case = case.set("apps.APP.conf.\"spark.speculation\"=\"true\"");
    assert_eq!(case.check().0, Vec::<String>::new());
    let figures = predicted(case.log, &["--what-if"], &case.set);
    let copies = figures["speculative_tasks"];
    assert!((3.0..=5.0).contains(&copies.mean), "{copies:?}");
}

/// What a copy overtook is known to have taken as long as until then.
#[test]
fn a_run_with_speculation_says_what_it_took_itself() {
    let case = Case::new("spec-a-true", "the same", 22.075, 0.1);
    assert_eq!(case.check().0, Vec::<String>::new());
}

/// All executors on one machine: Spark copies no task to where the original runs, so nothing changes.
#[test]
fn on_one_host_speculation_changes_nothing() {
    let one_host = [
        "nodes.host-1.count=1",
        "nodes.host-1.cpu=\"300\"",
        "nodes.host-1.memory=\"300Gi\"",
    ];
    let mut set: Vec<String> = one_host.iter().map(ToString::to_string).collect();
    let without = predicted("spec-a-false", &["--what-if=recorded"], &set);
    set.push("apps.spec-a-false.conf.\"spark.speculation\"=\"true\"".to_owned());
    let with = predicted("spec-a-false", &["--what-if=recorded"], &set);
    assert!(40.0 < without["job_time.mean"].mean);
    let same = with["job_time.mean"].mean.to_bits() == without["job_time.mean"].mean.to_bits();
    assert!(same, "{with:?}");
}

/// The job is submitted 37.1 s after the driver's start and loses an executor 22.3 s later.
#[test]
fn a_run_with_a_loss_says_so_of_itself() {
    let case = Case::new("loss-a", "an executor is killed", 34.625, 0.1);
    let case = case.set("faults.kill.container-kill={ target = \"apps.APP\", at = [\"59.387s\"] }");
    assert_eq!(case.check().0, Vec::<String>::new());
}

#[test]
fn executors_that_follow_bursts_say_so_of_themselves() {
    let case = Case::new("dynamic-a", "the same", 0.0, 0.1);
    let case = case.of_jobs(&[(0, 41.421), (1, 37.604), (2, 39.940)]);
    assert_eq!(case.check().0, Vec::<String>::new());
    // 18 executors from registration to removal.
    let seconds = predicted(case.log, &["--what-if"], &[])["executor_seconds"].mean;
    assert!((seconds / 600.1 - 1.0).abs() < 0.1, "{seconds}");
}

#[test]
fn runs_say_what_they_took_themselves() {
    let mut off = Vec::new();
    for (log, measured) in [
        ("hosts-a-8", 28.344),
        ("tpch-a-1", 56.2),
        ("tpch-a-2", 44.5),
    ] {
        off.extend(Case::new(log, "the same", measured, 0.025).check().0);
    }
    assert_eq!(off, Vec::<String>::new());
}

/// Two cores of one processor share what one has for itself: the tasks of the run on one core worked
/// two thirds as long as those of the run on two, and no log of one can know that.
#[test]
fn what_cores_share_is_in_no_log_of_one() {
    let one = predicted(
        "tpch-a-1",
        &["--what-if"],
        &["apps.tpch-a-1.conf.\"spark.executor.cores\"=\"2\"".to_owned()],
    );
    let error = one["job_time.mean"].mean / 44.5 - 1.0;
    assert!((-0.4..-0.2).contains(&error), "{error}");
}
