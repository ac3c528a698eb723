//! How many replicas a service has.
//!
//! A [`Scaler`] is asked at the instants that it names; a [`KeepAlive`] whenever a replica or the
//! service has nothing to do. Both answer with what should be, and why; whoever asks makes it so.

mod fixed;
mod history;
mod horizontal;
mod hybrid_histogram;
mod knative;
mod schedule;

use crate::model::{self, Autoscale, ScalingPolicy};
use crate::record::ScalingReason;
use crate::units::{Duration, Time};
use std::fmt::Debug;

/// How a service is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The instant of this.
    pub now: Time,
    /// Replicas that there should be.
    pub wanted: u32,
    /// Of them, those that run and take requests.
    pub ready: u32,
    /// What there has been since the start.
    pub areas: Areas,
}

/// Integrals over time since the start, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// Requests that wait or hold a place.
    pub in_system: u128,
    /// Requests that hold no place.
    pub waiting: u128,
    /// Processor in use.
    pub used: u128,
    /// Processor requested by the replicas that run, in the same unit.
    pub requested: u128,
    /// Replicas that run.
    pub replicas: u128,
}

/// How many replicas there should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// So many, within what the scenario allows.
    pub replicas: u32,
    /// Why as many as that.
    pub reason: ScalingReason,
}

/// Decides from time to time.
pub trait Scaler: Debug + Send {
    /// When to ask it next, after it was asked at `now`; `None`: never again.
    fn next(&self, now: Time) -> Option<Time>;

    /// How many replicas there should be. It takes its answer for done.
    fn decide(&mut self, load: &Load) -> Decision;

    /// A request waits and no replica is wanted: how many there should be at once.
    fn wake(&mut self) -> Option<Decision> {
        None
    }
}

/// How long what has nothing to do is kept.
pub trait KeepAlive: Debug + Send {
    /// A request came to a service that had none for `idle`.
    fn observe(&mut self, idle: Duration);

    /// What is to be done with a replica that has nothing to do.
    fn windows(&self) -> Windows;
}

/// What is done with a replica that has nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// It goes at once, and when the service has had no request for so long, one is started;
    /// `None`: it stays.
    pub prewarm: Option<Duration>,
    /// From then on it is kept for so long.
    pub keep: Duration,
}

/// A policy, by how it is asked.
#[derive(Debug)]
pub enum Policy {
    /// From time to time.
    Scaler(Box<dyn Scaler>),
    /// When something idles.
    KeepAlive(Box<dyn KeepAlive>),
}

/// The policy that the scenario names.
pub fn policy(autoscale: &Autoscale) -> Policy {
    let (min, max) = (autoscale.min, autoscale.max);
    match &autoscale.policy {
        ScalingPolicy::Hpa(spec) => {
            Policy::Scaler(Box::new(horizontal::Horizontal::new(spec, min, max)))
        }
        ScalingPolicy::Concurrency(spec) => {
            Policy::Scaler(Box::new(knative::Knative::new(spec, min, max)))
        }
        ScalingPolicy::Schedule(steps) => Policy::Scaler(Box::new(schedule::Schedule::new(steps))),
        ScalingPolicy::KeepAlive(model::KeepAlive::Fixed(keep)) => {
            Policy::KeepAlive(Box::new(fixed::Fixed(*keep)))
        }
        ScalingPolicy::KeepAlive(model::KeepAlive::HybridHistogram(spec)) => {
            Policy::KeepAlive(Box::new(hybrid_histogram::HybridHistogram::new(spec)))
        }
    }
}

/// The smallest whole number of replicas that is not below `amount`; what is above a whole number
/// by no more than rounding is not above it.
fn whole(amount: f64) -> u32 {
    // A cast saturates.
    (amount - 1e-9).ceil() as u32
}
