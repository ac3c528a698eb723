//! Tasks that read, hold and write data: one step after the other.
//!
//! A task is sent and deserialized, reads its input, then what its parents have written, gets
//! execution memory and spills what does not fit, computes, writes its own output, and reports.
//! Bytes are moved by the cluster, one transfer for each (task, source node); where there are no
//! nodes, or nothing limits a transfer, they take no time and are only counted. All of it is in the
//! task's slot. Stages without data never come here.
//!
//! # Invariants
//! * A task has a state here from its launch to its end if its stage has data, and no other has one.
//! * A task waits for an event, for transfers or for memory, for one of them at a time.

use super::memory::{Grant, MemoryPool, spilled};
use super::overheads::Launch;
use super::stage_run::{Host, Phase};
use super::state::{Spark, Task};
use crate::effect::{Effect, Movement, Mover, Owner, Site, TransferOutcome};
use crate::event::Event;
use crate::id::{ExecutorId, NodeId, StageId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Model, Skew, StageData};
use crate::random::{Keyed, Purpose, Streams};
use crate::record::Part;
use crate::units::{Bytes, Duration};
use std::collections::BTreeMap;

/// All tasks whose stages have data, and what they share.
#[derive(Debug)]
pub(super) struct DataState {
    tasks: BTreeMap<TaskId, DataTask>,
    /// By executor: execution memory, while any task has or wants some.
    pools: BTreeMap<ExecutorId, MemoryPool>,
    /// By executor: what tasks use outside of the heap, while any does.
    outside: BTreeMap<ExecutorId, u64>,
    /// By stage whose partitions differ by a law: the words that decide.
    skew_words: BTreeMap<StageId, Keyed>,
    /// Marks of transfers given out so far.
    tags: u32,
}

/// A task between its launch and its end.
#[derive(Clone, Copy, Debug)]
struct DataTask {
    step: Step,
    /// Whether its event is pending.
    has_event: bool,
    /// Transfers that it waits for.
    left: u32,
    /// Their mark.
    tag: u32,
    /// How long it computes.
    computing: Duration,
    /// From its last byte to its end.
    result: Duration,
    /// What it uses outside of the heap.
    outside: u64,
    /// Execution memory that it has got.
    memory: u64,
    /// What the present step moves, and what of that comes from other nodes.
    bytes: u64,
    remote: u64,
}

/// What a task does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It is sent and deserialized.
    Begin,
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
            Self::Begin => Self::Input,
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

/// Bytes to be moved.
#[derive(Clone, Copy, Debug)]
struct Move {
    from: Site,
    to: Site,
    bytes: u64,
}

impl DataState {
    /// No tasks yet.
    pub(super) fn new(model: &Model, streams: &Streams) -> Self {
        let drawn = model.stages.enumerate().filter(|(_, stage)| {
            let skew = stage.data.as_ref().and_then(|data| data.skew.as_ref());
            matches!(skew, Some(Skew::Drawn(_)))
        });
        let words = drawn.map(|(id, stage)| {
            let job = &model.jobs[stage.job];
            let app = &model.apps[job.app].name;
            let path = format!("apps.{app}.jobs.{}.stages.{}", job.name, stage.name);
            (id, streams.keyed(&path, Purpose::Skew))
        });
        Self {
            tasks: BTreeMap::new(),
            pools: BTreeMap::new(),
            outside: BTreeMap::new(),
            skew_words: words.collect(),
            tags: 0,
        }
    }

    /// The words that decide how the partitions of a stage differ, if chance does.
    pub(super) fn skew_words(&self, stage: StageId) -> Option<&Keyed> {
        self.skew_words.get(&stage)
    }
}

impl Spark<'_> {
    /// What a stage says of its data.
    fn data_of(&self, stage: StageId) -> Option<&StageData> {
        self.model.stages[stage].data.as_deref()
    }

    /// A task of a stage with data is launched: how long until it begins its work, and what comes
    /// after it.
    pub(super) fn lead(&mut self, launch: Launch) -> (Duration, Duration) {
        let app = self.submissions[launch.submission].app;
        let overheads = self.model.apps[app].overheads.as_ref();
        let result = overheads.map_or(Duration::ZERO, |overheads| overheads.result);
        let all = self.slot_time(launch, Duration::ZERO);
        (all - result, result)
    }

    /// A task of a stage with data is in its slot; its event is pending.
    pub(super) fn begin_data(
        &mut self,
        id: TaskId,
        (computing, result): (Duration, Duration),
        kernel: &mut Kernel<'_>,
    ) {
        let task = self.tasks[id];
        let use_of_one = self
            .data_of(task.stage)
            .map_or(Bytes(0), |it| it.overhead_use);
        let outside = self
            .plan(task.job_run, task.stage)
            .map_or(0, |plan| plan.size(use_of_one, task.partition));
        self.data.tasks.insert(
            id,
            DataTask {
                step: Step::Begin,
                has_event: true,
                left: 0,
                tag: 0,
                computing,
                result,
                outside,
                memory: 0,
                bytes: 0,
                remote: 0,
            },
        );
        self.enter_memory(id, &task, kernel);
        if outside == 0 {
            return;
        }
        let used = self.data.outside.entry(task.executor).or_default();
        *used += outside;
        let used = *used;
        let app = self.submissions[self.executors[task.executor].submission].app;
        let most = self.model.apps[app].conf.data.overhead;
        if most.is_some_and(|most| most.0 < used) {
            let owner = Owner::Executor(task.executor);
            kernel.push(Effect::OutOfMemory { owner });
        }
    }

    /// What a task of a stage with data waited for has happened.
    pub fn on_task_moved_on(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        if let Some(state) = self.data.tasks.get_mut(&id) {
            state.has_event = false;
        }
        self.advance(id, kernel);
    }

    /// A transfer for a task is over; the task may be too.
    pub fn on_transfer_done(
        &mut self,
        id: TaskId,
        (tag, outcome): (u32, TransferOutcome),
        kernel: &mut Kernel<'_>,
    ) {
        let Some(state) = self.data.tasks.get_mut(&id) else {
            return;
        };
        if state.tag != tag || state.left == 0 {
            return;
        }
        match outcome {
            TransferOutcome::Moved => {
                state.left -= 1;
                if state.left == 0 {
                    self.advance(id, kernel);
                }
            }
            TransferOutcome::SourceLost if state.step == Step::Shuffle => {
                self.source_lost(id, kernel);
            }
            // Its own node is gone, as it will hear.
            TransferOutcome::SourceLost => {}
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
                Step::Input => self.read_input(id, kernel),
                Step::Shuffle => self.read_shuffle(id, kernel),
                Step::Memory => self.ask_memory(id, kernel),
                Step::Spill => self.spill(id, kernel),
                Step::Compute => {
                    self.wait(id, computing, kernel);
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
            Step::Begin | Step::Memory | Step::Compute | Step::Result | Step::Done => {}
        }
        (state.bytes, state.remote) = (0, 0);
    }

    fn wait(&mut self, id: TaskId, time: Duration, kernel: &mut Kernel<'_>) {
        self.tasks[id].due = kernel.schedule_after(time, Event::TaskMovedOn(id));
        if let Some(state) = self.data.tasks.get_mut(&id) {
            state.has_event = true;
        }
    }

    /// Where a task runs; `None`: there are no nodes.
    fn node_of(&self, id: TaskId) -> Option<NodeId> {
        match self.executors[self.tasks[id].executor].host {
            Host::Node(node) => Some(NodeId(node)),
            Host::Own(_) => None,
        }
    }

    /// Moves bytes for a task, and answers whether that is to be waited for. `remote` is what comes
    /// from other nodes.
    fn moves(
        &mut self,
        id: TaskId,
        moves: &[Move],
        (bytes, remote): (u64, u64),
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let executor = &self.executors[self.tasks[id].executor];
        let app = self.submissions[executor.submission].app;
        self.data.tags = self.data.tags.wrapping_add(1);
        let tag = self.data.tags;
        let Some(state) = self.data.tasks.get_mut(&id) else {
            return false;
        };
        state.tag = tag;
        (state.left, state.bytes, state.remote) = (moves.len() as u32, bytes, remote);
        for &Move { from, to, bytes } in moves {
            kernel.push(Effect::Transfer(Movement {
                mover: Mover::Task(id),
                tag,
                payer: Part::Executor(app).kind(self.model),
                from,
                to,
                bytes: Bytes(bytes),
                weight: 1,
            }));
        }
        !moves.is_empty()
    }

    /// What a task has of something of which a partition of mean size has `mean`.
    fn size_for(&self, task: &Task, mean: Bytes) -> u64 {
        let plan = self.plan(task.job_run, task.stage);
        plan.map_or(0, |plan| plan.size(mean, task.partition))
    }

    fn read_input(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let (Some(data), Some(plan)) = (
            self.data_of(task.stage),
            self.plan(task.job_run, task.stage),
        ) else {
            return false;
        };
        let bytes = plan.input(data, task.partition);
        let storage = data.input.as_ref().and_then(|input| input.storage);
        let node = self.node_of(id);
        let step = node.filter(|_| bytes > 0).map(|node| Move {
            from: storage.map_or(Site::Disk(node), Site::Storage),
            to: Site::Memory(node),
            bytes,
        });
        self.moves(id, step.as_slice(), (bytes, 0), kernel)
    }

    fn read_shuffle(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let sources = self.shuffle_sources(task.job_run, task.stage, task.partition);
        let here = self.executors[task.executor].host;
        let bytes = sources.iter().map(|it| it.1).sum();
        let elsewhere = sources.iter().filter(|it| it.0 != here);
        let remote = elsewhere.map(|it| it.1).sum();
        let node = self.node_of(id);
        let from = |&(host, bytes): &(Host, u64)| match (host, node) {
            (Host::Node(source), Some(node)) => Some(Move {
                from: Site::Disk(NodeId(source)),
                to: Site::Memory(node),
                bytes,
            }),
            _ => None,
        };
        let steps: Vec<Move> = sources.iter().filter_map(from).collect();
        self.moves(id, &steps, (bytes, remote), kernel)
    }

    /// A task that will ask for execution memory counts from its launch.
    fn enter_memory(&mut self, id: TaskId, task: &Task, kernel: &mut Kernel<'_>) {
        if self.memory_wanted(task) > 0 {
            let size = self.pool_size(task.executor);
            let pool = self.data.pools.entry(task.executor).or_default();
            let grants = pool.enter(id, size);
            self.granted(&grants, None, kernel);
        }
    }

    /// The execution memory that a task wants.
    fn memory_wanted(&self, task: &Task) -> u64 {
        let mean = self
            .data_of(task.stage)
            .map_or(Bytes(0), |it| it.task_memory);
        self.size_for(task, mean)
    }

    fn ask_memory(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let wanted = self.memory_wanted(&task);
        if wanted == 0 {
            return false;
        }
        let size = self.pool_size(task.executor);
        let pool = self.data.pools.entry(task.executor).or_default();
        let grants = pool.ask(id, wanted, size);
        !self.granted(&grants, Some(id), kernel)
    }

    fn pool_size(&self, executor: ExecutorId) -> u64 {
        let app = self.submissions[self.executors[executor].submission].app;
        self.model.apps[app].conf.data.execution_memory.0
    }

    /// Tasks have got memory: those that have waited go on. Answers whether `asking`, which has not,
    /// is among them.
    fn granted(
        &mut self,
        grants: &[Grant],
        asking: Option<TaskId>,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let mut at_once = false;
        for &Grant { task, bytes } in grants {
            if let Some(state) = self.data.tasks.get_mut(&task) {
                state.memory = bytes;
            }
            if asking == Some(task) {
                at_once = true;
            } else {
                self.wait(task, Duration::ZERO, kernel);
            }
        }
        at_once
    }

    fn spill(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let wanted = self.memory_wanted(&task);
        let granted = self.data.tasks.get(&id).map_or(0, |state| state.memory);
        let bytes = spilled(wanted, granted);
        let node = self.node_of(id);
        // Written and read again: the disk is one link.
        let step = node.filter(|_| bytes > 0).map(|node| Move {
            from: Site::Memory(node),
            to: Site::Disk(node),
            bytes: bytes.saturating_mul(2),
        });
        self.moves(id, step.as_slice(), (bytes, 0), kernel)
    }

    fn write_shuffle(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let bytes = self.written_by(task.job_run, task.stage, task.partition);
        let node = self.node_of(id);
        let step = node.filter(|_| bytes > 0).map(|node| Move {
            from: Site::Memory(node),
            to: Site::Disk(node),
            bytes,
        });
        self.moves(id, step.as_slice(), (bytes, 0), kernel)
    }

    fn write_output(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let output = self.data_of(task.stage).and_then(|data| data.output);
        let Some(output) = output else {
            return false;
        };
        let bytes = self.size_for(&task, output.size);
        let node = self.node_of(id);
        let step = node.filter(|_| bytes > 0).map(|node| Move {
            from: Site::Memory(node),
            to: output.storage.map_or(Site::Disk(node), Site::Storage),
            bytes,
        });
        self.moves(id, step.as_slice(), (bytes, 0), kernel)
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

    /// A task is taken out before its end. Answers whether it was one with data: its event, if it had
    /// one, and its transfers are called off then.
    pub(super) fn drop_data(&mut self, id: TaskId, task: &Task, kernel: &mut Kernel<'_>) -> bool {
        let Some(state) = self.data.tasks.get(&id).copied() else {
            return false;
        };
        if state.has_event {
            kernel.cancel(task.due);
        }
        if state.left > 0 {
            let mover = Mover::Task(id);
            kernel.push(Effect::CancelTransfers { mover });
        }
        self.give_back(id, task.executor, kernel);
        true
    }

    /// A task with data is over.
    fn forget_data(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        self.give_back(id, self.tasks[id].executor, kernel);
    }

    /// Gives back what a task holds.
    fn give_back(&mut self, id: TaskId, executor: ExecutorId, kernel: &mut Kernel<'_>) {
        let Some(state) = self.data.tasks.remove(&id) else {
            return;
        };
        if state.outside > 0
            && let Some(used) = self.data.outside.get_mut(&executor)
        {
            *used -= state.outside;
            if *used == 0 {
                self.data.outside.remove(&executor);
            }
        }
        let size = self.pool_size(executor);
        if let Some(pool) = self.data.pools.get_mut(&executor) {
            let grants = pool.leave(id, size);
            if pool.is_empty() {
                self.data.pools.remove(&executor);
            }
            self.granted(&grants, None, kernel);
        }
    }
}
