//! What executors keep in storage memory: `UnifiedMemoryManager` and `MemoryStore`.
//!
//! Storage may have all of the region that execution does not use. Execution takes back what exceeds
//! `spark.memory.storageFraction` of it: what was used least recently goes then. Where execution
//! memory is off the heap the region on the heap is storage's alone.
//!
//! A broadcast that finds no room, or loses it, is on disk, and what is used of it is in memory
//! already: nothing is slower for that. A partition is gone (`MEMORY_ONLY`), and no partition goes for
//! another of the same stage.
//!
//! # Invariants
//! * Storage and execution memory of an executor are at most its region.

use crate::id::{ExecutorId, JobRunId, StageId, SubmissionId};
use crate::kernel::Kernel;
use crate::spark::state::Spark;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) enum Kept {
    /// The broadcast of a stage, as long as its job runs.
    Broadcast(JobRunId, StageId),
    /// A partition of a stage, by the number of its execution, until that ends.
    Partition(u64, StageId, u32),
}

impl Kept {
    /// Whether it is a partition of a stage.
    pub(in crate::spark) fn is_of(self, stage: StageId) -> bool {
        self.stage().is_some_and(|(_, of)| of == stage)
    }

    /// What all partitions of a stage have in common.
    fn stage(self) -> Option<(u64, StageId)> {
        match self {
            Self::Broadcast(..) => None,
            Self::Partition(execution, stage, _) => Some((execution, stage)),
        }
    }
}

/// What an executor keeps.
#[derive(Debug, Default)]
pub(in crate::spark) struct Storage {
    /// With sizes, least recently used first.
    blocks: Vec<(Kept, u64)>,
    used: u64,
}

impl Storage {
    /// Lets go of what was used least recently until `free` bytes are, partitions of one stage left
    /// out. Answers what; `None`: there is not so much, and nothing goes.
    fn evict(&mut self, free: u64, but: Option<(u64, StageId)>) -> Option<Vec<Kept>> {
        let (mut gone, mut left) = (Vec::new(), free);
        for &(kept, bytes) in &self.blocks {
            if left == 0 {
                break;
            }
            if but.is_none() || kept.stage() != but {
                gone.push(kept);
                left = left.saturating_sub(bytes);
            }
        }
        if left > 0 {
            return None;
        }
        for kept in &gone {
            self.remove(*kept);
        }
        Some(gone)
    }

    /// Something is used: it goes last.
    fn touch(&mut self, kept: Kept) {
        if let Some(position) = self.blocks.iter().position(|(other, _)| *other == kept) {
            self.blocks[position..].rotate_left(1);
        }
    }

    fn remove(&mut self, kept: Kept) {
        if let Some(position) = self.blocks.iter().position(|(other, _)| *other == kept) {
            self.used -= self.blocks.remove(position).1;
        }
    }
}

impl Spark<'_> {
    fn storage_key(&self, executor: ExecutorId) -> (SubmissionId, u32) {
        let executor = &self.executors[executor];
        (executor.submission, executor.number)
    }

    /// What an executor keeps in memory.
    pub(in crate::spark) fn stored(&self, executor: ExecutorId) -> u64 {
        if self.data.storage.is_empty() {
            return 0;
        }
        let storage = self.data.storage.get(&self.storage_key(executor));
        storage.map_or(0, |storage| storage.used)
    }

    /// An executor keeps something, if there is room or can be made. It has not kept it so far. Answers
    /// whether it does.
    pub(in crate::spark) fn keep(
        &mut self,
        executor: ExecutorId,
        (kept, bytes): (Kept, u64),
        kernel: &mut Kernel<'_>,
    ) -> bool {
        if bytes == 0 {
            return true;
        }
        let room = self.storage_room(executor);
        if room < bytes {
            return false;
        }
        let key = self.storage_key(executor);
        let storage = self.data.storage.entry(key).or_default();
        let missing = (storage.used + bytes).saturating_sub(room);
        let Some(gone) = storage.evict(missing, kept.stage()) else {
            return false;
        };
        storage.blocks.push((kept, bytes));
        storage.used += bytes;
        self.has_evicted(executor, &gone, kernel);
        self.heap_changed(executor, kernel);
        true
    }

    /// Something that an executor may keep is used.
    pub(in crate::spark) fn touch(&mut self, submission: SubmissionId, number: u32, kept: Kept) {
        if let Some(storage) = self.data.storage.get_mut(&(submission, number)) {
            storage.touch(kept);
        }
    }

    /// Nobody needs any more what is like this, whoever keeps it.
    pub(in crate::spark) fn free(
        &mut self,
        is_free: impl Fn(Kept) -> bool,
        kernel: &mut Kernel<'_>,
    ) {
        let mut freed = Vec::new();
        for (&(submission, number), storage) in &mut self.data.storage {
            let before = storage.used;
            storage.blocks.retain(|(kept, bytes)| {
                let goes = is_free(*kept);
                storage.used -= if goes { *bytes } else { 0 };
                !goes
            });
            if storage.used < before {
                freed.extend(self.submissions[submission].numbers.executor(number));
            }
        }
        for executor in freed {
            self.pool_changed(executor, kernel);
        }
    }

    /// An executor is gone with all that it kept.
    pub(in crate::spark) fn lose_storage(&mut self, submission: SubmissionId, number: u32) {
        self.data.storage.remove(&(submission, number));
    }

    /// Tasks of an executor have got more execution memory: storage gives back what is missing.
    pub(in crate::spark) fn make_room(&mut self, executor: ExecutorId, kernel: &mut Kernel<'_>) {
        let room = self.storage_room(executor);
        let missing = self.stored(executor).saturating_sub(room);
        let key = self.storage_key(executor);
        let storage = self.data.storage.get_mut(&key);
        if let Some(gone) = storage.and_then(|storage| storage.evict(missing, None)) {
            self.has_evicted(executor, &gone, kernel);
        }
    }

    /// What an executor has let go is no longer there.
    fn has_evicted(&mut self, executor: ExecutorId, gone: &[Kept], kernel: &mut Kernel<'_>) {
        for kept in gone {
            if let Kept::Partition(execution, stage, partition) = *kept {
                self.lose_partition(executor, (execution, stage, partition), kernel);
            }
        }
    }

    /// What storage may have of an executor's region: what its tasks do not.
    fn storage_room(&self, executor: ExecutorId) -> u64 {
        let app = self.submissions[self.executors[executor].submission].app;
        let data = &self.model.apps[app].conf.data;
        let region = data.storage_memory.0;
        if data.on_heap {
            region - self.execution_used(executor)
        } else {
            region
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(stage: u32) -> Kept {
        Kept::Broadcast(JobRunId(0), StageId(stage))
    }

    #[test]
    fn the_least_recently_used_goes_first_and_whole() {
        let mut storage = Storage {
            blocks: vec![(kept(0), 10), (kept(1), 20), (kept(2), 5)],
            used: 35,
        };
        assert_eq!(storage.evict(0, None), Some(vec![]));
        assert_eq!(storage.evict(36, None), None);
        storage.touch(kept(0));
        assert_eq!(storage.evict(21, None), Some(vec![kept(1), kept(2)]));
        assert_eq!(storage.used, 10);
    }

    #[test]
    fn partitions_do_not_go_for_others_of_their_stage() {
        let partition = |stage, number| Kept::Partition(7, StageId(stage), number);
        let mut storage = Storage {
            blocks: vec![(partition(1, 0), 10), (kept(1), 20), (partition(2, 0), 5)],
            used: 35,
        };
        let stage = partition(1, 9).stage();
        assert_eq!(storage.evict(26, stage), None);
        assert_eq!(storage.evict(1, stage), Some(vec![kept(1)]));
        assert_eq!(storage.used, 15);
        storage.remove(kept(1));
        assert_eq!(storage.used, 15);
        storage.remove(partition(1, 0));
        storage.remove(partition(2, 0));
        assert!(storage.blocks.is_empty() && storage.used == 0);
    }
}
