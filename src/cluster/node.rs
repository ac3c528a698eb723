//! One node: which containers and images it holds.

use super::images::NodeImages;
use crate::id::{ContainerId, PoolId};
use crate::model::Cluster;

/// A node. What placement goes by is in the table of nodes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) pool: PoolId,
    /// Containers on it, in no order.
    pub(super) containers: Vec<ContainerId>,
    pub(super) images: NodeImages,
}

impl Node {
    pub(super) fn new(cluster: &Cluster, pool: PoolId) -> Self {
        Self {
            pool,
            containers: Vec::new(),
            images: NodeImages::new(cluster, &cluster.pools[pool].images),
        }
    }
}
