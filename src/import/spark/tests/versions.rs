//! What differs from version to version, and from one vendor's layout to another's.

use super::log::{Log, START, TaskRun, column, table};
use crate::import::spark::{
    DataScale, Purpose, ReadOptions, ScenarioOptions, read, to_scenario, to_scenario_for,
};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Two stages of two tasks, one after the other, in one job; and a job of one stage.
fn two_jobs() -> Log {
    let mut log = Log::new();
    for (job, stages) in [(0, &[0, 1][..]), (1, &[2])] {
        log.job(job, 500, stages);
        for &stage in stages {
            let at = 1000 + u64::from(stage) * 2000;
            let parents = if stage == 1 { &[0][..] } else { &[] };
            log.stage(stage, 0, 2, parents);
            for index in 0..2 {
                log.task(TaskRun {
                    stage,
                    index,
                    from: at,
                    to: at + 1500,
                    ..TaskRun::default()
                });
            }
            log.stage_end(stage, 0, 2, None);
        }
        log.job_end(job, 2100, true);
    }
    log.end(9000);
    log
}

/// The same log as Spark 1.2 would have written it.
fn as_spark_1_2(log: &Log) -> Log {
    let mut old = Log { lines: Vec::new() };
    for line in &log.lines {
        let mut event: Value = serde_json::from_str(line).unwrap();
        let name = event["Event"].as_str().unwrap().to_owned();
        if name == "SparkListenerLogStart" {
            continue;
        }
        let fields = event.as_object_mut().unwrap();
        if name == "SparkListenerExecutorAdded" {
            let host = fields["Executor Info"]["Host"].clone();
            let id = fields["Executor ID"].clone();
            let id = json!({"Executor ID": id, "Host": host, "Port": 1});
            let at = fields["Timestamp"].clone();
            let fields = json!({"Block Manager ID": id, "Maximum Memory": 9, "Timestamp": at});
            old.event("SparkListenerBlockManagerAdded", &fields);
            continue;
        }
        for key in ["Submission Time", "Completion Time"] {
            fields.remove(key);
        }
        if let Some(info) = fields.get_mut("Stage Info").and_then(Value::as_object_mut) {
            info.remove("Parent IDs");
            // The stages' own times were there.
            let at = 900 + info["Stage ID"].as_u64().unwrap() * 2000;
            info.insert("Submission Time".to_owned(), json!(START + at));
            if name == "SparkListenerStageCompleted" {
                info.insert("Completion Time".to_owned(), json!(START + at + 1700));
            }
        }
        fields.remove("Event");
        old.event(&name, &event);
    }
    // The driver's own is no executor.
    let id = json!({"Executor ID": "<driver>", "Host": "head", "Port": 1});
    let driver = json!({"Block Manager ID": id, "Maximum Memory": 9, "Timestamp": START});
    old.event("SparkListenerBlockManagerAdded", &driver);
    let last = old.lines.len() - 1;
    old.lines.swap(last - 1, last);
    old
}

#[test]
fn a_log_of_spark_1_2_gets_times_parents_and_executors_from_what_it_has() {
    let (application, report) = as_spark_1_2(&two_jobs()).read(false).unwrap();
    let imported = to_scenario(&application, &report, "small");
    insta::assert_snapshot!(imported.summary, @r##"
    read small.log (an unnamed version of Spark): 2 jobs, 3 stages, 6 tasks of 9 s in all, on 2 executors of 2 cores
         22 lines, 7.246 KiB; jobs ran for 5.4 s of 9 s
    assumed: 2 jobs have no times, as before Spark 1.3, so first and last of the stages count
    assumed: 1 stage has no list of parents, as before Spark 1.4, so those of the same job that had ended at its submission count
    assumed: 2 executors have no event, as before Spark 1.4, so what block managers say counts
    assumed: the log does not say how many cores an executor had; it ran at most 2 tasks at once
    "##);
    let jobs: Vec<_> = application
        .jobs
        .iter()
        .map(|job| {
            let submitted = job.submitted.millis_since(application.started);
            let took = application.job_end(job).millis_since(job.submitted);
            (submitted, took)
        })
        .collect();
    assert_eq!(jobs, [(900, 3700), (4900, 1700)]);
    assert_eq!(application.stages[1].parents, [0]);
    let scenario = table(&imported);
    let conf = &scenario["apps"]["small-run"]["conf"];
    assert_eq!(conf["spark.executor.instances"].as_str(), Some("2"));
    // Two tasks at once were seen on the first.
    assert_eq!(conf["spark.executor.cores"].as_str(), Some("2"));
}

#[test]
fn the_cores_of_a_local_master_are_in_its_name() {
    for (master, cores) in [("local", "1"), ("local[3]", "3"), ("local[5,2]", "5")] {
        let mut log = as_spark_1_2(&two_jobs());
        for line in &mut log.lines {
            *line = line.replace("spark://head:7077", master);
        }
        let (application, report) = log.read(false).unwrap();
        let scenario = table(&to_scenario(&application, &report, "small"));
        let conf = &scenario["apps"]["small-run"]["conf"];
        assert_eq!(conf["spark.executor.cores"].as_str(), Some(cores));
    }
}

fn in_directory(files: &[(&str, &[String])]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, lines) in files {
        fs::write(directory.path().join(name), lines.join("\n") + "\n").unwrap();
    }
    directory
}

fn whole(path: &Path) -> (Option<String>, u64, Vec<String>) {
    let (application, report) = read(path, &ReadOptions { partial: false }).unwrap();
    (application.spark_version, report.line_count, report.assumed)
}

#[test]
fn the_files_of_databricks_are_read_by_their_times_and_the_plain_one_last() {
    let mut log = Log::of_one_stage(3);
    log.lines[0] =
        r#"{"Event":"DBCEventLoggingListenerMetadata","Rollover Number":0,"Spark Version":"3.3.2"}"#
            .to_owned();
    let directory = in_directory(&[
        ("eventlog", &log.lines[9..]),
        ("eventlog-2024-01-02--11-00", &log.lines[6..9]),
        ("eventlog-2024-01-02--10-00", &log.lines[..6]),
        ("stderr", &log.lines[..2]),
    ]);
    let (version, line_count, assumed) = whole(directory.path());
    assert_eq!(version.as_deref(), Some("3.3.2"));
    assert_eq!(line_count, log.lines.len() as u64);
    assert!(assumed.is_empty(), "{assumed:?}");
}

#[test]
fn the_directories_of_spark_before_1_3_are_read() {
    let log = Log::of_one_stage(3);
    let directory = in_directory(&[
        ("EVENT_LOG_1", &log.lines[1..]),
        ("SPARK_VERSION_1.1.0", &[]),
        ("APPLICATION_COMPLETE", &[]),
    ]);
    let (version, line_count, _) = whole(directory.path());
    assert_eq!(version.as_deref(), Some("1.1.0"));
    assert_eq!(line_count, log.lines.len() as u64 - 1);
}

#[test]
fn a_log_in_progress_says_so() {
    let log = Log::of_one_stage(3);
    let directory = in_directory(&[("app-1.inprogress", &log.lines[..log.lines.len() - 1])]);
    let (_, _, assumed) = whole(&directory.path().join("app-1.inprogress"));
    assert_eq!(
        assumed,
        [
            "by the name `….inprogress` the application was still running, or its driver died",
            "the log lacks SparkListenerApplicationEnd, so its last event counts as the end",
        ]
    );
    let directory = in_directory(&[
        ("events_1_app-1", &log.lines),
        ("appstatus_app-1.inprogress", &[]),
    ]);
    assert_eq!(whole(directory.path()).2.len(), 1);
}

#[test]
fn custom_resources_limit_the_tasks_of_an_executor() {
    // Of the task and of the executor, and the cores that make as many tasks of two processors.
    let amounts = [
        ("1", "1", Some("2")),
        ("0.5", "1", Some("4")),
        ("2", "3", Some("2")),
        ("0.25", "1", None),
        ("1", "8", None),
    ];
    for (of_task, of_executor, cores) in amounts {
        let mut log = Log::of_one_stage(1);
        let properties = format!(
            "\"spark.task.cpus\":\"2\",\"spark.task.resource.gpu.amount\":\"{of_task}\",\
             \"spark.executor.resource.gpu.amount\":\"{of_executor}\",\"spark.master\""
        );
        log.lines[1] = log.lines[1].replace("\"spark.master\"", &properties);
        for line in &mut log.lines {
            *line = line.replace("\"Total Cores\":2", "\"Total Cores\":8");
        }
        let imported = log.replay();
        let scenario = table(&imported);
        let conf = &scenario["apps"]["small-run"]["conf"];
        let given = conf["spark.executor.cores"].as_str();
        assert_eq!(given, cores.or(Some("8")), "{of_task} of {of_executor}");
        let note = "assumed: `spark.task.resource.gpu.amount` let an executor of 8 cores run ";
        assert_eq!(imported.summary.contains(note), cores.is_some());
    }
}

#[test]
fn stages_with_a_resource_profile_of_their_own_are_named() {
    let mut log = Log::of_one_stage(2);
    let profile = json!({
        "Resource Profile Id": 1,
        "Executor Resource Requests": {"cores": {"Amount": 2}, "gpu": {"Amount": 1}},
        "Task Resource Requests": {"cpus": {"Amount": 2.0}},
    });
    log.event("SparkListenerResourceProfileAdded", &profile);
    for line in &mut log.lines {
        *line = line.replace("\"Stage Name\"", "\"Resource Profile Id\":1,\"Stage Name\"");
    }
    let (application, _) = log.read(false).unwrap();
    assert_eq!(application.stages[0].resource_profile, 1);
    let summary = log.replay().summary;
    assert!(
        summary.contains(
            "assumed: 1 stage ran with resource profile 1 (executor: cores 2, gpu 1; task: cpus \
             2); the replay runs all stages on the same executors\n"
        ),
        "{summary}"
    );
}

#[test]
fn executors_come_late_and_go_early_as_recorded() {
    let mut log = Log::new();
    log.job(0, 500, &[0]);
    log.executor("3", "north", 1250);
    log.executor_gone("2", 1300);
    log.stage(0, 0, 1, &[]);
    log.task(TaskRun::default());
    log.stage_end(0, 0, 1, None);
    log.job_end(0, 2100, true);
    // After the last job: dynamic allocation's business.
    log.executor_gone("3", 2500);
    log.end(3000);
    let scenario = table(&log.replay());
    let executors = scenario["apps"]["small-run"]["executors"].to_string();
    assert_eq!(
        executors,
        r#"[{ at = "100ms" }, { at = "100ms", until = "1.3s" }, { at = "1.25s" }]"#
    );
}

#[test]
fn a_property_with_an_impossible_value_is_left_out_and_told() {
    let mut log = Log::of_one_stage(1);
    log.lines[1] = log.lines[1].replace("\"2g\"", "\"lots\"");
    log.lines[1] = log.lines[1].replace(
        "\"spark.master\"",
        "\"spark.task.cpus\":\"0\",\"spark.sql.shuffle.partitions\":\"many\",\"spark.master\"",
    );
    let imported = log.replay();
    let scenario = table(&imported);
    let conf = scenario["apps"]["small-run"]["conf"].as_table().unwrap();
    assert!(!conf.contains_key("spark.executor.memory"));
    assert!(!conf.contains_key("spark.task.cpus"));
    // What the model does not read it does not judge.
    assert!(conf.contains_key("spark.sql.shuffle.partitions"));
    let left_out: Vec<&str> = imported
        .summary
        .lines()
        .filter(|line| line.starts_with("left out: `spark."))
        .collect();
    insta::assert_snapshot!(left_out.join("\n"), @r##"
    left out: `spark.executor.memory = lots`: `lots` is not a size in Spark's notation: a number is missing; write a whole number and k, m, g, t or p, e.g. `512m` or `8g`
    left out: `spark.task.cpus = 0`: expected a whole number from 1 to 1000000, found `0`
    "##);
}

#[test]
fn impossible_times_of_a_success_are_damage() {
    let mut log = Log::of_one_stage(2);
    let finish = format!("\"Finish Time\":{}", START + 2000);
    log.lines[7] = log.lines[7].replace(&finish, &format!("\"Finish Time\":{}", START + 10));
    insta::assert_snapshot!(super::log::failure(log.text().as_bytes(), false), @r##"`small.log` line 8: expected a finish that is not before the launch at 1700000001000, found task 0 of stage 0 from 1700000001000 to 1700000000010 (ms)"##);
    let (_, report) = log.read(true).unwrap();
    assert_eq!(report.skipped_count, 1);
    // An attempt that failed is no work, and Spark leaves its times at 0 now and then.
    log.lines[7] = log.lines[7].replace("\"Reason\":\"Success\"", "\"Reason\":\"TaskKilled\"");
    let (_, report) = log.read(true).unwrap();
    assert_eq!(report.skipped_count, 0);
}

#[test]
fn more_data_are_more_tasks_of_the_same_kind() {
    let mut log = Log::new();
    log.job(0, 500, &[0, 1]);
    for (stage, tasks) in [(0, 2), (1, 1)] {
        log.stage(stage, 0, tasks, &[]);
        for index in 0..tasks {
            log.task(TaskRun {
                stage,
                index,
                to: 2000 + u64::from(index) * 500,
                ..TaskRun::default()
            });
        }
        log.stage_end(stage, 0, tasks, None);
    }
    log.job_end(0, 3000, true);
    log.end(3000);
    let (application, report) = log.read(false).unwrap();
    let scale = |factor: &str| {
        let scale: DataScale = factor.parse().unwrap();
        let purpose = Purpose::Replay;
        to_scenario_for(
            &application,
            &report,
            "small",
            ScenarioOptions { purpose, scale },
        )
    };
    let twice = scale("2");
    let durations = column(&twice, "duration");
    assert_eq!(durations, ["1.000", "1.000", "1.500", "1.500", "2.000"]);
    let bytes = column(&twice, "input_bytes");
    assert_eq!(bytes, ["4096", "4096", "4096", "4096", "8192"]);
    // Only a recorded task ran somewhere.
    assert_eq!(column(&twice, "executor"), ["1", "", "1", "", "1"]);
    let stages = table(&twice)["apps"]["small-run"]["jobs"]["job-0"]["stages"].clone();
    assert_eq!(stages["stage-0"]["tasks"].as_integer(), Some(4));
    let head = twice.toml.split("\n[run]").next().unwrap();
    insta::assert_snapshot!(head, @r##"
    # The recorded run of small run with 2 times its data: same order, and in each stage as many times
    # the tasks, with the times and sizes of recorded ones. With the data as recorded, jobs ran for
    # 2.5s.
    #
    # Read: small.log (Spark 3.5.9): 1 job, 2 stages, 5 tasks of 7 s in all, on 2 executors of 2 cores
    # Assumed: with other data a stage of one task stays one, as many times as long, and the driver
    #          takes as long as recorded
    # Written by `sparksim import spark-event-log`; times are exact to the millisecond.

    title = "Replay of small run with 2 times its data"
    "##);
    assert_eq!(column(&scale("0.5"), "duration"), ["1.000", "0.500"]);
}
