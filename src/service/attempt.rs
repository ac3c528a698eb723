//! One attempt to have a request served.

use super::sharing::ShareKey;
use crate::engine::EventKey;
use crate::id::{
    AttemptId, CallId, CellId, ClassId, EndpointId, ServiceId, StationId, TripId, WorkloadId,
};
use crate::units::{Duration, Time};

/// An attempt that is present: it waits, is served, or is served although nobody wants it any more.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// Who is told of the outcome.
    pub(super) origin: Origin,
    pub(super) root: Root,
    pub(super) service: ServiceId,
    pub(super) endpoint: EndpointId,
    /// Where its figures go.
    pub(super) cell: CellId,
    /// Where it waits or is served; [`NOWHERE`] while it waits in a central queue.
    pub(super) station: StationId,
    /// Position of its class: 0 goes first.
    pub(super) rank: u32,
    /// Share of a shared replica.
    pub(super) weight: u32,
    /// The how-many-th attempt of all services this is: later ones have larger numbers.
    pub(super) serial: u64,
    /// When it was sent.
    pub(super) sent: Time,
    /// When it reached the service.
    pub(super) arrived: Time,
    /// When its present phase began.
    pub(super) since: Time,
    /// Its service time.
    pub(super) work: Duration,
    /// What is left of its service time, as of `since`.
    pub(super) left: Duration,
    /// Time without a place, up to `since`.
    pub(super) waited: Duration,
    pub(super) phase: Phase,
    /// Whether its outcome has been told: it only holds its place until it is done.
    pub(super) abandoned: bool,
    /// The end of its present phase, where that is an event.
    pub(super) due: Option<EventKey>,
    /// The end of its patience.
    pub(super) patience: Option<EventKey>,
    /// Its timeout.
    pub(super) timeout: Option<EventKey>,
    /// The group of calls that it waits for, those of them that are out, and whether one failed.
    pub(super) calls: Calls,
    /// Its neighbours in a queue.
    pub(super) links: Links,
    /// Its place among those who are being served, where that order is kept.
    pub(super) served_as: (u64, u64),
    /// Its share of what is shared.
    pub(super) share: ShareKey,
}

impl Attempt {
    /// What has not been done of its service time.
    #[inline]
    pub(super) fn undone(&self, now: Time) -> Duration {
        if self.phase == Phase::Serving && self.due.is_some() {
            self.left.saturating_sub(now - self.since)
        } else {
            self.left
        }
    }
}

/// Where an attempt is that is in no station.
pub(super) const NOWHERE: StationId = StationId(u32::MAX);

/// The request of a workload that everything began with, and the way from it to here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) workload: WorkloadId,
    pub(super) class: ClassId,
    /// Number of the request in its workload.
    pub(super) number: u64,
    /// Which call of which attempt of which call ... this is; 0 for the first attempt of the
    /// request itself. With the number it keys the random words of this attempt alone.
    pub(super) path: u64,
}

impl Root {
    /// The way to the `index`-th thing that follows from here.
    pub(super) fn then(self, index: u64) -> Self {
        // One step of a linear congruence and a fold: what matters is that ways differ.
        let mixed = (self.path ^ index.wrapping_add(1)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self {
            path: mixed ^ (mixed >> 29),
            ..self
        }
    }
}

/// Who is told of an attempt's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The workload.
    Workload,
    /// Nobody: it was there when the run began.
    Start,
    /// An attempt that waits for it; the serial number tells whether it still is that attempt.
    Parent {
        attempt: AttemptId,
        serial: u64,
        /// Whether it goes on as well without.
        optional: bool,
    },
    /// A request with attempts of its own.
    Call(CallId),
    /// An attempt that came over the network: its answer goes back that way.
    Trip(TripId),
}

/// What an attempt is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Waits for a place.
    Waiting,
    /// Holds a place, its service time runs.
    Serving,
    /// Shares its replica by the discipline.
    Sharing,
    /// Holds a place and shares the processor of its replica.
    Computing,
    /// Holds a place and waits for calls.
    Calling,
    /// Holds a place and waits for an application.
    Submitted,
}

/// The calls of an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    /// The next group.
    pub(super) group: u32,
    /// Calls that are out.
    pub(super) out: u32,
    /// Whether one has failed that had to succeed.
    pub(super) failed: bool,
}

/// Neighbours in a doubly linked queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    pub(super) before: Option<AttemptId>,
    pub(super) after: Option<AttemptId>,
    /// Position, in a queue without order.
    pub(super) position: u32,
}
