//! All nodes of the cluster and the links between them and the registry.

use super::images::NodeImages;
use super::links::Links;
use super::moving::Moving;
use super::node::Node;
use super::presence::Presences;
use super::pulls::{Errand, Pull};
use super::transfers::Transfers;
use crate::engine::EventKey;
use crate::id::{IdVec, NodeId, PullId, Slab};
use crate::model::Cluster;
use crate::policy::placement::{NodeState, NodeTable, Placement, placement};
use crate::random::{Keyed, Purpose, Streams};

/// What there is where the scenario has nodes.
#[derive(Debug)]
pub(super) struct Nodes<'m> {
    pub(super) cluster: &'m Cluster,
    pub(super) nodes: IdVec<NodeId, Node>,
    pub(super) presences: Presences,
    /// What placement goes by.
    pub(super) table: NodeTable,
    pub(super) placement: Box<dyn Placement>,
    /// What placement leaves to chance.
    pub(super) placement_words: Keyed,
    pub(super) links: Links,
    pub(super) transfers: Transfers<Errand>,
    /// The pending `TransferEnded`.
    pub(super) transfer_ended: Option<EventKey>,
    /// Whether a `ShareLinks` is on its way.
    pub(super) resharing: bool,
    pub(super) pulls: Slab<PullId, Pull>,
    pub(super) moving: Moving,
    /// Outages of the registry that are not over.
    pub(super) registry_outages: u32,
}

impl<'m> Nodes<'m> {
    pub(super) fn new(cluster: &'m Cluster, kinds: usize, streams: &Streams) -> Self {
        let mut placement = placement(cluster.placement, cluster);
        let mut transfers = Transfers::new();
        let mut links = Links::new(cluster, &mut transfers);
        let mut nodes = IdVec::new();
        let mut table = NodeTable::new(cluster.zones.len(), kinds, cluster.images.len());
        let presences = Presences::new(cluster, streams);
        for (id, pool) in cluster.pools.enumerate() {
            for number in 0..pool.most() {
                let node = Node::new(cluster, id);
                links.add_node((id, number), cluster, &mut transfers);
                let images = cluster.images.ids();
                table.push(NodeState {
                    pool: id,
                    zone: pool.zone(number),
                    open: number < pool.count,
                    allocatable: pool.allocatable(),
                    free: pool.allocatable(),
                    images: images
                        .map(|image| node.images.is_complete(cluster, image))
                        .collect(),
                    kinds: (0..kinds).map(|_| 0).collect(),
                    containers: 0,
                });
                placement.changed(nodes.push(node), &table);
            }
        }
        Self {
            cluster,
            nodes,
            presences,
            table,
            placement,
            placement_words: streams.keyed("cluster", Purpose::Placement),
            links,
            transfers,
            transfer_ended: None,
            resharing: false,
            pulls: Slab::new(),
            moving: Moving::default(),
            registry_outages: 0,
        }
    }

    /// Tells the policy that a node has changed.
    pub(super) fn changed(&mut self, node: NodeId) {
        self.placement.changed(node, &self.table);
    }

    /// Notes which images are complete on a node, and tells the policy.
    pub(super) fn note_images(&mut self, node: NodeId) {
        for image in self.cluster.images.ids() {
            let has = self.nodes[node].images.is_complete(self.cluster, image);
            self.table.set_image(node, image, has);
        }
        self.changed(node);
    }

    /// What a node divides compute times by, while nothing holds it.
    pub(super) fn speed(&self, node: NodeId) -> f64 {
        self.cluster.pools[self.nodes[node].pool].speed
    }

    /// A node has only the images that it begins with.
    pub(super) fn forget_images(&mut self, node: NodeId) {
        let state = &mut self.nodes[node];
        state.images = NodeImages::new(self.cluster, &self.cluster.pools[state.pool].images);
        self.note_images(node);
    }

    /// The name of a node.
    pub(super) fn name(&self, node: NodeId) -> String {
        let pool = self.nodes[node].pool;
        let same = self.nodes.enumerate().filter(|(_, it)| it.pool == pool);
        let number = same.take_while(|(id, _)| *id < node).count();
        format!("{}-{number}", self.cluster.pools[pool].name)
    }
}
