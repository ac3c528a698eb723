//! How many nodes containers need: first-fit decreasing, a kind of container at a time.
//!
//! This is what the estimators of Cluster Autoscaler (`estimator/binpacking_estimator.go`) and
//! Karpenter do, with resources, labels, taints and "never two on a node"; how containers are spread
//! over zones is not looked at.

use crate::id::PoolId;
use crate::model::{Kind, Resources};

/// Containers of a kind that wait.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// What they have in common.
    pub kind: &'a Kind,
    /// How many.
    pub count: u64,
}

/// What is free on a node.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// The pool of the node.
    pub pool: PoolId,
    /// What nobody has yet.
    pub free: Resources,
    /// Whether nobody is there yet.
    pub is_new: bool,
}

/// New nodes of one pool, and what is on them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Packing {
    pub(super) nodes: u32,
    /// By demand: containers that are on them.
    pub(super) placed: Vec<u64>,
    /// What those ask for together.
    pub(super) requested: Resources,
}

/// Puts waiting containers where there is or will be room; answers how many of each demand are left.
/// Those that never share a node are put onto new ones only: who is on the others is not known here.
pub fn absorb(rooms: &mut [Room], demands: &[Demand<'_>]) -> Vec<u64> {
    let mut left: Vec<u64> = demands.iter().map(|demand| demand.count).collect();
    for (demand, left) in demands.iter().zip(&mut left) {
        for room in rooms.iter_mut() {
            let may_share = room.is_new || demand.kind.placing.apart.is_none();
            if may_share && demand.kind.placing.allows(room.pool) {
                *left -= put(&mut room.free, demand.kind, *left);
            }
        }
    }
    left
}

/// Packs as many containers as possible onto at most `most` new nodes of a pool.
pub(super) fn pack(
    pool: PoolId,
    allocatable: Resources,
    most: u32,
    demands: &[Demand<'_>],
) -> Packing {
    let mut order: Vec<usize> = (0..demands.len()).collect();
    let size = |index: &usize| share(demands[*index].kind.resources, allocatable);
    order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let mut rooms: Vec<Resources> = Vec::new();
    let mut packing = Packing {
        nodes: 0,
        placed: vec![0; demands.len()],
        requested: Resources::default(),
    };
    for index in order {
        let demand = demands[index];
        let mut left = demand.count;
        if !demand.kind.placing.allows(pool) || !allocatable.fits(demand.kind.resources) {
            continue;
        }
        for room in &mut rooms {
            left -= put(room, demand.kind, left);
        }
        while left > 0 && (rooms.len() as u64) < u64::from(most) {
            let mut room = allocatable;
            left -= put(&mut room, demand.kind, left);
            rooms.push(room);
        }
        packing.placed[index] = demand.count - left;
    }
    packing.nodes = rooms.len() as u32;
    for room in rooms {
        let mut used = allocatable;
        used -= room;
        packing.requested += used;
    }
    packing
}

/// Puts up to `count` containers into a room and answers how many it took.
fn put(room: &mut Resources, kind: &Kind, count: u64) -> u64 {
    let alone = kind.placing.apart.is_some();
    let most = if alone { count.min(1) } else { count };
    let mut taken = 0;
    while taken < most && room.fits(kind.resources) {
        *room -= kind.resources;
        taken += 1;
    }
    taken
}

/// The shares of processor and memory in sum: Cluster Autoscaler packs in this order.
fn share(part: Resources, whole: Resources) -> f64 {
    let share = |part: u64, whole: u64| {
        if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        }
    };
    share(part.cpu.0, whole.cpu.0) + share(part.memory.0, whole.memory.0)
}
