//! `sparksim import spark-event-log --fleet`: a history server's directory as a scenario.

use crate::history::Recorded;
use sparksim::record::{ExecutionTimes, Record, Sink, Step};
use sparksim::scenario;
use sparksim::world::replicate_traced;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn import(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparksim"));
    let command = command.current_dir(directory);
    let command = command.args([
        "import",
        "spark-event-log",
        "logs",
        "--fleet",
        "-o",
        "day.toml",
    ]);
    command.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Three days of one application, one run of another, a log that is cut off.
fn history(at: &Path) {
    const HOUR: u64 = 3_600_000;
    let logs = at.join("logs");
    let namespace = ("spark.kubernetes.namespace", "analytics");
    for (name, start, tasks) in [
        ("etl-2023-11-14", 2 * HOUR, [1000; 4]),
        ("etl-2023-11-15", 26 * HOUR, [3000; 4]),
        ("etl-2023-11-16", 50 * HOUR, [2000; 4]),
    ] {
        let mut run = Recorded::new(name, start, &tasks);
        run.properties.push(namespace);
        run.write(&logs, name);
    }
    let report = Recorded::new("report", 2 * HOUR + 1000, &[4000, 1000]);
    let whole = report.write(&logs, "report");
    fs::write(logs.join("broken"), &whole[..whole.len() - 200]).unwrap();
}

/// All that ends in the scenario, as (name, submitted, ended) in seconds.
fn ends(place: &Path) -> Vec<(String, f64, f64)> {
    #[derive(Debug, Default)]
    struct Ends(Vec<(sparksim::id::AppId, ExecutionTimes)>);
    impl Sink for Ends {
        fn record(&mut self, record: &Record) {
            if let Record::ExecutionEnded { app, times } = record {
                self.0.push((*app, *times));
            }
        }
        fn step(&mut self, _: &Step) {}
    }
    let loaded = scenario::load(&place.join("day.toml"), &[]).unwrap_or_else(|it| panic!("{it}"));
    let mut seen = Ends::default();
    let replication = replicate_traced(&loaded.model, 0, &mut seen);
    assert_eq!(replication.breaches, Vec::<String>::new());
    let seconds = |time: sparksim::units::Time| (time - sparksim::units::Time::ZERO).seconds();
    let ends = seen.0.into_iter();
    ends.map(|(app, times)| {
        let name = loaded.model.apps[app].name.clone();
        (name, seconds(times.submitted), seconds(times.ended))
    })
    .collect()
}

#[test]
fn runs_of_one_name_are_submissions_of_one_application() {
    let place = tempfile::tempdir().unwrap();
    history(place.path());
    let output = import(place.path(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    insta::assert_snapshot!(text(&output.stdout), @"
    read 4 runs of 2 applications, submitted within 2 d from 2023-11-15 00:13 UTC on, of 1 namespace or queue, 1 left out
    wrote day.toml and, for each application, two files in day
    ");
    insta::assert_snapshot!(text(&output.stderr), @"left out: logs/broken: `logs/broken` is cut off: it ends in the middle of line 9");
    let read = |file: &str| fs::read_to_string(place.path().join(file)).unwrap();
    insta::assert_snapshot!(read("day.toml"), @r#"
    # Recorded applications, submitted when they were.
    #
    # Read: 4 runs of 2 applications, submitted within 2 d from 2023-11-15 00:13 UTC on, of 1 namespace
    #       or queue
    # Left out: 1 log that could not be read
    # Assumed: every submission of an application does what its run of median work did; `--every-run`
    #          makes an application of each run
    # Assumed: every application finds room at once: logs do not say how large the cluster is. Give it,
    #          `[nodes.NAME]` with `count`, `cpu` and `memory`, here or by `--cluster`
    # Assumed: namespaces and queues limit nothing; with `--cluster` they are budgets
    # Written by `sparksim import spark-event-log --fleet`.

    title = "Fleet day"

    [run]
    horizon = "terminating"
    replications = 1

    [cluster]
    manager = "kubernetes"

    # etl, of analytics: 3 runs, which took 4.8 s to 12.8 s; as in etl-2023-11-16, which took 8.8 s
    [apps.etl]
    # from the end of the last job to that of the application
    final-driver-gap = "300ms"

    [apps.etl.conf]
    # 1 property of the log left out: names, addresses, files, JVM options and secrets of the recorded
    # run
    "spark.executor.cores" = "1" # as observed; not in the log's properties
    "spark.executor.instances" = "1" # as observed; not in the log's properties
    "spark.executor.memory" = "1g"
    "spark.kubernetes.namespace" = "analytics"

    # submitted 500ms after the start, took 8s
    [apps.etl.jobs.job-0]
    after = []
    driver-gap = "500ms"

    # count
    [apps.etl.jobs.job-0.stages.stage-0]
    tasks = 4
    task-time = { recorded = { file = "day/etl.tasks.csv", stage = 0 } }

    [workloads.etl]
    target = "apps.etl"
    arrivals = { trace = { file = "day/etl.submissions.csv", column = "time" } }

    # report: report, took 5.8 s
    [apps.report]
    # from the end of the last job to that of the application
    final-driver-gap = "300ms"

    [apps.report.conf]
    # 1 property of the log left out: names, addresses, files, JVM options and secrets of the recorded
    # run
    "spark.executor.cores" = "1" # as observed; not in the log's properties
    "spark.executor.instances" = "1" # as observed; not in the log's properties
    "spark.executor.memory" = "1g"

    # submitted 500ms after the start, took 5s
    [apps.report.jobs.job-0]
    after = []
    driver-gap = "500ms"

    # count
    [apps.report.jobs.job-0.stages.stage-0]
    tasks = 2
    task-time = { recorded = { file = "day/report.tasks.csv", stage = 0 } }

    [workloads.report]
    target = "apps.report"
    arrivals = { trace = { file = "day/report.submissions.csv", column = "time" } }
    "#);
    insta::assert_snapshot!(read("day/etl.submissions.csv"), @"
    time,id,log,recorded_duration,recorded_job_time,recorded_tasks
    0.000,spark-7200000,etl-2023-11-14,4.800,4.000,4
    86400.000,spark-93600000,etl-2023-11-15,12.800,12.000,4
    172800.000,spark-180000000,etl-2023-11-16,8.800,8.000,4
    ");
    // Each etl does what the run of median work did: half a second, four tasks of two seconds on one
    // slot, three tenths of a second; the report is its own.
    let expected = [
        ("etl", 0.0, 8.8),
        ("report", 1.0, 1.0 + 5.8),
        ("etl", 86_400.0, 86_408.8),
        ("etl", 172_800.0, 172_808.8),
    ];
    let mut found = ends(place.path());
    found.sort_by(|one, other| one.1.total_cmp(&other.1));
    let expected = expected.map(|(name, from, to)| (name.to_owned(), from, to));
    assert_eq!(found, expected);
}

#[test]
fn every_run_can_be_an_application_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    history(place.path());
    let output = import(place.path(), &["--every-run", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    let mut found = ends(place.path());
    found.sort_by(|one, other| one.1.total_cmp(&other.1));
    let expected = [
        ("etl", 0.0, 4.8),
        ("report", 1.0, 6.8),
        ("etl-2", 86_400.0, 86_412.8),
        ("etl-3", 172_800.0, 172_808.8),
    ];
    let expected = expected.map(|(name, from, to)| (name.to_owned(), from, to));
    assert_eq!(found, expected);
}

#[test]
fn a_given_cluster_makes_applications_wait_for_each_other() {
    let place = tempfile::tempdir().unwrap();
    history(place.path());
    // Room for a driver and an executor of one application; the report waits for the first etl.
    let cluster =
        "[cluster]\nmanager = \"kubernetes\"\n[nodes.small]\ncpu = \"2\"\nmemory = \"3Gi\"\n";
    fs::write(place.path().join("cluster.toml"), cluster).unwrap();
    let output = import(place.path(), &["--cluster", "cluster.toml", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut found = ends(place.path());
    found.sort_by(|one, other| one.1.total_cmp(&other.1));
    assert_eq!(found[1], ("report".to_owned(), 1.0, 14.6));
    // A node that no driver fits on is the user's mistake, and shown as such.
    let tiny = cluster.replace("3Gi", "1Gi");
    fs::write(place.path().join("cluster.toml"), tiny).unwrap();
    let output = import(place.path(), &["--cluster", "cluster.toml", "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("fits no node"),
        "{}",
        text(&output.stderr)
    );
}

/// The runs of one name in two namespaces, each of which has a quota in the cluster's scenario.
#[test]
fn namespaces_are_budgets_of_a_given_cluster() {
    let place = tempfile::tempdir().unwrap();
    let logs = place.path().join("logs");
    for (file, tenant, start) in [("a", "red", 0), ("b", "blue", 1000), ("c", "red", 2000)] {
        let mut run = Recorded::new("etl", start, &[10_000]);
        run.properties.push(("spark.kubernetes.namespace", tenant));
        run.write(&logs, file);
    }
    // Room for all; red may hold one application at once: a driver and an executor.
    let cluster = "[nodes.large]\ncpu = \"16\"\nmemory = \"64Gi\"\n[budgets.red]\nquota = { cpu = \
                   \"2\" }\n";
    fs::write(place.path().join("cluster.toml"), cluster).unwrap();
    let output = import(place.path(), &["--cluster", "cluster.toml", "--report"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let (_, table) = shown.split_once("two files in day\n").unwrap();
    insta::assert_snapshot!(table, @"
    Application   namespace or queue   runs   tasks     took   longest   driver alone   core-hours   idle   of all
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    red-etl       red                     2       1   10.8 s    10.8 s            7 %        0.006    7 %     67 %
    etl           blue                    1       1   10.8 s    10.8 s            7 %        0.003    7 %     33 %
    executors held 0.009 core-hours in all, 7 % of them idle
    wrote day.report.csv
    ");
    let csv = fs::read_to_string(place.path().join("day.report.csv")).unwrap();
    insta::assert_snapshot!(csv, @"
    app,tenant,runs,tasks,duration,duration_min,duration_max,job_time,core_seconds,idle_core_seconds
    etl,blue,1,1,10.8,10.8,10.8,10,10.8,0.8
    red-etl,red,2,1,10.8,10.8,10.8,10,21.6,1.6
    ");
    let mut found = ends(place.path());
    found.sort_by(|one, other| one.1.total_cmp(&other.1));
    let expected = [
        ("red-etl", 0.0, 10.8),
        ("etl", 1.0, 11.8),
        ("red-etl", 2.0, 21.6),
    ];
    let expected = expected.map(|(name, from, to)| (name.to_owned(), from, to));
    assert_eq!(found, expected);
}

#[test]
fn more_data_take_longer_in_a_fleet_too() {
    let place = tempfile::tempdir().unwrap();
    history(place.path());
    let output = import(place.path(), &["--scale-data", "2", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found = ends(place.path());
    let etl = found.iter().find(|(name, ..)| name == "etl").unwrap();
    // Eight tasks of two seconds, and the driver as before.
    assert_eq!((etl.1, etl.2), (0.0, 16.8));
}

#[test]
fn a_directory_without_a_whole_log_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    let logs = place.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let message = |place: &Path| text(&import(place, &[]).stderr);
    assert!(message(place.path()).starts_with("error: `logs` holds no event log\n"));
    let whole = Recorded::new("cut", 0, &[1000; 3]).write(&logs, "cut");
    fs::write(logs.join("cut"), &whole[..whole.len() / 2]).unwrap();
    let expected = "error: `logs` holds no event log that can be read: `logs/cut` is cut off";
    assert!(message(place.path()).starts_with(expected));
    let partial = import(place.path(), &["--partial"]);
    assert!(partial.status.success(), "{}", text(&partial.stderr));
}

/// Its report counts what is recorded and simulates nothing.
#[test]
fn a_fleet_has_no_use_for_threads() {
    let place = tempfile::tempdir().unwrap();
    history(place.path());
    let output = import(place.path(), &["--report", "--threads", "2"]);
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    let refused = "'--fleet' cannot be used with '--threads <N>'";
    assert!(error.contains(refused), "{error}");
}
