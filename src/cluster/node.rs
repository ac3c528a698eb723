//! One node: which containers and layers it holds, what it is pulling.

use crate::engine::EventKey;
use crate::id::{ContainerId, IdVec, ImageId, LayerId, PoolId};
use crate::model::Cluster;
use crate::units::{Bytes, Time};
use std::collections::VecDeque;

/// A node. What placement goes by is in the table of nodes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) pool: PoolId,
    /// Containers on it, in no order.
    pub(super) containers: Vec<ContainerId>,
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
    /// The pending `Unpacked`.
    pub(super) unpacked: Option<EventKey>,
}

impl Node {
    pub(super) fn new(cluster: &Cluster, pool: PoolId) -> Self {
        Self {
            pool,
            containers: Vec::new(),
            layers: cluster.layers.iter().map(|_| false).collect(),
            pulls: VecDeque::new(),
        }
    }

    /// Layers of `image` that are here.
    pub(super) fn present(&self, cluster: &Cluster, image: ImageId) -> usize {
        cluster.images[image]
            .layers
            .iter()
            .filter(|&&layer| self.layers[layer])
            .count()
    }

    /// Whether all layers of `image` are here.
    pub(super) fn has(&self, cluster: &Cluster, image: ImageId) -> bool {
        let layers = &cluster.images[image].layers;
        layers.iter().all(|&layer| self.layers[layer])
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

    /// All layers of `image` are here now.
    pub(super) fn complete(&mut self, cluster: &Cluster, image: ImageId) {
        for &layer in &cluster.images[image].layers {
            self.layers[layer] = true;
        }
    }
}
