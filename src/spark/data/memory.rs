//! Execution memory of one executor, and what tasks spill that get too little: `ExecutionMemoryPool`.
//!
//! Of N tasks that run and want memory none gets more than 1/N of the pool. One that would get less
//! than 1/2N, and less than it wants, waits until others give back what they took while N was
//! smaller. A task counts from its launch, asks once, for all that it wants, and keeps what it gets
//! until its end. Spark's own tasks count from their first page and ask page by page.

use crate::id::TaskId;
use std::collections::{BTreeMap, VecDeque};

/// The execution memory of an executor.
#[derive(Debug, Default)]
pub(in crate::spark) struct MemoryPool {
    /// By task: what it holds; nothing before it has got any.
    held: BTreeMap<TaskId, u64>,
    /// Tasks that wait, with what they want, in the order in which they asked.
    waiting: VecDeque<(TaskId, u64)>,
    used: u64,
}

/// A task got memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) struct Grant {
    pub(in crate::spark) task: TaskId,
    pub(in crate::spark) bytes: u64,
}

impl MemoryPool {
    /// A task that will ask runs on an executor with a pool of `size`. Answers who of those that wait
    /// got what: more tasks are content with less.
    pub(in crate::spark) fn enter(&mut self, task: TaskId, size: u64) -> Vec<Grant> {
        self.held.insert(task, 0);
        self.serve(size)
    }

    /// A task that has entered wants memory. Answers who got what, if any.
    pub(in crate::spark) fn ask(&mut self, task: TaskId, wanted: u64, size: u64) -> Vec<Grant> {
        self.waiting.push_back((task, wanted));
        self.serve(size)
    }

    /// A task is over, whether it has memory, waits or has not asked. Answers who got what.
    pub(in crate::spark) fn leave(&mut self, task: TaskId, size: u64) -> Vec<Grant> {
        let Some(held) = self.held.remove(&task) else {
            return Vec::new();
        };
        self.used -= held;
        self.waiting.retain(|(other, _)| *other != task);
        self.serve(size)
    }

    /// What all tasks hold.
    pub(in crate::spark) fn used(&self) -> u64 {
        self.used
    }

    /// Whether nobody holds or wants anything.
    pub(in crate::spark) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// All that wait try again, as Spark's `notifyAll` has them.
    pub(in crate::spark) fn serve(&mut self, size: u64) -> Vec<Grant> {
        let tasks = self.held.len() as u64;
        let (most, least) = (size / tasks.max(1), size / (2 * tasks.max(1)));
        let mut grants = Vec::new();
        let (held, used) = (&mut self.held, &mut self.used);
        self.waiting.retain(|&(task, wanted)| {
            let bytes = wanted.min(most).min(size - *used);
            if bytes < wanted && bytes < least {
                return true;
            }
            held.insert(task, bytes);
            *used += bytes;
            grants.push(Grant { task, bytes });
            false
        });
        grants
    }
}

/// What a task writes to disk, and reads again, that sorts or aggregates `wanted` in `granted`: each
/// time that its memory is full all of it goes to disk (`UnsafeExternalSorter.spill`), and what is
/// in memory at the end stays there.
pub(in crate::spark) fn spilled(wanted: u64, granted: u64) -> u64 {
    if wanted <= granted || granted == 0 {
        return 0;
    }
    (wanted.div_ceil(granted) - 1) * granted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(task: u32, bytes: u64) -> Grant {
        Grant {
            task: TaskId(task),
            bytes,
        }
    }

    fn pool<const N: usize>(tasks: [u32; N]) -> MemoryPool {
        let mut pool = MemoryPool::default();
        for task in tasks {
            assert_eq!(pool.enter(TaskId(task), 100), []);
        }
        pool
    }

    #[test]
    fn tasks_that_run_together_share_equally() {
        let mut pool = pool([0, 1]);
        assert_eq!(pool.ask(TaskId(0), 150, 100), [grant(0, 50)]);
        assert_eq!(pool.ask(TaskId(1), 30, 100), [grant(1, 30)]);
    }

    #[test]
    fn a_task_alone_may_have_all_and_the_next_waits_for_a_quarter() {
        let mut pool = pool([0]);
        assert_eq!(pool.ask(TaskId(0), 150, 100), [grant(0, 100)]);
        // 1/2N is 25 now, and nothing is free.
        assert_eq!(pool.enter(TaskId(1), 100), []);
        assert_eq!(pool.ask(TaskId(1), 40, 100), []);
        // Alone, it may have all that it wants.
        assert_eq!(pool.leave(TaskId(0), 100), [grant(1, 40)]);
    }

    #[test]
    fn a_task_that_comes_lets_one_have_less_that_waits() {
        let mut pool = pool([0]);
        pool.ask(TaskId(0), 80, 100);
        // 20 are free, and it is to have at least 25.
        pool.enter(TaskId(1), 100);
        assert_eq!(pool.ask(TaskId(1), 100, 100), []);
        // A third of 100 at most, a sixth at least: 20 are enough now.
        assert_eq!(pool.enter(TaskId(2), 100), [grant(1, 20)]);
        // Nothing is left, but whoever leaves without having asked changes nothing.
        assert_eq!(pool.leave(TaskId(2), 100), []);
        pool.leave(TaskId(0), 100);
        pool.leave(TaskId(1), 100);
        assert!(pool.is_empty() && pool.used == 0);
    }

    #[test]
    fn whole_memories_are_spilled() {
        assert_eq!(spilled(100, 100), 0);
        assert_eq!(spilled(101, 100), 100);
        assert_eq!(spilled(250, 100), 200);
        assert_eq!(spilled(300, 100), 200);
        assert_eq!(spilled(5, 0), 0);
    }
}
