//! Overheads, executors over time and recorded tasks against timelines that can be computed by hand.

use crate::simulate::{mean, run, text};
use sparksim::experiment::Results;
use sparksim::scenario;
use std::fs;

const ONCE: &str = r#"
[run]
horizon = "terminating"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s"] }
"#;

fn latency(rest: &str) -> f64 {
    mean(&results(rest), "apps.job.latency.mean")
}

fn results(rest: &str) -> Results {
    text(&format!("{ONCE}{rest}"))
}

fn is_about(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

/// The first two tasks are sent at 20 ms, when the stage is submitted, and begin at 120 ms, when the
/// executor knows the stage; they end at 1.12 s and free their slots at 1.125 s. The other two begin
/// 10 ms later and free theirs at 2.14 s. The second stage takes 20 + 100 + 1000 + 5 ms.
#[test]
fn a_task_costs_more_where_it_is_the_first() {
    let took = latency(
        r#"
[apps.job]
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 2 }
[apps.job.overheads]
stage-submit = "20ms"
task-launch = "10ms"
result = "5ms"
first-task-of-stage-on-executor = "100ms"
[apps.job.stages.map]
tasks = 4
task-time = "1s"
[apps.job.stages.reduce]
parents = ["map"]
tasks = 1
task-time = "1s"
"#,
    );
    is_about(took, 2.140 + 1.125);
}

/// Ten tasks in a second: the fourth is sent at 300 ms.
#[test]
fn the_driver_sends_one_task_after_the_other() {
    let took = latency(
        r#"
[apps.job]
overheads = { dispatch-rate = "10/s" }
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 4 }
[apps.job.stages.map]
tasks = 4
task-time = "1s"
"#,
    );
    is_about(took, 1.3);
}

/// 1 s for the executor's first task and 0.1 s for each stage.
#[test]
fn an_executor_warms_up_once_and_learns_every_stage() {
    let took = latency(
        r#"
[apps.job]
conf = { "spark.executor.instances" = 1 }
[apps.job.overheads]
first-task-on-executor = "1s"
first-task-of-stage-on-executor = "100ms"
[apps.job.stages.map]
tasks = 1
task-time = "1s"
[apps.job.stages.reduce]
parents = ["map"]
tasks = 1
task-time = "1s"
"#,
    );
    is_about(took, 2.1 + 1.1);
}

/// Three executors on one node learn a stage of three tasks at once: 100 ms and twice 50 ms more. Of
/// two tasks, two do. Without nodes nobody is beside anybody.
#[test]
fn executors_of_a_node_slow_each_other_down_at_the_start_of_a_stage() {
    let scenario = |tasks: u32, nodes: &str| {
        format!(
            r#"
{nodes}
[apps.job]
conf = {{ "spark.executor.instances" = 3 }}
[apps.job.overheads]
first-task-of-stage-on-executor = "100ms"
first-task-of-stage-beside = "50ms"
[apps.job.stages.map]
tasks = {tasks}
task-time = "1s"
"#
        )
    };
    let node = "[nodes.one]\ncount = 1\ncpu = \"4\"\nmemory = \"16Gi\"";
    is_about(latency(&scenario(3, node)), 1.2);
    is_about(latency(&scenario(2, node)), 1.15);
    is_about(latency(&scenario(3, "")), 1.1);
}

#[test]
fn measured_overheads_make_a_job_longer() {
    let scenario = |overheads: &str| {
        format!(
            r#"
[apps.job]
{overheads}
conf = {{ "spark.executor.instances" = 1 }}
[apps.job.stages.map]
tasks = 1
task-time = "1s"
"#
        )
    };
    is_about(latency(&scenario("")), 1.0);
    is_about(
        latency(&scenario("overheads = \"measured\"")),
        1.0 + 0.015 + 1.5 + 0.25,
    );
}

/// The first executor runs a task until 1 s and another until 2 s, though it is to go at 1.5 s: it
/// goes then. The second one has two slots from 1 s on: two tasks until 2 s and two until 3 s.
#[test]
fn executors_come_and_go_when_the_scenario_says() {
    let found = results(
        r#"
[apps.job]
executors = [{ until = "1.5s" }, { at = "1s", cores = 2 }]
[apps.job.stages.map]
tasks = 6
task-time = "1s"
"#,
    );
    is_about(mean(&found, "apps.job.latency.mean"), 3.0);
    is_about(mean(&found, "apps.job.executor_seconds"), 2.0 + 2.0);
}

/// One slot. The stage's first task begins after the driver's 250 ms, and the third one, held back
/// until 2.5 s, holds its slot while it waits.
#[test]
fn recorded_tasks_wait_as_recorded() {
    let place = tempfile::tempdir().unwrap();
    let tasks = "stage,partition,duration,not_before\n0,0,1,0\n0,1,1,0\n0,2,1,2.5\n0,3,1,0\n";
    fs::write(place.path().join("tasks.csv"), tasks).unwrap();
    let scenario = format!(
        r#"{ONCE}
[apps.job]
conf = {{ "spark.executor.instances" = 1 }}
[apps.job.stages.map]
driver-gap = "250ms"
tasks = 4
task-time = {{ recorded = {{ file = "tasks.csv", stage = 0 }} }}
"#
    );
    let loaded = scenario::load_text("test", &scenario, place.path(), &[]).unwrap();
    is_about(mean(&run(&loaded, 1), "apps.job.latency.mean"), 4.5);
}

/// Dealt anew, the same times come in another order in each replication; their sum stays.
#[test]
fn resampled_times_are_all_there_in_any_order() {
    let place = tempfile::tempdir().unwrap();
    let mut tasks = "stage,partition,work_time\n".to_owned();
    for partition in 0..8 {
        let row = format!("0,{partition},{}\n", 1 << partition);
        tasks.push_str(&row);
    }
    fs::write(place.path().join("tasks.csv"), tasks).unwrap();
    let found = |cores: u32| {
        let scenario = format!(
            r#"{ONCE}
run.replications = 20
[apps.job]
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = {cores} }}
[apps.job.stages.map]
tasks = 8
[apps.job.stages.map.task-time.resampled]
file = "tasks.csv"
stage = 0
column = "work_time"
"#
        );
        let scenario = scenario.replace("run.replications = 20\n", "");
        let scenario = scenario.replace("\"terminating\"", "\"terminating\"\nreplications = 20");
        let loaded = scenario::load_text("test", &scenario, place.path(), &[]).unwrap();
        crate::simulate::estimate(&run(&loaded, 1), "apps.job.latency.mean")
    };
    let one = found(1);
    is_about(one.mean, 255.0);
    is_about(one.std_dev.unwrap(), 0.0);
    let two = found(2);
    // The longest task takes 128 s; the other slot takes the rest, or part of it before.
    assert!(128.0 <= two.mean && two.mean < 255.0, "{}", two.mean);
    assert!(two.std_dev.unwrap() > 1.0);
}

#[test]
fn what_cannot_be_is_told_with_its_place() {
    let problem = |rest: &str| {
        let scenario = format!(
            "{ONCE}\n[apps.job.stages.map]\ntasks = 1\ntask-time = \"1s\"\n[apps.job]\n{rest}\n"
        );
        let error = scenario::load_text("test", &scenario, ".".as_ref(), &[]).unwrap_err();
        error.to_string()
    };
    let of_all = problem("executors = [{ until = \"5s\" }]");
    assert!(of_all.contains("all executors go"), "{of_all}");
    let backwards = problem("executors = [{ at = \"5s\", until = \"5s\" }, {}]");
    assert!(
        backwards.contains("`until` is later than `at`"),
        "{backwards}"
    );
    let unknown = problem("overheads = { task-lunch = \"5s\" }");
    assert!(unknown.contains("task-launch"), "{unknown}");
    let word = problem("overheads = \"measure\"");
    assert!(word.contains("\"measured\""), "{word}");
    let rate = problem("overheads = { dispatch-rate = \"0/s\" }");
    assert!(rate.contains("dispatch"), "{rate}");
}
