//! Priorities, preemption, constraints, gangs and memory limits, against timelines by hand.

use crate::simulate::{mean, scenarios, text};
use sparksim::scenario;

const NODES: &str = r#"
[run]
duration = "100s"
replications = 1
[nodes.worker]
count = 2
cpu = "2"
memory = "8Gi"
"#;

fn run(rest: &str) -> sparksim::experiment::Results {
    text(&format!("{NODES}{rest}"))
}

fn error(rest: &str) -> String {
    let text = format!("{NODES}{rest}");
    let loaded = scenario::load_text("test", &text, &scenarios(), &[]);
    loaded.unwrap_err().to_string()
}

/// Four batch replicas fill both nodes. The application that comes at 10 s has a higher priority:
/// driver and executor each stop a replica on the first node; the replicas come back when the
/// application ends at 30 s. Two replicas were there for 20 s less.
#[test]
fn a_higher_priority_stops_lower_ones_for_as_long_as_it_needs() {
    let results = run(r#"
[services.batch]
replicas = 4
requests = { cpu = "1", memory = "1Gi" }
service-time = "1s"
[apps.urgent]
placement = { priority = 10 }
conf = { "spark.executor.instances" = 1 }
[apps.urgent.stages.only]
tasks = 2
task-time = "10s"
[workloads.users]
target = "services.batch"
arrivals = { at = ["1s"] }
[workloads.once]
target = "apps.urgent"
arrivals = { at = ["10s"] }
"#);
    assert_eq!(mean(&results, "cluster.preemptions"), 2.0);
    assert_eq!(mean(&results, "apps.urgent.latency.mean"), 20.0);
    assert_eq!(
        mean(&results, "services.batch.replicas"),
        (400.0 - 40.0) / 100.0
    );
}

/// Without `preempts` a higher priority only goes first: of two services that wait for the same
/// room the one with the higher priority gets it, though it asked later.
#[test]
fn a_higher_priority_goes_first() {
    let rest = r#"
[apps.first]
conf = { "spark.executor.instances" = 3 }
[apps.first.stages.only]
tasks = 3
task-time = "10s"
[apps.low]
gang = {}
conf = { "spark.executor.instances" = 1, "spark.driver.cores" = 2, "spark.executor.cores" = 2 }
[apps.low.stages.only]
tasks = 2
task-time = "10s"
[apps.high]
gang = {}
placement = { priority = 1, preempts = false }
conf = { "spark.executor.instances" = 1, "spark.driver.cores" = 2, "spark.executor.cores" = 2 }
[apps.high.stages.only]
tasks = 2
task-time = "10s"
[workloads.a]
target = "apps.first"
arrivals = { at = ["0s"] }
[workloads.b]
target = "apps.low"
arrivals = { at = ["1s"] }
[workloads.c]
target = "apps.high"
arrivals = { at = ["2s"] }
"#;
    // The first has all four cores until 10 s. Then the high one has both nodes until 20 s.
    let results = run(rest);
    assert_eq!(mean(&results, "apps.high.latency.mean"), 18.0);
    assert_eq!(mean(&results, "apps.low.latency.mean"), 29.0);
    let equal = run(&rest.replace("priority = 1", "priority = 0"));
    assert_eq!(mean(&equal, "apps.low.latency.mean"), 19.0);
}

/// What never shares a node: of three replicas on two nodes the third waits.
#[test]
fn replicas_that_keep_apart_need_a_node_each() {
    let service = r#"
[services.api]
replicas = 3
requests = { cpu = "100m" }
service-time = "1s"
placement = { anti-affinity = "nodes" }
[workloads.users]
target = "services.api"
arrivals = { at = ["1s"] }
"#;
    let results = run(service);
    assert_eq!(mean(&results, "services.api.replicas"), 2.0);
    assert_eq!(mean(&results, "cluster.pending_containers"), 1.0);
    let zones = service.replace("\"nodes\"", "\"zones\"");
    let results = text(&format!("{NODES}zones = [\"a\"]\n{zones}"));
    assert_eq!(mean(&results, "services.api.replicas"), 1.0);
}

/// Zones a and b, two nodes in a and one in b with room for two replicas each. With a skew of 1 the
/// zones get 2 and 2; the fifth may go to a (3 and 2), the sixth may not (4 and 2).
#[test]
fn a_spread_over_zones_is_kept() {
    let results = text(
        r#"
[run]
duration = "100s"
replications = 1
[nodes.a]
count = 2
cpu = "2"
memory = "8Gi"
zones = ["a"]
[nodes.b]
cpu = "2"
memory = "8Gi"
zones = ["b"]
[services.api]
replicas = 6
requests = { cpu = "1" }
service-time = "1s"
placement = { spread = { over = "zones", max-skew = 1 } }
[workloads.users]
target = "services.api"
arrivals = { at = ["1s"] }
"#,
    );
    assert_eq!(mean(&results, "services.api.replicas"), 5.0);
}

/// A tainted pool takes only what tolerates it, a selector only what it names; gpus, ephemeral
/// storage and numbers of containers are kept like cpu and memory.
#[test]
fn nodes_take_what_they_have_and_what_may_come() {
    let results = text(
        r#"
[run]
duration = "100s"
replications = 1
[nodes.gpu]
cpu = "8"
memory = "32Gi"
gpus = 2
labels = { kind = "gpu" }
taints = ["nvidia.com/gpu=present:NoSchedule"]
[nodes.plain]
cpu = "8"
memory = "32Gi"
ephemeral-storage = "10Gi"
max-containers = 3
[services.model]
replicas = 3
requests = { cpu = "1", gpus = 1 }
service-time = "1s"
placement = { tolerations = ["nvidia.com/gpu"], node-selector = { kind = "gpu" } }
[services.api]
replicas = 5
requests = { cpu = "1" }
service-time = "1s"
[services.disk]
replicas = 2
requests = { ephemeral-storage = "6Gi" }
service-time = "1s"
placement = { priority = 1 }
[workloads.users]
target = "services.api"
arrivals = { at = ["1s"] }
"#,
    );
    assert_eq!(mean(&results, "services.model.replicas"), 2.0);
    // `disk` asked last, and may stop `api` for the number of containers, not for storage.
    assert_eq!(mean(&results, "services.disk.replicas"), 1.0);
    assert_eq!(mean(&results, "services.api.replicas"), 2.0);
    assert_eq!(mean(&results, "cluster.preemptions"), 1.0);
}

/// A replica of 100 MB that needs 100 MB for each request has room for four within 500 MB. Five come
/// at 10 s: it is killed with all of them, and is back after 10 s and 2 s.
#[test]
fn a_replica_over_its_memory_limit_is_killed_with_its_requests() {
    let rest = r#"
[services.api]
concurrency = 8
start-time = "2s"
service-time = "5s"
limits = { memory = "500MB" }
memory-use = { base = "100MB", per-request = "100MB" }
[workloads.users]
target = "services.api"
arrivals = { at = ["10s", "10s", "10s", "10s", "10s", "30s"] }
"#;
    let results = run(rest);
    assert_eq!(mean(&results, "cluster.oom_kills"), 1.0);
    assert_eq!(mean(&results, "services.api.failed"), 5.0);
    assert_eq!(mean(&results, "services.api.completed"), 1.0);
    assert_eq!(
        mean(&results, "services.api.replicas"),
        (8.0 + 78.0) / 100.0
    );
    let enough = run(&rest.replace("500MB", "600MB"));
    assert_eq!(mean(&enough, "cluster.oom_kills"), 0.0);
    assert_eq!(mean(&enough, "services.api.completed"), 6.0);
}

/// Four applications of a driver and two executors on four cores. One after the other they take
/// 12 s each as gangs: a second for the driver, a second for the executors, the tasks. Without gangs four drivers fill the cluster, and nothing ever happens.
#[test]
fn gangs_do_not_block_each_other() {
    let rest = r#"
[apps.job]
start-time = "1s"
gang = { min = 2 }
conf = { "spark.executor.instances" = 2 }
[apps.job.stages.only]
tasks = 2
task-time = "10s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s", "0s", "0s", "0s"] }
"#;
    let results = run(rest);
    assert_eq!(mean(&results, "apps.job.finished"), 4.0);
    assert_eq!(mean(&results, "apps.job.latency.max"), 48.0);
    let stuck = run(&rest.replace("gang = { min = 2 }", ""));
    assert_eq!(mean(&stuck, "apps.job.finished"), 0.0);
    assert_eq!(mean(&stuck, "cluster.pending_containers"), 7.92);
    let notes = format!("{:?}", stuck.notes);
    for part in [
        "8 executors of `apps.job` of 1 core and 1.375 GiB wait (2 nodes: 2 without the cpu)",
        "4 drivers of `apps.job` hold 4 cores",
        "drivers hold what their executors wait for: `cluster.gang = true`",
    ] {
        assert!(notes.contains(part), "{notes}");
    }
}

/// Room that was kept for executors is not lost with their node: the gang goes on with what it has.
#[test]
fn a_gang_survives_the_loss_of_room_that_was_kept() {
    let results = run(r#"
[apps.job]
start-time = "5s"
gang = {}
conf = { "spark.executor.instances" = 2, "spark.executor.cores" = 1, "spark.driver.cores" = 2 }
[apps.job.stages.only]
tasks = 2
task-time = "10s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s"] }
[faults.lost]
node-crash = { node = 1, at = ["2s"], repair = "6s" }
"#);
    // The driver runs at 5 s, its executors find room at 8 s, run at 13 s and are done at 23 s.
    assert_eq!(mean(&results, "apps.job.latency.mean"), 23.0);
}

#[test]
fn what_can_never_be_placed_is_refused() {
    let said = error(
        r#"
[services.api]
service-time = "1s"
requests = { gpus = 1 }
[services.picky]
service-time = "1s"
placement = { node-selector = { disk = "ssd" } }
[services.small]
service-time = "1s"
memory-use = { base = "2Gi" }
limits = { memory = "1Gi" }
[apps.job]
gang = {}
conf = { "spark.executor.instances" = 4 }
[apps.job.stages.only]
tasks = 2
task-time = "10s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s"] }
"#,
    );
    insta::assert_snapshot!(said, @r#"
    error: a replica of `services.api` fits no node
      --> test:12:12
       |
    12 | requests = { gpus = 1 }
       |            ^^^^^^^^^^^^ asks for 1 gpu
       |
    help: a node offers: `nodes.worker` 2 cores and 8 GiB

    error: a replica of `services.picky` selects `disk = "ssd"`, which no node has
      --> test:15:40
       |
    15 | placement = { node-selector = { disk = "ssd" } }
       |                                        ^^^^^ it could never be placed
       |
    help: nodes get labels by `nodes.NAME.labels = { KEY = "VALUE" }`

    error: a replica would be killed at once
      --> test:18:14
       |
    18 | memory-use = { base = "2Gi" }
       |              ^^^^^^^^^^^^^^^^ `base` is more than `limits.memory`

    error: `apps.job` waits for a gang that can never fit
      --> test:21:8
       |
    21 | gang = {}
       |        ^^ 4 executors and a driver are to fit together
       |
    help: beside a driver the empty cluster has room for 3 executors: a smaller gang, smaller executors, or more nodes
    "#);
}

/// What the documentation shows is a scenario.
#[test]
fn the_examples_of_the_documentation_are_right() {
    let path = scenarios().join("../docs/cluster.md");
    let page = std::fs::read_to_string(path).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    let blocks: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 3);
    let base = "[run]\nduration = \"1h\"\n[workloads.users]\ntarget = \"services.api\"\n\
                arrivals = { poisson = { rate = \"1/s\" } }\n";
    let text = format!("{base}{}", blocks.concat());
    let loaded = scenario::load_text("cluster.md", &text, &scenarios(), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.model.faults.len(), 7);
}
