//! The headers of the scenarios about clusters tell the truth: the main claim of each, on fewer
//! replications or with less load beside it where that changes nothing about the claim.

use crate::simulate::{mean, shipped};
use sparksim::experiment::Results;

fn near(results: &Results, metric: &str, value: f64, within: f64) {
    let found = mean(results, metric);
    assert!(
        (found - value).abs() <= within,
        "{metric}: {found} is not {value}"
    );
}

/// What a variant changes, as `--set` would.
fn variant(file: &str, changes: &[&str], always: &[&str]) -> Results {
    let all: Vec<&str> = always.iter().chain(changes).copied().collect();
    shipped(file, &all)
}

#[test]
fn a_pull_storm_is_the_registrys_and_helped_by_what_the_header_says() {
    let run = |changes: &[&str]| variant("image-pull-storm.toml", changes, &["run.replications=2"]);
    let times = |results: &Results, pull: f64, unpack: f64, start: f64| {
        near(results, "cluster.pull_time.max", pull, 0.05);
        near(results, "cluster.unpack_time.max", unpack, 0.05);
        near(results, "apps.etl.start_delay.mean", start, 0.6);
    };
    times(&run(&[]), 31.0, 10.3, 49.0);
    times(&run(&["nodes.worker.images=[\"etl\"]"]), 0.0, 0.0, 8.0);
    let mirrors = "registry.mirrors={ a = \"20Gbps\", b = \"20Gbps\" }";
    times(&run(&[mirrors]), 9.9, 10.3, 28.0);
    times(&run(&["nodes.worker.images=[\"api\"]"]), 18.2, 5.2, 31.0);
    times(&run(&["nodes.worker.disk=\"100MB/s\""]), 31.0, 25.8, 65.0);
}

#[test]
fn an_autoscaler_lags_behind_batches_unless_nodes_are_kept() {
    let run = |changes: &[&str]| variant("autoscaler-lag.toml", changes, &["run.replications=3"]);
    let lag = run(&[]);
    near(&lag, "apps.etl.start_delay.mean", 116.0, 6.0);
    near(&lag, "nodes.batch.nodes_added", 110.0, 0.0);
    near(&lag, "nodes.batch.nodes_removed", 110.0, 0.0);
    near(&lag, "cluster.cost", 25.5, 1.0);
    let kept = run(&["nodes.batch.autoscale.scale-down-after=\"1h\""]);
    near(&kept, "apps.etl.start_delay.mean", 32.0, 3.0);
    near(&kept, "cluster.cost", 46.0, 1.0);
    let karpenter = run(&["cluster.autoscaler=\"karpenter\""]);
    near(&karpenter, "apps.etl.start_delay.mean", 112.0, 6.0);
    let warm = run(&["nodes.batch.images=[\"etl\"]"]);
    near(&warm, "apps.etl.start_delay.mean", 105.0, 6.0);
}

#[test]
fn a_spot_fleet_costs_less_and_loses_work() {
    let little = [
        "run.replications=2",
        "workloads.users.arrivals.poisson.rate=\"1/s\"",
    ];
    let run = |changes: &[&str]| variant("spot-fleet.toml", changes, &little);
    let spot = run(&[]);
    near(&spot, "cluster.cost", 26.3, 2.0);
    let steady = run(&[
        "nodes.spot.spot.price=0.8",
        "nodes.spot.spot.reclaim.every=\"1000d\"",
    ]);
    near(&steady, "cluster.cost", 64.8, 5.0);
    near(&steady, "cluster.containers_lost", 0.0, 0.0);
    near(&steady, "apps.etl.failed", 0.0, 0.0);
    let stormy = run(&[
        "nodes.spot.spot.reclaim.every={ exponential = { mean = \"1h\" } }",
        "nodes.spot.spot.reclaim.fraction=1.0",
    ]);
    near(&stormy, "cluster.containers_lost", 63.0, 30.0);
    near(&stormy, "apps.etl.failed", 11.0, 8.0);
    assert!(mean(&spot, "apps.etl.failed") < mean(&stormy, "apps.etl.failed"));
    for results in [&spot, &steady, &stormy] {
        near(results, "services.api.failed", 0.0, 0.0);
    }
}

#[test]
fn the_programme_turns_round_what_greedy_does_and_drf_lets_nobody_starve() {
    let run = |policy: &str| {
        let policy = format!("allocation.policy=\"{policy}\"");
        shipped("lp-vs-greedy-vs-drf.toml", &["run.replications=3", &policy])
    };
    let [lp, greedy, drf] = ["lp", "greedy", "drf"].map(run);
    let ml = |results: &Results| mean(results, "apps.ml.latency.mean");
    let etl = |results: &Results| mean(results, "apps.etl.latency.mean");
    assert!(ml(&lp) < ml(&drf) && ml(&drf) < ml(&greedy));
    assert!(etl(&greedy) < etl(&drf) && etl(&drf) < etl(&lp));
    for budget in ["etl", "ml", "reports"] {
        let starved = mean(&drf, &format!("budgets.{budget}.starved_seconds"));
        assert!(starved < 60.0, "{budget}: {starved}");
    }
    assert!(mean(&lp, "budgets.reports.starved_seconds") > 300.0);
}

#[test]
fn losing_a_node_costs_what_the_header_says() {
    let lost = shipped("lose-a-node.toml", &[]);
    near(&lost, "workloads.users.failed", 0.0, 0.0);
    near(&lost, "services.api.failed", 1.6, 1e-9);
    near(&lost, "apps.etl.failed_tasks", 4.0, 0.0);
    near(&lost, "apps.etl.latency.mean", 814.0, 0.5);
    near(&lost, "cluster.pending_time.max", 0.0, 0.0);
    near(&lost, "cluster.availability", 1.0 - 10.0 / 116.0, 1e-12);
    near(&lost, "cluster.mttr", 600.0, 0.0);
    let three = shipped("lose-a-node.toml", &["nodes.general.count=3"]);
    near(&three, "cluster.pending_time.max", 600.0, 0.6);
    near(&three, "apps.etl.latency.mean", 1118.0, 0.5);
    let driver = shipped("lose-a-node.toml", &["faults.lost.node-crash.node=3"]);
    near(&driver, "apps.etl.restarts", 1.0, 0.0);
    near(&driver, "apps.etl.latency.mean", 908.5, 0.5);
}

#[test]
fn nightly_etl_on_spot_nodes_costs_a_third_and_survives_a_storm() {
    let little = [
        "workloads.requests.arrivals.diurnal.rate=\"0.2/s\"",
        // As many replicas as the load keeps by night.
        "services.api.autoscale.hpa.min=8",
        "workloads.searches.arrivals.poisson.rate=\"0.1/s\"",
    ];
    let run = |changes: &[&str]| variant("shared-eks.toml", changes, &little);
    let spot = run(&[]);
    let steady = run(&[
        "nodes.spot.spot.price=0.768",
        "nodes.spot.spot.reclaim.every=\"1000d\"",
    ]);
    near(&spot, "nodes.spot.cost", 1.6, 0.2);
    near(&steady, "nodes.spot.cost", 4.8, 0.2);
    near(&spot, "nodes.steady.cost", 36.864, 1e-9);
    let storm = run(&["nodes.spot.spot.reclaim.every={ exponential = { mean = \"30min\" } }"]);
    let latency = |results: &Results| mean(results, "apps.ingest.latency.mean");
    near(&spot, "apps.ingest.latency.mean", 1600.0, 60.0);
    assert!(latency(&spot) - latency(&steady) < 60.0);
    assert!(latency(&spot) < latency(&storm));
    for results in [&spot, &steady, &storm] {
        near(results, "apps.ingest.failed", 0.0, 0.0);
        near(results, "apps.features.finished", 2.0, 0.0);
        let idle = mean(results, "cluster.idle_cost") / mean(results, "cluster.cost");
        assert!(0.5 < idle, "{idle}");
    }
}
