//! Executors that follow the tasks: `ExecutorAllocationManager` and `ExecutorMonitor`.
//!
//! Spark looks every 100 ms from the driver's start. Here the driver looks at those instants only
//! at which there is something to see: tasks have waited long enough, an executor has been idle
//! long enough, or fewer tasks are left than executors were asked for.
//!
//! An executor with shuffle output of a running job stays. Once no running job needs its output it
//! stays for `shuffleTracking.timeout`, or until the driver cleans up: at the next multiple of
//! `spark.cleaner.periodicGC.interval`.

use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{ExecutorId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::DynamicAllocation;
use crate::spark::state::{Executor, Spark};
use crate::units::{Duration, Time};

/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(100);

/// What the driver remembers between looks.
#[derive(Debug)]
pub(in crate::spark) struct Allocation {
    /// How many executors are added next.
    to_add: u32,
    /// Whether no stage has been submitted yet: the first executors stay.
    initializing: bool,
    /// When more executors are asked for; `None`: no task waits.
    add_at: Option<Time>,
    /// The next look.
    due: Option<(Time, EventKey)>,
}

impl Allocation {
    pub(in crate::spark) fn new() -> Self {
        Self {
            to_add: 1,
            initializing: true,
            add_at: None,
            due: None,
        }
    }

    /// The application ends.
    pub(in crate::spark) fn end(&self, kernel: &mut Kernel<'_>) {
        if let Some((_, due)) = self.due {
            kernel.cancel(due);
        }
    }
}

impl Spark<'_> {
    fn rule(&self, id: SubmissionId) -> Option<DynamicAllocation> {
        let app = self.submissions[id].app;
        self.model.apps[app].conf.executors.dynamic
    }

    /// A stage was submitted: from now on the number of executors follows the tasks.
    pub(in crate::spark) fn initialized(&mut self, id: SubmissionId) {
        if let Some(allocation) = &mut self.submissions[id].allocation {
            allocation.initializing = false;
        }
    }

    /// Tasks have come to wait: a stage was submitted, a task failed, or copies are to be made.
    pub(in crate::spark) fn backlogged(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let Some(rule) = self.rule(id) else { return };
        let at = kernel.now() + rule.backlog;
        let Some(allocation) = &mut self.submissions[id].allocation else {
            return;
        };
        let at = *allocation.add_at.get_or_insert(at);
        self.look_at(id, at, kernel);
    }

    /// Tasks have started or ended: without waiting tasks nothing more is asked for, and with fewer
    /// of them perhaps less.
    pub(in crate::spark) fn follow_tasks(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        if self.submissions[id].allocation.is_none() {
            return;
        }
        let Some(rule) = self.rule(id) else { return };
        let (waiting, copies) = self.submissions[id].task_sets.waiting();
        let needed = self.needed(id, &rule);
        let now = kernel.now();
        let submission = &mut self.submissions[id];
        let Some(allocation) = &mut submission.allocation else {
            return;
        };
        if waiting + copies == 0 {
            allocation.add_at = None;
            allocation.to_add = 1;
        }
        let less = !allocation.initializing && needed.max(rule.min) < submission.target;
        if less {
            self.look_at(id, now, kernel);
        } else if waiting + copies > 0 {
            self.backlogged(id, kernel);
        }
    }

    /// Executors that the tasks need which wait or run.
    fn needed(&self, id: SubmissionId, rule: &DynamicAllocation) -> u32 {
        let submission = &self.submissions[id];
        let (waiting, copies) = submission.task_sets.waiting();
        let conf = &self.model.apps[submission.app].conf;
        let slots = conf.slots_per_executor();
        let tasks = f64::from(waiting) + f64::from(copies) + f64::from(submission.busy);
        let needed = (tasks * rule.ratio / f64::from(slots)).ceil() as u32;
        // A copy needs another host than the original.
        let needed = if slots > 1 && needed == 1 && copies > 0 {
            2
        } else {
            needed
        };
        let excluded = submission.excluded.as_ref();
        let stuck = excluded.map_or(0, |excluded| excluded.wanting());
        if stuck == 0 {
            return needed;
        }
        let more = (f64::from(stuck) * rule.ratio / f64::from(slots)).ceil() as u32;
        needed.max(submission.registered + more)
    }

    /// The driver looks at the first of its instants from `time` on.
    fn look_at(&mut self, id: SubmissionId, time: Time, kernel: &mut Kernel<'_>) {
        let since = self.submissions[id].driver_since;
        let time = time.max(kernel.now());
        let looks = (time - since).nanos().div_ceil(INTERVAL.nanos());
        let time = since + Duration::from_nanos(looks * INTERVAL.nanos());
        let Some(allocation) = &mut self.submissions[id].allocation else {
            return;
        };
        if let Some((due, key)) = allocation.due {
            if due <= time {
                return;
            }
            kernel.cancel(key);
        }
        let key = kernel.schedule(time, Event::AllocationDue(id));
        allocation.due = Some((time, key));
    }

    /// The driver looks at whether it has the executors that it needs.
    pub fn on_allocation_due(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let Some(rule) = self.rule(id) else { return };
        let idle = self.timed_out(id, &rule, now);
        let Some(allocation) = &mut self.submissions[id].allocation else {
            return;
        };
        allocation.due = None;
        if !idle.is_empty() {
            allocation.initializing = false;
        }
        if !allocation.initializing {
            self.retarget(id, &rule, kernel);
        }
        self.remove_idle(id, idle, &rule, kernel);
        self.cancel_pending(id, &rule, kernel);
        self.look_again(id, &rule, kernel);
    }

    /// Follows the tasks with the number of executors that is asked for.
    fn retarget(&mut self, id: SubmissionId, rule: &DynamicAllocation, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let needed = self.needed(id, rule);
        let submission = &mut self.submissions[id];
        let Some(allocation) = &mut submission.allocation else {
            return;
        };
        let before = submission.target;
        if needed < before {
            submission.target = needed.max(rule.min);
            allocation.to_add = 1;
        } else if allocation.add_at.is_some_and(|at| at <= now) {
            if rule.max <= before {
                allocation.to_add = 1;
                return;
            }
            let more = before
                .max(submission.registered)
                .saturating_add(allocation.to_add);
            let target = more.min(needed).min(rule.max).max(rule.min);
            submission.target = target;
            let added = target.saturating_sub(before);
            if added == 0 {
                allocation.to_add = 1;
                return;
            }
            allocation.to_add = if added == allocation.to_add {
                added.saturating_mul(2)
            } else {
                1
            };
            allocation.add_at = Some(now + rule.sustained_backlog);
            self.ask_executors(id, kernel);
        }
    }

    /// Executors that have been idle for too long, the longest first.
    fn timed_out(&self, id: SubmissionId, rule: &DynamicAllocation, now: Time) -> Vec<ExecutorId> {
        let executors = self.submissions[id].executors.iter();
        let timed_out = executors.filter_map(|executor| {
            let deadline = self.deadline(*executor, rule)?;
            (deadline <= now).then_some((deadline, *executor))
        });
        let mut timed_out: Vec<(Time, ExecutorId)> = timed_out.collect();
        timed_out.sort_by_key(|(deadline, executor)| (*deadline, self.executors[*executor].number));
        timed_out
            .into_iter()
            .map(|(_, executor)| executor)
            .collect()
    }

    /// When an executor has been idle for too long; `None`: it is not idle, or has to stay.
    fn deadline(&self, id: ExecutorId, rule: &DynamicAllocation) -> Option<Time> {
        let executor = &self.executors[id];
        let submission = &self.submissions[executor.submission];
        let slots = self.model.apps[submission.app].conf.slots_per_executor();
        if !executor.running || executor.leaving || executor.busy(slots) > 0 {
            return None;
        }
        let cached = 0 < executor.cached_partitions;
        let for_cached = rule
            .cached_idle
            .map(|timeout| executor.idle_since + timeout);
        let idle = executor.idle_since + rule.idle;
        let without_output = if cached { for_cached } else { Some(idle) };
        let Some(tracking) = rule.tracking else {
            return without_output;
        };
        if executor.needed_results > 0 {
            return None;
        }
        let Some(unneeded) = executor.results_since else {
            return without_output;
        };
        let interval = tracking.cleaning.nanos();
        let elapsed = (unneeded - submission.driver_since).nanos();
        let cleaned = Duration::from_nanos((elapsed / interval + 1).saturating_mul(interval));
        let cleaned = (submission.driver_since + cleaned).max(idle);
        let timed_out = tracking
            .timeout
            .map(|timeout| executor.idle_since + timeout);
        if cached {
            let timed_out = timed_out.filter(|time| *time < cleaned);
            return for_cached.into_iter().chain(timed_out).min();
        }
        Some(timed_out.map_or(cleaned, |time| time.min(cleaned)))
    }

    /// Gives idle executors back, down to what is asked for.
    fn remove_idle(
        &mut self,
        id: SubmissionId,
        idle: Vec<ExecutorId>,
        rule: &DynamicAllocation,
        kernel: &mut Kernel<'_>,
    ) {
        for executor in idle {
            let submission = &self.submissions[id];
            let there = submission.registered - self.leaving(id);
            if there <= submission.target.max(rule.min) {
                return;
            }
            if !self.decommission(executor, kernel) {
                self.give_up_executor(executor, kernel);
            }
        }
    }

    /// Calls off what was asked for and is no longer wanted, once it has been waited for as long as
    /// an executor may be idle.
    fn cancel_pending(
        &mut self,
        id: SubmissionId,
        rule: &DynamicAllocation,
        kernel: &mut Kernel<'_>,
    ) {
        let now = kernel.now();
        let submission = &self.submissions[id];
        let surplus = submission.present().saturating_sub(submission.target);
        let pending = submission.executors.iter().rev().copied();
        let old = pending.filter(|executor| {
            let executor = &self.executors[*executor];
            !executor.running && executor.idle_since + rule.idle <= now
        });
        let old: Vec<ExecutorId> = old.take(surplus as usize).collect();
        for executor in old {
            self.give_back_executor(executor, kernel);
        }
    }

    /// When there will be something to see.
    fn look_again(&mut self, id: SubmissionId, rule: &DynamicAllocation, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let submission = &self.submissions[id];
        let executors = submission.executors.iter();
        let deadlines = executors.filter_map(|executor| {
            let state = &self.executors[*executor];
            if state.running {
                self.deadline(*executor, rule)
            } else {
                Some(state.idle_since + rule.idle)
            }
        });
        let add_at = submission.allocation.as_ref();
        let add_at = add_at.and_then(|allocation| allocation.add_at);
        let next = deadlines.chain(add_at).filter(|time| now < *time).min();
        if let Some(next) = next {
            self.look_at(id, next, kernel);
        }
    }

    /// An executor may have come to rest.
    pub(in crate::spark) fn rests(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let submission = self.executors[id].submission;
        if self.submissions[submission].allocation.is_none() {
            return;
        }
        let app = self.submissions[submission].app;
        let slots = self.model.apps[app].conf.slots_per_executor();
        let executor = &mut self.executors[id];
        if executor.running && executor.busy(slots) == 0 {
            executor.idle_since = kernel.now();
            self.may_go(id, kernel);
        }
    }

    /// An idle executor is looked at when it has been idle for too long.
    pub(in crate::spark) fn may_go(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let submission = self.executors[id].submission;
        if let Some(rule) = self.rule(submission)
            && let Some(deadline) = self.deadline(id, &rule)
        {
            self.look_at(submission, deadline, kernel);
        }
    }
}

impl Executor {
    /// Slots that run a task, of so many.
    pub(in crate::spark) fn busy(&self, slots: u32) -> u32 {
        if self.running {
            slots - self.free_slots
        } else {
            0
        }
    }
}
