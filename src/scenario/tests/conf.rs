//! Spark's properties.

use super::{load_with, problems};
use crate::model::{Resources, SparkConf};
use crate::units::{Bytes, Cpu, Duration};

const MIB: u64 = 1 << 20;

fn scenario(rest: &str) -> String {
    format!(
        "run = {{ horizon = \"terminating\" }}\n\
         workloads.once = {{ target = \"apps.a\", arrivals = {{ at = [0] }} }}\n\
         apps.a.stages.s = {{ tasks = 1, task-time = 1 }}\n{rest}"
    )
}

fn conf_and_notes(rest: &str) -> (SparkConf, Vec<String>) {
    let loaded = load_with(&scenario(rest), &[]).unwrap_or_else(|error| panic!("{error}"));
    (
        loaded.model.apps.iter().next().unwrap().conf.clone(),
        loaded.notes,
    )
}

fn conf(rest: &str) -> SparkConf {
    conf_and_notes(rest).0
}

fn asks(milli: u64, mebibytes: u64) -> Resources {
    Resources::container(Cpu(milli), Bytes(mebibytes * MIB))
}

#[test]
fn without_any_property_sparks_defaults_hold() {
    let conf = conf("");
    assert_eq!(
        (conf.executors.initial, conf.executor_cores, conf.task_cpus),
        (2, 1, 1)
    );
    assert_eq!(conf.executor, asks(1000, 1024 + 384));
    assert_eq!(conf.driver, asks(1000, 1024 + 384));
    assert_eq!(conf.executors.batch_size, Some(5));
    assert_eq!(conf.executors.batch_delay, Duration::from_secs(1));
}

#[test]
fn the_version_picks_between_defaults_that_changed() {
    for (version, size) in [("3.3", 5), ("4.0", 10), ("4.1.1", 10), ("4.2", 20)] {
        let conf = conf(&format!("spark.version = \"{version}\""));
        assert_eq!(conf.executors.batch_size, Some(size), "{version}");
    }
}

#[test]
fn a_container_on_kubernetes_holds_overhead_off_heap_and_python_memory() {
    let conf = conf(
        r#"
[apps.a.conf]
"spark.executor.memory" = "8g"
"spark.executor.cores" = 4
"spark.executor.instances" = "6"
"spark.task.cpus" = 2
"spark.kubernetes.executor.request.cores" = "3500m"
"spark.memory.offHeap.enabled" = true
"spark.memory.offHeap.size" = "1g"
"spark.executor.pyspark.memory" = 512
"spark.driver.memory" = "10000m"
"spark.driver.memoryOverheadFactor" = 0.2
"#,
    );
    // A tenth of 8192 MiB in whole MiB, and 1 GiB and 512 MiB on top.
    assert_eq!(conf.executor, asks(3500, 8192 + 819 + 1024 + 512));
    assert_eq!(conf.driver, asks(1000, 10_000 + 2000));
    assert_eq!((conf.executors.initial, conf.slots_per_executor()), (6, 2));
}

#[test]
fn nested_and_quoted_names_are_the_same_and_an_application_overrides_defaults() {
    let conf = conf(
        r#"
[spark.conf]
spark.executor = { cores = 8, memory = "2g" }
[apps.a.conf.spark]
executor.cores = 2
"#,
    );
    assert_eq!(conf.executor_cores, 2);
    assert_eq!(conf.executor, asks(2000, 2048 + 384));
}

#[test]
fn standalone_reserves_memory_without_overhead_and_fills_the_workers() {
    let workers = r#"
cluster.manager = "standalone"
[nodes.w]
count = 3
cpu = 8
memory = "16Gi"
[apps.a.conf]
"spark.executor.memory" = "4g"
"#;
    let all = conf(workers);
    // One executor takes the 8 cores of a worker, and the driver keeps one worker from having room.
    assert_eq!((all.executor_cores, all.executors.initial), (8, 2));
    assert_eq!(all.executor, asks(8000, 4096));
    assert_eq!(
        (all.executors.batch_size, all.executors.batch_delay),
        (None, Duration::ZERO)
    );
    let some = conf(&format!(
        "{workers}\"spark.executor.cores\" = 2\n\"spark.cores.max\" = 6\n"
    ));
    assert_eq!((some.executor_cores, some.executors.initial), (2, 3));
    let given = conf(&format!(
        "{workers}\"spark.executor.cores\" = 2\n\"spark.executor.instances\" = 5"
    ));
    assert_eq!(given.executors.initial, 5);
}

#[test]
fn what_is_not_modelled_is_accepted_and_listed_unless_it_is_the_default() {
    let (_, notes) = conf_and_notes(
        r#"
[apps.a.conf]
"spark.sql.shuffle.partitions" = 64
"spark.speculation" = false
"spark.hadoop.fs.s3a.endpoint" = "http://store"
"spark.mycompany.flag" = "x"
"#,
    );
    insta::assert_snapshot!(notes.join("\n"), @r#"
apps.a.conf: `spark.hadoop.fs.s3a.endpoint`, `spark.mycompany.flag`, `spark.sql.shuffle.partitions`
"#);
}

#[test]
fn moves_that_take_no_time_are_told() {
    let (conf, notes) = conf_and_notes(
        r#"
[apps.a.conf]
"spark.decommission.enabled" = true
"spark.storage.decommission.enabled" = true
"spark.storage.decommission.rddBlocks.enabled" = false
"#,
    );
    let rule = conf.executors.decommission.unwrap();
    assert_eq!((rule.moves_shuffle, rule.moves_cached), (true, false));
    assert_eq!(rule.round, Duration::from_secs(30));
    assert_eq!((rule.threads, rule.failures), (8, 3));
    assert!(notes.is_empty(), "{notes:?}");
    let (_, notes) = conf_and_notes(
        r#"
[apps.a.conf]
"spark.decommission.enabled" = true
"spark.storage.decommission.enabled" = true
"#,
    );
    assert_eq!(notes.len(), 1, "{notes:?}");
}

#[test]
fn a_slip_is_an_error_but_not_in_an_imported_application() {
    insta::assert_snapshot!(
        problems(&scenario("[apps.a.conf]\n\"spark.executor.core\" = 4\nspark.executor.memroy = \"8g\"\n")),
        @r#"
error: Spark has no property `spark.executor.core`
 --> bad.toml:5:1
  |
5 | "spark.executor.core" = 4
  | ^^^^^^^^^^^^^^^^^^^^^ did you mean `spark.executor.cores`?
  |
help: a name this close to one of Spark's own is taken for a slip; others are accepted and listed as not modelled

error: Spark has no property `spark.executor.memroy`
 --> bad.toml:6:16
  |
6 | spark.executor.memroy = "8g"
  |                ^^^^^^ did you mean `spark.executor.memory`?
  |
help: a name this close to one of Spark's own is taken for a slip; others are accepted and listed as not modelled
"#
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.csv");
    crate::files::write(&path, b"stage,partition,duration\n0,0,1\n").unwrap();
    let text = scenario("[apps.a.conf]\n\"spark.executor.core\" = 4\n").replace(
        "task-time = 1",
        "task-time = { recorded = { file = \"x.csv\", stage = 0 } }",
    );
    let loaded = super::super::load_text("x.toml", &text, directory.path(), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    insta::assert_snapshot!(loaded.notes.join("\n"), @r#"
apps.a.conf: `spark.executor.core`
"#);
}

#[test]
fn values_that_spark_would_refuse_are_errors() {
    insta::assert_snapshot!(
        problems(&scenario(
            r#"
[spark]
version = "two"
[apps.a.conf]
"spark.executor.memory" = "8 gallons"
"spark.executor.instances" = 0
"spark.executor.cores" = 2
"spark.task.cpus" = 4
spark.executor.cores = 3
"#
        )),
        @r#"
error: `two` is not a version of Spark
 --> bad.toml:6:11
  |
6 | version = "two"
  |           ^^^^^ write e.g. "3.5" or "4.0"
  |
help: versions 3 and 4 are known

error: invalid value for `spark.executor.memory`
 --> bad.toml:8:27
  |
8 | "spark.executor.memory" = "8 gallons"
  |                           ^^^^^^^^^^^ `8 gallons` is not a size in Spark's notation: ` gallons` is no unit of it; write a whole number and k, m, g, t or p, e.g. `512m` or `8g`

error: invalid value for `spark.executor.instances`
 --> bad.toml:9:30
  |
9 | "spark.executor.instances" = 0
  |                              ^ expected a whole number from 1 to 1000000, found `0`

error: `spark.executor.cores` is set twice
  --> bad.toml:10:1
   |
10 | "spark.executor.cores" = 2
   | ^^^^^^^^^^^^^^^^^^^^^^ nested and quoted names are the same property

error: no executor of `apps.a` can run a task
  --> bad.toml:11:21
   |
11 | "spark.task.cpus" = 4
   |                     ^ a task takes 4 cores, an executor has 2
   |
help: `spark.task.cpus` must be at most `spark.executor.cores`
"#
    );
}

#[test]
fn extreme_values_are_answered_and_do_not_overflow() {
    let text = scenario(
        r#"
cluster.manager = "kubernetes"
[nodes.w]
count = 1000000
cpu = "18000000000000000m"
memory = "16000P"
[apps.a.conf]
"spark.executor.memory" = "16000p"
"spark.executor.memoryOverheadFactor" = 1e300
"spark.executor.cores" = 1000000
"spark.kubernetes.driver.request.cores" = "1m"
"#,
    );
    assert!(problems(&text).contains("an executor of `apps.a` fits no node"));
    let standalone = text
        .replace("kubernetes\"\n", "standalone\"\n")
        .replace("16000p", "1k");
    let loaded = load_with(&standalone, &[]);
    let model = loaded.unwrap_or_else(|error| panic!("{error}")).model;
    // 18 executors of a million cores on each of a million nodes, less the driver's share.
    let instances = model.apps.iter().next().unwrap().conf.executors.initial;
    assert!((1_000_000..=u32::MAX).contains(&instances), "{instances}");
}

#[test]
fn off_heap_memory_has_a_size() {
    let enabled = "apps.a.conf.\"spark.memory.offHeap.enabled\" = true\n";
    let none = "apps.a.conf.\"spark.memory.offHeap.size\" = 0\n";
    for more in ["", none] {
        let shown = problems(&scenario(&format!("{enabled}{more}")));
        let needs = "needs `spark.memory.offHeap.size` above 0";
        assert!(shown.contains(needs), "{shown}");
        assert_eq!(shown.matches("error:").count(), 1, "{shown}");
    }
}
