//! Runs of workflows: which application starts when which have ended.
//!
//! An application that fails, is refused or is called off fails its run: what comes after it does
//! not start, what does not depend on it still does, and the run ends when nothing of it runs any
//! more.
//!
//! # Invariants
//! A run is there as long as one of its applications has not ended, and no longer.

use crate::effect::Caller;
use crate::id::{IdVec, Slab, WorkflowId, WorkflowRunId};
use crate::kernel::Kernel;
use crate::model::{Model, Overlap};
use crate::record::{Outcome, Record};
use crate::spark::state::Spark;
use crate::units::Time;

/// All workflows.
#[derive(Debug)]
pub(in crate::spark) struct Workflows {
    runs: Slab<WorkflowRunId, WorkflowRun>,
    /// By workflow: runs so far.
    numbers: IdVec<WorkflowId, u64>,
    /// Applications that were started so far: tells who ends from who ended before.
    started: u64,
}

impl Workflows {
    /// Nothing runs yet.
    pub(in crate::spark) fn new(model: &Model) -> Self {
        Self {
            runs: Slab::new(),
            numbers: model.workflows.iter().map(|_| 0).collect(),
            started: 0,
        }
    }
}

/// One run of a workflow.
#[derive(Debug)]
struct WorkflowRun {
    workflow: WorkflowId,
    /// The how-many-th of its workflow, from 1.
    number: u64,
    caller: Caller,
    submitted: Time,
    /// In the order of the workflow's.
    members: Vec<MemberRun>,
    /// Members that have started and not ended.
    running: u32,
    failed: bool,
}

#[derive(Clone, Copy, Debug)]
enum MemberRun {
    /// So many have to end before it starts.
    Waits(u32),
    /// Started as the how-many-th of all, and when.
    Runs(u64, Time),
    Over,
}

impl Spark<'_> {
    /// A workflow is to run.
    pub fn on_start_workflow(
        &mut self,
        workflow: WorkflowId,
        caller: Caller,
        kernel: &mut Kernel<'_>,
    ) {
        if !self.admits_workflow(workflow, caller, kernel) {
            return;
        }
        let now = kernel.now();
        kernel.record(&Record::WorkflowArrived { workflow });
        kernel.metrics.workflows[workflow].unfinished.rise(now, 1);
        self.workflows.numbers[workflow] += 1;
        let members = &self.model.workflows[workflow].members;
        let run = self.workflows.runs.insert(WorkflowRun {
            workflow,
            number: self.workflows.numbers[workflow],
            caller,
            submitted: now,
            members: members
                .iter()
                .map(|member| MemberRun::Waits(member.after.len() as u32))
                .collect(),
            running: 0,
            failed: false,
        });
        self.start_members(run, kernel);
    }

    /// Starts all members that need not wait any longer.
    fn start_members(&mut self, id: WorkflowRunId, kernel: &mut Kernel<'_>) {
        let workflow = self.workflows.runs[id].workflow;
        for (position, member) in self.model.workflows[workflow].members.iter().enumerate() {
            let run = &mut self.workflows.runs[id];
            if let MemberRun::Waits(0) = run.members[position] {
                let number = self.workflows.started;
                self.workflows.started += 1;
                run.members[position] = MemberRun::Runs(number, kernel.now());
                run.running += 1;
                let caller = Caller::Workflow(id, number);
                self.on_submit(member.app, (caller, 1.0), kernel);
            }
        }
    }

    /// An application that a workflow started has ended.
    pub fn on_member_ended(
        &mut self,
        (id, number): (WorkflowRunId, u64),
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        if !self.workflows.runs.contains(id) {
            return;
        }
        let run = &mut self.workflows.runs[id];
        let members = run.members.iter().enumerate();
        let mut running = members.filter_map(|(position, member)| match member {
            MemberRun::Runs(running, since) if *running == number => Some((position, *since)),
            _ => None,
        });
        // Its run may have been called off at this instant.
        let Some((position, submitted)) = running.next() else {
            return;
        };
        run.members[position] = MemberRun::Over;
        run.running -= 1;
        let workflow = run.workflow;
        let members = &self.model.workflows[workflow].members;
        if outcome == Outcome::Completed {
            for (follower, member) in members.iter().enumerate() {
                if let MemberRun::Waits(blockers) = &mut run.members[follower]
                    && member.after.contains(&(position as u32))
                {
                    *blockers -= 1;
                }
            }
        } else {
            run.failed = true;
        }
        let run_number = run.number;
        kernel.record(&Record::MemberEnded {
            workflow,
            run: run_number,
            app: members[position].app,
            outcome,
            submitted,
            ended: kernel.now(),
        });
        self.start_members(id, kernel);
        let run = &self.workflows.runs[id];
        if run.running == 0 {
            let outcome = if run.failed {
                Outcome::Failed
            } else {
                Outcome::Completed
            };
            let run = self.end_run(id, outcome, kernel);
            Self::answer(run.caller, run.submitted, outcome, kernel);
        }
    }

    fn end_run(
        &mut self,
        id: WorkflowRunId,
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) -> WorkflowRun {
        let now = kernel.now();
        let run = self.workflows.runs.remove(id);
        kernel.record(&Record::WorkflowEnded {
            workflow: run.workflow,
            run: run.number,
            outcome,
            submitted: run.submitted,
            ended: now,
        });
        let meter = &mut kernel.metrics.workflows[run.workflow];
        meter.unfinished.fall(now, 1);
        run
    }

    /// Whether a workflow is run; what must not run beside it is called off.
    fn admits_workflow(
        &mut self,
        workflow: WorkflowId,
        caller: Caller,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let overlap = self.model.workflows[workflow].overlap;
        if overlap == Overlap::Allow {
            return true;
        }
        let runs = self.workflows.runs.enumerate();
        let earlier: Vec<WorkflowRunId> = runs
            .filter(|(_, run)| run.workflow == workflow)
            .map(|(id, _)| id)
            .collect();
        if overlap == Overlap::Forbid && !earlier.is_empty() {
            kernel.metrics.workflows[workflow].skipped += 1;
            Self::answer(caller, kernel.now(), Outcome::Rejected, kernel);
            return false;
        }
        for id in earlier {
            let run = self.end_run(id, Outcome::Cancelled, kernel);
            for (position, member) in run.members.iter().enumerate() {
                if let MemberRun::Runs(number, submitted) = *member {
                    self.on_called_off(Caller::Workflow(id, number), kernel);
                    kernel.record(&Record::MemberEnded {
                        workflow,
                        run: run.number,
                        app: self.model.workflows[workflow].members[position].app,
                        outcome: Outcome::Cancelled,
                        submitted,
                        ended: kernel.now(),
                    });
                }
            }
            Self::answer(run.caller, run.submitted, Outcome::Failed, kernel);
        }
        true
    }

    /// Books the time that runs of workflows have been present, so that the audit can be exact.
    pub(in crate::spark) fn book_workflows(&self, kernel: &mut Kernel<'_>) {
        let (start, now) = (kernel.metrics.window_start, kernel.now());
        for (_, run) in self.workflows.runs.enumerate() {
            kernel.metrics.workflows[run.workflow].open(start, run.submitted, now);
        }
    }
}
