//! Partitions that executors keep in memory for later stages of an execution: cached RDDs.
//!
//! A partition is there once its task has ended, until its executor goes or the execution ends. A
//! task that finds it gone computes it again, which takes as long as its task, and leaves it with
//! its own executor. Where partitions have a `cached-size` they take [storage](super::storage)
//! memory, and may find no room or lose theirs; others are never short of it.

use super::storage::Kept;
use crate::id::{ExecutionId, ExecutorId, StageId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Locality;
use crate::spark::application::stage_run::Host;
use crate::spark::state::{Execution, Spark, Task};
use crate::spark::tasks::attempts::AttemptKey;
use crate::units::Duration;

/// By stage: who has each partition, by the executor's number; 0: nobody.
pub(in crate::spark) type Caches = Vec<(StageId, Vec<u32>)>;

impl Spark<'_> {
    /// The executor that has a partition in memory, and its node.
    pub(in crate::spark) fn cached_at(
        &self,
        id: ExecutionId,
        stage: StageId,
        partition: u32,
    ) -> Option<(u32, Host)> {
        let execution = &self.executions[id];
        let caches = execution.caches.iter();
        let (_, partitions) = caches.clone().find(|(other, _)| *other == stage)?;
        let number = partitions[partition as usize];
        let numbers = &self.submissions[execution.submission].numbers;
        (0 < number).then(|| (number, numbers.host(number)))
    }

    /// A task has ended: what it was to leave in memory, or has found gone, is there now.
    pub(in crate::spark) fn keep_partitions(&mut self, task: &Task, kernel: &mut Kernel<'_>) {
        let spec = &self.model.stages[task.stage];
        let mut stages = [None, None];
        if spec.is_cached {
            stages[0] = Some(task.stage);
        }
        if let Some(Locality::Cached(source)) = spec.locality {
            stages[1] = Some(source);
        }
        let number = self.executors[task.executor].number;
        let id = self.job_runs[task.job_run].execution;
        for stage in stages.into_iter().flatten() {
            if self.cached_at(id, stage, task.partition).is_some() {
                continue;
            }
            let number_of = self.executions[id].number;
            let bytes = self.cached_size((stage, number_of), task.partition);
            let kept = Kept::Partition(number_of, stage, task.partition);
            if !self.keep(task.executor, (kept, bytes), kernel) {
                let app = self.executions[id].app;
                kernel.metrics.apps[app].data.uncached += 1;
                continue;
            }
            let caches = &mut self.executions[id].caches;
            let position = caches.iter().position(|(other, _)| *other == stage);
            let position = position.unwrap_or_else(|| {
                let tasks = self.model.stages[stage].tasks;
                caches.push((stage, vec![0; tasks as usize]));
                caches.len() - 1
            });
            caches[position].1[task.partition as usize] = number;
            self.executors[task.executor].cached_partitions += 1;
        }
    }

    /// What a partition takes in memory; zero: that is not known.
    fn cached_size(&mut self, key: (StageId, u64), partition: u32) -> u64 {
        let model = self.model;
        let data = model.stages[key.0].data.as_deref();
        let Some(data) = data.filter(|data| data.cached_size.0 > 0) else {
            return 0;
        };
        if self
            .data
            .divided
            .as_ref()
            .is_none_or(|(other, _)| *other != key)
        {
            let shares = self.shares(key.1, key.0, data);
            self.data.divided = Some((key, shares));
        }
        let divided = self.data.divided.as_ref();
        divided.map_or(0, |(_, shares)| {
            shares.of_mean(data.cached_size.0, partition)
        })
    }

    /// A partition has lost its room in the memory of an executor.
    pub(in crate::spark) fn lose_partition(
        &mut self,
        executor: ExecutorId,
        (execution, stage, partition): (u64, StageId, u32),
        kernel: &mut Kernel<'_>,
    ) {
        let (submission, number) = (
            self.executors[executor].submission,
            self.executors[executor].number,
        );
        for id in self.executions_of(submission) {
            let found = &mut self.executions[id];
            let mut caches = found.caches.iter_mut();
            let partitions = caches.find(|(other, _)| *other == stage).map(|(_, it)| it);
            if found.number == execution
                && let Some(holder) = partitions.and_then(|it| it.get_mut(partition as usize))
                && *holder == number
            {
                *holder = 0;
                kernel.metrics.apps[found.app].data.uncached += 1;
                self.executors[executor].cached_partitions -= 1;
                self.may_go(executor, kernel);
            }
        }
    }

    /// What an executor had in memory is gone.
    pub(in crate::spark) fn lose_cached(&mut self, submission: SubmissionId, number: u32) {
        self.lose_blocks(submission, number);
        self.lose_storage(submission, number);
        let app = self.submissions[submission].app;
        if !self.apps[app].delays {
            return;
        }
        for execution in self.executions_of(submission) {
            let execution = &mut self.executions[execution];
            {
                let partitions = execution.caches.iter_mut().flat_map(|(_, it)| it);
                let lost = partitions.filter(|executor| **executor == number);
                lost.for_each(|executor| *executor = 0);
            }
        }
    }

    /// What an application runs.
    pub(in crate::spark) fn executions_of(&self, id: SubmissionId) -> Vec<ExecutionId> {
        let executions = self.executions.enumerate();
        let mine = executions.filter(|(_, execution)| execution.submission == id);
        mine.map(|(id, _)| id).collect()
    }

    /// An execution has ended, its application may go on: what it had in memory is freed.
    pub(in crate::spark) fn free_cached(&mut self, execution: &Execution, kernel: &mut Kernel<'_>) {
        if execution.caches.is_empty() || !self.submissions.contains(execution.submission) {
            return;
        }
        let number = execution.number;
        let stages: Vec<StageId> = execution.caches.iter().map(|(stage, _)| *stage).collect();
        let is_free = |kept| {
            let partition = matches!(kept, Kept::Partition(of, ..) if of == number);
            partition && stages.iter().any(|stage| kept.is_of(*stage))
        };
        self.free(is_free, kernel);
        let submission = &self.submissions[execution.submission];
        let numbers = execution.caches.iter().flat_map(|(_, it)| it);
        let there = numbers.filter_map(|number| submission.numbers.executor(*number));
        let mut freed: Vec<ExecutorId> = there.collect();
        for executor in &freed {
            self.executors[*executor].cached_partitions -= 1;
        }
        freed.sort_unstable();
        freed.dedup();
        for executor in freed {
            self.may_go(executor, kernel);
        }
    }

    /// How much longer a task of a stage takes on an executor because of where its data are: what it
    /// computes again, and how long it waits for what is on another node.
    pub(in crate::spark) fn far_time(
        &mut self,
        executor: ExecutorId,
        (execution, stage): (ExecutionId, StageId),
        key: AttemptKey,
    ) -> (Duration, Duration) {
        let spec = &self.model.stages[stage];
        let host = self.executors[executor].host;
        if let Some(Locality::Cached(source)) = spec.locality
            && let Some((number, _)) = self.cached_at(execution, source, key.partition)
        {
            let kept = Kept::Partition(self.executions[execution].number, source, key.partition);
            self.touch(self.executors[executor].submission, number, kept);
        }
        let mut more = Duration::ZERO;
        let mut read = stage;
        if let Some(Locality::Cached(source)) = spec.locality
            && self.cached_at(execution, source, key.partition).is_none()
        {
            let speed = self.executors[executor].speed;
            more = self.task_time(source, key.again(), false, speed);
            read = source;
        }
        let remote = self.model.stages[read].remote_time;
        if remote.is_zero() {
            return (more, Duration::ZERO);
        }
        let near = if self.model.stages[read].locality == Some(Locality::MapOutput) {
            self.is_near_output(execution, read, key.partition, host)
        } else {
            let mut locations = Vec::new();
            self.locate(execution, read, key.partition, &mut locations);
            locations.is_empty() || locations.iter().any(|location| location.host == host)
        };
        (more, if near { Duration::ZERO } else { remote })
    }

    /// Whether a node is among those that a task would rather run on because of map output.
    fn is_near_output(
        &self,
        execution: ExecutionId,
        stage: StageId,
        partition: u32,
        host: Host,
    ) -> bool {
        let submission = &self.submissions[self.executions[execution].submission];
        let sets = submission.task_sets.placed_of(stage);
        let mut sets = sets.filter(|set| self.job_runs[set.job_run].execution == execution);
        let Some(placed) = sets.next().and_then(|set| set.placed.as_ref()) else {
            return true;
        };
        let mut locations = placed.preferences.of(partition).iter();
        locations.any(|location| location.host == host)
    }
}
