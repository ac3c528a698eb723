//! `[cluster]`, `[nodes]`.

use super::choice::Choice;
use super::image::ImageGcSpec;
use super::node_scaling::{NodeScalingSpec, SpotSpec};
use crate::model::{
    AutoscalerKind, CpuModelKind, ExpanderKind, ManagerKind, NetworkKind, PendingKind,
    PlacementKind,
};
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes, Cpu, Duration};
use macro_rules_attribute::apply;
use std::collections::BTreeMap;

/// Whose habits the cluster has.
#[apply(table)]
pub(crate) struct ClusterSpec {
    /// How executors are requested and how much they reserve; "kubernetes" where it is left out.
    pub(crate) manager: Option<Located<Choice<ManagerKind>>>,
    /// Which node a container goes to; default: "kube-default".
    pub(crate) placement: Option<Located<Choice<PlacementKind>>>,
    /// Time between programmes of `placement = "lp"`: a container waits for the next one; 1 s where it
    /// is left out.
    pub(crate) lp_period: Option<Located<Quantity<Duration>>>,
    /// Who adds and removes nodes of pools with `autoscale`; "cluster-autoscaler" where it is left
    /// out.
    pub(crate) autoscaler: Option<Located<Choice<AutoscalerKind>>>,
    /// Which pool the cluster autoscaler enlarges where several would do; "least-waste" where it is
    /// left out.
    pub(crate) expander: Option<Located<Choice<ExpanderKind>>>,
    /// What containers may use of their node's processor: "reserved" (their limits, whatever others
    /// do; where it is left out), or "shared" (where the node has less than that, shares by their
    /// requests): the `cpu-time` of requests and the `task-time` of executors.
    pub(crate) cpu_model: Option<Located<Choice<CpuModelKind>>>,
    /// How transfers share links; "max-min" where it is left out.
    pub(crate) network: Option<Located<Choice<NetworkKind>>>,
    /// Whether containers that fit nowhere hold up those behind them: "best-effort-fifo" (they do
    /// not, where it is left out) or "strict-fifo".
    pub(crate) queue: Option<Located<Choice<PendingKind>>>,
    /// Whether every application starts only when its driver and all executors that it asks for at
    /// first fit together; false where it is left out.
    pub(crate) gang: Option<Located<bool>>,
}

/// A pool of equal nodes.
#[apply(table)]
pub(crate) struct NodesSpec {
    /// Number of nodes; 1 where it is left out.
    pub(crate) count: Option<Located<u32>>,
    /// Processor of one node.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory of one node.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
    /// Ephemeral storage of one node; never a limit where it is left out.
    pub(crate) ephemeral_storage: Option<Located<Quantity<Bytes>>>,
    /// Graphics processors of one node; none where it is left out.
    pub(crate) gpus: Option<Located<u32>>,
    /// Containers that one node may have; never a limit where it is left out.
    pub(crate) max_containers: Option<Located<u32>>,
    /// The zones that the nodes are in, in turns; not known where it is left out.
    pub(crate) zones: Vec<Located<String>>,
    /// What the nodes are labelled with, for `node-selector`.
    pub(crate) labels: BTreeMap<String, Located<String>>,
    /// What keeps containers out that do not tolerate it: "KEY:EFFECT" or "KEY=VALUE:EFFECT" with
    /// the effects `NoSchedule`, `PreferNoSchedule` and `NoExecute`.
    pub(crate) taints: Vec<Located<String>>,
    /// What each node's daemons hold, besides `reserved`; nothing where it is left out.
    pub(crate) daemons: Option<Located<ResourcesSpec>>,
    /// What kubelet and system keep of it; nothing where it is left out.
    pub(crate) reserved: Option<Located<ResourcesSpec>>,
    /// Divides compute times; 1 where it is left out.
    pub(crate) speed: Option<Located<f64>>,
    /// Price of a node, per hour; free where it is left out.
    pub(crate) price: Option<Located<f64>>,
    /// The node's link in each direction; never a limit where it is left out.
    pub(crate) network: Option<Located<Quantity<Bandwidth>>>,
    /// How the number of nodes follows what is asked for; it does not where it is left out.
    pub(crate) autoscale: Option<Located<NodeScalingSpec>>,
    /// What the provider may take back, for a lower price; nothing where it is left out.
    pub(crate) spot: Option<Located<SpotSpec>>,
    /// Speed of one stream that unpacks a layer, in unpacked bytes; no time where it is left out.
    pub(crate) unpack: Option<Located<Quantity<Bandwidth>>>,
    /// What all that reads or writes the node's disk shares; never a limit where it is left out.
    pub(crate) disk: Option<Located<Quantity<Bandwidth>>>,
    /// Images that a node pulls at once, each unpacked by a stream of its own; 1 where it is left
    /// out.
    pub(crate) parallel_pulls: Option<Located<u32>>,
    /// Room for unpacked images on a node; without limit where it is left out.
    pub(crate) image_cache: Option<Located<Quantity<Bytes>>>,
    /// When images leave the cache.
    pub(crate) image_gc: Option<Located<ImageGcSpec>>,
    /// Images that are in the machine image: there as soon as the node is.
    pub(crate) images: Option<Located<Vec<Located<String>>>>,
}

/// Processor, memory, storage, graphics processors.
#[apply(table)]
pub(crate) struct ResourcesSpec {
    /// Processor; none where it is left out.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory; none where it is left out.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
    /// Ephemeral storage; none where it is left out.
    pub(crate) ephemeral_storage: Option<Located<Quantity<Bytes>>>,
    /// Graphics processors; none where it is left out.
    pub(crate) gpus: Option<Located<u32>>,
}
