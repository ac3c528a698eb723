//! Executors that the driver gives up: they take no more tasks and are gone after
//! `overheads.executor-removal`.
//!
//! On a standalone cluster the master counts the room of such an executor as free at once; its driver
//! has it among its executors until it has waited for the reason of its end
//! (`StandaloneSchedulerBackend`, 5 s). Elsewhere its container stays until its process has ended.
//!
//! Not for executors that are decommissioned, which end by themselves, nor for those that go with their
//! application.

use crate::effect::{Effect, Owner};
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::ExecutorId;
use crate::kernel::Kernel;
use crate::spark::state::Spark;
use crate::units::Duration;

/// Why an executor takes no more tasks, and puts nothing more in order either.
#[derive(Debug)]
pub(in crate::spark) struct Removal {
    /// The pending `ExecutorRemoved`.
    pub(in crate::spark) due: Option<EventKey>,
    /// Whether its container has been given back.
    released: bool,
}

impl Spark<'_> {
    /// The driver gives an executor up that runs no task.
    pub(in crate::spark) fn give_up_executor(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let executor = &self.executors[id];
        let submission = executor.submission;
        let app = &self.model.apps[self.submissions[submission].app];
        let overheads = app.overheads.as_ref();
        let time = overheads.map_or(Duration::ZERO, |it| it.executor_removal);
        if time.is_zero() || !executor.running {
            self.give_back_executor(id, kernel);
            return;
        }
        self.book_held_for_shuffle(id, now, kernel);
        let released = app.conf.executors.frees_at_once;
        if released {
            kernel.push(Effect::Release {
                owner: Owner::Executor(id),
            });
        }
        let due = Some(kernel.schedule_after(time, Event::ExecutorRemoved(id)));
        let executor = &mut self.executors[id];
        executor.leaving = true;
        executor.removal = Some(Removal { due, released });
        let submission = &mut self.submissions[submission];
        submission.removed += 1;
        submission.offers.retain(|other| *other != id);
        self.recompute_levels(self.executors[id].submission);
    }

    /// An executor that the driver has given up is gone.
    pub fn on_executor_removed(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let executor = &mut self.executors[id];
        let submission = executor.submission;
        if let Some(removal) = &mut executor.removal {
            removal.due = None;
        }
        self.give_back_executor(id, kernel);
        self.follow_tasks(submission, kernel);
    }

    /// An executor that runs no task goes, and its container with it.
    pub(in crate::spark) fn give_back_executor(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let removal = self.executors[id].removal.as_ref();
        let has_container = removal.is_none_or(|removal| !removal.released);
        self.forget_executor(id, kernel);
        if has_container {
            kernel.push(Effect::Release {
                owner: Owner::Executor(id),
            });
        }
    }
}
