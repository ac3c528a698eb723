//! Delay scheduling: `TaskSchedulerImpl.resourceOffers` and `TaskSetManager.resourceOffer` for task
//! sets that mind where they run.
//!
//! Such a set is offered the slots level by level, the nearest first. Its wait for a level begins
//! anew when a task was launched and no slot refused for its place since all slots were offered
//! last (since Spark 3.1), or with every launch (before). Slots that nobody would take are offered
//! again at multiples of `spark.scheduler.revive.interval` from the driver's start, here only at
//! those at which a set allows more than before.

use super::levels::{Delay, Level};
use super::pending::{Pending, Preferences};
use super::scheduler::Offer;
use super::task_set::{TaskSet, Waiting};
use super::task_sets::{Position, TaskSets};
use crate::event::Event;
use crate::id::{ExecutorId, JobRunId, StageId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::LocalityWait;
use crate::spark::state::Spark;
use crate::units::{Duration, Time};

/// What a task set that minds where it runs waits for.
#[derive(Clone, Debug)]
pub(in crate::spark) struct Placed {
    pub(in crate::spark) preferences: Preferences,
    pub(in crate::spark) tasks: Pending,
    pub(in crate::spark) copies: Pending,
    pub(in crate::spark) delay: Delay,
}

/// The answer to an offer.
enum Answer {
    Takes(Waiting, Level),
    Declines {
        /// Whether it would take the slot if it were nearer.
        for_its_place: bool,
    },
}

impl Placed {
    /// Tasks that wait, the last of them first, at the nearest level at which any of `slots` could run one.
    pub(in crate::spark) fn new(
        preferences: Preferences,
        waiting: impl Iterator<Item = u32>,
        slots: &[super::pending::Slot],
        now: Time,
    ) -> Self {
        let mut tasks = Pending::default();
        waiting.for_each(|partition| tasks.add(partition, preferences.of(partition)));
        let delay = Delay::new(tasks.levels(slots), now);
        Self {
            preferences,
            tasks,
            copies: Pending::default(),
            delay,
        }
    }

    /// Whether nothing of it waits.
    fn is_idle(&self) -> bool {
        self.tasks.count() + self.copies.count() == 0
    }
}

impl Spark<'_> {
    /// The tasks of a set that is submitted wait by place, if they mind.
    pub(in crate::spark) fn place_set(
        &self,
        run: JobRunId,
        stage: StageId,
        set: &mut TaskSet,
        now: Time,
    ) {
        if self.model.stages[stage].locality.is_none() {
            return;
        }
        let execution = self.job_runs[run].execution;
        let submission = self.executions[execution].submission;
        if let Some(preferences) = self.preferences(run, stage) {
            set.place(preferences, &self.slots(submission), now);
        }
    }

    /// Executors have come or gone: what is near may have changed.
    pub(in crate::spark) fn recompute_levels(&mut self, id: SubmissionId) {
        let app = self.submissions[id].app;
        if !self.apps[app].delays || self.submissions[id].task_sets.is_empty() {
            return;
        }
        let slots = self.slots(id);
        for placed in self.submissions[id].task_sets.placed_mut() {
            placed.delay.recompute(placed.tasks.levels(&slots));
        }
    }

    /// Offers the free slots of all executors or of one to a set that minds where it runs. Answers
    /// whether it took any.
    pub(in crate::spark) fn offer_by_level(
        &mut self,
        id: SubmissionId,
        position: Position,
        only: Option<ExecutorId>,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let Some(placed) = &self.submissions[id].task_sets.at(position).placed else {
            return false;
        };
        let (mut nearest, mut refused) = (None, false);
        let levels = placed.delay.levels().to_vec();
        // Of a set of which nothing waits any level moves the wait on, and none takes anything.
        let first = if placed.is_idle() {
            levels.len() - 1
        } else {
            0
        };
        for most in levels.into_iter().skip(first) {
            loop {
                let (launched, declined) = self.round_at(id, position, (only, most), kernel);
                refused |= declined;
                match (launched, nearest) {
                    (None, _) => break,
                    (Some(level), Some(other)) => nearest = Some(level.min(other)),
                    (Some(level), None) => nearest = Some(level),
                }
            }
        }
        let app = self.submissions[id].app;
        let rule = &self.model.apps[app].conf.scheduling.locality;
        let sets = &mut self.submissions[id].task_sets;
        let Some(placed) = &mut sets.at_mut(position).placed else {
            return nearest.is_some();
        };
        let delay = &mut placed.delay;
        if rule.reset_on_launch {
            // Each launch has begun the wait anew.
        } else if refused {
            delay.unrefused = false;
        } else if let Some(level) = nearest
            && (only.is_none() || delay.unrefused)
        {
            delay.reset(kernel.now(), level);
            delay.unrefused = true;
        }
        nearest.is_some()
    }

    /// One task of a set, no farther than a level, for each executor with a free slot. Answers the
    /// nearest of those that were launched, and whether the place of any slot was refused.
    fn round_at(
        &mut self,
        id: SubmissionId,
        position: Position,
        (only, most): (Option<ExecutorId>, Level),
        kernel: &mut Kernel<'_>,
    ) -> (Option<Level>, bool) {
        let (mut nearest, mut refused): (Option<Level>, bool) = (None, false);
        for _ in 0..self.submissions[id].offers.len() {
            let Some(executor) = self.submissions[id].offers.pop_front() else {
                break;
            };
            while only.is_none_or(|only| only == executor) {
                match self.slot_offered(id, position, (executor, most), kernel.now()) {
                    Answer::Takes(waiting, level) => {
                        if self.launch(executor, waiting, kernel) {
                            let app = self.submissions[id].app;
                            kernel.metrics.apps[app].launches[level as usize] += 1;
                            nearest = Some(nearest.map_or(level, |other| other.min(level)));
                            break;
                        }
                    }
                    Answer::Declines { for_its_place } => {
                        refused |= for_its_place;
                        break;
                    }
                }
            }
            if self.executors[executor].free_slots > 0 {
                self.submissions[id].offers.push_back(executor);
            }
        }
        (nearest, refused)
    }

    /// What a set says to a slot that is offered.
    fn slot_offered(
        &mut self,
        id: SubmissionId,
        position: Position,
        (executor, most): (ExecutorId, Level),
        now: Time,
    ) -> Answer {
        let slot = self.slot(executor);
        let submission = &mut self.submissions[id];
        let scheduling = &self.model.apps[submission.app].conf.scheduling;
        let excluded = submission.excluded.as_ref();
        let declines = |for_its_place| Answer::Declines { for_its_place };
        if excluded.is_some_and(|excluded| excluded.has(executor, slot.host)) {
            return declines(false);
        }
        let set = submission.task_sets.at_mut(position);
        let (job_run, stage, broken) = (set.job_run, set.stage, set.broken);
        let Some(placed) = &mut set.placed else {
            return declines(false);
        };
        let Placed {
            tasks,
            copies,
            delay,
            ..
        } = &mut **placed;
        let rule = &scheduling.locality;
        let allowed = if most == Level::NoPreference {
            most
        } else {
            most.min(delay.allowed(now, rule, |level| tasks.more(level)))
        };
        let offer = Offer {
            detail: self.job_runs[job_run].stage(stage).detail.as_deref(),
            tasks: &self.tasks,
            executors: &self.executors,
            exclusion: scheduling.exclusion,
            executor,
            host: slot.host,
        };
        let taken = tasks.take(slot, allowed, |partition| offer.fits(partition, false));
        let taken = taken.map(|(partition, level)| (partition, level, false));
        let taken = taken.or_else(|| {
            let taken = copies.take(slot, allowed, |partition| offer.fits(partition, true));
            taken.map(|(partition, level)| (partition, level, true))
        });
        let Some((partition, level, copy)) = taken else {
            let any = 0 < tasks.count() + copies.count();
            return declines(most == Level::Any && any);
        };
        if rule.reset_on_launch && most != Level::NoPreference {
            delay.reset(now, level);
        }
        let waiting = Waiting {
            stage,
            job_run,
            partition,
            copy,
            broken,
        };
        Answer::Takes(waiting, level)
    }

    /// Slots that nobody would take are offered again when a set allows more, or an executor is
    /// given tasks again.
    pub(in crate::spark) fn revive_later(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let submission = &self.submissions[id];
        let excluded = submission.excluded.as_ref();
        if !self.apps[submission.app].delays && excluded.is_none() {
            return;
        }
        let sets = &submission.task_sets;
        if submission.offers.is_empty() || sets.waiting() == (0, 0) {
            return;
        }
        let rule = &self.model.apps[submission.app].conf.scheduling.locality;
        let back = excluded.and_then(|excluded| excluded.next());
        let Some(next) = sets.next_level(rule).into_iter().chain(back).min() else {
            return;
        };
        let now = kernel.now();
        let interval = rule.revive.nanos();
        let since = submission.driver_since;
        let first = (next.max(now) - since).nanos().div_ceil(interval);
        let later = (now - since).nanos() / interval + 1;
        let due = since + Duration::from_nanos(first.max(later) * interval);
        if let Some((other, key)) = submission.revive {
            if other <= due {
                return;
            }
            kernel.cancel(key);
        }
        let key = kernel.schedule(due, Event::ReviveDue(id));
        self.submissions[id].revive = Some((due, key));
    }

    /// All slots are offered again.
    pub fn on_revive_due(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        self.submissions[id].revive = None;
        self.offer_all(id, kernel);
        self.follow_tasks(id, kernel);
    }
}

impl TaskSets {
    /// When any set with waiting tasks allows more than now, if nothing happens before.
    fn next_level(&self, rule: &LocalityWait) -> Option<Time> {
        let waits = |placed: &&Placed| !placed.is_idle();
        let placed = self.placed().filter(waits);
        placed.filter_map(|placed| placed.delay.next(rule)).min()
    }
}
