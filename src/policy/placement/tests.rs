//! Every policy against looking at every node, and hand-computed scores.

use super::allocated::free_after;
use super::cosine::cosine;
use super::nodes::{NodeState, NodeTable, View};
use super::scores::{balanced_allocation, least_allocated};
use super::{Placement, placement};
use crate::id::{Id, IdVec, ImageId, KindId, LayerId, NodeId, PoolId, ServiceId, ZoneId};
use crate::model::{
    Apart, AutoscalerKind, Cluster, CpuModelKind, ExpanderKind, Image, Kind, Layer, ManagerKind,
    Network, NetworkKind, PendingKind, PlacementKind, Placing, PullPolicy, Registry, Resources,
    Spread,
};
use crate::random::{Draw, Word};
use crate::units::{Bytes, Cpu};
use proptest::prelude::*;

const GIB: u64 = 1 << 30;
const KINDS: usize = 2;

fn resources(cores: u64, gib: u64) -> Resources {
    Resources::container(Cpu::cores(cores), Bytes(gib * GIB))
}

fn node(cores: u64, gib: u64) -> NodeState {
    let allocatable = Resources::node(Cpu::cores(cores), Bytes(gib * GIB));
    NodeState {
        pool: PoolId(0),
        zone: None,
        open: true,
        allocatable,
        free: allocatable,
        images: [false].into_iter().collect(),
        kinds: (0..KINDS).map(|_| 0).collect(),
        containers: 0,
    }
}

fn cluster() -> Cluster {
    let size = Bytes(2000 * 1024 * 1024);
    let layer = Layer {
        name: "l".into(),
        size,
        unpacked: size,
    };
    let image = Image {
        name: "i".into(),
        layers: vec![LayerId(0)],
        pull: PullPolicy::IfNotPresent,
        pre_pull: false,
    };
    Cluster {
        manager: ManagerKind::Kubernetes,
        placement: PlacementKind::KubeDefault,
        placement_period: None,
        cpu_model: CpuModelKind::default(),
        network: NetworkKind::Unlimited,
        shared_links: Network::default(),
        pending: PendingKind::default(),
        autoscaler: AutoscalerKind::default(),
        expander: ExpanderKind::default(),
        zones: IdVec::new(),
        pools: IdVec::new(),
        layers: [layer].into_iter().collect(),
        images: [image].into_iter().collect(),
        registry: Registry::default(),
        storages: IdVec::new(),
    }
}

fn kind(resources: Resources) -> Kind {
    Kind {
        resources,
        memory_limit: None,
        image: None,
        service: None,
        app: None,
        gang: None,
        placing: Placing::default(),
    }
}

/// A policy and the nodes that it has been fed.
struct Bench {
    table: NodeTable,
    policy: Box<dyn Placement>,
}

impl Bench {
    fn new(policy: PlacementKind, nodes: impl IntoIterator<Item = NodeState>) -> Self {
        let mut bench = Self {
            table: NodeTable::new(2, KINDS, 1),
            policy: placement(policy, &cluster()),
        };
        for state in nodes {
            let id = bench.table.push(state);
            bench.policy.changed(id, &bench.table);
        }
        bench
    }

    fn put(&mut self, node: u32, kind: u32, resources: Resources) {
        self.table.place(NodeId(node), KindId(kind), resources);
        self.policy.changed(NodeId(node), &self.table);
    }

    fn pick(&mut self, kind: &Kind) -> Option<u32> {
        let view = View::new(&self.table, KindId(0), kind);
        let node = self.policy.pick(&view, &mut Draw::new(Word(7)));
        node.map(|node| node.0)
    }
}

#[test]
fn kube_default_takes_the_emptier_node_and_the_first_among_equals() {
    let mut bench = Bench::new(
        PlacementKind::KubeDefault,
        [node(10, 10), node(10, 10), node(10, 10)],
    );
    bench.put(0, 1, resources(5, 5));
    bench.put(1, 1, resources(2, 2));
    bench.put(2, 1, resources(2, 2));
    assert_eq!(bench.pick(&kind(resources(1, 1))), Some(1));
    assert_eq!(bench.pick(&kind(resources(9, 1))), None);
}

#[test]
fn kube_scores_are_those_of_the_original_by_hand() {
    // Free 5 of 10 cores and 8 of 10 GiB, one core and one GiB wanted.
    let mut state = node(10, 10);
    state.free -= resources(5, 2);
    let wanted = resources(1, 1);
    assert_eq!(least_allocated(&state, wanted), i64::midpoint(40, 70));
    // Used shares 0.6 and 0.3: 100 × (1 − 0.15).
    assert_eq!(balanced_allocation(&state, wanted), 85);
}

#[test]
fn kube_default_makes_a_detour_to_a_node_that_has_the_image() {
    let mut bench = Bench::new(PlacementKind::KubeDefault, [node(10, 10), node(10, 10)]);
    bench.put(1, 1, resources(3, 3));
    bench.table.set_image(NodeId(1), ImageId(0), true);
    // Least allocated 90 against 60, image locality 0 against 99 (half of 2000 MB counts).
    let wanted = Kind {
        image: Some(ImageId(0)),
        ..kind(resources(1, 1))
    };
    assert_eq!(bench.pick(&wanted), Some(1));
    assert_eq!(bench.pick(&kind(resources(1, 1))), Some(0));
}

#[test]
fn replicas_of_a_service_avoid_each_other_with_kube_default() {
    let mut bench = Bench::new(PlacementKind::KubeDefault, [node(10, 10), node(10, 10)]);
    bench.put(0, 0, Resources::default());
    bench.put(0, 0, Resources::default());
    bench.put(1, 1, resources(4, 4));
    let replica = Kind {
        service: Some(ServiceId(0)),
        ..kind(resources(1, 1))
    };
    assert_eq!(bench.pick(&replica), Some(1));
    assert_eq!(bench.pick(&kind(resources(1, 1))), Some(0));
}

#[test]
fn kube_default_looks_at_a_hundred_nodes_at_least_and_goes_on_after_them() {
    let nodes = (0..200).map(|_| node(10, 10));
    let mut bench = Bench::new(PlacementKind::KubeDefault, nodes);
    // 50 − 200/125 = 49 %: 98, so 100 are looked at; then the other 100.
    assert_eq!(bench.pick(&kind(resources(1, 1))), Some(0));
    assert_eq!(bench.pick(&kind(resources(1, 1))), Some(100));
    assert_eq!(bench.pick(&kind(resources(1, 1))), Some(0));
}

#[test]
fn swarm_spreads_a_service_first_and_then_all_containers() {
    let mut bench = Bench::new(
        PlacementKind::Spread,
        [node(10, 10), node(10, 10), node(10, 10)],
    );
    bench.put(0, 0, resources(1, 1));
    bench.put(1, 1, resources(1, 1));
    bench.put(1, 1, resources(1, 1));
    bench.put(2, 1, resources(1, 1));
    assert_eq!(bench.pick(&kind(resources(1, 1))), Some(2));
}

#[test]
fn next_fit_stays_where_round_robin_goes_on() {
    let nodes = || [node(2, 10), node(2, 10)];
    let mut stays = Bench::new(PlacementKind::NextFit, nodes());
    let mut goes_on = Bench::new(PlacementKind::RoundRobin, nodes());
    let wanted = kind(resources(1, 1));
    let picks = |bench: &mut Bench| -> Vec<Option<u32>> {
        let pick = |_| {
            let node = bench.pick(&wanted);
            if let Some(node) = node {
                bench.put(node, 0, wanted.resources);
            }
            node
        };
        (0..5).map(pick).collect()
    };
    assert_eq!(
        picks(&mut stays),
        [Some(0), Some(0), Some(1), Some(1), None]
    );
    assert_eq!(
        picks(&mut goes_on),
        [Some(0), Some(1), Some(0), Some(1), None]
    );
}

#[test]
fn the_dot_product_likes_room_and_the_cosine_the_right_shape() {
    // 8 of 10 cores and 8 of 10 GiB are free, or 4 and 1.
    let nodes = || [node(10, 10), node(10, 10)];
    let wanted = kind(resources(4, 1));
    for (policy, expected) in [(PlacementKind::DotProduct, 0), (PlacementKind::Cosine, 1)] {
        let mut bench = Bench::new(policy, nodes());
        bench.put(0, 1, resources(2, 2));
        bench.put(1, 1, resources(6, 9));
        assert_eq!(bench.pick(&wanted), Some(expected), "{policy:?}");
    }
}

#[test]
fn why_nothing_fits_is_said_by_reason() {
    let mut bench = Bench::new(
        PlacementKind::FirstFit,
        [node(1, 10), node(4, 1), node(1, 10), node(4, 10)],
    );
    bench.table.open(NodeId(3), false);
    bench.policy.changed(NodeId(3), &bench.table);
    let wanted = kind(resources(2, 2));
    let view = View::new(&bench.table, KindId(0), &wanted);
    assert_eq!(
        view.why_not(),
        "1 closed; 2 without the cpu; 1 without the memory"
    );
    assert_eq!(bench.pick(&wanted), None);
}

/// What is known of a policy: the best of all nodes by a score, the first of equals.
fn obvious(policy: PlacementKind, view: &View<'_>) -> Option<NodeId> {
    let wanted = view.wanted();
    match policy {
        PlacementKind::FirstFit => view.best(|_, _| 0),
        PlacementKind::BestFit => {
            view.best(|_, it| (-(it.free.cpu.0 as i128), -(it.free.memory.0 as i128)))
        }
        PlacementKind::WorstFit => view.best(|_, it| (it.free.cpu.0, it.free.memory.0)),
        PlacementKind::LeastAllocated => view.best(|_, it| free_after(it, wanted)),
        PlacementKind::MostAllocated => view.best(|_, it| -free_after(it, wanted)),
        other => panic!("{other:?} has no obvious score"),
    }
}

const INDEXED: [PlacementKind; 5] = [
    PlacementKind::FirstFit,
    PlacementKind::BestFit,
    PlacementKind::WorstFit,
    PlacementKind::LeastAllocated,
    PlacementKind::MostAllocated,
];

/// What happens to the nodes, or is asked of them.
#[derive(Clone, Debug)]
enum Move {
    Place(u64, u64),
    Leave(usize),
    Toggle(usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (0u64..5, 0u64..5).prop_map(|(cpu, memory)| Move::Place(cpu, memory)),
        2 => (0usize..100).prop_map(Move::Leave),
        1 => (0usize..40).prop_map(Move::Toggle),
    ];
    prop::collection::vec(one, 1..120)
}

fn constraints() -> impl Strategy<Value = Placing> {
    let places = prop_oneof![Just(Apart::Nodes), Just(Apart::Zones)];
    let spread = (places.clone(), 1u32..3).prop_map(|(over, max_skew)| Spread { over, max_skew });
    let pools = prop_oneof![
        Just(vec![]),
        Just(vec![true, false]),
        Just(vec![false, true])
    ];
    (
        prop::option::weighted(0.2, places),
        prop::option::weighted(0.2, spread),
        pools,
    )
        .prop_map(|(apart, spread, pools)| Placing {
            apart,
            spread,
            pools: pools.into_iter().collect(),
            ..Placing::default()
        })
}

/// Whether a node may have the container, by looking at every other.
fn may_have(view: &View<'_>, node: NodeId) -> bool {
    let placing = &view.demand.placing;
    let possible = |it: &NodeState| it.open && placing.allows(it.pool);
    let count = |node, over| view.nodes.count(node, view.kind, over);
    let lowest = |over| {
        let all = view.nodes.enumerate().filter(|(_, it)| possible(it));
        all.map(|(id, _)| count(id, over)).min().unwrap_or(0)
    };
    possible(view.nodes.get(node))
        && placing.apart.is_none_or(|over| count(node, over) == 0)
        && placing
            .spread
            .is_none_or(|it| count(node, it.over) < lowest(it.over) + it.max_skew)
}

proptest! {
    /// Random clusters of two pools in two zones with closed nodes and constraints: every policy
    /// answers with a node that may have the container whenever there is one, the indexed policies
    /// with exactly the node that looking at all of them finds, and nothing is lost on the way.
    #[test]
    fn every_policy_agrees_with_looking_at_every_node(
        sizes in prop::collection::vec((1u64..8, 1u64..8), 2..40),
        moves in moves(),
        placing in constraints(),
    ) {
        for &(_, policy) in PlacementKind::NAMES {
            let nodes = sizes.iter().enumerate().map(|(index, _)| {
                let pool = index % 2;
                let (cores, gib) = sizes[pool];
                NodeState {
                    pool: PoolId(pool as u32),
                    zone: Some(ZoneId((index / 2 % 2) as u32)),
                    ..node(cores, gib)
                }
            });
            let mut bench = Bench::new(policy, nodes);
            let mut placed: Vec<(NodeId, Resources)> = Vec::new();
            for step in &moves {
                match *step {
                    Move::Place(cores, gib) => {
                        let wanted = Kind { placing: placing.clone(), ..kind(resources(cores, gib)) };
                        let view = View::new(&bench.table, KindId(0), &wanted);
                        let picked = bench.policy.pick(&view, &mut Draw::new(Word(cores << 40)));
                        let all = bench.table.enumerate();
                        let with_room = all.filter(|(id, it)| {
                            it.free.fits(wanted.resources) && may_have(&view, *id)
                        });
                        let with_room: Vec<NodeId> = with_room.map(|(id, _)| id).collect();
                        let found: Vec<NodeId> = view.candidates().map(|(id, _)| id).collect();
                        prop_assert_eq!(&found, &with_room);
                        prop_assert_eq!(picked.is_some(), !found.is_empty());
                        if INDEXED.contains(&policy) {
                            prop_assert_eq!(picked, obvious(policy, &view), "{:?}", policy);
                        }
                        if let Some(picked) = picked {
                            prop_assert!(view.allows(picked) && view.refusal(picked).is_none());
                            bench.put(picked.0, 0, wanted.resources);
                            placed.push((picked, wanted.resources));
                        }
                    }
                    Move::Leave(index) if !placed.is_empty() => {
                        let (node, resources) = placed.swap_remove(index % placed.len());
                        bench.table.remove(node, KindId(0), resources);
                        bench.policy.changed(node, &bench.table);
                    }
                    Move::Leave(_) => {}
                    Move::Toggle(index) => {
                        let node = NodeId::new(index % sizes.len());
                        let open = bench.table.get(node).open;
                        bench.table.open(node, !open);
                        bench.policy.changed(node, &bench.table);
                    }
                }
            }
            for (node, resources) in placed {
                bench.table.remove(node, KindId(0), resources);
            }
            prop_assert!(bench.table.enumerate().all(|(_, it)| it.free == it.allocatable));
        }
    }
}

#[test]
fn a_node_without_anything_free_has_no_angle() {
    let mut full = node(2, 2);
    full.free -= resources(2, 2);
    assert!(cosine(&full, resources(1, 1)).abs() < f64::EPSILON);
}
