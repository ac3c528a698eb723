//! How many replicas a service has over time.

use super::HpaMetric;
use crate::units::{Duration, Time};

/// A service whose number of replicas changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoscale {
    /// There are never fewer; 0: a request may find none, and waits for one.
    pub min: u32,
    /// There are never more, at least 1.
    pub max: u32,
    /// What decides between the two.
    pub policy: ScalingPolicy,
}

impl Autoscale {
    /// Whether a request that finds no replica has one started.
    pub fn starts_cold(&self) -> bool {
        self.min == 0 && !matches!(self.policy, ScalingPolicy::Schedule(_))
    }
}

/// What decides how many replicas there are.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalingPolicy {
    /// Kubernetes' horizontal pod autoscaler.
    Hpa(Hpa),
    /// Knative's autoscaler.
    Concurrency(Concurrency),
    /// The clock.
    Schedule(Vec<ScheduledReplicas>),
    /// Each request that finds no free place has a replica started; one that has had nothing to do
    /// for a while goes.
    KeepAlive(KeepAlive),
}

/// Kubernetes' horizontal pod autoscaler.
#[derive(Clone, Debug, PartialEq)]
pub struct Hpa {
    /// What is held at its target.
    pub metric: HpaMetric,
    /// Its target for one replica, above 0.
    pub target: f64,
    /// Time between decisions, above 0; the metric is the average over it.
    pub period: Duration,
    /// A metric that is off its target by no more than this share changes nothing.
    pub tolerance: f64,
    /// How quickly replicas are added.
    pub up: Pace,
    /// How quickly they are removed.
    pub down: Pace,
}

/// How quickly the number of replicas moves in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The most cautious recommendation of so long is followed.
    pub stabilization: Duration,
    /// In each `period`, at most this share of the replicas, in percent.
    pub percent: Option<f64>,
    /// In each `period`, at most so many replicas; with `percent`, the larger change is allowed.
    pub replicas: Option<u32>,
    /// What the two are counted over, above 0.
    pub period: Duration,
}

/// Knative's autoscaler.
#[derive(Clone, Debug, PartialEq)]
pub struct Concurrency {
    /// Requests in system for each replica, above 0.
    pub target: f64,
    /// Time between decisions, above 0.
    pub period: Duration,
    /// What is averaged over in calm times, at least `period`.
    pub window: Duration,
    /// What is averaged over to notice a burst, at least `period` and at most `window`.
    pub panic_window: Duration,
    /// So many times the replicas that serve must be wanted for a panic, above 1.
    pub panic_threshold: f64,
    /// A decision multiplies the replicas that serve by at most this, above 1.
    pub max_scale_up_rate: f64,
    /// A decision divides them by at most this, above 1.
    pub max_scale_down_rate: f64,
    /// How long nothing must have been wanted before the last replica goes.
    pub scale_to_zero_grace: Duration,
}

/// A step of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledReplicas {
    /// From when on; the first step is at zero, and each is later than the one before.
    pub at: Time,
    /// So many replicas.
    pub replicas: u32,
}

/// How long replicas are kept that have nothing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum KeepAlive {
    /// Always so long.
    Fixed(Duration),
    /// As long as the times without requests have been so far.
    HybridHistogram(HybridHistogram),
}

/// A histogram of the times during which a service had no request, and what is made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct HybridHistogram {
    /// Width of a bin, above 0.
    pub bin: Duration,
    /// Where the histogram ends; at least one bin.
    pub range: Duration,
    /// The share of the times that ends before a replica is warmed again, in [0, 1).
    pub head: f64,
    /// The share that a replica is kept for, in (head, 1].
    pub tail: f64,
    /// What both cutoffs are moved outwards by, as a share of them, in [0, 1).
    pub margin: f64,
    /// Bin counts whose coefficient of variation is below this have no shape to rely on.
    pub min_cv: f64,
}
