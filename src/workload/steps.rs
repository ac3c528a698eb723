//! Arrivals at a rate that changes at given instants.

use crate::model::RateStep;
use crate::units::{Duration, Time};

/// A rate that is constant from step to step; before the first it is 0.
#[derive(Debug)]
pub(super) struct Steps<'m> {
    /// The rate now.
    rate: f64,
    /// What is still to come.
    ahead: &'m [RateStep],
}

impl<'m> Steps<'m> {
    /// The rate at the start of the run.
    pub(super) fn new(steps: &'m [RateStep]) -> Self {
        Self {
            rate: 0.0,
            ahead: steps,
        }
    }

    /// When the rate since `now` has added up to `missing`; `None`: it never does. Later calls have
    /// no earlier `now`.
    pub(super) fn after(&mut self, now: Time, mut missing: f64) -> Option<Time> {
        let mut at = now;
        while let Some((step, rest)) = self.ahead.split_first() {
            let reached = self.rate * step.at.saturating_since(at).seconds();
            if missing < reached {
                let time = at + Duration::from_seconds(missing / self.rate);
                return Some(time.min(step.at));
            }
            missing -= reached;
            at = at.max(step.at);
            self.rate = step.rate.0;
            self.ahead = rest;
        }
        (0.0 < self.rate).then(|| at + Duration::from_seconds(missing / self.rate))
    }
}
