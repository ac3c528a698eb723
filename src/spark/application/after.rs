//! Submissions that no workflow makes, of applications that come after others: each is held back as
//! long as runs of those have not ended that were under way when it was submitted.
//!
//! # Invariants
//! What is held back is an execution without a submission, as between a failure and a restart. An
//! application never waits for itself, not even through others.

use crate::effect::Caller;
use crate::id::{AppId, ExecutionId};
use crate::kernel::Kernel;
use crate::spark::state::Spark;

/// An execution that has not started.
#[derive(Debug)]
pub(in crate::spark) struct Held {
    execution: ExecutionId,
    /// Those that have to run to their ends.
    waits_for: Vec<ExecutionId>,
}

impl Spark<'_> {
    /// The executions that have to end before a submission starts. A workflow sees to it itself.
    pub(in crate::spark) fn under_way(&self, app: AppId, caller: Caller) -> Vec<ExecutionId> {
        let after = &self.model.apps[app].after;
        if after.is_empty() || matches!(caller, Caller::Workflow(..)) {
            return Vec::new();
        }
        let executions = self.executions.enumerate();
        executions
            .filter(|(_, execution)| after.contains(&execution.app))
            .map(|(id, _)| id)
            .collect()
    }

    /// An execution is not to start before these have ended.
    pub(in crate::spark) fn hold(&mut self, execution: ExecutionId, waits_for: Vec<ExecutionId>) {
        self.held.push(Held {
            execution,
            waits_for,
        });
    }

    /// An execution is over: what was held back for it starts if it was `completed`, and fails
    /// otherwise.
    pub(in crate::spark) fn over(
        &mut self,
        id: ExecutionId,
        completed: bool,
        kernel: &mut Kernel<'_>,
    ) {
        if self.held.is_empty() {
            return;
        }
        // One that is called off may have been held back itself.
        self.held.retain(|held| held.execution != id);
        if completed {
            let mut free = Vec::new();
            self.held.retain_mut(|held| {
                held.waits_for.retain(|other| *other != id);
                if held.waits_for.is_empty() {
                    free.push(held.execution);
                }
                !held.waits_for.is_empty()
            });
            for execution in free {
                self.start_execution(execution, 1.0, kernel);
            }
            return;
        }
        let mut failed = vec![id];
        while let Some(id) = failed.pop() {
            let mut next = Vec::new();
            self.held.retain(|held| {
                let fails = held.waits_for.contains(&id);
                if fails {
                    next.push(held.execution);
                }
                !fails
            });
            for held in next {
                let execution = self.abandon(held, kernel);
                Self::fail(&execution, kernel);
                failed.push(held);
            }
        }
    }
}
