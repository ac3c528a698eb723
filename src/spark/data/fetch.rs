//! What a task reads of other hosts' shuffle output, a part at a time: `ShuffleBlockFetcherIterator`.
//!
//! A task has requests of no more than `spark.reducer.maxSizeInFlight` under way, each of at most a
//! fifth of that, so that it reads from five hosts at a time and not from all that have something.
//! Hosts are asked in an order drawn for each task. Here what a task reads of a host is one transfer,
//! which counts as one request for as long as it takes; what is on the task's own host is no request.
//!
//! # Invariants
//! * A task is here while hosts are left that it has not asked, and at no other time.

use super::moves::Move;
use crate::id::TaskId;
use crate::kernel::Kernel;
use crate::spark::state::Spark;

/// Requests that a task divides what is under way into: `targetRemoteRequestSize`.
const REQUESTS: u64 = 5;

/// A task that has not asked all hosts yet.
#[derive(Debug)]
pub(in crate::spark) struct Fetching {
    /// The most that is under way.
    most: u64,
    /// What is.
    under_way: u64,
    /// By number of the transfer: first those of the task's own host, which are no requests.
    moves: Vec<Move>,
    /// How many those are.
    near: usize,
    /// The next to be started.
    next: usize,
}

impl Fetching {
    /// What a transfer counts for.
    fn request(&self, number: usize) -> u64 {
        if number < self.near {
            return 0;
        }
        let request = (self.most / REQUESTS).max(1);
        self.moves.get(number).map_or(0, |it| it.bytes.min(request))
    }

    /// The next transfer, if there is one and room for it.
    fn pop(&mut self) -> Option<(u32, Move)> {
        let (number, request) = (self.next, self.request(self.next));
        let step = *self.moves.get(number)?;
        if self.under_way > 0 && self.most < self.under_way + request {
            return None;
        }
        self.next += 1;
        self.under_way += request;
        Some((number as u32, step))
    }
}

impl Spark<'_> {
    /// A task reads from its own host and from others, `sizes` altogether and from others. Answers
    /// whether that is to be waited for.
    pub(super) fn fetch(
        &mut self,
        id: TaskId,
        (near, mut far): (Vec<Move>, Vec<Move>),
        sizes: (u64, u64),
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let task = self.tasks[id];
        let app = self.submissions[self.executors[task.executor].submission].app;
        let most = self.model.apps[app].conf.data.in_flight.0;
        let execution = self.executions[self.job_runs[task.job_run].execution].number;
        // Where all can be asked at once the order says nothing.
        let limited = most < far.iter().map(|it| it.bytes).fold(0, u64::saturating_add);
        if let Some(words) = self.data.fetch_words(task.stage).filter(|_| limited) {
            words.shuffle(execution, task.partition, &mut far);
        }
        let (own, mut moves) = (near.len(), near);
        moves.append(&mut far);
        self.expect(id, moves.len(), sizes);
        let waits = !moves.is_empty();
        let fetching = Fetching {
            most,
            under_way: 0,
            moves,
            near: own,
            next: 0,
        };
        self.go_on_fetching(id, fetching, kernel);
        waits
    }

    /// A transfer of a task has ended: others may start.
    pub(in crate::spark) fn fetch_more(&mut self, id: TaskId, ended: u32, kernel: &mut Kernel<'_>) {
        if let Some(mut fetching) = self.data.fetching.remove(&id) {
            fetching.under_way -= fetching.request(ended as usize);
            self.go_on_fetching(id, fetching, kernel);
        }
    }

    fn go_on_fetching(&mut self, id: TaskId, mut fetching: Fetching, kernel: &mut Kernel<'_>) {
        while let Some((number, step)) = fetching.pop() {
            self.start_move(id, number, &step, kernel);
        }
        if fetching.next < fetching.moves.len() {
            self.data.fetching.insert(id, fetching);
        }
    }
}
