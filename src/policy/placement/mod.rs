//! Which node a container goes to.

mod first_fit;
mod kube_default;

use crate::id::{IdVec, ImageId, NodeId, ServiceId};
use crate::model::{Cluster, PlacementKind, Resources};
use std::fmt::Debug;

/// What a placement policy is fed about a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// What containers may hold together.
    pub allocatable: Resources,
    /// What is not held.
    pub free: Resources,
    /// By image: whether every layer is on the node.
    pub images: IdVec<ImageId, bool>,
    /// By service: replicas on the node.
    pub replicas: IdVec<ServiceId, u32>,
}

/// What a placement policy is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacementRequest {
    /// What the container reserves.
    pub resources: Resources,
    /// What it is made from.
    pub image: Option<ImageId>,
    /// The service whose replica it is.
    pub service: Option<ServiceId>,
}

/// A placement policy: fed with what changes at the nodes, asked for one of them.
pub trait Placement: Debug + Send {
    /// The state of a node has changed. Nodes are first fed in the order of their numbers.
    fn changed(&mut self, node: NodeId, state: &NodeState);

    /// The node for a container; `None` where none has room.
    fn pick(&mut self, request: &PlacementRequest) -> Option<NodeId>;
}

/// The policy of that kind, for a cluster none of whose nodes it has been fed yet.
pub fn placement(kind: PlacementKind, cluster: &Cluster) -> Box<dyn Placement> {
    match kind {
        PlacementKind::FirstFit => Box::new(first_fit::FirstFit::default()),
        PlacementKind::KubeDefault => Box::new(kube_default::KubeDefault::new(cluster)),
    }
}
