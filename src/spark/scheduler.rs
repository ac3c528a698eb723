//! Tasks and slots: `TaskSchedulerImpl` with FIFO scheduling.
//!
//! Task sets are served in the order of (job, stage), as `FIFOSchedulingAlgorithm` does. When tasks
//! come, all executors are offered in rounds, one task each, as `resourceOffers` does; when a task
//! ends, the executor that it leaves is offered alone, before the end of a stage can make new tasks
//! (`statusUpdate` comes before the `DAGScheduler` hears of it).

use super::state::{Spark, Task};
use super::task_set::Waiting;
use crate::event::Event;
use crate::id::{ExecutorId, Id, SubmissionId, TaskId};
use crate::kernel::Kernel;
use crate::model::TaskTimes;
use crate::record::Record;
use crate::units::Duration;

impl Spark<'_> {
    /// Offers the free slots of all executors in rounds.
    pub(super) fn offer_all(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        loop {
            let submission = &mut self.submissions[id];
            if submission.task_sets.is_empty() {
                return;
            }
            let Some(executor) = submission.offers.pop_front() else {
                return;
            };
            self.launch_one(id, executor, kernel);
            if self.executors[executor].free_slots > 0 {
                self.submissions[id].offers.push_back(executor);
            }
        }
    }

    /// Gives the first waiting task to an executor with a free slot. Answers whether there was one.
    fn launch_one(
        &mut self,
        id: SubmissionId,
        executor: ExecutorId,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let stages = &self.model.stages;
        let task_sets = &mut self.submissions[id].task_sets;
        let Some(waiting) = task_sets.pop(|stage| stages[stage].tasks) else {
            return false;
        };
        let now = kernel.now();
        let app = self.submissions[id].app;
        let execution = &mut self.executions[self.job_runs[waiting.job_run].execution];
        execution.first_task.get_or_insert(now);
        let number = execution.number;
        let state = &mut self.executors[executor];
        state.free_slots -= 1;
        let speed = state.speed;
        let time = self.task_time(&waiting, number, speed);
        kernel.metrics.apps[app].running_tasks.rise(now, 1);
        let tasks = &mut self.tasks;
        tasks.insert_with(|task| Task {
            executor,
            job_run: waiting.job_run,
            stage: waiting.stage,
            partition: waiting.partition,
            started: now,
            due: kernel.schedule_after(time, Event::TaskEnded(task)),
        });
        true
    }

    /// How long a task holds its slot. Its word is keyed by execution, stage and partition, so it
    /// does not depend on when and where the task runs.
    fn task_time(&self, task: &Waiting, execution: u64, speed: f64) -> Duration {
        let partition = task.partition;
        match (
            &self.samplers[task.stage],
            &self.model.stages[task.stage].task_times,
        ) {
            (Some(sampler), _) => {
                let word = self.task_words[task.stage].word(execution, u64::from(partition));
                Duration::from_seconds(sampler.sample(word) / speed)
            }
            (None, TaskTimes::Recorded(times)) => {
                let time = times[partition as usize];
                if speed.to_bits() == 1f64.to_bits() {
                    time
                } else {
                    Duration::from_seconds(time.seconds() / speed)
                }
            }
            (None, TaskTimes::Drawn(_)) => unreachable!("drawn times have a sampler"),
        }
    }

    /// A task has run to its end: its slot is offered, then its stage may be done.
    #[inline]
    pub fn on_task_ended(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let task = self.tasks.remove(id);
        let submission_id = self.executors[task.executor].submission;
        let app = self.submissions[submission_id].app;
        kernel.metrics.apps[app].running_tasks.fall(now, 1);
        kernel.record(&Record::TaskEnded {
            app,
            stage: task.stage,
            started: task.started,
            ended: now,
        });
        let executor = &mut self.executors[task.executor];
        executor.free_slots += 1;
        let was_full = executor.free_slots == 1;
        if !self.launch_one(submission_id, task.executor, kernel) && was_full {
            self.submissions[submission_id]
                .offers
                .push_back(task.executor);
        }
        let run = &mut self.job_runs[task.job_run];
        let first = self.model.jobs[run.job].stages.start as usize;
        let stage = &mut run.stages[task.stage.index() - first];
        stage.tasks_left -= 1;
        if stage.tasks_left == 0 {
            self.end_stage(task.job_run, task.stage, kernel);
            self.offer_all(submission_id, kernel);
        }
    }

    /// A task that was stopped waits again.
    pub(super) fn retry(&mut self, task: Task) {
        let run = &self.job_runs[task.job_run];
        let submission = self.executions[run.execution].submission;
        let size = self.model.stages[task.stage].tasks;
        let waiting = Waiting {
            stage: task.stage,
            job_run: task.job_run,
            partition: task.partition,
        };
        let task_sets = &mut self.submissions[submission].task_sets;
        task_sets.again((run.priority, waiting), size);
    }
}
