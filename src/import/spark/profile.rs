//! What a recorded run was like: where its time went, and what no cluster can take from it.

use super::application::{Application, Stage, TaskStatus};
use super::deployment::Deployment;
use super::measured::Measured;
use super::plan::{Plan, PlannedStage};
use super::properties;
use super::scale::DataScale;
use super::text::name;
use std::collections::BTreeMap;

/// A recorded run in figures; times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The application's name in the scenario.
    pub app: String,
    /// Executors at once at most.
    pub executors: u32,
    /// Cores of each.
    pub cores: u32,
    /// Cores that a task takes.
    pub task_cpus: u32,
    /// From the start to the end of the application.
    pub duration: f64,
    /// Time with at least one job running.
    pub job_time: f64,
    /// What is left if every task finds a slot at once on an executor that knows its stage: the
    /// driver's time, and of every job the longest way through its stages.
    pub critical_path: f64,
    /// Tasks that were held back though a slot was free, for the sake of locality, of a resource
    /// profile, or of what the log does not tell.
    pub held_back: usize,
    /// Whether executors came and went with the tasks (dynamic allocation).
    pub came_and_went: bool,
    /// The sum of the tasks' times: what one slot would take besides the driver.
    pub one_slot: f64,
    /// Stages with work, the longest first.
    pub stages: Vec<StageProfile>,
}

/// A stage of a recorded run; times in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct StageProfile {
    /// Its number.
    pub id: u32,
    /// The operation and the line of the program.
    pub name: String,
    /// Number of tasks.
    pub tasks: usize,
    /// From its first launch to the end of its last task.
    pub wall: f64,
    /// The sum of its tasks' times.
    pub task_time: f64,
    /// Its longest task over its median one.
    pub skew: f64,
    /// Garbage collection, as a share of the run times. It counts whole processes, so tasks that run
    /// side by side count it twice.
    pub gc: f64,
    /// Waiting for shuffle blocks, as a share of the run times.
    pub fetch_wait: f64,
    /// Writing shuffle output, as a share of the run times.
    pub shuffle_write: f64,
    /// Bytes spilled to disk.
    pub spilled: u64,
}

impl Profile {
    /// Tasks that ran at once at most.
    pub fn slots(&self) -> u32 {
        self.executors * (self.cores / self.task_cpus).max(1)
    }
}

/// Takes a recorded run apart.
pub fn profile(application: &Application) -> Profile {
    let deployment = Deployment::new(application);
    let plan = Plan::new(application, DataScale::RECORDED, &deployment.free);
    let measured = Measured::new(application, &plan);
    let mut stages: Vec<StageProfile> = plan.stages().map(stage_profile).collect();
    stages.sort_by(|a, b| b.wall.total_cmp(&a.wall).then(a.id.cmp(&b.id)));
    Profile {
        app: name(&application.name),
        executors: deployment.instances.max(1),
        cores: deployment.cores,
        task_cpus: properties::count(application, "spark.task.cpus").unwrap_or(1),
        duration: seconds(application.ended.millis_since(application.started)),
        job_time: seconds(plan.job_time_ms(application)),
        critical_path: seconds(critical_path_ms(&plan, &measured)),
        held_back: plan
            .stages()
            .flat_map(|planned| &planned.held_back_ms)
            .filter(|&&millis| millis > 0)
            .count(),
        came_and_went: deployment.is_dynamic && !deployment.timeline.is_empty(),
        one_slot: seconds(plan.task_time_ms()),
        stages,
    }
}

fn stage_profile(planned: &PlannedStage<'_>) -> StageProfile {
    let stage: &Stage = planned.stage;
    let done = || {
        let tasks = stage.tasks.iter();
        tasks.filter(|task| task.status == TaskStatus::Succeeded)
    };
    let launched = done().map(|task| task.launched).min().unwrap_or_default();
    let finished = done()
        .map(super::application::Task::finished)
        .max()
        .unwrap_or_default();
    let mut durations: Vec<u64> = planned
        .work
        .rows
        .iter()
        .map(|&row| planned.slot_ms(row))
        .collect();
    durations.sort_unstable();
    let median = durations
        .get(durations.len() / 2)
        .copied()
        .unwrap_or(0)
        .max(1);
    let longest = durations.last().copied().unwrap_or(0);
    let run_ms: u64 = done().map(|task| u64::from(task.run_ms)).sum();
    let share = |millis: f64| {
        if run_ms > 0 {
            millis / run_ms as f64
        } else {
            0.0
        }
    };
    StageProfile {
        id: stage.id,
        name: stage.name.clone(),
        tasks: planned.work.rows.len(),
        wall: seconds(finished.millis_since(launched)),
        task_time: seconds(durations.iter().sum()),
        skew: longest as f64 / median as f64,
        gc: share(done().map(|task| f64::from(task.gc_ms)).sum()),
        fetch_wait: share(done().map(|task| f64::from(task.fetch_wait_ms)).sum()),
        shuffle_write: share(done().map(|task| task.shuffle_write_ns as f64 / 1e6).sum()),
        spilled: done().map(|task| task.spilled_bytes).sum(),
    }
}

/// The longest way through jobs, stages and the driver, if no task ever waits for a slot.
fn critical_path_ms(plan: &Plan<'_>, measured: &Measured) -> u64 {
    let around = measured.task_launch + measured.result;
    let mut ends: Vec<u64> = Vec::new();
    for job in &plan.jobs {
        // Jobs that this one comes after were submitted before it.
        let before = job.after.iter().map(|&before| ends[before]).max();
        let submitted = before.unwrap_or(0) + job.gap_ms;
        let mut stage_ends: BTreeMap<u32, u64> = BTreeMap::new();
        for planned in &job.stages {
            let parents = planned.parents.iter().map(|parent| stage_ends[parent]);
            let ready = parents.max().unwrap_or(submitted) + planned.gap_ms;
            let rows = planned.work.rows.iter();
            let works = rows.map(|&row| measured.work_ms(planned, row));
            let longest = works.fold(0.0, f64::max) + around;
            let longest = longest.max(0.0) as u64;
            stage_ends.insert(planned.stage.id, ready + longest);
        }
        ends.push(stage_ends.into_values().max().unwrap_or(submitted));
    }
    ends.into_iter().max().unwrap_or(0) + plan.final_gap_ms
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}
