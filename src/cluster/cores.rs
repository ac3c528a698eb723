//! Processors of nodes that containers share (`cluster.cpu-model = "shared"`).
//!
//! Owners say how many thousandths of a core their container needs ([`Effect::NeedCores`]), within
//! its limit, and hear how many it may use where that is less ([`Effect::CoresChanged`]). As long as
//! all containers of a node together need no more than the node has, each has what it needs. Where
//! they need more, each gets its share by weight, and what one cannot use goes to the others in the
//! same proportion: Linux' completely fair scheduler over control groups whose `cpu.weight` is the
//! request and whose `cpu.max` is the limit (Kubernetes documentation, "Resource Management for Pods
//! and Containers"), without its time slices. The weight of a container without a request is that of
//! 2 thousandths of a core, as the kubelet sets it.
//!
//! The node has what is allocatable; kubelet and daemons keep to what is reserved for them.
//!
//! # Invariants
//! * What containers of a node use together is what they need, or all of the node.
//! * A share is a whole number of thousandths of a core, and nobody who needs some gets none.

use super::container::Container;
use super::state::ClusterState;
use crate::effect::{Effect, Owner};
use crate::id::{IdVec, NodeId};
use crate::kernel::Kernel;
use crate::model::Model;

/// The weight of a container that requests nothing.
const LEAST_WEIGHT: u64 = 2;

/// The processors of all nodes.
#[derive(Debug)]
pub(super) struct Cores {
    nodes: IdVec<NodeId, Processor>,
    /// Nodes of which what is needed has changed at this instant.
    changed: Vec<NodeId>,
}

/// The processor of a node, in thousandths of a core.
#[derive(Clone, Debug)]
struct Processor {
    capacity: u64,
    /// Containers that have needed some, in the order in which they were asked for.
    claims: Vec<Claim>,
    /// What they need together.
    needed: u64,
    /// Whether that was more than there is when it was shared last.
    short: bool,
    changed: bool,
}

/// What a container needs of its node.
#[derive(Clone, Copy, Debug)]
struct Claim {
    sequence: u64,
    owner: Owner,
    /// Thousandths of a core.
    need: u64,
    weight: u64,
    /// What its owner was told last; `None`: that it has what it needs.
    told: Option<u64>,
}

impl Cores {
    /// Those of a scenario in which they are shared.
    pub(super) fn new(model: &Model) -> Option<Box<Self>> {
        let cluster = model.cluster.as_ref();
        let cluster = cluster.filter(|_| model.shares_processors())?;
        let nodes = cluster.pools.iter().flat_map(|pool| {
            let processor = Processor {
                capacity: pool.allocatable().cpu.0,
                claims: Vec::new(),
                needed: 0,
                short: false,
                changed: false,
            };
            (0..pool.most()).map(move |_| processor.clone())
        });
        Some(Box::new(Self {
            nodes: nodes.collect(),
            changed: Vec::new(),
        }))
    }

    /// What is needed of a node has changed: once all of this instant is known, it is shared anew.
    fn note(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let processor = &mut self.nodes[node];
        let enough = processor.needed <= processor.capacity;
        if processor.changed || (enough && !processor.short) {
            return;
        }
        processor.changed = true;
        if self.changed.is_empty() {
            kernel.push(Effect::ShareCores);
        }
        self.changed.push(node);
    }
}

impl Processor {
    /// Shares it anew, and tells those who have more or less than before.
    fn share(&mut self, kernel: &mut Kernel<'_>) {
        self.changed = false;
        self.short = self.capacity < self.needed;
        let shares = self.short.then(|| shares(self.capacity, &self.claims));
        for (index, claim) in self.claims.iter_mut().enumerate() {
            let share = shares.as_ref().map(|shares| shares[index]);
            // With all that it needs it is not held back by anybody.
            let cores = share.filter(|share| *share < claim.need);
            if claim.told != cores {
                claim.told = cores;
                let owner = claim.owner;
                kernel.push(Effect::CoresChanged { owner, cores });
            }
        }
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

impl ClusterState<'_> {
    /// The owner's container needs so many thousandths of a core from now on.
    pub fn on_need_cores(&mut self, owner: Owner, need: u64, kernel: &mut Kernel<'_>) {
        let Some(cores) = &mut self.cores else { return };
        // It may be gone already.
        let container = self.owners.get(owner).map(|id| &self.containers[id]);
        let Some((container, node)) = container.and_then(|it| Some((it, it.node?))) else {
            return;
        };
        let processor = &mut cores.nodes[node];
        let claims = &mut processor.claims;
        let sequence = container.sequence;
        let index = claims
            .binary_search_by_key(&sequence, |claim| claim.sequence)
            .unwrap_or_else(|index| {
                let weight = self.kinds[container.kind].resources.cpu.0;
                let claim = Claim {
                    sequence,
                    owner,
                    need: 0,
                    weight: weight.max(LEAST_WEIGHT),
                    told: None,
                };
                claims.insert(index, claim);
                index
            });
        let before = std::mem::replace(&mut claims[index].need, need);
        processor.needed = processor.needed - before + need;
        cores.note(node, kernel);
    }

    /// A container is gone from its node.
    pub(super) fn drop_claim(
        &mut self,
        container: &Container,
        node: NodeId,
        kernel: &mut Kernel<'_>,
    ) {
        let Some(cores) = &mut self.cores else { return };
        let processor = &mut cores.nodes[node];
        let claims = &mut processor.claims;
        let index = claims.binary_search_by_key(&container.sequence, |claim| claim.sequence);
        if let Ok(index) = index {
            processor.needed -= claims.remove(index).need;
            cores.note(node, kernel);
        }
    }

    /// Shares the processors anew of which other amounts are needed than before.
    pub fn on_share_cores(&mut self, kernel: &mut Kernel<'_>) {
        let Some(cores) = &mut self.cores else { return };
        for node in std::mem::take(&mut cores.changed) {
            cores.nodes[node].share(kernel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ExecutorId;
    use proptest::prelude::*;

    fn claim((need, weight): (u64, u64)) -> Claim {
        Claim {
            sequence: 0,
            owner: Owner::Executor(ExecutorId(0)),
            need,
            weight,
            told: None,
        }
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
        // Who needs nothing takes nothing.
        assert_eq!(shares(1000, &[(0, 500), (2000, 1)].map(claim)), [0, 1000]);
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
