//! Task sets in their pools: those with waiting tasks, and, until their stage is done, those that mind
//! where they run.

use super::delay::Placed;
use super::task_set::{TaskSet, Waiting};
use crate::id::StageId;
use crate::model::{JobPool, TaskOrderKind};
use crate::policy::task_order::fair::{self, Share};
use crate::policy::task_order::fifo;
use std::cmp::Ordering;
use std::collections::VecDeque;

/// Task sets that are offered slots.
#[derive(Clone, Debug)]
pub(in crate::spark) struct TaskSets {
    pools: Vec<Pool>,
    /// Sets in all pools.
    count: usize,
}

/// The task sets of one pool, in FIFO order.
#[derive(Clone, Debug)]
struct Pool {
    order: TaskOrderKind,
    share: Share,
    sets: VecDeque<TaskSet>,
}

/// Where a task set is: its pool and its position there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spark) struct Position {
    pool: usize,
    set: usize,
}

impl TaskSets {
    /// No task sets; where the pools are served in order of their shares, those pools.
    pub(in crate::spark) fn new(order: TaskOrderKind, pools: &[JobPool]) -> Self {
        let pool = |order, min_share, weight| Pool {
            order,
            share: Share {
                running: 0,
                min_share,
                weight,
            },
            sets: VecDeque::new(),
        };
        let pools = match order {
            TaskOrderKind::Fifo => vec![pool(TaskOrderKind::Fifo, 0, 1)],
            TaskOrderKind::Fair => pools
                .iter()
                .map(|spec| pool(spec.order, spec.min_share, spec.weight))
                .collect(),
        };
        Self { pools, count: 0 }
    }

    fn index(&self, pool: u32) -> usize {
        if self.pools.len() == 1 {
            0
        } else {
            pool as usize
        }
    }

    pub(in crate::spark) fn insert(&mut self, pool: u32, set: TaskSet) {
        let index = self.index(pool);
        let sets = &mut self.pools[index].sets;
        let position = sets.partition_point(|other| other.key() < set.key());
        sets.insert(position, set);
        self.count += 1;
    }

    /// The set of a stage, empty at first if none of its tasks waits.
    pub(in crate::spark) fn set(&mut self, pool: u32, new: TaskSet) -> &mut TaskSet {
        let index = self.index(pool);
        let sets = &mut self.pools[index].sets;
        let position = sets.partition_point(|other| other.key() < new.key());
        if sets.get(position).map(TaskSet::key) != Some(new.key()) {
            sets.insert(position, new);
            self.count += 1;
        }
        &mut sets[position]
    }

    /// The set of a stage of the `job`-th job, if any of its tasks waits.
    pub(in crate::spark) fn find(
        &mut self,
        pool: u32,
        job: u64,
        stage: StageId,
    ) -> Option<&mut TaskSet> {
        let index = self.index(pool);
        let sets = &mut self.pools[index].sets;
        let key = fifo::key(job, stage);
        let position = sets.partition_point(|other| other.key() < key);
        sets.get_mut(position).filter(|set| set.key() == key)
    }

    #[inline]
    pub(in crate::spark) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes out all sets for which `gone` holds.
    pub(in crate::spark) fn remove(&mut self, gone: impl Fn(&TaskSet) -> bool) {
        for pool in &mut self.pools {
            let before = pool.sets.len();
            pool.sets.retain(|set| !gone(set));
            self.count -= before - pool.sets.len();
        }
    }

    /// Tasks that wait for the first time or again, and copies that wait.
    pub(in crate::spark) fn waiting(&self) -> (u32, u32) {
        let sets = self.pools.iter().flat_map(|pool| &pool.sets);
        sets.fold((0, 0), |(tasks, copies), set| {
            (tasks + set.waiting(), copies + set.waiting_copies())
        })
    }

    /// A task of the pool runs.
    #[inline]
    pub(in crate::spark) fn launched(&mut self, pool: u32) {
        if self.pools.len() > 1 {
            self.pools[pool as usize].share.running += 1;
        }
    }

    /// A task of the pool runs no longer.
    #[inline]
    pub(in crate::spark) fn ended(&mut self, pool: u32) {
        if self.pools.len() > 1 {
            self.pools[pool as usize].share.running -= 1;
        }
    }

    /// Where all sets are, in the order in which they are served. `running` tells how many tasks of
    /// a set run.
    pub(in crate::spark) fn in_order(
        &self,
        running: impl Fn(&TaskSet) -> u32,
        positions: &mut Vec<Position>,
    ) {
        positions.clear();
        for (pool, state) in self.pools.iter().enumerate() {
            positions.extend((0..state.sets.len()).map(|set| Position { pool, set }));
        }
        positions.sort_by(|left, right| self.compare(*left, *right, &running));
    }

    fn compare(
        &self,
        left: Position,
        right: Position,
        running: &impl Fn(&TaskSet) -> u32,
    ) -> Ordering {
        if left.pool != right.pool {
            let share = |position: Position| self.pools[position.pool].share;
            // Pools are sorted by name.
            return fair::order(share(left), share(right)).then(left.pool.cmp(&right.pool));
        }
        let pool = &self.pools[left.pool];
        let fifo = left.set.cmp(&right.set);
        match pool.order {
            TaskOrderKind::Fifo => fifo,
            TaskOrderKind::Fair => {
                let share = |position: Position| Share {
                    running: running(&pool.sets[position.set]),
                    min_share: 0,
                    weight: 1,
                };
                fair::order(share(left), share(right)).then(fifo)
            }
        }
    }

    /// The set at a position.
    pub(in crate::spark) fn at(&self, position: Position) -> &TaskSet {
        &self.pools[position.pool].sets[position.set]
    }

    /// The set at a position, to change it.
    pub(in crate::spark) fn at_mut(&mut self, position: Position) -> &mut TaskSet {
        &mut self.pools[position.pool].sets[position.set]
    }

    fn sets(&self) -> impl Iterator<Item = &TaskSet> {
        self.pools.iter().flat_map(|pool| &pool.sets)
    }

    /// What sets wait for that mind where they run.
    pub(in crate::spark) fn placed(&self) -> impl Iterator<Item = &Placed> {
        self.sets().filter_map(|set| set.placed.as_deref())
    }

    /// As [`Self::placed`], to change it.
    pub(in crate::spark) fn placed_mut(&mut self) -> impl Iterator<Item = &mut Placed> {
        let sets = self.pools.iter_mut().flat_map(|pool| &mut pool.sets);
        sets.filter_map(|set| set.placed.as_deref_mut())
    }

    /// Sets of a stage, of any job run, that mind where they run.
    pub(in crate::spark) fn placed_of(&self, stage: StageId) -> impl Iterator<Item = &TaskSet> {
        let mine = move |set: &&TaskSet| set.stage == stage && set.placed.is_some();
        self.sets().filter(mine)
    }

    /// Takes a waiting task out of the set at a position: one that waits again, one that waits for
    /// the first time, or else a copy for which `fits` holds. An emptied set stays until
    /// [`Self::clear_empty`].
    pub(in crate::spark) fn take_at(
        &mut self,
        position: Position,
        fits: impl Fn(u32, bool) -> bool,
    ) -> Option<Waiting> {
        let set = &mut self.pools[position.pool].sets[position.set];
        let broken = set.broken;
        let (stage, job_run) = (set.stage, set.job_run);
        let task = |partition, copy| Waiting {
            stage,
            job_run,
            partition,
            copy,
            broken,
        };
        if let Some(index) = set.again.iter().rposition(|p| fits(*p, false)) {
            return Some(task(set.again.remove(index), false));
        }
        if set.next < set.end {
            if fits(set.next, false) {
                set.next += 1;
                return Some(task(set.next - 1, false));
            }
            // Rare: the first is excluded here, a later one may not be.
            let later = (set.next + 1..set.end).find(|p| fits(*p, false));
            if let Some(partition) = later {
                set.again.extend((set.next..partition).rev());
                set.next = partition + 1;
                return Some(task(partition, false));
            }
        }
        let index = set.copies.iter().rposition(|p| fits(*p, true))?;
        Some(task(set.copies.remove(index), true))
    }

    /// Takes emptied sets out.
    pub(in crate::spark) fn clear_empty(&mut self) {
        self.remove(TaskSet::is_empty);
    }

    /// Takes the next task of the first set, where there is one pool and every task may run
    /// anywhere.
    #[inline]
    pub(in crate::spark) fn pop(&mut self) -> Option<Waiting> {
        let sets = &mut self.pools[0].sets;
        let first = sets.front_mut()?;
        let partition = if first.again.is_empty() {
            first.next += 1;
            first.next - 1
        } else {
            first.again.pop()?
        };
        let task = Waiting {
            stage: first.stage,
            job_run: first.job_run,
            partition,
            copy: false,
            broken: first.broken,
        };
        if first.next == first.end && first.again.is_empty() {
            sets.pop_front();
            self.count -= 1;
        }
        Some(task)
    }
}
