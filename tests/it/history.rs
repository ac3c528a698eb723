//! Event logs as a history server keeps them, made for the purpose.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Milliseconds since 1970 from which starts count.
const EPOCH: u64 = 1_700_000_000_000;

/// An application of one job and one stage on one executor; times in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) name: &'static str,
    /// When it started.
    pub(crate) start: u64,
    /// From its start to the submission of its job.
    pub(crate) before: u64,
    /// Its tasks, which run one after the other on each core.
    pub(crate) tasks: Vec<u64>,
    /// What a slot does between two of its tasks.
    pub(crate) pause: u64,
    pub(crate) cores: u64,
    pub(crate) properties: Vec<(&'static str, &'static str)>,
}

impl Recorded {
    pub(crate) fn new(name: &'static str, start: u64, tasks: &[u64]) -> Self {
        Self {
            name,
            start,
            before: 500,
            tasks: tasks.to_vec(),
            pause: 0,
            cores: 1,
            properties: Vec::new(),
        }
    }

    /// Writes the log, and answers with its text.
    pub(crate) fn write(&self, directory: &Path, file: &str) -> String {
        let text = self.text();
        fs::create_dir_all(directory).unwrap();
        fs::write(directory.join(file), &text).unwrap();
        text
    }

    fn text(&self) -> String {
        let start = EPOCH + self.start;
        let submitted = start + self.before;
        let mut lines = Vec::new();
        let mut event = |name: &str, mut fields: Value| {
            fields["Event"] = json!(format!("SparkListener{name}"));
            // The reader takes the event's name for a sign of what the file is.
            let object = fields.as_object().unwrap();
            let rest = object.iter().filter(|(key, _)| *key != "Event");
            let rest: Vec<String> = rest
                .map(|(key, value)| format!(",\"{key}\":{value}"))
                .collect();
            let first = format!("\"Event\":{}", fields["Event"]);
            lines.push(format!("{{{first}{}}}", rest.concat()));
        };
        let mut properties = json!({
            "spark.master": "k8s://https://api", "spark.executor.memory": "1g",
        });
        for (key, value) in &self.properties {
            properties[key] = json!(value);
        }
        event("LogStart", json!({"Spark Version": "3.5.1"}));
        event("EnvironmentUpdate", json!({"Spark Properties": properties}));
        let id = format!("spark-{}", self.start);
        event(
            "ApplicationStart",
            json!({"App Name": self.name, "App ID": id, "Timestamp": start}),
        );
        let info = json!({"Host": "node", "Total Cores": self.cores, "Log Urls": {}});
        event(
            "ExecutorAdded",
            json!({"Timestamp": start, "Executor ID": "1", "Executor Info": info}),
        );
        event(
            "JobStart",
            json!({"Job ID": 0, "Submission Time": submitted, "Stage Infos": [], "Stage IDs": [0],
                   "Properties": {}}),
        );
        let stage = |ended: Option<u64>| {
            json!({"Stage Info": {"Stage ID": 0, "Stage Attempt ID": 0, "Stage Name": "count",
                   "Number of Tasks": self.tasks.len(), "Parent IDs": [],
                   "Submission Time": submitted, "Completion Time": ended}})
        };
        event("StageSubmitted", stage(None));
        let mut free = vec![submitted; self.cores as usize];
        let mut end = submitted;
        for (index, length) in self.tasks.iter().enumerate() {
            let slot = (0..free.len()).min_by_key(|&slot| free[slot]).unwrap();
            let (from, to) = (free[slot], free[slot] + length);
            free[slot] = to + self.pause;
            end = end.max(to);
            event(
                "TaskEnd",
                json!({"Stage ID": 0, "Stage Attempt ID": 0, "Task Type": "ResultTask",
                       "Task End Reason": {"Reason": "Success"},
                       "Task Info": {"Task ID": index, "Index": index, "Attempt": 0,
                                     "Launch Time": from, "Finish Time": to, "Executor ID": "1",
                                     "Host": "node", "Locality": "ANY", "Speculative": false,
                                     "Getting Result Time": 0, "Failed": false, "Killed": false},
                       "Task Metrics": {"Executor Run Time": length,
                                        "Executor Deserialize Time": 0,
                                        "Result Serialization Time": 0, "JVM GC Time": 0}}),
            );
        }
        event("StageCompleted", stage(Some(end)));
        event(
            "JobEnd",
            json!({"Job ID": 0, "Completion Time": end, "Job Result": {"Result": "JobSucceeded"}}),
        );
        event("ApplicationEnd", json!({"Timestamp": end + 300}));
        lines.join("\n") + "\n"
    }
}
