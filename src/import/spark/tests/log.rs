//! A small event log, line by line.

use crate::import::spark::{
    Application, ImportError, Imported, ReadOptions, ReadReport, read, to_scenario,
};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The driver's clock when the application starts.
pub(super) const START: u64 = 1_700_000_000_000;

/// A log under construction. Times are milliseconds after the start of the application.
pub(super) struct Log {
    pub(super) lines: Vec<String>,
}

/// One attempt at a task, of stage 0 unless said otherwise; it succeeds on executor 1.
#[derive(Clone, Copy)]
pub(super) struct TaskRun {
    pub(super) stage: u32,
    pub(super) stage_attempt: u32,
    pub(super) index: u32,
    pub(super) partition: Option<u32>,
    pub(super) attempt: u32,
    pub(super) speculative: bool,
    pub(super) reason: &'static str,
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Default for TaskRun {
    fn default() -> Self {
        Self {
            stage: 0,
            stage_attempt: 0,
            index: 0,
            partition: None,
            attempt: 0,
            speculative: false,
            reason: "Success",
            from: 1000,
            to: 2000,
        }
    }
}

impl Log {
    /// A log of an application with two executors of two cores.
    pub(super) fn new() -> Self {
        let mut log = Self { lines: Vec::new() };
        log.event("SparkListenerLogStart", &json!({"Spark Version": "3.5.9"}));
        let properties = json!({
            "spark.master": "spark://head:7077",
            "spark.executor.memory": "2g",
            "spark.scheduler.mode": "FIFO",
        });
        let update = json!({"JVM Information": {}, "Spark Properties": properties});
        log.event("SparkListenerEnvironmentUpdate", &update);
        let start = json!({"App Name": "small run", "App ID": "app-1", "Timestamp": START});
        log.event("SparkListenerApplicationStart", &start);
        log.executor("1", "north", 100);
        log.executor("2", "south", 100);
        log
    }

    /// One job with one stage of `tasks` tasks of one second.
    pub(super) fn of_one_stage(tasks: u32) -> Self {
        let mut log = Self::new();
        log.job(0, 500, &[0]);
        log.stage(0, 0, tasks, &[]);
        for index in 0..tasks {
            log.task(TaskRun {
                index,
                ..TaskRun::default()
            });
        }
        log.stage_end(0, 0, tasks, None);
        log.job_end(0, 2100, true);
        log.end(3000);
        log
    }

    pub(super) fn event(&mut self, name: &str, fields: &Value) {
        let fields = fields.to_string();
        let rest = fields.strip_prefix('{').expect("fields are an object");
        self.lines.push(format!("{{\"Event\":\"{name}\",{rest}"));
    }

    pub(super) fn executor(&mut self, id: &str, host: &str, at: u64) {
        let info = json!({"Host": host, "Total Cores": 2, "Log Urls": {}});
        let fields = json!({"Timestamp": START + at, "Executor ID": id, "Executor Info": info});
        self.event("SparkListenerExecutorAdded", &fields);
    }

    pub(super) fn executor_gone(&mut self, id: &str, at: u64) {
        let fields = json!({"Timestamp": START + at, "Executor ID": id, "Removed Reason": "idle"});
        self.event("SparkListenerExecutorRemoved", &fields);
    }

    pub(super) fn job(&mut self, id: u32, at: u64, stages: &[u32]) {
        let fields = json!({
            "Job ID": id,
            "Submission Time": START + at,
            "Stage Infos": [],
            "Stage IDs": stages,
            "Properties": {"spark.scheduler.pool": "gold", "spark.sql.execution.id": "7"},
        });
        self.event("SparkListenerJobStart", &fields);
    }

    pub(super) fn job_end(&mut self, id: u32, at: u64, succeeded: bool) {
        let result = if succeeded {
            "JobSucceeded"
        } else {
            "JobFailed"
        };
        let fields = json!({
            "Job ID": id,
            "Completion Time": START + at,
            "Job Result": {"Result": result},
        });
        self.event("SparkListenerJobEnd", &fields);
    }

    pub(super) fn stage(&mut self, id: u32, attempt: u32, tasks: u32, parents: &[u32]) {
        let info = stage_info(id, attempt, tasks, parents);
        let fields = json!({"Stage Info": info, "Properties": {}});
        self.event("SparkListenerStageSubmitted", &fields);
    }

    pub(super) fn stage_end(&mut self, id: u32, attempt: u32, tasks: u32, failure: Option<&str>) {
        let mut info = stage_info(id, attempt, tasks, &[]);
        if let Some(failure) = failure {
            info["Failure Reason"] = json!(failure);
        }
        self.event("SparkListenerStageCompleted", &json!({"Stage Info": info}));
    }

    pub(super) fn task(&mut self, attempt: TaskRun) {
        let mut info = json!({
            "Task ID": 0,
            "Index": attempt.index,
            "Attempt": attempt.attempt,
            "Launch Time": START + attempt.from,
            "Executor ID": "1",
            "Host": "north",
            "Locality": "NODE_LOCAL",
            "Speculative": attempt.speculative,
            "Getting Result Time": 0,
            "Finish Time": START + attempt.to,
            "Failed": attempt.reason != "Success",
            "Killed": attempt.reason == "TaskKilled",
            "Accumulables": [{"ID": 1, "Value": "8"}],
        });
        if let Some(partition) = attempt.partition {
            info["Partition ID"] = json!(partition);
        }
        let metrics = json!({
            "Executor Deserialize Time": 10,
            "Executor Run Time": (attempt.to - attempt.from).saturating_sub(40),
            "Result Serialization Time": 2,
            "JVM GC Time": 5,
            "Disk Bytes Spilled": 64,
            "Shuffle Read Metrics": {
                "Fetch Wait Time": 3, "Remote Bytes Read": 100, "Local Bytes Read": 20,
            },
            "Shuffle Write Metrics": {
                "Shuffle Bytes Written": 77, "Shuffle Write Time": 1_234_567,
            },
            "Input Metrics": {"Bytes Read": 4096, "Records Read": 9},
        });
        let fields = json!({
            "Stage ID": attempt.stage,
            "Stage Attempt ID": attempt.stage_attempt,
            "Task Type": "ShuffleMapTask",
            "Task End Reason": {"Reason": attempt.reason},
            "Task Info": info,
            "Task Metrics": metrics,
        });
        self.event("SparkListenerTaskEnd", &fields);
    }

    pub(super) fn end(&mut self, at: u64) {
        self.event(
            "SparkListenerApplicationEnd",
            &json!({"Timestamp": START + at}),
        );
    }

    pub(super) fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }

    /// What the importer makes of it.
    pub(super) fn read(&self, partial: bool) -> Result<(Application, ReadReport), ImportError> {
        read_bytes(self.text().as_bytes(), partial)
    }

    /// The scenario of a whole and sound log.
    pub(super) fn replay(&self) -> Imported {
        let (application, report) = self.read(false).unwrap();
        to_scenario(&application, &report, "small")
    }
}

fn stage_info(id: u32, attempt: u32, tasks: u32, parents: &[u32]) -> Value {
    json!({
        "Stage ID": id,
        "Stage Attempt ID": attempt,
        "Stage Name": format!("count at Small.scala:{id}"),
        "Number of Tasks": tasks,
        "RDD Info": [{"RDD ID": 5, "Parent IDs": [4]}],
        "Parent IDs": parents,
        "Submission Time": START + 600,
    })
}

/// Imports a file that holds these bytes.
pub(super) fn read_bytes(
    bytes: &[u8],
    partial: bool,
) -> Result<(Application, ReadReport), ImportError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("small.log");
    fs::write(&path, bytes).unwrap();
    read(&path, &ReadOptions { partial })
}

/// The message of an error, without the directory.
pub(super) fn message(error: &ImportError, path: &Path) -> String {
    let directory = path.parent().unwrap().display().to_string();
    error.to_string().replace(&format!("{directory}/"), "")
}

/// The message of what importing these bytes fails with.
pub(super) fn failure(bytes: &[u8], partial: bool) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("small.log");
    fs::write(&path, bytes).unwrap();
    let error = read(&path, &ReadOptions { partial }).unwrap_err();
    message(&error, &path)
}

/// The cells of one column of the tasks, row by row.
pub(super) fn column(imported: &Imported, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(&imported.tasks_csv[..]);
    let head = reader.headers().unwrap().clone();
    let position = head.iter().position(|it| it == name).unwrap();
    let rows = reader.records();
    rows.map(|row| row.unwrap()[position].to_owned()).collect()
}

/// The scenario as a TOML table.
pub(super) fn table(imported: &Imported) -> toml::Table {
    imported.toml.parse().unwrap()
}
