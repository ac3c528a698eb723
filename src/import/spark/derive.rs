//! What old versions did not write, from what they did.
//!
//! Before 1.3 a job has no times: it begins with the first of its stages and ends with the last.
//! Before 1.4 a stage does not name its parents: it comes after all of its job that had ended when
//! it was submitted. Before 1.4 too, executors are known only by their block managers and tasks.

use super::application::{Application, Executor, Stage, Task, Timestamp};
use super::order::{self, Span};
use super::text::counted;
use std::collections::{BTreeMap, BTreeSet};

/// What a log leaves to be derived.
#[derive(Default)]
pub(super) struct Unsaid {
    /// Jobs without a time of submission.
    pub(super) job_starts: BTreeSet<u32>,
    /// Jobs whose end has no time.
    pub(super) job_ends: BTreeSet<u32>,
    /// Stages that name no parents, not even none.
    pub(super) parents: BTreeSet<u32>,
    block_managers: BTreeMap<String, BlockManager>,
}

struct BlockManager {
    host: String,
    added: Timestamp,
    removed: Option<Timestamp>,
}

impl Unsaid {
    /// An executor's or the driver's block manager is there.
    pub(super) fn block_manager_added(&mut self, executor: &str, host: &str, added: Timestamp) {
        let block_manager = BlockManager {
            host: host.to_owned(),
            added,
            removed: None,
        };
        self.block_managers
            .entry(executor.to_owned())
            .or_insert(block_manager);
    }

    /// It is gone.
    pub(super) fn block_manager_removed(&mut self, executor: &str, removed: Timestamp) {
        if let Some(block_manager) = self.block_managers.get_mut(executor) {
            block_manager.removed = Some(removed);
        }
    }

    /// Fills in what is missing, and says so: one sentence each.
    pub(super) fn derive(self, application: &mut Application) -> Vec<String> {
        let mut notes = Vec::new();
        let count = self.job_starts.union(&self.job_ends).count();
        if count > 0 {
            self.job_times(application);
            notes.push(format!(
                "{} no times, as before Spark 1.3, so first and last of the stages count",
                has(count, "job")
            ));
        }
        // A single stage of a job has no parents in it, whatever the log says.
        let count = self.parents(application);
        if count > 0 {
            notes.push(format!(
                "{} no list of parents, as before Spark 1.4, so those of the same job that had \
                 ended at its submission count",
                has(count, "stage")
            ));
        }
        let count = self.executors(application);
        if count > 0 {
            notes.push(format!(
                "{} no event, as before Spark 1.4, so what block managers say counts",
                has(count, "executor")
            ));
        }
        notes
    }

    fn job_times(&self, application: &mut Application) {
        let mut spans: BTreeMap<u32, Span> = BTreeMap::new();
        for stage in &application.stages {
            if let (Some(job), Some(span)) = (stage.job, span(stage)) {
                let of_job = spans.entry(job).or_insert(span);
                of_job.submitted = of_job.submitted.min(span.submitted);
                of_job.ended = of_job.ended.max(span.ended);
            }
        }
        for job in &mut application.jobs {
            let span = spans.get(&job.id);
            if self.job_starts.contains(&job.id) {
                let submitted = span.map_or(job.submitted, |span| span.submitted);
                job.submitted = submitted.max(application.started);
            }
            if self.job_ends.contains(&job.id) {
                let ended = span.map(|span| span.ended).or(job.completed);
                job.completed = ended.map(|ended| ended.max(job.submitted));
            }
        }
    }

    /// Derives parents; the number of stages that have some now.
    fn parents(&self, application: &mut Application) -> usize {
        let mut by_job: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, stage) in application.stages.iter().enumerate() {
            if let (Some(job), true) = (stage.job, self.parents.contains(&stage.id)) {
                by_job.entry(job).or_default().push(index);
            }
        }
        let mut count = 0;
        for indices in by_job.into_values() {
            let known: Vec<(usize, Span)> = indices
                .into_iter()
                .filter_map(|index| Some((index, span(&application.stages[index])?)))
                .collect();
            let spans: Vec<Span> = known.iter().map(|&(_, span)| span).collect();
            for (&(index, _), before) in known.iter().zip(order::predecessors(&spans)) {
                let id = application.stages[index].id;
                // Spark numbers parents before their children.
                let mut parents: Vec<u32> = before
                    .into_iter()
                    .map(|at| application.stages[known[at].0].id)
                    .filter(|&parent| parent < id)
                    .collect();
                parents.sort_unstable();
                count += usize::from(!parents.is_empty());
                application.stages[index].parents = parents;
            }
        }
        count
    }

    /// Derives when executors came and went; the number of those.
    fn executors(self, application: &mut Application) -> usize {
        let has_events = application.executors.iter().any(|it| it.added.is_some());
        if has_events {
            return 0;
        }
        let mut count = 0;
        let mut unknown: Vec<(String, BlockManager)> = Vec::new();
        for (id, block_manager) in self.block_managers {
            match application.executors.iter_mut().find(|it| it.id == id) {
                Some(executor) => {
                    count += 1;
                    executor.added = Some(block_manager.added);
                    executor.removed = executor.removed.or(block_manager.removed);
                }
                // The driver's is no executor unless tasks ran there.
                None if id == "driver" => {}
                None => unknown.push((id, block_manager)),
            }
        }
        // Those that ran nothing held their cores all the same.
        unknown.sort_by_key(|(_, block_manager)| block_manager.added);
        for (id, block_manager) in unknown {
            count += 1;
            application.executors.push(Executor {
                id,
                host: block_manager.host,
                cores: None,
                added: Some(block_manager.added),
                removed: block_manager.removed,
                given_up: false,
            });
        }
        count
    }
}

/// From the submission of a stage, or its first launch, to its end.
fn span(stage: &Stage) -> Option<Span> {
    let launches = stage.tasks.iter().map(|task| task.launched);
    let finishes = stage.tasks.iter().map(Task::finished);
    let submitted = stage.submitted.or(launches.min())?;
    let ended = stage.completed.or(finishes.max()).unwrap_or(submitted);
    Some(Span {
        submitted,
        ended: ended.max(submitted),
    })
}

fn has(count: usize, noun: &str) -> String {
    let verb = if count == 1 { "has" } else { "have" };
    format!("{} {verb}", counted(count, noun))
}
