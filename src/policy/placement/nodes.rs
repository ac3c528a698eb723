//! What placement policies know of the nodes, and which of them may have a container.

use super::rooms::Rooms;
use crate::id::{Id, IdVec, ImageId, KindId, NodeId, PoolId, ZoneId};
use crate::model::{Apart, Kind, Resources, Spread};

/// What a placement policy knows of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// The pool that it belongs to.
    pub pool: PoolId,
    /// The zone that it is in; `None`: not known.
    pub zone: Option<ZoneId>,
    /// Whether it takes new containers.
    pub open: bool,
    /// What containers may hold together.
    pub allocatable: Resources,
    /// What is not held.
    pub free: Resources,
    /// By image: whether every layer is on the node.
    pub images: IdVec<ImageId, bool>,
    /// By kind: containers on the node.
    pub kinds: IdVec<KindId, u32>,
    /// Containers on the node.
    pub containers: u32,
}

impl NodeState {
    /// What is free for new containers.
    fn room(&self) -> Resources {
        if self.open {
            self.free
        } else {
            Resources::default()
        }
    }
}

/// All nodes, and how containers are spread over them.
#[derive(Clone, Debug, Default)]
pub struct NodeTable {
    states: IdVec<NodeId, NodeState>,
    /// What open nodes have free.
    rooms: Rooms,
    /// Whether there is a node whose zone is not known.
    zoneless: bool,
    /// By zone and kind: containers in the zone.
    zones: IdVec<ZoneId, IdVec<KindId, u32>>,
    /// By image: nodes that have it.
    with_image: IdVec<ImageId, u32>,
}

/// A container and the nodes that it may go to.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// All nodes.
    pub nodes: &'a NodeTable,
    /// The container's kind.
    pub kind: KindId,
    /// What containers of the kind ask for.
    pub demand: &'a Kind,
    /// The lowest number of containers of the kind in any place that they are spread over.
    lowest: u32,
    /// The only zone that this container may go to; `None`: any.
    zone: Option<ZoneId>,
}

/// Why a node cannot have a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It is down, or takes no new containers for another reason.
    Closed,
    /// Its pool's labels or taints keep it out.
    Pool,
    /// Its volumes are in another zone.
    Zone,
    /// One of its kind is there already.
    Apart,
    /// More of its kind are there than elsewhere.
    Skew,
    /// Its processor.
    Cpu,
    /// Its memory.
    Memory,
    /// Its ephemeral storage.
    Disk,
    /// Its graphics processors.
    Gpus,
    /// The number of its containers.
    Containers,
}

impl Refusal {
    /// In words, to follow "N nodes".
    pub fn text(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Pool => "of the wrong pool",
            Self::Zone => "in another zone than its volumes",
            Self::Apart => "with another of its kind",
            Self::Skew => "with too many of its kind",
            Self::Cpu => "without the cpu",
            Self::Memory => "without the memory",
            Self::Disk => "without the ephemeral storage",
            Self::Gpus => "without the gpus",
            Self::Containers => "full of containers",
        }
    }
}

impl NodeTable {
    /// No nodes, for so many zones, kinds of containers and images.
    pub fn new(zones: usize, kinds: usize, images: usize) -> Self {
        let none = || (0..kinds).map(|_| 0).collect();
        Self {
            states: IdVec::new(),
            rooms: Rooms::default(),
            zoneless: false,
            zones: (0..zones).map(|_| none()).collect(),
            with_image: (0..images).map(|_| 0).collect(),
        }
    }

    /// Adds a node that has no containers.
    pub fn push(&mut self, state: NodeState) -> NodeId {
        for (image, &has) in state.images.enumerate() {
            self.with_image[image] += u32::from(has);
        }
        self.zoneless |= state.zone.is_none();
        self.rooms.push(state.room());
        self.states.push(state)
    }

    /// Nodes in the order of their numbers.
    pub fn enumerate(&self) -> impl DoubleEndedIterator<Item = (NodeId, &NodeState)> {
        self.states.enumerate()
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// A node.
    #[inline]
    pub fn get(&self, node: NodeId) -> &NodeState {
        &self.states[node]
    }

    /// Whether all layers of an image are on a node.
    pub fn set_image(&mut self, node: NodeId, image: ImageId, has: bool) {
        let had = std::mem::replace(&mut self.states[node].images[image], has);
        self.with_image[image] += u32::from(has);
        self.with_image[image] -= u32::from(had);
    }

    /// Nodes that have an image.
    pub fn with_image(&self, image: ImageId) -> u32 {
        self.with_image[image]
    }

    /// The number of zones.
    pub fn zones(&self) -> usize {
        self.zones.len()
    }

    /// Containers of a kind in a zone.
    pub fn in_zone(&self, zone: ZoneId, kind: KindId) -> u32 {
        self.zones[zone][kind]
    }

    /// Whether a node takes new containers.
    pub fn open(&mut self, node: NodeId, open: bool) {
        self.states[node].open = open;
        self.note_room(node);
    }

    fn note_room(&mut self, node: NodeId) {
        self.rooms.set(node, self.states[node].room());
    }

    /// The lowest number of containers of a kind in any place of open nodes that it may go to.
    fn lowest(&self, kind: KindId, demand: &Kind, spread: Spread) -> u32 {
        let mut lowest = None;
        let by_zone = spread.over == Apart::Zones && !self.zoneless;
        let mut unseen = vec![true; if by_zone { self.zones.len() } else { 0 }];
        let mut left = unseen.len();
        for (id, state) in self.states.enumerate() {
            if !state.open || !demand.placing.allows(state.pool) {
                continue;
            }
            let here = self.count(id, kind, spread.over);
            lowest = Some(lowest.map_or(here, |lowest: u32| lowest.min(here)));
            let zone = state.zone.and_then(|zone| unseen.get_mut(zone.index()));
            left -= usize::from(zone.is_some_and(std::mem::take));
            // Nothing is lower than none; and a zone has one number, whichever node is asked.
            if here == 0 || (by_zone && left == 0) {
                break;
            }
        }
        lowest.unwrap_or(0)
    }

    /// A container of a kind comes to a node.
    pub fn place(&mut self, node: NodeId, kind: KindId, resources: Resources) {
        let state = &mut self.states[node];
        state.free -= resources;
        state.kinds[kind] += 1;
        state.containers += 1;
        if let Some(zone) = state.zone {
            self.zones[zone][kind] += 1;
        }
        self.note_room(node);
    }

    /// A container of a kind leaves a node.
    pub fn remove(&mut self, node: NodeId, kind: KindId, resources: Resources) {
        let state = &mut self.states[node];
        state.free += resources;
        state.kinds[kind] -= 1;
        state.containers -= 1;
        if let Some(zone) = state.zone {
            self.zones[zone][kind] -= 1;
        }
        self.note_room(node);
    }

    /// Containers of a kind on a node or, where a place is a zone, in its zone.
    pub fn count(&self, node: NodeId, kind: KindId, over: Apart) -> u32 {
        let state = &self.states[node];
        match (over, state.zone) {
            (Apart::Zones, Some(zone)) => self.zones[zone][kind],
            _ => state.kinds[kind],
        }
    }
}

impl<'a> View<'a> {
    /// A container of a kind that is to be placed.
    pub fn new(nodes: &'a NodeTable, kind: KindId, demand: &'a Kind) -> Self {
        let spread = demand.placing.spread;
        Self {
            nodes,
            kind,
            demand,
            lowest: spread.map_or(0, |spread| nodes.lowest(kind, demand, spread)),
            zone: None,
        }
    }

    /// The same for a container whose volumes are in a zone, if they are.
    #[must_use]
    pub fn within(self, zone: Option<ZoneId>) -> Self {
        Self { zone, ..self }
    }

    /// What the container reserves.
    #[inline]
    pub fn wanted(&self) -> Resources {
        self.demand.resources
    }

    /// Whether a node may have the container and has room for it.
    #[inline]
    pub fn allows(&self, node: NodeId) -> bool {
        self.nodes.get(node).free.fits(self.wanted()) && self.admits(node)
    }

    /// Whether a node may have the container, be there room or not.
    #[inline]
    pub fn admits(&self, node: NodeId) -> bool {
        let state = self.nodes.get(node);
        let placing = &self.demand.placing;
        state.open
            && placing.allows(state.pool)
            && (self.zone.is_none() || self.zone == state.zone)
            && (placing.apart.is_none() && placing.spread.is_none() || self.is_spread(node))
    }

    fn is_spread(&self, node: NodeId) -> bool {
        self.is_apart(node) && self.is_even(node)
    }

    fn is_apart(&self, node: NodeId) -> bool {
        let apart = self.demand.placing.apart;
        apart.is_none_or(|over| self.nodes.count(node, self.kind, over) == 0)
    }

    fn is_even(&self, node: NodeId) -> bool {
        self.demand.placing.spread.is_none_or(|spread| {
            let here = self.nodes.count(node, self.kind, spread.over);
            here < self.lowest + spread.max_skew
        })
    }

    /// Nodes that may have the container and have room for it.
    pub fn candidates(&self) -> impl Iterator<Item = (NodeId, &'a NodeState)> {
        let mut from = 0;
        let with_room = std::iter::from_fn(move || {
            let found = self.next_with_room(from)?;
            from = found + 1;
            Some(NodeId::new(found))
        });
        let allowed = with_room.filter(|id| self.admits(*id));
        allowed.map(|id| (id, self.nodes.get(id)))
    }

    /// The first open node of at least the number `from` that has room, whether it may have the
    /// container or not.
    #[inline]
    pub(super) fn next_with_room(&self, from: usize) -> Option<usize> {
        self.nodes.rooms.next(from, self.wanted())
    }

    /// The node with the highest score, the first of equals.
    pub fn best<S: PartialOrd>(
        &self,
        mut score: impl FnMut(NodeId, &NodeState) -> S,
    ) -> Option<NodeId> {
        let mut best: Option<(S, NodeId)> = None;
        for (id, state) in self.candidates() {
            let score = score(id, state);
            if best.as_ref().is_none_or(|(highest, _)| *highest < score) {
                best = Some((score, id));
            }
        }
        best.map(|(_, id)| id)
    }

    /// Why a node cannot have the container: the first reason; `None`: it can.
    pub fn refusal(&self, node: NodeId) -> Option<Refusal> {
        let state = self.nodes.get(node);
        let (free, wanted) = (state.free, self.wanted());
        let reasons = [
            (!state.open, Refusal::Closed),
            (!self.demand.placing.allows(state.pool), Refusal::Pool),
            (
                self.zone.is_some() && self.zone != state.zone,
                Refusal::Zone,
            ),
            (!self.is_apart(node), Refusal::Apart),
            (!self.is_even(node), Refusal::Skew),
            (free.cpu < wanted.cpu, Refusal::Cpu),
            (free.memory < wanted.memory, Refusal::Memory),
            (free.disk < wanted.disk, Refusal::Disk),
            (free.gpus < wanted.gpus, Refusal::Gpus),
            (free.containers < wanted.containers, Refusal::Containers),
        ];
        let found = reasons.into_iter().find(|(refused, _)| *refused);
        found.map(|(_, reason)| reason)
    }

    /// How many nodes refuse the container for which reason, in words.
    pub fn why_not(&self) -> String {
        let mut refusals: Vec<Refusal> = (0..self.nodes.len())
            .filter_map(|index| self.refusal(NodeId::new(index)))
            .collect();
        refusals.sort_unstable();
        let groups = refusals.chunk_by(|a, b| a == b);
        let texts: Vec<String> = groups
            .map(|group| format!("{} {}", group.len(), group[0].text()))
            .collect();
        texts.join("; ")
    }
}
