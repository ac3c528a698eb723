//! Executors that follow the tasks, against timelines by hand.

use crate::simulate::{mean, text};

fn scenario(rest: &str) -> sparksim::experiment::Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "standalone"
[apps.a.conf]
"spark.dynamicAllocation.enabled" = true
"spark.dynamicAllocation.minExecutors" = 0
"spark.executor.cores" = 1
{rest}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

/// 100 tasks of 10 s and no executor at first: after 1 s one is asked for, after each further
/// second twice as many: 1, 2, 4, 8 at 1, 2, 3, 4 s, up to the 15 that are allowed. Their slots
/// come back at 11 s, 12 s (2), 13 s (4), 14 s (8), and so on: 85 tasks remain at 10 s; the waves
/// of 15 take 10 s each. 100 = 6·15 + 10: the last ten of the seventh wave start at 61 s (1), 62 s
/// (2), 63 s (4), 64 s (3): the end is at 74 s.
#[test]
fn executors_double_every_second() {
    let results = scenario(
        r#"
"spark.dynamicAllocation.maxExecutors" = 15
[apps.a.stages.s]
tasks = 100
task-time = "10s"
"#,
    );
    assert_eq!(mean(&results, "apps.a.latency.mean"), 74.0);
    // Executors that have nothing to do stay for 60 s: to the end.
    let executor_seconds = 15.0 * 74.0 - (1.0 + 2.0 * 2.0 + 4.0 * 3.0 + 8.0 * 4.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), executor_seconds);
}

/// Four tasks need four executors: no more are asked for, although the third round would.
#[test]
fn no_more_executors_than_tasks() {
    let results = scenario(
        r#"
[apps.a.stages.s]
tasks = 4
task-time = "10s"
"#,
    );
    // One at 1 s, two more at 2 s, the fourth at 3 s.
    assert_eq!(mean(&results, "apps.a.latency.mean"), 13.0);
    assert_eq!(
        mean(&results, "apps.a.executor_seconds"),
        12.0 + 11.0 * 2.0 + 10.0
    );
}

/// A stage of two tasks, then one of one task of 100 s. Without shuffle tracking the executor that
/// has nothing to do goes after 5 s; with it it holds output that the running job needs, and stays.
#[test]
fn an_idle_executor_goes_unless_its_output_is_needed() {
    let rest = |tracks: bool| {
        format!(
            r#"
"spark.dynamicAllocation.executorIdleTimeout" = "5s"
"spark.dynamicAllocation.initialExecutors" = 2
"spark.dynamicAllocation.shuffleTracking.enabled" = {tracks}
[apps.a.stages.map]
tasks = 2
task-time = "10s"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 1
task-time = "100s"
"#
        )
    };
    let results = scenario(&rest(false));
    assert_eq!(mean(&results, "apps.a.latency.mean"), 110.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 110.0 + 15.0);
    let results = scenario(&rest(true));
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 220.0);
    // It could have gone at 15 s.
    assert_eq!(mean(&results, "apps.a.shuffle_held_seconds"), 95.0);
}

/// Between two jobs no job needs the output of the first: executors go after the timeout, one
/// after the other down to the minimum, and come back with the second job.
#[test]
fn output_that_no_job_needs_keeps_an_executor_for_the_timeout() {
    let results = scenario(
        r#"
"spark.dynamicAllocation.executorIdleTimeout" = "5s"
"spark.dynamicAllocation.initialExecutors" = 2
"spark.dynamicAllocation.shuffleTracking.timeout" = "20s"
[apps.a.jobs.first.stages.map]
tasks = 2
task-time = "10s"
[apps.a.jobs.first.stages.reduce]
parents = ["map"]
tasks = 2
task-time = "10s"
[apps.a.jobs.second]
after = ["first"]
driver-gap = "60s"
[apps.a.jobs.second.stages.only]
tasks = 1
task-time = "10s"
"#,
    );
    // The first job ends at 20 s, both executors go at 40 s. The second begins at 80 s, its
    // executor comes at 81 s.
    assert_eq!(mean(&results, "apps.a.latency.mean"), 91.0);
    assert_eq!(
        mean(&results, "apps.a.executor_seconds"),
        40.0 + 40.0 + 10.0
    );
    assert_eq!(mean(&results, "apps.a.shuffle_held_seconds"), 15.0 + 15.0);
}
