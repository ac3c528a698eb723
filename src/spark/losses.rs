//! Containers that are gone: an executor's tasks run again elsewhere, without its driver an
//! application has failed.

use super::state::Spark;
use crate::effect::LossReason;
use crate::event::Event;
use crate::id::{ExecutorId, SubmissionId, TaskId};
use crate::kernel::Kernel;

impl Spark<'_> {
    /// The container of an executor is gone: what ran there runs again, and the driver asks for
    /// another one in its next round.
    pub fn on_executor_lost(&mut self, id: ExecutorId, _why: LossReason, kernel: &mut Kernel<'_>) {
        // Its application may have ended at this instant.
        if !self.executors.contains(id) {
            return;
        }
        let submission = self.executors[id].submission;
        let tasks = self.tasks.enumerate();
        let mut tasks: Vec<TaskId> = tasks
            .filter(|(_, task)| task.executor == id)
            .map(|(task, _)| task)
            .collect();
        // Of those that wait again the lowest partition goes first.
        tasks.sort_by_key(|task| std::cmp::Reverse(self.tasks[*task].partition));
        for task in tasks {
            let task = self.stop(task, kernel);
            self.retry(task);
        }
        let executor = self.executors.remove(id);
        let state = &mut self.submissions[submission];
        state.executors.retain(|other| *other != id);
        state.offers.retain(|other| *other != id);
        let app = &self.model.apps[state.app];
        if executor.running {
            let now = kernel.now();
            let meter = &mut kernel.metrics.apps[state.app];
            meter.executors.fall(now, 1);
            meter
                .slots
                .fall(now, u64::from(app.conf.slots_per_executor()));
        }
        if state.executors_due.is_none() {
            let delay = app.conf.allocation_batch_delay;
            let due = kernel.schedule_after(delay, Event::ExecutorsDue(submission));
            state.executors_due = Some(due);
        }
        self.offer_all(submission, kernel);
    }

    /// The node of an executor computes at another speed: tasks that start from now on do.
    pub fn on_speed_changed(&mut self, id: ExecutorId, speed: f64) {
        if self.executors.contains(id) {
            self.executors[id].speed = speed;
        }
    }

    /// The container of a driver is gone, and with it the application.
    pub fn on_driver_lost(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        if self.submissions.contains(id) {
            self.fail_submission(id, kernel);
        }
    }
}
