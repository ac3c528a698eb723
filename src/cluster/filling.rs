//! Progressive filling of one part of the network.
//!
//! Links and transfers are numbered within the part. A heap finds the next full link: what a link
//! has for each unit of weight only grows while others fill, so an entry that is out of date is too
//! low, is met early, and goes back with its new value.

use super::transfers::{Counted, Path};
use crate::id::{FlowId, LinkId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is being shared: the links and transfers of a part, and workspace that is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Filling {
    /// The links of the part, sorted.
    pub(super) links: Vec<LinkId>,
    /// By link: bytes per nanosecond that nobody has yet.
    pub(super) capacities: Vec<f64>,
    /// The transfers of the part in the order of their beginning.
    pub(super) flows: Vec<(u64, FlowId)>,
    /// By transfer: what it may get and gets.
    pub(super) shares: Vec<Share>,
    /// By link: the weight of the transfers on it that have no rate yet.
    weights: Vec<f64>,
    /// By link: the first of its entries in `members`; one more than there are links.
    starts: Vec<u32>,
    /// Transfers, link by link.
    members: Vec<u32>,
    /// By link: the first of its entries that has been written.
    written: Vec<u32>,
    /// By transfer: whether it has its rate.
    fixed: Vec<bool>,
    /// By link in the whole network: its number in the part.
    numbers: Vec<u32>,
    next: BinaryHeap<Reverse<Candidate>>,
}

/// A transfer while links are shared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) flow: FlowId,
    pub(super) path: Path,
    pub(super) weight: f64,
    /// Bytes per nanosecond.
    pub(super) limit: Option<f64>,
    /// The link that does not count bytes.
    pub(super) counted: Option<Counted>,
    /// Bytes per nanosecond.
    pub(super) rate: f64,
}

/// What may be full next: the links of the part, and behind them the limits of single transfers.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    /// Bytes per nanosecond and unit of weight.
    level: f64,
    number: u32,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let level = self.level.total_cmp(&other.level);
        level.then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Share {
    /// How much of what a link counts one of its bytes brings.
    fn per_byte(&self, link: LinkId) -> f64 {
        match self.counted {
            Some(counted) if counted.link == link => counted.per_byte,
            _ => 1.0,
        }
    }
}

impl Filling {
    /// Forgets the last part.
    pub(super) fn clear(&mut self) {
        self.links.clear();
        self.capacities.clear();
        self.flows.clear();
        self.shares.clear();
    }

    /// Puts links and transfers into their order, whatever the way they were found.
    pub(super) fn order(&mut self) {
        self.links.sort_unstable();
        self.flows.sort_unstable();
    }

    /// Gives every transfer its rate.
    pub(super) fn fill(&mut self) {
        self.number();
        let links = self.links.len();
        self.fixed.clear();
        self.fixed.resize(self.shares.len(), false);
        self.next.clear();
        for number in 0..links {
            if self.weights[number] > 0.0 {
                self.next.push(Reverse(self.candidate(number)));
            }
        }
        for (number, share) in self.shares.iter().enumerate() {
            if let Some(limit) = share.limit {
                self.next.push(Reverse(Candidate {
                    level: limit / share.weight,
                    number: (links + number) as u32,
                }));
            }
        }
        while let Some(Reverse(found)) = self.next.pop() {
            let number = found.number as usize;
            if number >= links {
                self.fix(number - links, found.level);
                continue;
            }
            if self.weights[number] <= 0.0 {
                continue;
            }
            let present = self.candidate(number);
            if present != found {
                self.next.push(Reverse(present));
                continue;
            }
            let members = self.starts[number] as usize..self.starts[number + 1] as usize;
            for index in members {
                self.fix(self.members[index] as usize, found.level);
            }
        }
    }

    fn candidate(&self, number: usize) -> Candidate {
        Candidate {
            level: self.capacities[number].max(0.0) / self.weights[number],
            number: number as u32,
        }
    }

    fn fix(&mut self, flow: usize, level: f64) {
        if std::mem::replace(&mut self.fixed[flow], true) {
            return;
        }
        let share = &mut self.shares[flow];
        share.rate = level * share.weight;
        for link in share.path.links() {
            let number = self.numbers[link.0 as usize] as usize;
            let per_byte = share.per_byte(*link);
            self.capacities[number] -= share.rate * per_byte;
            self.weights[number] -= share.weight * per_byte;
        }
    }

    /// Numbers the links of the part and lists the transfers of each.
    fn number(&mut self) {
        let links = self.links.len();
        let most = self.links.last().map_or(0, |link| link.0 as usize + 1);
        if self.numbers.len() < most {
            self.numbers.resize(most, 0);
        }
        for (number, link) in self.links.iter().enumerate() {
            self.numbers[link.0 as usize] = number as u32;
        }
        self.weights.clear();
        self.weights.resize(links, 0.0);
        self.starts.clear();
        self.starts.resize(links + 1, 0);
        for share in &self.shares {
            for link in share.path.links() {
                let number = self.numbers[link.0 as usize] as usize;
                self.weights[number] += share.weight * share.per_byte(*link);
                self.starts[number + 1] += 1;
            }
        }
        for number in 0..links {
            self.starts[number + 1] += self.starts[number];
        }
        self.members.clear();
        self.members.resize(self.starts[links] as usize, 0);
        // Filled backwards, so that each list begins where `starts` says and is in order.
        self.written.clear();
        self.written.extend(&self.starts[1..]);
        for (flow, share) in self.shares.iter().enumerate().rev() {
            for link in share.path.links() {
                let position = &mut self.written[self.numbers[link.0 as usize] as usize];
                *position -= 1;
                self.members[*position as usize] = flow as u32;
            }
        }
    }
}
