//! Paths by hand.

use super::*;
use crate::model::{
    AutoscalerKind, ExpanderKind, ManagerKind, Network, PendingKind, PlacementKind, Pool, Racks,
    Registry, Resources,
};
use crate::units::{Bytes, Cpu, Duration};

/// Four nodes in zones a and b by turns, racks of one, a mirror in a. Links are numbered as they are
/// made: registry 0, mirror 1, zone a 2 and 3, zone b 4 and 5; then for each node its rack, its own
/// links (up, then down) and its disk: 6…10, 11…15, 16…20, 21…25.
fn links(network: NetworkKind) -> Links {
    let bandwidth = |gigabits: u64| Bandwidth(gigabits * 125_000_000);
    let pool = Pool {
        name: "n".into(),
        count: 4,
        capacity: Resources::node(Cpu::cores(1), Bytes::GIB),
        reserved: Resources::default(),
        speed: 1.0,
        price: None,
        network: Some(bandwidth(1)),
        disk: Some(bandwidth(8)),
        zones: vec![ZoneId(0), ZoneId(1)],
        unpack: None,
        parallel_pulls: 1,
        image_cache: None,
        images: Vec::new(),
        autoscale: None,
        spot: None,
    };
    let cluster = Cluster {
        manager: ManagerKind::Kubernetes,
        placement_period: None,
        cpu_model: crate::model::CpuModelKind::default(),
        placement: PlacementKind::FirstFit,
        network,
        pending: PendingKind::default(),
        autoscaler: AutoscalerKind::default(),
        expander: ExpanderKind::default(),
        shared_links: Network {
            zone_uplink: Some(bandwidth(10)),
            racks: Some(Racks {
                size: 1,
                uplink: RackUplink::Oversubscription(2.0),
            }),
            cross_zone_price: None,
        },
        pools: [pool].into_iter().collect(),
        zones: ["a".to_owned(), "b".to_owned()].into_iter().collect(),
        layers: IdVec::new(),
        images: IdVec::new(),
        registry: Registry {
            bandwidth: Some(bandwidth(1)),
            latency: Duration::ZERO,
            mirrors: vec![(ZoneId(0), bandwidth(2))],
        },
        storages: IdVec::new(),
    };
    let mut transfers: Transfers<()> = Transfers::new();
    let mut links = Links::new(&cluster, &mut transfers);
    for number in 0..4 {
        links.add_node((PoolId(0), number), &cluster, &mut transfers);
    }
    links
}

fn passed(links: &Links, from: Site, to: Site) -> Vec<u32> {
    let path = links.path(from, to);
    path.links().iter().map(|link| link.0).collect()
}

#[test]
fn a_path_passes_what_lies_between_and_nothing_else() {
    let links = links(NetworkKind::MaxMin);
    let (memory, disk) = (|n| Site::Memory(NodeId(n)), |n| Site::Disk(NodeId(n)));
    // From the mirror: not through the zone's link.
    assert_eq!(passed(&links, Site::Registry, memory(0)), [1, 7, 9]);
    assert_eq!(passed(&links, Site::Registry, memory(1)), [0, 5, 12, 14]);
    // Within a zone and across.
    assert_eq!(passed(&links, memory(0), memory(2)), [8, 6, 17, 19]);
    assert_eq!(
        passed(&links, disk(0), disk(1)),
        [10, 8, 6, 2, 5, 12, 14, 15]
    );
    // On a node only its disk is passed, once.
    assert_eq!(passed(&links, memory(3), disk(3)), [25]);
    assert_eq!(passed(&links, disk(3), disk(3)), [25]);
    assert!(links.path(memory(3), memory(3)).is_empty());
}

#[test]
fn an_unlimited_network_has_no_links() {
    let links = links(NetworkKind::Unlimited);
    let path = links.path(Site::Registry, Site::Disk(NodeId(1)));
    assert!(path.is_empty());
}
