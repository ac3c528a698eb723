//! `kube-default`: the scores of kube-scheduler's default profile.
//!
//! Of the default plugins (Kubernetes documentation, "Scheduler Configuration", and the sources of
//! `pkg/scheduler/framework/plugins`) those that tell equal nodes apart are here, in the integer
//! arithmetic of the original, with their default weights:
//!
//! * `NodeResourcesFit`, strategy `LeastAllocated` (weight 1): free share after placement;
//! * `NodeResourcesBalancedAllocation` (weight 1): 100 less the spread between the used shares;
//! * `ImageLocality` (weight 1): bytes of the image on the node, scaled by how many nodes have it,
//!   between 23 MB and 1000 MB;
//! * `PodTopologySpread` (weight 2), the built-in soft constraint on hostnames with maxSkew 3, for
//!   replicas of a service.
//!
//! Taints, affinities and zones are not in the model yet. The original breaks ties at random; here
//! the lowest node number wins, so that a placement can be reproduced by hand.

use super::{NodeState, Placement, PlacementRequest};
use crate::id::{IdVec, ImageId, NodeId};
use crate::model::{Cluster, Resources};

const MAX_SCORE: i64 = 100;
const MEGABYTE: i64 = 1024 * 1024;
const IMAGE_MIN: i64 = 23 * MEGABYTE;
const IMAGE_MAX: i64 = 1000 * MEGABYTE;
const SPREAD_WEIGHT: i64 = 2;
const HOSTNAME_MAX_SKEW: f64 = 3.0;

/// Scores every node that fits.
#[derive(Clone, Debug)]
pub(super) struct KubeDefault {
    nodes: IdVec<NodeId, NodeState>,
    image_bytes: IdVec<ImageId, i64>,
    /// By image: nodes that have it.
    image_nodes: IdVec<ImageId, i64>,
}

impl KubeDefault {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let bytes = cluster.images.iter().map(|image| {
            image
                .layers
                .iter()
                .map(|&layer| cluster.layers[layer].size.0 as i64)
                .sum()
        });
        Self {
            nodes: IdVec::new(),
            image_bytes: bytes.collect(),
            image_nodes: cluster.images.iter().map(|_| 0).collect(),
        }
    }

    fn image_locality(&self, node: &NodeState, image: Option<ImageId>) -> i64 {
        let Some(image) = image.filter(|&image| node.images[image]) else {
            return 0;
        };
        let share = self.image_nodes[image] as f64 / self.nodes.len() as f64;
        let scaled = (self.image_bytes[image] as f64 * share) as i64;
        MAX_SCORE * (scaled.clamp(IMAGE_MIN, IMAGE_MAX) - IMAGE_MIN) / (IMAGE_MAX - IMAGE_MIN)
    }

    /// `PodTopologySpread` before normalization: replicas on the host, weighed by ln(hosts + 2).
    fn raw_spread(node: &NodeState, request: &PlacementRequest, hosts: usize) -> i64 {
        let Some(service) = request.service else {
            return 0;
        };
        let weight = libm::log(hosts as f64 + 2.0);
        let score = f64::from(node.replicas[service]) * weight + (HOSTNAME_MAX_SKEW - 1.0);
        libm::round(score) as i64
    }
}

fn least_allocated(node: &NodeState, request: Resources) -> i64 {
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

fn balanced_allocation(node: &NodeState, request: Resources) -> i64 {
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

impl Placement for KubeDefault {
    fn changed(&mut self, node: NodeId, state: &NodeState) {
        let mut had = IdVec::new();
        if self.nodes.get(node).is_some() {
            had = std::mem::replace(&mut self.nodes[node], state.clone()).images;
        } else {
            self.nodes.push(state.clone());
        }
        for (image, &has) in state.images.enumerate() {
            let before = had.get(image).is_some_and(|&before| before);
            self.image_nodes[image] += i64::from(has) - i64::from(before);
        }
    }

    fn pick(&mut self, request: &PlacementRequest) -> Option<NodeId> {
        let fits = || {
            self.nodes
                .enumerate()
                .filter(|(_, n)| n.free.fits(request.resources))
        };
        let hosts = fits().count();
        let spread = |node: &NodeState| Self::raw_spread(node, request, hosts);
        let most = fits().map(|(_, node)| spread(node)).max()?;
        let least = fits().map(|(_, node)| spread(node)).min()?;
        let score = |node: &NodeState| {
            let even = match most {
                0 => MAX_SCORE,
                _ => MAX_SCORE * (most + least - spread(node)) / most,
            };
            let spread = if request.service.is_some() {
                SPREAD_WEIGHT * even
            } else {
                0
            };
            least_allocated(node, request.resources)
                + balanced_allocation(node, request.resources)
                + self.image_locality(node, request.image)
                + spread
        };
        // The first of the best: `max_by_key` would take the last.
        let mut best: Option<(i64, NodeId)> = None;
        for (id, node) in fits() {
            let score = score(node);
            if best.is_none_or(|(highest, _)| highest < score) {
                best = Some((score, id));
            }
        }
        best.map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LayerId;
    use crate::id::ServiceId;
    use crate::model::{
        Image, Layer, ManagerKind, Network, NetworkKind, PlacementKind, PullPolicy, Registry,
    };
    use crate::units::{Bytes, Cpu};

    const GIB: u64 = 1 << 30;

    fn resources(cores: u64, gib: u64) -> Resources {
        Resources {
            cpu: Cpu::cores(cores),
            memory: Bytes(gib * GIB),
        }
    }

    fn node(free: Resources) -> NodeState {
        let allocatable = resources(10, 10);
        let images = [false].into_iter().collect();
        NodeState {
            allocatable,
            free,
            images,
            replicas: [0].into_iter().collect(),
        }
    }

    fn policy(states: &[NodeState]) -> KubeDefault {
        let size = Bytes(2000 * MEGABYTE as u64);
        let layer = Layer {
            name: "l".into(),
            size,
            unpacked: size,
        };
        let cluster = Cluster {
            manager: ManagerKind::Kubernetes,
            placement: PlacementKind::KubeDefault,
            network: NetworkKind::Unlimited,
            shared_links: Network::default(),
            pools: IdVec::new(),
            zones: IdVec::new(),
            layers: [layer].into_iter().collect(),
            images: [Image {
                name: "i".into(),
                layers: vec![LayerId(0)],
                pull: PullPolicy::IfNotPresent,
                pre_pull: false,
            }]
            .into_iter()
            .collect(),
            registry: Registry::default(),
        };
        let mut policy = KubeDefault::new(&cluster);
        for (index, state) in states.iter().enumerate() {
            policy.changed(NodeId(index as u32), state);
        }
        policy
    }

    fn request(resources: Resources) -> PlacementRequest {
        PlacementRequest {
            resources,
            image: None,
            service: None,
        }
    }

    #[test]
    fn the_emptier_node_wins_and_the_first_among_equals() {
        let mut policy = policy(&[
            node(resources(5, 5)),
            node(resources(8, 8)),
            node(resources(8, 8)),
        ]);
        assert_eq!(policy.pick(&request(resources(1, 1))), Some(NodeId(1)));
        assert_eq!(policy.pick(&request(resources(9, 1))), None);
    }

    #[test]
    fn scores_are_those_of_the_original_by_hand() {
        // Free 5 of 10 cores and 8 of 10 GiB, one core and one GiB wanted.
        let node = node(resources(5, 8));
        let wanted = resources(1, 1);
        assert_eq!(least_allocated(&node, wanted), i64::midpoint(40, 70));
        // Used shares 0.6 and 0.3: 100 × (1 − 0.15).
        assert_eq!(balanced_allocation(&node, wanted), 85);
    }

    #[test]
    fn a_node_that_has_the_image_is_worth_the_detour() {
        let mut with = node(resources(7, 7));
        with.images[ImageId(0)] = true;
        let mut policy = policy(&[node(resources(10, 10)), with]);
        // Least allocated 90 against 60, image locality 0 against 99 (half of 2000 MB counts).
        let wanted = PlacementRequest {
            image: Some(ImageId(0)),
            ..request(resources(1, 1))
        };
        assert_eq!(policy.pick(&wanted), Some(NodeId(1)));
        assert_eq!(policy.pick(&request(resources(1, 1))), Some(NodeId(0)));
    }

    #[test]
    fn replicas_of_a_service_avoid_each_other() {
        let mut crowded = node(resources(10, 10));
        crowded.replicas[ServiceId(0)] = 2;
        let mut policy = policy(&[crowded, node(resources(6, 6))]);
        let replica = PlacementRequest {
            service: Some(ServiceId(0)),
            ..request(resources(1, 1))
        };
        assert_eq!(policy.pick(&replica), Some(NodeId(1)));
        assert_eq!(policy.pick(&request(resources(1, 1))), Some(NodeId(0)));
    }
}
