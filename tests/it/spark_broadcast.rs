//! What drivers send to their executors, against timelines by hand.

use crate::simulate::{mean, text};
use proptest::prelude::*;
use sparksim::experiment::Results;
use sparksim::scenario;
use std::path::Path;

/// The driver alone on a node of 100 MB/s, and `count` nodes of as much with an executor each.
fn scenario_of(count: u32, cores: u32, conf: &str, rest: &str) -> String {
    format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
placement = "first-fit"
[nodes.driver]
cpu = "100m"
memory = "2Gi"
network = "100MB/s"
[nodes.n]
count = {count}
cpu = "{cores}"
memory = "64Gi"
network = "100MB/s"
[apps.a.conf]
"spark.kubernetes.driver.request.cores" = "100m"
"spark.executor.instances" = {count}
"spark.executor.cores" = {cores}
"spark.executor.memory" = "2g"
"spark.kubernetes.allocation.batch.size" = 100
{conf}
{rest}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    )
}

fn run(count: u32, cores: u32, conf: &str, rest: &str) -> Results {
    text(&scenario_of(count, cores, conf, rest))
}

fn stage(tasks: u32, size: &str) -> String {
    format!("[apps.a.stages.join]\ntasks = {tasks}\ntask-time = \"1s\"\nbroadcast = \"{size}\"\n")
}

const ONE_BLOCK: &str = "\"spark.broadcast.blockSize\" = \"1g\"";

fn span(results: &Results) -> f64 {
    mean(results, "apps.a.job_span.mean")
}

fn sent(results: &Results) -> f64 {
    mean(results, "apps.a.broadcast_bytes")
}

/// 40 MB in ten blocks take 0.4 s, and all tasks of the executor wait for them, once.
#[test]
fn an_executor_reads_it_once() {
    for (cores, tasks, expected) in [(1, 1, 1.4), (4, 4, 1.4), (2, 6, 3.4)] {
        let results = run(1, cores, "", &stage(tasks, "40MB"));
        assert_eq!(span(&results), expected);
        assert_eq!(sent(&results), 40e6);
        assert_eq!(mean(&results, "apps.a.input_bytes"), 0.0);
    }
}

/// In one block all of n executors have it from the driver, n times 0.5 s.
#[test]
fn one_block_comes_from_the_driver() {
    for count in [1, 2, 4, 7] {
        let results = run(count, 1, ONE_BLOCK, &stage(count, "50MB"));
        assert_eq!(span(&results), 1.0 + 0.5 * f64::from(count));
        assert_eq!(sent(&results), 50e6 * f64::from(count));
    }
}

/// In many blocks executors have most of it from each other: the driver alone would need 8 × 2.68 s.
#[test]
fn many_blocks_come_from_each_other() {
    let results = run(8, 1, "", &stage(8, "256MiB"));
    let took = span(&results) - 1.0;
    assert!(2.68 < took && took < 4.0 * 2.68, "{took}");
    assert_eq!(sent(&results), 8.0 * f64::from(256 << 20));
}

/// What is on the driver's own node, and what nothing limits, takes no time; without it nothing is
/// written of it.
#[test]
fn what_is_near_takes_no_time() {
    let nodes = "[nodes.driver]\ncpu = \"100m\"";
    let beside = |rest: &str| {
        let scenario = scenario_of(1, 1, "", rest);
        text(
            &scenario
                .replace(nodes, "[nodes.driver]\ncpu = \"2\"")
                .replace("\"2Gi\"", "\"9Gi\""),
        )
    };
    let results = beside(&stage(2, "40MB"));
    assert_eq!((span(&results), sent(&results)), (2.0, 40e6));
    let plain = beside("[apps.a]\nstages.join = { tasks = 2, task-time = \"1s\" }\n");
    assert_eq!(span(&plain), 2.0);
    assert!(plain.figures.iter().all(|it| !it.metric.contains("_bytes")));
}

/// 2 GiB − 300 MB, half of it: 874 MiB. 64 MiB in blocks, and as much as a value, are storage: the
/// task has the rest, and spills all of it once. What is not protected goes, and what another job
/// has read has gone.
#[test]
fn it_takes_storage_memory_as_long_as_its_job_runs() {
    let mebi = f64::from(1 << 20);
    let spilled = |storage: &str, app: &str, stages: &str| {
        let conf = format!("\"spark.memory.fraction\" = 0.5\n{storage}");
        let results = run(1, 1, &conf, &format!("[apps.a]\n{app}\n{stages}"));
        mean(&results, "apps.a.spilled_bytes") / mebi
    };
    let both =
        "stages.s = { tasks = 1, task-time = 1, task-memory = \"874MiB\", broadcast = \"64MiB\" }";
    assert_eq!(spilled("", "", both), 874.0 - 128.0);
    assert_eq!(
        spilled("\"spark.memory.storageFraction\" = 0", "", both),
        0.0
    );
    // The value is seven times as large, and what is spilled is compressed.
    let protected = "\"spark.memory.storageFraction\" = 1";
    let compressed = spilled(protected, "compression = 7", both);
    assert!((compressed - (874.0 - 512.0) * 2.0 / 7.0).abs() < 1e-6);
    let after = "jobs.one.stages.s = { tasks = 1, task-time = 1, broadcast = \"64MiB\" }\n\
                 [apps.a.jobs.two]\nafter = [\"one\"]\n\
                 stages.s = { tasks = 1, task-time = 1, task-memory = \"874MiB\" }";
    assert_eq!(spilled("", "", after), 0.0);
}

/// 824 MiB are alive besides, and 100 MiB twice: half of 2 GiB. A task that allocates 100 MiB/s
/// takes a tenth longer, once it has read 100 MiB in 1.05 s.
#[test]
fn it_is_alive_in_the_heap() {
    let rest = "[apps.a]\ngc = { allocation-rate = \"100MiB/s\", collection-rate = \"1000MiB/s\", \
                live = \"824MiB\" }\n\
                stages.s = { tasks = 1, task-time = \"10s\", broadcast = \"100MiB\" }\n";
    let results = run(1, 1, "", rest);
    let reading = 1.048_576;
    assert!(
        (span(&results) - (11.0 + reading)).abs() < 1e-8,
        "{}",
        span(&results)
    );
}

#[test]
fn what_is_not_compressed_is_larger() {
    let sent = |app: &str, conf: &str| {
        let results = run(
            1,
            1,
            conf,
            &format!("[apps.a]\n{app}\n{}", stage(1, "40MB")),
        );
        sent(&results)
    };
    let off = "\"spark.broadcast.compress\" = false";
    assert_eq!(sent("compression = 3", off), 120e6);
    assert_eq!(sent("compression = 3", ""), 40e6);
    assert_eq!(sent("", off), 40e6);
}

/// An executor comes at 2 s to fast nodes behind a slow link, where 400 MB take 4 s, and is given
/// copies of the two slow tasks. The original of one ends at 4 s: if its copy was the one that
/// fetched, the other goes on with what is there, but for the block that was on its way.
#[test]
fn a_task_that_is_killed_hands_over_what_it_fetches() {
    let rest = |skew: &str| {
        format!(
            r#"
[nodes.z]
cpu = "8"
memory = "64Gi"
network = "100MB/s"
speed = 10
[apps.a]
executors = [{{ count = 1 }}, {{ at = "2s", count = 1 }}]
[apps.a.stages.join]
tasks = 8
task-time = "3750ms"
skew = [1, 1, 1, 1, 1, 1, {skew}]
broadcast = "400MB"
"#
        )
    };
    let conf = "\"spark.speculation\" = true";
    let span = |skew: &str| {
        let scenario = scenario_of(1, 8, conf, &rest(skew));
        let scenario = scenario.replacen("\"100MB/s\"", "\"100GB/s\"", 2);
        let results = text(&scenario);
        assert_eq!(sent(&results), 800e6);
        span(&results)
    };
    let spans = [span("4, 20"), span("20, 4")];
    assert!(
        spans.iter().all(|span| (8.0..8.1).contains(span)),
        "{spans:?}"
    );
    assert!(spans.iter().any(|span| 8.001 < *span), "{spans:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Nodes crash while executors read: everything is run to its end, and whoever reads has read all
    /// of it. The audit of every run holds.
    #[test]
    fn crashes_do_not_lose_it(
        count in 2..5_u32,
        cores in 1..3_u32,
        size in 1..300_u32,
        crash in 1..60_u32,
        node in 0..4_u32,
    ) {
        let node = node.min(count - 1);
        let rest = format!(
            "{}[faults.crash]\nnode-crash = {{ pool = \"n\", node = {node}, at = [\"{crash}00ms\"], \
             repair = \"1s\" }}\n",
            stage(count * cores * 2, &format!("{size}MB"))
        );
        let results = run(count, cores, "", &rest);
        prop_assert_eq!(mean(&results, "apps.a.finished"), 1.0);
        let whole = f64::from(count) * f64::from(size) * 1e6;
        prop_assert!(sent(&results) <= 2.0 * whole);
        let plain = run(count, cores, "", &stage(count * cores * 2, &format!("{size}MB")));
        prop_assert_eq!(sent(&plain), whole);
    }
}

#[test]
fn wrong_values_are_explained() {
    let check = |conf: &str, stage: &str, message: &str| {
        let text = scenario_of(1, 1, conf, stage);
        let loaded = scenario::load_text("test", &text, Path::new("."), &[]);
        let error = loaded.expect_err("it is wrong").to_string();
        assert_eq!(error.lines().next(), Some(message), "{stage}");
    };
    check(
        "",
        &stage(1, "3GB"),
        "error: `apps.a.stages.join.broadcast` on too small a heap",
    );
    check(
        "\"spark.broadcast.blockSize\" = \"1k\"",
        &stage(1, "1GB"),
        "error: `apps.a.stages.join.broadcast` in too many blocks",
    );
    check(
        "\"spark.broadcast.blockSize\" = \"0k\"",
        &stage(1, "1GB"),
        "error: invalid value for `spark.broadcast.blockSize`",
    );
    check(
        "",
        &stage(1, "1GB").replace("[apps", "[apps.a]\ndeploy = \"in-replica\"\n[apps"),
        "error: `apps.a.stages.join.broadcast` is sent to nobody",
    );
}
