//! What each node has free, so that the next one with room is found without looking at all of them.
//!
//! A tournament tree over the numbers of the nodes: above each pair stands the larger of each free
//! amount below. A part of the cluster in which no node has the processor, or none the memory, is
//! passed over at once. A search and a change cost O(log nodes), a search more only where one node
//! has the processor and another the memory. It knows no labels, taints or spread.

use crate::id::{Id, NodeId};
use crate::model::Resources;

/// Free amounts by number of the node.
#[derive(Clone, Debug)]
pub(super) struct Rooms {
    /// The root is at 1, the halves of what is at `i` are at `2 i` and `2 i + 1`.
    most: Vec<Resources>,
    /// Where the nodes begin: a power of two.
    first: usize,
    count: usize,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            most: vec![Resources::default(); 2],
            first: 1,
            count: 0,
        }
    }
}

impl Rooms {
    /// The next node has so much free.
    pub(super) fn push(&mut self, free: Resources) {
        if self.count == self.first {
            let mut leaves = self.most.split_off(self.first);
            self.first *= 2;
            leaves.resize(self.first, Resources::default());
            self.most = vec![Resources::default(); self.first];
            self.most.extend(leaves);
            for at in (1..self.first).rev() {
                self.most[at] = self.most[2 * at].max(self.most[2 * at + 1]);
            }
        }
        self.count += 1;
        self.set(NodeId::new(self.count - 1), free);
    }

    /// A node has so much free; nothing where it takes no containers.
    #[inline]
    pub(super) fn set(&mut self, node: NodeId, free: Resources) {
        let mut at = self.first + node.index();
        self.most[at] = free;
        while at > 1 {
            let most = self.most[at].max(self.most[at ^ 1]);
            at /= 2;
            if self.most[at] == most {
                break;
            }
            self.most[at] = most;
        }
    }

    /// The first node of at least the number `from` that has so much free.
    #[inline]
    pub(super) fn next(&self, from: usize, wanted: Resources) -> Option<usize> {
        if self.count <= from {
            return None;
        }
        let mut at = self.first + from;
        loop {
            if self.most[at].fits(wanted) {
                if self.first <= at {
                    let found = at - self.first;
                    return (found < self.count).then_some(found);
                }
                at *= 2;
                continue;
            }
            // Up to where there is something on the right.
            while at % 2 == 1 {
                if at == 1 {
                    return None;
                }
                at /= 2;
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bytes, Cpu};
    use proptest::prelude::*;

    fn amount(cpu: u64, memory: u64) -> Resources {
        Resources::container(Cpu(cpu), Bytes(memory))
    }

    proptest! {
        #[test]
        fn the_next_with_room_is_the_one_that_a_walk_finds(
            nodes in prop::collection::vec((0_u64..5, 0_u64..5), 0..40),
            changes in prop::collection::vec((0_usize..40, 0_u64..5, 0_u64..5), 0..40),
            wanted in (0_u64..6, 0_u64..6),
        ) {
            let mut rooms = Rooms::default();
            let mut free: Vec<Resources> = Vec::new();
            for (cpu, memory) in nodes {
                free.push(amount(cpu, memory));
                rooms.push(amount(cpu, memory));
            }
            for (node, cpu, memory) in changes {
                if let Some(state) = free.get_mut(node) {
                    *state = amount(cpu, memory);
                    rooms.set(NodeId::new(node), *state);
                }
            }
            for wanted in [amount(wanted.0, wanted.1), Resources::default()] {
                for from in 0..free.len() + 2 {
                    let walk = (from..free.len()).find(|&node| free[node].fits(wanted));
                    prop_assert_eq!(rooms.next(from, wanted), walk);
                }
            }
        }
    }
}
