//! The virtual time of those who share something: the service that somebody of weight 1 has had
//! since the beginning.
//!
//! Whoever comes is done when it has grown by work / weight, so the order of leaving is known on
//! arrival, whatever is shared later (the clock of A. Parekh and R. Gallager, IEEE/ACM Transactions
//! on Networking 1, 1993). Integers throughout: virtual time has 32 bits below the nanosecond, an
//! instant of leaving is rounded up to the next nanosecond.
//!
//! # Invariants
//! * Virtual time does not run backwards.
//! * At a rate of 1 nothing is rounded.

use crate::units::{Duration, Time};

/// Bits of virtual time below the nanosecond.
const FRACTION: u32 = 32;

/// Virtual nanoseconds per nanosecond, as a fraction; `None` while nothing moves.
pub type Rate = Option<(u128, u128)>;

/// A clock that is set forward by whoever knows its rate.
#[derive(Clone, Debug, Default)]
pub struct VirtualClock {
    /// Virtual time, in nanoseconds shifted by `FRACTION`.
    clock: u128,
    /// When it was read last.
    since: Time,
}

impl VirtualClock {
    /// When it was set last.
    pub fn since(&self) -> Time {
        self.since
    }

    /// What it shows when somebody who comes now with `work` is done.
    #[inline]
    pub fn finish(&self, work: Duration, weight: u32) -> u128 {
        self.clock + (u128::from(work.nanos()) << FRACTION) / u128::from(weight)
    }

    /// When it will show `finish`, if the rate stays; `None`: never.
    #[inline]
    pub fn due(&self, finish: u128, rate: Rate) -> Option<Time> {
        let missing = finish.saturating_sub(self.clock);
        let (part, whole) = rate?;
        // Both are below 2^96 and 2^30: what a clock of 584 years and a million cores can be.
        let real = (missing * whole).div_ceil(part << FRACTION);
        Some(self.since + Duration::from_nanos(u64::try_from(real).unwrap_or(u64::MAX)))
    }

    /// Sets it forward to `now`.
    #[inline]
    pub fn advance(&mut self, now: Time, rate: Rate) {
        let passed = u128::from((now - self.since).nanos());
        self.since = now;
        if let Some((part, whole)) = rate {
            self.clock += (passed << FRACTION) * part / whole;
        }
    }

    /// Somebody is done. Rounding up to whole nanoseconds may have carried the clock beyond; never
    /// short of it.
    #[inline]
    pub fn reach(&mut self, finish: u128) {
        self.clock = self.clock.max(finish);
    }
}
