//! Executors that are told to go and may put their things in order: `spark.decommission.*`.
//!
//! Who is told: an executor whose node the provider will take back, and one that dynamic allocation
//! does not need. It takes no more tasks; those that run may finish. Each second from the notice it
//! looks whether none runs any more, and leaves (`CoarseGrainedExecutorBackend.decommissionSelf`).
//!
//! With `spark.storage.decommission.enabled` what it holds moves to the other executors, in rounds: at
//! the notice and each `replicationReattemptInterval` (`BlockManagerDecommissioner`). Shuffle output
//! [takes its time](super::migration), cached partitions, whose size nothing says, take none. It leaves
//! once a round has begun after its last task, and has found nothing new and nothing old that had not
//! moved, or once there is nobody to move anything to. Without that property its shuffle output and
//! cached partitions are gone with it. Whoever is still there when its node goes is lost with all that
//! has not moved.

use super::migration::Migration;
use crate::effect::{Effect, Mover, Owner};
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{ExecutorId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Decommission;
use crate::spark::state::Spark;
use crate::spark::tasks::losses::Lost;
use crate::units::{Duration, Time};

/// Between looks at whether a task still runs.
const LOOK: Duration = Duration::from_secs(1);

/// An executor that has been told to go.
#[derive(Debug)]
pub(in crate::spark) struct Notice {
    /// When it was told.
    since: Time,
    /// When its last task ended; `None`: it has run none since.
    last_task: Option<Time>,
    /// When the last round of moves began.
    moved: Option<Time>,
    /// Its shuffle output on its way.
    pub(in crate::spark) migration: Migration,
    /// Whether there is nobody to move cached partitions to: for good.
    cached_stopped: bool,
    /// The pending `LeaveDue`.
    pub(in crate::spark) due: Option<EventKey>,
}

impl Spark<'_> {
    /// The node of a container will be gone.
    pub fn on_node_leaving(&mut self, owner: Owner, kernel: &mut Kernel<'_>) {
        if let Owner::Executor(id) = owner
            && self.executors.contains(id)
        {
            self.decommission(id, kernel);
        }
    }

    /// Tells an executor to go, where the application has that. Answers whether it has.
    pub(in crate::spark) fn decommission(
        &mut self,
        id: ExecutorId,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let executor = &mut self.executors[id];
        let submission = executor.submission;
        let app = self.submissions[submission].app;
        if self.model.apps[app].conf.executors.decommission.is_none() {
            return false;
        }
        if executor.notice.is_some() || executor.removal.is_some() {
            return true;
        }
        self.book_held_for_shuffle(id, kernel.now(), kernel);
        let executor = &mut self.executors[id];
        executor.leaving = true;
        executor.notice = Some(Box::new(Notice {
            since: kernel.now(),
            last_task: None,
            moved: None,
            migration: Migration::default(),
            cached_stopped: false,
            due: None,
        }));
        kernel.metrics.apps[app].decommissioned += 1;
        let offers = &mut self.submissions[submission].offers;
        offers.retain(|other| *other != id);
        self.recompute_levels(submission);
        if self.executors[id].running {
            self.move_away(id, kernel);
            self.next_look(id, kernel);
        } else {
            self.leave(id, kernel);
        }
        true
    }

    /// A task of an executor that is to go has ended.
    pub(in crate::spark) fn note_last_task(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        if let Some(notice) = &mut self.executors[id].notice {
            notice.last_task = Some(kernel.now());
            self.next_look(id, kernel);
        }
    }

    /// What an application does with executors that are told to go.
    fn decommission_rule(&self, id: ExecutorId) -> Option<Decommission> {
        let app = self.submissions[self.executors[id].submission].app;
        self.model.apps[app].conf.executors.decommission
    }

    /// Whether an executor that is to go runs nothing and has nothing left to move, and when the next
    /// round of moves is otherwise.
    fn may_leave(&self, id: ExecutorId, now: Time) -> Option<(bool, Option<Time>)> {
        let executor = &self.executors[id];
        let (rule, notice) = (self.decommission_rule(id)?, executor.notice.as_ref()?);
        let idle = executor.free_slots == executor.slots;
        let stopped = notice.is_stopped(&rule);
        let round = (!stopped).then(|| notice.next(rule.round, now));
        let has_moved = stopped || (notice.has_moved() && !notice.has_left(&rule));
        Some((idle && has_moved, round))
    }

    /// Sees to it that an executor moves what it holds, and leaves.
    fn next_look(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let Some((leaves, round)) = self.may_leave(id, now) else {
            return;
        };
        let Some(notice) = &mut self.executors[id].notice else {
            return;
        };
        let look = leaves.then(|| notice.next(LOOK, now));
        let poll = notice.migration.next_poll(now);
        let next = look.into_iter().chain(round).chain(poll).min();
        if let Some(due) = notice.due.take() {
            kernel.cancel(due);
        }
        notice.due = next.map(|next| kernel.schedule(next, Event::LeaveDue(id)));
    }

    /// Threads of an executor that is to go have become free, or what they sent has failed.
    pub(in crate::spark) fn keep_moving(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        if let Some(rule) = self.decommission_rule(id) {
            self.pump(id, &rule, kernel);
            self.next_look(id, kernel);
        }
    }

    /// An executor that is to go moves what it holds, or leaves.
    pub fn on_leave_due(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let Some((leaves, round)) = self.may_leave(id, now) else {
            return;
        };
        let (Some(rule), Some(notice)) =
            (self.decommission_rule(id), &mut self.executors[id].notice)
        else {
            return;
        };
        notice.due = None;
        let elapsed = (now - notice.since).nanos();
        let is_at = |interval: Duration| elapsed.is_multiple_of(interval.nanos());
        if leaves && 0 < elapsed && is_at(LOOK) {
            self.leave(id, kernel);
            return;
        }
        if round.is_some() && is_at(rule.round) {
            self.move_away(id, kernel);
        }
        self.keep_moving(id, kernel);
    }

    /// A round of moves.
    fn move_away(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let Some(rule) = self.decommission_rule(id) else {
            return;
        };
        if let Some(notice) = &mut self.executors[id].notice {
            notice.moved = Some(kernel.now());
        }
        if rule.moves_shuffle {
            self.refresh_migration(id, &rule, kernel);
        }
        if rule.moves_cached {
            self.move_cached(id);
        }
    }

    /// What an executor keeps in memory is with the others from now on, in turns.
    fn move_cached(&mut self, id: ExecutorId) {
        let executor = &self.executors[id];
        let (submission, number) = (executor.submission, executor.number);
        let peers: Vec<ExecutorId> = self.peers(submission).collect();
        if peers.is_empty() {
            if let Some(notice) = &mut self.executors[id].notice {
                notice.cached_stopped = true;
            }
            return;
        }
        if self.executors[id].cached_partitions == 0 {
            return;
        }
        let mut turn = peers.iter().copied().cycle();
        let mut peer = || turn.next().expect("a cycle of at least one");
        for execution in self.executions_of(submission) {
            let caches = &mut self.executions[execution].caches;
            for holder in caches.iter_mut().flat_map(|(_, partitions)| partitions) {
                if *holder == number {
                    let peer = peer();
                    *holder = self.executors[peer].number;
                    self.executors[peer].cached_partitions += 1;
                    self.executors[id].cached_partitions -= 1;
                }
            }
        }
    }

    /// An executor that was told to go does, and what it still holds is gone.
    fn leave(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let executor = &self.executors[id];
        let (submission, number) = (executor.submission, executor.number);
        self.give_back_executor(id, kernel);
        let app = self.submissions[submission].app;
        if !self.model.apps[app].conf.scheduling.shuffle_service {
            self.lose_results(submission, Lost::Executor(number));
        }
        self.ask_executors(submission, kernel);
        self.offer_all(submission, kernel);
        self.follow_tasks(submission, kernel);
    }

    /// Executors of an application that are to go and still run.
    pub(in crate::spark) fn leaving(&self, id: SubmissionId) -> u32 {
        let executors = self.submissions[id].executors.iter();
        let leaving = executors.filter(|it| self.executors[**it].leaving);
        leaving.count() as u32
    }
}

impl Notice {
    /// The first multiple of an interval from the notice on that is still to come.
    fn next(&self, interval: Duration, now: Time) -> Time {
        let elapsed = (now - self.since).nanos();
        let next = elapsed / interval.nanos() + 1;
        self.since + Duration::from_nanos(next.saturating_mul(interval.nanos()))
    }

    /// Whether nothing moves any more, or ever did.
    fn is_stopped(&self, rule: &Decommission) -> bool {
        (self.migration.stopped || !rule.moves_shuffle)
            && (self.cached_stopped || !rule.moves_cached)
    }

    /// Whether the last round has left anything to be moved.
    fn has_left(&self, rule: &Decommission) -> bool {
        rule.moves_shuffle && !self.migration.stopped && self.migration.left
    }

    /// What is on its way from an executor is called off.
    pub(in crate::spark) fn end(&self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        if let Some(due) = self.due {
            kernel.cancel(due);
        }
        if self.migration.is_sending() {
            let mover = Mover::Executor(id);
            kernel.push(Effect::CancelTransfers { mover });
        }
    }

    /// Whether a round of moves has begun after the last task.
    fn has_moved(&self) -> bool {
        match (self.moved, self.last_task) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(moved), Some(task)) => task < moved,
        }
    }
}
