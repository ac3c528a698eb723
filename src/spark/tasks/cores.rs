//! Executors that share the processor of their node with others (`cluster.cpu-model = "shared"`).
//!
//! While a task computes it needs `spark.task.cpus` cores for its `task-time`; while it is sent,
//! reads, waits for memory, writes or reports it needs none. An executor needs what its computing
//! tasks need, up to its limit, and they share alike what it may use: its limit, or less where the
//! cluster says so. A task that has half of what it needs computes for twice as long, up to the next
//! change.
//!
//! Each task has an event of its own, as where processors are reserved, so that nothing differs as
//! long as nobody is short; when what an executor may use changes the events of its tasks are moved.
//!
//! # Invariants
//! * A task is here while its step is `Compute`, and at no other time.

use super::steps::Step;
use crate::effect::{Effect, Owner};
use crate::engine::{Rate, VirtualClock};
use crate::event::Event;
use crate::id::{AppId, ExecutorId, TaskId};
use crate::kernel::Kernel;
use crate::model::{Model, SparkConf};
use crate::spark::state::Spark;
use crate::units::{Duration, Time};
use std::collections::BTreeMap;

/// By executor that has computed: what it needs of its node, and what it may use.
#[derive(Debug, Default)]
pub(in crate::spark) struct Cores(BTreeMap<ExecutorId, Computing>);

/// The tasks of an executor that compute. Amounts are thousandths of a core.
#[derive(Debug)]
struct Computing {
    /// What it may use at most.
    limit: u64,
    /// What a task needs.
    each: u64,
    /// What its neighbours leave it; `None`: all that it needs.
    cores: Option<u64>,
    /// What it has said it needs.
    told: u64,
    clock: VirtualClock,
    /// By what the clock shows when they are done, then as they came.
    tasks: Vec<(u128, TaskId)>,
}

impl Cores {
    /// Those of a scenario in which processors are shared.
    pub(in crate::spark) fn new(model: &Model) -> Option<Box<Self>> {
        model.shares_processors().then(Box::default)
    }

    /// An executor is gone; none of its tasks is left.
    pub(in crate::spark) fn forget(&mut self, id: ExecutorId) {
        self.0.remove(&id);
    }

    /// Tasks that compute.
    pub(in crate::spark) fn count(&self, executor: ExecutorId) -> u64 {
        self.0.get(&executor).map_or(0, |it| it.tasks.len() as u64)
    }
}

impl Computing {
    fn new(conf: &SparkConf) -> Self {
        Self {
            limit: conf.executor_cpu_limit.map_or(u64::MAX, |limit| limit.0),
            each: u64::from(conf.task_cpus) * 1000,
            cores: None,
            told: 0,
            clock: VirtualClock::default(),
            tasks: Vec::new(),
        }
    }

    /// What its tasks could use.
    fn wanted(&self) -> u64 {
        self.each.saturating_mul(self.tasks.len() as u64)
    }

    /// How fast its tasks compute.
    fn rate(&self) -> Rate {
        let wanted = self.wanted();
        let allowed = self.cores.unwrap_or(u64::MAX).min(self.limit);
        if wanted <= allowed {
            Some((1, 1))
        } else {
            (allowed > 0).then(|| (allowed.into(), wanted.into()))
        }
    }

    /// How much longer its tasks have computed for want of processor since the clock was set.
    fn held_back(&self, window_start: Time, now: Time) -> u128 {
        let from = self.clock.since().max(window_start);
        if now <= from {
            return 0;
        }
        let all = u128::from((now - from).nanos()) * self.tasks.len() as u128;
        self.rate()
            .map_or(all, |(part, whole)| all * (whole - part) / whole)
    }
}

impl Spark<'_> {
    /// A task begins to compute: alone it would take `time`.
    pub(in crate::spark) fn compute(
        &mut self,
        id: TaskId,
        time: Duration,
        kernel: &mut Kernel<'_>,
    ) {
        let executor = self.tasks[id].executor;
        // A heap that is collected and a shared processor are not modelled together.
        if self.gc_of(executor).is_some() {
            self.compute_in_heap(id, time, kernel);
            return;
        }
        let conf = &self.model.apps[self.app_of(executor)].conf;
        let Some(cores) = &mut self.cores else {
            self.wait(id, time, kernel);
            return;
        };
        let entry = cores.0.entry(executor);
        entry.or_insert_with(|| Computing::new(conf));
        let begins = |computing: &mut Computing| {
            let finish = computing.clock.finish(time, 1);
            let place = computing.tasks.partition_point(|it| it.0 <= finish);
            computing.tasks.insert(place, (finish, id));
        };
        self.change_computing(executor, begins, Some(id), kernel);
    }

    /// A task that may have computed does so no longer.
    pub(in crate::spark) fn computes_no_longer(
        &mut self,
        id: TaskId,
        executor: ExecutorId,
        kernel: &mut Kernel<'_>,
    ) {
        let step = self.data.tasks.get(&id).map(|state| state.step);
        if self.cores.is_some() && step == Some(Step::Compute) {
            let ends = |computing: &mut Computing| computing.tasks.retain(|it| it.1 != id);
            self.change_computing(executor, ends, None, kernel);
        }
    }

    /// The neighbours of an executor leave it so many thousandths of a core; `None`: all that it
    /// needs.
    pub fn on_cores_changed(
        &mut self,
        executor: ExecutorId,
        cores: Option<u64>,
        kernel: &mut Kernel<'_>,
    ) {
        // It may be gone already.
        let known = self.cores.as_ref();
        if known.is_some_and(|known| known.0.contains_key(&executor)) {
            let gets = |computing: &mut Computing| computing.cores = cores;
            self.change_computing(executor, gets, None, kernel);
        }
    }

    /// Changes what an executor computes or how fast, tells its node what it needs, and moves the
    /// ends of those tasks that this puts off or brings forward; `new` has none yet.
    fn change_computing(
        &mut self,
        executor: ExecutorId,
        change: impl FnOnce(&mut Computing),
        new: Option<TaskId>,
        kernel: &mut Kernel<'_>,
    ) {
        let app = self.app_of(executor);
        let cores = self.cores.as_mut().and_then(|it| it.0.get_mut(&executor));
        let Some(computing) = cores else { return };
        let (now, start) = (kernel.now(), kernel.metrics.window_start);
        let before = computing.rate();
        kernel.metrics.apps[app].contended += computing.held_back(start, now);
        computing.clock.advance(now, before);
        change(computing);
        let need = computing.wanted().min(computing.limit);
        if need != computing.told {
            computing.told = need;
            let owner = Owner::Executor(executor);
            kernel.push(Effect::NeedCores { owner, need });
        }
        let rate = computing.rate();
        for &(finish, task) in &computing.tasks {
            if rate == before && new != Some(task) {
                continue;
            }
            let Some(state) = self.data.tasks.get_mut(&task) else {
                continue;
            };
            let due = &mut self.tasks[task].due;
            if state.has_event {
                kernel.cancel(*due);
            }
            let end = computing.clock.due(finish, rate);
            state.has_event = end.is_some();
            if let Some(end) = end {
                *due = kernel.schedule(end.max(now), Event::TaskMovedOn(task));
            }
        }
    }

    fn app_of(&self, executor: ExecutorId) -> AppId {
        self.submissions[self.executors[executor].submission].app
    }

    /// Books how much longer tasks have computed for want of processor, for the audit.
    pub(in crate::spark) fn book_contended(&self, kernel: &mut Kernel<'_>) {
        let (now, start) = (kernel.now(), kernel.metrics.window_start);
        for (executor, computing) in self.cores.iter().flat_map(|cores| &cores.0) {
            let app = self.app_of(*executor);
            kernel.metrics.apps[app].contended += computing.held_back(start, now);
        }
    }
}
