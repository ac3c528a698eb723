//! All nodes of the cluster and the links between them and the registry.

use super::node::Node;
use super::transfers::{LinkId, Transfers};
use crate::engine::EventKey;
use crate::id::{IdVec, ImageId, NodeId};
use crate::model::{Cluster, Model, NetworkKind};
use crate::policy::placement::{NodeState, NodeTable, Placement, placement};
use crate::random::{Keyed, Purpose, Streams};

/// What there is where the scenario has nodes.
#[derive(Debug)]
pub(super) struct Nodes<'m> {
    pub(super) cluster: &'m Cluster,
    pub(super) nodes: IdVec<NodeId, Node>,
    /// What placement goes by.
    pub(super) table: NodeTable,
    pub(super) placement: Box<dyn Placement>,
    /// What placement leaves to chance.
    pub(super) placement_words: Keyed,
    pub(super) transfers: Transfers<NodeId>,
    registry: Option<LinkId>,
    downlinks: IdVec<NodeId, Option<LinkId>>,
    /// The pending `TransferEnded`.
    pub(super) transfer_ended: Option<EventKey>,
}

impl<'m> Nodes<'m> {
    pub(super) fn new(
        (model, cluster): (&'m Model, &'m Cluster),
        kinds: usize,
        streams: &Streams,
    ) -> Self {
        let mut placement = placement(cluster.placement, cluster);
        let mut transfers = Transfers::new();
        let limited = model
            .cluster
            .as_ref()
            .is_some_and(|cluster| cluster.network == NetworkKind::MaxMin);
        let mut link = |capacity: Option<_>| {
            capacity
                .filter(|_| limited)
                .map(|capacity| transfers.add_link(capacity))
        };
        let registry = link(cluster.registry.bandwidth);
        let mut nodes = IdVec::new();
        let mut downlinks = IdVec::new();
        let mut table = NodeTable::new(cluster.zones.len(), kinds, cluster.images.len());
        for (id, pool) in cluster.pools.enumerate() {
            for number in 0..pool.count {
                let node = Node::new(cluster, id);
                downlinks.push(link(pool.network));
                let zones = pool.zones.len() as u32;
                let images = cluster.images.ids();
                table.push(NodeState {
                    pool: id,
                    zone: (zones > 0).then(|| pool.zones[(number % zones) as usize]),
                    open: true,
                    allocatable: pool.allocatable(),
                    free: pool.allocatable(),
                    images: images.map(|image| node.has(cluster, image)).collect(),
                    kinds: (0..kinds).map(|_| 0).collect(),
                    containers: 0,
                });
                placement.changed(nodes.push(node), &table);
            }
        }
        Self {
            cluster,
            nodes,
            table,
            placement,
            placement_words: streams.keyed("cluster", Purpose::Placement),
            transfers,
            registry,
            downlinks,
            transfer_ended: None,
        }
    }

    /// The links between the registry and a node.
    pub(super) fn links(&self, node: NodeId) -> Vec<LinkId> {
        self.registry
            .into_iter()
            .chain(self.downlinks[node])
            .collect()
    }

    /// Tells the policy that a node has changed.
    pub(super) fn changed(&mut self, node: NodeId) {
        self.placement.changed(node, &self.table);
    }

    /// All layers of `image` are on a node now, and with them perhaps other images.
    pub(super) fn complete(&mut self, node: NodeId, image: ImageId) {
        self.nodes[node].complete(self.cluster, image);
        for id in self.cluster.images.ids() {
            let has = self.nodes[node].has(self.cluster, id);
            self.table.set_image(node, id, has);
        }
        self.changed(node);
    }

    /// What a node divides compute times by, while nothing holds it.
    pub(super) fn speed(&self, node: NodeId) -> f64 {
        self.cluster.pools[self.nodes[node].pool].speed
    }

    /// The name of a node.
    pub(super) fn name(&self, node: NodeId) -> String {
        let pool = self.nodes[node].pool;
        let same = self.nodes.enumerate().filter(|(_, it)| it.pool == pool);
        let number = same.take_while(|(id, _)| *id < node).count();
        format!("{}-{number}", self.cluster.pools[pool].name)
    }
}
