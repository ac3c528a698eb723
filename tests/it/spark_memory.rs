//! Heaps that are collected, compression: against timelines by hand.

use crate::simulate::{mean, text};
use proptest::prelude::*;
use sparksim::experiment::Results;
use sparksim::scenario;
use std::path::Path;

fn scenario_of(conf: &str, rest: &str) -> String {
    format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
placement = "first-fit"
[nodes.n]
cpu = "8"
memory = "64Gi"
disk = "256MiB/s"
[apps.a.conf]
"spark.executor.instances" = 1
{conf}
{rest}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    )
}

fn run(conf: &str, rest: &str) -> Results {
    text(&scenario_of(conf, rest))
}

fn span(results: &Results) -> f64 {
    mean(results, "apps.a.job_span.mean")
}

/// A heap of 1,000 MiB, and `live` MiB of it alive besides what tasks hold. With 500 MiB alive a task
/// fills the rest in 5 s, and going through what is alive takes 0.5 s.
fn collected(live: u32, cores: u32, conf: &str, stages: &str) -> Results {
    run(
        &format!(
            "\"spark.executor.memory\" = \"1000m\"\n\"spark.executor.cores\" = {cores}\n{conf}"
        ),
        &format!(
            "[apps.a.gc]\nallocation-rate = \"100MiB/s\"\ncollection-rate = \"1000MiB/s\"\n\
             live = \"{live}MiB\"\n{stages}"
        ),
    )
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 2e-9, "{found}, not {expected}");
}

#[test]
fn a_task_alone_takes_a_tenth_longer_in_a_half_full_heap() {
    let stage = "[apps.a]\nstages.s = { tasks = 3, task-time = \"10s\" }";
    let results = collected(500, 1, "", stage);
    near(span(&results), 33.0);
    near(mean(&results, "apps.a.gc_seconds"), 3.0);
    near(mean(&results, "apps.a.task_seconds"), 33.0);
    // Where nothing is alive collections take no time.
    let results = collected(0, 1, "", stage);
    near(span(&results), 30.0);
    near(mean(&results, "apps.a.gc_seconds"), 0.0);
    assert!(
        results
            .figures
            .iter()
            .all(|it| !it.metric.contains("_bytes"))
    );
}

/// Together they fill the heap twice as fast: 4 s of work take 4.8 s. The 6 s that the longer one has
/// left take 6.6 s.
#[test]
fn tasks_of_an_executor_share_its_collector() {
    let stages = "[apps.a.stages]\nlong = { tasks = 1, task-time = \"10s\" }\n\
                  short = { tasks = 1, task-time = \"4s\" }";
    let results = collected(500, 2, "", stages);
    near(span(&results), 11.4);
    near(mean(&results, "apps.a.gc_seconds"), 1.4 + 0.8);
}

/// (1,000 − 300) × 0.6 = 420 MiB of execution memory and 80 MiB besides: 500 MiB are alive. Memory
/// that is not on the heap does not count: 80 of 1,000 MiB are alive then.
#[test]
fn execution_memory_is_alive_where_it_is_on_the_heap() {
    let stage = "[apps.a]\nstages.s = { tasks = 1, task-time = \"10s\", task-memory = \"420MiB\" }";
    near(span(&collected(80, 1, "", stage)), 11.0);
    let off = "\"spark.memory.offHeap.enabled\" = true\n\"spark.memory.offHeap.size\" = \"1g\"";
    let expected = 10.0 * (1.0 + 0.1 * 80.0 / 920.0);
    near(span(&collected(80, 1, off, stage)), expected);
}

/// Half of what a task does before it fails, or before a copy of it is faster, is collected too; the
/// audit of each run holds.
#[test]
fn tasks_that_fail_and_copies_are_collected_too() {
    let stage = "[apps.a]\nstages.s = { tasks = 40, task-failure = 0.2, \
                 task-time = { exponential = { mean = \"1s\" } }, task-memory = \"50MiB\" }";
    let conf = "\"spark.task.maxFailures\" = 20\n\"spark.speculation\" = true\n\
                \"spark.speculation.multiplier\" = 1.1";
    let results = collected(200, 4, conf, stage);
    assert_eq!(mean(&results, "apps.a.tasks"), 40.0);
    assert!(mean(&results, "apps.a.failed_tasks") > 0.0);
    assert!(mean(&results, "apps.a.gc_seconds") > 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// On one executor the work of the tasks goes the same way, only at another speed: more memory
    /// is never slower, and more that is alive never faster.
    #[test]
    fn more_memory_is_never_slower(
        seed in 0..1000_u32,
        tasks in 1..30_u32,
        cores in 1..5_u32,
        (heap, more) in (500..4000_u32, 1..4000_u32),
        (live, alive) in (0..250_u32, 1..200_u32),
    ) {
        let span = |heap: u32, live: u32| {
            let scenario = scenario_of(
                &format!(
                    "\"spark.executor.memory\" = \"{heap}m\"\n\"spark.executor.cores\" = {cores}"
                ),
                &format!(
                    "[apps.a]\ngc = {{ allocation-rate = \"1GB/s\", collection-rate = \"2GB/s\", \
                     live = \"{live}MiB\" }}\n\
                     stages.s = {{ tasks = {tasks}, task-time = {{ exponential = {{ mean = \"1s\" }} }} }}"
                ),
            );
            span(&text(&scenario.replace("[run]", &format!("[run]\nseed = {seed}"))))
        };
        let base = span(heap, live);
        prop_assert!(span(heap + more, live) <= base + 1e-6);
        prop_assert!(base <= span(heap, live + alive) + 1e-6);
    }
}

/// The example of `spark_data`: a task that wants 600 MiB and has 512 spills 512, in 4 s at
/// 256 MiB/s. Compressed to half it takes 2 s.
#[test]
fn what_is_spilled_is_compressed() {
    let spill = |app: &str, conf: &str| {
        let results = run(
            &format!(
                "\"spark.executor.memory\" = \"1324m\"\n\"spark.memory.fraction\" = 0.5\n{conf}"
            ),
            &format!(
                "[apps.a]\n{app}\n\
                 stages.s = {{ tasks = 1, task-time = \"1s\", task-memory = \"600MiB\" }}"
            ),
        );
        let mebi = f64::from(1 << 20);
        (
            mean(&results, "apps.a.spilled_bytes") / mebi,
            span(&results),
        )
    };
    assert_eq!(spill("", ""), (512.0, 5.0));
    assert_eq!(spill("compression = 2", ""), (256.0, 3.0));
    let off = "\"spark.shuffle.spill.compress\" = false";
    assert_eq!(spill("compression = 2", off), (512.0, 5.0));
    assert_eq!(spill("compression = 1", ""), (512.0, 5.0));
}

#[test]
fn what_is_not_compressed_is_larger_on_its_way() {
    let written = |app: &str, conf: &str| {
        let stages = "[apps.a.stages.map]\ntasks = 2\ntask-time = 1\nshuffle-write = \"64MiB\"\n\
                      [apps.a.stages.reduce]\nparents = [\"map\"]\ntasks = 2\ntask-time = 1\n";
        let results = run(conf, &format!("[apps.a]\n{app}\n{stages}"));
        let bytes = mean(&results, "apps.a.shuffle_bytes");
        assert_eq!(mean(&results, "apps.a.shuffle_written_bytes"), bytes);
        (bytes / f64::from(1 << 20), span(&results))
    };
    // One core: each map writes 64 MiB in 0.25 s, and each reducer reads as much.
    assert_eq!(written("", ""), (128.0, 5.0));
    assert_eq!(written("compression = 3", ""), (128.0, 5.0));
    let off = "\"spark.shuffle.compress\" = false";
    assert_eq!(written("compression = 3", off), (384.0, 7.0));
    // Nobody knows by how much.
    assert_eq!(written("", off), (128.0, 5.0));
}

fn load(conf: &str, rest: &str) -> Result<scenario::Loaded, String> {
    let text = scenario_of(
        conf,
        &format!("[apps.a]\n{rest}\nstages.s = {{ tasks = 1, task-time = 1 }}"),
    );
    let loaded = scenario::load_text("test", &text, Path::new("."), &[]);
    loaded.map_err(|error| error.to_string().lines().next().unwrap_or("").to_owned())
}

#[test]
fn compression_that_is_not_known_makes_its_properties_not_modelled() {
    let off = "\"spark.shuffle.compress\" = false";
    let notes = |rest| load(off, rest).expect("it is right").notes.join("\n");
    assert!(
        notes("").contains("`spark.shuffle.compress`"),
        "{}",
        notes("")
    );
    assert_eq!(notes("compression = 2"), "");
}

#[test]
fn wrong_values_are_explained() {
    let check = |rest: &str, message: &str| {
        assert_eq!(load("", rest).err().as_deref(), Some(message), "{rest}");
    };
    check(
        "compression = 0.5",
        "error: not what compression makes of data",
    );
    check(
        "gc = { allocation-rate = \"1GB/s\" }",
        "error: `apps.a.gc` lacks `collection-rate`",
    );
    check(
        "gc = { allocation-rate = \"0MB/s\", collection-rate = \"1GB/s\" }",
        "error: invalid value for `apps.a.gc.allocation-rate`",
    );
    check(
        "gc = { allocation-rate = \"1GB/s\", collection-rate = \"1GB/s\", live = \"2GiB\" }",
        "error: the heap of executors of `apps.a` fills up",
    );
    check(
        "deploy = \"in-replica\"\ngc = { allocation-rate = \"1GB/s\", collection-rate = \"1GB/s\" }",
        "error: `apps.a.gc` has no heap to collect",
    );
}
