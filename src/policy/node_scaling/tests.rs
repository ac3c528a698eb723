//! Growth by hand.

use super::packing::pack;
use super::*;
use crate::model::{Kind, Placing};
use crate::units::{Bytes, Cpu};
use proptest::prelude::*;

fn kind(cores: u64, gib: u64) -> Kind {
    Kind {
        resources: Resources::container(Cpu::cores(cores), Bytes(gib << 30)),
        memory_limit: None,
        image: None,
        service: None,
        app: None,
        gang: None,
        placing: Placing::default(),
    }
}

fn offer(pool: u32, cores: u64, gib: u64, price: f64) -> Offer {
    Offer {
        pool: PoolId(pool),
        allocatable: Resources::node(Cpu::cores(cores), Bytes(gib << 30)),
        room: 10,
        price,
        priority: pool as i32,
    }
}

fn growth(kind: AutoscalerKind, expander: ExpanderKind, demand: &Kind, count: u64) -> Vec<Growth> {
    // Large nodes of 16 cores at 0.8, small ones of 4 cores at 0.25.
    let offers = [offer(0, 16, 64, 0.8), offer(1, 4, 16, 0.25)];
    let demands = [Demand {
        kind: demand,
        count,
    }];
    autoscaler(kind, expander).grow(&offers, &demands)
}

fn nodes(pool: u32, nodes: u32) -> Vec<Growth> {
    vec![Growth {
        pool: PoolId(pool),
        nodes,
    }]
}

#[test]
fn each_expander_has_its_own_favourite() {
    let three = kind(3, 4);
    let ca = |expander| growth(AutoscalerKind::ClusterAutoscaler, expander, &three, 5);
    // Five of three cores fill 15 of 16 cores and 20 of 64 GiB of one large node, or three quarters
    // of the cores and a quarter of the memory of five small ones: wasted (1/16 + 44/64)/2 = 0.375
    // against (1/4 + 3/4)/2 = 0.5.
    assert_eq!(ca(ExpanderKind::LeastWaste), nodes(0, 1));
    assert_eq!(ca(ExpanderKind::Priority), nodes(1, 5));
    // 0.8 against 1.25 for the same cores.
    assert_eq!(ca(ExpanderKind::Cheapest), nodes(0, 1));
    // One alone: 0.8 against 0.25.
    let one = growth(
        AutoscalerKind::ClusterAutoscaler,
        ExpanderKind::Cheapest,
        &three,
        1,
    );
    assert_eq!(one, nodes(1, 1));
}

#[test]
fn karpenter_fills_large_nodes_and_takes_a_small_one_for_the_rest() {
    let three = kind(3, 4);
    let grown = growth(
        AutoscalerKind::Karpenter,
        ExpanderKind::default(),
        &three,
        11,
    );
    // Five on each of two large nodes; the eleventh fits on either, and the small one is cheaper.
    assert_eq!(grown, [nodes(0, 2), nodes(1, 1)].concat());
}

#[test]
fn what_fits_on_no_node_makes_none_grow() {
    let huge = kind(32, 4);
    for autoscaler in [AutoscalerKind::ClusterAutoscaler, AutoscalerKind::Karpenter] {
        assert_eq!(growth(autoscaler, ExpanderKind::default(), &huge, 3), []);
    }
}

#[test]
fn they_look_every_ten_seconds_or_when_requests_have_come_to_rest() {
    let at = |seconds: f64| Time::from_nanos((seconds * 1e9) as u64);
    let of = |kind| autoscaler(kind, ExpanderKind::default());
    let ca = of(AutoscalerKind::ClusterAutoscaler);
    assert_eq!(ca.due(at(0.0), at(0.0)), at(0.0));
    assert_eq!(ca.due(at(3.0), at(12.5)), at(20.0));
    let karpenter = of(AutoscalerKind::Karpenter);
    assert_eq!(karpenter.due(at(3.0), at(4.5)), at(5.5));
    assert_eq!(karpenter.due(at(3.0), at(12.5)), at(13.0));
}

#[test]
fn nodes_on_their_way_take_what_fits_on_them() {
    let (two, five) = (kind(2, 1), kind(5, 1));
    let demands = [
        Demand {
            kind: &two,
            count: 5,
        },
        Demand {
            kind: &five,
            count: 1,
        },
    ];
    let free = Resources::node(Cpu::cores(7), Bytes(64 << 30));
    let mut rooms = [Room {
        pool: PoolId(0),
        free,
        is_new: true,
    }; 2];
    // Three and two of the small ones leave 1 and 3 cores.
    assert_eq!(absorb(&mut rooms, &demands), [0, 1]);
    assert_eq!(
        rooms.map(|room| room.free.cpu),
        [Cpu::cores(1), Cpu::cores(3)]
    );
}

proptest! {
    /// Nothing is lost, nodes are no fuller than they are large, and there are not many too many: two
    /// of them are always together more than half full in one of the two amounts.
    #[test]
    fn packing_holds_what_it_says(
        demands in prop::collection::vec((1u64..8, 1u64..8, 1u64..20), 1..6),
    ) {
        let kinds: Vec<Kind> = demands.iter().map(|(cores, gib, _)| kind(*cores, *gib)).collect();
        let demands: Vec<Demand<'_>> = kinds
            .iter()
            .zip(&demands)
            .map(|(kind, (_, _, count))| Demand { kind, count: *count })
            .collect();
        let allocatable = Resources::node(Cpu::cores(8), Bytes(8 << 30));
        let packing = pack(PoolId(0), allocatable, u32::MAX, &demands);
        let counts: Vec<u64> = demands.iter().map(|demand| demand.count).collect();
        prop_assert_eq!(&packing.placed, &counts);
        let cores: u64 = demands.iter().map(|it| it.kind.resources.cpu.0 * it.count).sum();
        let bytes: u64 = demands.iter().map(|it| it.kind.resources.memory.0 * it.count).sum();
        prop_assert_eq!((packing.requested.cpu.0, packing.requested.memory.0), (cores, bytes));
        let nodes = u64::from(packing.nodes);
        prop_assert!(cores <= nodes * 8000 && bytes <= nodes * (8 << 30));
        let least = cores.div_ceil(8000).max(bytes.div_ceil(8 << 30));
        prop_assert!(nodes <= 4 * least + 1, "{nodes} nodes, at least {least} are needed");
        let few = pack(PoolId(0), allocatable, 1, &demands);
        prop_assert!(few.nodes <= 1);
    }
}
