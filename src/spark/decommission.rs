//! Executors that are told to go and may put their things in order: `spark.decommission.*`.
//!
//! Who is told: an executor whose node the provider will take back, and one that dynamic allocation
//! does not need. It takes no more tasks; those that run may finish. Each second from the notice it
//! looks whether none runs any more, and leaves (`CoarseGrainedExecutorBackend.decommissionSelf`).
//!
//! With `spark.storage.decommission.enabled` what it holds moves to the other executors, in rounds:
//! at the notice and each `replicationReattemptInterval` (`BlockManagerDecommissioner`). It leaves
//! once a round has begun after its last task. Otherwise its shuffle output and cached partitions are
//! gone with it. How long a move takes is not modelled, nor is what moving costs others. Whoever is
//! still there when its node goes is lost with all that has not moved.

use super::losses::Lost;
use super::stage_run::Place;
use super::state::Spark;
use crate::effect::Owner;
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{ExecutorId, SubmissionId};
use crate::kernel::Kernel;
use crate::units::{Duration, Time};

/// Between looks at whether a task still runs.
const LOOK: Duration = Duration::from_secs(1);

/// An executor that has been told to go.
#[derive(Debug)]
pub(super) struct Notice {
    /// When it was told.
    since: Time,
    /// When its last task ended; `None`: it has run none since.
    last_task: Option<Time>,
    /// When the last round of moves began.
    moved: Option<Time>,
    /// The pending `LeaveDue`.
    pub(super) due: Option<EventKey>,
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
    pub(super) fn decommission(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) -> bool {
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
            due: None,
        }));
        kernel.metrics.apps[app].decommissioned += 1;
        let offers = &mut self.submissions[submission].offers;
        offers.retain(|other| *other != id);
        self.recompute_levels(submission);
        if self.executors[id].running {
            self.move_away(id, kernel.now());
            self.next_look(id, kernel);
        } else {
            self.leave(id, kernel);
        }
        true
    }

    /// A task of an executor that is to go has ended.
    pub(super) fn note_last_task(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        if let Some(notice) = &mut self.executors[id].notice {
            notice.last_task = Some(kernel.now());
            self.next_look(id, kernel);
        }
    }

    /// Sees to it that an executor moves what it holds, and leaves.
    fn next_look(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let executor = &mut self.executors[id];
        let app = self.submissions[executor.submission].app;
        let rule = self.model.apps[app].conf.executors.decommission;
        let idle = executor.free_slots == executor.slots;
        let (Some(rule), Some(notice)) = (rule, &mut executor.notice) else {
            return;
        };
        let now = kernel.now();
        let look = notice.next(LOOK, now);
        let round = rule.moves().map(|interval| notice.next(interval, now));
        let leaves = idle && (round.is_none() || notice.has_moved());
        let next = if leaves { Some(look) } else { None };
        let next = next.into_iter().chain(round).min();
        if let Some(due) = notice.due.take() {
            kernel.cancel(due);
        }
        notice.due = next.map(|next| kernel.schedule(next, Event::LeaveDue(id)));
    }

    /// An executor that is to go moves what it holds, or leaves.
    pub fn on_leave_due(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let executor = &mut self.executors[id];
        let app = self.submissions[executor.submission].app;
        let rule = self.model.apps[app].conf.executors.decommission;
        let idle = executor.free_slots == executor.slots;
        let (Some(rule), Some(notice)) = (rule, &mut executor.notice) else {
            return;
        };
        notice.due = None;
        let elapsed = (now - notice.since).nanos();
        let is_at = |interval: Duration| elapsed.is_multiple_of(interval.nanos());
        let moves = rule.moves();
        let may_leave = moves.is_none() || notice.has_moved();
        if idle && may_leave && 0 < elapsed && is_at(LOOK) {
            self.leave(id, kernel);
            return;
        }
        if moves.is_some_and(is_at) {
            self.move_away(id, now);
        }
        self.next_look(id, kernel);
    }

    /// A round of moves: what an executor holds is with the others from now on, in turns.
    fn move_away(&mut self, id: ExecutorId, now: Time) {
        let executor = &mut self.executors[id];
        let (submission_id, number) = (executor.submission, executor.number);
        let app = self.submissions[submission_id].app;
        let rule = self.model.apps[app].conf.executors.decommission;
        let Some(rule) = rule.filter(|rule| rule.moves().is_some()) else {
            return;
        };
        if let Some(notice) = &mut executor.notice {
            notice.moved = Some(now);
        }
        let peers = self.submissions[submission_id].executors.iter().copied();
        let there = peers.filter(|peer| {
            let peer = &self.executors[*peer];
            peer.running && !peer.leaving
        });
        let peers: Vec<ExecutorId> = there.collect();
        if peers.is_empty() {
            return;
        }
        let mut turn = peers.iter().copied().cycle();
        let mut peer = || turn.next().expect("a cycle of at least one");
        if rule.moves_shuffle {
            for index in 0..self.submissions[submission_id].runs.len() {
                let run = self.submissions[submission_id].runs[index];
                let stages = &mut self.job_runs[run].stages;
                let details = stages.iter_mut().filter_map(|it| it.detail.as_mut());
                let partitions = details.flat_map(|detail| &mut detail.partitions);
                for partition in partitions {
                    if partition.result == Place::Executor(number) {
                        let peer = peer();
                        partition.result = Place::Executor(self.executors[peer].number);
                        self.executors[peer].needed_results += 1;
                        self.executors[id].needed_results -= 1;
                    }
                }
            }
        }
        if rule.moves_cached && 0 < self.executors[id].cached_partitions {
            for execution in self.executions_of(submission_id) {
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
    pub(super) fn leaving(&self, id: SubmissionId) -> u32 {
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

    /// Whether a round of moves has begun after the last task.
    fn has_moved(&self) -> bool {
        match (self.moved, self.last_task) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(moved), Some(task)) => task < moved,
        }
    }
}
