//! What goes wrong, against timelines by hand; and every node killed at every instant.

use crate::simulate::{mean, run, scenarios, text};
use proptest::prelude::*;
use sparksim::record::{Record, Sink, Step};
use sparksim::units::Time;
use sparksim::{experiment, scenario};
use std::collections::BTreeSet;

/// Two nodes with one replica each. The first is down from 8 s to 12 s: the request that began at
/// 5 s fails after 3 s of service, the replica's new container has no room until 12 s and starts for
/// 2 s. The request of 9 s finds only the other replica, which is busy until 15.5 s.
#[test]
fn a_node_that_crashes_takes_its_replica_along() {
    let results = text(
        r#"
[run]
duration = "30s"
replications = 1
[nodes.worker]
count = 2
cpu = "1"
memory = "4Gi"
[services.api]
replicas = 2
requests = { cpu = "1", memory = "1Gi" }
start-time = "2s"
service-time = "10s"
balancer = "round-robin"
[faults.crash]
node-crash = { pool = "worker", node = 0, at = ["8s"], repair = "4s" }
[workloads.users]
target = "services.api"
arrivals = { at = ["5s", "5.5s", "9s"] }
"#,
    );
    assert_eq!(mean(&results, "services.api.failed"), 1.0);
    assert_eq!(mean(&results, "services.api.completed"), 2.0);
    assert_eq!(mean(&results, "services.api.wasted_seconds"), 3.0);
    assert_eq!(mean(&results, "services.api.latency.max"), 16.5);
    assert_eq!(
        mean(&results, "services.api.replicas"),
        (6.0 + 16.0 + 28.0) / 30.0
    );
    assert_eq!(mean(&results, "cluster.availability"), 56.0 / 60.0);
    assert_eq!(mean(&results, "cluster.mttr"), 4.0);
    assert_eq!(mean(&results, "cluster.node_failures"), 1.0);
    assert_eq!(mean(&results, "cluster.containers_lost"), 1.0);
    assert_eq!(mean(&results, "cluster.container_restarts"), 0.0);
}

/// Up at 1 s, killed at 10 s, back after 10 s and 1 s, killed at 25 s, back after 20 s and 1 s,
/// killed at 50 s, back after 40 s and 1 s. After 10 min the failures are forgiven: killed at 700 s,
/// back after 10 s and 1 s.
#[test]
fn a_replica_that_is_killed_restarts_in_place_with_back_off() {
    let results = text(
        r#"
[run]
duration = "800s"
replications = 1
[services.api]
start-time = "1s"
service-time = "1s"
[faults.kills]
container-kill = { target = "services.api", at = ["10s", "25s", "30s", "50s", "700s"] }
[workloads.users]
target = "services.api"
arrivals = { at = ["9.5s", "15s", "22s"] }
"#,
    );
    // The kill at 30 s finds nothing that runs.
    assert_eq!(mean(&results, "cluster.container_restarts"), 4.0);
    assert_eq!(mean(&results, "cluster.containers_lost"), 0.0);
    let up = 9.0 + 4.0 + 4.0 + 609.0 + 89.0;
    assert_eq!(mean(&results, "services.api.replicas"), up / 800.0);
    assert_eq!(mean(&results, "services.api.failed"), 2.0);
    assert_eq!(mean(&results, "services.api.completed"), 1.0);
}

const SPARK: &str = r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
placement = "first-fit"
[nodes.worker]
count = 2
cpu = "2"
memory = "8Gi"
[apps.job]
conf = { "spark.executor.instances" = 2 }
[apps.job.stages.map]
tasks = 4
task-time = "10s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s"] }
"#;

/// Driver and one executor share the first node, the other executor has the second. Two waves of
/// 10 s. The second node goes for good at 15 s, 5 s into a task of the second wave, which runs again
/// on the first node from 20 s to 30 s.
#[test]
fn a_lost_executor_costs_its_task_a_second_time() {
    let fault = "[faults.crash]\nnode-crash = { node = 1, at = [\"15s\"] }\n";
    let results = text(&format!("{SPARK}{fault}"));
    assert_eq!(mean(&results, "apps.job.latency.mean"), 30.0);
    assert_eq!(mean(&results, "apps.job.finished"), 1.0);
    assert_eq!(mean(&results, "cluster.containers_lost"), 1.0);
}

#[test]
fn a_lost_driver_is_the_end_of_its_application() {
    let fault = "[faults.crash]\nnode-crash = { node = 0, at = [\"15s\"], repair = \"1s\" }\n";
    let results = text(&format!("{SPARK}{fault}"));
    assert_eq!(mean(&results, "apps.job.finished"), 0.0);
    assert_eq!(mean(&results, "apps.job.failed"), 1.0);
}

/// A node that is cut off keeps what it has and takes nothing new: with both nodes cut off, the
/// application that comes at 5 s waits for the end of the shorter partition at 12 s.
#[test]
fn a_node_that_is_cut_off_takes_nothing_new() {
    let fault = r#"
[faults.split]
partition = { pool = "worker", node = 0, at = ["3s"], repair = "10s" }
[faults.other]
partition = { pool = "worker", node = 1, at = ["4s"], repair = "8s" }
"#;
    let scenario = format!("{SPARK}{fault}").replace("[\"0s\"]", "[\"0s\", \"5s\"]");
    let results = text(&scenario);
    // The first application ends at 20 s as if nothing had happened. The second has its driver on
    // the second node at 12 s, beside an executor of the first; its executors wait until 20 s.
    assert_eq!(mean(&results, "cluster.containers_lost"), 0.0);
    assert_eq!(mean(&results, "apps.job.latency.max"), 35.0);
}

/// What cannot be reached for longer than `evict-after` is given up.
#[test]
fn a_long_partition_loses_what_is_behind_it() {
    let fault = "[faults.split]\n\
        partition = { node = 1, at = [\"3s\"], repair = \"1h\", evict-after = \"12s\" }\n";
    let results = text(&format!("{SPARK}{fault}"));
    // As if the node had crashed at 15 s.
    assert_eq!(mean(&results, "apps.job.latency.mean"), 30.0);
    assert_eq!(mean(&results, "cluster.containers_lost"), 1.0);
}

/// One second of processor time at half the speed.
#[test]
fn a_slow_node_computes_slowly_until_it_is_over() {
    let results = text(
        r#"
[run]
duration = "40s"
replications = 1
[nodes.worker]
cpu = "1"
memory = "4Gi"
[services.api]
service-time = "0s"
cpu-time = "1s"
[faults.slow]
slow-node = { speed = 0.5, at = ["10s"], repair = "20s" }
[workloads.users]
target = "services.api"
arrivals = { at = ["5s", "20s", "35s"] }
"#,
    );
    assert_eq!(mean(&results, "services.api.latency.max"), 2.0);
    assert_eq!(mean(&results, "services.api.latency.mean"), 4.0 / 3.0);
}

/// All nodes of a zone are down together, and those of the other are not.
#[test]
fn a_zone_goes_as_a_whole() {
    let results = text(
        r#"
[run]
duration = "100s"
replications = 1
[nodes.worker]
count = 4
cpu = "1"
memory = "4Gi"
zones = ["a", "b"]
[services.api]
replicas = 4
requests = { cpu = "1" }
service-time = "1s"
[faults.zone]
zone-outage = { zone = "b", at = ["40s"], repair = "10s" }
[workloads.users]
target = "services.api"
arrivals = { deterministic = { interval = "5s" } }
"#,
    );
    assert_eq!(mean(&results, "cluster.availability"), 380.0 / 400.0);
    assert_eq!(mean(&results, "services.api.replicas"), 3.8);
}

/// Remembers every instant at which anything was recorded.
#[derive(Debug, Default)]
struct Instants(BTreeSet<Time>);

impl Sink for Instants {
    fn record(&mut self, record: &Record) {
        match *record {
            Record::AttemptEnded { sent, ended, .. } => self.0.extend([sent, ended]),
            Record::TaskEnded { started, ended, .. } => self.0.extend([started, ended]),
            Record::ContainerStarted { times, running, .. } => self.0.extend([
                times.pending,
                times.placed,
                times.attached,
                times.pulled,
                times.unpacked,
                running,
            ]),
            Record::ExecutionEnded { times, .. } => self.0.extend([
                times.submitted,
                times.first_job,
                times.last_job,
                times.ended,
            ]),
            _ => {}
        }
    }

    fn step(&mut self, step: &Step) {
        self.0.insert(step.time);
    }
}

/// A small world with images, a service that calls, scales and submits, and an application.
const WORLD: &str = r#"
[run]
duration = "40s"
replications = 1
[layers]
base = { size = "100MB", unpacked = "200MB" }
app = { size = "50MB", unpacked = "100MB" }
[images]
spark = ["base", "app"]
api = ["base"]
[registry]
bandwidth = "100MB/s"
[nodes.worker]
count = 3
cpu = "3"
memory = "8Gi"
unpack = "200MB/s"
network = "400Mbps"
[storage.s3]
bandwidth = "60MB/s"
latency = "100ms"
[services.api]
image = "api"
replicas = 3
requests = { cpu = "500m", memory = "512Mi" }
start-time = "1s"
service-time = "2s"
balancer = "round-robin"
timeout = "5s"
retries = { max = 2, backoff = "1s" }
calls = [{ service = "store" }]
[services.store]
replicas = 2
queue = "central"
requests = { cpu = "500m", memory = "512Mi" }
start-time = "500ms"
service-time = "700ms"
[services.store.volumes]
size = "1GB"
attach-time = "300ms"
[apps.etl]
volumes = [{ size = "1GB", attach-time = "200ms" }]
image = "spark"
conf = { "spark.executor.instances" = 3, "spark.kubernetes.allocation.batch.size" = 2 }
[apps.etl.stages.map]
tasks = 6
input = { size = "20MB", storage = "s3" }
shuffle-write = "10MB"
task-time = "3s"
[apps.etl.stages.reduce]
parents = ["map"]
tasks = 2
task-time = "2s"
[workloads.users]
target = "services.api"
arrivals = { deterministic = { interval = "1.5s" } }
[workloads.nightly]
target = "apps.etl"
arrivals = { at = ["4s", "20s"] }
"#;

fn load(text: &str) -> scenario::Loaded {
    let loaded = scenario::load_text("test", text, &scenarios(), &[]);
    loaded.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Whatever happens when a node goes, at whichever instant: everything still adds up. (A run whose
/// audit fails is an error.)
#[test]
fn every_node_can_be_killed_at_every_instant() {
    let mut instants = Instants::default();
    experiment::trace(&load(WORLD).model, &mut instants);
    assert!(instants.0.len() > 50, "{} instants", instants.0.len());
    for node in 0..3 {
        for instant in &instants.0 {
            let at = instant.nanos() as f64 / 1e9;
            let fault = format!(
                "[faults.crash]\nnode-crash = {{ node = {node}, at = [{at:?}], repair = \"7s\" }}\n"
            );
            let results = run(&load(&format!("{WORLD}{fault}")), 1);
            assert_eq!(mean(&results, "cluster.node_failures"), 1.0, "{fault}");
        }
    }
}

fn faults() -> impl Strategy<Value = String> {
    let time = prop_oneof![
        (1_u32..60).prop_map(|at| format!("at = [{at}]")),
        (5_u32..60).prop_map(|mean| format!("every = {{ exponential = {{ mean = {mean} }} }}")),
    ];
    let repair = prop_oneof![
        Just(String::new()),
        (0_u32..20).prop_map(|repair| format!(", repair = {repair}")),
    ];
    let kinds = prop::sample::select(vec![
        "node-crash = { pool = \"worker\", TIME }",
        "node-crash = { TIME }",
        "zone-outage = { zone = \"a\", TIME }",
        "slow-node = { TIME }",
        "partition = { zone = \"b\", evict-after = 4, TIME }",
        "registry-outage = { TIME }",
        "spot-reclaim = { pool = \"worker\", fraction = 0.5, notice = 1, KILL }",
        "spot-reclaim = { pool = \"worker\", zone = \"a\", KILL }",
        "container-kill = { target = \"services.api\", KILL }",
        "container-kill = { target = \"services.store\", KILL }",
        "container-kill = { target = \"apps.etl\", KILL }",
        "container-kill = { target = \"apps.etl.driver\", KILL }",
    ]);
    let one = (kinds, time, repair).prop_map(|(kind, time, repair)| {
        kind.replace("TIME", &format!("{time}{repair}"))
            .replace("KILL", &time)
    });
    prop::collection::vec(one, 1..4).prop_map(|faults| {
        let faults = faults.iter().enumerate();
        let tables = faults.map(|(number, fault)| format!("[faults.f{number}]\n{fault}\n"));
        tables.collect()
    })
}

const POLICIES: [&str; 7] = [
    "kube-default",
    "best-fit",
    "random",
    "round-robin",
    "spread",
    "most-allocated",
    "lp",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Random faults on random clusters under random policies: free is capacity less what is held,
    /// and everything else that the audit looks at holds too.
    #[test]
    fn whatever_goes_wrong_adds_up(
        faults in faults(),
        policy in prop::sample::select(&POLICIES[..]),
        count in 1_u32..5,
        cpu in 2_u32..5,
        (scales, bound, grace) in any::<(bool, bool, bool)>(),
        seed in 0_u64..1000,
    ) {
        let mut scenario = WORLD
            .replace("replications = 1", &format!("replications = 2\nseed = {seed}"))
            .replace("count = 3", &format!("count = {count}\nzones = [\"a\", \"b\"]"))
            .replace("cpu = \"3\"", &format!("cpu = \"{cpu}\""))
            .replace("unpack =", "spot = { notice = 2, replacement-delay = 3 }\nunpack =");
        if bound {
            let attach = "attach-time = \"300ms\"";
            scenario = scenario.replace(attach, &format!("{attach}\nzone-bound = true"));
        }
        if count == 1 {
            scenario = scenario.replace("zones = [\"a\", \"b\"]", "zones = [\"a\"]");
        }
        if scales {
            let autoscale = "autoscale = { hpa = { metric = \"concurrency\", target = 2, min = 1, max = 5 } }";
            scenario = scenario.replace("replicas = 3", autoscale);
        }
        if grace {
            let start = "start-time = \"1s\"";
            scenario = scenario.replace(start, &format!("{start}\ntermination-grace = \"1.5s\""));
        }
        let faults = if count == 1 { faults.replace("\"b\"", "\"a\"") } else { faults };
        let text = format!("{scenario}[cluster]\nplacement = \"{policy}\"\n{faults}");
        run(&load(&text), 1);
    }
}

/// What is wrong with a fault is said where it stands.
#[test]
fn wrong_faults_are_explained() {
    let faults = r#"
[faults.nothing]
[faults.both]
node-crash = { node = 7, at = ["1s"] }
[faults.when]
node-crash = { pool = "wrker", at = ["1s"] }
[faults.never]
node-crash = { pool = "worker" }
[faults.target]
container-kill = { target = "services.apy", at = ["1s"] }
[faults.form]
container-kill = { target = "nodes.worker", at = ["1s"] }
[faults.zone]
zone-outage = { zone = "a", at = ["1s"] }
"#;
    let error = scenario::load_text("test", &format!("{SPARK}{faults}"), &scenarios(), &[]);
    insta::assert_snapshot!(error.unwrap_err().to_string(), @r#"
    error: `faults.nothing` does not say what happens
      --> test:20:1
       |
    20 | [faults.nothing]
       | ^^^^^^^^^^^^^^^^ exactly one kind of fault belongs here
       |
    help: one of `node-crash`, `zone-outage`, `slow-node`, `partition`, `registry-outage`, `container-kill` and `spot-reclaim`, e.g. `node-crash = { pool = "general", every = { exponential = { mean = "4h" } }, repair = "10m" }`

    error: there is no node number 7
      --> test:22:23
       |
    22 | node-crash = { node = 7, at = ["1s"] }
       |                       ^ the pool's nodes are 0 to 1

    error: there is no node pool named `wrker`
      --> test:24:23
       |
    24 | node-crash = { pool = "wrker", at = ["1s"] }
       |                       ^^^^^^^ did you mean `worker`?
       |
    help: `[nodes]` has `worker`

    error: `faults.never.node-crash` does not say when
      --> test:26:14
       |
    26 | node-crash = { pool = "worker" }
       |              ^^^^^^^^^^^^^^^^^^^
       |
    help: give `at = ["1h", "90m"]` or `every = { exponential = { mean = "4h" } }`

    error: there is no service named `apy`
      --> test:28:29
       |
    28 | container-kill = { target = "services.apy", at = ["1s"] }
       |                             ^^^^^^^^^^^^^^ not in `[services]`
       |
    help: the scenario has no `[services]`

    error: `nodes.worker` has no containers
      --> test:30:29
       |
    30 | container-kill = { target = "nodes.worker", at = ["1s"] }
       |                             ^^^^^^^^^^^^^^ expected `services.NAME`, `apps.NAME` or `apps.NAME.driver`

    error: there is no zone named `a`
      --> test:32:24
       |
    32 | zone-outage = { zone = "a", at = ["1s"] }
       |                        ^^^ no node has a `zones` with it
    "#);
}
