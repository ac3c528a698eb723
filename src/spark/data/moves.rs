//! What each step of a task moves, from where to where.

use super::memory::spilled;
use crate::effect::{Effect, Movement, Mover, Site};
use crate::id::{NodeId, TaskId};
use crate::kernel::Kernel;
use crate::model::StageData;
use crate::record::Part;
use crate::spark::application::stage_run::Host;
use crate::spark::state::{Spark, Task};
use crate::units::Bytes;

/// Bytes to be moved.
#[derive(Clone, Copy, Debug)]
pub(in crate::spark) struct Move {
    pub(super) from: Site,
    pub(super) to: Site,
    pub(super) bytes: u64,
}

impl Spark<'_> {
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
        self.expect(id, moves.len(), (bytes, remote));
        for (number, step) in moves.iter().enumerate() {
            self.start_move(id, number as u32, step, kernel);
        }
        !moves.is_empty()
    }

    /// A task waits for so many transfers from now on.
    pub(super) fn expect(&mut self, id: TaskId, transfers: usize, (bytes, remote): (u64, u64)) {
        let transfers = transfers as u32;
        let first = self.data.tags.wrapping_add(1);
        self.data.tags = self.data.tags.wrapping_add(transfers);
        if let Some(state) = self.data.tasks.get_mut(&id) {
            (state.tag, state.transfers, state.left) = (first, transfers, transfers);
            (state.bytes, state.remote) = (bytes, remote);
        }
    }

    /// Starts one of the transfers that a task waits for.
    pub(super) fn start_move(
        &self,
        id: TaskId,
        number: u32,
        &Move { from, to, bytes }: &Move,
        kernel: &mut Kernel<'_>,
    ) {
        let Some(state) = self.data.tasks.get(&id) else {
            return;
        };
        let executor = &self.executors[self.tasks[id].executor];
        let app = self.submissions[executor.submission].app;
        kernel.push(Effect::Transfer(Movement {
            mover: Mover::Task(id),
            tag: state.tag.wrapping_add(number),
            payer: Part::Executor(app).kind(self.model),
            from,
            to,
            bytes: Bytes(bytes),
            weight: 1,
        }));
    }

    /// Moves bytes between the memory of a task's node and another place there or elsewhere, and
    /// answers whether that is to be waited for. `ends` says from where to where.
    pub(in crate::spark) fn move_one(
        &mut self,
        id: TaskId,
        (bytes, remote): (u64, u64),
        ends: impl FnOnce(NodeId) -> (Site, Site),
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let node = self.node_of(id).filter(|_| bytes > 0);
        let step = node.map(|node| {
            let (from, to) = ends(node);
            Move { from, to, bytes }
        });
        self.moves(id, step.as_slice(), (bytes, remote), kernel)
    }

    /// What a task has of something of which a partition of mean size has `mean`.
    pub(in crate::spark) fn size_for(
        &self,
        task: &Task,
        mean: impl FnOnce(&StageData) -> Bytes,
    ) -> u64 {
        let plan = self.plan(task.job_run, task.stage);
        let data = self.data_of(task.stage);
        let both = plan.zip(data);
        both.map_or(0, |(plan, data)| plan.size(mean(data), task.partition))
    }

    /// A task reads its input. Answers whether that takes time.
    pub(in crate::spark) fn read_input(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let (Some(data), Some(plan)) = (
            self.data_of(task.stage),
            self.plan(task.job_run, task.stage),
        ) else {
            return false;
        };
        let bytes = plan.input(data, task.partition);
        let storage = data.input.as_ref().and_then(|input| input.storage);
        let block = self.block_of(&task);
        let remote = match block {
            Some((host, _)) if host != self.executors[task.executor].host => bytes,
            _ => 0,
        };
        let from = |node| match (storage, block) {
            (Some(storage), _) => Site::Storage(storage),
            (None, Some((Host::Node(at), true))) => Site::Memory(NodeId(at)),
            (None, Some((Host::Node(at), false))) => Site::Disk(NodeId(at)),
            (None, _) => Site::Disk(node),
        };
        let ends = |node| (from(node), Site::Memory(node));
        self.move_one(id, (bytes, remote), ends, kernel)
    }

    /// Where the data of a task are that has places for them, and whether in memory: with it if a
    /// copy is, else the first copy, and after each failure the next.
    fn block_of(&self, task: &Task) -> Option<(Host, bool)> {
        self.model.stages[task.stage].locality.as_ref()?;
        let execution = self.job_runs[task.job_run].execution;
        let mut copies = Vec::new();
        self.locate(execution, task.stage, task.partition, &mut copies);
        let here = self.executors[task.executor].host;
        let detail = self.detail(task.job_run, task.stage)?;
        let failures = detail.partitions[task.partition as usize].failures;
        let near = copies.iter().find(|copy| copy.host == here);
        let copy = near.or_else(|| copies.get(usize::from(failures) % copies.len().max(1)))?;
        Some((copy.host, copy.executor.is_some()))
    }

    /// A task reads what its parents have written.
    pub(in crate::spark) fn read_shuffle(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
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
        let (near, far): (Vec<_>, Vec<_>) = sources.iter().partition(|it| it.0 == here);
        let near = near.into_iter().filter_map(from).collect();
        let far = far.into_iter().filter_map(from).collect();
        self.fetch(id, (near, far), (bytes, remote), kernel)
    }

    /// A task writes what does not fit into its memory to disk, and reads it again.
    pub(in crate::spark) fn spill(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let wanted = self.memory_wanted(&task);
        let granted = self.data.tasks.get(&id).map_or(0, |state| state.memory);
        let app = self.submissions[self.executors[task.executor].submission].app;
        let compression = self.model.apps[app].conf.data.spill_compression;
        let bytes = match spilled(wanted, granted) {
            bytes if compression > 1.0 => (bytes as f64 / compression) as u64,
            bytes => bytes,
        };
        // Written and read again: the disk is one link.
        let node = self.node_of(id).filter(|_| bytes > 0);
        let step = node.map(|node| Move {
            from: Site::Memory(node),
            to: Site::Disk(node),
            bytes: bytes.saturating_mul(2),
        });
        self.moves(id, step.as_slice(), (bytes, 0), kernel)
    }

    /// A task writes for the stages that come after its own.
    pub(in crate::spark) fn write_shuffle(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let bytes = self.written_by(task.job_run, task.stage, task.partition);
        let ends = |node| (Site::Memory(node), Site::Disk(node));
        self.move_one(id, (bytes, 0), ends, kernel)
    }

    /// A task writes for good.
    pub(in crate::spark) fn write_output(&mut self, id: TaskId, kernel: &mut Kernel<'_>) -> bool {
        let task = self.tasks[id];
        let output = self.data_of(task.stage).and_then(|data| data.output);
        let Some(output) = output else {
            return false;
        };
        let bytes = self.size_for(&task, |_| output.size);
        let to = |node| output.storage.map_or(Site::Disk(node), Site::Storage);
        let ends = |node| (Site::Memory(node), to(node));
        self.move_one(id, (bytes, 0), ends, kernel)
    }
}
