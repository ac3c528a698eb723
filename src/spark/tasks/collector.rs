//! Tasks that compute in a heap that is collected: [`Gc`](crate::model::Gc).
//!
//! While a collection goes on no task of the executor computes, so collections are spread evenly
//! over the time that tasks do: all that compute on an executor get on at the same rate, which
//! changes when one begins or ends and when more or less of the heap is alive. Tasks that read, wait
//! and write allocate nothing and are not held up.
//!
//! # Invariants
//! * Of the tasks that compute on an executor one has an event: that which ends next.

use crate::id::{ExecutorId, TaskId};
use crate::kernel::Kernel;
use crate::model::Gc;
use crate::spark::state::Spark;
use crate::units::{Bytes, Duration, Time};

/// The tasks that compute on an executor.
#[derive(Debug)]
pub(in crate::spark) struct Collected {
    /// What a task has done that computes since the first of them began, in nanoseconds of work.
    done: f64,
    /// When that was so.
    since: Time,
    /// Time of collection for each unit of work.
    ratio: f64,
    tasks: Vec<Computing>,
    /// The task with an event.
    next: Option<TaskId>,
}

/// A task that computes.
#[derive(Clone, Copy, Debug)]
struct Computing {
    id: TaskId,
    /// When it began.
    begun: Time,
    /// How much is done when it ends.
    end: f64,
}

impl Collected {
    fn new(now: Time) -> Self {
        Self {
            done: 0.0,
            since: now,
            ratio: 0.0,
            tasks: Vec::new(),
            next: None,
        }
    }

    /// Brings what is done up to date.
    fn pass(&mut self, now: Time) {
        let elapsed = (now - self.since).nanos() as f64;
        self.done += elapsed / (1.0 + self.ratio);
        self.since = now;
    }

    /// The task that ends next, and how long that takes if nothing changes. Of several it is the one
    /// that began first.
    fn first(&self) -> Option<(TaskId, Duration)> {
        let first = self.tasks.iter().min_by(|a, b| a.end.total_cmp(&b.end))?;
        let left = (first.end - self.done).max(0.0) * (1.0 + self.ratio);
        // What is left of a nanosecond is rounding.
        Some((
            first.id,
            Duration::from_nanos(libm::ceil(left - 1e-3) as u64),
        ))
    }
}

impl Spark<'_> {
    pub(in crate::spark) fn gc_of(&self, executor: ExecutorId) -> Option<&Gc> {
        let app = self.submissions[self.executors[executor].submission].app;
        self.model.apps[app].gc.as_ref()
    }

    /// A task begins to compute for so long, if nothing is collected.
    pub(in crate::spark) fn compute_in_heap(
        &mut self,
        id: TaskId,
        work: Duration,
        kernel: &mut Kernel<'_>,
    ) {
        let executor = self.tasks[id].executor;
        let now = kernel.now();
        let heaps = &mut self.data.collected;
        let heap = heaps.entry(executor).or_insert_with(|| Collected::new(now));
        heap.pass(now);
        heap.tasks.push(Computing {
            id,
            begun: now,
            end: heap.done + work.nanos() as f64,
        });
        self.heap_changed(executor, kernel);
    }

    /// A task has computed to its end.
    pub(in crate::spark) fn has_computed(
        &mut self,
        id: TaskId,
        work: Duration,
        kernel: &mut Kernel<'_>,
    ) {
        let executor = self.tasks[id].executor;
        if let Some(begun) = self.leaves_heap(id, executor, kernel) {
            let app = self.submissions[self.executors[executor].submission].app;
            let took = (kernel.now() - begun).nanos();
            let meter = &mut kernel.metrics.apps[app].data;
            meter.collecting += took.saturating_sub(work.nanos());
        }
    }

    /// A task is taken from those that compute, if it does. Answers when it began.
    pub(in crate::spark) fn leaves_heap(
        &mut self,
        id: TaskId,
        executor: ExecutorId,
        kernel: &mut Kernel<'_>,
    ) -> Option<Time> {
        let heap = self.data.collected.get_mut(&executor)?;
        let position = heap.tasks.iter().position(|task| task.id == id)?;
        heap.pass(kernel.now());
        let task = heap.tasks.remove(position);
        if heap.next == Some(id) {
            heap.next = None;
        }
        if heap.tasks.is_empty() {
            self.data.collected.remove(&executor);
        } else {
            self.heap_changed(executor, kernel);
        }
        Some(task.begun)
    }

    /// Other tasks compute on an executor than before, or more or less of its heap is alive.
    pub(in crate::spark) fn heap_changed(&mut self, executor: ExecutorId, kernel: &mut Kernel<'_>) {
        if !self.data.collected.contains_key(&executor) {
            return;
        }
        let Some(&gc) = self.gc_of(executor) else {
            return;
        };
        let app = self.submissions[self.executors[executor].submission].app;
        let conf = &self.model.apps[app].conf.data;
        let live = gc.live + Bytes(self.alive(executor));
        let Some(heap) = self.data.collected.get_mut(&executor) else {
            return;
        };
        heap.pass(kernel.now());
        heap.ratio = gc.ratio(heap.tasks.len(), live, conf.heap);
        let before = heap.next.take();
        let Some((next, left)) = heap.first() else {
            return;
        };
        heap.next = Some(next);
        if let Some(before) = before {
            kernel.cancel(self.tasks[before].due);
            self.set_event(before, false);
        }
        self.wait(next, left, kernel);
    }

    fn set_event(&mut self, id: TaskId, has_event: bool) {
        if let Some(state) = self.data.tasks.get_mut(&id) {
            state.has_event = has_event;
        }
    }
}
