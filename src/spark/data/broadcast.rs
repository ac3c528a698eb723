//! What the tasks of a stage read from the driver once per executor: `TorrentBroadcast`.
//!
//! A broadcast is cut into blocks. The first task of its stage on an executor fetches them one after
//! the other, in an order drawn for each executor, each from the driver or from an executor that has
//! it already: from its own node if one there does, else from any of them, as likely as any other.
//! Whatever it has got, others may fetch from it. The other tasks of the stage on the executor wait
//! until all of it is there; if the one that fetches is gone, the next goes on where it stood.
//! Whoever runs the stage again has what it had. It is forgotten with the end of the job.
//!
//! Where there are no nodes blocks take no time and are counted.

use super::storage::Kept;
use crate::effect::Site;
use crate::id::{ExecutorId, JobRunId, NodeId, StageId, SubmissionId, TaskId};
use crate::kernel::Kernel;
use crate::model::StageData;
use crate::spark::application::stage_run::Host;
use crate::spark::executors::numbers::DRIVER;
use crate::spark::state::{Spark, Task};
use crate::spark::tasks::steps::Step;
use crate::units::{Bytes, Duration};
use std::collections::BTreeMap;

/// All broadcasts of stages whose jobs run.
#[derive(Debug, Default)]
pub(in crate::spark) struct Broadcasts(BTreeMap<(JobRunId, StageId), Broadcast>);

/// The broadcast of a stage.
#[derive(Debug)]
struct Broadcast {
    /// By block: executors that have it, by number, in the order in which they got it.
    holders: Vec<Vec<u32>>,
    /// By number of the executor.
    readers: BTreeMap<u32, Reader>,
}

/// An executor that reads a broadcast.
#[derive(Debug, Default)]
struct Reader {
    /// Blocks that it lacks: the last is fetched first.
    left: Vec<u32>,
    /// Where the block comes from that is fetched, by number.
    source: Option<u32>,
    /// The task that fetches, or is about to.
    task: Option<TaskId>,
    /// Tasks that wait.
    waiting: Vec<TaskId>,
}

impl Broadcast {
    fn lose(&mut self, executor: u32) {
        for holders in &mut self.holders {
            holders.retain(|other| *other != executor);
        }
    }
}

impl Spark<'_> {
    /// The driver of an application runs, on a node where there are any.
    pub fn on_driver_placed(
        &mut self,
        id: SubmissionId,
        node: Option<NodeId>,
        kernel: &mut Kernel<'_>,
    ) {
        if let Some(node) = node {
            let host = Host::Node(node.0);
            self.submissions[id].numbers.driver_runs_on(host);
        }
        self.on_driver_running(id, kernel);
    }

    /// A task reads what its stage's tasks get from the driver. Answers whether it has to wait.
    pub(in crate::spark) fn read_broadcast(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let blocks = self.data_of(task.stage).map_or(0, StageData::blocks);
        if blocks == 0 {
            return false;
        }
        let number = self.executors[task.executor].number;
        let key = (task.job_run, task.stage);
        let known = self.data.broadcasts.0.get(&key);
        if !known.is_some_and(|it| it.readers.contains_key(&number)) {
            let left = self.order_of(&task, number, blocks);
            let broadcast = self
                .data
                .broadcasts
                .0
                .entry(key)
                .or_insert_with(|| Broadcast {
                    holders: vec![Vec::new(); blocks as usize],
                    readers: BTreeMap::new(),
                });
            let reader = Reader {
                left,
                ..Reader::default()
            };
            broadcast.readers.insert(number, reader);
        }
        let Some(reader) = self.reader(&task, number) else {
            return false;
        };
        match reader.task {
            None if reader.left.is_empty() => false,
            Some(other) if other != id => {
                reader.waiting.push(id);
                true
            }
            _ => {
                reader.task = Some(id);
                self.fetch_blocks(id, kernel)
            }
        }
    }

    /// The blocks of a broadcast in the order in which an executor fetches them, the last first.
    fn order_of(&self, task: &Task, number: u32, blocks: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..blocks).collect();
        let execution = self.executions[self.job_runs[task.job_run].execution].number;
        if let Some(words) = self.data.broadcast_words(task.stage) {
            words.shuffle(execution, number, &mut order);
        }
        order
    }

    /// Fetches the next block of what a task reads, or tells all that wait that there is none left.
    /// Answers whether the task has to wait.
    fn fetch_blocks(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let (number, here) = self.place_of(task.executor);
        let submission = self.executors[task.executor].submission;
        while let Some(block) = self
            .reader(&task, number)
            .and_then(|it| it.left.last().copied())
        {
            let source = self.source_of(&task, block, number);
            if let Some(reader) = self.reader(&task, number) {
                reader.source = Some(source);
            }
            let bytes = self.block_size(&task, block);
            let from = self.submissions[submission].numbers.host(source);
            let remote = if from == here { 0 } else { bytes };
            let ends = |node| match from {
                Host::Node(from) => (Site::Memory(NodeId(from)), Site::Memory(node)),
                Host::Own(_) => (Site::Memory(node), Site::Memory(node)),
            };
            if self.move_one(id, (bytes, remote), ends, kernel) {
                return true;
            }
            self.take_block(&task, number, kernel);
        }
        self.has_broadcast(&task, number, kernel);
        false
    }

    /// A block of what a task reads has come: so may the next. Answers whether the task has to wait.
    pub(in crate::spark) fn has_block(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let (number, _) = self.place_of(task.executor);
        self.take_block(&task, number, kernel);
        self.fetch_blocks(id, kernel)
    }

    /// An executor has the block that was fetched last.
    fn take_block(&mut self, task: &Task, number: u32, kernel: &mut Kernel<'_>) {
        let broadcasts = &mut self.data.broadcasts.0;
        let Some(broadcast) = broadcasts.get_mut(&(task.job_run, task.stage)) else {
            return;
        };
        let reader = broadcast.readers.get_mut(&number);
        if let Some((reader, block)) = reader.and_then(|it| it.left.pop().map(|block| (it, block)))
        {
            reader.source = None;
            broadcast.holders[block as usize].push(number);
            let app = self.submissions[self.executors[task.executor].submission].app;
            kernel.metrics.apps[app].data.broadcast += self.block_size(task, block);
        }
    }

    fn block_size(&self, task: &Task, block: u32) -> u64 {
        let data = self.data_of(task.stage);
        data.map_or(0, |data| data.block_size(block))
    }

    /// Where a block came from is gone: the task fetches it from elsewhere. Answers whether it has to
    /// wait.
    pub(in crate::spark) fn block_source_lost(
        &mut self,
        id: TaskId,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let task = self.tasks[id];
        let (number, _) = self.place_of(task.executor);
        let source = self.reader(&task, number).and_then(|it| it.source.take());
        // Without its driver the application is about to fail.
        let Some(source) = source.filter(|source| *source != DRIVER) else {
            return true;
        };
        if let Some(broadcast) = self.data.broadcasts.0.get_mut(&(task.job_run, task.stage)) {
            broadcast.lose(source);
        }
        self.fetch_blocks(id, kernel)
    }

    /// An executor has all of a broadcast.
    fn has_broadcast(&mut self, task: &Task, number: u32, kernel: &mut Kernel<'_>) {
        let Some(reader) = self.reader(task, number) else {
            return;
        };
        reader.task = None;
        for other in std::mem::take(&mut reader.waiting) {
            self.wait(other, Duration::ZERO, kernel);
        }
        let size = self.data_of(task.stage).map_or(Bytes(0), |data| {
            data.broadcast.map_or(Bytes(0), |broadcast| broadcast.held)
        });
        let kept = Kept::Broadcast(task.job_run, task.stage);
        self.keep(task.executor, (kept, size.0), kernel);
    }

    /// A task that read a broadcast, or waited for it, is gone: another one goes on.
    pub(in crate::spark) fn reads_no_longer(
        &mut self,
        id: TaskId,
        task: &Task,
        kernel: &mut Kernel<'_>,
    ) {
        let (number, _) = self.place_of(task.executor);
        let Some(reader) = self.reader(task, number) else {
            return;
        };
        reader.waiting.retain(|other| *other != id);
        if reader.task != Some(id) {
            return;
        }
        (reader.task, reader.source) = (None, None);
        if reader.waiting.is_empty() {
            return;
        }
        let next = reader.waiting.remove(0);
        reader.task = Some(next);
        if let Some(state) = self.data.tasks.get_mut(&next) {
            // Its event leads to `read_broadcast`.
            state.step = Step::Begin;
        }
        self.wait(next, Duration::ZERO, kernel);
    }

    /// An executor is gone with all that it had.
    pub(in crate::spark) fn lose_blocks(&mut self, submission: SubmissionId, number: u32) {
        let broadcasts = &mut self.data.broadcasts.0;
        for ((run, _), broadcast) in broadcasts {
            let execution = self.job_runs[*run].execution;
            if self.executions[execution].submission == submission {
                broadcast.lose(number);
                broadcast.readers.remove(&number);
            }
        }
    }

    /// A job has ended: nobody needs its broadcasts.
    pub(in crate::spark) fn forget_broadcasts(&mut self, run: JobRunId, kernel: &mut Kernel<'_>) {
        if self.data.broadcasts.0.is_empty() {
            return;
        }
        let of_run = (run, StageId(0))..=(run, StageId(u32::MAX));
        let stages = self.data.broadcasts.0.range(of_run).map(|(key, _)| key.1);
        for stage in stages.collect::<Vec<_>>() {
            self.data.broadcasts.0.remove(&(run, stage));
            self.free(|kept| kept == Kept::Broadcast(run, stage), kernel);
        }
    }

    fn reader(&mut self, task: &Task, number: u32) -> Option<&mut Reader> {
        let broadcast = self.data.broadcasts.0.get_mut(&(task.job_run, task.stage));
        broadcast?.readers.get_mut(&number)
    }

    fn place_of(&self, executor: ExecutorId) -> (u32, Host) {
        let executor = &self.executors[executor];
        (executor.number, executor.host)
    }

    /// Who a task gets a block from, by number: somebody on its executor's node, or anybody.
    fn source_of(&self, task: &Task, block: u32, number: u32) -> u32 {
        let broadcast = self.data.broadcasts.0.get(&(task.job_run, task.stage));
        let holders = broadcast.map_or(&[][..], |it| &it.holders[block as usize]);
        let all = || [DRIVER].into_iter().chain(holders.iter().copied());
        let executor = &self.executors[task.executor];
        let numbers = &self.submissions[executor.submission].numbers;
        let beside = all().find(|other| numbers.host(*other) == executor.host);
        let drawn = || {
            let execution = self.executions[self.job_runs[task.job_run].execution].number;
            let words = self.data.broadcast_words(task.stage)?;
            // The high bit tells these words from those of the order.
            let asked = u64::from(number | 1 << 31) << 32 | u64::from(block);
            let word = words.word(execution, asked);
            all().nth(word.below(holders.len() as u32 + 1) as usize)
        };
        beside.or_else(drawn).unwrap_or(DRIVER)
    }
}
