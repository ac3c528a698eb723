//! `peak-ewma`: of two distinct replicas drawn uniformly, the one with the lower cost: its latency,
//! smoothed, times the requests that it would have.
//!
//! Finagle's and Linkerd's: an answer that took longer than the smoothed latency raises it to that
//! at once; shorter ones lower it with time constant `decay`, and so does time without answers. A
//! replica that has requests and never answered is taken last. O(1).

use super::available::{Available, Numbers};
use super::{Answer, Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::record::Outcome;
use crate::units::{Duration, Time};

/// Compares two costs.
#[derive(Clone, Debug)]
pub(super) struct PeakEwma {
    decay: f64,
    available: Available,
    in_system: Numbers<u32>,
    latencies: Numbers<Smoothed>,
}

/// A smoothed latency in seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Smoothed {
    seconds: f64,
    /// As of when.
    at: Time,
}

impl Smoothed {
    /// After an observation at `now`; `decay` in seconds.
    fn with(self, seconds: f64, now: Time, decay: f64) -> Self {
        let seconds = if self.seconds < seconds {
            seconds
        } else {
            let kept = libm::exp(-(now - self.at).seconds() / decay);
            self.seconds * kept + seconds * (1.0 - kept)
        };
        Self { seconds, at: now }
    }
}

impl PeakEwma {
    pub(super) fn new(decay: Duration) -> Self {
        Self {
            decay: decay.seconds(),
            available: Available::default(),
            in_system: Numbers::default(),
            latencies: Numbers::default(),
        }
    }

    fn cost(&self, replica: ReplicaId, now: Time) -> f64 {
        let pending = self.in_system.get(replica);
        let latency = self.latencies.get(replica).with(0.0, now, self.decay);
        if latency.seconds == 0.0 && pending > 0 {
            // More than any latency can be.
            f64::MAX / 2.0 + f64::from(pending)
        } else {
            latency.seconds * f64::from(pending + 1)
        }
    }
}

impl Balancer for PeakEwma {
    fn added(&mut self, replica: ReplicaId, _weight: f64, _now: Time) {
        if self.available.add(replica) {
            self.in_system.set(replica, 0);
            self.latencies.set(replica, Smoothed::default());
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.available.remove(replica);
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        self.in_system.set(replica, load.in_system);
    }

    fn answered(&mut self, replica: ReplicaId, answer: Answer) {
        if matches!(answer.outcome, Outcome::Reneged | Outcome::Cancelled) {
            return;
        }
        let latency = self.latencies.get(replica);
        let latency = latency.with(answer.latency.seconds(), answer.now, self.decay);
        self.latencies.set(replica, latency);
    }

    fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId> {
        match self.available.as_slice() {
            [] => None,
            [only] => Some(*only),
            replicas => {
                let (first, second) = draw.two_distinct(replicas.len() as u32);
                let (first, second) = (replicas[first as usize], replicas[second as usize]);
                let cheaper = self.cost(second, view.now) < self.cost(first, view.now);
                Some(if cheaper { second } else { first })
            }
        }
    }
}
