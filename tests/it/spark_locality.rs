//! Locality levels and delay scheduling, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// Executor 1 is busy with `filler` for 2 s while executor 2 loads two partitions, 1 s each, and
/// keeps them. Then two tasks of 10 s each look for them there.
fn two_of_one(conf: &str, filler: u32, tasks: u32, read: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.executor.instances" = 2
{conf}
[apps.a.jobs.filler]
stages.busy = {{ tasks = 1, task-time = {filler} }}
[apps.a.jobs.load]
stages.scan = {{ tasks = {tasks}, task-time = 1 }}
[apps.a.jobs.use]
after = ["load", "filler"]
stages.read = {{ tasks = {tasks}, locality = {{ cached = {{ stage = "load.scan" }} }}, {read} }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

fn use_latency(results: &Results) -> f64 {
    mean(results, "apps.a.jobs.use.latency.mean")
}

/// 3 s for the executor, 3 s for its node, then anywhere: the second task starts at 2 + 6 s.
#[test]
fn a_task_waits_at_each_level_then_goes_elsewhere() {
    let results = two_of_one("", 2, 2, "task-time = 10");
    assert_eq!(use_latency(&results), 16.0);
    assert_eq!(mean(&results, "apps.a.process_local_tasks"), 1.0);
    assert_eq!(mean(&results, "apps.a.any_tasks"), 1.0);
}

#[test]
fn reading_from_afar_takes_longer() {
    let results = two_of_one("", 2, 2, "task-time = 10, remote-time = 1");
    assert_eq!(use_latency(&results), 17.0);
}

#[test]
fn each_level_has_a_wait_of_its_own() {
    let none = two_of_one("\"spark.locality.wait\" = \"0s\"", 2, 2, "task-time = 10");
    assert_eq!(use_latency(&none), 10.0);
    let node = two_of_one(
        "\"spark.locality.wait.node\" = \"0s\"",
        2,
        2,
        "task-time = 10",
    );
    assert_eq!(use_latency(&node), 13.0);
    // The first task ends before the wait does.
    let long = two_of_one("\"spark.locality.wait\" = \"20s\"", 2, 2, "task-time = 10");
    assert_eq!(use_latency(&long), 20.0);
    assert_eq!(mean(&long, "apps.a.process_local_tasks"), 2.0);
}

/// The wait ends at 8 s, which the driver sees when it offers all slots again.
#[test]
fn slots_are_offered_again_at_each_revival() {
    let conf = "\"spark.scheduler.revive.interval\" = \"5s\"";
    assert_eq!(use_latency(&two_of_one(conf, 2, 2, "task-time = 10")), 18.0);
}

/// Six tasks of 1 s, all of executor 2, from 6 s on; 1 s of wait. Without refusals since the last
/// full offer a launch begins the wait anew.
///
/// At 7 s executor 2 takes its second task, and the revival gives one to executor 1: that was a
/// full offer without refusal, the wait is over. At 8 s executor 2 takes its next, so the wait
/// begins anew, and executor 1 is refused. At 9 s it is given another. Four rounds in all.
/// Where each launch begins the wait anew executor 1 gets none.
#[test]
fn the_wait_begins_anew_as_since_3_1_or_as_before() {
    let conf = "\"spark.locality.wait.process\" = \"1s\"\n\"spark.locality.wait.node\" = 0";
    let results = two_of_one(conf, 6, 6, "task-time = 1");
    assert_eq!(use_latency(&results), 4.0);
    assert_eq!(mean(&results, "apps.a.any_tasks"), 2.0);
    let legacy = "\"spark.locality.wait.legacyResetOnTaskLaunch\" = true";
    let results = two_of_one(&format!("{conf}\n{legacy}"), 6, 6, "task-time = 1");
    assert_eq!(use_latency(&results), 6.0);
    assert_eq!(mean(&results, "apps.a.any_tasks"), 0.0);
}

/// Both tasks of `map` run on executor 2, so its node has all output.
#[test]
fn reducers_look_for_the_nodes_with_most_output() {
    let run = |conf: &str| {
        text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.executor.instances" = 2
{conf}
[apps.a.jobs.filler]
stages.busy = {{ tasks = 1, task-time = 2 }}
[apps.a.jobs.query.stages]
map = {{ tasks = 2, task-time = 1 }}
reduce = {{ tasks = 2, task-time = 10, parents = ["map"], locality = "map-output" }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ))
    };
    let latency = |results: &Results| mean(results, "apps.a.jobs.query.latency.mean");
    assert_eq!(latency(&run("")), 2.0 + 3.0 + 10.0);
    let off = "\"spark.shuffle.reduceLocality.enabled\" = false";
    assert_eq!(latency(&run(off)), 2.0 + 10.0);
}

/// Executors on both nodes of one pool; blocks as `blocks` says.
fn on_nodes(manager: &str, blocks: &str, conf: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 5
[cluster]
manager = "{manager}"
[nodes.compute]
count = 2
cpu = 2
memory = "8Gi"
# Too small for any container.
[nodes.data]
count = 3
cpu = "500m"
memory = "1Gi"
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 1
"spark.executor.memory" = "1g"
"spark.scheduler.minRegisteredResourcesRatio" = 1
{conf}
[apps.a.stages.scan]
tasks = 40
task-time = 1
remote-time = 1
locality = {{ blocks = {blocks} }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

/// With a copy on each node nobody waits.
#[test]
fn a_block_that_is_everywhere_is_near() {
    let results = on_nodes("standalone", "{ replication = 2, pool = \"compute\" }", "");
    assert_eq!(mean(&results, "apps.a.run_time.mean"), 20.0);
    assert_eq!(mean(&results, "apps.a.node_local_tasks"), 40.0);
}

/// Where no executor is near any block nobody waits either, and every task reads from afar.
#[test]
fn blocks_of_other_nodes_are_not_waited_for() {
    let results = on_nodes("standalone", "{ pool = \"data\" }", "");
    assert_eq!(mean(&results, "apps.a.run_time.mean"), 40.0);
    assert_eq!(mean(&results, "apps.a.any_tasks"), 40.0);
    // YARN tells Spark of racks; without any all nodes are in the default one.
    let results = on_nodes("yarn", "{ pool = \"data\" }", "");
    assert_eq!(mean(&results, "apps.a.rack_local_tasks"), 40.0);
}

/// With one copy the nodes' shares of the blocks are uneven: who has done its own reads the other's
/// after 3 s without a launch that counts, or never.
#[test]
fn the_longer_the_wait_the_more_is_near() {
    let near = |wait: &str| {
        let conf = format!("\"spark.locality.wait\" = \"{wait}\"");
        let blocks = "{ replication = 1, pool = \"compute\" }";
        let results = on_nodes("standalone", blocks, &conf);
        let near = mean(&results, "apps.a.node_local_tasks");
        assert_eq!(near + mean(&results, "apps.a.any_tasks"), 40.0);
        near
    };
    let (none, short, long) = (near("0s"), near("3s"), near("1h"));
    assert_eq!(long, 40.0);
    assert!(none < short && short < long, "{none} {short}");
}

/// Two executors have a partition each; one is killed at 5 s. The task that finds its partition
/// gone computes it again: 1 s more.
#[test]
fn what_is_lost_from_memory_is_computed_again() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 3
[cluster]
manager = "standalone"
[nodes.worker]
count = 3
cpu = 2
memory = "4Gi"
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 1
[apps.a.jobs.load]
stages.scan = { tasks = 2, task-time = 1 }
[apps.a.jobs.use]
after = ["load"]
driver-gap = 9
stages.read = { tasks = 2, task-time = 1, locality = { cached = { stage = "load.scan" } } }
[faults.kill]
container-kill = { target = "apps.a", at = ["5s"] }
[workloads.once]
target = "apps.a"
arrivals = { at = ["0s"] }
"#,
    );
    // A kill that hits the driver ends the application.
    assert!(mean(&results, "apps.a.failed") < 1.0);
    assert_eq!(use_latency(&results), 2.0);
}

/// An idle executor stays for what it has in memory: for ever, or as long as is said.
#[test]
fn executors_with_cached_partitions_stay() {
    let run = |cached: &str, conf: &str| {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.dynamicAllocation.enabled" = true
{conf}
[apps.a.jobs.load]
stages.scan = {{ tasks = 1, task-time = 1 }}
[apps.a.jobs.use]
after = ["load"]
driver-gap = 200
stages.read = {{ tasks = 1, task-time = 1{cached} }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ));
        use_latency(&results)
    };
    let cached = ", locality = { cached = { stage = \"load.scan\" } }";
    assert_eq!(run("", ""), 2.0);
    assert_eq!(run(cached, ""), 1.0);
    let timeout = "\"spark.dynamicAllocation.cachedExecutorIdleTimeout\" = \"60s\"";
    assert_eq!(run(cached, timeout), 3.0);
}

/// One map of 1 s on one of two executors, or one on each of which the first writes nine tenths: both
/// reducers of 1 s wait for its executor, one after the other.
#[test]
fn reducers_look_for_map_output_of_known_size() {
    let span = |map: &str, reduce: &str, conf: &str| {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.executor.instances" = 2
{conf}
[apps.a.stages.map]
{map}
[apps.a.stages.reduce]
parents = ["map"]
tasks = 2
task-time = 1
{reduce}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ));
        mean(&results, "apps.a.job_span.mean")
    };
    let one = "tasks = 1\ntask-time = 1\nshuffle-write = \"10MB\"";
    assert_eq!(span(one, "", ""), 3.0);
    assert_eq!(span(one, "locality = \"map-output\"", ""), 3.0);
    assert_eq!(span(one, "locality = \"none\"", ""), 2.0);
    assert_eq!(
        span(one, "", "\"spark.shuffle.reduceLocality.enabled\" = false"),
        2.0
    );
    assert_eq!(span(one, "", "\"spark.locality.wait\" = \"0s\""), 2.0);
    // After 500 ms anywhere, where that takes 200 ms longer.
    let waits =
        "\"spark.locality.wait\" = \"500ms\"\n\"spark.scheduler.revive.interval\" = \"500ms\"";
    assert_eq!(span(one, "remote-time = \"200ms\"", waits), 2.7);
    // Nobody knows how much it is.
    assert_eq!(span("tasks = 1\ntask-time = 1", "", ""), 2.0);
    let skewed = "tasks = 2\ntask-time = \"500ms\"\nshuffle-write = \"10MB\"\nskew = [9, 1]";
    assert_eq!(span(skewed, "", ""), 0.9 + 2.0);
    let even = "tasks = 2\ntask-time = 1\nshuffle-write = \"10MB\"";
    assert_eq!(span(even, "", ""), 2.0);
}
