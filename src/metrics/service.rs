//! What changes over time at services.

use super::Level;
use crate::stats::Moments;
use crate::units::Time;

/// What is kept of one service.
#[derive(Clone, Debug, Default)]
pub struct ServiceMeter {
    /// Attempts present: waiting or holding a place.
    pub in_system: Level,
    /// Attempts present that hold no place.
    pub queue_length: Level,
    /// Held places.
    pub held: Level,
    /// Of them, those whose attempt waits for calls or for an application.
    pub blocked: Level,
    /// Places of running replicas.
    pub places: Level,
    /// Replicas that run and take requests.
    pub replicas: Level,
    /// Thousandths of a core in use, where attempts need processor time.
    pub cpu: Level,
    /// Replicas that are switched off.
    pub off: Level,
    /// Replicas that are being set up.
    pub setting_up: Level,
    /// Replicas that are broken down.
    pub down: Level,
    /// Attempts that found somebody or nobody.
    pub arrivals: u64,
    /// Whom they found in system, added up.
    pub found: u128,
    /// Time between them.
    pub gaps: Moments,
    /// When the last of them came, before the window too.
    last_arrival: Option<Time>,
    /// Attempts that were not the first of their request.
    pub retries: u64,
    /// Set-ups that began, or replicas that were started because a request needed one.
    pub cold_starts: u64,
    /// Decisions to have more replicas.
    pub scale_ups: u64,
    /// Decisions to have fewer.
    pub scale_downs: u64,
}

impl ServiceMeter {
    /// An attempt arrives and looks around; it is not in system yet.
    #[inline]
    pub fn arrived(&mut self, now: Time) {
        self.arrivals += 1;
        if let Some(last) = self.last_arrival.replace(now) {
            self.gaps.record((now - last).nanos());
        }
        self.found += u128::from(self.in_system.now());
    }

    /// A further attempt at the same request is sent.
    pub fn retried(&mut self) {
        self.retries += 1;
    }

    /// There are to be more replicas than there were to be, or fewer.
    pub fn scaled(&mut self, more: bool) {
        if more {
            self.scale_ups += 1;
        } else {
            self.scale_downs += 1;
        }
    }

    /// A replica begins to be set up, or to start, for a request.
    pub fn cold_started(&mut self) {
        self.cold_starts += 1;
    }

    pub(super) fn open_window(&mut self, now: Time) {
        for level in [
            &mut self.in_system,
            &mut self.queue_length,
            &mut self.held,
            &mut self.blocked,
            &mut self.places,
            &mut self.replicas,
            &mut self.cpu,
            &mut self.off,
            &mut self.setting_up,
            &mut self.down,
        ] {
            level.open_window(now);
        }
        self.arrivals = 0;
        self.found = 0;
        self.gaps = Moments::default();
        self.retries = 0;
        self.cold_starts = 0;
        self.scale_ups = 0;
        self.scale_downs = 0;
    }
}
