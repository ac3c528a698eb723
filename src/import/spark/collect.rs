//! Events to an [`Application`], in one pass.
//!
//! Spark's listener may drop events under load, so any of them can be missing: a stage is known by
//! whatever event names it first. What that means for the whole is judged at the end, in `reader`.

use super::application::{
    Application, Executor, Job, JobOutcome, Locality, ResourceProfile, Stage, StageOutcome, Task,
    TaskStatus, Timestamp,
};
use super::derive::Unsaid;
use super::events::{
    Event, ExecutorAdded, ExecutorRemoved, JobEnd, JobStart, ResourceProfileAdded, ResourceRequest,
    StageInfo, TaskEnd, TaskMetrics,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// The application as far as it was read.
#[derive(Default)]
pub(super) struct Collector {
    name: Option<String>,
    id: Option<String>,
    pub(super) spark_version: Option<String>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    /// The latest instant of any event.
    last_seen: Timestamp,
    /// The earliest one.
    first_seen: Option<Timestamp>,
    properties: BTreeMap<String, String>,
    executors: Vec<Executor>,
    executor_indices: HashMap<String, u32>,
    resource_profiles: BTreeMap<u32, ResourceProfile>,
    jobs: Vec<Job>,
    job_indices: HashMap<u32, usize>,
    stages: BTreeMap<u32, Stage>,
    /// The jobs that listed a stage, in the order of their submission.
    claims: HashMap<u32, Vec<usize>>,
    /// What the log leaves to be derived.
    unsaid: Unsaid,
}

/// What an event says that cannot be.
pub(super) struct Contradiction {
    pub(super) expected: String,
    pub(super) found: String,
}

/// No stage has more tasks; a count beyond it is damage, and is not given memory.
const STAGE_TASKS_MAX: u32 = 10_000_000;

/// What 32 bits hold, less than 50 days.
const TASK_MILLIS_MAX: i64 = u32::MAX as i64;

/// Part of why an executor was removed that the driver did not need.
const KILLED_BY_DRIVER: &str = "killed by driver";

/// Beyond this many cores an executor is damage.
const CORES_MAX: u32 = 65_536;

impl Collector {
    /// Takes one event in.
    pub(super) fn apply(&mut self, event: Event<'_>) -> Result<(), Contradiction> {
        match event {
            Event::LogStart(start) => {
                let version = start.version.map(Cow::into_owned);
                self.spark_version = version.or(self.spark_version.take());
            }
            Event::ApplicationStart(start) => {
                if self.started.is_some() {
                    return Err(Contradiction {
                        expected: "the events of one application".to_owned(),
                        found: format!("the start of a second one, `{}`", start.name),
                    });
                }
                self.started = Some(self.seen(start.timestamp));
                self.name = Some(start.name.into_owned());
                self.id = start.id.map(Cow::into_owned);
            }
            Event::ApplicationEnd(end) => self.ended = Some(self.seen(end.timestamp)),
            Event::EnvironmentUpdate(update) => {
                let properties = update.properties.into_iter();
                self.properties
                    .extend(properties.map(|(key, value)| (key.into_owned(), value.into_owned())));
            }
            Event::ExecutorAdded(added) => self.executor_added(&added)?,
            Event::ExecutorRemoved(removed) => self.executor_removed(&removed),
            Event::BlockManagerAdded(added) => {
                let at = self.seen(added.timestamp);
                self.unsaid
                    .block_manager_added(id(&added.id.executor), &added.id.host, at);
            }
            Event::BlockManagerRemoved(removed) => {
                let at = self.seen(removed.timestamp);
                self.unsaid
                    .block_manager_removed(id(&removed.id.executor), at);
            }
            Event::ResourceProfileAdded(added) => self.profile_added(added),
            Event::JobStart(start) => self.job_started(start)?,
            Event::JobEnd(end) => self.job_ended(&end)?,
            Event::StageSubmitted(info) => {
                self.stage(&info)?;
            }
            Event::StageCompleted(info) => self.stage_completed(&info)?,
            Event::TaskEnd(end) => self.task_ended(&end)?,
        }
        Ok(())
    }

    /// Whether any event was taken in that only an event log has.
    pub(super) fn is_empty(&self) -> bool {
        self.started.is_none() && self.spark_version.is_none() && self.first_seen.is_none()
    }

    /// What was recorded, and which of its ends are missing.
    pub(super) fn finish(self, fallback_name: &str) -> (Application, Missing) {
        let mut missing = Missing {
            start: self.started.is_none(),
            end: self.ended.is_none(),
            notes: Vec::new(),
        };
        let started = self.started.or(self.first_seen).unwrap_or_default();
        let mut application = Application {
            name: self.name.unwrap_or_else(|| fallback_name.to_owned()),
            id: self.id,
            spark_version: self.spark_version,
            started,
            ended: self.ended.unwrap_or(self.last_seen).max(started),
            properties: self.properties,
            executors: self.executors,
            resource_profiles: self.resource_profiles,
            jobs: self.jobs,
            stages: self.stages.into_values().collect(),
        };
        missing.notes = self.unsaid.derive(&mut application);
        (application, missing)
    }

    /// An instant of the log; negative ones stand for "not known".
    fn seen(&mut self, millis: i64) -> Timestamp {
        let timestamp = Timestamp(u64::try_from(millis).unwrap_or(0));
        if timestamp.0 > 0 {
            self.last_seen = self.last_seen.max(timestamp);
            let first = self.first_seen.get_or_insert(timestamp);
            *first = timestamp.min(*first);
        }
        timestamp
    }

    fn executor_added(&mut self, event: &ExecutorAdded<'_>) -> Result<(), Contradiction> {
        if event.info.cores > CORES_MAX {
            return Err(Contradiction {
                expected: format!("at most {CORES_MAX} cores"),
                found: format!("{}", event.info.cores),
            });
        }
        let added = self.seen(event.timestamp);
        let index = self.executor_index(&event.id, &event.info.host);
        let executor = &mut self.executors[index as usize];
        executor.added = Some(added);
        executor.cores = Some(event.info.cores);
        Ok(())
    }

    fn executor_removed(&mut self, event: &ExecutorRemoved<'_>) {
        let removed = self.seen(event.timestamp);
        // One that failed to start is removed without ever having been added.
        if let Some(&index) = self.executor_indices.get(id(&event.id)) {
            let executor = &mut self.executors[index as usize];
            executor.removed = Some(removed);
            let why = event.reason.as_deref();
            executor.given_up = why.is_some_and(|why| why.contains(KILLED_BY_DRIVER));
        }
    }

    fn profile_added(&mut self, event: ResourceProfileAdded<'_>) {
        let amounts = |requests: BTreeMap<Cow<'_, str>, ResourceRequest>| {
            let requests = requests.into_iter();
            requests
                .map(|(name, request)| (name.into_owned(), request.amount))
                .collect()
        };
        let profile = ResourceProfile {
            executor: amounts(event.executor),
            task: amounts(event.task),
        };
        self.resource_profiles.insert(event.id, profile);
    }

    fn executor_index(&mut self, named: &str, host: &str) -> u32 {
        let id = id(named);
        if let Some(&index) = self.executor_indices.get(id) {
            return index;
        }
        let index = self.executors.len() as u32;
        self.executors.push(Executor {
            id: id.to_owned(),
            host: host.to_owned(),
            cores: None,
            added: None,
            removed: None,
            given_up: false,
        });
        self.executor_indices.insert(id.to_owned(), index);
        index
    }

    fn job_started(&mut self, event: JobStart<'_>) -> Result<(), Contradiction> {
        if self.job_indices.contains_key(&event.id) {
            return Err(Contradiction {
                expected: "a job that was not submitted before".to_owned(),
                found: format!("job {} once more", event.id),
            });
        }
        let index = self.jobs.len();
        self.job_indices.insert(event.id, index);
        for &stage in &event.stage_ids {
            self.claims.entry(stage).or_default().push(index);
        }
        let properties = event.properties.unwrap_or_default();
        let submitted = if let Some(millis) = event.submitted {
            self.seen(millis)
        } else {
            self.unsaid.job_starts.insert(event.id);
            self.last_seen
        };
        self.jobs.push(Job {
            id: event.id,
            submitted,
            completed: None,
            stage_ids: event.stage_ids,
            outcome: JobOutcome::Running,
            sql_execution: properties.sql_execution.and_then(|id| id.parse().ok()),
            pool: properties.pool.map(Cow::into_owned),
            group: properties.group.map(Cow::into_owned),
            description: properties.description.map(Cow::into_owned),
        });
        Ok(())
    }

    fn job_ended(&mut self, event: &JobEnd<'_>) -> Result<(), Contradiction> {
        let completed = if let Some(millis) = event.completed {
            self.seen(millis)
        } else {
            self.unsaid.job_ends.insert(event.id);
            self.last_seen
        };
        let Some(&index) = self.job_indices.get(&event.id) else {
            return Err(Contradiction {
                expected: "the end of a job that was submitted".to_owned(),
                found: format!("the end of job {}, which was not", event.id),
            });
        };
        let job = &mut self.jobs[index];
        job.completed = Some(completed);
        job.outcome = if event.result.result == "JobSucceeded" {
            JobOutcome::Succeeded
        } else {
            JobOutcome::Failed
        };
        Ok(())
    }

    /// The record of a stage, with what this event adds to it.
    fn stage(&mut self, info: &StageInfo<'_>) -> Result<&mut Stage, Contradiction> {
        if info.task_count > STAGE_TASKS_MAX {
            return Err(Contradiction {
                expected: format!("at most {STAGE_TASKS_MAX} tasks in a stage"),
                found: format!("{} in stage {}", info.task_count, info.id),
            });
        }
        let submitted = info.submitted.map(|millis| self.seen(millis));
        let stage = self.stage_of(info.id);
        stage.attempt_count = stage.attempt_count.max(info.attempt.saturating_add(1));
        if stage.name.is_empty() {
            stage.name = info.name.clone().into_owned();
            stage.resource_profile = info.resource_profile;
            stage.parents = info.parents.clone().unwrap_or_default();
            stage.parents.sort_unstable();
            stage.parents.dedup();
        }
        if stage.submitted.is_none() {
            stage.submitted = submitted;
        }
        // A retry has only the tasks that are missing.
        stage.task_count = stage.task_count.max(info.task_count);
        if info.parents.is_none() {
            self.unsaid.parents.insert(info.id);
        }
        Ok(self.stage_of(info.id))
    }

    fn stage_of(&mut self, id: u32) -> &mut Stage {
        let claims = self.claims.get(&id).map_or(&[][..], Vec::as_slice);
        self.stages.entry(id).or_insert_with(|| {
            let active = claims
                .iter()
                .find(|&&index| self.jobs[index].completed.is_none());
            let job = active.or(claims.first());
            Stage {
                id,
                name: String::new(),
                task_count: 0,
                parents: Vec::new(),
                resource_profile: 0,
                job: job.map(|&index| self.jobs[index].id),
                submitted: None,
                completed: None,
                outcome: StageOutcome::Unfinished,
                attempt_count: 1,
                tasks: Vec::new(),
            }
        })
    }

    fn stage_completed(&mut self, info: &StageInfo<'_>) -> Result<(), Contradiction> {
        let completed = info.completed.map(|millis| self.seen(millis));
        let stage = self.stage(info)?;
        stage.completed = completed.or(stage.completed);
        // One attempt that came to its end is enough, whatever became of the others.
        if stage.outcome != StageOutcome::Completed {
            stage.outcome = match &info.failure {
                Some(reason) => StageOutcome::Failed(reason.clone().into_owned()),
                None => StageOutcome::Completed,
            };
        }
        Ok(())
    }

    fn task_ended(&mut self, event: &TaskEnd<'_>) -> Result<(), Contradiction> {
        // Spark's note that the output of a task that had succeeded is lost: not an attempt.
        if event.reason.reason == "Resubmitted" {
            return Ok(());
        }
        if event.info.index >= STAGE_TASKS_MAX {
            return Err(Contradiction {
                expected: format!("a task below {STAGE_TASKS_MAX}"),
                found: format!("task {} of stage {}", event.info.index, event.stage),
            });
        }
        check_times(event)?;
        let launched = self.seen(event.info.launched);
        self.seen(event.info.finished);
        let executor_index = self.executor_index(&event.info.executor, &event.info.host);
        let task = task(event, launched, executor_index);
        self.stage_of(event.stage).tasks.push(task);
        Ok(())
    }
}

/// Which of its ends a log lacks.
pub(super) struct Missing {
    pub(super) start: bool,
    pub(super) end: bool,
    /// What was derived instead of read, one sentence each.
    pub(super) notes: Vec<String>,
}

/// An executor's id as it is today: the driver once was `<driver>`.
fn id(named: &str) -> &str {
    if named == "<driver>" { "driver" } else { named }
}

/// The times of a success are its work, so they must be possible. Of other attempts none is needed.
fn check_times(event: &TaskEnd<'_>) -> Result<(), Contradiction> {
    let (from, to) = (event.info.launched, event.info.finished);
    let expected = if event.reason.reason != "Success" {
        return Ok(());
    } else if from <= 0 {
        "a launch after 1970".to_owned()
    } else if to < from {
        format!("a finish that is not before the launch at {from}")
    } else if to - from > TASK_MILLIS_MAX {
        "a task of at most 49 days".to_owned()
    } else {
        return Ok(());
    };
    Err(Contradiction {
        expected,
        found: format!(
            "task {} of stage {} from {from} to {to} (ms)",
            event.info.index, event.stage
        ),
    })
}

fn task(event: &TaskEnd<'_>, launched: Timestamp, executor_index: u32) -> Task {
    let info = &event.info;
    let none = TaskMetrics::default();
    let metrics = event.metrics.as_ref().unwrap_or(&none);
    let read = metrics.shuffle_read.as_ref();
    let write = metrics.shuffle_write.as_ref();
    // As Spark's own `AppStatusUtils` derives them.
    let duration = info.finished.saturating_sub(info.launched).max(0);
    let getting_result = if info.getting_result > 0 {
        info.finished.saturating_sub(info.getting_result).max(0)
    } else {
        0
    };
    let scheduler_delay = duration
        .saturating_sub(metrics.run_ms)
        .saturating_sub(metrics.deserialize_ms)
        .saturating_sub(metrics.result_serialization_ms)
        .saturating_sub(getting_result);
    Task {
        launched,
        index: info.index,
        partition: info.partition,
        stage_attempt: u16::try_from(event.stage_attempt).unwrap_or(u16::MAX),
        attempt: u16::try_from(info.attempt).unwrap_or(u16::MAX),
        status: status(event),
        locality: locality(&info.locality),
        speculative: info.speculative,
        executor_index,
        duration_ms: millis(duration),
        run_ms: millis(metrics.run_ms),
        cpu_ms: millis(metrics.cpu_ns / 1_000_000),
        deserialize_ms: millis(metrics.deserialize_ms),
        gc_ms: millis(metrics.gc_ms),
        result_serialization_ms: millis(metrics.result_serialization_ms),
        getting_result_ms: millis(getting_result),
        scheduler_delay_ms: millis(scheduler_delay),
        fetch_wait_ms: millis(read.map_or(0, |read| read.fetch_wait_ms)),
        shuffle_write_ns: amount(write.map_or(0, |write| write.time_ns)),
        input_bytes: amount(metrics.input.as_ref().map_or(0, |input| input.bytes)),
        shuffle_read_remote_bytes: amount(read.map_or(0, |read| read.remote_bytes)),
        shuffle_read_local_bytes: amount(read.map_or(0, |read| read.local_bytes)),
        shuffle_write_bytes: amount(write.map_or(0, |write| write.bytes)),
        spilled_bytes: amount(metrics.spilled_bytes),
    }
}

fn status(event: &TaskEnd<'_>) -> TaskStatus {
    match event.reason.reason.as_ref() {
        "Success" => TaskStatus::Succeeded,
        "TaskKilled" => TaskStatus::Killed,
        _ if event.info.killed => TaskStatus::Killed,
        _ => TaskStatus::Failed,
    }
}

fn locality(name: &str) -> Locality {
    match name {
        "PROCESS_LOCAL" => Locality::ProcessLocal,
        "NODE_LOCAL" => Locality::NodeLocal,
        "NO_PREF" => Locality::NoPreference,
        "RACK_LOCAL" => Locality::RackLocal,
        _ => Locality::Any,
    }
}

/// A time of a task; 49 days and more are held at 49 days.
fn millis(value: i64) -> u32 {
    u32::try_from(value.max(0)).unwrap_or(u32::MAX)
}

fn amount(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
