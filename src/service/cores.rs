//! Processors of nodes that replicas share (`cluster.cpu-model = "shared"`).
//!
//! Within a replica its requests share what the replica may use, as under `reserved`. What it may use
//! is its limit as long as all replicas of the node together need no more than the node has. Where
//! they need more, each gets its share by weight, and what one cannot use goes to the others in the
//! same proportion: Linux' completely fair scheduler over control groups whose `cpu.weight` is the
//! request and whose `cpu.max` is the limit (Kubernetes documentation, "Resource Management for Pods
//! and Containers"), without its time slices. The weight of a replica without a request is that of
//! 2 thousandths of a core, as the kubelet sets it.
//!
//! A replica needs a core for each of its requests that computes, up to its limit. The node has what
//! is allocatable; kubelet and daemons keep to what is reserved for them.
//!
//! # Invariants
//! * What replicas of a node use together is what they need, or all of the node.
//! * A share is a whole number of thousandths of a core, and nobody who needs some gets none.

use super::services::Services;
use crate::id::{Id, NodeId, StationId};
use crate::kernel::Kernel;
use crate::model::{CpuModelKind, DisciplineKind, Model};

/// The weight of a replica that requests nothing.
const LEAST_WEIGHT: u64 = 2;

/// The processors of all nodes.
#[derive(Debug)]
pub(super) struct Cores {
    /// By node.
    nodes: Vec<Node>,
    /// By station: its node.
    at: Vec<Option<NodeId>>,
}

/// The processor of a node.
#[derive(Clone, Debug)]
struct Node {
    /// Thousandths of a core.
    capacity: u64,
    /// Replicas that run there and may compute, in the order in which they came.
    here: Vec<StationId>,
}

/// What a replica asks of its node.
#[derive(Clone, Copy, Debug)]
struct Claim {
    /// Thousandths of a core that it needs.
    need: u64,
    weight: u64,
}

impl Cores {
    /// Those of a scenario in which they are shared.
    pub(super) fn new(model: &Model) -> Option<Box<Self>> {
        let cluster = model.cluster.as_ref();
        let cluster = cluster.filter(|it| it.cpu_model == CpuModelKind::Shared)?;
        let nodes = cluster.pools.iter().flat_map(|pool| {
            let node = Node {
                capacity: pool.allocatable().cpu.0,
                here: Vec::new(),
            };
            (0..pool.most()).map(move |_| node.clone())
        });
        Some(Box::new(Self {
            nodes: nodes.collect(),
            at: Vec::new(),
        }))
    }
}

/// Shares `capacity`, which is less than what is needed: thousandths of a core for each.
fn shares(capacity: u64, claims: &[Claim]) -> Vec<u64> {
    // Who needs least for its weight is satisfied first.
    let mut order: Vec<usize> = (0..claims.len()).collect();
    let by_weight =
        |it: usize, other: usize| u128::from(claims[it].need) * u128::from(claims[other].weight);
    order.sort_by(|&one, &other| by_weight(one, other).cmp(&by_weight(other, one)));
    let mut left = capacity;
    let mut weight: u64 = claims.iter().map(|claim| claim.weight).sum();
    let mut shares = vec![0; claims.len()];
    for index in order {
        let claim = claims[index];
        let fair = u128::from(left) * u128::from(claim.weight) / u128::from(weight);
        let share = claim.need.min((fair as u64).max(1)).min(left);
        shares[index] = share;
        left -= share;
        weight -= claim.weight;
    }
    shares
}

impl Services<'_> {
    /// A replica runs on a node from now on.
    pub(super) fn enter_node(&mut self, station_id: StationId, node: Option<NodeId>) {
        let discipline = self.services[self.stations[station_id].service].discipline;
        let Some(cores) = &mut self.cores else { return };
        if discipline == DisciplineKind::ProcessorSharing {
            return;
        }
        if cores.at.len() <= station_id.index() {
            cores.at.resize(station_id.index() + 1, None);
        }
        cores.at[station_id.index()] = node;
        if let Some(node) = node {
            cores.nodes[node.index()].here.push(station_id);
        }
    }

    /// A replica, none of whose requests computes, is on no node any more.
    pub(super) fn leave_node(&mut self, station_id: StationId) {
        let Some(cores) = &mut self.cores else { return };
        let at = cores.at.get_mut(station_id.index());
        if let Some(node) = at.and_then(Option::take) {
            let here = &mut cores.nodes[node.index()].here;
            here.retain(|other| *other != station_id);
        }
    }

    /// What is shared on the node of a replica is shared anew: what the replica needs has changed.
    pub(super) fn share_cores(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let Some(cores) = &self.cores else { return };
        let at = cores.at.get(station_id.index()).copied().flatten();
        let Some(node) = at.map(|node| &cores.nodes[node.index()]) else {
            return;
        };
        let mut computing: Vec<(StationId, Claim)> = Vec::new();
        let mut needed = 0;
        for &station in &node.here {
            let claim = self.claim(station);
            needed += claim.need;
            computing.push((station, claim));
        }
        let claims: Vec<Claim> = computing.iter().map(|(_, claim)| *claim).collect();
        let shares = if node.capacity < needed {
            shares(node.capacity, &claims)
        } else {
            claims.iter().map(|claim| claim.need).collect()
        };
        for ((station, claim), share) in computing.into_iter().zip(shares) {
            let limit = self.services[self.stations[station].service].cpu_limit;
            // With all that it needs it is not held back by anybody.
            let capacity = if share == claim.need { limit } else { share };
            self.set_cores(station, capacity, kernel);
        }
    }

    fn claim(&self, station_id: StationId) -> Claim {
        let station = &self.stations[station_id];
        let service = &self.model.services[station.service];
        let shared = station.shared.as_ref();
        let present = shared.map_or(0, |it| it.sharing.present());
        Claim {
            need: service.cpu_limit.min(present * 1000),
            weight: service.requests.cpu.0.max(LEAST_WEIGHT),
        }
    }

    /// A replica may use so much from now on.
    fn set_cores(&mut self, station_id: StationId, capacity: u64, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        let shared = station.shared.as_mut();
        let Some(shared) = shared.filter(|it| it.sharing.capacity() != capacity) else {
            return;
        };
        let now = kernel.now();
        let before = shared.sharing.used();
        shared.sharing.set_capacity(now, capacity);
        let after = shared.sharing.used();
        let cpu = &mut kernel.metrics.services[station.service].cpu;
        cpu.rise(now, after.saturating_sub(before));
        cpu.fall(now, before.saturating_sub(after));
        self.schedule_departure(station_id, kernel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claim((need, weight): (u64, u64)) -> Claim {
        Claim { need, weight }
    }

    #[test]
    fn what_one_cannot_use_goes_to_the_others_by_weight() {
        let claims = [(4000, 500), (4000, 1500), (500, 2000)].map(claim);
        // 500 for the last; 3,500 by 1 : 3.
        assert_eq!(shares(4000, &claims), [875, 2625, 500]);
        // Nobody starves, and nothing is lost to rounding.
        assert_eq!(
            shares(1000, &[(4000, 2), (4000, 64_000)].map(claim)),
            [1, 999]
        );
        assert_eq!(shares(1000, &[(1000, 1); 3].map(claim)), [333, 333, 334]);
    }

    proptest! {
        /// Weighted max-min fairness: all is given away, nobody gets more than it needs, and who gets
        /// less has, for its weight, as much as anybody, but for the rounding.
        #[test]
        fn shares_are_fair(
            capacity in 100_u64..5000,
            claims in prop::collection::vec((1_u64..4000, 50_u64..4000), 1..8),
        ) {
            let claims: Vec<Claim> = claims.into_iter().map(claim).collect();
            let needed: u64 = claims.iter().map(|claim| claim.need).sum();
            prop_assume!(capacity < needed);
            let shares = shares(capacity, &claims);
            prop_assert_eq!(shares.iter().sum::<u64>(), capacity);
            let slack = claims.len() as f64;
            for (own, &share) in claims.iter().zip(&shares) {
                prop_assert!(0 < share && share <= own.need);
                if share < own.need {
                    for (other, &others) in claims.iter().zip(&shares) {
                        let fair = others as f64 - slack;
                        let mine = share as f64 + slack;
                        prop_assert!(fair * own.weight as f64 <= mine * other.weight as f64);
                    }
                }
            }
        }
    }
}
