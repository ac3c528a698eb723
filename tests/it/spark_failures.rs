//! Tasks that fail, are copied, and executors that get no more of them.

use crate::simulate::{agrees, estimate, mean, text};

/// Ten tasks of 10 s, one after the other, each attempt fails with probability 1/4 at a uniform
/// time: a task takes 10 s and 1/3 failed attempt of 5 s each on average, so 116.67 s in all.
#[test]
fn failed_attempts_cost_half_a_task_each() {
    let results = text(
        r#"
[run]
seed = 3
horizon = "terminating"
replications = 200
[apps.a]
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 1, "spark.task.maxFailures" = 1000 }
stages.s = { tasks = 10, task-time = "10s", task-failure = 0.25 }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    let expected = 100.0 + 10.0 / 3.0 * 5.0;
    agrees(
        &results,
        4.0,
        0.2,
        &[
            ("apps.a.latency.mean", expected),
            ("apps.a.failed_tasks", 10.0 / 3.0),
        ],
    );
    assert_eq!(mean(&results, "apps.a.tasks"), 10.0);
    assert_eq!(mean(&results, "apps.a.failed"), 0.0);
}

/// With at most two failures of a task an application of 20 tasks ends well with probability
/// (1 - p²)^20.
#[test]
fn too_many_failures_of_one_task_fail_the_application() {
    let results = text(
        r#"
[run]
seed = 5
horizon = "terminating"
replications = 400
[apps.a]
conf = { "spark.executor.instances" = 4, "spark.executor.cores" = 1, "spark.task.maxFailures" = 2 }
stages.s = { tasks = 20, task-time = "1s", task-failure = 0.2 }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    let survives = libm::pow(1.0 - 0.04, 20.0);
    agrees(
        &results,
        4.0,
        0.2,
        &[
            ("apps.a.finished", survives),
            ("apps.a.failed", 1.0 - survives),
            ("workloads.once.failed", 1.0 - survives),
        ],
    );
}

/// Whatever fails is submitted again until it succeeds.
#[test]
fn a_failed_application_is_submitted_again() {
    let results = text(
        r#"
[run]
seed = 7
horizon = "terminating"
replications = 100
[apps.a]
restart = { interval = "10s" }
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 1, "spark.task.maxFailures" = 1 }
stages.s = { tasks = 1, task-time = "10s", task-failure = 0.5 }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    // One failure on average: half a task and the interval.
    agrees(
        &results,
        4.0,
        0.2,
        &[
            ("apps.a.latency.mean", 10.0 + 15.0),
            ("apps.a.restarts", 1.0),
        ],
    );
    assert_eq!(mean(&results, "apps.a.finished"), 1.0);
}

/// Eight tasks on eight executors: seven take 10 s, one 100 s. Three quarters have ended at 10 s;
/// the slow one has run for more than 1.5 medians at 15 s, so that the look at 15.1 s makes a copy
/// of it (the look at 15 s finds it exactly at the threshold).
#[test]
fn a_slow_task_is_copied_and_the_first_to_end_wins() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("slow.csv");
    let rows = (0..8)
        .map(|partition| format!("0,{partition},{}\n", if partition == 3 { 100 } else { 10 }));
    let rows: String = rows.collect();
    std::fs::write(&file, format!("stage,partition,duration\n{rows}")).unwrap();
    let file = file.display();
    let scenario = |speculation: bool| {
        text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.executor.instances" = 8
"spark.executor.cores" = 1
"spark.kubernetes.allocation.batch.size" = 10
"spark.speculation" = {speculation}
[apps.a.stages.s]
tasks = 8
task-time = {{ recorded = {{ file = "{file}", stage = 0 }} }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ))
    };
    assert_eq!(mean(&scenario(false), "apps.a.latency.mean"), 100.0);
    let results = scenario(true);
    assert_eq!(mean(&results, "apps.a.speculative_tasks"), 1.0);
    // The copy takes as long as any task of the stage: 10 s, unless it is as slow again.
    assert_eq!(mean(&results, "apps.a.latency.mean"), 25.1);
    assert_eq!(estimate(&results, "apps.a.tasks").mean, 8.0);
}

/// On one executor, which is one node, nothing is ever copied.
#[test]
fn nothing_is_copied_to_the_node_of_the_original() {
    let results = text(
        r#"
[run]
seed = 1
horizon = "terminating"
replications = 20
[apps.a.conf]
"spark.executor.instances" = 1
"spark.executor.cores" = 8
"spark.speculation" = true
[apps.a.stages.s]
tasks = 40
task-time = { hyperexponential = { mean = "10s", cv = 3 } }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    assert_eq!(mean(&results, "apps.a.speculative_tasks"), 0.0);
}

/// Tasks that always fail on executors that are closed to them then.
fn excluded(executors: u32, cores: u32, rest: &str) -> sparksim::experiment::Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 5
[apps.a.conf]
"spark.executor.instances" = {executors}
"spark.executor.cores" = {cores}
"spark.task.maxFailures" = 100
"spark.excludeOnFailure.enabled" = true
{rest}
[apps.a.stages.s]
tasks = 1
task-failure = 1
task-time = "1s"
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

/// Each of four executors is given the task once, for at most 1 s, and then there is nowhere to go.
/// Another executor might come for 120 s, or as long as is said.
#[test]
fn excluded_everywhere_an_application_fails_after_a_while() {
    let timeout = "\"spark.scheduler.excludeOnFailure.unschedulableTaskSetTimeout\" = \"5s\"";
    for (rest, wait) in [("", 120.0), (timeout, 5.0)] {
        let results = excluded(4, 1, rest);
        assert_eq!(mean(&results, "apps.a.failed_tasks"), 4.0);
        assert_eq!(mean(&results, "apps.a.failed"), 1.0);
        let lasted = mean(&results, "apps.a.executor_seconds") / 4.0;
        assert!((wait..wait + 4.0).contains(&lasted), "{lasted}");
    }
}

/// The only executor runs another task: Spark does not wait.
#[test]
fn excluded_from_executors_that_are_busy_an_application_fails_at_once() {
    let other = "[apps.a.stages.long]\ntasks = 1\ntask-time = \"100s\"";
    let results = excluded(1, 2, other);
    assert_eq!(mean(&results, "apps.a.failed"), 1.0);
    assert!(mean(&results, "apps.a.executor_seconds") < 1.0);
}

/// An executor is given tasks again once its time is over: the driver sees that with the next
/// revival. Two failures close it to everything for 10 s; the stage waits for that.
#[test]
fn who_was_excluded_is_offered_tasks_again() {
    let rest = "\"spark.excludeOnFailure.timeout\" = \"10s\"\n\
                \"spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor\" = 9\n\
                \"spark.excludeOnFailure.task.maxTaskAttemptsPerNode\" = 9\n\
                \"spark.excludeOnFailure.stage.maxFailedTasksPerExecutor\" = 9\n\
                \"spark.excludeOnFailure.application.maxFailedTasksPerExecutor\" = 2";
    let results = excluded(1, 1, rest);
    // Nine attempts: two, and one more each time that the older of the last two is forgotten.
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 9.0);
}

/// What makes no sense is an error with its place.
#[test]
fn wrong_values_are_explained() {
    let text = r#"
run = { horizon = "terminating" }
workloads.once = { target = "apps.a", arrivals = { at = [0] } }
[apps.a]
pools.fast = { weight = 0, mode = "fair" }
[apps.a.conf]
"spark.scheduler.mode" = "LIFO"
"spark.speculation.quantile" = 1.5
"spark.dynamicAllocation.enabled" = true
"spark.dynamicAllocation.minExecutors" = 4
"spark.dynamicAllocation.maxExecutors" = 2
[apps.a.stages.s]
tasks = 1
task-time = "1s"
task-failure = 2
"#;
    let root = std::path::Path::new(".");
    let error = sparksim::scenario::load_text("bad.toml", text, root, &[]);
    insta::assert_snapshot!(error.unwrap_err().to_string());
}

/// The number of a job run is given to the next one: what was said of the first is not said of it. A
/// task has failed on both executors by 62 s and can go nowhere; its caller gives up at 150 s, the next
/// one submits at 151 s and its job is still prepared when the first would have failed, by 182 s.
#[test]
fn a_job_does_not_fail_for_one_that_had_its_number() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "standalone"
[apps.a]
deploy = "shared"
[apps.a.conf]
"spark.executor.cores" = 1
"spark.excludeOnFailure.enabled" = true
[apps.a.jobs.j]
driver-gap = "60s"
stages.s = { tasks = 1, task-time = "1s", task-failure = 1 }
[services.desk]
service-time = 0
concurrency = 4
timeout = "150s"
submits = { app = "a", wait = true, cancel-on-timeout = true }
[workloads.visitors]
target = "services.desk"
arrivals = { at = ["0s", "151s"] }
"#,
    );
    assert_eq!(mean(&results, "apps.a.failed"), 0.0);
    assert_eq!(mean(&results, "apps.a.cancelled"), 2.0);
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 4.0);
}
