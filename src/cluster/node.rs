//! One node: what it has free, which images it holds.

use super::images::NodeImages;
use crate::id::PoolId;
use crate::model::{Cluster, Resources};
use crate::policy::placement::NodeState;

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) pool: PoolId,
    /// What the placement policy is told.
    pub(super) state: NodeState,
    pub(super) images: NodeImages,
}

impl Node {
    pub(super) fn new(cluster: &Cluster, pool: PoolId, services: usize) -> Self {
        let allocatable = cluster.pools[pool].allocatable();
        let mut node = Self {
            pool,
            state: NodeState {
                allocatable,
                free: allocatable,
                images: cluster.images.iter().map(|_| false).collect(),
                replicas: (0..services).map(|_| 0).collect(),
            },
            images: NodeImages::new(cluster, &cluster.pools[pool].images),
        };
        node.note_images(cluster);
        node
    }

    pub(super) fn reserve(&mut self, resources: Resources) {
        self.state.free.cpu -= resources.cpu;
        self.state.free.memory -= resources.memory;
    }

    pub(super) fn free(&mut self, resources: Resources) {
        self.state.free.cpu += resources.cpu;
        self.state.free.memory += resources.memory;
    }

    /// Notes for the placement policy which images are complete.
    pub(super) fn note_images(&mut self, cluster: &Cluster) {
        for image in cluster.images.ids() {
            self.state.images[image] = self.images.is_complete(cluster, image);
        }
    }
}
