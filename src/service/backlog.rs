//! The service time that is left at a replica.
//!
//! It grows by what comes, loses what goes away unserved, and shrinks by itself while requests are
//! served. It has to be told at the instant at which the number of those changes, before any time
//! passes; then it is exact.

use crate::units::{Duration, Time};

/// What is left to do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backlog {
    /// As of `since`.
    left: Duration,
    since: Time,
    /// Requests that are being served.
    serving: u32,
}

/// What has happened to it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// A request has come with so much work.
    Came(Duration),
    /// A request has gone, with so much of its work undone.
    Went(Duration),
    /// Others are served now.
    Turned,
}

impl Backlog {
    /// After a change `serving` are being served.
    pub(super) fn change(&mut self, now: Time, change: Change, serving: u32) {
        let elapsed = (now - self.since).nanos();
        let done = Duration::from_nanos(elapsed.saturating_mul(u64::from(self.serving)));
        self.left = self.left.saturating_sub(done);
        match change {
            Change::Came(work) => self.left += work,
            Change::Went(work) => self.left = self.left.saturating_sub(work),
            Change::Turned => {}
        }
        self.since = now;
        self.serving = serving;
    }

    pub(super) fn serving(&self) -> u32 {
        self.serving
    }

    pub(super) fn left(&self) -> Duration {
        self.left
    }
}
