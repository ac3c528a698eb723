//! An order of nodes in which the first that has room is found quickly.
//!
//! A treap (R. Seidel and C. R. Aragon, "Randomized search trees", Algorithmica 16, 1996) in the
//! order of a rank, whose subtrees know the largest of each free amount in them: a subtree in which
//! no node has the processor, or none the memory, is passed over at once. So a search costs
//! O(log nodes), except where one node has the processor and another the memory. The heap order is
//! that of a hash of the node's number: nothing is left to chance.

use crate::id::{Id, NodeId};
use crate::model::Resources;

/// The rank of a node: the lowest goes first, of equals the node with the lowest number.
pub(super) type Rank = u128;

const NIL: u32 = u32::MAX;

/// Nodes in the order of a rank.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    root: u32,
    /// By number of the node.
    leaves: Vec<Leaf>,
}

#[derive(Clone, Copy, Debug)]
struct Leaf {
    rank: Rank,
    free: Resources,
    /// The largest of each free amount in its subtree.
    most: Resources,
    left: u32,
    right: u32,
    present: bool,
}

impl Default for Ranked {
    fn default() -> Self {
        Self {
            root: NIL,
            leaves: Vec::new(),
        }
    }
}

/// The hash that heap order goes by (the finalizer of `SplitMix64`).
fn priority(index: u32) -> u64 {
    let mut z = u64::from(index).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Ranked {
    /// Puts a node where its rank says, with what it has free.
    pub(super) fn set(&mut self, node: NodeId, rank: Rank, free: Resources) {
        self.remove(node);
        let leaf = Leaf {
            rank,
            free,
            most: free,
            left: NIL,
            right: NIL,
            present: true,
        };
        if self.leaves.len() <= node.index() {
            let absent = Leaf {
                present: false,
                ..leaf
            };
            self.leaves.resize(node.index() + 1, absent);
        }
        self.leaves[node.index()] = leaf;
        let index = node.index() as u32;
        let (left, right) = self.split(self.root, (rank, index));
        let left = self.merge(left, index);
        self.root = self.merge(left, right);
    }

    /// Takes a node out, if it is there.
    pub(super) fn remove(&mut self, node: NodeId) {
        let index = node.index() as u32;
        let there = self.leaves.get(node.index());
        if let Some(leaf) = there.copied().filter(|leaf| leaf.present) {
            self.root = self.without(self.root, (leaf.rank, index));
            self.leaves[node.index()].present = false;
        }
    }

    /// The first node of at least the rank `from` that has room and that `allows`.
    pub(super) fn first(
        &self,
        from: Rank,
        wanted: Resources,
        allows: &mut impl FnMut(NodeId) -> bool,
    ) -> Option<(Rank, NodeId)> {
        self.find(self.root, from, wanted, allows)
    }

    fn find(
        &self,
        at: u32,
        from: Rank,
        wanted: Resources,
        allows: &mut impl FnMut(NodeId) -> bool,
    ) -> Option<(Rank, NodeId)> {
        if at == NIL || !self.leaves[at as usize].most.fits(wanted) {
            return None;
        }
        let leaf = self.leaves[at as usize];
        if from <= leaf.rank {
            if let Some(found) = self.find(leaf.left, from, wanted, allows) {
                return Some(found);
            }
            if leaf.free.fits(wanted) && allows(NodeId(at)) {
                return Some((leaf.rank, NodeId(at)));
            }
        }
        self.find(leaf.right, from, wanted, allows)
    }

    fn key(&self, at: u32) -> (Rank, u32) {
        (self.leaves[at as usize].rank, at)
    }

    fn update(&mut self, at: u32) {
        let leaf = self.leaves[at as usize];
        let mut most = leaf.free;
        for child in [leaf.left, leaf.right] {
            if child != NIL {
                most = most.max(self.leaves[child as usize].most);
            }
        }
        self.leaves[at as usize].most = most;
    }

    /// What comes before `key` and what comes after it.
    fn split(&mut self, at: u32, key: (Rank, u32)) -> (u32, u32) {
        if at == NIL {
            return (NIL, NIL);
        }
        if self.key(at) < key {
            let right = self.leaves[at as usize].right;
            let (before, after) = self.split(right, key);
            self.leaves[at as usize].right = before;
            self.update(at);
            (at, after)
        } else {
            let left = self.leaves[at as usize].left;
            let (before, after) = self.split(left, key);
            self.leaves[at as usize].left = after;
            self.update(at);
            (before, at)
        }
    }

    /// Both trees, of which the second comes after the first.
    fn merge(&mut self, first: u32, second: u32) -> u32 {
        if first == NIL {
            return second;
        }
        if second == NIL {
            return first;
        }
        if priority(first) < priority(second) {
            let right = self.leaves[first as usize].right;
            self.leaves[first as usize].right = self.merge(right, second);
            self.update(first);
            first
        } else {
            let left = self.leaves[second as usize].left;
            self.leaves[second as usize].left = self.merge(first, left);
            self.update(second);
            second
        }
    }

    /// The tree without the node of that key, which is in it.
    fn without(&mut self, at: u32, key: (Rank, u32)) -> u32 {
        let leaf = self.leaves[at as usize];
        if self.key(at) == key {
            return self.merge(leaf.left, leaf.right);
        }
        if key < self.key(at) {
            self.leaves[at as usize].left = self.without(leaf.left, key);
        } else {
            self.leaves[at as usize].right = self.without(leaf.right, key);
        }
        self.update(at);
        at
    }
}
