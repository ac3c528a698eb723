//! One run of a stage, and what is remembered of it where tasks can be lost, fail or be copied.

use crate::id::{ExecutorId, TaskId};
use crate::spark::data::shuffle_read::Plan;
use crate::units::{Duration, Time};

/// One run of a stage.
#[derive(Debug)]
pub(in crate::spark) struct StageRun {
    /// Parents that have to be done first.
    pub(in crate::spark) parents_left: u32,
    /// Partitions without a result.
    pub(in crate::spark) tasks_left: u32,
    /// When all that it waits for had ended.
    pub(in crate::spark) ready: Time,
    /// What is known of each partition, where the application needs that.
    pub(in crate::spark) detail: Option<Box<Detail>>,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) enum Phase {
    /// Its parents are not done.
    Waiting,
    /// Its tasks wait for slots or run.
    Running,
    /// What its tasks were to read is gone; it is submitted again in a moment.
    Failed,
    /// All partitions have had a result. Results may have been lost since.
    Done,
}

/// What is known of each partition of a stage.
#[derive(Debug)]
pub(in crate::spark) struct Detail {
    pub(in crate::spark) phase: Phase,
    /// Attempts at the whole stage, in a row, that found what they were to read gone.
    pub(in crate::spark) failed_attempts: u32,
    pub(in crate::spark) partitions: Vec<Partition>,
    /// Tasks that run, in no particular order.
    pub(in crate::spark) running: Vec<TaskId>,
    /// How long successful tasks took, sorted, where copies are made of slow ones.
    pub(in crate::spark) durations: Vec<Duration>,
    /// Failed tasks, where executors are excluded for them.
    pub(in crate::spark) failures: Vec<Failure>,
    /// What tasks read and write, once it has started, where its stage has data.
    pub(in crate::spark) plan: Option<Box<Plan>>,
}

/// One partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::spark) struct Partition {
    /// Where its result is.
    pub(in crate::spark) result: Place,
    /// Attempts so far: the number of the next.
    pub(in crate::spark) attempts: u16,
    /// Attempts of the present attempt at the stage that have failed.
    pub(in crate::spark) failures: u16,
    /// Attempts that run.
    pub(in crate::spark) running: u16,
}

/// Where a result is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::spark) enum Place {
    /// There is none.
    #[default]
    Missing,
    /// With the executor of that number within its application.
    Executor(u32),
    /// Where it cannot be lost.
    Safe,
}

/// A task that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) struct Failure {
    pub(in crate::spark) partition: u32,
    pub(in crate::spark) executor: ExecutorId,
    /// Where the executor is.
    pub(in crate::spark) host: Host,
}

/// A node; without nodes every executor has its own, by number within the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::spark) enum Host {
    Node(u32),
    Own(u32),
}

impl StageRun {
    pub(in crate::spark) fn new(parents: u32, tasks: u32, tracked: bool) -> Self {
        let detail = || Detail {
            phase: Phase::Waiting,
            failed_attempts: 0,
            partitions: vec![Partition::default(); tasks as usize],
            running: Vec::new(),
            durations: Vec::new(),
            failures: Vec::new(),
            plan: None,
        };
        Self {
            parents_left: parents,
            tasks_left: tasks,
            ready: Time::ZERO,
            detail: tracked.then(|| Box::new(detail())),
        }
    }

    /// Whether a child can read all of its output.
    pub(in crate::spark) fn is_available(&self) -> bool {
        self.tasks_left == 0
    }
}

impl Detail {
    /// Partitions without a result, the last first.
    pub(in crate::spark) fn missing(&self) -> Vec<u32> {
        let partitions = self.partitions.iter().enumerate().rev();
        let missing = partitions.filter(|(_, partition)| partition.result == Place::Missing);
        missing.map(|(number, _)| number as u32).collect()
    }

    /// Whether nobody has computed a partition or computes it.
    pub(in crate::spark) fn needs(&self, partition: u32) -> bool {
        let state = self.partitions[partition as usize];
        state.result == Place::Missing && state.running == 0
    }

    /// Takes note of how long a successful task took.
    pub(in crate::spark) fn took(&mut self, time: Duration) {
        let position = self.durations.partition_point(|other| *other <= time);
        self.durations.insert(position, time);
    }
}
