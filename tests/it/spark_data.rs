//! What tasks read, hold and write: input, shuffles, skew, memory, against timelines by hand.

use crate::simulate::{mean, text};
use proptest::prelude::*;
use sparksim::experiment::Results;
use sparksim::scenario;

/// One application `a` with `rest`, submitted once to `nodes`, on which an executor of one core fits
/// once each. The driver takes next to nothing.
pub(crate) fn run(nodes: &str, conf: &str, rest: &str) -> Results {
    text(&scenario_of(nodes, conf, rest))
}

fn scenario_of(nodes: &str, conf: &str, rest: &str) -> String {
    format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
placement = "first-fit"
{nodes}
[apps.a.conf]
"spark.kubernetes.driver.request.cores" = "100m"
{conf}
{rest}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    )
}

pub(crate) fn nodes(count: u32, cores: u32, links: &str) -> String {
    format!("[nodes.n]\ncount = {count}\ncpu = \"{cores}100m\"\nmemory = \"64Gi\"\n{links}\n")
}

pub(crate) fn executors(instances: u32, cores: u32) -> String {
    format!(
        "\"spark.executor.instances\" = {instances}\n\"spark.executor.cores\" = {cores}\n\
         \"spark.kubernetes.allocation.batch.size\" = {instances}"
    )
}

/// From the first submission of a job to the end of the last.
pub(crate) fn span(results: &Results) -> f64 {
    mean(results, "apps.a.job_span.mean")
}

pub(crate) fn bytes(results: &Results, what: &str) -> f64 {
    bytes_of("a", results, what)
}

fn bytes_of(app: &str, results: &Results, what: &str) -> f64 {
    mean(results, &format!("apps.{app}.{what}_bytes"))
}

/// Two maps of 1 s on two nodes write 100 MB each; the reducer has one half on its own node and
/// fetches the other at 100 MB/s in 1 s, then computes 1 s.
#[test]
fn one_reducer_reads_from_two_nodes() {
    let results = run(
        &nodes(2, 1, "network = \"100MB/s\""),
        &executors(2, 1),
        r#"
[apps.a.stages.map]
tasks = 2
task-time = "1s"
shuffle-write = "100MB"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 1
task-time = "1s"
"#,
    );
    assert_eq!(span(&results), 3.0);
    assert_eq!(bytes(&results, "shuffle_written"), 200e6);
    assert_eq!(bytes(&results, "shuffle"), 200e6);
    assert_eq!(bytes(&results, "shuffle_remote"), 100e6);
    assert_eq!(bytes(&results, "input"), 0.0);
}

/// Each of four nodes sends a quarter of its 400 MB to each of the others: 300 MB out and 300 MB in
/// at 100 MB/s, all at once, in 3 s.
#[test]
fn all_nodes_read_from_all_at_once() {
    let stages = r#"
[apps.a.stages.map]
tasks = 4
task-time = "1s"
shuffle-write = "400MB"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 4
task-time = "1s"
"#;
    let results = run(
        &nodes(4, 1, "network = \"100MB/s\""),
        &executors(4, 1),
        stages,
    );
    assert_eq!(span(&results), 5.0);
    assert_eq!(bytes(&results, "shuffle"), 1600e6);
    assert_eq!(bytes(&results, "shuffle_remote"), 1200e6);
    // The disks of 400 MB/s are written in 1 s. Then each is read by its own task and by three
    // others, which get 100/3 MB/s each from the link; its own has the rest of the disk.
    let results = run(
        &nodes(4, 1, "network = \"100MB/s\"\ndisk = \"400MB/s\""),
        &executors(4, 1),
        stages,
    );
    assert_eq!(span(&results), 6.0);
}

/// Two tasks read 100 MB each from a disk of 100 MB/s: 2 s. They compute 1 s, and write as much.
#[test]
fn tasks_of_a_node_share_its_disk() {
    let results = run(
        &nodes(1, 2, "disk = \"100MB/s\""),
        &executors(1, 2),
        r#"
[apps.a.stages.copy]
tasks = 2
task-time = "1s"
input = "100MB"
output = "100MB"
"#,
    );
    assert_eq!(span(&results), 5.0);
    assert_eq!(bytes(&results, "input"), 200e6);
    assert_eq!(bytes(&results, "output"), 200e6);
    // With one slot, one after the other: each reads 1 s, computes 1 s, writes 1 s.
    let results = run(
        &nodes(1, 1, "disk = \"100MB/s\""),
        &executors(1, 1),
        "stages.copy = { tasks = 2, task-time = \"1s\", input = \"100MB\", output = \"100MB\" }\n"
            .replace("stages", "[apps.a]\nstages")
            .as_str(),
    );
    assert_eq!(span(&results), 6.0);
}

/// Both tasks read 100 MB each from a store of 100 MB/s, and write 50 MB each there.
#[test]
fn input_and_output_pass_the_link_of_their_storage() {
    let store = "[storage.s3]\nbandwidth = \"100MB/s\"\n";
    let results = run(
        &format!(
            "{}{store}",
            nodes(2, 1, "network = \"1GB/s\"\ndisk = \"1MB/s\"")
        ),
        &executors(2, 1),
        r#"
[apps.a.stages.copy]
tasks = 2
task-time = "1s"
input = { storage = "s3", size = "100MB" }
output = { storage = "s3", size = "50MB" }
"#,
    );
    assert_eq!(span(&results), 4.0);
    assert_eq!(bytes(&results, "input"), 200e6);
    assert_eq!(bytes(&results, "output"), 100e6);
}

/// Where nothing limits a transfer it takes no time: with and without sizes everything is the same,
/// on nodes and without them.
#[test]
fn what_nothing_limits_takes_no_time_and_is_counted() {
    let stages = |sizes: &str| {
        format!(
            r#"
[apps.a.stages.map]
tasks = 40
task-time = {{ gamma = {{ mean = "800ms", cv = 0.5 }} }}
{sizes}
[apps.a.stages.reduce]
parents = ["map"]
tasks = 13
task-time = {{ exponential = {{ mean = "1s" }} }}
"#
        )
    };
    let overheads = "[apps.a]\noverheads = \"measured\"\n";
    for (nodes, before) in [
        (String::new(), ""),
        (nodes(3, 2, ""), ""),
        (nodes(3, 2, ""), overheads),
    ] {
        let nodes = if nodes.is_empty() {
            "manager = \"kubernetes\"".to_owned()
        } else {
            nodes
        };
        let conf = executors(3, 2);
        let run = |sizes| {
            let rest = format!("{before}{}", stages(sizes));
            run(&nodes, &conf, &rest)
        };
        let plain = run("");
        let sized = run("input = \"64MB\"\nshuffle-write = \"12MB\"");
        assert_eq!(span(&sized), span(&plain));
        let seconds = |results| mean(results, "apps.a.task_seconds");
        assert_eq!(seconds(&sized), seconds(&plain));
        assert_eq!(bytes(&sized, "input"), 40.0 * 64e6);
        assert_eq!(bytes(&sized, "shuffle"), 40.0 * 12e6);
        assert_eq!(bytes(&sized, "shuffle_written"), 40.0 * 12e6);
        assert!(plain.figures.iter().all(|it| !it.metric.contains("_bytes")));
    }
}

/// Sizes and computing times in the proportion 3 to 1: 1.5 s and 0.5 s where the mean is 1 s.
#[test]
fn skew_scales_sizes_and_computing_time() {
    let stages = |skew: &str| {
        format!(
            "[apps.a.stages.map]\ntasks = 2\ntask-time = \"0s\"\nshuffle-write = \"200MB\"\n\
             [apps.a.stages.reduce]\nparents = [\"map\"]\ntasks = 2\ntask-time = \"1s\"\n\
             skew = {skew}\ninput = \"50MB\"\n"
        )
    };
    let run = |skew: &str| {
        let nodes = nodes(2, 1, "network = \"100MB/s\"");
        run(&nodes, &executors(2, 1), &stages(skew))
    };
    // The larger one fetches 150 of the other node's 200 MB in 1.5 s and computes 1.5 s.
    let results = run("[3, 1]");
    assert_eq!(span(&results), 3.0);
    assert_eq!(mean(&results, "apps.a.task_seconds"), 4.0);
    assert_eq!(bytes(&results, "shuffle"), 400e6);
    assert_eq!(bytes(&results, "input"), 100e6);
    // Only proportions count.
    assert_eq!(span(&run("[300, 100]")), 3.0);
    // Whatever is drawn, all of it is read.
    let results = run("{ lognormal = { mean = 1, cv = 2 } }");
    assert_eq!(bytes(&results, "shuffle"), 400e6);
    let seconds = mean(&results, "apps.a.task_seconds");
    assert!((seconds - 4.0).abs() < 1e-6, "{seconds}");
    assert!(span(&results) > 2.0);
}

/// A heap of 1,324 MB leaves 1,024 MB, of which half is 512 MB for the two tasks of an executor. Each
/// wants all of it and gets 256 MB: it writes 256 MB and reads them again. That is 1,024 MB in all,
/// on a disk of 256 MB/s 4 s.
#[test]
fn what_does_not_fit_into_memory_is_spilled() {
    let stage = |wanted: &str| {
        format!("[apps.a.stages.sort]\ntasks = 2\ntask-time = \"1s\"\ntask-memory = \"{wanted}\"\n")
    };
    let conf = |cores| {
        format!(
            "{}\n\"spark.executor.memory\" = \"1324m\"\n\"spark.memory.fraction\" = 0.5",
            executors(1, cores)
        )
    };
    let run = |cores, wanted| {
        let nodes = nodes(1, cores, "disk = \"256MiB/s\"");
        run(&nodes, &conf(cores), &stage(wanted))
    };
    let mebi = f64::from(1 << 20);
    let results = run(2, "512MiB");
    assert_eq!(bytes(&results, "spilled"), 512.0 * mebi);
    assert_eq!(span(&results), 5.0);
    // What fits is not spilled.
    let results = run(2, "256MiB");
    assert_eq!((bytes(&results, "spilled"), span(&results)), (0.0, 1.0));
    // One after the other they have all of it each.
    let results = run(1, "512MiB");
    assert_eq!((bytes(&results, "spilled"), span(&results)), (0.0, 2.0));
    // 600 = 512 + 88: the first 512 MB are spilled, in 4 s, each time.
    let results = run(1, "600MiB");
    assert_eq!(bytes(&results, "spilled"), 1024.0 * mebi);
    assert_eq!(span(&results), 10.0);
}

/// Overhead of 384 MB holds one task of 200 MB outside of the heap, not two.
#[test]
fn an_executor_that_uses_more_than_its_container_may_is_killed() {
    let stage = r#"
[apps.a.stages.python]
tasks = 2
task-time = "1s"
overhead-use = "200MiB"
"#;
    let results = run(&nodes(1, 1, ""), &executors(1, 1), stage);
    assert_eq!(mean(&results, "cluster.oom_kills"), 0.0);
    assert_eq!(span(&results), 2.0);
    let results = run(&nodes(1, 2, ""), &executors(1, 2), stage);
    // Both tasks fail each time, and `spark.executor.maxNumFailures` is 3 here.
    assert_eq!(mean(&results, "cluster.oom_kills"), 4.0);
    assert_eq!(mean(&results, "apps.a.failed"), 1.0);
    let results = run(
        &nodes(1, 2, ""),
        &format!(
            "{}\n\"spark.executor.memoryOverhead\" = \"400m\"",
            executors(1, 2)
        ),
        stage,
    );
    assert_eq!(mean(&results, "cluster.oom_kills"), 0.0);
    assert_eq!(span(&results), 1.0);
}

/// 1,000 MiB in one file: on four cores 128 MiB a task, so 8; the last has 104 MiB.
#[test]
fn files_make_tasks() {
    let stage = |more: &str| {
        format!(
            "[apps.a.stages.scan]\ntask-time = \"1s\"\n\
             input = {{ files = 1, file-size = \"1000MiB\"{more} }}\n"
        )
    };
    let conf = |more: &str| format!("{}\n{more}", executors(1, 4));
    let run = |conf: &str, more| run("manager = \"kubernetes\"", conf, &stage(more));
    let results = run(&conf(""), "");
    assert_eq!(mean(&results, "apps.a.tasks"), 8.0);
    assert_eq!(bytes(&results, "input"), 1000.0 * f64::from(1 << 20));
    assert_eq!(span(&results), 2.0);
    let results = run(
        &conf("\"spark.sql.files.maxPartitionBytes\" = \"250m\""),
        "",
    );
    assert_eq!(mean(&results, "apps.a.tasks"), 4.0);
    let results = run(&conf(""), ", splittable = false");
    assert_eq!(mean(&results, "apps.a.tasks"), 1.0);
}

/// What a node crash takes while others read from it is computed again: the reducer reads at 100 MB/s
/// from 1 s on, and 1 s later the node with half of it is gone.
#[test]
fn a_source_that_is_lost_is_a_fetch_failure() {
    let rest = r#"
[apps.a.stages.map]
tasks = 2
task-time = "1s"
shuffle-write = "200MB"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 1
task-time = "1s"
[faults.crash]
node-crash = { pool = "n", node = 1, at = ["2s"], repair = "1h" }
"#;
    let results = run(
        &nodes(2, 1, "network = \"100MB/s\""),
        &executors(2, 1),
        rest,
    );
    // 200 ms later the lost map runs again, on what is left: 1 s. All is local then: 1 s.
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
    assert_eq!(span(&results), 4.2);
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 1.0);
    // Bytes count that a task has read to the end.
    assert_eq!(bytes(&results, "shuffle"), 400e6);
}

/// Blocks on a node of which no executor has room are read from there: 200 MB in 2 s.
#[test]
fn blocks_are_read_from_where_they_are() {
    let pools = format!(
        "[nodes.data]\ncpu = \"50m\"\nmemory = \"1Gi\"\nnetwork = \"100MB/s\"\n{}",
        nodes(2, 1, "network = \"1GB/s\"")
    );
    let stages = r#"
[apps.a.stages.scan]
tasks = 2
task-time = "1s"
input = "100MB"
locality = { blocks = { replication = 1, pool = "data" } }
"#;
    let results = run(&pools, &executors(2, 1), stages);
    assert_eq!(span(&results), 3.0);
    assert_eq!(bytes(&results, "input"), 200e6);
    // A node with the only copy that is gone fails its readers until they may fail no more.
    let crash =
        format!("{stages}[faults.crash]\nnode-crash = {{ pool = \"data\", at = [\"1s\"] }}\n");
    let results = run(&pools, &executors(2, 1), &crash);
    assert_eq!(mean(&results, "apps.a.failed"), 1.0);
    assert_eq!(bytes(&results, "input"), 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the sizes, the skew and the links are, all that is written is read. The audit of every
    /// run holds, crashes or not.
    #[test]
    fn all_that_is_written_is_read(
        (maps, reducers) in (1..8_u32, 1..8_u32),
        (write, input) in (0..300_u32, 0..300_u32),
        skew in prop::collection::vec(0..10_u32, 8),
        (network, disk) in (20..400_u32, 20..400_u32),
        crash in 1..40_u32,
    ) {
        let skew = &skew[..reducers as usize];
        prop_assume!(skew.iter().any(|size| *size > 0));
        let stages = format!(
            "[apps.a.stages.map]\ntasks = {maps}\ntask-time = \"1s\"\nshuffle-write = \"{write}MB\"\n\
             input = \"{input}MB\"\n[apps.a.stages.reduce]\nparents = [\"map\"]\ntasks = {reducers}\n\
             task-time = \"1s\"\nskew = {skew:?}\ntask-memory = \"900MiB\"\noverhead-use = \"10MiB\"\n"
        );
        let links = format!("network = \"{network}MB/s\"\ndisk = \"{disk}MB/s\"");
        let nodes = nodes(3, 2, &links);
        let conf = executors(3, 2);
        let results = run(&nodes, &conf, &stages);
        let written = f64::from(maps * write) * 1e6;
        prop_assert_eq!(bytes(&results, "shuffle_written"), written);
        prop_assert_eq!(bytes(&results, "shuffle"), written);
        prop_assert!(bytes(&results, "shuffle_remote") <= written);
        prop_assert_eq!(bytes(&results, "input"), f64::from(maps * input) * 1e6);
        let crash = format!(
            "{stages}[faults.crash]\nnode-crash = {{ pool = \"n\", node = 2, at = [\"{crash}00ms\"], repair = \"1s\" }}\n"
        );
        let results = run(&nodes, &conf, &crash);
        prop_assert_eq!(mean(&results, "apps.a.finished"), 1.0);
        prop_assert!(bytes(&results, "shuffle_written") >= written);
    }
}

/// The example of the reference: 40 files of 1 GB on 16 cores are split at 128 MiB.
#[test]
fn the_example_of_the_reference_runs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = std::fs::read_to_string(root.join("docs/spark.md")).unwrap();
    let block = reference.split("```toml\n").find_map(|block| {
        let block = block.split("```").next()?;
        let is_it = block.starts_with("# complete scenario") && block.contains("input = { files");
        is_it.then_some(block)
    });
    let results = text(block.unwrap());
    assert_eq!(bytes_of("etl", &results, "input"), 40e9);
    let written = bytes_of("etl", &results, "shuffle_written");
    assert_eq!(written, bytes_of("etl", &results, "shuffle"));
    // Seven splits of 128 MiB of each file, and what is left, of which two go together.
    assert_eq!(written, 60e6 * (40.0 * 7.0 + 20.0));
    assert!(bytes_of("etl", &results, "spilled") > 0.0);
    assert_eq!(mean(&results, "apps.etl.finished"), 1.0);
}

fn refused(nodes: &str, conf: &str, stage: &str) -> String {
    let rest = format!("[apps.a.stages.s]\ntask-time = \"1s\"\n{stage}\n");
    let text = scenario_of(nodes, conf, &rest);
    let loaded = scenario::load_text("test", &text, std::path::Path::new("."), &[]);
    let error = loaded.expect_err("it is wrong").to_string();
    error.lines().next().unwrap().to_owned()
}

#[test]
fn wrong_values_are_explained() {
    let kubernetes = "manager = \"kubernetes\"";
    let check = |stage: &str, message: &str| {
        assert_eq!(refused(kubernetes, "", stage), message, "{stage}");
    };
    check(
        "tasks = 2\ninput = { files = 3, file-size = \"1GB\" }",
        "error: `apps.a.stages.s` has `tasks` and `files`",
    );
    check(
        "tasks = 2\ninput = { size = \"1GB\", files = 3 }",
        "error: `apps.a.stages.s.input` has `size` and `files`",
    );
    check(
        "input = { files = 3 }",
        "error: `apps.a.stages.s.input` lacks `file-size`",
    );
    check(
        "tasks = 2\ninput = {}",
        "error: `apps.a.stages.s.input` lacks `size`",
    );
    check(
        "tasks = 2\noutput = {}",
        "error: `apps.a.stages.s.output` lacks `size`",
    );
    check(
        "tasks = 3\nskew = [1, 2]",
        "error: not the relative sizes of partitions",
    );
    check(
        "tasks = 2\nskew = [0, 0]",
        "error: not the relative sizes of partitions",
    );
    check(
        "tasks = 2\nskew = [1, -2]",
        "error: not the relative sizes of partitions",
    );
    check(
        "tasks = 2\nadaptive = \"aggregate\"\nparents = [\"m\"]\n\
         locality = { blocks = { replication = 1 } }\n\
         [apps.a.stages.m]\ntasks = 1\ntask-time = 1\nshuffle-write = 10\n[nodes.n]\ncpu = 9\nmemory = \"9Gi\"",
        "error: `apps.a.stages.s` is adaptive, and its partitions have places",
    );
    check(
        "tasks = 2\ninput = { size = \"1GB\", storage = \"s3\" }",
        "error: there is no storage named `s3`",
    );
    check(
        "tasks = 2\nadaptive = \"join\"",
        "error: `apps.a.stages.s` has no shuffle to adapt to",
    );
    assert_eq!(
        refused(
            "manager = \"standalone\"",
            "",
            "tasks = 2\noverhead-use = \"1MB\""
        ),
        "error: `apps.a.stages.s.overhead-use` has no limit to pass"
    );
    assert_eq!(
        refused(
            kubernetes,
            "\"spark.executor.memory\" = \"400m\"",
            "tasks = 2\ntask-memory = \"1MB\""
        ),
        "error: `apps.a.stages.s.task-memory` on too small a heap"
    );
}
