//! What a replay of an application runs: jobs in their order, stages with their work and parents.
//!
//! Skipped stages are gone, and so are stages and jobs without work; what stood between two stages
//! that are left is bridged. A parent that another job ran is no parent here: its output was there
//! or was waited for, and either way the order of the jobs says so as far as the log does.

use super::application::{Application, Job, JobOutcome, Stage, Task, Timestamp};
use super::free::FreeSlots;
use super::order::{self, Span};
use super::scale::DataScale;
use super::work::{self, Dropped, Row, Work};
use std::collections::{BTreeMap, BTreeSet};

/// A replay.
pub(super) struct Plan<'a> {
    /// Jobs with work, in the order of their submission.
    pub(super) jobs: Vec<PlannedJob<'a>>,
    /// From the end of the last job to the end of the application.
    pub(super) final_gap_ms: u64,
    /// What was left out of the recorded run.
    pub(super) left_out: LeftOut,
}

/// A job of a replay.
pub(super) struct PlannedJob<'a> {
    pub(super) job: &'a Job,
    /// Positions in [`Plan::jobs`].
    pub(super) after: Vec<usize>,
    /// From the end of the last of those, or the start of the application, to the submission.
    pub(super) gap_ms: u64,
    /// In the order of their ids; parents come before children.
    pub(super) stages: Vec<PlannedStage<'a>>,
}

/// A stage of a replay.
pub(super) struct PlannedStage<'a> {
    pub(super) stage: &'a Stage,
    pub(super) work: Work,
    /// The factor on the times and sizes of its tasks, if they are not as recorded.
    pub(super) stretch: Option<f64>,
    /// Ids of stages of the same job.
    pub(super) parents: Vec<u32>,
    /// From the last task of those, or the submission of the job, to its own first task, as far as a
    /// slot was free.
    pub(super) gap_ms: u64,
    /// By row: how long after that instant the task was launched, if it was held back though a slot
    /// was free; else 0. Empty where that happened to none.
    pub(super) held_back_ms: Vec<u64>,
}

/// A task that is launched later than this after a slot became free was held back.
const PROMPT_MS: u64 = 50;

impl PlannedStage<'_> {
    /// How long the task of a row held its slot, with earlier attempts at it.
    pub(super) fn slot_ms(&self, row: Row) -> u64 {
        let before = self.work.held_before_ms.get(&(row.position() as u32));
        let own = self.stage.tasks[row.position()].duration_ms;
        u64::from(own) + before.map_or(0, |&millis| u64::from(millis))
    }

    /// When the first attempt at the task of a row was launched.
    fn launched(&self, row: Row) -> Timestamp {
        let before = self.work.held_before_ms.get(&(row.position() as u32));
        let before = before.map_or(0, |&millis| u64::from(millis));
        let launched = self.stage.tasks[row.position()].launched;
        Timestamp(launched.0.saturating_sub(before))
    }

    /// A time or size of one of its tasks.
    pub(super) fn stretched(&self, amount: u64) -> u64 {
        self.stretch
            .map_or(amount, |factor| (amount as f64 * factor).round() as u64)
    }
}

/// What the log has and the replay has not.
#[derive(Clone, Debug, Default)]
pub(super) struct LeftOut {
    /// Attempts at tasks that are not work.
    pub(super) attempts: Dropped,
    /// Stages that jobs succeeded without.
    pub(super) skipped_stages: usize,
    /// Stages that no job came to.
    pub(super) unreached_stages: usize,
    /// Tasks that a failed stage never got done.
    pub(super) undone_tasks: u64,
    /// Ids of jobs that ran no task of their own.
    pub(super) idle_jobs: Vec<u32>,
}

impl<'a> Plan<'a> {
    /// Plans the replay of `application` with `scale` times its data.
    pub(super) fn new(application: &'a Application, scale: DataScale, free: &FreeSlots) -> Self {
        let (skipped_stages, unreached_stages) = unsubmitted(application);
        let mut left_out = LeftOut {
            skipped_stages,
            unreached_stages,
            ..LeftOut::default()
        };
        let mut stages = stages_by_job(application, scale, &mut left_out);
        let mut jobs: Vec<PlannedJob<'a>> = Vec::new();
        for job in &application.jobs {
            match stages.remove(&job.id) {
                Some(stages) => jobs.push(PlannedJob {
                    job,
                    after: Vec::new(),
                    gap_ms: 0,
                    stages,
                }),
                None => left_out.idle_jobs.push(job.id),
            }
        }
        jobs.sort_by_key(|planned| planned.job.submitted);
        let ends: Vec<Timestamp> = jobs.iter().map(|it| application.job_end(it.job)).collect();
        let spans: Vec<Span> = jobs
            .iter()
            .zip(&ends)
            .map(|(planned, &ended)| Span {
                submitted: planned.job.submitted,
                ended,
            })
            .collect();
        for (planned, after) in jobs.iter_mut().zip(order::predecessors(&spans)) {
            let last_end = after.iter().map(|&before| ends[before]).max();
            let since = last_end.unwrap_or(application.started);
            planned.gap_ms = planned.job.submitted.millis_since(since);
            planned.after = after;
            for index in 0..planned.stages.len() {
                wait(planned, index, free);
            }
        }
        let last_end = ends.iter().max().copied().unwrap_or(application.started);
        Self {
            jobs,
            final_gap_ms: application.ended.millis_since(last_end),
            left_out,
        }
    }

    /// All stages, by job.
    pub(super) fn stages(&self) -> impl Iterator<Item = &PlannedStage<'a>> {
        self.jobs.iter().flat_map(|job| &job.stages)
    }

    /// The number of tasks of all stages.
    pub(super) fn task_count(&self) -> usize {
        self.stages().map(|stage| stage.work.rows.len()).sum()
    }

    /// Time with at least one job running, as recorded.
    pub(super) fn job_time_ms(&self, application: &Application) -> u64 {
        let mut covered_to = application.started;
        let mut sum = 0;
        // In the order of submission.
        for planned in &self.jobs {
            let end = application.job_end(planned.job);
            sum += end.millis_since(planned.job.submitted.max(covered_to));
            covered_to = covered_to.max(end);
        }
        sum
    }

    /// The sum of the tasks' durations.
    pub(super) fn task_time_ms(&self) -> u64 {
        self.stages()
            .flat_map(|planned| {
                let rows = planned.work.rows.iter();
                rows.map(move |&row| planned.stretched(planned.slot_ms(row)))
            })
            .sum()
    }
}

fn stages_by_job<'a>(
    application: &'a Application,
    scale: DataScale,
    left_out: &mut LeftOut,
) -> BTreeMap<u32, Vec<PlannedStage<'a>>> {
    let mut by_job: BTreeMap<u32, Vec<PlannedStage<'a>>> = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for stage in &application.stages {
        let mut work = work::of(application, stage);
        left_out.attempts.add(work.dropped);
        left_out.undone_tasks += u64::from(work.undone_count);
        let Some(job) = stage.job else { continue };
        if work.rows.is_empty() {
            continue;
        }
        // Spark numbers parents before their children, so they have been seen.
        let parents = parents(application, stage, &kept);
        kept.insert(stage.id);
        let (rows, stretch) = scale.apply(&work.rows);
        work.rows = rows;
        by_job.entry(job).or_default().push(PlannedStage {
            stage,
            work,
            stretch,
            parents,
            gap_ms: 0,
            held_back_ms: Vec::new(),
        });
    }
    by_job
}

/// Whom a stage waited for: the driver before its first task, and what held back later ones.
fn wait(planned: &mut PlannedJob<'_>, index: usize, free: &FreeSlots) {
    let stage = &planned.stages[index];
    let parents = &stage.parents;
    let of_parents = planned
        .stages
        .iter()
        .filter(|other| parents.contains(&other.stage.id))
        .flat_map(|parent| parent.stage.tasks.iter())
        .map(Task::finished)
        .filter(|&finished| stage.stage.submitted.is_none_or(|at| finished <= at));
    let ready = of_parents.max().unwrap_or(planned.job.submitted);
    let launches = stage.stage.tasks.iter().map(|task| task.launched);
    let Some(first) = launches.filter(|at| at.0 > 0).min() else {
        return;
    };
    let gap_ms = first.millis_since(free.since(ready, first));
    let rows = stage.work.rows.iter();
    let held_back = rows.map(|&row| {
        let launched = stage.launched(row);
        let waited = launched.millis_since(free.since(ready.max(first), launched));
        let is_recorded = matches!(row, Row::Recorded(_));
        if is_recorded && PROMPT_MS < waited {
            launched.millis_since(ready)
        } else {
            0
        }
    });
    let held_back: Vec<u64> = held_back.collect();
    let stage = &mut planned.stages[index];
    stage.gap_ms = gap_ms;
    if held_back.iter().any(|&millis| millis > 0) {
        stage.held_back_ms = held_back;
    }
}

/// The nearest ancestors within the job that have work.
fn parents(application: &Application, stage: &Stage, kept: &BTreeSet<u32>) -> Vec<u32> {
    let mut found = BTreeSet::new();
    let mut visited = BTreeSet::new();
    let mut open = stage.parents.clone();
    while let Some(id) = open.pop() {
        let Some(parent) = application.stage(id) else {
            continue;
        };
        if id >= stage.id || parent.job != stage.job || !visited.insert(id) {
            continue;
        }
        if kept.contains(&id) {
            found.insert(id);
        } else {
            open.extend(&parent.parents);
        }
    }
    found.into_iter().collect()
}

/// Counts the stages that were never submitted: those that Spark skipped, because a job succeeded
/// without them, and those that no job came to.
fn unsubmitted(application: &Application) -> (usize, usize) {
    let mut is_skipped: BTreeMap<u32, bool> = BTreeMap::new();
    for job in &application.jobs {
        let succeeded = job.outcome == JobOutcome::Succeeded;
        for &id in &job.stage_ids {
            if application.stage(id).is_none() {
                *is_skipped.entry(id).or_default() |= succeeded;
            }
        }
    }
    let skipped_count = is_skipped.values().filter(|&&skipped| skipped).count();
    (skipped_count, is_skipped.len() - skipped_count)
}
