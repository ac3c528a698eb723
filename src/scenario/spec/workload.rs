//! `[workloads]`.

use super::distribution::DistributionSpec;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Duration, Rate};
use schemars::JsonSchema;
use serde::Deserialize;

/// A source of requests or submissions.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct WorkloadSpec {
    /// What it sends to: "services.NAME", "services.NAME.ENDPOINT" or "apps.NAME".
    pub(crate) target: Option<Located<String>>,
    /// What its requests are marked with, one of `[classes]`; nothing where it is left out.
    pub(crate) class: Option<Located<String>>,
    /// When it sends.
    pub(crate) arrivals: Option<Located<ArrivalsSpec>>,
}

/// What a mark on requests means.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct ClassSpec {
    /// Higher goes first, where the discipline looks at it; 0 where it is left out, as for requests
    /// without a mark.
    pub(crate) priority: Option<Located<i32>>,
    /// Share of a replica under "processor-sharing"; 1 where it is left out, as for requests
    /// without a mark.
    pub(crate) weight: Option<Located<u32>>,
}

/// An arrival process.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table with one key, such as { poisson = { rate = \"6/min\" } }"
)]
pub(crate) enum ArrivalsSpec {
    /// Poisson.
    Poisson(Poisson),
    /// One arrival per interval, the first after one interval.
    Deterministic(Deterministic),
    /// Independent gaps; the first arrival comes after one gap.
    Renewal(Renewal),
    /// At the given times since the start of the run.
    At(Vec<Located<Quantity<Duration>>>),
}

/// Poisson arrivals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct Poisson {
    /// Arrivals per time.
    pub(crate) rate: Located<Quantity<Rate>>,
}

/// Evenly spaced arrivals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct Deterministic {
    /// Time between arrivals.
    pub(crate) interval: Located<Quantity<Duration>>,
}

/// Arrivals with independent gaps.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct Renewal {
    /// Time between arrivals.
    pub(crate) interarrival: Located<DistributionSpec>,
}
