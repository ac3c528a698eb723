//! The steps of a task, where its stage has data or its processor is shared: which comes next, and what happens when one is over.

use crate::effect::{Effect, Mover, TransferOutcome};
use crate::event::Event;
use crate::id::TaskId;
use crate::kernel::Kernel;
use crate::spark::application::stage_run::Phase;
use crate::spark::state::Spark;
use crate::units::Duration;

/// What a task does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) enum Step {
    /// It is sent and deserialized.
    Begin,
    /// It reads what its executor gets from the driver.
    Broadcast,
    /// It reads its input.
    Input,
    /// It reads what its parents have written.
    Shuffle,
    /// It asks for execution memory.
    Memory,
    /// It writes what does not fit to disk, and reads it again.
    Spill,
    /// It computes.
    Compute,
    /// It writes for the stages that come after.
    ShuffleWrite,
    /// It writes for good.
    Output,
    /// Its result goes to the driver.
    Result,
    /// It has ended.
    Done,
}

impl Step {
    fn next(self, fails: bool) -> Self {
        match self {
            Self::Begin => Self::Broadcast,
            Self::Broadcast => Self::Input,
            Self::Input => Self::Shuffle,
            Self::Shuffle => Self::Memory,
            Self::Memory => Self::Spill,
            Self::Spill => Self::Compute,
            Self::Compute if fails => Self::Result,
            Self::Compute => Self::ShuffleWrite,
            Self::ShuffleWrite => Self::Output,
            Self::Output => Self::Result,
            Self::Result | Self::Done => Self::Done,
        }
    }
}

impl Spark<'_> {
    /// What a task that goes step by step waited for has happened.
    pub fn on_task_moved_on(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        if let Some(state) = self.data.tasks.get_mut(&id) {
            state.has_event = false;
        }
        self.computes_no_longer(id, self.tasks[id].executor, kernel);
        self.advance(id, kernel);
    }

    /// A transfer for a task is over; the task may be too.
    pub(in crate::spark) fn on_transfer_done(
        &mut self,
        id: TaskId,
        (tag, outcome): (u32, TransferOutcome),
        kernel: &mut Kernel<'_>,
    ) {
        let Some(state) = self.data.tasks.get_mut(&id) else {
            return;
        };
        let number = tag.wrapping_sub(state.tag);
        if state.transfers <= number || state.left == 0 {
            return;
        }
        match outcome {
            TransferOutcome::Moved => {
                state.left -= 1;
                if state.step == Step::Shuffle && state.left > 0 {
                    self.fetch_more(id, number, kernel);
                    return;
                }
                let more =
                    state.left > 0 || state.step == Step::Broadcast && self.has_block(id, kernel);
                if !more {
                    self.advance(id, kernel);
                }
            }
            TransferOutcome::SourceLost if state.step == Step::Broadcast => {
                state.left = 0;
                if !self.block_source_lost(id, kernel) {
                    self.advance(id, kernel);
                }
            }
            TransferOutcome::SourceLost if state.step == Step::Shuffle => {
                self.source_lost(id, kernel);
            }
            TransferOutcome::SourceLost => self.block_lost(id, kernel),
        }
    }

    /// Goes through the steps up to one that takes time.
    fn advance(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        loop {
            let task = self.tasks[id];
            self.count_step(id, kernel);
            let Some(state) = self.data.tasks.get_mut(&id) else {
                return;
            };
            state.step = state.step.next(task.fails);
            let (step, computing, result) = (state.step, state.computing, state.result);
            let waits = match step {
                Step::Begin => false,
                Step::Broadcast => self.read_broadcast(id, kernel),
                Step::Input => self.read_input(id, kernel),
                Step::Shuffle => self.read_shuffle(id, kernel),
                Step::Memory => self.ask_memory(id, kernel),
                Step::Spill => self.spill(id, kernel),
                Step::Compute => {
                    self.compute(id, computing, kernel);
                    true
                }
                Step::ShuffleWrite => self.write_shuffle(id, kernel),
                Step::Output => self.write_output(id, kernel),
                Step::Result if result.is_zero() => false,
                Step::Result => {
                    self.wait(id, result, kernel);
                    true
                }
                Step::Done => {
                    self.forget_data(id, kernel);
                    self.on_task_ended(id, kernel);
                    return;
                }
            };
            if waits {
                return;
            }
        }
    }

    /// Books what a step that is over has moved.
    fn count_step(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let Some(state) = self.data.tasks.get(&id) else {
            return;
        };
        if state.step == Step::Compute {
            self.has_computed(id, state.computing, kernel);
        }
        let executor = &self.executors[self.tasks[id].executor];
        let meter = &mut kernel.metrics.apps[self.submissions[executor.submission].app].data;
        let Some(state) = self.data.tasks.get_mut(&id) else {
            return;
        };
        let (bytes, remote) = (state.bytes, state.remote);
        match state.step {
            Step::Input => meter.input += bytes,
            Step::Shuffle => {
                meter.shuffle_read += bytes;
                meter.shuffle_remote += remote;
            }
            Step::Spill => meter.spilled += bytes,
            Step::ShuffleWrite => meter.shuffle_written += bytes,
            Step::Output => meter.output += bytes,
            Step::Begin
            | Step::Broadcast
            | Step::Memory
            | Step::Compute
            | Step::Result
            | Step::Done => {}
        }
        (state.bytes, state.remote) = (0, 0);
    }

    /// A task waits for so long.
    pub(in crate::spark) fn wait(&mut self, id: TaskId, time: Duration, kernel: &mut Kernel<'_>) {
        self.tasks[id].due = kernel.schedule_after(time, Event::TaskMovedOn(id));
        if let Some(state) = self.data.tasks.get_mut(&id) {
            state.has_event = true;
        }
    }

    /// A node is gone from which a task was reading its input: it has failed, and the next attempt
    /// reads another copy.
    fn block_lost(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let mover = Mover::Task(id);
        kernel.push(Effect::CancelTransfers { mover });
        self.tasks[id].fails = true;
        self.forget_data(id, kernel);
        self.on_task_ended(id, kernel);
    }

    /// A node is gone from which a task was reading: its stage fails to fetch.
    fn source_lost(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let task = self.stop(id, kernel);
        let submission = self.executors[task.executor].submission;
        let app = self.submissions[submission].app;
        kernel.metrics.apps[app].failed_tasks += 1;
        self.apps[app].counts.failed += 1;
        self.rests(task.executor, kernel);
        self.offer_back(task.executor, kernel);
        let detail = self.detail(task.job_run, task.stage);
        if detail.is_some_and(|detail| detail.phase == Phase::Running) {
            self.fetch_failed(task.job_run, task.stage, kernel);
        }
        self.offer_all(submission, kernel);
        self.follow_tasks(submission, kernel);
    }
}
