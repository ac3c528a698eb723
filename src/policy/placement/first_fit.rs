//! `first-fit`: the first node, in the order of pools and numbers, that has room.
//!
//! A max-tree over free processor and free memory finds it in O(log nodes), except where one node
//! has the processor and another the memory.

use super::{NodeState, Placement, PlacementRequest};
use crate::id::{Id, NodeId};
use crate::model::Resources;
use crate::units::{Bytes, Cpu};

/// Picks the first that fits.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstFit {
    /// A binary tree in an array: leaves from `leaves` on, the root at 1; each inner node has the
    /// largest free amounts below it.
    tree: Vec<Resources>,
    leaves: usize,
}

impl FirstFit {
    fn grow(&mut self, nodes: usize) {
        let old: Vec<_> = self.tree.iter().skip(self.leaves).copied().collect();
        self.leaves = nodes.next_power_of_two();
        self.tree = vec![Resources::default(); 2 * self.leaves];
        for (index, free) in old.into_iter().enumerate() {
            self.tree[self.leaves + index] = free;
        }
        for position in (1..self.leaves).rev() {
            self.update(position);
        }
    }

    fn update(&mut self, position: usize) {
        let (left, right) = (self.tree[2 * position], self.tree[2 * position + 1]);
        self.tree[position] = Resources {
            cpu: left.cpu.max(right.cpu),
            memory: left.memory.max(right.memory),
        };
    }

    /// The first leaf under `position` that fits.
    fn find(&self, position: usize, wanted: Resources) -> Option<usize> {
        if !self.tree[position].fits(wanted) {
            return None;
        }
        if position >= self.leaves {
            return Some(position - self.leaves);
        }
        self.find(2 * position, wanted)
            .or_else(|| self.find(2 * position + 1, wanted))
    }
}

impl Placement for FirstFit {
    fn changed(&mut self, node: NodeId, state: &NodeState) {
        if self.leaves <= node.index() {
            self.grow(node.index() + 1);
        }
        let mut position = self.leaves + node.index();
        self.tree[position] = state.free;
        while position > 1 {
            position /= 2;
            self.update(position);
        }
    }

    fn pick(&mut self, request: &PlacementRequest) -> Option<NodeId> {
        // A leaf that was never fed is empty; it must not take a container that asks for nothing.
        let nothing = Resources {
            cpu: Cpu(0),
            memory: Bytes(0),
        };
        if self.leaves == 0 {
            return None;
        }
        if request.resources == nothing {
            return Some(NodeId(0));
        }
        self.find(1, request.resources).map(NodeId::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::IdVec;
    use proptest::prelude::*;

    fn free(cpu: u64, memory: u64) -> NodeState {
        let free = Resources {
            cpu: Cpu(cpu),
            memory: Bytes(memory),
        };
        NodeState {
            allocatable: free,
            free,
            images: IdVec::new(),
            replicas: IdVec::new(),
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_looking_at_every_node(
            nodes in prop::collection::vec((0u64..8, 0u64..8), 1..40),
            changes in prop::collection::vec((0usize..40, 0u64..8, 0u64..8), 0..40),
            wanted in prop::collection::vec((0u64..8, 1u64..8), 1..20),
        ) {
            let mut policy = FirstFit::default();
            let mut states: Vec<_> = nodes.iter().map(|&(cpu, memory)| free(cpu, memory)).collect();
            for (index, state) in states.iter().enumerate() {
                policy.changed(NodeId::new(index), state);
            }
            for (index, cpu, memory) in changes {
                let index = index % states.len();
                states[index] = free(cpu, memory);
                policy.changed(NodeId::new(index), &states[index]);
            }
            for (cpu, memory) in wanted {
                let resources = Resources { cpu: Cpu(cpu), memory: Bytes(memory) };
                let request = PlacementRequest { resources, image: None, service: None };
                let expected = states.iter().position(|state| state.free.fits(resources));
                prop_assert_eq!(policy.pick(&request), expected.map(NodeId::new));
            }
        }
    }
}
