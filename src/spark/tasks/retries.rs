//! Tasks that end without a result: killed because nobody needs them, failed, lost. Those that are
//! needed wait again.

use crate::id::TaskId;
use crate::kernel::Kernel;
use crate::spark::application::stage_run::{Failure, Phase, Place};
use crate::spark::scheduling::task_set::TaskSet;
use crate::spark::state::{Spark, Task};

impl Spark<'_> {
    /// A task that has ended or was stopped is taken out of what its stage runs.
    pub(in crate::spark) fn runs_no_longer(&mut self, task: &Task) {
        let run = &mut self.job_runs[task.job_run];
        let Some(detail) = &mut run.stage_mut(task.stage).detail else {
            return;
        };
        detail.partitions[task.partition as usize].running -= 1;
        detail.running.swap_remove(task.place as usize);
        if let Some(&moved) = detail.running.get(task.place as usize) {
            self.tasks[moved].place = task.place;
        }
    }

    /// A task that nobody needs gives its slot back before its end.
    pub(in crate::spark) fn kill(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let task = self.stop(id, kernel);
        let app = self.submissions[self.executors[task.executor].submission].app;
        self.apps[app].counts.killed += 1;
        self.rests(task.executor, kernel);
        self.offer_back(task.executor, kernel);
    }

    /// A task gives its slot back before its end; whether it was killed or has failed is not booked.
    pub(in crate::spark) fn stop(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> Task {
        let now = kernel.now();
        let task = self.tasks.remove(id);
        if !self.drop_data(id, &task, kernel) {
            kernel.cancel(task.due);
        }
        let executor = &mut self.executors[task.executor];
        executor.free_slots += 1;
        let submission = &mut self.submissions[executor.submission];
        let pool = self.job_runs[task.job_run].pool;
        submission.task_sets.ended(pool);
        submission.busy -= 1;
        let start = kernel.metrics.window_start;
        let meter = &mut kernel.metrics.apps[submission.app];
        meter.running_tasks.fall(now, 1);
        meter.task_present(start, task.started, now);
        self.runs_no_longer(&task);
        task
    }

    /// Books a task that has failed at its end, with the time that it held its slot. One that was
    /// stopped has that booked where it was.
    pub(in crate::spark) fn book_failure(&mut self, task: &Task, kernel: &mut Kernel<'_>) {
        let app = self.submissions[self.executors[task.executor].submission].app;
        let (now, start) = (kernel.now(), kernel.metrics.window_start);
        let meter = &mut kernel.metrics.apps[app];
        meter.task_present(start, task.started, now);
        meter.failed_tasks += 1;
        self.apps[app].counts.failed += 1;
    }

    /// A task has failed for a reason of its own: too often, and its application fails; or it waits
    /// again. Answers whether the job is gone.
    pub(in crate::spark) fn give_up_or_retry(
        &mut self,
        task: &Task,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let executor = &self.executors[task.executor];
        let failure = Failure {
            partition: task.partition,
            executor: task.executor,
            host: executor.host,
        };
        let submission = executor.submission;
        self.offer_back(task.executor, kernel);
        let max = self.model.apps[self.submissions[submission].app]
            .conf
            .scheduling
            .max_failures;
        if self.count_failure(task, failure, kernel) >= max {
            self.fail_job(task.job_run, kernel);
            return true;
        }
        self.retry(task);
        false
    }

    /// Counts a failure of a task and answers how many there are.
    pub(in crate::spark) fn count_failure(
        &mut self,
        task: &Task,
        failure: Failure,
        kernel: &mut Kernel<'_>,
    ) -> u32 {
        let submission = self.executions[self.job_runs[task.job_run].execution].submission;
        let app = self.submissions[submission].app;
        let excludes = self.model.apps[app].conf.scheduling.exclusion;
        let Some(detail) = self.detail_mut(task.job_run, task.stage) else {
            return 0;
        };
        if excludes.is_some() {
            detail.failures.push(failure);
        }
        let partition = &mut detail.partitions[task.partition as usize];
        partition.failures = partition.failures.saturating_add(1);
        let failures = u32::from(partition.failures);
        if let Some(rule) = excludes {
            self.exclude(submission, &rule, failure, kernel);
        }
        failures
    }

    /// A task that was stopped or has failed waits again, unless its partition has a result, runs
    /// or waits already, or its whole stage waits to be submitted again.
    pub(in crate::spark) fn retry(&mut self, task: &Task) {
        let Some(detail) = self.detail(task.job_run, task.stage) else {
            return;
        };
        let state = detail.partitions[task.partition as usize];
        if detail.phase != Phase::Running || state.result != Place::Missing || state.running > 0 {
            return;
        }
        let broken = self.lacks_input(task.job_run, task.stage);
        let run = &self.job_runs[task.job_run];
        let submission = self.executions[run.execution].submission;
        let size = self.size_of(task.job_run, task.stage);
        let sets = &mut self.submissions[submission].task_sets;
        let set = sets.set(
            run.pool,
            TaskSet::empty(run.number, task.job_run, task.stage, size),
        );
        set.broken |= broken;
        if !set.has(task.partition) {
            set.wait_again(task.partition);
        }
    }
}
