//! Submissions of an application whose earlier runs have not ended: let in, refused, or taking their
//! place, as Kubernetes' `concurrencyPolicy` has it.

use crate::effect::{Caller, Effect};
use crate::id::{AppId, ExecutionId};
use crate::kernel::Kernel;
use crate::model::Overlap;
use crate::record::{Outcome, Record};
use crate::spark::state::Spark;
use crate::units::Time;

impl Spark<'_> {
    /// Whether a submission is run; whoever must not run beside it is called off.
    pub(in crate::spark) fn admits(
        &mut self,
        app: AppId,
        caller: Caller,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let overlap = self.model.apps[app].overlap;
        if overlap == Overlap::Allow {
            return true;
        }
        let executions = self.executions.enumerate();
        let earlier: Vec<ExecutionId> = executions
            .filter(|(_, execution)| execution.app == app)
            .map(|(id, _)| id)
            .collect();
        if overlap == Overlap::Forbid && !earlier.is_empty() {
            kernel.metrics.apps[app].skipped += 1;
            // A request that has been served so far is not refused but fails.
            let outcome = match caller {
                Caller::Workload(..) => Outcome::Rejected,
                _ => Outcome::Failed,
            };
            Self::answer(caller, kernel.now(), outcome, kernel);
            return false;
        }
        for id in earlier {
            let execution = &self.executions[id];
            let (caller, submitted) = (execution.caller, execution.submitted);
            self.call_off(id, kernel);
            Self::answer(caller, submitted, Outcome::Failed, kernel);
        }
        true
    }

    /// Tells a caller what became of what it submitted.
    pub(in crate::spark) fn answer(
        caller: Caller,
        submitted: Time,
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        if let Caller::Workload(workload, _) = caller {
            kernel.record(&Record::SubmissionEnded {
                workload,
                outcome,
                arrived: submitted,
                ended: kernel.now(),
            });
        }
        kernel.push(Effect::ApplicationEnded { caller, outcome });
    }
}
