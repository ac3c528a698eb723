//! `[faults]`.

use super::distribution::DistributionSpec;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;
use macro_rules_attribute::apply;

/// Something that goes wrong: exactly one of these.
#[apply(table)]
pub(crate) struct FaultSpec {
    /// Nodes are down, and their containers and images are lost.
    pub(crate) node_crash: Option<Located<NodeFaultSpec>>,
    /// All nodes of a zone are down at once.
    pub(crate) zone_outage: Option<Located<ZoneFaultSpec>>,
    /// Nodes compute more slowly.
    pub(crate) slow_node: Option<Located<SlowNodeSpec>>,
    /// Nodes cannot be reached by those who place containers.
    pub(crate) partition: Option<Located<PartitionSpec>>,
    /// No byte comes from the registry.
    pub(crate) registry_outage: Option<Located<RegistryFaultSpec>>,
    /// The process of a running container is killed.
    pub(crate) container_kill: Option<Located<KillSpec>>,
    /// The provider takes nodes of a spot pool back.
    pub(crate) spot_reclaim: Option<Located<TakebackSpec>>,
}

/// Nodes that are taken back, besides those of `nodes.NAME.spot.reclaim`.
#[apply(table)]
pub(crate) struct TakebackSpec {
    /// The pool of the nodes, which has `spot`.
    pub(crate) pool: Option<Located<String>>,
    /// The zone of the nodes; all zones of the pool together where it is left out.
    pub(crate) zone: Option<Located<String>>,
    /// Share of the nodes that are there, rounded, at least one; 1 where it is left out.
    pub(crate) fraction: Option<Located<f64>>,
    /// From the warning to the end of the nodes; that of the pool where it is left out.
    pub(crate) notice: Option<Located<Quantity<Duration>>>,
    /// Times since the start.
    pub(crate) at: Vec<Located<Quantity<Duration>>>,
    /// Time from the start, and from each one, to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
}

/// Nodes that are down.
#[apply(table)]
pub(crate) struct NodeFaultSpec {
    /// The pool of the nodes; all nodes where it is left out.
    pub(crate) pool: Option<Located<String>>,
    /// The one node of the pool that it happens to, counted from 0. Where it is left out, `every`
    /// holds for each node on its own, and each time of `at` for one that is drawn among all that
    /// are up.
    pub(crate) node: Option<Located<u32>>,
    /// Times since the start.
    pub(crate) at: Vec<Located<Quantity<Duration>>>,
    /// Time from the start, and from each repair, to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
    /// How long it lasts; for ever where it is left out.
    pub(crate) repair: Option<Located<DistributionSpec>>,
}

/// A zone that is down.
#[apply(table)]
pub(crate) struct ZoneFaultSpec {
    /// The zone.
    pub(crate) zone: Option<Located<String>>,
    /// Times since the start.
    pub(crate) at: Vec<Located<Quantity<Duration>>>,
    /// Time from the start, and from each repair, to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
    /// How long it lasts; for ever where it is left out.
    pub(crate) repair: Option<Located<DistributionSpec>>,
}

/// Nodes that compute more slowly.
#[apply(table)]
pub(crate) struct SlowNodeSpec {
    /// The pool of the nodes; all nodes where it is left out.
    pub(crate) pool: Option<Located<String>>,
    /// The one node of the pool that it happens to, counted from 0; as for `node-crash` where it is
    /// left out.
    pub(crate) node: Option<Located<u32>>,
    /// Multiplies the speed of the node, between 0 and 1; 0.5 where it is left out.
    pub(crate) speed: Option<Located<f64>>,
    /// Times since the start.
    pub(crate) at: Vec<Located<Quantity<Duration>>>,
    /// Time from the start, and from each repair, to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
    /// How long it lasts; for ever where it is left out.
    pub(crate) repair: Option<Located<DistributionSpec>>,
}

/// Nodes that cannot be reached by those who place containers.
#[apply(table)]
pub(crate) struct PartitionSpec {
    /// All nodes of a zone at once, instead of `pool` and `node`.
    pub(crate) zone: Option<Located<String>>,
    /// The pool of the nodes; all nodes where it is left out.
    pub(crate) pool: Option<Located<String>>,
    /// The one node of the pool that it happens to, counted from 0; as for `node-crash` where it is
    /// left out.
    pub(crate) node: Option<Located<u32>>,
    /// After so long their containers are given up; 340 s where it is left out (Kubernetes'
    /// `node-monitor-grace-period` of 40 s and its default toleration of 300 s).
    pub(crate) evict_after: Option<Located<Quantity<Duration>>>,
    /// Times since the start.
    pub(crate) at: Vec<Located<Quantity<Duration>>>,
    /// Time from the start, and from each repair, to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
    /// How long it lasts; for ever where it is left out.
    pub(crate) repair: Option<Located<DistributionSpec>>,
}

/// A registry that does not answer.
#[apply(table)]
pub(crate) struct RegistryFaultSpec {
    /// Times since the start.
    pub(crate) at: Vec<Located<Quantity<Duration>>>,
    /// Time from the start, and from each repair, to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
    /// How long it lasts; for ever where it is left out.
    pub(crate) repair: Option<Located<DistributionSpec>>,
}

/// Containers whose process is killed.
#[apply(table)]
pub(crate) struct KillSpec {
    /// Whose container: "services.NAME" (a replica), "apps.NAME" (an executor) or
    /// "apps.NAME.driver". Which of those that run is drawn.
    pub(crate) target: Option<Located<String>>,
    /// Times since the start.
    pub(crate) at: Vec<Located<Quantity<Duration>>>,
    /// Time from the start, and from each one, to the next.
    pub(crate) every: Option<Located<DistributionSpec>>,
}
