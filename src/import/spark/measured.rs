//! What a recorded run's tasks cost besides their work, as parameters of a prediction.
//!
//! A task's slot is held for more than its work: the message, deserialization, the result. An
//! executor's first tasks of a stage wait, besides, until it has fetched what the stage needs, and
//! all executors of a host that do so together share its processors: on our own clusters the time
//! that takes is proportional to their number, and so is the processor time of the tasks they begin
//! with. What is taken out of the recorded times here is what the simulation adds again, for
//! whatever executors there are then.

use super::application::{Application, Task, TaskStatus, Timestamp};
use super::plan::{Plan, PlannedStage};
use super::work::Row;
use std::collections::BTreeMap;

/// What was measured, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// From launch to the beginning of the work, of tasks whose executor knows their stage.
    pub(super) task_launch: f64,
    /// From the end of the work to that of the task.
    pub(super) result: f64,
    /// How much longer the first tasks of an executor took to begin than its first ones of a later
    /// stage.
    pub(super) first_task_on_executor: f64,
    /// From launch to the beginning of the work, of an executor's first tasks of a stage, alone.
    pub(super) first_task_of_stage: f64,
    /// For each other executor of the host.
    pub(super) first_task_of_stage_beside: f64,
    /// Of first tasks: the work without what was taken out of it, by stage and position.
    first_work: BTreeMap<(u32, u32), f64>,
}

/// A first task of a stage on an executor.
struct First {
    stage: u32,
    position: u32,
    /// From launch to the beginning of the work.
    begin_ms: f64,
    run_ms: f64,
    cpu_ms: f64,
    /// Executors of its host that got to know the stage at the same time, with its own.
    together: f64,
    /// Whether it is its executor's first at all.
    is_executors_first: bool,
}

/// One executor gets to know one stage.
struct Learning {
    from: Timestamp,
    to: Timestamp,
    host: String,
}

impl Measured {
    /// Measures a run.
    pub(super) fn new(application: &Application, plan: &Plan<'_>) -> Self {
        let mut firsts: Vec<First> = Vec::new();
        let mut later = Vec::new();
        let mut result = Mean::default();
        let mut excess = Excess::default();
        let executors_first = executors_first(application);
        for planned in plan.stages() {
            let learnt = learnt(application, planned);
            let (mut first_runs, mut later_runs) = (Vec::new(), Vec::new());
            for (position, task) in recorded(planned) {
                result.add(after_ms(task));
                let learning = &learnt[&task.executor_index];
                if learning.to <= task.launched {
                    later.push(before_ms(task));
                    later_runs.push(f64::from(task.run_ms));
                    continue;
                }
                let beside = learnt.values().filter(|other| {
                    other.host == learning.host
                        && other.from < learning.to
                        && learning.from < other.to
                });
                first_runs.push(firsts.len());
                firsts.push(First {
                    stage: planned.stage.id,
                    position,
                    begin_ms: before_ms(task),
                    run_ms: f64::from(task.run_ms),
                    cpu_ms: f64::from(task.cpu_ms),
                    together: beside.count() as f64,
                    is_executors_first: executors_first.get(&task.executor_index)
                        == Some(&planned.stage.id),
                });
            }
            excess.stages.push((first_runs, later_runs));
        }
        let mut measured = Self {
            task_launch: typical(later),
            result: result.value(),
            ..Self::default()
        };
        measured.learn(&firsts, &excess);
        measured
    }

    /// Takes apart what first tasks cost.
    fn learn(&mut self, firsts: &[First], excess: &Excess) {
        if firsts.is_empty() {
            return;
        }
        let stretch_max = stretch_max(firsts);
        let is_shared = 1.5 < stretch_max;
        let stretch = |first: &First| first.together.min(stretch_max).max(1.0);
        let sum = |of: &dyn Fn(&First) -> f64| firsts.iter().map(of).sum::<f64>();
        // Executors that are new to everything are told apart where there are others.
        let settled = |first: &&First| !first.is_executors_first;
        let has_settled = firsts.iter().any(|first| settled(&first));
        let of_stage: Vec<&First> = firsts
            .iter()
            .filter(|first| !has_settled || settled(first))
            .collect();
        let begin: f64 = of_stage.iter().map(|first| first.begin_ms).sum();
        let shares: f64 = of_stage.iter().map(|first| stretch(first)).sum();
        self.first_task_of_stage = begin / shares;
        if has_settled {
            let mut more = Mean::default();
            for first in firsts.iter().filter(|first| first.is_executors_first) {
                more.add(first.begin_ms - self.first_task_of_stage * stretch(first));
            }
            // Less than a stage's own share is no sign of a cold start.
            let more = more.value();
            self.first_task_on_executor = if self.first_task_of_stage < more {
                more
            } else {
                0.0
            };
        }
        if is_shared {
            let cpu = sum(&|first| first.cpu_ms) / firsts.len() as f64;
            self.first_task_of_stage_beside = self.first_task_of_stage + cpu;
        }
        // The processors were shared in the beginning of the work as well.
        let work: Vec<f64> = firsts
            .iter()
            .map(|first| first.run_ms - (stretch(first) - 1.0) * first.cpu_ms)
            .collect();
        let more = excess.more(&work);
        self.first_task_of_stage += more;
        for (first, work) in firsts.iter().zip(without(work, more)) {
            self.first_work.insert((first.stage, first.position), work);
        }
    }

    /// The work of a row's task, in milliseconds. Where a copy overtook the original, it is that of
    /// the original, which was killed then: it would have taken at least as long.
    pub(super) fn work_ms(&self, planned: &PlannedStage<'_>, row: Row) -> f64 {
        let position = row.position() as u32;
        let task = &planned.stage.tasks[row.position()];
        let of_first = self.first_work.get(&(planned.stage.id, position));
        let work = of_first.copied().unwrap_or_else(|| f64::from(task.run_ms));
        let ahead = planned.work.held_before_ms.get(&position);
        match ahead.filter(|_| task.speculative) {
            Some(&ahead) => work + f64::from(ahead),
            None => work,
        }
    }
}

/// Of a task's work remains at least this share.
const REMAINS: f64 = 0.1;

/// Works without so much each: what short ones do not have the others give, so that the sum is right
/// as far as it can be.
fn without(work: Vec<f64>, each: f64) -> Vec<f64> {
    let work: Vec<f64> = work.into_iter().map(|work| work.max(0.0)).collect();
    let mut sorted: Vec<f64> = work.iter().map(|work| work * (1.0 - REMAINS)).collect();
    sorted.sort_by(f64::total_cmp);
    let (mut missing, mut level) = (each * work.len() as f64, 0.0);
    for (index, &most) in sorted.iter().enumerate() {
        let rest = (sorted.len() - index) as f64;
        level = f64::min(most, missing / rest);
        if level < most {
            break;
        }
        missing -= most;
    }
    let taken = |work: f64| f64::min(level, work * (1.0 - REMAINS));
    work.into_iter().map(|work| work - taken(work)).collect()
}

/// How much more work first tasks were than later ones of their stage.
#[derive(Default)]
struct Excess {
    /// By stage: positions of the first tasks among all of them, and the work of later ones.
    stages: Vec<(Vec<usize>, Vec<f64>)>,
}

impl Excess {
    /// In milliseconds a task; zero unless it is clear of chance, by three standard errors.
    fn more(&self, work: &[f64]) -> f64 {
        let (mut sum, mut variance, mut count) = (0.0, 0.0, 0.0);
        for (firsts, later) in &self.stages {
            let firsts: Vec<f64> = firsts.iter().map(|&index| work[index]).collect();
            if firsts.len() < 2 || later.len() < 2 {
                continue;
            }
            let (first, of_firsts) = mean_and_variance(&firsts);
            let (other, of_later) = mean_and_variance(later);
            let weight = firsts.len() as f64;
            sum += weight * (first - other);
            count += weight;
            let squares = of_firsts / weight + of_later / later.len() as f64;
            variance += weight * weight * squares;
        }
        if count > 0.0 && 3.0 * variance.sqrt() < sum {
            sum / count
        } else {
            0.0
        }
    }
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    (mean, squares / (count - 1.0))
}

/// A task cannot have been stretched by more than its time exceeds its processor time: at most what
/// nine of ten first tasks allow. Where the log has no processor time, nothing speaks against it.
fn stretch_max(firsts: &[First]) -> f64 {
    let mut allowed: Vec<f64> = firsts
        .iter()
        .filter(|first| first.cpu_ms > 0.0)
        .map(|first| first.run_ms / first.cpu_ms)
        .collect();
    allowed.sort_by(f64::total_cmp);
    allowed.get(allowed.len() / 10).copied().unwrap_or(f64::MAX)
}

/// When each executor got to know a stage.
fn learnt(application: &Application, planned: &PlannedStage<'_>) -> BTreeMap<u32, Learning> {
    let mut learnt: BTreeMap<u32, Learning> = BTreeMap::new();
    for (_, task) in recorded(planned) {
        let to = Timestamp(task.launched.0 + before_ms(task) as u64);
        let learning = learnt.entry(task.executor_index).or_insert_with(|| {
            let executor = &application.executors[task.executor_index as usize];
            Learning {
                from: task.launched,
                to,
                host: executor.host.clone(),
            }
        });
        learning.from = learning.from.min(task.launched);
        learning.to = learning.to.min(to);
    }
    learnt
}

/// By executor: the stage of its first task.
fn executors_first(application: &Application) -> BTreeMap<u32, u32> {
    let mut first: BTreeMap<u32, (Timestamp, u32)> = BTreeMap::new();
    for stage in &application.stages {
        for task in &stage.tasks {
            let known = first
                .entry(task.executor_index)
                .or_insert((task.launched, stage.id));
            if task.launched < known.0 {
                *known = (task.launched, stage.id);
            }
        }
    }
    let first = first.into_iter();
    first
        .map(|(executor, (_, stage))| (executor, stage))
        .collect()
}

/// The tasks of a stage that were recorded, with their positions.
fn recorded<'p>(planned: &'p PlannedStage<'_>) -> impl Iterator<Item = (u32, &'p Task)> {
    let rows = planned.work.rows.iter().filter_map(|row| match row {
        Row::Recorded(position) => Some(*position),
        Row::Median(_) | Row::Copy(_) => None,
    });
    let tasks = rows.map(|position| (position, &planned.stage.tasks[position as usize]));
    tasks.filter(|(_, task)| task.status == TaskStatus::Succeeded)
}

/// From the end of the work to that of the task.
fn after_ms(task: &Task) -> f64 {
    f64::from(task.result_serialization_ms) + f64::from(task.getting_result_ms)
}

/// From the launch to the beginning of the work.
fn before_ms(task: &Task) -> f64 {
    (f64::from(task.duration_ms) - f64::from(task.run_ms) - after_ms(task)).max(0.0)
}

/// The mean of all but the largest tenth: stalls are the recorded cluster's.
fn typical(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let mut mean = Mean::default();
    let kept = values.len() - values.len() / 10;
    values[..kept].iter().for_each(|&value| mean.add(value));
    mean.value()
}

/// A mean in the making.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    /// Zero of nothing.
    fn value(&self) -> f64 {
        if self.count > 0.0 {
            self.sum / self.count
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn what_short_tasks_do_not_have_the_others_give() {
        assert_eq!(without(vec![100.0, 100.0], 30.0), [70.0, 70.0]);
        // The first gives 9 of its 10, the others 40.5 each of 90.
        assert_eq!(without(vec![10.0, 200.0, 300.0], 30.0), [1.0, 159.5, 259.5]);
        // More than there is: a tenth of each remains.
        let left = without(vec![10.0, 100.0], 1000.0);
        assert!(
            (left[0] - 1.0).abs() < 1e-9 && (left[1] - 10.0).abs() < 1e-9,
            "{left:?}"
        );
        assert_eq!(without(Vec::new(), 5.0), Vec::<f64>::new());
    }
}
