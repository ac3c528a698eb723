//! Node pools and what they have.

use super::{
    AutoscalerKind, CpuModelKind, ExpanderKind, Image, ImageCache, Layer, ManagerKind, Network,
    NetworkKind, NodeScaling, PendingKind, PlacementKind, Registry, Resources, Spot, Storage,
};
use crate::id::{IdVec, ImageId, LayerId, PoolId, StorageId, ZoneId};
use crate::units::{Bandwidth, Bytes, Cpu, Duration};

/// The cluster: `[cluster]`, `[nodes]`, `[layers]`, `[images]`, `[registry]`,
/// `[storage]`.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Whose habits it has.
    pub manager: ManagerKind,
    /// Where containers go.
    pub placement: PlacementKind,
    /// Time between looks at the containers that wait, where they are placed many at once; `None`:
    /// each is placed as soon as there is room.
    pub placement_period: Option<Duration>,
    /// Whether links limit transfers.
    pub network: NetworkKind,
    /// Links that several nodes share.
    pub shared_links: Network,
    /// What containers may use of their node's processor.
    pub cpu_model: CpuModelKind,
    /// What containers that fit nowhere do to those behind them.
    pub pending: PendingKind,
    /// Zones in the order of their names.
    pub zones: IdVec<ZoneId, String>,
    /// Node pools in the order of their names; at least one node in all.
    pub pools: IdVec<PoolId, Pool>,
    /// Layers in the order of their names.
    pub layers: IdVec<LayerId, Layer>,
    /// Images in the order of their names.
    pub images: IdVec<ImageId, Image>,
    /// Who adds and removes nodes of pools that may grow.
    pub autoscaler: AutoscalerKind,
    /// Which of several pools grows.
    pub expander: ExpanderKind,
    /// Where layers are pulled from.
    pub registry: Registry,
    /// Object stores in the order of their names.
    pub storages: IdVec<StorageId, Storage>,
}

impl Cluster {
    /// Whether the number of nodes changes.
    pub fn is_elastic(&self) -> bool {
        self.pools.iter().any(Pool::is_elastic)
    }

    /// Whether every node has a limit to its ephemeral storage.
    pub fn limits_disk(&self) -> bool {
        let mut pools = self.pools.iter();
        pools.all(|pool| pool.capacity.disk < Resources::ANY_DISK)
    }

    /// Whether any node has graphics processors.
    pub fn has_gpus(&self) -> bool {
        self.pools.iter().any(|pool| 0 < pool.capacity.gpus)
    }

    /// What containers on all nodes may hold together.
    pub fn allocatable(&self) -> Resources {
        let sum = |amount: fn(Resources) -> u64| -> u64 {
            let pools = self.pools.iter();
            let amounts = pools.map(|pool| {
                let each = amount(pool.allocatable());
                each.saturating_mul(u64::from(pool.count))
            });
            amounts.fold(0, u64::saturating_add)
        };
        Resources {
            cpu: Cpu(sum(|r| r.cpu.0)),
            memory: Bytes(sum(|r| r.memory.0)),
            disk: Bytes(sum(|r| r.disk.0)),
            gpus: sum(|r| r.gpus.into()).min(u32::MAX.into()) as u32,
            containers: sum(|r| r.containers.into()).min(u32::MAX.into()) as u32,
        }
    }
}

/// A pool of equal nodes.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The pool's name; its nodes are `NAME-0`, `NAME-1`, ….
    pub name: String,
    /// Number of nodes.
    pub count: u32,
    /// The zones that its nodes are in, in turns; empty: none is known.
    pub zones: Vec<ZoneId>,
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
    /// Speed of one stream that unpacks a layer, in unpacked bytes; `None`: no time.
    pub unpack: Option<Bandwidth>,
    /// What all that reads or writes a node's disk shares; `None`: never a limit.
    pub disk: Option<Bandwidth>,
    /// Images that a node pulls at once; at least 1.
    pub parallel_pulls: u32,
    /// What it keeps of images that no container needs; `None`: everything.
    pub image_cache: Option<ImageCache>,
    /// Images that are there as soon as the node is.
    pub images: Vec<ImageId>,
    /// How its number of nodes changes; `None`: it does not.
    pub autoscale: Option<NodeScaling>,
    /// What the provider may take back; `None`: nothing.
    pub spot: Option<Spot>,
}

impl Pool {
    /// Nodes that there may be at once.
    pub fn most(&self) -> u32 {
        self.autoscale.as_ref().map_or(self.count, |it| it.max)
    }

    /// Whether its number of nodes changes.
    pub fn is_elastic(&self) -> bool {
        self.autoscale.is_some() || self.spot.is_some()
    }

    /// The zone of the pool's node number `number`.
    pub fn zone(&self, number: u32) -> Option<ZoneId> {
        let zone = (number as usize).checked_rem(self.zones.len())?;
        Some(self.zones[zone])
    }

    /// What containers on one node may hold together.
    pub fn allocatable(&self) -> Resources {
        let mut left = self.capacity;
        left -= self.reserved;
        left
    }
}
