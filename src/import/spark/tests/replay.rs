//! What a replay runs, on logs made for the purpose.

use super::log::{Log, TaskRun, column, table};
use crate::import::spark::{Imported, to_scenario};

fn jobs(imported: &Imported) -> toml::Table {
    let scenario = table(imported);
    let app = scenario["apps"].as_table().unwrap();
    let app = app.values().next().unwrap().as_table().unwrap();
    app["jobs"].as_table().unwrap().clone()
}

#[test]
fn a_small_log_becomes_a_scenario_that_says_what_it_is() {
    insta::assert_snapshot!(Log::of_one_stage(2).replay().toml, @r##"
    # The recorded run of small run, once more: same work, same order. Compare the simulated job_time
    # with the recorded 1.6s.
    #
    # Read: small.log (Spark 3.5.9): 1 job, 1 stage, 2 tasks of 2 s in all, on 2 executors of 2 cores
    # Written by `sparksim import spark-event-log`; times are exact to the millisecond.

    title = "Replay of small run"

    [run]
    horizon = "terminating"
    replications = 1

    [cluster]
    manager = "standalone"

    # The log names hosts, not machines: each is as large as what ran on it at once, and the driver,
    # need.
    # 1 executor at once on each of north, south
    [nodes.host-1]
    count = 2
    cpu = "3"
    memory = "4Gi"

    [apps.small-run]
    # from the end of the last job to that of the application
    final-driver-gap = "900ms"

    [apps.small-run.conf]
    # 1 property of the log left out: names, addresses, files, JVM options and secrets of the recorded
    # run
    "spark.executor.cores" = "2" # as observed; not in the log's properties
    "spark.executor.instances" = "2" # as observed; not in the log's properties
    "spark.executor.memory" = "2g"
    "spark.scheduler.mode" = "FIFO"

    # submitted 500ms after the start, took 1.6s; SQL execution 7; pool gold
    [apps.small-run.jobs.job-0]
    after = []
    driver-gap = "500ms"

    # count at Small.scala:0
    [apps.small-run.jobs.job-0.stages.stage-0]
    driver-gap = "500ms"
    tasks = 2
    task-time = { recorded = { file = "small.tasks.csv", stage = 0 } }

    [workloads.replay]
    target = "apps.small-run"
    arrivals = { at = ["0s"] }
    "##);
}

#[test]
fn a_task_has_every_column_in_seconds_and_bytes() {
    let imported = Log::of_one_stage(2).replay();
    insta::assert_snapshot!(String::from_utf8(imported.tasks_csv).unwrap(), @r##"
    stage,partition,duration,not_before,work_time,run_time,deserialize_time,scheduler_delay,result_serialization_time,getting_result_time,gc_time,input_bytes,shuffle_read_bytes,fetch_wait_time,shuffle_write_bytes,shuffle_write_time,spilled_bytes,executor,host,locality,attempt
    0,0,1.000,0.000,0.960000,0.960,0.010,0.028,0.002,0.000,0.005,4096,120,0.003,77,0.001235,64,1,north,NODE_LOCAL,0
    0,1,1.000,0.000,0.960000,0.960,0.010,0.028,0.002,0.000,0.005,4096,120,0.003,77,0.001235,64,1,north,NODE_LOCAL,0
    "##);
}

#[test]
fn skipped_stages_and_edges_to_them_are_gone() {
    let mut log = Log::new();
    log.job(0, 500, &[0, 1]);
    log.stage(1, 0, 1, &[0]);
    log.task(TaskRun {
        stage: 1,
        ..TaskRun::default()
    });
    log.stage_end(1, 0, 1, None);
    log.job_end(0, 2100, true);
    log.end(3000);
    let imported = log.replay();
    let jobs = jobs(&imported);
    let stages = jobs["job-0"]["stages"].as_table().unwrap();
    assert_eq!(stages.keys().collect::<Vec<_>>(), ["stage-1"]);
    assert!(stages["stage-1"].get("parents").is_none());
    assert!(
        imported
            .summary
            .contains("left out: 1 stage that Spark skipped")
    );
}

#[test]
fn a_stage_without_tasks_is_bridged() {
    let mut log = Log::new();
    log.job(0, 500, &[0, 1, 2]);
    for (stage, tasks, parents) in [(0, 1, &[][..]), (1, 0, &[0]), (2, 1, &[1])] {
        log.stage(stage, 0, tasks, parents);
        if tasks > 0 {
            log.task(TaskRun {
                stage,
                ..TaskRun::default()
            });
        }
        log.stage_end(stage, 0, tasks, None);
    }
    log.job_end(0, 2100, true);
    log.end(3000);
    let jobs = jobs(&log.replay());
    let parents = jobs["job-0"]["stages"]["stage-2"]["parents"].as_array();
    assert_eq!(parents.unwrap()[0].as_str(), Some("stage-0"));
}

#[test]
fn a_stage_that_two_jobs_list_belongs_to_the_first_that_runs() {
    let mut log = Log::new();
    log.job(0, 400, &[0]);
    log.job(1, 500, &[0, 1]);
    for stage in [0, 1] {
        log.stage(stage, 0, 1, if stage == 1 { &[0] } else { &[] });
        log.task(TaskRun {
            stage,
            ..TaskRun::default()
        });
        log.stage_end(stage, 0, 1, None);
    }
    log.job_end(0, 2100, true);
    log.job_end(1, 2200, true);
    log.end(3000);
    let jobs = jobs(&log.replay());
    assert!(jobs["job-0"]["stages"].get("stage-0").is_some());
    let second = jobs["job-1"]["stages"].as_table().unwrap();
    assert_eq!(second.keys().collect::<Vec<_>>(), ["stage-1"]);
    assert!(second["stage-1"].get("parents").is_none());
}

#[test]
fn failed_attempts_and_losers_of_speculation_are_no_work() {
    let mut log = Log::new();
    log.job(0, 500, &[0]);
    log.stage(0, 0, 2, &[]);
    let attempt = TaskRun::default();
    log.task(TaskRun {
        reason: "ExceptionFailure",
        to: 1500,
        ..attempt
    });
    log.task(TaskRun {
        attempt: 1,
        from: 1500,
        to: 1800,
        ..attempt
    });
    // The copy is faster than the original.
    log.task(TaskRun {
        index: 1,
        attempt: 1,
        speculative: true,
        from: 1700,
        to: 1900,
        ..attempt
    });
    log.task(TaskRun {
        index: 1,
        reason: "TaskKilled",
        to: 1910,
        ..attempt
    });
    // A second success of the same task, and a note that output was lost, which is no attempt.
    log.task(TaskRun {
        attempt: 2,
        from: 1900,
        ..attempt
    });
    log.task(TaskRun {
        reason: "Resubmitted",
        ..attempt
    });
    log.stage_end(0, 0, 2, None);
    log.job_end(0, 2100, true);
    log.end(3000);
    let imported = log.replay();
    // 0.5 s of the failed attempt and 0.3 s; the copy's end, 0.9 s after the launch of the original.
    assert_eq!(column(&imported, "duration"), ["0.800", "0.900"]);
    assert_eq!(column(&imported, "run_time"), ["0.260", "0.160"]);
    assert_eq!(column(&imported, "attempt"), ["1", "1"]);
    assert!(
        imported
            .summary
            .contains("attempts at tasks: 1 failed, 1 killed, 1 done before\n"),
        "{}",
        imported.summary
    );
    let (application, _) = log.read(false).unwrap();
    assert_eq!(application.stages[0].tasks.len(), 5);
}

#[test]
fn a_retry_of_a_stage_fills_what_is_missing() {
    // With partition numbers, as since 3.3, and without.
    for partition in [Some(2), None] {
        let mut log = Log::new();
        log.job(0, 500, &[0]);
        log.stage(0, 0, 3, &[]);
        for index in [0, 1] {
            log.task(TaskRun {
                index,
                partition: partition.map(|_| index),
                ..TaskRun::default()
            });
        }
        log.task(TaskRun {
            index: 2,
            partition,
            reason: "FetchFailed",
            ..TaskRun::default()
        });
        log.stage_end(0, 0, 3, Some("FetchFailed"));
        log.stage(0, 1, 1, &[]);
        log.task(TaskRun {
            stage_attempt: 1,
            index: 0,
            partition,
            from: 2000,
            to: 2750,
            ..TaskRun::default()
        });
        log.stage_end(0, 1, 1, None);
        log.job_end(0, 2900, true);
        log.end(3000);
        let imported = log.replay();
        // The last one's slot was held by the failed fetch as well.
        assert_eq!(column(&imported, "duration"), ["1.000", "1.000", "1.750"]);
        assert_eq!(column(&imported, "partition"), ["0", "1", "2"]);
    }
}

#[test]
fn a_failed_job_replays_what_it_got_done() {
    let mut log = Log::new();
    log.job(0, 500, &[0]);
    log.stage(0, 0, 5, &[]);
    for (index, reason) in [(0, "Success"), (3, "ExceptionFailure"), (4, "Success")] {
        log.task(TaskRun {
            index,
            reason,
            ..TaskRun::default()
        });
    }
    log.stage_end(0, 0, 5, Some("Job aborted"));
    log.job_end(0, 2100, false);
    log.end(3000);
    let imported = log.replay();
    assert_eq!(column(&imported, "partition"), ["0", "1"]);
    assert!(
        imported
            .toml
            .contains("# failed with 3 tasks undone: Job aborted\n")
    );
}

#[test]
fn jobs_come_after_those_that_had_ended_and_gaps_keep_the_time_line() {
    let mut log = Log::new();
    // Two at once, one without tasks of its own, and one after them all.
    for (job, from, to) in [
        (0, 500, 2000),
        (1, 600, 2400),
        (2, 2500, 2600),
        (3, 3000, 4000),
    ] {
        log.job(job, from, &[job]);
        if job != 2 {
            log.stage(job, 0, 1, &[]);
            log.task(TaskRun {
                stage: job,
                ..TaskRun::default()
            });
            log.stage_end(job, 0, 1, None);
        }
        log.job_end(job, to, true);
    }
    log.end(4012);
    let imported = log.replay();
    let jobs = jobs(&imported);
    assert_eq!(jobs.len(), 3);
    let gap = |job: &str| jobs[job]["driver-gap"].as_str().unwrap().to_owned();
    assert_eq!([gap("job-0"), gap("job-1")], ["500ms", "600ms"]);
    assert_eq!(gap("job-3"), "600ms");
    let after: Vec<_> = jobs["job-3"]["after"].as_array().unwrap().iter().collect();
    assert_eq!(after.len(), 2);
    assert!(imported.toml.contains("final-driver-gap = \"12ms\"\n"));
}

#[test]
fn executors_that_came_and_went_are_counted_where_they_were_at_once() {
    let mut log = Log::of_one_stage(1);
    log.lines.pop();
    log.executor_gone("1", 2200);
    // The first one's place is free for this one at the same instant.
    log.executor("3", "north", 2200);
    log.executor("4", "north", 2300);
    log.end(3000);
    let imported = log.replay();
    let scenario = table(&imported);
    let conf = scenario["apps"]["small-run"]["conf"].as_table().unwrap();
    assert_eq!(conf["spark.executor.instances"].as_str(), Some("3"));
    assert_eq!(conf["spark.executor.cores"].as_str(), Some("2"));
    let nodes = scenario["nodes"].as_table().unwrap();
    assert_eq!(nodes["host-1"]["cpu"].as_str(), Some("5"));
    assert_eq!(nodes["host-2"]["cpu"].as_str(), Some("3"));
}

#[test]
fn any_name_of_an_application_makes_a_scenario_that_can_be_read() {
    let mut log = Log::of_one_stage(1);
    let odd = "\"x\"\n[run] = \\u0007\u{7f} 日本";
    log.lines[2] = log.lines[2].replace("small run", &odd.escape_default().to_string());
    let text = log.lines[2].replace("\\u{65e5}\\u{672c}", "日本");
    log.lines[2] = text.replace("\\u{7f}", "\u{7f}");
    let (application, report) = log.read(false).unwrap();
    let imported = to_scenario(&application, &report, "odd \" name");
    let scenario = table(&imported);
    assert_eq!(scenario["apps"].as_table().unwrap().len(), 1);
    let stage = &jobs(&imported)["job-0"]["stages"]["stage-0"];
    let file = stage["task-time"]["recorded"]["file"].as_str();
    assert_eq!(file, Some("odd \" name.tasks.csv"));
}
