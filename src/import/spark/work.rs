//! Which of a stage's recorded attempts are its work.
//!
//! A replay runs every task once, so of each task counts the attempt that succeeded first. Failed
//! and killed attempts, the losers of speculation, and tasks that ran again because their output
//! was lost, are not work that the program asked for.
//!
//! A retry of a stage holds only the tasks that are missing, numbered anew. Since 3.3 Spark writes
//! the partition of each task; before, the missing ones in ascending order are what a retry runs.

use super::application::{Application, JobOutcome, Stage, StageOutcome, Task, TaskStatus};
use std::collections::{BTreeMap, HashMap};

/// The work of a stage.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// What stands for each task, in the order of their launches: that of the tasks but for locality
    /// and retries.
    pub(super) rows: Vec<Row>,
    /// Of tasks that were attempted before, by the position of the attempt that succeeded: how long,
    /// in milliseconds, they had held a slot by its launch.
    pub(super) held_before_ms: HashMap<u32, u32>,
    /// How many tasks of the stage have no attempt that succeeded, though the stage did not fail.
    pub(super) missing_count: u32,
    /// How many tasks a stage that failed never got done.
    pub(super) undone_count: u32,
    /// Attempts that are not work.
    pub(super) dropped: Dropped,
}

/// What stands for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The attempt at this position in the stage's tasks.
    Recorded(u32),
    /// None was recorded: the stage's median attempt stands in.
    Median(u32),
    /// None was: there is more data than when this one was recorded.
    Copy(u32),
}

/// Why a log is not that of a whole run.
pub(super) struct Problem {
    /// What is missing.
    pub(super) what: String,
    /// What is done instead, if the caller wants what there is.
    pub(super) remedy: &'static str,
}

/// Attempts that are not work, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// They failed.
    pub(super) failed: u64,
    /// They were killed.
    pub(super) killed: u64,
    /// They succeeded at what had been done before.
    pub(super) repeated: u64,
    /// Those of all the above that were speculative copies.
    pub(super) speculative: u64,
}

impl Row {
    /// The position of the attempt whose figures the task has.
    pub(super) fn position(self) -> usize {
        match self {
            Self::Recorded(position) | Self::Median(position) | Self::Copy(position) => {
                position as usize
            }
        }
    }
}

impl Dropped {
    /// Adds the attempts of another stage.
    pub(super) fn add(&mut self, other: Self) {
        self.failed += other.failed;
        self.killed += other.killed;
        self.repeated += other.repeated;
        self.speculative += other.speculative;
    }
}

/// Finds the work of a stage.
pub(super) fn of(application: &Application, stage: &Stage) -> Work {
    let mut work = Work::default();
    let mut winners = Winners::new(stage);
    for (position, task) in stage.tasks.iter().enumerate() {
        let dropped = match task.status {
            TaskStatus::Succeeded if winners.offer(task, position as u32) => None,
            TaskStatus::Succeeded => Some(&mut work.dropped.repeated),
            TaskStatus::Failed => Some(&mut work.dropped.failed),
            TaskStatus::Killed => Some(&mut work.dropped.killed),
        };
        if let Some(count) = dropped {
            *count += 1;
            work.dropped.speculative += u64::from(task.speculative);
        }
    }
    let lacking = winners.lacking();
    work.held_before_ms = winners.held_before_ms(stage);
    let held = &work.held_before_ms;
    let launched = |position: u32| {
        let before = held.get(&position).copied().unwrap_or(0);
        let launched = stage.tasks[position as usize].launched;
        launched.0.saturating_sub(u64::from(before))
    };
    if failed(application, stage) {
        // What it got done is all that it did: the rest is not missing from the log.
        work.undone_count = lacking;
        work.rows = winners.recorded().map(Row::Recorded).collect();
        work.rows.sort_by_key(|row| launched(row.position() as u32));
        return work;
    }
    work.missing_count = lacking;
    if let Some(median) = winners.median(stage) {
        let rows = winners.slots.iter();
        work.rows = rows
            .map(|slot| slot.map_or(Row::Median(median), Row::Recorded))
            .collect();
        // Those that are missing come last.
        work.rows.sort_by_key(|row| match row {
            Row::Recorded(position) => launched(*position),
            Row::Median(_) | Row::Copy(_) => u64::MAX,
        });
    }
    work
}

impl Work {
    /// What is missing, if anything is.
    pub(super) fn problem(&self, stage_id: u32) -> Option<Problem> {
        let count = self.missing_count;
        let tasks = if count == 1 { "task" } else { "tasks" };
        match (count, self.rows.len()) {
            (0, _) => None,
            (_, 0) => Some(Problem {
                what: format!("stage {stage_id} has none of its {count} {tasks} done"),
                remedy: "the stage is left out",
            }),
            (_, all) => Some(Problem {
                what: format!("stage {stage_id} lacks {count} of its {all} tasks"),
                remedy: "its median task stands in",
            }),
        }
    }
}

fn failed(application: &Application, stage: &Stage) -> bool {
    match stage.outcome {
        StageOutcome::Failed(_) => true,
        StageOutcome::Completed => false,
        StageOutcome::Unfinished => stage
            .job
            .and_then(|id| application.job(id))
            .is_some_and(|job| job.outcome == JobOutcome::Failed),
    }
}

/// The first success of each task.
struct Winners {
    /// By the task's index in the first attempt of the stage.
    slots: Vec<Option<u32>>,
    /// The index of the first attempt that computes a partition, as far as known.
    index_of_partition: BTreeMap<u32, u32>,
    /// For retries without partition numbers: the indices that were missing when they began.
    missing_at_retry: BTreeMap<u16, Vec<u32>>,
}

impl Winners {
    fn new(stage: &Stage) -> Self {
        let highest = stage
            .tasks
            .iter()
            .filter(|task| task.stage_attempt == 0)
            .map(|task| task.index + 1)
            .max();
        let count = stage.task_count.max(highest.unwrap_or(0)) as usize;
        let first_attempt = stage.tasks.iter().filter(|task| task.stage_attempt == 0);
        let has_retries = stage.tasks.iter().any(|task| task.stage_attempt > 0);
        Self {
            slots: vec![None; count],
            index_of_partition: if has_retries {
                first_attempt
                    .filter_map(|task| task.partition.map(|partition| (partition, task.index)))
                    .collect()
            } else {
                BTreeMap::new()
            },
            missing_at_retry: BTreeMap::new(),
        }
    }

    /// Takes a success in; `false` if the task had succeeded before.
    fn offer(&mut self, task: &Task, position: u32) -> bool {
        let Some(index) = self.index(task) else {
            return false;
        };
        let slot = &mut self.slots[index as usize];
        if slot.is_some() {
            return false;
        }
        *slot = Some(position);
        true
    }

    /// Which task of the stage this is an attempt at.
    fn index(&mut self, task: &Task) -> Option<u32> {
        if task.stage_attempt == 0 {
            return Some(task.index);
        }
        if let Some(partition) = task.partition {
            // A task that the first attempt never came to: partitions and indices agree where a
            // stage computes all of its partitions, and there a later one can only be itself.
            let known = self.index_of_partition.get(&partition).copied();
            return known.or_else(|| match self.slots.get(partition as usize) {
                Some(None) => Some(partition),
                _ => self.first_free(),
            });
        }
        let slots = &self.slots;
        let missing = self
            .missing_at_retry
            .entry(task.stage_attempt)
            .or_insert_with(|| {
                (0..slots.len() as u32)
                    .filter(|&index| slots[index as usize].is_none())
                    .collect()
            });
        missing.get(task.index as usize).copied()
    }

    /// What attempts at the same task held before the one that succeeded was launched. One that
    /// failed held a slot until it failed; a copy took over from the original, which held one all the
    /// while.
    fn held_before_ms(&mut self, stage: &Stage) -> HashMap<u32, u32> {
        let mut held: HashMap<u32, u32> = HashMap::new();
        for task in &stage.tasks {
            if task.status == TaskStatus::Succeeded {
                continue;
            }
            let Some(index) = self.index(task) else {
                continue;
            };
            let Some(position) = self.slots.get(index as usize).copied().flatten() else {
                continue;
            };
            let winner = &stage.tasks[position as usize];
            if winner.launched < task.launched || task.launched.0 == 0 {
                continue;
            }
            let sum = held.entry(position).or_default();
            let until = task.finished().min(winner.launched);
            let until = if winner.speculative {
                winner.launched
            } else {
                until
            };
            let millis = u32::try_from(until.millis_since(task.launched)).unwrap_or(u32::MAX);
            *sum = if winner.speculative {
                millis.max(*sum)
            } else {
                sum.saturating_add(millis)
            };
        }
        held
    }

    fn first_free(&self) -> Option<u32> {
        let free = self.slots.iter().position(Option::is_none);
        free.map(|index| index as u32)
    }

    fn lacking(&self) -> u32 {
        self.slots.iter().filter(|slot| slot.is_none()).count() as u32
    }

    fn recorded(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().filter_map(|slot| *slot)
    }

    /// The attempt of median duration; the upper one of two, the earlier one of equals.
    fn median(&self, stage: &Stage) -> Option<u32> {
        let mut recorded: Vec<u32> = self.recorded().collect();
        recorded.sort_by_key(|&position| (stage.tasks[position as usize].duration_ms, position));
        recorded.get(recorded.len() / 2).copied()
    }
}
