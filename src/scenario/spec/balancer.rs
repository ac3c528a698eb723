//! How a service spreads its requests over its replicas.

use super::tagged::{Parameters, Tagged};
use crate::model::{BalancerKind, BalancerView};
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

/// A balancer: its name, or a table with its parameters.
#[derive(Clone, Debug)]
pub(crate) enum BalancerSpec {
    /// One without parameters.
    Plain(BalancerKind),
    /// The shortest of d.
    PowerOfD(PowerOfDSpec),
    /// Smoothed latency times requests.
    PeakEwma(PeakEwmaSpec),
    /// A hash ring.
    ConsistentHash(ConsistentHashSpec),
    /// A hash ring with limits.
    BoundedLoadHash(BoundedLoadHashSpec),
    /// Probes.
    Prequal(PrequalSpec),
    /// Fixed shares.
    MinQueue(MinQueueSpec),
}

/// What a balancer knows: "exact", "own", or a table.
#[derive(Clone, Debug)]
pub(crate) enum ViewSpec {
    /// One without parameters.
    Plain(BalancerView),
    /// Everything, later.
    Stale(StaleSpec),
}

/// Declares tables of parameters, all of which may be left out.
macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
        #[serde(
            rename_all = "kebab-case",
            deny_unknown_fields,
            default,
            expecting = "a table"
        )]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: Option<Located<$type>>,)*
        }
    )*};
}

parameters! {
    /// Parameters of `power-of-d`.
    PowerOfDSpec {
        /// How many replicas are drawn.
        d: u32,
    }
    /// Parameters of `peak-ewma`.
    PeakEwmaSpec {
        /// Time constant of the smoothing; "10s" where it is left out.
        decay: Quantity<Duration>,
    }
    /// Parameters of `consistent-hash`.
    ConsistentHashSpec {
        /// Points on the ring for each replica; 100 where it is left out.
        points: u32,
    }
    /// Parameters of `bounded-load-hash`.
    BoundedLoadHashSpec {
        /// How many times the mean load a replica may have; 1.25 where it is left out.
        bound: f64,
        /// Points on the ring for each replica; 100 where it is left out.
        points: u32,
    }
    /// Parameters of `prequal`.
    PrequalSpec {
        /// Probes that a request sends; 3 where it is left out.
        probes: f64,
        /// Probes that are remembered; 16 where it is left out.
        pool: u32,
        /// How long a probe is remembered; "1s" where it is left out.
        max_age: Quantity<Duration>,
        /// A replica is hot above this quantile of requests in flight; 0.84 where it is left out.
        quantile: f64,
        /// Probes that are forgotten for each request; 1 where it is left out.
        remove: f64,
    }
    /// Parameters of `min-queue`.
    MinQueueSpec {
        /// The offered load that the shares are made for, between 0 and 1; that of the workloads
        /// where it is left out.
        load: f64,
    }
    /// A view that lags.
    StaleSpec {
        /// How much later the balancer knows.
        by: Quantity<Duration>,
    }
    /// New replicas get their weight little by little.
    SlowStartSpec {
        /// How long that takes.
        window: Quantity<Duration>,
        /// The ramp is the share of the window to the power of 1/this; 1 where it is left out.
        aggression: f64,
        /// No less than this share of the weight; 0.1 where it is left out.
        min_weight: f64,
    }
    /// Replicas that fail again and again get no requests for a while.
    OutlierEjectionSpec {
        /// Failures in a row; 5 where it is left out.
        consecutive_failures: u32,
        /// Between two looks at who may come back; "10s" where it is left out.
        interval: Quantity<Duration>,
        /// How long the first ejection lasts; "30s" where it is left out.
        base_ejection_time: Quantity<Duration>,
        /// No ejection is longer; "300s" where it is left out.
        max_ejection_time: Quantity<Duration>,
        /// Percent of the replicas that may be ejected; 10 where it is left out.
        max_ejection_percent: u32,
    }
}

impl Tagged for BalancerSpec {
    const SET: &'static str = "Balancer";
    const EXAMPLE: &'static str = "{ power-of-d = { d = 3 } }";

    fn names() -> Vec<&'static str> {
        BalancerKind::NAMES.iter().map(|(name, _)| *name).collect()
    }

    fn named(name: &str) -> Option<Self> {
        let (_, kind) = BalancerKind::NAMES
            .iter()
            .find(|(known, _)| *known == name)?;
        Some(match kind {
            BalancerKind::PowerOfD { .. } => Self::PowerOfD(PowerOfDSpec::default()),
            BalancerKind::PeakEwma { .. } => Self::PeakEwma(PeakEwmaSpec::default()),
            BalancerKind::ConsistentHash { .. } => {
                Self::ConsistentHash(ConsistentHashSpec::default())
            }
            BalancerKind::BoundedLoadHash { .. } => {
                Self::BoundedLoadHash(BoundedLoadHashSpec::default())
            }
            BalancerKind::Prequal(_) => Self::Prequal(PrequalSpec::default()),
            BalancerKind::MinQueue { .. } => Self::MinQueue(MinQueueSpec::default()),
            plain => Self::Plain(*plain),
        })
    }

    fn read<'de, P: Parameters<'de>>(self, parameters: P) -> Result<Self, P::Error> {
        Ok(match self {
            Self::Plain(_) => return parameters.none(),
            Self::PowerOfD(_) => Self::PowerOfD(parameters.read()?),
            Self::PeakEwma(_) => Self::PeakEwma(parameters.read()?),
            Self::ConsistentHash(_) => Self::ConsistentHash(parameters.read()?),
            Self::BoundedLoadHash(_) => Self::BoundedLoadHash(parameters.read()?),
            Self::Prequal(_) => Self::Prequal(parameters.read()?),
            Self::MinQueue(_) => Self::MinQueue(parameters.read()?),
        })
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![
            ("power-of-d", generator.subschema_for::<PowerOfDSpec>()),
            ("peak-ewma", generator.subschema_for::<PeakEwmaSpec>()),
            (
                "consistent-hash",
                generator.subschema_for::<ConsistentHashSpec>(),
            ),
            (
                "bounded-load-hash",
                generator.subschema_for::<BoundedLoadHashSpec>(),
            ),
            ("prequal", generator.subschema_for::<PrequalSpec>()),
            ("min-queue", generator.subschema_for::<MinQueueSpec>()),
        ]
    }
}

impl Tagged for ViewSpec {
    const SET: &'static str = "View";
    const EXAMPLE: &'static str = "{ stale = { by = \"100ms\" } }";

    fn names() -> Vec<&'static str> {
        vec!["exact", "own", "stale"]
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "exact" => Self::Plain(BalancerView::Exact),
            "own" => Self::Plain(BalancerView::Own),
            "stale" => Self::Stale(StaleSpec::default()),
            _ => return None,
        })
    }

    fn read<'de, P: Parameters<'de>>(self, parameters: P) -> Result<Self, P::Error> {
        match self {
            Self::Plain(_) => parameters.none(),
            Self::Stale(_) => parameters.read().map(Self::Stale),
        }
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![("stale", generator.subschema_for::<StaleSpec>())]
    }
}
