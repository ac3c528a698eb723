//! A circuit breaker as Envoy defines it: limits on what the clients of a service have out at once.
//!
//! Envoy's breaker has no half-open state and measures no errors; that is outlier ejection. It
//! counts, and refuses what would go over a threshold, at once and without asking the service.

use crate::model::Breaker;

/// What is out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outstanding {
    limits: Breaker,
    requests: u32,
    pending: u32,
    retries: u32,
}

impl Outstanding {
    /// Nothing yet.
    pub(super) fn new(limits: Breaker) -> Self {
        Self {
            limits,
            requests: 0,
            pending: 0,
            retries: 0,
        }
    }

    /// Whether an attempt may be sent; if so, it counts from now on.
    pub(super) fn send(&mut self) -> bool {
        let closed = self.requests < self.limits.max_requests;
        self.requests += u32::from(closed);
        closed
    }

    /// An attempt has had its outcome, as far as its client knows.
    pub(super) fn ended(&mut self) {
        self.requests -= 1;
    }

    /// Whether an attempt may wait for a connection; if so, it counts from now on.
    pub(super) fn wait(&mut self) -> bool {
        let closed = self.pending < self.limits.max_pending;
        self.pending += u32::from(closed);
        closed
    }

    /// An attempt does not wait for a connection any more.
    pub(super) fn waited(&mut self) {
        self.pending -= 1;
    }

    /// Whether a retry may be made; if so, it counts from the wait before it on.
    pub(super) fn retry(&mut self) -> bool {
        let closed = self.retries < self.limits.max_retries;
        self.retries += u32::from(closed);
        closed
    }

    /// A retry has had its outcome.
    pub(super) fn retried(&mut self) {
        self.retries -= 1;
    }

    /// Attempts that are out, those of them that wait for a connection, and retries, for the audit.
    pub(super) fn counts(&self) -> [u32; 3] {
        [self.requests, self.pending, self.retries]
    }
}
