//! What one node has of images: which layers, how long ago each image was used, and who needs it.
//!
//! An image that a container or a pull needs stays. The others leave when the layers on the node
//! take more than the cache's upper threshold, least recently used first, until they take no more
//! than the lower one (kubelet's image garbage collection, without its waiting for the next round
//! and its minimum age). A layer leaves with the last image that it is part of.

use crate::id::{IdVec, ImageId, LayerId, PullId};
use crate::model::{Cluster, ImageCache};
use crate::units::{Bytes, Time};
use std::collections::VecDeque;

/// The images of a node.
#[derive(Clone, Debug)]
pub(super) struct NodeImages {
    layers: IdVec<LayerId, Presence>,
    images: IdVec<ImageId, Use>,
    /// Unpacked bytes of the layers that are there.
    used: Bytes,
    /// Images that are not complete, in the order in which they were first needed.
    pub(super) pulls: VecDeque<PullId>,
    /// Pulls under way.
    pub(super) active: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Absent,
    /// A pull has it on its list.
    Coming,
    Present,
}

#[derive(Clone, Copy, Debug)]
struct Use {
    /// Containers and pulls that need it.
    users: u32,
    /// Whether it is there for its own sake: not only because others have its layers.
    kept: bool,
    /// When somebody needed it last.
    last: Time,
}

impl NodeImages {
    /// A node with nothing but the images of its machine image.
    pub(super) fn new(cluster: &Cluster, baked: &[ImageId]) -> Self {
        let unused = Use {
            users: 0,
            kept: false,
            last: Time::ZERO,
        };
        let mut images = Self {
            layers: cluster.layers.iter().map(|_| Presence::Absent).collect(),
            images: cluster.images.iter().map(|_| unused).collect(),
            used: Bytes(0),
            pulls: VecDeque::new(),
            active: 0,
        };
        for &image in baked {
            images.arrived(cluster, &cluster.images[image].layers);
            images.images[image].kept = true;
        }
        images
    }

    /// Layers of an image that are there.
    pub(super) fn present(&self, cluster: &Cluster, image: ImageId) -> usize {
        let layers = cluster.images[image].layers.iter();
        layers
            .filter(|&&layer| self.layers[layer] == Presence::Present)
            .count()
    }

    /// Whether all layers of an image are there.
    pub(super) fn is_complete(&self, cluster: &Cluster, image: ImageId) -> bool {
        self.present(cluster, image) == cluster.images[image].layers.len()
    }

    /// Somebody needs an image from now on.
    pub(super) fn need(&mut self, image: ImageId, now: Time) {
        let entry = &mut self.images[image];
        entry.users += 1;
        entry.last = now;
    }

    /// Somebody no longer needs it.
    pub(super) fn leave(&mut self, image: ImageId, now: Time) {
        let entry = &mut self.images[image];
        entry.users -= 1;
        entry.last = now;
    }

    /// An image is there for its own sake.
    pub(super) fn keep(&mut self, image: ImageId) {
        self.images[image].kept = true;
    }

    /// The layers of an image that are neither there nor on anybody's list: on the caller's now.
    pub(super) fn claim(&mut self, cluster: &Cluster, image: ImageId) -> Vec<LayerId> {
        let layers = cluster.images[image].layers.iter().copied();
        let absent: Vec<LayerId> = layers
            .filter(|&layer| self.layers[layer] == Presence::Absent)
            .collect();
        for &layer in &absent {
            self.layers[layer] = Presence::Coming;
        }
        absent
    }

    /// Layers are unpacked.
    pub(super) fn arrived(&mut self, cluster: &Cluster, layers: &[LayerId]) {
        for &layer in layers {
            if std::mem::replace(&mut self.layers[layer], Presence::Present) != Presence::Present {
                self.used += cluster.layers[layer].unpacked;
            }
        }
    }

    /// Frees room where there is too little, and answers how many images went.
    pub(super) fn collect_garbage(&mut self, cluster: &Cluster, cache: ImageCache) -> u64 {
        if self.used <= cache.high {
            return 0;
        }
        let mut idle: Vec<(Time, ImageId)> = self
            .images
            .enumerate()
            .filter(|(_, entry)| entry.kept && entry.users == 0)
            .map(|(id, entry)| (entry.last, id))
            .collect();
        idle.sort_unstable();
        let mut gone = 0;
        for (_, image) in idle {
            if self.used <= cache.low {
                break;
            }
            self.images[image].kept = false;
            self.drop_orphans(cluster, image);
            gone += 1;
        }
        gone
    }

    /// Takes away the layers of an image that no other needs.
    fn drop_orphans(&mut self, cluster: &Cluster, image: ImageId) {
        for &layer in &cluster.images[image].layers {
            let mut others = self.images.enumerate();
            let is_needed = others.any(|(id, entry)| {
                (entry.kept || entry.users > 0) && cluster.images[id].layers.contains(&layer)
            });
            if !is_needed && self.layers[layer] == Presence::Present {
                self.layers[layer] = Presence::Absent;
                self.used -= cluster.layers[layer].unpacked;
            }
        }
    }

    /// What does not add up.
    pub(super) fn breach(&self, cluster: &Cluster) -> Option<String> {
        let present = self.layers.enumerate();
        let present = present.filter(|(_, presence)| **presence == Presence::Present);
        let sum: Bytes = present
            .map(|(layer, _)| cluster.layers[layer].unpacked)
            .sum();
        (sum != self.used).then(|| {
            let used = self.used;
            format!("{used:?} of images are counted, their layers are {sum:?}")
        })
    }
}
