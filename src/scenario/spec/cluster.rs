//! `[cluster]`, `[nodes]`.

use super::choice::Choice;
use super::image::ImageGcSpec;
use crate::model::{ManagerKind, NetworkKind, PlacementKind};
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes, Cpu};
use schemars::JsonSchema;
use serde::Deserialize;

/// Whose habits the cluster has.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct ClusterSpec {
    /// How executors are requested and how much they reserve; "kubernetes" where it is left out.
    pub(crate) manager: Option<Located<Choice<ManagerKind>>>,
    /// Which node a container goes to; default: "kube-default".
    pub(crate) placement: Option<Located<Choice<PlacementKind>>>,
    /// How transfers share links; "max-min" where it is left out.
    pub(crate) network: Option<Located<Choice<NetworkKind>>>,
}

/// A pool of equal nodes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct NodesSpec {
    /// Number of nodes; 1 where it is left out.
    pub(crate) count: Option<Located<u32>>,
    /// Processor of one node.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory of one node.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
    /// What kubelet and system keep of it; nothing where it is left out.
    pub(crate) reserved: Option<Located<ResourcesSpec>>,
    /// Divides compute times; 1 where it is left out.
    pub(crate) speed: Option<Located<f64>>,
    /// Price of a node, per hour; free where it is left out.
    pub(crate) price: Option<Located<f64>>,
    /// The node's link in each direction; never a limit where it is left out.
    pub(crate) network: Option<Located<Quantity<Bandwidth>>>,
    /// What all that reads or writes the node's disk shares; never a limit where it is left out.
    pub(crate) disk: Option<Located<Quantity<Bandwidth>>>,
    /// The zones that its nodes are in, in turn; one nameless place where it is left out.
    pub(crate) zones: Option<Located<Vec<Located<String>>>>,
    /// Speed of one stream that unpacks a layer, in unpacked bytes; no time where it is left out.
    pub(crate) unpack: Option<Located<Quantity<Bandwidth>>>,
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

/// Processor and memory.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct ResourcesSpec {
    /// Processor; none where it is left out.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory; none where it is left out.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
}
