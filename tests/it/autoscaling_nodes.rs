//! Nodes that come and go, against timelines that can be computed by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// An image of 300 MB, 600 MB unpacked, and an application that wants it at 3 s.
const APPLICATION: &str = r#"
[layers]
all = { size = "300MB", unpacked = "600MB" }
[images]
spark = ["all"]
[registry]
bandwidth = "100MB/s"
[apps.job]
image = "spark"
start-time = "2s"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 4, "spark.executor.memory" = "1g" }
stages.map = { tasks = 4, task-time = "1s" }
[workloads.once]
target = "apps.job"
arrivals = { at = ["3s"] }
"#;

const POOL: &str = r#"
[nodes.worker]
cpu = "8"
memory = "32Gi"
unpack = "200MB/s"
price = 3.6
"#;

fn run(horizon: &str, rest: &str) -> Results {
    text(&format!("[run]\nreplications = 1\n{horizon}\n{rest}"))
}

/// The autoscaler looks at 10 s and the node is there at 70 s. 3 s of pull, 3 s of unpacking, 2 s to
/// start the driver, 2 s to start the executor beside it, 1 s of work: the end is at 81 s.
#[test]
fn a_node_boots_pulls_and_starts_what_waits_for_it() {
    let pool = format!("{POOL}autoscale = {{ max = 4, boot = \"60s\" }}\n");
    let rest = format!("{APPLICATION}{pool}");
    let results = run("horizon = \"terminating\"", &rest);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 78.0);
    assert_eq!(mean(&results, "nodes.worker.nodes_added"), 1.0);
    assert_eq!(mean(&results, "cluster.pending_time.max"), 67.0);
    assert_eq!(mean(&results, "cluster.nodes"), 11.0 / 81.0);
    // Karpenter looks a second after the request.
    let karpenter = format!("[cluster]\nautoscaler = \"karpenter\"\n{rest}");
    let results = run("horizon = \"terminating\"", &karpenter);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 72.0);
}

/// The application ends at 81 s. The node is seen idle at 90 s and leaves at 690 s. It was asked for
/// at 10 s, so 680 s of it are paid for, and it took containers for 620 s.
#[test]
fn an_idle_node_leaves_after_ten_minutes_and_costs_nothing_any_more() {
    let pool = format!("{POOL}autoscale = {{ max = 4, boot = \"60s\" }}\n");
    let results = run("duration = \"20min\"", &format!("{APPLICATION}{pool}"));
    assert_eq!(mean(&results, "nodes.worker.nodes_removed"), 1.0);
    assert_eq!(mean(&results, "nodes.worker.nodes"), 620.0 / 1200.0);
    assert!((mean(&results, "cluster.cost") - 0.68).abs() < 1e-9);
    // One that has to stay stays.
    let kept = format!("{POOL}autoscale = {{ min = 1, max = 4, boot = \"60s\" }}\n");
    let results = run("duration = \"20min\"", &format!("{APPLICATION}{kept}"));
    assert_eq!(mean(&results, "nodes.worker.nodes"), 1.0);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 11.0);
}

/// Two nodes with a replica each, both idle: at 10 s the autoscaler sees it, at 70 s the first leaves
/// and its replica starts again on the second. A replica that must not be moved keeps its node.
#[test]
fn a_node_whose_containers_fit_elsewhere_leaves() {
    let scenario = |placement: &str| {
        run(
            "duration = \"200s\"",
            &format!(
                "{POOL}count = 2\n\
                 autoscale = {{ min = 1, max = 4, scale-down-after = \"60s\" }}\n\
                 [services.s]\nreplicas = 2\nservice-time = \"1s\"\n\
                 requests = {{ cpu = \"1\", memory = \"1Gi\" }}\n{placement}\n\
                 [workloads.w]\ntarget = \"services.s\"\narrivals = {{ at = [\"100s\"] }}\n"
            ),
        )
    };
    let moved = scenario("");
    assert_eq!(mean(&moved, "nodes.worker.nodes_removed"), 1.0);
    assert_eq!(mean(&moved, "nodes.worker.nodes"), 270.0 / 200.0);
    assert_eq!(mean(&moved, "cluster.containers_lost"), 1.0);
    assert_eq!(mean(&moved, "services.s.completed"), 1.0);
    let pinned = scenario("placement = { safe-to-evict = false }");
    assert_eq!(mean(&pinned, "nodes.worker.nodes_removed"), 0.0);
    assert_eq!(mean(&pinned, "nodes.worker.nodes"), 2.0);
}

/// A driver that waits for two executors of four cores makes the pool grow for all three at once; one
/// that does not starts on the first node, and its second executor makes the pool grow again.
#[test]
fn a_gang_gets_all_its_nodes_at_once() {
    let scenario = |gang: &str| {
        run(
            "horizon = \"terminating\"",
            &format!(
                "{POOL}autoscale = {{ max = 4, boot = \"60s\" }}\n[apps.job]\n{gang}\n\
                 conf = {{ \"spark.executor.instances\" = 2, \"spark.executor.cores\" = 4 }}\n\
                 stages.map = {{ tasks = 8, task-time = \"100s\" }}\n\
                 [workloads.once]\ntarget = \"apps.job\"\narrivals = {{ at = [\"3s\"] }}\n"
            ),
        )
    };
    let gang = scenario("gang = { min = 2 }");
    assert_eq!(mean(&gang, "nodes.worker.nodes_added"), 2.0);
    // Asked for at 10 s, there at 70 s, eight tasks on eight slots.
    assert_eq!(mean(&gang, "apps.job.latency.mean"), 167.0);
    let alone = scenario("");
    assert_eq!(mean(&alone, "nodes.worker.nodes_added"), 2.0);
    // The second executor waits from 70 s to 130 s: four tasks are done at 170 s by the first, and
    // the other four have run on the second since 130 s.
    assert_eq!(mean(&alone, "apps.job.latency.mean"), 227.0);
}

/// Half of two nodes every 100 s: warned at 100 s, gone at 120 s, replaced at 150 s; again 100 s
/// later. What is lost starts again on the other node.
#[test]
fn spot_nodes_are_taken_back_and_replaced() {
    let results = run(
        "duration = \"300s\"",
        &format!(
            "{POOL}count = 2\nzones = [\"a\"]\n\
             [nodes.worker.spot]\nprice = 0.36\nnotice = \"20s\"\nreplacement-delay = \"30s\"\n\
             reclaim = {{ every = \"100s\", fraction = 0.5 }}\n\
             [services.s]\nreplicas = 2\nservice-time = \"1s\"\n\
             requests = {{ cpu = \"1\", memory = \"1Gi\" }}\n\
             placement = {{ anti-affinity = \"nodes\" }}\n\
             [workloads.w]\ntarget = \"services.s\"\narrivals = {{ at = [\"1s\"] }}\n"
        ),
    );
    assert_eq!(mean(&results, "nodes.worker.nodes_reclaimed"), 2.0);
    assert_eq!(mean(&results, "nodes.worker.nodes"), 540.0 / 300.0);
    assert_eq!(mean(&results, "cluster.containers_lost"), 2.0);
    assert!((mean(&results, "cluster.cost") - 0.054).abs() < 1e-9);
}

/// A node holds one replica. The first is busy all the time: at 15 s the HPA wants two, at 20 s the
/// autoscaler sees the second waiting, at 80 s its node is there. At 90 s the HPA wants four, the
/// autoscaler sees it at once, and at 150 s there are four nodes.
#[test]
fn the_autoscaler_of_pods_and_that_of_nodes_follow_each_other() {
    let results = run(
        "duration = \"200s\"",
        r#"
[nodes.worker]
cpu = "1"
memory = "4Gi"
autoscale = { min = 1, max = 4, boot = "60s" }
[services.s]
service-time = "1s"
queue-capacity = 5
requests = { cpu = "1", memory = "1Gi" }
autoscale = { hpa = { metric = "cpu", target = 0.5, min = 1, max = 4 } }
balancer = "join-shortest-queue"
[workloads.w]
target = "services.s"
arrivals = { deterministic = { interval = "100ms" } }
"#,
    );
    assert_eq!(mean(&results, "nodes.worker.nodes_added"), 3.0);
    assert_eq!(
        mean(&results, "nodes.worker.nodes"),
        (200.0 + 120.0 + 2.0 * 50.0) / 200.0
    );
    // A replica takes requests as soon as its node is there.
    assert_eq!(mean(&results, "services.s.replicas"), 2.1);
}

/// The examples of the page about autoscaling run as they stand.
#[test]
fn the_examples_of_the_documentation_run() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/autoscaling.md")).unwrap();
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let results = text(block.split("```").next().unwrap());
        assert!(mean(&results, "nodes.batch.nodes_added") > 0.0);
    }
}
