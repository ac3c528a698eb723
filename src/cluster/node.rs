//! One node: what it has free, which layers it holds, what it is pulling.

use crate::id::{ContainerId, IdVec, ImageId, LayerId, PoolId};
use crate::model::{Cluster, Resources};
use crate::policy::placement::NodeState;
use crate::units::{Bytes, Time};
use std::collections::VecDeque;

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) pool: PoolId,
    /// What the placement policy is told.
    pub(super) state: NodeState,
    layers: IdVec<LayerId, bool>,
    /// Images that containers on this node wait for; the first is being pulled.
    pub(super) pulls: VecDeque<Pull>,
}

/// An image on its way to a node.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub(super) image: ImageId,
    /// Containers that start when it is there.
    pub(super) waiting: Vec<ContainerId>,
    /// When the last byte came; `None` while bytes are missing.
    pub(super) pulled: Option<Time>,
}

impl Node {
    pub(super) fn new(cluster: &Cluster, pool: PoolId, services: usize) -> Self {
        let allocatable = cluster.pools[pool].allocatable();
        Self {
            pool,
            state: NodeState {
                allocatable,
                free: allocatable,
                images: cluster
                    .images
                    .iter()
                    .map(|image| image.layers.is_empty())
                    .collect(),
                replicas: (0..services).map(|_| 0).collect(),
            },
            layers: cluster.layers.iter().map(|_| false).collect(),
            pulls: VecDeque::new(),
        }
    }

    pub(super) fn reserve(&mut self, resources: Resources) {
        self.state.free.cpu -= resources.cpu;
        self.state.free.memory -= resources.memory;
    }

    pub(super) fn free(&mut self, resources: Resources) {
        self.state.free.cpu += resources.cpu;
        self.state.free.memory += resources.memory;
    }

    /// Layers of `image` that are here.
    pub(super) fn present(&self, cluster: &Cluster, image: ImageId) -> usize {
        cluster.images[image]
            .layers
            .iter()
            .filter(|&&layer| self.layers[layer])
            .count()
    }

    /// Bytes to pull and bytes to unpack before `image` is complete here.
    pub(super) fn missing(&self, cluster: &Cluster, image: ImageId) -> (Bytes, Bytes) {
        let layers = &cluster.images[image].layers;
        let missing = || {
            let absent = layers.iter().filter(|&&layer| !self.layers[layer]);
            absent.map(|&layer| &cluster.layers[layer])
        };
        (
            missing().map(|layer| layer.size).sum(),
            missing().map(|layer| layer.unpacked).sum(),
        )
    }

    /// All layers of `image` are here now, and with them perhaps other images.
    pub(super) fn complete(&mut self, cluster: &Cluster, image: ImageId) {
        for &layer in &cluster.images[image].layers {
            self.layers[layer] = true;
        }
        for (id, image) in cluster.images.enumerate() {
            self.state.images[id] = image.layers.iter().all(|&layer| self.layers[layer]);
        }
    }
}
