//! Executors from YARN: the reporter thread of `ApplicationMaster` and `YarnAllocator`.
//!
//! The application's master asks for containers, and hears which have been granted and which are
//! gone, with its heartbeats only. While any that it has asked for is not there it beats after
//! `initial-allocation.interval` and then after twice as long each time, up to
//! `heartbeat.interval-ms`; otherwise after each `heartbeat.interval-ms`. Another number of executors
//! or a lost one wakes it, but no sooner than the initial interval after the last heartbeat. What
//! is missing is asked for before what is lost is heard, so a lost executor is replaced with the
//! second heartbeat after its loss.
//!
//! The resource manager grants what has room, and knows of every loss, at once. Heartbeats with
//! nothing to ask or hear are no events.

use crate::effect::{Effect, Owner};
use crate::event::Event;
use crate::id::{ExecutorId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Heartbeat;
use crate::spark::state::Spark;
use crate::units::{Duration, Time};

/// What the master of an application remembers between heartbeats.
#[derive(Debug)]
pub(in crate::spark) struct Heartbeats {
    /// The last one that was an event.
    last: Time,
    /// How long it sleeps next while anything is pending.
    interval: Duration,
    /// Executors that it has asked for and has not heard of.
    asked: Vec<ExecutorId>,
    /// Those of them whose containers have been granted.
    granted: Vec<ExecutorId>,
    /// Executors that were lost, which it has not heard.
    lost: u32,
    /// Executors that have failed, as far as it has heard.
    failed: u32,
}

impl Heartbeats {
    /// A master that begins.
    pub(in crate::spark) fn new(rule: Heartbeat) -> Self {
        Self {
            last: Time::ZERO,
            interval: rule.initial,
            asked: Vec::new(),
            granted: Vec::new(),
            lost: 0,
            failed: 0,
        }
    }

    /// An executor is gone. It may not have been there yet.
    pub(in crate::spark) fn forget(&mut self, id: ExecutorId) {
        self.asked.retain(|other| *other != id);
        self.granted.retain(|other| *other != id);
    }

    /// An executor that was there is lost.
    pub(in crate::spark) fn lose(&mut self, id: ExecutorId) {
        if !self.asked.contains(&id) {
            self.lost += 1;
        }
    }

    /// The last heartbeat up to now, those that had nothing to say counted.
    fn latest(&self, rule: &Heartbeat, now: Time) -> Time {
        let silent = (now - self.last).nanos() / rule.interval.nanos();
        self.last + Duration::from_nanos(silent * rule.interval.nanos())
    }
}

impl Spark<'_> {
    /// The resource manager has granted a container: the master hears of it with a heartbeat.
    pub fn on_container_granted(&mut self, id: ExecutorId) {
        let submission = self.executors[id].submission;
        if let Some(heartbeats) = &mut self.submissions[submission].heartbeats {
            heartbeats.granted.push(id);
        }
    }

    /// The master is to ask for executors, or to hear of a lost one, as soon as it may.
    pub(in crate::spark) fn wake_master(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let submission = &mut self.submissions[id];
        let complete = submission.target <= submission.present();
        let rule = self.model.apps[submission.app].conf.executors.heartbeat;
        let (Some(rule), Some(heartbeats)) = (rule, &mut submission.heartbeats) else {
            return;
        };
        if complete && heartbeats.lost == 0 {
            return;
        }
        heartbeats.interval = rule.initial;
        let due = now.max(heartbeats.latest(&rule, now) + rule.initial);
        if let Some(key) = submission.executors_due.take() {
            kernel.cancel(key);
        }
        submission.executors_due = Some(kernel.schedule(due, Event::ExecutorsDue(id)));
    }

    /// A heartbeat of the master.
    pub(in crate::spark) fn beat(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let submission = &mut self.submissions[id];
        let conf = &self.model.apps[submission.app].conf;
        let present = submission.present();
        let (Some(rule), Some(heartbeats)) = (conf.executors.heartbeat, &mut submission.heartbeats)
        else {
            return;
        };
        let most = conf.executors.max_failures;
        if most.is_some_and(|most| most <= heartbeats.failed) {
            self.fail_submission(id, kernel);
            return;
        }
        heartbeats.last = now;
        let granted = std::mem::take(&mut heartbeats.granted);
        heartbeats.asked.retain(|other| !granted.contains(other));
        let there = present + heartbeats.lost;
        heartbeats.lost = 0;
        heartbeats.failed = submission.lost_executors;
        let missing = submission.target.saturating_sub(there);
        let slots = conf.slots_per_executor();
        for _ in 0..missing {
            let executor = self.request_executor(id, slots, kernel);
            if let Some(heartbeats) = &mut self.submissions[id].heartbeats {
                heartbeats.asked.push(executor);
            }
        }
        for executor in granted {
            kernel.push(Effect::Launch {
                owner: Owner::Executor(executor),
            });
        }
        let submission = &mut self.submissions[id];
        let lacks = submission.present() < submission.target;
        let Some(heartbeats) = &mut submission.heartbeats else {
            return;
        };
        let is_pending = !heartbeats.asked.is_empty();
        let sleep = if is_pending {
            heartbeats.interval.min(rule.interval)
        } else {
            rule.interval
        };
        heartbeats.interval = if is_pending {
            doubled(sleep)
        } else {
            rule.initial
        };
        let fails = most.is_some_and(|most| most <= heartbeats.failed);
        if is_pending || fails || lacks {
            let due = kernel.schedule_after(sleep, Event::ExecutorsDue(id));
            submission.executors_due = Some(due);
        }
    }
}

fn doubled(time: Duration) -> Duration {
    Duration::from_nanos(time.nanos().saturating_mul(2))
}
