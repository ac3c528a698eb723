//! `[workloads]`.

use super::arrivals::ArrivalsSpec;
use crate::scenario::located::Located;
use macro_rules_attribute::apply;

/// A source of requests or submissions.
#[apply(table)]
pub(crate) struct WorkloadSpec {
    /// What it sends to: "services.NAME", "services.NAME.ENDPOINT", "apps.NAME" or
    /// "workflows.NAME".
    pub(crate) target: Option<Located<String>>,
    /// What its requests are marked with, one of `[classes]`; nothing where it is left out.
    pub(crate) class: Option<Located<String>>,
    /// What its requests are about, for balancers that hash; each about something of its own where
    /// it is left out.
    pub(crate) keys: Option<Located<KeysSpec>>,
    /// When it sends.
    pub(crate) arrivals: Option<Located<ArrivalsSpec>>,
}

/// What a mark on requests means.
#[apply(table)]
pub(crate) struct ClassSpec {
    /// Higher goes first, where the discipline looks at it; 0 where it is left out, as for requests
    /// without a mark.
    pub(crate) priority: Option<Located<i32>>,
    /// Share of a replica under "processor-sharing"; 1 where it is left out, as for requests
    /// without a mark.
    pub(crate) weight: Option<Located<u32>>,
}

/// What requests are about: keys, of which balancers that hash send each to one replica.
#[apply(table)]
pub(crate) struct KeysSpec {
    /// Number of keys.
    pub(crate) count: Option<Located<u32>>,
    /// The k-th key is as likely as k to the power of minus this; 0, all alike, where it is left
    /// out.
    pub(crate) zipf: Option<Located<f64>>,
}
