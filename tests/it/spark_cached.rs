//! Partitions that executors keep in memory that is short, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;
use sparksim::scenario;
use std::path::Path;

/// One executor of one core with (2 GiB − 300 MiB) / 2 = 874 MiB for execution and storage.
fn scenario_of(conf: &str, jobs: &str) -> String {
    format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.executor.instances" = 1
"spark.executor.memory" = "2g"
"spark.memory.fraction" = 0.5
{conf}
[apps.a]
{jobs}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    )
}

fn run(conf: &str, jobs: &str) -> Results {
    text(&scenario_of(conf, jobs))
}

/// How long all jobs took, and how often a partition found no room or lost it.
fn outcome(jobs: &str) -> (f64, f64) {
    let results = run("", jobs);
    let uncached = mean(&results, "apps.a.uncached_partitions");
    (mean(&results, "apps.a.job_span.mean"), uncached)
}

/// A job of tasks of 1 s each that keeps `cached` for each.
fn load(name: &str, after: &str, tasks: u32, cached: &str) -> String {
    format!(
        "jobs.{name}.after = [{after}]\n\
         jobs.{name}.stages.scan = {{ tasks = {tasks}, task-time = 1, {cached} }}\n"
    )
}

/// A job of tasks of 1 s each that reads what `of` has kept.
fn read(name: &str, after: &str, tasks: u32, of: &str) -> String {
    format!(
        "jobs.{name}.after = [\"{after}\"]\n\
         jobs.{name}.stages.read = {{ tasks = {tasks}, task-time = 1, \
         locality = {{ cached = {{ stage = \"{of}.scan\" }} }} }}\n"
    )
}

/// Two of three partitions of 400 MiB fit, and none of them goes for the third: it is computed again
/// when it is read, and finds no room again.
#[test]
fn what_finds_no_room_is_computed_again() {
    let jobs = |size: &str| {
        let load = load("load", "", 3, &format!("cached-size = \"{size}\""));
        outcome(&format!("{load}{}", read("use", "load", 3, "load")))
    };
    assert_eq!(jobs("400MiB"), (7.0, 2.0));
    assert_eq!(jobs("200MiB"), (6.0, 0.0));
    // None fits.
    assert_eq!(jobs("900MiB"), (9.0, 6.0));
}

/// 5 to 1 of 500 MiB on average are 833 and 167 MiB: the larger one fits alone.
#[test]
fn partitions_differ_in_size() {
    let load = load("load", "", 2, "cached-size = \"500MiB\", skew = [5, 1]");
    let (_, uncached) = outcome(&format!("{load}{}", read("use", "load", 2, "load")));
    assert_eq!(uncached, 2.0);
}

/// The first is read before the third is kept, so the second goes for it: reading that takes 2 s, and
/// the first goes then. The third is still there.
#[test]
fn what_was_used_least_recently_goes_first() {
    let size = "cached-size = \"400MiB\"";
    let jobs = [
        load("a", "", 1, size),
        load("b", "\"a\"", 1, size),
        read("read-a", "b", 1, "a"),
        load("c", "\"read-a\"", 1, size),
        read("read-b", "c", 1, "b"),
        read("read-c", "read-b", 1, "c"),
    ];
    assert_eq!(outcome(&jobs.concat()), (7.0, 2.0));
}

/// A partition of 600 MiB leaves 874 − 437 MiB to a task that wants all, because so much of it is
/// protected; but it goes as a whole. The task spills 437 MiB, and whoever reads the partition
/// computes it again.
#[test]
fn execution_takes_back_what_is_not_protected() {
    let jobs = |wanted: &str| {
        let load = load("load", "", 1, "cached-size = \"600MiB\"");
        let sort = format!(
            "jobs.sort.after = [\"load\"]\n\
             jobs.sort.stages.s = {{ tasks = 1, task-time = 1, task-memory = \"{wanted}\" }}\n"
        );
        let results = run(
            "",
            &format!("{load}{sort}{}", read("use", "sort", 1, "load")),
        );
        let spilled = mean(&results, "apps.a.spilled_bytes") / f64::from(1 << 20);
        (mean(&results, "apps.a.job_span.mean"), spilled)
    };
    assert_eq!(jobs("874MiB"), (4.0, 437.0));
    assert_eq!(jobs("300MiB"), (4.0, 0.0));
    // What is free is enough.
    assert_eq!(jobs("274MiB"), (3.0, 0.0));
}

/// Runs of a shared application free what they have kept: each finds it as the first did.
#[test]
fn what_is_kept_goes_with_its_run() {
    let load = load("load", "", 2, "cached-size = \"400MiB\"");
    let jobs = format!(
        "deploy = \"shared\"\n{load}{}",
        read("use", "load", 2, "load")
    );
    let scenario = scenario_of("", &jobs).replace("\"0s\"", "\"0s\", \"10s\", \"20s\"");
    let results = text(&scenario);
    assert_eq!(mean(&results, "apps.a.finished"), 3.0);
    assert_eq!(mean(&results, "apps.a.uncached_partitions"), 0.0);
    assert_eq!(mean(&results, "apps.a.job_span.max"), 4.0);
}

#[test]
fn wrong_values_are_explained() {
    let check = |conf: &str, jobs: &str| {
        let text = scenario_of(conf, jobs);
        let loaded = scenario::load_text("test", &text, Path::new("."), &[]);
        let error = loaded.expect_err("it is wrong").to_string();
        let message = "error: `apps.a.jobs.load.stages.scan.cached-size` is of no use";
        assert_eq!(error.lines().next(), Some(message), "{error}");
    };
    let load = load("load", "", 2, "cached-size = \"400MiB\"");
    check("", &load);
    let both = format!("{load}{}", read("use", "load", 2, "load"));
    let moves =
        "\"spark.decommission.enabled\" = true\n\"spark.storage.decommission.enabled\" = true";
    check(moves, &both);
    let fixed = format!("{moves}\n\"spark.storage.decommission.rddBlocks.enabled\" = false");
    assert_eq!(mean(&run(&fixed, &both), "apps.a.uncached_partitions"), 0.0);
}
