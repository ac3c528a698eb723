//! Applications inside a service's container: driver and slots are one process there, as where a
//! program calls `spark-submit` with a master `local[N]`.
//!
//! No container is asked for: what the process needs, the replica has reserved. It takes its time to
//! start, has `spark.executor.cores` slots, computes at the speed of the replica's node, and is gone
//! when the application ends.

use crate::event::Event;
use crate::id::{AppId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Deploy;
use crate::spark::state::Spark;

impl Spark<'_> {
    /// Starts the process of an application.
    pub(in crate::spark) fn start_process(
        &mut self,
        app: AppId,
        speed: f64,
        kernel: &mut Kernel<'_>,
    ) -> SubmissionId {
        let id = self.new_submission(app);
        let start_time = self.container(id, 0).start_time;
        let due = kernel.schedule_after(start_time, Event::ExecutorsWaited(id));
        let submission = &mut self.submissions[id];
        submission.waits = Some(due);
        submission.process_speed = speed;
        id
    }

    /// Whether an application is such a process.
    pub(in crate::spark) fn is_process(&self, app: AppId) -> bool {
        self.model.apps[app].deploy == Deploy::InReplica
    }

    /// The process runs: its slots can be used.
    pub(in crate::spark) fn open_process(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let submission = &mut self.submissions[id];
        submission.driver_since = kernel.now();
        let (app, speed) = (submission.app, submission.process_speed);
        let slots = self.model.apps[app].conf.slots_per_executor();
        let executor = self.new_executor(id, slots, kernel);
        self.on_executor_running(executor, (None, speed), kernel);
    }
}
