//! Nodes that come and go.

use crate::random::Distribution;
use crate::units::Duration;

/// How the number of a pool's nodes follows what is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeScaling {
    /// Nodes that stay.
    pub min: u32,
    /// The most nodes.
    pub max: u32,
    /// From asking for a node until it takes containers.
    pub boot: Distribution,
    /// How long a node is not needed before it leaves.
    pub scale_down_after: Duration,
    /// Which pool comes first where priorities decide: the highest.
    pub priority: i32,
}

/// A pool whose nodes the provider may take back.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Time between reclaims in a zone, and what share of its nodes each of them takes.
    pub reclaim: Option<Reclaim>,
    /// From the warning, when a node takes no more containers, to its end.
    pub notice: Duration,
    /// From the end of a node until another is asked for.
    pub replacement_delay: Duration,
}

/// Reclaims of one zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Reclaim {
    /// Time from one to the next.
    pub every: Distribution,
    /// The share of the pool's nodes in the zone, rounded to whole nodes, at least one.
    pub fraction: f64,
}
