//! What is kept of services and of the requests that they serve.

use super::{Level, clipped};
use crate::record::Outcome;
use crate::stats::Histogram;
use crate::units::{Duration, Time};

/// What changes over time at one service.
#[derive(Clone, Debug, Default)]
pub struct ServiceMeter {
    /// Requests present: waiting or holding a place.
    pub in_system: Level,
    /// Requests present that hold no place.
    pub queue_length: Level,
    /// Held places.
    pub held: Level,
    /// Places of running replicas.
    pub places: Level,
}

impl ServiceMeter {
    pub(super) fn open_window(&mut self, now: Time) {
        for level in [
            &mut self.in_system,
            &mut self.queue_length,
            &mut self.held,
            &mut self.places,
        ] {
            level.open_window(now);
        }
    }
}

/// What became of the requests of one workload, within the window.
///
/// A request is recorded once, here; figures by endpoint and by service merge cells at the end.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Requests that arrived.
    pub arrivals: u64,
    /// Served.
    pub completed: u64,
    /// Refused for want of a waiting place.
    pub rejected: u64,
    /// Refused for want of a running replica.
    pub failed: u64,
    /// Service time that the arrivals asked for, in nanoseconds.
    pub offered: u128,
    /// Of the completed.
    pub latency: Histogram,
    /// Of all that were admitted and have left the queue, zeros included.
    pub wait: Histogram,
    /// Time present within the window, in nanoseconds: for the audit and for `in_system`.
    pub presence: u128,
    /// Of it, time without a place.
    pub waiting: u128,
}

impl Cell {
    #[inline]
    pub(super) fn arrived(&mut self, work: Duration) {
        self.arrivals += 1;
        self.offered += u128::from(work.nanos());
    }

    #[inline]
    pub(super) fn ended(
        &mut self,
        window_start: Time,
        outcome: Outcome,
        (arrived, started, ended): (Time, Option<Time>, Time),
    ) {
        match outcome {
            Outcome::Completed => {
                self.completed += 1;
                self.latency.record((ended - arrived).nanos());
            }
            Outcome::Rejected => self.rejected += 1,
            Outcome::Failed => self.failed += 1,
        }
        if let Some(started) = started {
            self.wait.record((started - arrived).nanos());
            self.present(window_start, arrived, Some(started), ended);
        }
    }

    /// Books the time that a request was present, up to `until`.
    #[inline]
    pub fn present(
        &mut self,
        window_start: Time,
        arrived: Time,
        started: Option<Time>,
        until: Time,
    ) {
        self.presence += clipped(window_start, arrived, until);
        self.waiting += clipped(window_start, arrived, started.unwrap_or(until));
    }

    /// Adds what another cell holds.
    pub(super) fn merge(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        self.completed += other.completed;
        self.rejected += other.rejected;
        self.failed += other.failed;
        self.offered += other.offered;
        self.latency.merge(&other.latency);
        self.wait.merge(&other.wait);
        self.presence += other.presence;
        self.waiting += other.waiting;
    }
}
