//! `nodes.X.autoscale` and `nodes.X.spot`: nodes that come and go.

use super::distribution::DistributionSpec;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;
use macro_rules_attribute::apply;

/// How the number of nodes follows what is asked for.
#[apply(table)]
pub(crate) struct NodeScalingSpec {
    /// Nodes that stay; 0 where it is left out.
    pub(crate) min: Option<Located<u32>>,
    /// The most nodes.
    pub(crate) max: Option<Located<u32>>,
    /// From asking for a node until it takes containers; 90 s where it is left out.
    pub(crate) boot: Option<Located<DistributionSpec>>,
    /// How long a node is not needed before it leaves; 10 min where it is left out.
    pub(crate) scale_down_after: Option<Located<Quantity<Duration>>>,
    /// Which pool grows first with `expander = "priority"`: the highest; 0 where it is left out.
    pub(crate) priority: Option<Located<i32>>,
}

/// What the provider may take back.
#[apply(table)]
pub(crate) struct SpotSpec {
    /// Price of a node, per hour; that of the pool where it is left out.
    pub(crate) price: Option<Located<f64>>,
    /// When it takes nodes back; never where it is left out.
    pub(crate) reclaim: Option<Located<ReclaimSpec>>,
    /// From the warning, when a node takes no more containers, to its end; 2 min where it is left
    /// out.
    pub(crate) notice: Option<Located<Quantity<Duration>>>,
    /// From the end of a node until another is asked for; no time where it is left out.
    pub(crate) replacement_delay: Option<Located<Quantity<Duration>>>,
}

/// Reclaims, each of one zone.
#[apply(table)]
pub(crate) struct ReclaimSpec {
    /// Time from one reclaim of a zone to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
    /// The share of the pool's nodes in the zone that it takes; all where it is left out.
    pub(crate) fraction: Option<Located<f64>>,
}
