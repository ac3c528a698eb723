//! Which links there are, and which of them lie between two places.
//!
//! A node has a link in each direction and a disk; a rack and a zone have a link in each direction;
//! the registry and each of its mirrors have a way out. An object store has a link that whatever is
//! read and written shares, and one that counts requests. Registry and object stores are outside of
//! all zones, a mirror is within its zone but in none of its racks. What has no limit has no link.

use super::transfers::{Path, Transfers};
use crate::effect::Site;
use crate::id::{Id, IdVec, LinkId, NodeId, PoolId, StorageId, ZoneId};
use crate::model::{Cluster, NetworkKind, Rack, RackUplink};
use crate::units::Bandwidth;
use std::collections::BTreeMap;

/// All links of the cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    registry: Option<LinkId>,
    /// By zone: the way out of its mirror.
    mirrors: IdVec<ZoneId, Option<LinkId>>,
    storages: IdVec<StorageId, StorageLinks>,
    zones: IdVec<ZoneId, Pair>,
    racks: Vec<Pair>,
    /// By rack that has a node: its links.
    known: BTreeMap<Rack, usize>,
    nodes: IdVec<NodeId, NodeLinks>,
}

/// A link in each direction.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    up: Option<LinkId>,
    down: Option<LinkId>,
}

/// What the transfers from and to an object store share.
#[derive(Clone, Copy, Debug, Default)]
struct StorageLinks {
    bytes: Option<LinkId>,
    requests: Option<LinkId>,
}

#[derive(Clone, Copy, Debug)]
struct NodeLinks {
    zone: Option<ZoneId>,
    rack: Option<usize>,
    own: Pair,
    disk: Option<LinkId>,
}

impl Links {
    /// The links that are there whatever nodes there are.
    pub(super) fn new<T: Copy>(cluster: &Cluster, transfers: &mut Transfers<T>) -> Self {
        if cluster.network == NetworkKind::Unlimited {
            return Self::default();
        }
        let uplink = cluster.shared_links.zone_uplink;
        let mut mirrors: IdVec<ZoneId, Option<LinkId>> =
            cluster.zones.iter().map(|_| None).collect();
        let registry = cluster.registry.bandwidth.map(|it| transfers.add_link(it));
        for &(zone, bandwidth) in &cluster.registry.mirrors {
            mirrors[zone] = Some(transfers.add_link(bandwidth));
        }
        let zones = cluster.zones.iter().map(|_| pair(uplink, transfers));
        let zones = zones.collect();
        let storages = cluster.storages.iter().map(|storage| StorageLinks {
            bytes: storage.bandwidth.map(|it| transfers.add_link(it)),
            requests: storage.request_rate.map(|it| transfers.add_counter(it)),
        });
        Self {
            registry,
            mirrors,
            storages: storages.collect(),
            zones,
            racks: Vec::new(),
            known: BTreeMap::new(),
            nodes: IdVec::new(),
        }
    }

    /// Adds the next node: number `number` of its pool.
    pub(super) fn add_node<T: Copy>(
        &mut self,
        (pool, number): (PoolId, u32),
        cluster: &Cluster,
        transfers: &mut Transfers<T>,
    ) {
        let zone = cluster.pools[pool].zone(number);
        if cluster.network == NetworkKind::Unlimited {
            self.nodes.push(NodeLinks {
                zone,
                rack: None,
                own: Pair::default(),
                disk: None,
            });
            return;
        }
        let rack = self.rack(pool, cluster, transfers);
        let spec = &cluster.pools[pool];
        self.nodes.push(NodeLinks {
            zone,
            rack,
            own: pair(spec.network, transfers),
            disk: spec.disk.map(|it| transfers.add_link(it)),
        });
    }

    /// The zone of a node.
    pub(super) fn zone(&self, node: NodeId) -> Option<ZoneId> {
        self.nodes.get(node)?.zone
    }

    /// Whether a node's zone has a mirror of the registry.
    pub(super) fn has_mirror(&self, node: NodeId) -> bool {
        let zone = self.zone(node);
        zone.and_then(|zone| self.mirrors.get(zone).copied().flatten())
            .is_some()
    }

    /// The links that bytes pass on their way.
    pub(super) fn path(&self, from: Site, to: Site) -> Path {
        let mut path = Path::default();
        let mut pass = |link: Option<LinkId>| {
            if let Some(link) = link {
                path.push(link);
            }
        };
        let disk = |site| match site {
            Site::Disk(node) => self.nodes[node].disk,
            Site::Registry | Site::Storage(_) | Site::Memory(_) => None,
        };
        let (source, target) = (self.node(from), self.node(to));
        let is_local = from.node().is_some() && from.node() == to.node();
        pass(disk(from));
        for site in [from, to] {
            let storage = self.storage(site);
            pass(storage.bytes);
            pass(storage.requests);
        }
        if !is_local {
            let (out, into) = (source.map(|it| it.zone), target.map(|it| it.zone));
            let has_mirror = to.node().is_some_and(|node| self.has_mirror(node));
            let has_mirror = from == Site::Registry && has_mirror;
            let same_zone = has_mirror || (source.is_some() && target.is_some() && out == into);
            let same_rack = source.is_some_and(|it| it.rack.is_some())
                && source.and_then(|it| it.rack) == target.and_then(|it| it.rack);
            match source {
                Some(node) => {
                    pass(node.own.up);
                    if !same_rack {
                        pass(node.rack.and_then(|rack| self.racks[rack].up));
                    }
                    if !same_zone {
                        pass(node.zone.and_then(|zone| self.zones.get(zone)?.up));
                    }
                }
                None if has_mirror => {
                    pass(
                        target
                            .and_then(|it| it.zone)
                            .and_then(|it| self.mirrors[it]),
                    );
                }
                None if from == Site::Registry => pass(self.registry),
                None => {}
            }
            if let Some(node) = target {
                if !same_zone {
                    pass(node.zone.and_then(|zone| self.zones.get(zone)?.down));
                }
                if !same_rack {
                    pass(node.rack.and_then(|rack| self.racks[rack].down));
                }
                pass(node.own.down);
            }
        }
        if disk(to) != disk(from) {
            pass(disk(to));
        }
        path
    }

    /// Where the requests of a transfer are counted.
    pub(super) fn requests(&self, storage: StorageId) -> Option<LinkId> {
        self.storage(Site::Storage(storage)).requests
    }

    fn storage(&self, site: Site) -> StorageLinks {
        match site {
            Site::Storage(id) => self.storages.get(id).copied().unwrap_or_default(),
            Site::Registry | Site::Memory(_) | Site::Disk(_) => StorageLinks::default(),
        }
    }

    fn node(&self, site: Site) -> Option<&NodeLinks> {
        site.node().and_then(|node| self.nodes.get(node))
    }

    /// The links of the rack of the next node, which is of a pool.
    fn rack<T: Copy>(
        &mut self,
        pool: PoolId,
        cluster: &Cluster,
        transfers: &mut Transfers<T>,
    ) -> Option<usize> {
        let racks = cluster.shared_links.racks?;
        let which = cluster.rack(NodeId::new(self.nodes.len()));
        if let Some(known) = self.known.get(&which) {
            return Some(*known);
        }
        let uplink = match racks.uplink {
            RackUplink::Bandwidth(bandwidth) => Some(bandwidth),
            RackUplink::Oversubscription(ratio) => cluster.pools[pool].network.map(|it| {
                let together = it.0 as f64 * f64::from(racks.size);
                Bandwidth((together / ratio).max(1.0) as u64)
            }),
        };
        self.racks.push(pair(uplink, transfers));
        let rack = self.racks.len() - 1;
        self.known.insert(which, rack);
        Some(rack)
    }
}

impl Site {
    /// The node that it is on.
    pub(super) fn node(self) -> Option<NodeId> {
        match self {
            Self::Registry | Self::Storage(_) => None,
            Self::Memory(node) | Self::Disk(node) => Some(node),
        }
    }
}

fn pair<T: Copy>(bandwidth: Option<Bandwidth>, transfers: &mut Transfers<T>) -> Pair {
    Pair {
        up: bandwidth.map(|it| transfers.add_link(it)),
        down: bandwidth.map(|it| transfers.add_link(it)),
    }
}

#[cfg(test)]
mod tests;
