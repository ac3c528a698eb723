//! `autoscale`: how many replicas a service has over time.

use super::choice::{Choice, Named};
use crate::model::HpaMetric;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;
use macro_rules_attribute::apply;
use schemars::JsonSchema;
use serde::Deserialize;

/// What decides how many replicas a service has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table with one key, such as { hpa = { metric = \"cpu\", target = 0.6, max = 20 } }"
)]
pub(crate) enum AutoscaleSpec {
    /// Kubernetes' horizontal pod autoscaler: a metric is held at its target.
    Hpa(Box<HpaSpec>),
    /// Knative's autoscaler: requests for each replica, with a panic mode and scale to zero.
    Concurrency(Box<ConcurrencySpec>),
    /// So many replicas from such a time since the start on.
    Schedule(Vec<Located<ScheduleStepSpec>>),
    /// A request that finds no free place has a replica started; one that idles for a while goes.
    KeepAlive(Box<KeepAliveSpec>),
}

impl Named for HpaMetric {
    const SET: &'static str = "HpaMetric";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

/// Kubernetes' horizontal pod autoscaler.
#[apply(table)]
pub(crate) struct HpaSpec {
    /// What is held at its target.
    pub(crate) metric: Option<Located<Choice<HpaMetric>>>,
    /// Its target: a share of the requested processor, or requests for each replica.
    pub(crate) target: Option<Located<f64>>,
    /// There are never fewer replicas; 1 where it is left out.
    pub(crate) min: Option<Located<u32>>,
    /// There are never more.
    pub(crate) max: Option<Located<u32>>,
    /// How many there are at the start; `min` where it is left out.
    pub(crate) initial: Option<Located<u32>>,
    /// Time between decisions; "15s" where it is left out.
    pub(crate) period: Option<Located<Quantity<Duration>>>,
    /// How far off its target the metric may be, as a share; 0.1 where it is left out.
    pub(crate) tolerance: Option<Located<f64>>,
    /// How quickly replicas are added; at most 100 % or 4 in 15 s where it is left out.
    pub(crate) scale_up: Option<Located<PaceSpec>>,
    /// How quickly they are removed; as the last 5 minutes allow where it is left out.
    pub(crate) scale_down: Option<Located<PaceSpec>>,
}

/// How quickly the number of replicas moves in one direction.
#[apply(table)]
pub(crate) struct PaceSpec {
    /// The most cautious recommendation of so long is followed.
    pub(crate) stabilization: Option<Located<Quantity<Duration>>>,
    /// In each `period`, at most this share of the replicas, in percent.
    pub(crate) percent: Option<Located<f64>>,
    /// In each `period`, at most so many replicas; the larger of the two is allowed.
    pub(crate) replicas: Option<Located<u32>>,
    /// What the two are counted over; "15s" where it is left out.
    pub(crate) period: Option<Located<Quantity<Duration>>>,
}

/// Knative's autoscaler.
#[apply(table)]
pub(crate) struct ConcurrencySpec {
    /// Requests in system for each replica.
    pub(crate) target: Option<Located<f64>>,
    /// There are never fewer replicas; 0 where it is left out.
    pub(crate) min: Option<Located<u32>>,
    /// There are never more.
    pub(crate) max: Option<Located<u32>>,
    /// How many there are at the start; `min` where it is left out.
    pub(crate) initial: Option<Located<u32>>,
    /// Time between decisions; "2s" where it is left out.
    pub(crate) period: Option<Located<Quantity<Duration>>>,
    /// What is averaged over in calm times; "60s" where it is left out.
    pub(crate) window: Option<Located<Quantity<Duration>>>,
    /// What is averaged over to notice a burst; a tenth of `window` where it is left out.
    pub(crate) panic_window: Option<Located<Quantity<Duration>>>,
    /// So many times the replicas that serve must be wanted for a panic; 2 where it is left out.
    pub(crate) panic_threshold: Option<Located<f64>>,
    /// A decision multiplies the replicas that serve by at most this; 1000 where it is left out.
    pub(crate) max_scale_up_rate: Option<Located<f64>>,
    /// A decision divides them by at most this; 2 where it is left out.
    pub(crate) max_scale_down_rate: Option<Located<f64>>,
    /// How long nothing must have been wanted before the last replica goes; "30s" where it is left
    /// out.
    pub(crate) scale_to_zero_grace: Option<Located<Quantity<Duration>>>,
}

/// A step of a schedule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table such as { at = \"8h\", replicas = 10 }"
)]
pub(crate) struct ScheduleStepSpec {
    /// From this time since the start on.
    pub(crate) at: Located<Quantity<Duration>>,
    /// So many replicas.
    pub(crate) replicas: Located<u32>,
}

/// How long replicas are kept that have nothing to do; one of `fixed` and `hybrid-histogram`.
#[apply(table)]
pub(crate) struct KeepAliveSpec {
    /// Always so long.
    pub(crate) fixed: Option<Located<Quantity<Duration>>>,
    /// As long as the service has been without requests so far.
    pub(crate) hybrid_histogram: Option<Located<HybridHistogramSpec>>,
    /// There are never fewer replicas; 0 where it is left out.
    pub(crate) min: Option<Located<u32>>,
    /// There are never more.
    pub(crate) max: Option<Located<u32>>,
    /// How many there are at the start; `min` where it is left out.
    pub(crate) initial: Option<Located<u32>>,
}

/// A histogram of the times without requests, and what is made of it.
#[apply(table)]
pub(crate) struct HybridHistogramSpec {
    /// Width of a bin; "1min" where it is left out.
    pub(crate) bin: Option<Located<Quantity<Duration>>>,
    /// Where the histogram ends; "4h" where it is left out.
    pub(crate) range: Option<Located<Quantity<Duration>>>,
    /// The share of the times that ends before a replica is warmed again; 0.05 where it is left out.
    pub(crate) head: Option<Located<f64>>,
    /// The share that a replica is kept for; 0.99 where it is left out.
    pub(crate) tail: Option<Located<f64>>,
    /// What both are moved outwards by, as a share; 0.1 where it is left out.
    pub(crate) margin: Option<Located<f64>>,
    /// Below this coefficient of variation the bin counts have no shape to rely on; 2 where it is
    /// left out.
    pub(crate) min_cv: Option<Located<f64>>,
}
