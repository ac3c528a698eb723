//! The scores of kube-scheduler's plugins, in the integer arithmetic of the original.
//!
//! Source: Kubernetes documentation, "Scheduler Configuration", and `pkg/scheduler/framework/
//! plugins` of Kubernetes 1.30.

use super::nodes::{NodeState, View};
use crate::id::{IdVec, ImageId, LayerId};
use crate::model::{Cluster, Resources};

/// The highest score.
pub(super) const MAX_SCORE: i64 = 100;
const MEGABYTE: i64 = 1024 * 1024;
const IMAGE_MIN: i64 = 23 * MEGABYTE;
const IMAGE_MAX: i64 = 1000 * MEGABYTE;
const HOST_MAX_SKEW: f64 = 3.0;
const ZONE_MAX_SKEW: f64 = 5.0;

/// `NodeResourcesFit` with the strategy `LeastAllocated`: the free part after placement.
pub(super) fn least_allocated(node: &NodeState, request: Resources) -> i64 {
    let score = |allocatable: u64, free: u64, wanted: u64| {
        if allocatable == 0 {
            0
        } else {
            (free - wanted) as i64 * MAX_SCORE / allocatable as i64
        }
    };
    let cpu = score(node.allocatable.cpu.0, node.free.cpu.0, request.cpu.0);
    let memory = score(
        node.allocatable.memory.0,
        node.free.memory.0,
        request.memory.0,
    );
    i64::midpoint(cpu, memory)
}

/// `NodeResourcesBalancedAllocation`: 100 less the spread between the used parts.
pub(super) fn balanced_allocation(node: &NodeState, request: Resources) -> i64 {
    let used = |allocatable: u64, free: u64, wanted: u64| {
        if allocatable == 0 {
            1.0
        } else {
            (allocatable - free + wanted) as f64 / allocatable as f64
        }
    };
    let cpu = used(node.allocatable.cpu.0, node.free.cpu.0, request.cpu.0);
    let memory = used(
        node.allocatable.memory.0,
        node.free.memory.0,
        request.memory.0,
    );
    // With two resources the standard deviation is half the distance.
    ((1.0 - (cpu - memory).abs() / 2.0) * MAX_SCORE as f64) as i64
}

/// Bytes of every image.
pub(super) fn image_bytes(cluster: &Cluster) -> IdVec<ImageId, i64> {
    let layers = |layers: &[LayerId]| {
        let sizes = layers
            .iter()
            .map(|&layer| cluster.layers[layer].size.0 as i64);
        sizes.sum()
    };
    let images = cluster.images.iter();
    images.map(|image| layers(&image.layers)).collect()
}

/// `ImageLocality`: bytes of the image on the node, scaled by how many nodes have it, between 23 MB
/// and 1000 MB.
pub(super) fn image_locality(
    view: &View<'_>,
    node: &NodeState,
    bytes: &IdVec<ImageId, i64>,
) -> i64 {
    let image = view.demand.image;
    let Some(image) = image.filter(|&image| node.images[image]) else {
        return 0;
    };
    let share = f64::from(view.nodes.with_image(image)) / view.nodes.len() as f64;
    let scaled = (bytes[image] as f64 * share) as i64;
    MAX_SCORE * (scaled.clamp(IMAGE_MIN, IMAGE_MAX) - IMAGE_MIN) / (IMAGE_MAX - IMAGE_MIN)
}

/// `PodTopologySpread` before normalization, with the built-in soft constraints: containers of the
/// kind on the host and in the zone, weighed by ln(number of hosts or zones + 2).
#[derive(Clone, Copy, Debug)]
pub(super) struct SpreadTerms {
    host: f64,
    zone: f64,
}

impl SpreadTerms {
    /// The weights among so many hosts.
    pub(super) fn new(view: &View<'_>, hosts: usize) -> Self {
        Self {
            host: libm::log(hosts as f64 + 2.0),
            zone: libm::log(view.nodes.zones() as f64 + 2.0),
        }
    }

    /// The score of a node: less is better.
    pub(super) fn raw(self, view: &View<'_>, node: &NodeState) -> i64 {
        let term =
            |count: u32, weight: f64, max_skew: f64| f64::from(count) * weight + (max_skew - 1.0);
        let mut score = term(node.kinds[view.kind], self.host, HOST_MAX_SKEW);
        if let Some(zone) = node.zone {
            let count = view.nodes.in_zone(zone, view.kind);
            score += term(count, self.zone, ZONE_MAX_SKEW);
        }
        libm::round(score) as i64
    }
}

/// A raw score of which less is better, between 100 for the least and 0.
pub(super) fn inverted(raw: i64, least: i64, most: i64) -> i64 {
    match most {
        0 => MAX_SCORE,
        _ => MAX_SCORE * (most + least - raw) / most,
    }
}
