//! Object stores and zones as applications use them, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// Two tasks at once, in one executor, each of which reads 100 MB and computes for a second.
fn reading(store: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
cpu = "8"
memory = "32Gi"
network = "10Gbps"
[storage.s3]
{store}
[apps.job]
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = 2 }}
[apps.job.stages.scan]
tasks = 2
input = {{ size = "100MB", storage = "s3" }}
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

fn near(results: &Results, metric: &str, value: f64) {
    let found = mean(results, metric);
    assert!((found - value).abs() < 1e-9, "{metric}: {found}");
}

/// Half of 100 MB/s each: 2 s, then a second of their own.
#[test]
fn tasks_share_a_store() {
    let results = reading("bandwidth = \"100MB/s\"");
    near(&results, "apps.job.run_time.max", 3.0);
    near(&results, "storage.s3.bytes_read", 200e6);
    near(&results, "storage.s3.transfer_time.max", 2.0);
}

/// Ten requests of 10 MB each, one after the other, are answered after a second in all.
#[test]
fn tasks_wait_for_the_latencies_of_their_requests() {
    let results = reading(
        "bandwidth = \"100MB/s\"\nlatency = \"100ms\"\nrequest-size = \"10MB\"\n\
         request-price = 1",
    );
    near(&results, "apps.job.run_time.max", 4.0);
    near(&results, "storage.s3.requests", 20.0);
    near(&results, "apps.job.cost", 0.02);
    near(&results, "cluster.cost", 0.02);
}

/// Twenty requests at four a second.
#[test]
fn tasks_wait_for_the_rate_of_requests() {
    let results = reading("request-rate = \"4/s\"\nrequest-size = \"10MB\"");
    near(&results, "apps.job.run_time.max", 6.0);
}

/// An executor on each of two nodes. Each writes 30 MB for each of two readers, so each reader finds
/// half of what it reads in the other's zone: 60 MB cross in all, at 5 a GB.
#[test]
fn a_shuffle_across_zones_is_paid_for() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
placement = "spread"
[network]
cross-zone-price = 5
[nodes.worker]
count = 2
zones = ["a", "b"]
cpu = "3"
memory = "8Gi"
network = "1Gbps"
[apps.job]
conf = { "spark.executor.instances" = 2, "spark.executor.cores" = 1 }
placement = { anti-affinity = "nodes" }
driver-placement = {}
[apps.job.stages.map]
tasks = 2
shuffle-write = "60MB"
task-time = "1s"
[apps.job.stages.reduce]
parents = ["map"]
tasks = 2
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s"] }
"#,
    );
    near(&results, "cluster.cross_zone_bytes", 60e6);
    near(&results, "cluster.cross_zone_cost", 0.3);
    near(&results, "apps.job.cost", 0.3);
}

/// Each of two tasks computes for a second and writes 100 MB, both over 100 MB/s. The application is
/// submitted at 10 s, so what it has written is there from 13 s on. The store holds 2 GB besides; a GB
/// costs 1 for an hour, since a month has 730.
fn writing(store: &str) -> Results {
    text(&format!(
        r#"
[run]
duration = "2h"
replications = 1
[nodes.worker]
cpu = "8"
memory = "32Gi"
[budgets.team]
[storage.s3]
bandwidth = "100MB/s"
{store}
[apps.job]
budget = "team"
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = 2 }}
[apps.job.stages.export]
tasks = 2
output = {{ size = "100MB", storage = "s3" }}
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["10s"] }}
"#
    ))
}

#[test]
fn what_is_stored_is_paid_for_by_whoever_wrote_it_and_the_rest_is_shared() {
    let results = writing("stored = \"2GB\"\nprice = 730");
    near(&results, "apps.job.latency.max", 3.0);
    let written = 0.2 * (7200.0 - 13.0) / 3600.0;
    for metric in ["apps.job.cost", "budgets.team.cost", "nodes.worker.cost"] {
        near(&results, metric, written);
    }
    near(&results, "cluster.shared_cost", 4.0);
    near(&results, "cluster.idle_cost", 0.0);
    for metric in ["cluster.cost", "cluster.stored_cost", "storage.s3.cost"] {
        near(&results, metric, 4.0 + written);
    }
    near(
        &results,
        "cluster.cost_per_hour",
        f64::midpoint(4.0, written),
    );
    let stored = mean(&results, "storage.s3.stored_bytes");
    assert!((stored - (2e9 + 0.2e9 * 7187.0 / 7200.0)).abs() < 1.0);
}

/// Nobody pays for more than before, and without a price what is stored is only measured.
#[test]
fn what_replaces_something_takes_no_room() {
    let results = writing("stored = \"2GB\"\nprice = 730\nwritten = \"replaces\"");
    near(&results, "apps.job.cost", 0.0);
    near(&results, "cluster.cost", 4.0);
    near(&results, "storage.s3.stored_bytes", 2e9);
    let unpriced = writing("stored = \"2GB\"");
    assert!(mean(&unpriced, "storage.s3.stored_bytes") > 2.19e9);
    let costs = unpriced.figures.iter();
    assert_eq!(costs.filter(|it| it.metric.contains("cost")).count(), 0);
}
