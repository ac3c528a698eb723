//! The recorded runs that come with the scenarios: figures known from elsewhere.

use super::log::{column, table};
use crate::import::spark::{Application, Imported, ReadOptions, read, to_scenario};
use std::path::Path;

fn import(name: &str) -> (Application, Imported) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios/data")
        .join(format!("{name}.zstd"));
    let (application, report) = read(&path, &ReadOptions { partial: false }).unwrap();
    let imported = to_scenario(&application, &report, name);
    (application, imported)
}

/// Sum of a column of seconds, in milliseconds.
fn sum_ms(imported: &Imported, name: &str) -> u64 {
    let cells = column(imported, name);
    let millis = cells.iter().map(|cell| cell.replace('.', ""));
    millis.map(|cell| cell.parse::<u64>().unwrap()).sum()
}

#[test]
fn the_chain_of_four_stages_is_imported_as_it_ran() {
    let (application, imported) = import("chain-a-4");
    let head = imported.toml.split("mapPartitionsWithIndex").next();
    insta::assert_snapshot!(head.unwrap(), @r##"
    # The recorded run of chain-a-4, once more: same work, same order. Compare the simulated job_time
    # with the recorded 68.783s.
    #
    # Read: chain-a-4.zstd (Spark 3.5.9): 1 job, 4 stages, 160 tasks of 4 min 5 s in all, on 2 executors
    #       of 2 cores
    # Written by `sparksim import spark-event-log`; times are exact to the millisecond.

    title = "Replay of chain-a-4"

    [run]
    horizon = "terminating"
    replications = 1

    [cluster]
    manager = "standalone"

    # The log names hosts, not machines: each is as large as what ran on it at once, and the driver,
    # need.
    # 2 executors at once on 127.0.0.1
    [nodes.host-1]
    count = 1
    cpu = "5"
    memory = "4Gi"

    [apps.chain-a-4]
    # from the end of the last job to that of the application
    final-driver-gap = "3ms"

    [apps.chain-a-4.conf]
    # 16 properties of the log left out: names, addresses, files, JVM options and secrets of the
    # recorded run
    "spark.cores.max" = "4"
    "spark.driver.memory" = "1g"
    "spark.eventLog.enabled" = "true"
    "spark.executor.cores" = "2"
    "spark.executor.instances" = "2" # as observed; not in the log's properties
    "spark.executor.memory" = "700m"
    "spark.groundtruth.waitExecutors" = "2"
    "spark.scheduler.mode" = "FIFO"

    # submitted 21.193s after the start, took 68.783s; group measured; description measured
    [apps.chain-a-4.jobs.job-6]
    after = []
    driver-gap = "21.193s"

    #
    "##);
    let job = &application.jobs[0];
    // The client's own clock measured the job as 68.783 s.
    let latency = application.job_end(job).millis_since(job.submitted);
    assert!(latency.abs_diff(68_783) <= 20, "{latency}");
    let scenario = table(&imported);
    let stages = scenario["apps"]["chain-a-4"]["jobs"]["job-6"]["stages"]
        .as_table()
        .unwrap();
    let tasks: Vec<_> = stages.values().map(|it| it["tasks"].as_integer()).collect();
    assert_eq!(tasks, [64, 32, 48, 16].map(Some));
    let parents: Vec<_> = stages.values().map(|it| it.get("parents")).collect();
    assert!(parents[0].is_none());
    for (stage, parent) in [(1, "stage-18"), (2, "stage-19"), (3, "stage-20")] {
        assert_eq!(parents[stage].unwrap()[0].as_str(), Some(parent));
    }
}

#[test]
fn the_chain_has_every_task_once() {
    let (_, imported) = import("chain-a-4");
    let stages = column(&imported, "stage");
    assert_eq!(stages.len(), 160);
    let partitions = column(&imported, "partition");
    let expected: Vec<String> = [64, 32, 48, 16]
        .iter()
        .flat_map(|&count| (0..count).map(|partition: u32| partition.to_string()))
        .collect();
    assert_eq!(partitions, expected);
    // Sums over the log's TaskEnd events, taken from the JSON by another program.
    let sums = ["run_time", "deserialize_time", "gc_time", "duration"];
    let sums = sums.map(|name| sum_ms(&imported, name));
    assert_eq!(sums, [242_918, 793, 139, 245_400]);
}

#[test]
fn queries_become_jobs_in_the_order_of_the_run() {
    let (application, imported) = import("tpch-a-2");
    assert_eq!(application.jobs.len(), 34);
    insta::assert_snapshot!(imported.summary, @r##"
    read tpch-a-2.zstd (Spark 3.5.9): 34 jobs, 65 stages, 785 tasks of 1 min 23 s in all, on 1 executor of 2 cores
         1901 lines, 6.877 MiB; jobs ran for 44.55 s of 1 min 15 s
    left out: 18 stages that Spark skipped
    "##);
}

#[test]
fn jobs_that_overlapped_are_parallel() {
    let (application, imported) = import("jobs-FIFO-4");
    let scenario = table(&imported);
    let jobs = scenario["apps"]["jobs-FIFO-4"]["jobs"].as_table().unwrap();
    assert_eq!(jobs.len(), 6);
    for job in jobs.values() {
        assert!(job["after"].as_array().unwrap().is_empty());
    }
    // Submissions and latencies as the client measured them.
    let measured = [
        (0, 53_294),
        (986, 58_633),
        (2001, 61_616),
        (3000, 66_353),
        (3995, 72_660),
        (4994, 77_698),
    ];
    let first = application.jobs[0].submitted;
    for (job, (submitted, latency)) in application.jobs.iter().zip(measured) {
        assert!(job.submitted.millis_since(first).abs_diff(submitted) <= 20);
        let took = application.job_end(job).millis_since(job.submitted);
        assert!(took.abs_diff(latency) <= 20, "{took}");
    }
}
