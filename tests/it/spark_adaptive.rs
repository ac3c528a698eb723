//! Stages whose partitions Spark SQL merges and splits, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

fn run(conf: &str, stages: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 4
{conf}
{stages}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

const AGGREGATE: &str = r#"
[apps.a.stages.map]
tasks = 2
task-time = "1s"
shuffle-write = "100MB"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 20
task-time = "100ms"
adaptive = "aggregate"
"#;

/// 20 partitions of 10 MB. On eight cores 200 / 8 = 25 MB go together, so two partitions: ten tasks
/// of 200 ms, in two waves. The work is that of all partitions.
#[test]
fn as_many_tasks_as_cores_come_first() {
    let results = run("", AGGREGATE);
    assert_eq!(mean(&results, "apps.a.tasks"), 2.0 + 10.0);
    assert_eq!(mean(&results, "apps.a.job_span.mean"), 1.4);
    assert_eq!(mean(&results, "apps.a.task_seconds"), 2.0 + 2.0);
    assert_eq!(mean(&results, "apps.a.shuffle_bytes"), 200e6);
}

/// With a least number of 1 it is the advisory size that counts: 64 MiB hold six partitions of 10 MB,
/// so there are four tasks, the longest of 600 ms.
#[test]
fn the_advisory_size_counts_where_parallelism_does_not() {
    let four = |conf: &str| {
        let results = run(conf, AGGREGATE);
        assert_eq!(mean(&results, "apps.a.tasks"), 2.0 + 4.0, "{conf}");
        assert_eq!(mean(&results, "apps.a.job_span.mean"), 1.6, "{conf}");
    };
    four("\"spark.sql.adaptive.coalescePartitions.minPartitionNum\" = 1");
    four("\"spark.sql.adaptive.coalescePartitions.parallelismFirst\" = false");
    four("\"spark.default.parallelism\" = 1");
}

#[test]
fn it_can_be_turned_off_and_is_off_before_3_2() {
    let twenty = |conf: &str| {
        let results = run(conf, AGGREGATE);
        assert_eq!(mean(&results, "apps.a.tasks"), 2.0 + 20.0, "{conf}");
    };
    twenty("\"spark.sql.adaptive.enabled\" = false");
    twenty("\"spark.sql.adaptive.coalescePartitions.enabled\" = false");
    twenty("[spark]\nversion = \"3.1\"");
}

/// The first of four partitions has ten times as much as the others: 1,000 MB of 1,300 MB on the
/// left. 500 MB are five times the median; the others have 100 MB on average, so it is cut into ten
/// pieces, one for each map, each of which reads all of the right side's 10 MB.
#[test]
fn a_skewed_partition_of_a_join_is_split() {
    let stages = |adaptive: &str| {
        format!(
            r#"
[apps.a.stages.left]
tasks = 10
task-time = "0s"
shuffle-write = "130MB"
[apps.a.stages.right]
tasks = 1
task-time = "0s"
shuffle-write = "13MB"
[apps.a.stages.join]
parents = ["left", "right"]
tasks = 4
skew = [10, 1, 1, 1]
task-time = "1300ms"
{adaptive}
"#
        )
    };
    let conf = "\"spark.sql.adaptive.coalescePartitions.minPartitionNum\" = 1";
    let plain = run(conf, &stages(""));
    assert_eq!(mean(&plain, "apps.a.tasks"), 11.0 + 4.0);
    assert_eq!(mean(&plain, "apps.a.job_span.mean"), 4.0);
    assert_eq!(mean(&plain, "apps.a.shuffle_bytes"), 1313e6);
    let split = run(conf, &stages("adaptive = \"join\""));
    assert_eq!(mean(&split, "apps.a.tasks"), 11.0 + 13.0);
    // 13 tasks of 400 ms on eight slots.
    assert!((mean(&split, "apps.a.job_span.mean") - 0.8).abs() < 1e-6);
    assert!((mean(&split, "apps.a.task_seconds") - 5.2).abs() < 1e-6);
    // 10 MB of the right side are read ten times; each map's part is rounded by itself.
    let read = mean(&split, "apps.a.shuffle_bytes");
    assert!((read - (1313e6 + 9.0 * 10e6)).abs() <= 20.0, "{read}");
    // An aggregation cannot be split.
    let merged = run(conf, &stages("adaptive = \"aggregate\""));
    assert_eq!(mean(&merged, "apps.a.tasks"), 11.0 + 4.0);
    let off = format!("{conf}\n\"spark.sql.adaptive.skewJoin.enabled\" = false");
    let off = run(&off, &stages("adaptive = \"join\""));
    assert_eq!(mean(&off, "apps.a.tasks"), 11.0 + 4.0);
}

/// What was merged is written in larger pieces: the reader of an adaptive stage reads all of it.
#[test]
fn what_a_merged_stage_writes_is_read_by_the_next() {
    let stages = format!(
        "{AGGREGATE}shuffle-write = \"1MB\"\n[apps.a.stages.last]\nparents = [\"reduce\"]\n\
         tasks = 3\ntask-time = \"1s\"\n"
    );
    let results = run("", &stages);
    assert_eq!(mean(&results, "apps.a.shuffle_written_bytes"), 220e6);
    assert_eq!(mean(&results, "apps.a.shuffle_bytes"), 220e6);
}
