//! What executors keep in storage memory: `UnifiedMemoryManager` and `MemoryStore`.
//!
//! Storage may have all of the region that execution does not use. Execution takes back what exceeds
//! `spark.memory.storageFraction` of it: what was used least recently goes then. Where execution
//! memory is off the heap the region on the heap is storage's alone.
//!
//! A broadcast that finds no room, or loses it, is on disk, and what is used of it is in memory
//! already: nothing is slower for that.
//!
//! # Invariants
//! * Storage and execution memory of an executor are at most its region.

use super::state::Spark;
use crate::id::{ExecutorId, JobRunId, StageId, SubmissionId};
use crate::kernel::Kernel;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The broadcast of a stage, as long as its job runs.
    Broadcast(JobRunId, StageId),
}

/// What an executor keeps.
#[derive(Debug, Default)]
pub(super) struct Storage {
    /// With sizes, least recently used first.
    blocks: Vec<(Kept, u64)>,
    used: u64,
}

impl Storage {
    /// Lets go of what was used least recently until `free` bytes are. Answers what.
    fn evict(&mut self, free: u64) -> Vec<Kept> {
        let (mut count, mut freed) = (0, 0);
        for (_, bytes) in &self.blocks {
            if free <= freed {
                break;
            }
            (count, freed) = (count + 1, freed + bytes);
        }
        self.used -= freed;
        self.blocks.drain(..count).map(|(kept, _)| kept).collect()
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
    pub(super) fn stored(&self, executor: ExecutorId) -> u64 {
        if self.data.storage.is_empty() {
            return 0;
        }
        let storage = self.data.storage.get(&self.storage_key(executor));
        storage.map_or(0, |storage| storage.used)
    }

    /// An executor keeps something, if there is room or can be made. It has not kept it so far.
    pub(super) fn keep(
        &mut self,
        executor: ExecutorId,
        kept: Kept,
        bytes: u64,
        kernel: &mut Kernel<'_>,
    ) {
        let room = self.storage_room(executor);
        if bytes == 0 || room < bytes {
            return;
        }
        let key = self.storage_key(executor);
        let storage = self.data.storage.entry(key).or_default();
        storage.evict((storage.used + bytes).saturating_sub(room));
        storage.blocks.push((kept, bytes));
        storage.used += bytes;
        self.heap_changed(executor, kernel);
    }

    /// Nobody needs something any more, whoever keeps it.
    pub(super) fn free(&mut self, kept: Kept, kernel: &mut Kernel<'_>) {
        let storages = self.data.storage.iter_mut();
        let holds = |storage: &Storage| storage.blocks.iter().any(|(other, _)| *other == kept);
        let holders = storages.filter(|(_, storage)| holds(storage));
        let mut freed = Vec::new();
        for (&(submission, number), storage) in holders {
            storage.remove(kept);
            freed.extend(self.submissions[submission].numbers.executor(number));
        }
        for executor in freed {
            self.pool_changed(executor, kernel);
        }
    }

    /// An executor is gone with all that it kept.
    pub(super) fn lose_storage(&mut self, submission: SubmissionId, number: u32) {
        self.data.storage.remove(&(submission, number));
    }

    /// Tasks of an executor have got more execution memory: storage gives back what is missing.
    pub(super) fn make_room(&mut self, executor: ExecutorId) {
        let room = self.storage_room(executor);
        if room < self.stored(executor) {
            let key = self.storage_key(executor);
            if let Some(storage) = self.data.storage.get_mut(&key) {
                storage.evict(storage.used - room);
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
        assert_eq!(storage.evict(0), []);
        assert_eq!(storage.evict(11), [kept(0), kept(1)]);
        assert_eq!(storage.used, 5);
        storage.remove(kept(1));
        assert_eq!(storage.used, 5);
        storage.remove(kept(2));
        assert!(storage.blocks.is_empty() && storage.used == 0);
    }
}
