//! Executors that are told to go, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// One executor on a node that is kept, one on a node that the provider takes back at 35 s, with
/// notice at 5 s. Two tasks of 10 s, then two of 100 s that read what they have written.
fn taken_back(conf: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "standalone"
[nodes.kept]
count = 1
cpu = 2
memory = "2Gi"
[nodes.spot]
count = 1
cpu = 1
memory = "1Gi"
spot = {{ reclaim = {{ every = "5s" }}, notice = "30s", replacement-delay = "10h" }}
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 1
{conf}
[apps.a.stages]
map = {{ tasks = 2, task-time = 10 }}
reduce = {{ tasks = 2, task-time = 100, parents = ["map"] }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

const TOLD: &str = "\"spark.decommission.enabled\" = true";

/// Nobody is told: at 35 s a task is lost that had run for 25 s, and a part of the map output. The
/// other executor is free at 110 s, finds that out, computes it again 0.2 s later, and then reads
/// it.
#[test]
fn without_it_what_runs_is_lost_with_the_node() {
    let results = taken_back("");
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 1.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 220.2);
}

/// Told at 5 s, its task ends at 10 s, it leaves at 11 s: nothing that runs is lost, its map output
/// is.
#[test]
fn who_is_told_takes_no_more_tasks_and_leaves() {
    let results = taken_back(TOLD);
    assert_eq!(mean(&results, "apps.a.decommissioned_executors"), 1.0);
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 0.0);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 220.2);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 220.2 + 11.0);
}

/// The round at 15 s moves its output; it leaves at 16 s, and at 110 s all is there.
#[test]
fn what_it_holds_moves_to_the_others() {
    let results = taken_back(&format!(
        "{TOLD}\n\"spark.storage.decommission.enabled\" = true\n\
         \"spark.storage.decommission.replicationReattemptInterval\" = \"10s\""
    ));
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 0.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 210.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 210.0 + 16.0);
}

/// Rounds at 5 s, when it holds nothing, and not before the node is gone at 35 s: too late.
#[test]
fn what_has_not_moved_in_time_is_lost() {
    let results = taken_back(&format!(
        "{TOLD}\n\"spark.storage.decommission.enabled\" = true\n\
         \"spark.storage.decommission.replicationReattemptInterval\" = \"40s\""
    ));
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 220.2 + 35.0);
}

/// An executor that dynamic allocation does not need is told, and leaves a second later.
#[test]
fn who_is_not_needed_is_told_too() {
    let stayed = |conf: &str| {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.dynamicAllocation.enabled" = true
{conf}
[apps.a.jobs.first]
stages.s = {{ tasks = 1, task-time = 1 }}
[apps.a.jobs.second]
after = ["first"]
driver-gap = 200
stages.s = {{ tasks = 1, task-time = 1 }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ));
        mean(&results, "apps.a.executor_seconds")
    };
    assert_eq!(stayed(TOLD), stayed("") + 1.0);
}
