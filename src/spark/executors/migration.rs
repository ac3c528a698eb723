//! How the shuffle output of an executor that is told to go gets to the others: the shuffle side of
//! `BlockManagerDecommissioner`.
//!
//! Rounds put what it holds of jobs that run into a queue, in the order of jobs, stages and partitions.
//! One thread for each of the other executors, `shuffleBlocks.maxThreads` at a time, takes a map output
//! out of the queue, sends it from disk to disk, and takes the next. A thread that finds the queue empty
//! looks again each second. A thread that fails ends, and what it was sending waits again, unless it has
//! failed `maxReplicationFailuresPerBlock` times; then it stays where it is.
//!
//! Other executors get their threads in the order in which they were asked for; Spark shuffles them.
//!
//! # Invariants
//! * Whatever is queued or on its way is known, and so is what was given up: no round queues it again.
//! * Output counts as where it was until all of it has moved.

use crate::effect::{Effect, Movement, Mover, Site, TransferOutcome};
use crate::id::{ExecutorId, JobRunId, NodeId, StageId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::Decommission;
use crate::record::Part;
use crate::spark::application::stage_run::{Host, Place};
use crate::spark::state::Spark;
use crate::units::{Bytes, Duration, Time};
use std::collections::{BTreeSet, VecDeque};

/// Between looks of a thread at the empty queue.
const POLL: Duration = Duration::from_secs(1);

/// What moves from an executor that is told to go.
#[derive(Debug, Default)]
pub(in crate::spark) struct Migration {
    /// What waits, and how often it has failed.
    queue: VecDeque<(Block, u32)>,
    known: BTreeSet<Block>,
    threads: Vec<Thread>,
    /// Whether the last round has found anything new, or anything old that had not moved.
    pub(in crate::spark) left: bool,
    /// Whether there is nobody to move anything to: for good.
    pub(in crate::spark) stopped: bool,
}

/// The output of a map task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    /// The number of its job, which is not given out again.
    job: u64,
    stage: StageId,
    map: u32,
    run: JobRunId,
}

/// What sends to one other executor.
#[derive(Debug)]
struct Thread {
    /// The number of that executor.
    peer: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// As many threads run as may.
    Waiting,
    /// Since then it has found the queue empty each second.
    Idle(Time),
    Sending {
        block: Block,
        failures: u32,
        /// The mark of the transfer.
        tag: u32,
        bytes: u64,
    },
    Ended,
}

impl Migration {
    /// Whether anything is queued or on its way.
    fn is_busy(&self) -> bool {
        let mut threads = self.threads.iter();
        !self.queue.is_empty() || threads.any(|it| matches!(it.state, State::Sending { .. }))
    }

    /// Whether any transfer is under way.
    pub(in crate::spark) fn is_sending(&self) -> bool {
        let mut threads = self.threads.iter();
        threads.any(|it| matches!(it.state, State::Sending { .. }))
    }

    /// When a thread next finds what waits.
    pub(in crate::spark) fn next_poll(&self, now: Time) -> Option<Time> {
        let idle = self.threads.iter().filter_map(|it| match it.state {
            State::Idle(since) => Some(since),
            _ => None,
        });
        let next = idle.map(|since| {
            let polls = (now - since).nanos() / POLL.nanos() + 1;
            since + Duration::from_nanos(polls * POLL.nanos())
        });
        next.min().filter(|_| !self.queue.is_empty())
    }

    /// Lets threads begin for whom there is room.
    fn begin_threads(&mut self, most: u32, now: Time) {
        let runs = |it: &&Thread| matches!(it.state, State::Idle(_) | State::Sending { .. });
        let running = self.threads.iter().filter(runs).count();
        let room = (most as usize).saturating_sub(running);
        let waiting = self
            .threads
            .iter_mut()
            .filter(|it| it.state == State::Waiting);
        waiting
            .take(room)
            .for_each(|it| it.state = State::Idle(now));
    }

    /// A thread that looks at the queue now, from the `first` on.
    fn polling(&self, first: usize, now: Time) -> Option<usize> {
        let polls = |thread: &Thread| match thread.state {
            State::Idle(since) => (now - since).nanos().is_multiple_of(POLL.nanos()),
            _ => false,
        };
        (first..self.threads.len()).find(|index| polls(&self.threads[*index]))
    }

    /// A block was not sent.
    fn failed(&mut self, block: Block, failures: u32, most: u32) {
        // Whoever has failed too often counts as moved and stays known.
        if failures < most {
            self.queue.push_back((block, failures));
        }
    }
}

impl Spark<'_> {
    /// A round: what an executor holds and is not known is queued, and new peers get threads.
    pub(in crate::spark) fn refresh_migration(
        &mut self,
        id: ExecutorId,
        rule: &Decommission,
        kernel: &mut Kernel<'_>,
    ) {
        let executor = &self.executors[id];
        let (submission, number) = (executor.submission, executor.number);
        let mut blocks = self.blocks_at(submission, number);
        let peers: Vec<u32> = self
            .peers(submission)
            .map(|peer| self.executors[peer].number)
            .collect();
        let Some(notice) = &mut self.executors[id].notice else {
            return;
        };
        let migration = &mut notice.migration;
        blocks.retain(|block| migration.known.insert(*block));
        let fresh = !blocks.is_empty();
        migration.queue.extend(blocks.into_iter().map(|it| (it, 0)));
        for thread in &mut migration.threads {
            let ends = matches!(thread.state, State::Waiting | State::Idle(_));
            if ends && !peers.contains(&thread.peer) {
                thread.state = State::Ended;
            }
        }
        for peer in peers {
            if !migration.threads.iter().any(|it| it.peer == peer) {
                migration.threads.push(Thread {
                    peer,
                    state: State::Waiting,
                });
            }
        }
        let mut threads = migration.threads.iter();
        migration.stopped = threads.all(|it| it.state == State::Ended);
        migration.left = fresh || migration.is_busy();
        self.pump(id, rule, kernel);
    }

    /// What an executor holds of jobs that run, in order.
    fn blocks_at(&self, id: SubmissionId, number: u32) -> Vec<Block> {
        let mut blocks = Vec::new();
        for &run in &self.submissions[id].runs {
            let state = &self.job_runs[run];
            for stage in self.model.jobs[state.job].stage_ids() {
                let Some(detail) = self.detail(run, stage) else {
                    continue;
                };
                for (map, partition) in detail.partitions.iter().enumerate() {
                    if partition.result == Place::Executor(number) {
                        blocks.push(Block {
                            job: state.number,
                            stage,
                            map: map as u32,
                            run,
                        });
                    }
                }
            }
        }
        blocks.sort_unstable();
        blocks
    }

    /// Executors of an application that take tasks, in the order in which they were asked for.
    pub(in crate::spark) fn peers(&self, id: SubmissionId) -> impl Iterator<Item = ExecutorId> {
        let executors = self.submissions[id].executors.iter().copied();
        executors.filter(|peer| {
            let peer = &self.executors[*peer];
            peer.running && !peer.leaving
        })
    }

    /// Threads that look now take what waits, in turns.
    pub(in crate::spark) fn pump(
        &mut self,
        id: ExecutorId,
        rule: &Decommission,
        kernel: &mut Kernel<'_>,
    ) {
        let now = kernel.now();
        let mut next = 0;
        loop {
            let Some(notice) = &mut self.executors[id].notice else {
                return;
            };
            let migration = &mut notice.migration;
            migration.begin_threads(rule.threads, now);
            let thread = migration.polling(next, now);
            let Some(thread) = thread.or_else(|| migration.polling(0, now)) else {
                return;
            };
            let Some((block, failures)) = migration.queue.pop_front() else {
                return;
            };
            next = thread + 1;
            self.send(id, thread, (block, failures), kernel);
        }
    }

    /// Whether an executor still has what it is to send.
    fn holds(&self, block: Block, number: u32) -> bool {
        self.job_runs.contains(block.run) && self.job_runs[block.run].number == block.job && {
            let detail = self.detail(block.run, block.stage);
            let partition = detail.and_then(|it| it.partitions.get(block.map as usize));
            partition.is_some_and(|it| it.result == Place::Executor(number))
        }
    }

    /// A thread sends a map output.
    fn send(
        &mut self,
        id: ExecutorId,
        thread: usize,
        (block, failures): (Block, u32),
        kernel: &mut Kernel<'_>,
    ) {
        let executor = &self.executors[id];
        let (submission, from) = (executor.submission, executor.host);
        if !self.holds(block, executor.number) {
            return;
        }
        let Some(notice) = &executor.notice else {
            return;
        };
        let peer = notice.migration.threads[thread].peer;
        let peer = self.submissions[submission].numbers.executor(peer);
        let takes = peer.filter(|peer| !self.executors[*peer].leaving);
        let bytes = self.written_by(block.run, block.stage, block.map);
        let tag = self.data.tags.wrapping_add(1);
        let mut state = State::Idle(kernel.now());
        let mut movement = None;
        match takes.map(|peer| (peer, self.executors[peer].host)) {
            // It refuses, which is no failure of the output's.
            None => state = State::Ended,
            Some((_, Host::Node(to)))
                if bytes > 0
                    && let Host::Node(from) = from =>
            {
                let app = self.submissions[submission].app;
                state = State::Sending {
                    block,
                    failures,
                    tag,
                    bytes,
                };
                movement = Some(Movement {
                    mover: Mover::Executor(id),
                    tag,
                    payer: Part::Executor(app).kind(self.model),
                    from: Site::Disk(NodeId(from)),
                    to: Site::Disk(NodeId(to)),
                    bytes: Bytes(bytes),
                    weight: 1,
                });
            }
            Some((peer, _)) => self.arrived(block, (id, peer), bytes, kernel),
        }
        if let Some(notice) = &mut self.executors[id].notice {
            let migration = &mut notice.migration;
            migration.threads[thread].state = state;
            if state == State::Ended {
                migration.queue.push_back((block, failures));
            }
        }
        if let Some(movement) = movement {
            self.data.tags = tag;
            kernel.push(Effect::Transfer(movement));
        }
    }

    /// A transfer is over, for a task or for an executor that is to go.
    pub fn on_transfer_over(
        &mut self,
        mover: Mover,
        how: (u32, TransferOutcome),
        kernel: &mut Kernel<'_>,
    ) {
        match mover {
            Mover::Task(task) => self.on_transfer_done(task, how, kernel),
            Mover::Executor(executor) => self.on_block_moved(executor, how, kernel),
        }
    }

    /// A transfer of an executor that is to go is over. The executor may be gone.
    fn on_block_moved(
        &mut self,
        id: ExecutorId,
        (tag, outcome): (u32, TransferOutcome),
        kernel: &mut Kernel<'_>,
    ) {
        if !self.executors.contains(id) {
            return;
        }
        let executor = &self.executors[id];
        let (submission, number) = (executor.submission, executor.number);
        let Some(notice) = &executor.notice else {
            return;
        };
        let mut threads = notice.migration.threads.iter().enumerate();
        let sent = threads.find_map(|(index, thread)| match thread.state {
            State::Sending {
                block,
                tag: sent,
                bytes,
                ..
            } if sent == tag => Some((index, thread.peer, block, bytes)),
            _ => None,
        });
        // Of what was given up meanwhile nobody wants to hear, nor of one whose own node is gone: its
        // loss is on its way.
        let (Some((index, peer, block, bytes)), TransferOutcome::Moved) = (sent, outcome) else {
            return;
        };
        let peer = self.submissions[submission].numbers.executor(peer);
        if let Some(peer) = peer.filter(|_| self.holds(block, number)) {
            self.arrived(block, (id, peer), bytes, kernel);
        }
        if let Some(notice) = &mut self.executors[id].notice {
            notice.migration.threads[index].state = State::Idle(kernel.now());
        }
        self.keep_moving(id, kernel);
    }

    /// A map output is with another executor: whoever reads it from now on reads it there.
    fn arrived(
        &mut self,
        block: Block,
        (from, to): (ExecutorId, ExecutorId),
        bytes: u64,
        kernel: &mut Kernel<'_>,
    ) {
        let submission = self.executors[from].submission;
        let number = self.executors[to].number;
        if let Some(detail) = self.detail_mut(block.run, block.stage) {
            detail.partitions[block.map as usize].result = Place::Executor(number);
        }
        let hosts = (self.executors[from].host, self.executors[to].host);
        self.output_moved((block.run, block.stage), hosts, bytes);
        self.executors[from].needed_results -= 1;
        let peer = &mut self.executors[to];
        if peer.needed_results == 0 && peer.results_since.is_none() {
            peer.output_since = kernel.now();
        }
        peer.needed_results += 1;
        let app = self.submissions[submission].app;
        kernel.metrics.apps[app].migrated += bytes;
    }

    /// An executor is gone: whoever was sending to it has failed.
    pub(in crate::spark) fn forget_peer(
        &mut self,
        id: SubmissionId,
        number: u32,
        kernel: &mut Kernel<'_>,
    ) {
        let app = self.submissions[id].app;
        let rule = self.model.apps[app].conf.executors.decommission;
        let Some(rule) = rule.filter(|rule| rule.moves_shuffle) else {
            return;
        };
        for index in 0..self.submissions[id].executors.len() {
            let other = self.submissions[id].executors[index];
            let Some(notice) = &mut self.executors[other].notice else {
                continue;
            };
            let migration = &mut notice.migration;
            let mut threads = migration.threads.iter_mut();
            let Some(thread) = threads.find(|it| it.peer == number) else {
                continue;
            };
            let state = std::mem::replace(&mut thread.state, State::Ended);
            if let State::Sending {
                block, failures, ..
            } = state
            {
                migration.failed(block, failures + 1, rule.failures);
            }
            self.keep_moving(other, kernel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::ZERO + Duration::from_millis(millis)
    }

    fn block(map: u32) -> Block {
        Block {
            job: 0,
            stage: StageId(0),
            map,
            run: JobRunId(0),
        }
    }

    fn threads(count: u32) -> Vec<Thread> {
        let thread = |peer| Thread {
            peer,
            state: State::Waiting,
        };
        (1..=count).map(thread).collect()
    }

    #[test]
    fn no_more_threads_than_may_run_at_once() {
        let mut migration = Migration {
            threads: threads(3),
            ..Migration::default()
        };
        migration.begin_threads(2, at(100));
        let states = |it: &Migration| it.threads.iter().map(|it| it.state).collect::<Vec<_>>();
        let (idle, waits) = (State::Idle(at(100)), State::Waiting);
        assert_eq!(states(&migration), [idle, idle, waits]);
        // One ends, the next begins.
        migration.threads[0].state = State::Ended;
        migration.begin_threads(2, at(300));
        let fresh = State::Idle(at(300));
        assert_eq!(states(&migration), [State::Ended, idle, fresh]);
    }

    /// Each second from when it found nothing.
    #[test]
    fn an_idle_thread_looks_each_second() {
        let mut migration = Migration {
            threads: threads(2),
            ..Migration::default()
        };
        migration.begin_threads(1, at(100));
        migration.begin_threads(2, at(400));
        assert_eq!(migration.next_poll(at(500)), None, "nothing is queued");
        migration.queue.push_back((block(0), 0));
        assert_eq!(migration.next_poll(at(500)), Some(at(1100)));
        assert_eq!(migration.next_poll(at(1100)), Some(at(1400)));
        assert_eq!(migration.polling(0, at(1400)), Some(1));
        assert_eq!(migration.polling(0, at(1300)), None);
    }

    #[test]
    fn what_has_failed_too_often_stays() {
        let mut migration = Migration::default();
        migration.failed(block(0), 2, 3);
        assert_eq!(migration.queue, [(block(0), 2)]);
        migration.failed(block(1), 3, 3);
        assert_eq!(migration.queue, [(block(0), 2)]);
    }
}
