//! Tasks that go step by step: what is known of them while they run, and what they hold.
//!
//! The [steps](super::steps): a task is sent and deserialized, reads its input, then what its parents
//! have written, gets execution memory and spills what does not fit, computes, writes its own output,
//! and reports.
//! Bytes are moved by the cluster, one transfer for each (task, source node); where there are no
//! nodes, or nothing limits a transfer, they take no time and are only counted. All of it is in the
//! task's slot. Tasks of stages without data come here only where they share a processor.
//!
//! # Invariants
//! * A task has a state here from its launch to its end if its stage goes in steps, and no other has
//!   one.
//! * A task waits for an event, for transfers or for memory, for one of them at a time.

use super::broadcast::Broadcasts;
use super::fetch::Fetching;
use super::memory::{Grant, MemoryPool};
use super::shares::Shares;
use super::storage::Storage;
use crate::effect::{Effect, Mover, Owner};
use crate::id::{ExecutorId, StageId, SubmissionId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Model, Skew, Stage, StageData};
use crate::random::{Keyed, Purpose, Streams};
use crate::spark::state::{Spark, Task};
use crate::spark::tasks::collector::Collected;
use crate::spark::tasks::overheads::Launch;
use crate::spark::tasks::steps::Step;
use crate::units::{Bytes, Duration};
use std::collections::BTreeMap;

/// All tasks that go step by step, and what they share.
#[derive(Debug)]
pub(in crate::spark) struct DataState {
    pub(in crate::spark) tasks: BTreeMap<TaskId, DataTask>,
    /// By executor: execution memory, while any task has or wants some.
    pools: BTreeMap<ExecutorId, MemoryPool>,
    /// By executor: tasks that compute, where collecting garbage takes time.
    pub(in crate::spark) collected: BTreeMap<ExecutorId, Collected>,
    /// By executor: what tasks use outside of the heap, while any does.
    outside: BTreeMap<ExecutorId, u64>,
    pub(in crate::spark) broadcasts: Broadcasts,
    /// How the cached partitions of a stage divide, by the number of its execution: the last that
    /// were asked for.
    pub(in crate::spark) divided: Option<((StageId, u64), Shares)>,
    /// By application and number of the executor: what it keeps.
    pub(in crate::spark) storage: BTreeMap<(SubmissionId, u32), Storage>,
    /// By stage with a broadcast: the words that decide who gets which part of it from whom.
    broadcast_words: BTreeMap<StageId, Keyed>,
    /// By stage whose partitions differ by a law: the words that decide.
    skew_words: BTreeMap<StageId, Keyed>,
    /// Tasks that will ask for more of what they read when some of it has come.
    pub(in crate::spark) fetching: BTreeMap<TaskId, Fetching>,
    /// By stage that reads what others have written: the words that decide whom it asks first.
    fetch_words: BTreeMap<StageId, Keyed>,
    /// Marks of transfers given out so far.
    pub(in crate::spark) tags: u32,
}

/// A task between its launch and its end.
#[derive(Clone, Copy, Debug)]
pub(in crate::spark) struct DataTask {
    pub(in crate::spark) step: Step,
    /// Whether its event is pending.
    pub(in crate::spark) has_event: bool,
    /// Transfers that it waits for.
    pub(in crate::spark) left: u32,
    /// How many there are in this step, and the mark of the first of them.
    pub(in crate::spark) transfers: u32,
    pub(in crate::spark) tag: u32,
    /// How long it computes.
    pub(in crate::spark) computing: Duration,
    /// From its last byte to its end.
    pub(in crate::spark) result: Duration,
    /// What it uses outside of the heap.
    pub(in crate::spark) outside: u64,
    /// Execution memory that it has got.
    pub(in crate::spark) memory: u64,
    /// What the present step moves, and what of that comes from other nodes.
    pub(in crate::spark) bytes: u64,
    pub(in crate::spark) remote: u64,
}

impl DataState {
    /// The words that decide whom the tasks of a stage ask first.
    pub(super) fn fetch_words(&self, stage: StageId) -> Option<&Keyed> {
        self.fetch_words.get(&stage)
    }

    /// No tasks yet.
    pub(in crate::spark) fn new(model: &Model, streams: &Streams) -> Self {
        let drawn = model.stages.enumerate().filter(|(_, stage)| {
            let skew = stage.data.as_ref().and_then(|data| data.skew.as_ref());
            matches!(skew, Some(Skew::Drawn(_)))
        });
        let words = drawn.map(|(id, stage)| {
            let words = streams.keyed(&model.path_of(stage), Purpose::Skew);
            (id, words)
        });
        let broadcasts = model.stages.enumerate().filter(|(_, stage)| {
            let data = stage.data.as_ref();
            data.is_some_and(|data| data.broadcast.is_some())
        });
        let broadcast_words = broadcasts.map(|(id, stage)| {
            let words = streams.keyed(&model.path_of(stage), Purpose::Broadcast);
            (id, words)
        });
        let reads = |stage: &Stage| {
            let mut parents = stage.parents.iter();
            parents.any(|parent| model.stages[*parent].shuffle_write() > Bytes(0))
        };
        let readers = model.stages.enumerate().filter(|(_, stage)| reads(stage));
        let fetch_words = readers.map(|(id, stage)| {
            let words = streams.keyed(&model.path_of(stage), Purpose::Fetch);
            (id, words)
        });
        Self {
            tasks: BTreeMap::new(),
            broadcasts: Broadcasts::default(),
            divided: None,
            storage: BTreeMap::new(),
            broadcast_words: broadcast_words.collect(),
            fetching: BTreeMap::new(),
            fetch_words: fetch_words.collect(),
            pools: BTreeMap::new(),
            collected: BTreeMap::new(),
            outside: BTreeMap::new(),
            skew_words: words.collect(),
            tags: 0,
        }
    }

    /// The words that decide who gets which part of a stage's broadcast from whom, if it has one.
    pub(in crate::spark) fn broadcast_words(&self, stage: StageId) -> Option<&Keyed> {
        self.broadcast_words.get(&stage)
    }

    /// The words that decide how the partitions of a stage differ, if chance does.
    pub(in crate::spark) fn skew_words(&self, stage: StageId) -> Option<&Keyed> {
        self.skew_words.get(&stage)
    }
}

impl Spark<'_> {
    /// What a stage says of its data.
    pub(in crate::spark) fn data_of(&self, stage: StageId) -> Option<&StageData> {
        self.model.stages[stage].data.as_deref()
    }

    /// A task that goes step by step is launched: how long until it begins its work, and what comes
    /// after it.
    pub(in crate::spark) fn lead(&mut self, launch: Launch) -> (Duration, Duration) {
        let app = self.submissions[launch.submission].app;
        let overheads = self.model.apps[app].overheads.as_ref();
        let result = overheads.map_or(Duration::ZERO, |overheads| overheads.result);
        let all = self.slot_time(launch, Duration::ZERO);
        (all - result, result)
    }

    /// A task that goes step by step is in its slot; its event is pending.
    pub(in crate::spark) fn begin_data(
        &mut self,
        id: TaskId,
        (computing, result): (Duration, Duration),
        kernel: &mut Kernel<'_>,
    ) {
        let task = self.tasks[id];
        let outside = self.size_for(&task, |data| data.overhead_use);
        self.data.tasks.insert(
            id,
            DataTask {
                step: Step::Begin,
                has_event: true,
                left: 0,
                transfers: 0,
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

    /// A task is taken out before its end. Answers whether it went step by step: its event, if it had
    /// one, and its transfers are called off then.
    pub(in crate::spark) fn drop_data(
        &mut self,
        id: TaskId,
        task: &Task,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let Some(state) = self.data.tasks.get(&id).copied() else {
            return false;
        };
        if state.has_event {
            kernel.cancel(task.due);
        }
        self.computes_no_longer(id, task.executor, kernel);
        if state.left > 0 {
            let mover = Mover::Task(id);
            kernel.push(Effect::CancelTransfers { mover });
        }
        self.give_back(id, task, kernel);
        true
    }

    /// A task that went step by step is over.
    pub(in crate::spark) fn forget_data(&mut self, id: TaskId, kernel: &mut Kernel<'_>) {
        let task = self.tasks[id];
        self.give_back(id, &task, kernel);
    }

    /// Gives back what a task holds.
    fn give_back(&mut self, id: TaskId, task: &Task, kernel: &mut Kernel<'_>) {
        let executor = task.executor;
        let Some(state) = self.data.tasks.remove(&id) else {
            return;
        };
        self.data.fetching.remove(&id);
        if state.step == Step::Compute {
            self.leaves_heap(id, executor, kernel);
        }
        if matches!(state.step, Step::Begin | Step::Broadcast) {
            self.reads_no_longer(id, task, kernel);
        }
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
            self.granted(executor, (&grants, None), kernel);
            self.heap_changed(executor, kernel);
        }
    }

    /// What is alive in the heap of an executor that its tasks and its storage hold.
    pub(in crate::spark) fn alive(&self, executor: ExecutorId) -> u64 {
        let app = self.submissions[self.executors[executor].submission].app;
        let stored = self.stored(executor);
        if self.model.apps[app].conf.data.on_heap {
            stored + self.execution_used(executor)
        } else {
            stored
        }
    }

    /// The execution memory that the tasks of an executor hold.
    pub(in crate::spark) fn execution_used(&self, executor: ExecutorId) -> u64 {
        self.data.pools.get(&executor).map_or(0, MemoryPool::used)
    }

    /// Storage has given execution memory back: tasks that wait for some may get it.
    pub(in crate::spark) fn pool_changed(&mut self, executor: ExecutorId, kernel: &mut Kernel<'_>) {
        let size = self.pool_size(executor);
        if let Some(pool) = self.data.pools.get_mut(&executor) {
            let grants = pool.serve(size);
            self.granted(executor, (&grants, None), kernel);
        }
        self.heap_changed(executor, kernel);
    }

    /// A task that will ask for execution memory counts from its launch.
    fn enter_memory(&mut self, id: TaskId, task: &Task, kernel: &mut Kernel<'_>) {
        if self.memory_wanted(task) > 0 {
            let size = self.pool_size(task.executor);
            let pool = self.data.pools.entry(task.executor).or_default();
            let grants = pool.enter(id, size);
            self.granted(task.executor, (&grants, None), kernel);
            self.heap_changed(task.executor, kernel);
        }
    }

    /// The execution memory that a task wants.
    pub(in crate::spark) fn memory_wanted(&self, task: &Task) -> u64 {
        self.size_for(task, |data| data.task_memory)
    }

    /// A task asks for execution memory. Answers whether it has to wait.
    pub(in crate::spark) fn ask_memory(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let wanted = self.memory_wanted(&task);
        if wanted == 0 {
            return false;
        }
        let size = self.pool_size(task.executor);
        let pool = self.data.pools.entry(task.executor).or_default();
        let grants = pool.ask(id, wanted, size);
        let at_once = self.granted(task.executor, (&grants, Some(id)), kernel);
        self.heap_changed(task.executor, kernel);
        !at_once
    }

    /// Execution may have all of its region but the storage that is protected.
    fn pool_size(&self, executor: ExecutorId) -> u64 {
        let app = self.submissions[self.executors[executor].submission].app;
        let data = &self.model.apps[app].conf.data;
        let stored = self.stored(executor).min(data.protected_storage.0);
        data.execution_memory.0 - if data.on_heap { stored } else { 0 }
    }

    /// Tasks of an executor have got memory: those that have waited go on. Answers whether `asking`,
    /// which has not, is among them.
    fn granted(
        &mut self,
        executor: ExecutorId,
        (grants, asking): (&[Grant], Option<TaskId>),
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
        if !grants.is_empty() && !self.data.storage.is_empty() {
            self.make_room(executor, kernel);
        }
        at_once
    }
}
