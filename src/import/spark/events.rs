//! A line of the log to the few fields that are needed.
//!
//! The name of the event is read first, so that most lines (query plans, task starts, metrics) are
//! never parsed. What is parsed borrows from the line. Unknown events and keys are ignored; the
//! names are those of Spark's `JsonProtocol`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The events that tell how an application ran.
pub(super) enum Event<'a> {
    LogStart(LogStart<'a>),
    ApplicationStart(ApplicationStart<'a>),
    ApplicationEnd(ApplicationEnd),
    EnvironmentUpdate(EnvironmentUpdate<'a>),
    ExecutorAdded(ExecutorAdded<'a>),
    ExecutorRemoved(ExecutorRemoved<'a>),
    BlockManagerAdded(BlockManager<'a>),
    BlockManagerRemoved(BlockManager<'a>),
    ResourceProfileAdded(ResourceProfileAdded<'a>),
    JobStart(JobStart<'a>),
    JobEnd(JobEnd<'a>),
    StageSubmitted(StageInfo<'a>),
    StageCompleted(StageInfo<'a>),
    TaskEnd(Box<TaskEnd<'a>>),
}

/// Why a line is not an event.
pub(super) struct NotAnEvent {
    /// Where the parser stopped.
    pub(super) found: String,
    /// Whether the line stopped before the object did.
    pub(super) is_cut_off: bool,
}

/// Reads a line; `None` for an event that is not needed.
///
/// # Errors
/// If the line is not a JSON object that names its event, or a needed field is missing or of the
/// wrong type.
pub(super) fn parse(line: &[u8]) -> Result<Option<Event<'_>>, NotAnEvent> {
    let name = match quick_name(line) {
        Some(name) => Cow::Borrowed(name),
        None => full::<Name>(line)?.event,
    };
    let event = match name.as_ref() {
        "SparkListenerTaskEnd" => Event::TaskEnd(full(line)?),
        "SparkListenerStageSubmitted" => Event::StageSubmitted(full::<StageEvent>(line)?.info),
        "SparkListenerStageCompleted" => Event::StageCompleted(full::<StageEvent>(line)?.info),
        "SparkListenerJobStart" => Event::JobStart(full(line)?),
        "SparkListenerJobEnd" => Event::JobEnd(full(line)?),
        "SparkListenerExecutorAdded" => Event::ExecutorAdded(full(line)?),
        "SparkListenerExecutorRemoved" => Event::ExecutorRemoved(full(line)?),
        "SparkListenerBlockManagerAdded" => Event::BlockManagerAdded(full(line)?),
        "SparkListenerBlockManagerRemoved" => Event::BlockManagerRemoved(full(line)?),
        "SparkListenerResourceProfileAdded" => Event::ResourceProfileAdded(full(line)?),
        "SparkListenerEnvironmentUpdate" => Event::EnvironmentUpdate(full(line)?),
        "SparkListenerApplicationStart" => Event::ApplicationStart(full(line)?),
        "SparkListenerApplicationEnd" => Event::ApplicationEnd(full(line)?),
        // The second is how Databricks begins each of its files.
        "SparkListenerLogStart" | "DBCEventLoggingListenerMetadata" => Event::LogStart(full(line)?),
        // Not parsed, so its end is all that is looked at: a line that was cut off lacks it.
        _ if line.last() == Some(&b'}') => return Ok(None),
        _ => {
            full::<IgnoredAny>(line)?;
            return Ok(None);
        }
    };
    Ok(Some(event))
}

/// The event's name where the line begins as Spark begins it.
fn quick_name(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(br#"{"Event":""#)?;
    let end = rest.iter().position(|&byte| byte == b'"')?;
    str::from_utf8(&rest[..end])
        .ok()
        .filter(|name| !name.contains('\\'))
}

fn full<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, NotAnEvent> {
    serde_json::from_slice(line).map_err(|error| {
        let around = excerpt(line, error.column().saturating_sub(1));
        NotAnEvent {
            found: format!("{around} ({error})"),
            is_cut_off: error.is_eof(),
        }
    })
}

/// The text around a position of a line, as messages show it.
pub(super) fn excerpt(line: &[u8], position: usize) -> String {
    const BEFORE: usize = 24;
    const AFTER: usize = 24;
    let position = position.min(line.len());
    let from = position.saturating_sub(BEFORE);
    let to = line.len().min(position + AFTER);
    let text: String = String::from_utf8_lossy(&line[from..to])
        .chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    let (left, right) = (
        if from > 0 { "…" } else { "" },
        if to < line.len() { "…" } else { "" },
    );
    format!("`{left}{text}{right}`")
}

#[derive(Deserialize)]
struct Name<'a> {
    #[serde(rename = "Event", borrow)]
    event: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct LogStart<'a> {
    #[serde(rename = "Spark Version", borrow, default)]
    pub(super) version: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct ApplicationStart<'a> {
    #[serde(rename = "App Name", borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(rename = "App ID", borrow, default)]
    pub(super) id: Option<Cow<'a, str>>,
    #[serde(rename = "Timestamp")]
    pub(super) timestamp: i64,
}

#[derive(Deserialize)]
pub(super) struct ApplicationEnd {
    #[serde(rename = "Timestamp")]
    pub(super) timestamp: i64,
}

#[derive(Deserialize)]
pub(super) struct EnvironmentUpdate<'a> {
    #[serde(rename = "Spark Properties", borrow, default)]
    pub(super) properties: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct ExecutorAdded<'a> {
    #[serde(rename = "Timestamp")]
    pub(super) timestamp: i64,
    #[serde(rename = "Executor ID", borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(rename = "Executor Info", borrow)]
    pub(super) info: ExecutorInfo<'a>,
}

#[derive(Deserialize)]
pub(super) struct ExecutorInfo<'a> {
    #[serde(rename = "Host", borrow)]
    pub(super) host: Cow<'a, str>,
    #[serde(rename = "Total Cores")]
    pub(super) cores: u32,
}

#[derive(Deserialize)]
pub(super) struct ExecutorRemoved<'a> {
    #[serde(rename = "Timestamp")]
    pub(super) timestamp: i64,
    #[serde(rename = "Executor ID", borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(rename = "Removed Reason", borrow, default)]
    pub(super) reason: Option<Cow<'a, str>>,
}

/// Every executor and the driver have one; before 1.4 it is all that is said of executors.
#[derive(Deserialize)]
pub(super) struct BlockManager<'a> {
    #[serde(rename = "Block Manager ID", borrow)]
    pub(super) id: BlockManagerId<'a>,
    /// Missing in the earliest logs.
    #[serde(rename = "Timestamp", default)]
    pub(super) timestamp: i64,
}

#[derive(Deserialize)]
pub(super) struct BlockManagerId<'a> {
    #[serde(rename = "Executor ID", borrow)]
    pub(super) executor: Cow<'a, str>,
    #[serde(rename = "Host", borrow)]
    pub(super) host: Cow<'a, str>,
}

/// What the stages of a resource profile ask for (Spark 3.1 and later).
#[derive(Deserialize)]
pub(super) struct ResourceProfileAdded<'a> {
    #[serde(rename = "Resource Profile Id")]
    pub(super) id: u32,
    #[serde(rename = "Executor Resource Requests", borrow, default)]
    pub(super) executor: BTreeMap<Cow<'a, str>, ResourceRequest>,
    #[serde(rename = "Task Resource Requests", borrow, default)]
    pub(super) task: BTreeMap<Cow<'a, str>, ResourceRequest>,
}

#[derive(Deserialize)]
pub(super) struct ResourceRequest {
    #[serde(rename = "Amount", default)]
    pub(super) amount: f64,
}

#[derive(Deserialize)]
pub(super) struct JobStart<'a> {
    #[serde(rename = "Job ID")]
    pub(super) id: u32,
    /// Since 1.3.
    #[serde(rename = "Submission Time", default)]
    pub(super) submitted: Option<i64>,
    #[serde(rename = "Stage IDs")]
    pub(super) stage_ids: Vec<u32>,
    #[serde(rename = "Properties", borrow, default)]
    pub(super) properties: Option<JobProperties<'a>>,
}

#[derive(Default, Deserialize)]
pub(super) struct JobProperties<'a> {
    #[serde(rename = "spark.sql.execution.id", borrow, default)]
    pub(super) sql_execution: Option<Cow<'a, str>>,
    #[serde(rename = "spark.scheduler.pool", borrow, default)]
    pub(super) pool: Option<Cow<'a, str>>,
    #[serde(rename = "spark.jobGroup.id", borrow, default)]
    pub(super) group: Option<Cow<'a, str>>,
    #[serde(rename = "spark.job.description", borrow, default)]
    pub(super) description: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct JobEnd<'a> {
    #[serde(rename = "Job ID")]
    pub(super) id: u32,
    /// Since 1.3.
    #[serde(rename = "Completion Time", default)]
    pub(super) completed: Option<i64>,
    #[serde(rename = "Job Result", borrow)]
    pub(super) result: JobResult<'a>,
}

#[derive(Deserialize)]
pub(super) struct JobResult<'a> {
    #[serde(rename = "Result", borrow)]
    pub(super) result: Cow<'a, str>,
}

#[derive(Deserialize)]
struct StageEvent<'a> {
    #[serde(rename = "Stage Info", borrow)]
    info: StageInfo<'a>,
}

#[derive(Deserialize)]
pub(super) struct StageInfo<'a> {
    #[serde(rename = "Stage ID")]
    pub(super) id: u32,
    #[serde(rename = "Stage Attempt ID", default)]
    pub(super) attempt: u32,
    #[serde(rename = "Stage Name", borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(rename = "Number of Tasks")]
    pub(super) task_count: u32,
    /// Since 1.4.
    #[serde(rename = "Parent IDs", default)]
    pub(super) parents: Option<Vec<u32>>,
    /// Since 3.1.
    #[serde(rename = "Resource Profile Id", default)]
    pub(super) resource_profile: u32,
    #[serde(rename = "Submission Time", default)]
    pub(super) submitted: Option<i64>,
    #[serde(rename = "Completion Time", default)]
    pub(super) completed: Option<i64>,
    #[serde(rename = "Failure Reason", borrow, default)]
    pub(super) failure: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct TaskEnd<'a> {
    #[serde(rename = "Stage ID")]
    pub(super) stage: u32,
    #[serde(rename = "Stage Attempt ID", default)]
    pub(super) stage_attempt: u32,
    #[serde(rename = "Task End Reason", borrow)]
    pub(super) reason: TaskEndReason<'a>,
    #[serde(rename = "Task Info", borrow)]
    pub(super) info: TaskInfo<'a>,
    #[serde(rename = "Task Metrics", default)]
    pub(super) metrics: Option<TaskMetrics>,
}

#[derive(Deserialize)]
pub(super) struct TaskEndReason<'a> {
    #[serde(rename = "Reason", borrow)]
    pub(super) reason: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct TaskInfo<'a> {
    #[serde(rename = "Index")]
    pub(super) index: u32,
    #[serde(rename = "Attempt", default)]
    pub(super) attempt: u32,
    #[serde(rename = "Partition ID", default)]
    pub(super) partition: Option<u32>,
    #[serde(rename = "Launch Time")]
    pub(super) launched: i64,
    #[serde(rename = "Executor ID", borrow)]
    pub(super) executor: Cow<'a, str>,
    #[serde(rename = "Host", borrow)]
    pub(super) host: Cow<'a, str>,
    #[serde(rename = "Locality", borrow)]
    pub(super) locality: Cow<'a, str>,
    #[serde(rename = "Speculative", default)]
    pub(super) speculative: bool,
    /// An instant; 0 where the result came with the message.
    #[serde(rename = "Getting Result Time", default)]
    pub(super) getting_result: i64,
    #[serde(rename = "Finish Time")]
    pub(super) finished: i64,
    #[serde(rename = "Killed", default)]
    pub(super) killed: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct TaskMetrics {
    #[serde(rename = "Executor Deserialize Time", default)]
    pub(super) deserialize_ms: i64,
    #[serde(rename = "Executor Run Time", default)]
    pub(super) run_ms: i64,
    /// Since 2.1.
    #[serde(rename = "Executor CPU Time", default)]
    pub(super) cpu_ns: i64,
    #[serde(rename = "JVM GC Time", default)]
    pub(super) gc_ms: i64,
    #[serde(rename = "Result Serialization Time", default)]
    pub(super) result_serialization_ms: i64,
    #[serde(rename = "Disk Bytes Spilled", default)]
    pub(super) spilled_bytes: i64,
    #[serde(rename = "Shuffle Read Metrics", default)]
    pub(super) shuffle_read: Option<ShuffleRead>,
    #[serde(rename = "Shuffle Write Metrics", default)]
    pub(super) shuffle_write: Option<ShuffleWrite>,
    #[serde(rename = "Input Metrics", default)]
    pub(super) input: Option<Input>,
}

#[derive(Default, Deserialize)]
pub(super) struct ShuffleRead {
    #[serde(rename = "Fetch Wait Time", default)]
    pub(super) fetch_wait_ms: i64,
    #[serde(rename = "Remote Bytes Read", default)]
    pub(super) remote_bytes: i64,
    #[serde(rename = "Local Bytes Read", default)]
    pub(super) local_bytes: i64,
}

#[derive(Default, Deserialize)]
pub(super) struct ShuffleWrite {
    #[serde(rename = "Shuffle Bytes Written", default)]
    pub(super) bytes: i64,
    #[serde(rename = "Shuffle Write Time", default)]
    pub(super) time_ns: i64,
}

#[derive(Default, Deserialize)]
pub(super) struct Input {
    #[serde(rename = "Bytes Read", default)]
    pub(super) bytes: i64,
}
