//! What changes over time at services.

use super::since::since;
use super::{Level, Population};
use crate::stats::{Histogram, Moments};
use crate::units::Time;

/// What is kept of one service.
#[derive(Clone, Debug, Default)]
pub struct ServiceMeter {
    /// Attempts present: waiting or holding a place.
    pub in_system: Population,
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
    /// Time between them.
    pub gaps: Moments,
    /// When the last of them came, before the window too.
    pub(super) last_arrival: Option<Time>,
    /// Attempts that were not the first of their request.
    pub retries: u64,
    /// Set-ups that began, or replicas that were started because a request needed one.
    pub cold_starts: u64,
    /// Decisions to have more replicas.
    pub scale_ups: u64,
    /// Decisions to have fewer.
    pub scale_downs: u64,
    /// Replicas that a balancer ejected for their failures.
    pub ejections: u64,
    /// Attempts that were refused for another reason than a full queue.
    pub refusals: Refusals,
    /// Retries that a budget or a breaker did not allow.
    pub denied_retries: u64,
    /// Applications submitted for requests that had submitted one before.
    pub duplicates: u64,
    /// What is known of the connections of its clients; they have none where that is `None`.
    pub connections: Option<Box<ConnectionMeter>>,
}

/// Refused attempts by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// By the rate limit.
    pub rate_limited: u64,
    /// To shed load.
    pub shed: u64,
    /// By the circuit breaker.
    pub breaker_open: u64,
}

/// The connections of all clients to a service.
#[derive(Clone, Debug, Default)]
pub struct ConnectionMeter {
    /// Attempts that wait for a stream.
    pub waiting: Level,
    /// Connections that began to be opened.
    pub opened: u64,
    /// Time until a stream was free, the set-up of a connection included.
    pub wait: Histogram,
}

since!(ServiceMeter {
    in_system,
    held,
    blocked,
    places,
    replicas,
    cpu,
    off,
    setting_up,
    down,
    arrivals,
    gaps,
    last_arrival,
    retries,
    cold_starts,
    scale_ups,
    scale_downs,
    ejections,
    refusals,
    denied_retries,
    duplicates,
    connections,
});

since!(Refusals {
    rate_limited,
    shed,
    breaker_open,
});

since!(ConnectionMeter {
    waiting,
    opened,
    wait,
});

impl ServiceMeter {
    /// An attempt arrives and looks around; it is not in system yet.
    #[inline]
    pub fn arrived(&mut self, now: Time) {
        self.count_arrival(now);
        self.in_system.found(now);
    }

    /// An attempt arrives, looks around and is let in.
    #[inline]
    pub fn arrived_and_stays(&mut self, now: Time) {
        self.count_arrival(now);
        self.in_system.found_and_rise(now);
    }

    #[inline]
    fn count_arrival(&mut self, now: Time) {
        self.arrivals += 1;
        if let Some(last) = self.last_arrival.replace(now) {
            self.gaps.record((now - last).nanos());
        }
    }

    /// Attempts present that hold no place.
    pub fn queue_length(&self) -> u64 {
        self.in_system.now() - self.held.now()
    }

    /// Their number × nanoseconds since the start of the run.
    pub fn queue_area(&self, now: Time) -> u128 {
        self.in_system.area(now) - self.held.area(now)
    }

    /// Their number × nanoseconds since the window opened.
    pub fn queue_window_area(&self, now: Time) -> u128 {
        self.in_system.window_area(now) - self.held.window_area(now)
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

    /// Balancers have ejected so many replicas.
    #[inline]
    pub fn ejected(&mut self, replicas: u64) {
        self.ejections += replicas;
    }

    /// A retry was not allowed.
    pub fn denied_retry(&mut self) {
        self.denied_retries += 1;
    }
}
