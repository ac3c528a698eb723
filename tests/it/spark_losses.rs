//! Executors and drivers that are lost, against timelines by hand.

use crate::simulate::{mean, text};

/// Two executors of two slots on nodes of their own, and a driver. A stage of four tasks of 10 s is
/// followed by one of four tasks of 10 s.
fn scenario(conf: &str, faults: &str) -> sparksim::experiment::Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 3
[cluster]
manager = "standalone"
placement = "spread"
[nodes.worker]
count = 3
cpu = "3"
memory = "8Gi"
[apps.a]
start-time = "1s"
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 2
{conf}
[apps.a.stages.map]
tasks = 4
task-time = "10s"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 4
task-time = "10s"
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
{faults}
"#
    ))
}

fn kill(at: &str) -> String {
    format!("[faults.kill]\ncontainer-kill = {{ target = \"apps.a\", at = [\"{at}\"] }}\n")
}

/// Driver at 1 s, executors at 2 s, stages end at 12 s and 22 s.
#[test]
fn nothing_is_lost() {
    let results = scenario("", &kill("1000s"));
    assert_eq!(mean(&results, "apps.a.latency.mean"), 22.0);
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 0.0);
}

/// Killed at 7 s with two map tasks: a new executor runs at 8 s and computes them again up to 18 s.
/// The other one has nothing to do from 12 s on. The second stage ends at 28 s.
#[test]
fn lost_tasks_run_again() {
    let results = scenario("", &kill("7s"));
    assert_eq!(mean(&results, "apps.a.latency.mean"), 28.0);
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 2.0);
    assert_eq!(mean(&results, "apps.a.tasks"), 8.0);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 0.0);
}

/// Killed at 17 s in the second stage: its two tasks wait again, and so does the output of two map
/// tasks. At 18 s a new executor runs, its first task finds the output gone, and 200 ms later the
/// two map tasks are submitted again: 28.2 s. The other two reduce tasks end at 22 s, the two
/// lost ones run until 38.2 s.
#[test]
fn lost_output_is_computed_again() {
    let results = scenario("", &kill("17s"));
    assert_eq!(mean(&results, "apps.a.latency.mean"), 38.2);
    assert_eq!(mean(&results, "apps.a.tasks"), 10.0);
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 2.0);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
}

/// With the external shuffle service only the two tasks are lost: a new executor runs them from 18 s
/// on.
#[test]
fn a_shuffle_service_keeps_output() {
    let results = scenario("\"spark.shuffle.service.enabled\" = true", &kill("17s"));
    assert_eq!(mean(&results, "apps.a.latency.mean"), 28.0);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 0.0);
}

/// The same with the node: what the service kept there is gone too. The driver has its own node;
/// whichever executor's goes, the new one has room nowhere else but on the driver's.
#[test]
fn a_shuffle_service_goes_with_its_node() {
    let fault = "[faults.crash]\nnode-crash = { pool = \"worker\", node = 1, at = [\"17s\"] }\n";
    let conf = "\"spark.shuffle.service.enabled\" = true";
    let results = scenario(conf, fault);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 38.2);
}

/// Every executor dies after 5 s of a task of 10 s, again and again: the fourth failure of a task
/// is the end.
#[test]
fn tasks_that_kill_their_executors_fail_the_application() {
    let kills = "[faults.kill]\ncontainer-kill = { target = \"apps.a\", at = [\"3s\", \"4s\", \"5s\", \
                 \"6s\", \"7s\", \"8s\", \"9s\", \"10s\", \"11s\", \"12s\", \"13s\", \"14s\"] }\n";
    let results = scenario("\"spark.task.maxFailures\" = 2", kills);
    assert_eq!(mean(&results, "apps.a.failed"), 1.0);
    assert_eq!(mean(&results, "apps.a.finished"), 0.0);
    assert_eq!(mean(&results, "workloads.once.failed"), 1.0);
}

/// The driver is killed at 7 s. Submitted again after 3 s, the application takes its 22 s once more.
#[test]
fn without_its_driver_an_application_ends() {
    let kill = "[faults.kill]\ncontainer-kill = { target = \"apps.a.driver\", at = [\"7s\"] }\n";
    let results = scenario("", kill);
    assert_eq!(mean(&results, "apps.a.failed"), 1.0);
    let again = format!("{kill}[apps.a.restart]\nmax = 1\ninterval = \"3s\"\n");
    let results = scenario("", &again);
    assert_eq!(mean(&results, "apps.a.finished"), 1.0);
    assert_eq!(mean(&results, "apps.a.restarts"), 1.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 32.0);
}
