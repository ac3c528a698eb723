//! The scenario that replays a recorded application.
//!
//! Written by hand rather than by a serializer, because people read it: it says at its head what
//! it was made from, what is missing and what was assumed, and names every job and stage as the
//! program did.

use super::application::{Application, Job, StageOutcome};
use super::deployment::{DYNAMIC_ALLOCATION, Deployment, HostGroup, INSTANCES};
use super::measured::Measured;
use super::plan::{Plan, PlannedJob, PlannedStage};
use super::properties;
use super::removals;
use super::report::ReadReport;
use super::scale::DataScale;
use super::tasks;
use super::text::{comment, counted, duration, line, name, processors, quoted, shortened};
use super::what_if::{self, Purpose};
use crate::model::ManagerKind;
use crate::units::{Bytes, Duration};
use std::fmt::Write;

/// A scenario and what goes beside it.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The scenario.
    pub toml: String,
    /// Its tasks, for the file `<stem>.tasks.csv` in the same directory.
    pub tasks_csv: Vec<u8>,
    /// A few lines for the terminal: what was read, left out and assumed.
    pub summary: String,
    /// What the log says of the run that the scenario replays.
    pub recorded: Recorded,
    /// The tables of the application alone, for a scenario of many.
    pub(in crate::import) app_toml: String,
    /// Whose habits its cluster had.
    pub(in crate::import) manager: ManagerKind,
}

/// How a recorded run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// From the start of the driver's context to the application's end.
    pub duration: Duration,
    /// Time with at least one job running, of jobs that have work.
    pub job_time: Duration,
    /// Time that tasks held slots, all together.
    pub task_time: Duration,
    /// Tasks that are work.
    pub tasks: usize,
    /// Tasks that ran at once at most.
    pub slots: u64,
    /// Core-time of all executors, from coming to going.
    pub core_time: Duration,
    /// What of it tasks held.
    pub busy_core_time: Duration,
}

/// Comments on what the program called things stay on one line.
const DESCRIPTION_LENGTH_MAX: usize = 80;

/// What to make of a recorded application.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioOptions {
    /// What the scenario is for.
    pub purpose: Purpose,
    /// How many times the recorded data.
    pub scale: DataScale,
}

/// Writes the scenario that replays `application`, to be stored as `<stem>.toml`.
pub fn to_scenario(application: &Application, report: &ReadReport, stem: &str) -> Imported {
    let options = ScenarioOptions {
        purpose: Purpose::Replay,
        scale: DataScale::RECORDED,
    };
    to_scenario_for(application, report, stem, options)
}

/// Writes a scenario of `application`, to be stored as `<stem>.toml`.
pub fn to_scenario_for(
    application: &Application,
    report: &ReadReport,
    stem: &str,
    ScenarioOptions { purpose, scale }: ScenarioOptions,
) -> Imported {
    let deployment = Deployment::new(application);
    let plan = Plan::new(application, scale, &deployment.free);
    let measured = Measured::new(application, &plan);
    let writer = Writer {
        application,
        report,
        purpose,
        scale,
        measured: &measured,
        plan: &plan,
        deployment: &deployment,
        app: name(&application.name),
        tasks_file: format!("{stem}.tasks.csv"),
    };
    Imported {
        toml: writer.scenario(),
        tasks_csv: tasks::csv(application, &plan, (&measured, purpose)),
        summary: writer.summary(),
        recorded: writer.recorded(),
        app_toml: writer.app(),
        manager: deployment.manager,
    }
}

struct Writer<'a> {
    application: &'a Application,
    report: &'a ReadReport,
    purpose: Purpose,
    scale: DataScale,
    measured: &'a Measured,
    plan: &'a Plan<'a>,
    deployment: &'a Deployment,
    /// The application's name in the scenario.
    app: String,
    tasks_file: String,
}

impl Writer<'_> {
    fn scenario(&self) -> String {
        let mut out = String::new();
        self.head(&mut out);
        self.cluster(&mut out);
        out.push_str(&self.app());
        out.push_str("\n[workloads.replay]\n");
        line(&mut out, "target", &quoted(&format!("apps.{}", self.app)));
        out.push_str("arrivals = { at = [\"0s\"] }\n");
        out
    }

    fn app(&self) -> String {
        let mut out = String::new();
        self.application(&mut out);
        for job in &self.plan.jobs {
            self.job(&mut out, job);
        }
        out
    }

    fn head(&self, out: &mut String) {
        let title = shortened(&self.application.name, DESCRIPTION_LENGTH_MAX);
        let recorded = duration(self.plan.job_time_ms(self.application));
        let purpose = if self.scale.changes() {
            format!(
                "The recorded run of {title} with {} times its data: same order, and in each stage \
                 as many times the tasks, with the times and sizes of recorded ones. With the data \
                 as recorded, jobs ran for {recorded}.",
                self.scale
            )
        } else if matches!(self.purpose, Purpose::WhatIf(_)) {
            format!(
                "The recorded run of {title} on other clusters: change executors, cores, memory, \
                 nodes, and see what it would take. In the recorded run jobs ran for {recorded} on \
                 {} of {}; {}, the simulated job_time is what the prediction makes of it.",
                counted(self.deployment.instances as usize, "executor"),
                counted(self.deployment.cores as usize, "core"),
                if self.deployment.is_dynamic {
                    "unchanged"
                } else {
                    "with as many"
                },
            )
        } else {
            format!(
                "The recorded run of {title}, once more: same work, same order. Compare the \
                 simulated job_time with the recorded {recorded}."
            )
        };
        comment(out, "", &purpose);
        out.push_str("#\n");
        comment(out, "Read: ", &self.what_was_read());
        for note in self.left_out() {
            comment(out, "Left out: ", &note);
        }
        for note in self.assumed() {
            comment(out, "Assumed: ", &note);
        }
        let how = match self.purpose {
            Purpose::Replay => "Written by `sparksim import spark-event-log`",
            Purpose::WhatIf(_) => "Written by `sparksim import spark-event-log --what-if`",
        };
        comment(
            out,
            "",
            &format!("{how}; times are exact to the millisecond."),
        );
        out.push('\n');
        let of = if self.scale.changes() {
            format!("{title} with {} times its data", self.scale)
        } else {
            title
        };
        let (title, replications) = match self.purpose {
            Purpose::Replay => (format!("Replay of {of}"), 1),
            Purpose::WhatIf(order) => (format!("{of} elsewhere"), order.replications()),
        };
        line(out, "title", &quoted(&title));
        out.push_str("\n[run]\nhorizon = \"terminating\"\n");
        line(out, "replications", &replications.to_string());
    }

    fn cluster(&self, out: &mut String) {
        out.push_str("\n[cluster]\n");
        if let Some(note) = &self.deployment.manager_note {
            comment(out, "", note);
        }
        line(out, "manager", &quoted(self.deployment.manager.name()));
        if matches!(self.purpose, Purpose::WhatIf(_)) {
            out.push_str("# executors are packed as densely as in the recorded run\n");
            line(out, "placement", &quoted("first-fit"));
        }
        out.push('\n');
        comment(
            out,
            "",
            match self.purpose {
                Purpose::Replay => {
                    "The log names hosts, not machines: each is as large as what ran on it at \
                     once, and the driver, need."
                }
                Purpose::WhatIf(_) => {
                    "The log names hosts, not machines: these are made for as many executors on \
                     each as there were, with room for many times as many in all."
                }
            },
        );
        let pools: Vec<(HostGroup, u64)> = match self.purpose {
            Purpose::Replay => {
                let pools = self.deployment.pools.iter();
                pools
                    .map(|group| (group.with_room(1), group.hosts.len() as u64))
                    .collect()
            }
            Purpose::WhatIf(_) => what_if::nodes(self.deployment),
        };
        for (index, (group, count)) in pools.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            let hosts = group.hosts.join(", ");
            let executors = counted(group.executor_count as usize, "executor");
            let each = if group.hosts.len() > 1 {
                "each of "
            } else {
                ""
            };
            comment(out, "", &format!("{executors} at once on {each}{hosts}"));
            let _ = writeln!(out, "[nodes.host-{}]", index + 1);
            line(out, "count", &count.to_string());
            line(out, "cpu", &quoted(&processors(group.cpu)));
            line(out, "memory", &quoted(&format!("{}Gi", group.memory_gib)));
        }
    }

    fn application(&self, out: &mut String) {
        let _ = writeln!(out, "\n[apps.{}]", self.app);
        comment(
            out,
            "",
            "from the end of the last job to that of the application",
        );
        let gap = quoted(&duration(self.plan.final_gap_ms));
        line(out, "final-driver-gap", &gap);
        self.executors(out);
        let starts = &self.deployment.starts;
        let has_starts = matches!(self.purpose, Purpose::WhatIf(_)) && !starts.is_empty();
        if has_starts {
            comment(
                out,
                "",
                "from when the driver asks for an executor to when it registers, as recorded",
            );
            line(out, "executor-start-time", &what_if::start_times(starts));
        }
        let _ = writeln!(out, "\n[apps.{}.conf]", self.app);
        let left_out = self.deployment.left_out_count;
        if left_out > 0 {
            comment(
                out,
                "",
                &format!(
                    "{} of the log left out: names, addresses, files, JVM options and secrets of \
                     the recorded run",
                    if left_out == 1 {
                        "1 property".to_owned()
                    } else {
                        format!("{left_out} properties")
                    }
                ),
            );
        }
        let is_what_if = matches!(self.purpose, Purpose::WhatIf(_));
        let is_dynamic = is_what_if && self.deployment.is_dynamic;
        let left_out = self.purpose.left_out(is_dynamic);
        for property in &self.deployment.conf {
            if left_out.contains(&property.key.as_str())
                || has_starts && property.key == what_if::MIN_REGISTERED
            {
                let _ = writeln!(out, "# recorded with {} = {}", property.key, property.value);
                continue;
            }
            if is_dynamic && property.key == INSTANCES {
                self.dynamic_instances(out, &property.value);
                continue;
            }
            let note = property.note.as_ref();
            let note = note.map_or(String::new(), |note| format!(" # {}", shortened(note, 80)));
            let value = quoted(&property.value);
            let _ = writeln!(out, "{} = {value}{note}", quoted(&property.key));
        }
        if has_starts {
            let _ = writeln!(
                out,
                "{} = \"0\" # what the driver waited for is in the gap before its first job",
                quoted(what_if::MIN_REGISTERED)
            );
        }
        if is_what_if {
            out.push_str(&what_if::overheads(&self.app, self.measured));
            out.push_str(&removals::written(self.deployment.removal_ms));
        }
    }

    /// Executors follow the tasks: the first of them are as many as the log says, if it does.
    fn dynamic_instances(&self, out: &mut String, most: &str) {
        comment(
            out,
            "",
            &format!(
                "executors follow the tasks, as recorded; for a fixed number set \
                 {DYNAMIC_ALLOCATION} to false and {INSTANCES} to it ({most} were there at most)"
            ),
        );
        let logged = self.application.properties.get(INSTANCES);
        if let Some(logged) = logged.filter(|it| it.trim().parse::<u32>().is_ok_and(|it| it > 0)) {
            let _ = writeln!(out, "{} = {}", quoted(INSTANCES), quoted(logged.trim()));
        }
    }

    /// When executors came and went.
    fn executors(&self, out: &mut String) {
        if self.deployment.timeline.is_empty() || matches!(self.purpose, Purpose::WhatIf(_)) {
            return;
        }
        comment(
            out,
            "",
            "executors as they registered and went; without this there are as many as \
             `spark.executor.instances` from the start to the end",
        );
        out.push_str("executors = [\n");
        for span in &self.deployment.timeline {
            let _ = write!(out, "    {{ at = {}", quoted(&duration(span.from_ms)));
            if let Some(until) = span.until_ms {
                let _ = write!(out, ", until = {}", quoted(&duration(until)));
            }
            if span.count > 1 {
                let _ = write!(out, ", count = {}", span.count);
            }
            if span.cores != self.deployment.cores {
                let _ = write!(out, ", cores = {}", span.cores);
            }
            out.push_str(" },\n");
        }
        out.push_str("]\n");
    }

    fn job(&self, out: &mut String, planned: &PlannedJob<'_>) {
        let job = planned.job;
        out.push('\n');
        comment(out, "", &self.describe(job));
        let _ = writeln!(out, "[apps.{}.jobs.job-{}]", self.app, job.id);
        let after: Vec<String> = planned
            .after
            .iter()
            .map(|&before| quoted(&format!("job-{}", self.plan.jobs[before].job.id)))
            .collect();
        line(out, "after", &format!("[{}]", after.join(", ")));
        line(out, "driver-gap", &quoted(&duration(planned.gap_ms)));
        let mode = self.application.properties.get("spark.scheduler.mode");
        if let (Some("FAIR"), Some(pool)) = (mode.map(String::as_str), &job.pool) {
            line(out, "pool", &quoted(pool));
        }
        for stage in &planned.stages {
            self.stage(out, job.id, stage);
        }
    }

    fn describe(&self, job: &Job) -> String {
        let start = job.submitted.millis_since(self.application.started);
        let end = self.application.job_end(job);
        let mut text = format!(
            "submitted {} after the start, took {}",
            duration(start),
            duration(end.millis_since(job.submitted))
        );
        if let Some(id) = job.sql_execution {
            let _ = write!(text, "; SQL execution {id}");
        }
        let named = [
            ("pool", &job.pool),
            ("group", &job.group),
            ("description", &job.description),
        ];
        for (what, value) in named {
            if let Some(value) = value {
                let value = shortened(value, DESCRIPTION_LENGTH_MAX);
                let _ = write!(text, "; {what} {value}");
            }
        }
        text
    }

    fn stage(&self, out: &mut String, job: u32, planned: &PlannedStage<'_>) {
        let stage = planned.stage;
        out.push('\n');
        comment(out, "", &shortened(&stage.name, DESCRIPTION_LENGTH_MAX));
        if let (StageOutcome::Failed(reason), true) =
            (&stage.outcome, planned.work.undone_count > 0)
        {
            let reason = shortened(reason, DESCRIPTION_LENGTH_MAX);
            let undone = planned.work.undone_count as usize;
            let undone = counted(undone, "task");
            comment(out, "", &format!("failed with {undone} undone: {reason}"));
        }
        let id = stage.id;
        let _ = writeln!(out, "[apps.{}.jobs.job-{job}.stages.stage-{id}]", self.app);
        if !planned.parents.is_empty() {
            let parents: Vec<String> = planned
                .parents
                .iter()
                .map(|parent| quoted(&format!("stage-{parent}")))
                .collect();
            line(out, "parents", &format!("[{}]", parents.join(", ")));
        }
        if planned.gap_ms > 0 {
            line(out, "driver-gap", &quoted(&duration(planned.gap_ms)));
        }
        line(out, "tasks", &planned.work.rows.len().to_string());
        let time = match self.purpose {
            Purpose::Replay => {
                let file = quoted(&self.tasks_file);
                format!("{{ recorded = {{ file = {file}, stage = {id} }} }}")
            }
            Purpose::WhatIf(order) => order.task_time(&self.tasks_file, id),
        };
        line(out, "task-time", &time);
    }

    fn what_was_read(&self) -> String {
        let files = &self.report.files;
        let mut names = files.iter().map(|file| {
            let name = file.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        });
        let first = names.next().unwrap_or_default();
        let more = match files.len() {
            0 | 1 => String::new(),
            count => format!(" and {}", counted(count - 1, "more file")),
        };
        let version = self.application.spark_version.as_ref();
        let version = version.map_or("an unnamed version of Spark".to_owned(), |version| {
            format!("Spark {version}")
        });
        format!(
            "{first}{more} ({version}): {}, {}, {} of {} in all, on {} of {}",
            counted(self.plan.jobs.len(), "job"),
            counted(self.plan.stages().count(), "stage"),
            counted(self.plan.task_count(), "task"),
            human(self.plan.task_time_ms()),
            counted(self.deployment.instances as usize, "executor"),
            counted(self.deployment.cores as usize, "core"),
        )
    }

    fn left_out(&self) -> Vec<String> {
        let left_out = &self.plan.left_out;
        let mut notes = Vec::new();
        let attempts = left_out.attempts;
        let kinds = [
            (attempts.failed, "failed"),
            (attempts.killed, "killed"),
            (attempts.repeated, "done before"),
        ];
        let kinds: Vec<String> = kinds
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !kinds.is_empty() {
            let copies = match attempts.speculative {
                0 => String::new(),
                count => format!(" ({count} of them speculative)"),
            };
            notes.push(format!("attempts at tasks: {}{copies}", kinds.join(", ")));
        }
        if left_out.undone_tasks > 0 {
            let tasks = counted(left_out.undone_tasks as usize, "task");
            notes.push(format!("{tasks} that failed stages never got done"));
        }
        if left_out.skipped_stages > 0 {
            let stages = counted(left_out.skipped_stages, "stage");
            notes.push(format!("{stages} that Spark skipped"));
        }
        if left_out.unreached_stages > 0 {
            let stages = counted(left_out.unreached_stages, "stage");
            notes.push(format!("{stages} that no job came to"));
        }
        if !left_out.idle_jobs.is_empty() {
            let jobs = counted(left_out.idle_jobs.len(), "job");
            notes.push(format!(
                "{jobs} without executed tasks, whose time counts as the driver's"
            ));
        }
        notes.extend(self.deployment.refused.iter().cloned());
        notes.extend(self.report.skipped.iter().cloned());
        let unlisted = self.report.skipped_count - self.report.skipped.len() as u64;
        if unlisted > 0 {
            notes.push(format!("{unlisted} more damaged places"));
        }
        notes
    }

    fn assumed(&self) -> Vec<String> {
        let of_reading = self.report.assumed.iter();
        let mut notes: Vec<String> = of_reading
            .chain(&self.deployment.assumed)
            .cloned()
            .collect();
        let held_back = self.plan.stages().map(|planned| {
            let rows = planned.held_back_ms.iter();
            rows.filter(|&&millis| millis > 0).count()
        });
        let held_back: usize = held_back.sum();
        if held_back > 0 && self.purpose == Purpose::Replay {
            notes.push(format!(
                "{} waited though a slot was free, for the sake of locality or of a resource \
                 profile; the replay holds them back as long",
                counted(held_back, "task")
            ));
        }
        if self.scale.changes() {
            notes.push(
                "with other data a stage of one task stays one, as many times as long, and the \
                 driver takes as long as recorded"
                    .to_owned(),
            );
        }
        notes
    }

    fn recorded(&self) -> Recorded {
        let millis = |count: u64| Duration::from_nanos(count.saturating_mul(1_000_000));
        let application = self.application;
        let task_cpus = properties::count(application, "spark.task.cpus").unwrap_or(1);
        let task_cpus = u64::from(task_cpus);
        Recorded {
            duration: millis(application.ended.millis_since(application.started)),
            job_time: millis(self.plan.job_time_ms(self.application)),
            task_time: millis(self.plan.task_time_ms()),
            tasks: self.plan.task_count(),
            slots: u64::from(self.deployment.instances) * u64::from(self.deployment.cores),
            core_time: millis(self.deployment.core_time_ms),
            busy_core_time: millis(self.plan.task_time_ms().saturating_mul(task_cpus)),
        }
    }

    fn summary(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "read {}", self.what_was_read());
        let _ = writeln!(
            out,
            "     {} lines, {}; jobs ran for {} of {}",
            self.report.line_count,
            Bytes(self.report.byte_count).human(),
            human(self.plan.job_time_ms(self.application)),
            human(
                self.application
                    .ended
                    .millis_since(self.application.started)
            ),
        );
        for note in self.left_out() {
            let _ = writeln!(out, "left out: {note}");
        }
        for note in self.assumed() {
            let _ = writeln!(out, "assumed: {note}");
        }
        out
    }
}

fn human(millis: u64) -> String {
    Duration::from_seconds(millis as f64 / 1000.0).human()
}
