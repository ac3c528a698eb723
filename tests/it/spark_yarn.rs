//! Executors from YARN: heartbeats of the application's master, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// The driver runs at 1 s; executors take 1 s to start. One task of 10 s for each.
fn on_yarn(rest: &str, conf: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "yarn"
[nodes.worker]
count = 3
cpu = 2
memory = "4Gi"
[apps.a]
start-time = "1s"
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 1
{conf}
[apps.a.stages.s]
tasks = 2
task-time = 10
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
{rest}
"#
    ))
}

/// Asked for at 1 s, heard of at 1.2 s, running at 2.2 s.
#[test]
fn what_is_granted_is_heard_with_the_next_heartbeat() {
    let results = on_yarn("", "");
    assert_eq!(mean(&results, "apps.a.start_delay.mean"), 2.2);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 12.2);
    let conf = "\"spark.yarn.scheduler.initial-allocation.interval\" = \"500ms\"";
    let results = on_yarn("", conf);
    assert_eq!(mean(&results, "apps.a.start_delay.mean"), 2.5);
    // No sleep is longer than that of the usual heartbeat.
    let conf = format!("{conf}\n\"spark.yarn.scheduler.heartbeat.interval-ms\" = 300");
    let results = on_yarn("", &conf);
    assert_eq!(mean(&results, "apps.a.start_delay.mean"), 2.3);
}

/// Room for one executor only, until another application of one executor ends at 5 s or so: the
/// master's heartbeats are at 1, 1.2, 1.6, 2.4, 4.0, 7.0, 10 s. The first executor runs from 2.2 s;
/// the other one is granted when the first application gives its executor back, and is heard of
/// with the heartbeat after that.
#[test]
fn the_interval_doubles_while_anything_is_pending() {
    let other = r#"
[apps.b]
[apps.b.conf]
"spark.executor.instances" = 4
"spark.executor.cores" = 1
"spark.scheduler.minRegisteredResourcesRatio" = 0.5
[apps.b.stages.s]
tasks = 4
task-time = 4.3
[workloads.before]
target = "apps.b"
arrivals = { at = ["0s"] }
"#;
    // Six processors: driver and four executors of b (from 0.2 s to 4.5 s), the driver of a.
    let results = on_yarn(other, "");
    // Both of a's executors are granted at 4.5 s, heard of at 7 s, and run at 8 s.
    assert_eq!(mean(&results, "apps.b.latency.mean"), 4.5);
    assert_eq!(mean(&results, "apps.a.start_delay.mean"), 8.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 18.0);
}

/// A node is gone at 6 s with one executor: the driver hears of it and wakes its master at once,
/// which hears the reason, asks for another 3 s later, and is told of it after 0.2 s more.
#[test]
fn a_lost_executor_is_replaced_with_the_second_heartbeat() {
    let fault = "[faults.crash]\nnode-crash = { pool = \"worker\", node = 2, at = [\"6s\"] }\n";
    let results = on_yarn(fault, "");
    // Driver on the first node, executors on the others. 6 + 3 + 0.2 + 1 s to start + 10 s.
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 1.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 20.2);
}
