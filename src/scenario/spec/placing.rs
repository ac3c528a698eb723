//! Where containers may go: `placement` of services and applications.

use super::choice::{Choice, Named};
use crate::model::Apart;
use crate::scenario::located::Located;
use macro_rules_attribute::apply;
use std::collections::BTreeMap;

/// Where containers may go and who goes first.
#[apply(table)]
pub(crate) struct PlacingSpec {
    /// Those with a higher priority are placed first; 0 where it is left out.
    pub(crate) priority: Option<Located<i32>>,
    /// Whether containers of a lower priority are stopped where there is no room; true where
    /// `priority` is given, as in Kubernetes, and false where it is not.
    pub(crate) preempts: Option<Located<bool>>,
    /// Labels that a node's pool must have.
    pub(crate) node_selector: BTreeMap<String, Located<String>>,
    /// Taints that do not keep the containers out: "KEY", "KEY=VALUE" or "*" for all.
    pub(crate) tolerations: Vec<Located<String>>,
    /// "nodes": never two on a node, "zones": never two in a zone.
    pub(crate) anti_affinity: Option<Located<Choice<Apart>>>,
    /// How evenly they are spread.
    pub(crate) spread: Option<Located<SpreadSpec>>,
    /// Whether an autoscaler may move the containers to remove their node; true for services and
    /// false for applications where it is left out.
    pub(crate) safe_to_evict: Option<Located<bool>>,
}

/// How evenly containers are spread.
#[apply(table)]
pub(crate) struct SpreadSpec {
    /// "nodes" or "zones"; "zones" where it is left out.
    pub(crate) over: Option<Located<Choice<Apart>>>,
    /// By how many the numbers in two places may differ; 1 where it is left out.
    pub(crate) max_skew: Option<Located<u32>>,
}

impl Named for Apart {
    const SET: &'static str = "Place";
    const NAMES: &'static [(&'static str, Self)] =
        &[("nodes", Self::Nodes), ("zones", Self::Zones)];
}
