//! Node pools and what they have.

use super::{Image, ImageCache, Layer, ManagerKind, Network, NetworkKind, PlacementKind, Registry};
use crate::id::{IdVec, ImageId, LayerId, PoolId, ZoneId};
use crate::units::{Bandwidth, Bytes, Cpu};

/// The cluster: `[cluster]`, `[nodes]`, `[layers]`, `[images]`, `[registry]`.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Whose habits it has.
    pub manager: ManagerKind,
    /// Where containers go.
    pub placement: PlacementKind,
    /// Whether links limit transfers.
    pub network: NetworkKind,
    /// Links that several nodes share.
    pub shared_links: Network,
    /// Node pools in the order of their names; at least one node in all.
    pub pools: IdVec<PoolId, Pool>,
    /// The names of all zones, sorted.
    pub zones: IdVec<ZoneId, String>,
    /// Layers in the order of their names.
    pub layers: IdVec<LayerId, Layer>,
    /// Images in the order of their names.
    pub images: IdVec<ImageId, Image>,
    /// Where layers are pulled from.
    pub registry: Registry,
}

impl Cluster {
    /// What containers on all nodes may hold together.
    pub fn allocatable(&self) -> Resources {
        let sum = |amount: fn(Resources) -> u64| -> u64 {
            self.pools
                .iter()
                .map(|pool| amount(pool.allocatable()) * u64::from(pool.count))
                .sum()
        };
        Resources {
            cpu: Cpu(sum(|r| r.cpu.0)),
            memory: Bytes(sum(|r| r.memory.0)),
        }
    }
}

/// What a container asks for or a node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Processor.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Bytes,
}

impl Resources {
    /// Whether `request` fits into this.
    pub fn fits(self, request: Self) -> bool {
        request.cpu <= self.cpu && request.memory <= self.memory
    }
}

/// A pool of equal nodes.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The pool's name; its nodes are `NAME-0`, `NAME-1`, ….
    pub name: String,
    /// Number of nodes.
    pub count: u32,
    /// What one node has in all.
    pub capacity: Resources,
    /// What kubelet and system keep for themselves, within `capacity`.
    pub reserved: Resources,
    /// Divides compute times; 1 is the reference machine.
    pub speed: f64,
    /// Price of a node, per hour; `None`: nobody asks.
    pub price: Option<f64>,
    /// The node's link in each direction; `None`: never a limit.
    pub network: Option<Bandwidth>,
    /// What all that reads or writes a node's disk shares; `None`: never a limit.
    pub disk: Option<Bandwidth>,
    /// Where its nodes are: number `i` in zone `i` modulo the number of zones. Empty: nowhere in
    /// particular.
    pub zones: Vec<ZoneId>,
    /// Speed of one stream that unpacks a layer, in unpacked bytes; `None`: no time.
    pub unpack: Option<Bandwidth>,
    /// Images that a node pulls at once; at least 1.
    pub parallel_pulls: u32,
    /// What it keeps of images that no container needs; `None`: everything.
    pub image_cache: Option<ImageCache>,
    /// Images that are there as soon as the node is.
    pub images: Vec<ImageId>,
}

impl Pool {
    /// The zone of the pool's node number `number`.
    pub fn zone(&self, number: u32) -> Option<ZoneId> {
        let zone = (number as usize).checked_rem(self.zones.len())?;
        Some(self.zones[zone])
    }

    /// What containers on one node may hold together.
    pub fn allocatable(&self) -> Resources {
        Resources {
            cpu: self.capacity.cpu - self.reserved.cpu,
            memory: self.capacity.memory - self.reserved.memory,
        }
    }
}
