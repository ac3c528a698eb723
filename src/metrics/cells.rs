//! What became of attempts, counted by workload, endpoint and class.
//!
//! An attempt is counted once, in the cell of the workload that everything began with, the endpoint
//! that it asked for and the class of the request. Figures by service, endpoint, class and workload
//! merge cells at the end.

use super::clipped;
use super::since::{Since, since};
use crate::id::{CellId, ClassId, EndpointId, Id, IdVec, WorkloadId};
use crate::model::Model;
use crate::record::Outcome;
use crate::stats::{Histogram, Moments, square};
use crate::units::{Duration, Time};
use std::ops::{Index, IndexMut};

/// Outcomes by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Served.
    pub completed: u64,
    /// Refused for want of a waiting place.
    pub rejected: u64,
    /// Gave up waiting.
    pub reneged: u64,
    /// Took too long for the client.
    pub timed_out: u64,
    /// No replica was running, or something needed failed.
    pub failed: u64,
    /// Another attempt was faster.
    pub cancelled: u64,
}

since!(Outcomes {
    completed,
    rejected,
    reneged,
    timed_out,
    failed,
    cancelled,
});

impl Outcomes {
    #[inline]
    fn count(&mut self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Completed => &mut self.completed,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Reneged => &mut self.reneged,
            Outcome::TimedOut => &mut self.timed_out,
            Outcome::Failed => &mut self.failed,
            Outcome::Cancelled => &mut self.cancelled,
        };
        *counter += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.completed
            + self.rejected
            + self.reneged
            + self.timed_out
            + self.failed
            + self.cancelled
    }

    fn merge(&mut self, other: &Self) {
        self.completed += other.completed;
        self.rejected += other.rejected;
        self.reneged += other.reneged;
        self.timed_out += other.timed_out;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
    }
}

/// What became of the requests of a workload that are more than one attempt each, and of the
/// applications that it submits.
#[derive(Clone, Debug, Default)]
pub struct WorkloadMeter {
    /// Requests and submissions sent.
    pub arrivals: u64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// Of the completed: from the first attempt to the answer.
    pub latency: Histogram,
}

since!(WorkloadMeter {
    arrivals,
    outcomes,
    latency,
});

impl WorkloadMeter {
    pub(super) fn answered(&mut self, outcome: Outcome, sent: Time, ended: Time) {
        self.outcomes.count(outcome);
        if outcome == Outcome::Completed {
            self.latency.record((ended - sent).nanos());
        }
    }
}

/// What became of the attempts of one workload at one endpoint with one class, within the window.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Attempts that arrived.
    pub arrivals: u64,
    /// How they ended.
    pub outcomes: Outcomes,
    /// Served to the end after the outcome was another.
    pub served_late: u64,
    /// Service time that the arrivals asked for, in nanoseconds.
    pub offered: u128,
    /// The sum of the squares of these service times.
    pub offered_squares: u128,
    /// Of the completed.
    pub latency: Histogram,
    /// Of all that were let in and have had their outcome, zeros included.
    pub wait: Histogram,
    /// Time present within the window, in nanoseconds: for the audit and for `in_system`.
    pub presence: u128,
    /// Of it, time without a place; 0 where places are shared.
    pub waiting: u128,
    /// Time that places were held for nothing, in nanoseconds.
    pub wasted: u128,
}

since!(Cell {
    arrivals,
    outcomes,
    served_late,
    offered,
    offered_squares,
    latency,
    wait,
    presence,
    waiting,
    wasted,
});

impl Cell {
    #[inline]
    pub(super) fn arrived(&mut self, work: Duration) {
        self.arrivals += 1;
        self.offered += u128::from(work.nanos());
        self.offered_squares = self.offered_squares.saturating_add(square(work.nanos()));
    }

    #[expect(
        clippy::inline_always,
        reason = "once a request; a constant outcome needs no match"
    )]
    #[inline(always)]
    pub(super) fn ended(
        &mut self,
        outcome: Outcome,
        sent: Time,
        waited: Option<Duration>,
        ended: Time,
    ) {
        self.outcomes.count(outcome);
        if outcome == Outcome::Completed {
            self.latency.record((ended - sent).nanos());
        }
        if let Some(waited) = waited {
            self.wait.record(waited.nanos());
        }
    }

    /// The service times that the arrivals asked for.
    pub fn service_times(&self) -> Moments {
        Moments {
            count: self.arrivals,
            sum: self.offered,
            squares: self.offered_squares,
        }
    }

    /// Adds what another cell holds.
    pub(super) fn merge(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        self.outcomes.merge(&other.outcomes);
        self.served_late += other.served_late;
        self.offered += other.offered;
        self.offered_squares = self.offered_squares.saturating_add(other.offered_squares);
        self.latency.merge(&other.latency);
        self.wait.merge(&other.wait);
        self.presence += other.presence;
        self.waiting += other.waiting;
        self.wasted += other.wasted;
    }
}

/// Whose attempts a cell counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellKey {
    /// The workload that everything began with.
    pub workload: WorkloadId,
    /// What was asked for.
    pub endpoint: EndpointId,
    /// What the request was marked with.
    pub class: ClassId,
}

/// All cells.
#[derive(Clone, Debug)]
pub struct Cells {
    keys: IdVec<CellId, CellKey>,
    cells: IdVec<CellId, Cell>,
    /// By workload and endpoint: the cell of class 0, if the workload leads there.
    first: Vec<u32>,
    endpoints: usize,
    /// By workload and class: position among the classes of the workload.
    positions: Vec<u32>,
    classes: usize,
}

impl Cells {
    /// A cell for everything that a workload's requests can lead to.
    pub(super) fn new(model: &Model) -> Self {
        let (endpoints, classes) = (model.endpoints.len(), model.classes.len());
        let mut keys = IdVec::new();
        let mut first = vec![u32::MAX; model.workloads.len() * endpoints];
        let mut positions = vec![u32::MAX; model.workloads.len() * classes];
        for (workload, spec) in model.workloads.enumerate() {
            let marks = spec.classes();
            for (position, class) in marks.iter().enumerate() {
                positions[workload.index() * classes + class.index()] = position as u32;
            }
            for endpoint in model.reached_by(spec) {
                first[workload.index() * endpoints + endpoint.index()] = keys.len() as u32;
                for &class in &marks {
                    keys.push(CellKey {
                        workload,
                        endpoint,
                        class,
                    });
                }
            }
        }
        Self {
            cells: keys.iter().map(|_| Cell::default()).collect(),
            keys,
            first,
            endpoints,
            positions,
            classes,
        }
    }

    /// The cell of a workload, an endpoint that it leads to, and one of its classes.
    #[inline]
    pub fn find(&self, workload: WorkloadId, endpoint: EndpointId, class: ClassId) -> CellId {
        let first = self.first[workload.index() * self.endpoints + endpoint.index()];
        CellId(first + self.positions[workload.index() * self.classes + class.index()])
    }

    /// Whose attempts a cell counts.
    #[inline]
    pub fn key(&self, id: CellId) -> CellKey {
        self.keys[id]
    }

    /// Every cell with what it counts.
    pub fn iter(&self) -> impl Iterator<Item = (CellKey, &Cell)> {
        self.keys.iter().copied().zip(self.cells.iter())
    }

    /// The cells that are `wanted`, as one.
    pub fn merged(&self, wanted: impl Fn(CellKey) -> bool) -> Cell {
        let mut sum = Cell::default();
        for (_, cell) in self.iter().filter(|(key, _)| wanted(*key)) {
            sum.merge(cell);
        }
        sum
    }

    /// Books the time that an attempt was present.
    #[inline]
    pub(super) fn present(&mut self, id: CellId, window_start: Time, from: Time, to: Time) {
        self.cells[id].presence += clipped(window_start, from, to);
    }

    /// Books the time that an attempt was without a place.
    #[inline]
    pub(super) fn waited(&mut self, id: CellId, window_start: Time, from: Time, to: Time) {
        self.cells[id].waiting += clipped(window_start, from, to);
    }
}

impl Since for Cells {
    fn open_window(&mut self, now: Time) {
        self.cells.open_window(now);
    }

    fn since(&self, earlier: &Self, at: Time) -> Self {
        let mut later = self.clone();
        later.cells = self.cells.since(&earlier.cells, at);
        later
    }
}

impl Index<CellId> for Cells {
    type Output = Cell;
    #[inline]
    fn index(&self, id: CellId) -> &Cell {
        &self.cells[id]
    }
}

impl IndexMut<CellId> for Cells {
    #[inline]
    fn index_mut(&mut self, id: CellId) -> &mut Cell {
        &mut self.cells[id]
    }
}
