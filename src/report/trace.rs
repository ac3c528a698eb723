//! What `--trace` writes of the first replication, row by row while it runs.
//!
//! `events.csv` is for following by hand: everything that happens at services in its order, with
//! the queue and the number in system right after it. `requests.csv` has a row for each attempt at
//! a service when it ends; `containers.csv`, `jobs.csv` and `tasks.csv` the like. Nothing is kept
//! in memory, and times are exact decimals of a second.

use std::path::{Path, PathBuf};

use crate::files::{FileError, Stream};
use crate::id::{AppId, Id, JobId, NodeId, ReplicaId, ServiceId, StageId, WorkflowId};
use crate::model::Model;
use crate::record::{
    AttemptStep, ContainerStory, Happened, Outcome, Part, Record, ReplicaStep, Sink, Step, Subject,
};
use crate::units::{Duration, Time};

/// The files of a trace while they are written.
#[derive(Debug)]
pub struct Trace<'m> {
    model: &'m Model,
    events: Option<Table>,
    requests: Option<Table>,
    containers: Option<Table>,
    jobs: Option<Table>,
    tasks: Option<Table>,
    workflows: Option<Table>,
    /// The first that went wrong.
    failed: Option<FileError>,
}

const EVENTS: &str =
    "time,event,service,replica,workload,request,attempt,endpoint,queue_length,in_system";
const REQUESTS: &str = "workload,request,attempt,service,endpoint,class,replica,arrived,ended,\
                        outcome,wait,service_time";
const CONTAINERS: &str = "container,node,pending,placed,pulled,unpacked,running,ended,end,\
                          placed_because,refusals,refused_because";
const JOBS: &str = "app,job,submitted,ended";
const TASKS: &str = "app,job,stage,started,ended";
/// A row for each application of a run when it ends, and one without for the whole run.
const WORKFLOWS: &str = "workflow,run,app,submitted,ended,outcome";

impl<'m> Trace<'m> {
    /// The files that the scenario has something to write to, in `directory`.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn create(model: &'m Model, directory: &Path) -> Result<Self, FileError> {
        let table = |wanted: bool, name: &str, header: &str| {
            let create = || Table::create(&directory.join(name), header);
            wanted.then(create).transpose()
        };
        let (services, apps) = (!model.services.is_empty(), !model.apps.is_empty());
        Ok(Self {
            model,
            events: table(services, "events.csv", EVENTS)?,
            requests: table(services, "requests.csv", REQUESTS)?,
            containers: table(model.cluster.is_some(), "containers.csv", CONTAINERS)?,
            jobs: table(apps, "jobs.csv", JOBS)?,
            tasks: table(apps, "tasks.csv", TASKS)?,
            workflows: table(!model.workflows.is_empty(), "workflows.csv", WORKFLOWS)?,
            failed: None,
        })
    }

    /// Completes the files, and answers which there are.
    ///
    /// # Errors
    /// If something could not be written, now or before.
    pub fn finish(self) -> Result<Vec<PathBuf>, FileError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let tables = [
            self.events,
            self.requests,
            self.containers,
            self.jobs,
            self.tasks,
            self.workflows,
        ];
        tables.into_iter().flatten().map(Table::finish).collect()
    }

    fn write(&mut self, of: impl FnOnce(&mut Self) -> &mut Option<Table>, row: &[&str]) {
        if self.failed.is_some() {
            return;
        }
        let written = of(self).as_mut().map_or(Ok(()), |table| table.row(row));
        self.failed = written.err();
    }

    fn event(&mut self, step: &Step, event: &str, subject: Option<&Subject>) {
        let model = self.model;
        let number = |number: Option<u64>| number.map_or_else(String::new, |it| it.to_string());
        let workload = subject.map_or("", |it| &model.workloads[it.workload].name);
        let endpoint = subject.map_or("", |it| self.endpoint(it));
        let row = [
            &seconds(step.time),
            event,
            &model.services[step.service].name,
            &replica(step.replica),
            workload,
            &number(subject.and_then(|it| it.request).map(|index| index + 1)),
            &number(subject.and_then(|it| it.attempt)),
            endpoint,
            &step.queue_length.to_string(),
            &step.in_system.to_string(),
        ];
        self.write(|trace| &mut trace.events, &row);
    }

    fn request(&mut self, step: &Step, outcome: Outcome, subject: &Subject) {
        let model = self.model;
        let number = |number: Option<u64>| number.map_or_else(String::new, |it| it.to_string());
        let row = [
            model.workloads[subject.workload].name.as_str(),
            &number(subject.request.map(|index| index + 1)),
            &number(subject.attempt),
            &model.services[step.service].name,
            self.endpoint(subject),
            &model.classes[subject.class].name,
            &replica(step.replica),
            &seconds(subject.arrived),
            &seconds(step.time),
            outcome_name(outcome),
            &subject.waited.map_or_else(String::new, length),
            &length(subject.work),
        ];
        self.write(|trace| &mut trace.requests, &row);
    }

    /// A run of a workflow, or an application of it.
    fn workflow(
        &mut self,
        (workflow, run, app): (WorkflowId, u64, Option<AppId>),
        outcome: Outcome,
        (submitted, ended): (Time, Time),
    ) {
        let model = self.model;
        let row = [
            model.workflows[workflow].name.as_str(),
            &run.to_string(),
            app.map_or("", |app| &model.apps[app].name),
            &seconds(submitted),
            &seconds(ended),
            outcome_name(outcome),
        ];
        self.write(|trace| &mut trace.workflows, &row);
    }

    /// The endpoint's name, where it has one.
    fn endpoint(&self, subject: &Subject) -> &'m str {
        let endpoint = &self.model.endpoints[subject.endpoint];
        if endpoint.named { &endpoint.name } else { "" }
    }

    fn name(&self, part: Part) -> String {
        match part {
            Part::Replica(service, number) => {
                format!("{}/{}", self.service(service), replica(Some(number)))
            }
            Part::Driver(app) => format!("apps.{}/driver", self.model.apps[app].name),
            Part::Executor(app) => format!("apps.{}/executor", self.model.apps[app].name),
        }
    }

    fn service(&self, id: ServiceId) -> String {
        format!("services.{}", self.model.services[id].name)
    }

    /// Pool and number within the pool, from 1.
    fn node(&self, id: NodeId) -> String {
        let mut left = id.index() as u32;
        let pools = self.model.cluster.iter().flat_map(|cluster| &cluster.pools);
        for pool in pools {
            if left < pool.count {
                return format!("{}/{}", pool.name, left + 1);
            }
            left -= pool.count;
        }
        format!("{}", id.index() + 1)
    }

    /// Application and job.
    fn job(&self, id: JobId) -> (&'m str, &'m str) {
        let model = self.model;
        let mut apps = model.apps.iter();
        let app = apps.find(|app| app.job_ids().any(|job| job == id));
        let job = &model.jobs[id];
        let name = if job.named { job.name.as_str() } else { "" };
        (app.map_or("", |app| &app.name), name)
    }

    /// The job that a stage is part of.
    fn job_of(&self, id: StageId) -> Option<JobId> {
        let mut jobs = self.model.jobs.enumerate();
        let found = jobs.find(|(_, job)| job.stage_ids().any(|stage| stage == id));
        found.map(|(id, _)| id)
    }
}

impl Sink for Trace<'_> {
    fn record(&mut self, record: &Record) {
        match *record {
            Record::JobEnded {
                job,
                submitted,
                ended,
            } => {
                let (app, job) = self.job(job);
                let row = [app, job, &seconds(submitted), &seconds(ended)];
                self.write(|trace| &mut trace.jobs, &row);
            }
            Record::TaskEnded {
                stage,
                started,
                ended,
                ..
            } => {
                let (app, job) = self.job_of(stage).map_or(("", ""), |job| self.job(job));
                let name = &self.model.stages[stage].name;
                let row = [app, job, name, &seconds(started), &seconds(ended)];
                self.write(|trace| &mut trace.tasks, &row);
            }
            Record::MemberEnded {
                workflow,
                run,
                app,
                outcome,
                submitted,
                ended,
            } => self.workflow((workflow, run, Some(app)), outcome, (submitted, ended)),
            Record::WorkflowEnded {
                workflow,
                run,
                outcome,
                submitted,
                ended,
            } => self.workflow((workflow, run, None), outcome, (submitted, ended)),
            _ => {}
        }
    }

    fn container(&mut self, story: &ContainerStory<'_>) {
        let time = |time: Option<Time>| time.map_or_else(String::new, seconds);
        let node = story.node.map_or_else(String::new, |node| self.node(node));
        let refusals = match story.refusals {
            0 => String::new(),
            refusals => refusals.to_string(),
        };
        let name = self.name(story.part);
        let row = [
            name.as_str(),
            &node,
            &seconds(story.pending),
            &time(story.placed),
            &time(story.pulled),
            &time(story.unpacked),
            &time(story.running),
            &time(story.ended.map(|end| end.at)),
            story.ended.map_or("", |end| end.how),
            story.placed_because,
            &refusals,
            story.refused_because,
        ];
        self.write(|trace| &mut trace.containers, &row);
    }

    fn step(&mut self, step: &Step) {
        match step.happened {
            Happened::ToReplica(happened) => self.event(step, replica_event(happened), None),
            Happened::ToAttempt(happened, subject) => {
                self.event(step, attempt_event(happened), Some(&subject));
                if let AttemptStep::Ended(outcome) = happened {
                    self.request(step, outcome, &subject);
                }
            }
        }
    }
}

fn attempt_event(step: AttemptStep) -> &'static str {
    match step {
        AttemptStep::Arrived => "arrived",
        AttemptStep::Queued => "queued",
        AttemptStep::Started => "started",
        AttemptStep::Preempted => "preempted",
        AttemptStep::Ended(outcome) => outcome_name(outcome),
        AttemptStep::Freed => "freed",
    }
}

fn replica_event(step: ReplicaStep) -> &'static str {
    match step {
        ReplicaStep::Running => "running",
        ReplicaStep::SettingUp => "setting_up",
        ReplicaStep::SetUp => "set_up",
        ReplicaStep::SwitchedOff => "switched_off",
        ReplicaStep::BrokeDown => "broke_down",
        ReplicaStep::Repaired => "repaired",
        ReplicaStep::Stopped => "stopped",
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Rejected => "rejected",
        Outcome::Reneged => "reneged",
        Outcome::TimedOut => "timed_out",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
    }
}

/// Replicas are counted from 1 where people read them.
fn replica(id: Option<ReplicaId>) -> String {
    id.map_or_else(String::new, |id| (id.index() + 1).to_string())
}

fn seconds(time: Time) -> String {
    length(time - Time::ZERO)
}

/// A duration as an exact decimal of a second.
fn length(duration: Duration) -> String {
    let nanos = duration.nanos();
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if rest == 0 {
        return whole.to_string();
    }
    let decimals = format!("{rest:09}");
    format!("{whole}.{}", decimals.trim_end_matches('0'))
}

/// One CSV file.
#[derive(Debug)]
struct Table {
    writer: ::csv::Writer<Stream>,
    path: PathBuf,
}

impl Table {
    fn create(path: &Path, header: &str) -> Result<Self, FileError> {
        let mut table = Self {
            writer: ::csv::Writer::from_writer(Stream::create(path)?),
            path: path.to_owned(),
        };
        let header: Vec<&str> = header.split(',').collect();
        table.row(&header)?;
        Ok(table)
    }

    fn row(&mut self, cells: &[&str]) -> Result<(), FileError> {
        let written = self.writer.write_record(cells);
        written.map_err(|error| FileError {
            action: "write",
            path: self.path.clone(),
            source: error.into(),
        })
    }

    fn finish(self) -> Result<PathBuf, FileError> {
        let Self { writer, path } = self;
        let stream = writer.into_inner().map_err(|error| FileError {
            action: "write",
            path,
            source: error.into_error(),
        })?;
        stream.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_decimals() {
        for (nanos, text) in [
            (0, "0"),
            (1, "0.000000001"),
            (1_500_000_000, "1.5"),
            (86_400_000_000_000, "86400"),
            (u64::MAX, "18446744073.709551615"),
        ] {
            assert_eq!(length(Duration::from_nanos(nanos)), text);
        }
    }
}
