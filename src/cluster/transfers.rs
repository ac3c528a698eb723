//! Transfers that share links max-min fairly.
//!
//! Progressive filling (Bertsekas and Gallager, Data Networks, 6.5.2), weighted: the link with the
//! least bandwidth for each unit of weight on it is full first; its transfers get that much times
//! their weights, and the rest is shared again without them. A transfer may have a limit of its own,
//! and one of its links may count something else than bytes, of which a byte brings so much.
//!
//! A change reaches only what hangs together with it: the links of the transfers that have begun or
//! ended, all transfers on those, their links, and so on. Rates are computed again for that part
//! alone, and a transfer whose rate comes out as it was keeps its end (this is what `SimGrid` calls
//! lazy updates; Velho et al., ACM TOMACS 23(4), 2013). All changes of one instant are one.
//!
//! # Invariants
//! * Time does not pass while a change has not been [settled](Transfers::settle).
//! * A transfer is on each of its links, and on no other.
//! * What is computed is a function of the transfers and the order in which they began.

use super::filling::{Filling, Share};
use crate::id::{FlowId, Id, LinkId, Slab};
use crate::units::{Bandwidth, Bytes, Rate, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The most links that a transfer passes: disk, node, rack, zone and the same on the other side.
pub const MAX_LINKS: usize = 8;

/// The links that a transfer passes, none twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path {
    links: [LinkId; MAX_LINKS],
    count: u8,
}

impl Path {
    /// The links of the path.
    pub fn links(&self) -> &[LinkId] {
        &self.links[..usize::from(self.count)]
    }

    /// Appends a link.
    ///
    /// # Panics
    /// If it is there already, or there are [`MAX_LINKS`].
    pub fn push(&mut self, link: LinkId) {
        assert!(!self.links().contains(&link), "{link:?} is passed twice");
        self.links[usize::from(self.count)] = link;
        self.count += 1;
    }

    /// Whether nothing is passed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl FromIterator<LinkId> for Path {
    fn from_iter<S: IntoIterator<Item = LinkId>>(links: S) -> Self {
        let mut path = Self::default();
        links.into_iter().for_each(|link| path.push(link));
        path
    }
}

/// A link that does not count bytes but what they bring with them, requests say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// Which link of the path that is.
    pub link: LinkId,
    /// How much of what it counts a byte brings, on average; above 0.
    pub per_byte: f64,
}

/// What is to be moved, and how.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// How much.
    pub bytes: Bytes,
    /// Over which links.
    pub path: Path,
    /// What it gets of a full link, in proportion; at least 1.
    pub weight: u32,
    /// What it never exceeds; `None`: nothing but its links limits it.
    pub limit: Option<Bandwidth>,
    /// A link of the path that counts something other than bytes; `None`: all count bytes.
    pub counted: Option<Counted>,
}

impl Transfer {
    /// A transfer of weight 1 that nothing limits but its links.
    pub fn plain(bytes: Bytes, path: Path) -> Self {
        Self {
            bytes,
            path,
            weight: 1,
            limit: None,
            counted: None,
        }
    }
}

/// All links and the transfers on them. `T` says what a transfer is for.
#[derive(Clone, Debug)]
pub struct Transfers<T> {
    links: Vec<Link>,
    flows: Slab<FlowId, Flow<T>>,
    /// Ends, soonest first. An entry counts only while it is that of its flow.
    ends: BinaryHeap<Reverse<(Time, u64, FlowId)>>,
    /// Flows that have begun so far.
    begun: u64,
    /// Links whose flows have changed since the last settling, perhaps more than once.
    dirty: Vec<LinkId>,
    /// Flows of no link that have begun since then.
    alone: Vec<FlowId>,
    filling: Filling,
    /// The number of the part that was gathered last.
    part: u64,
}

#[derive(Clone, Debug)]
struct Link {
    /// Bytes, or whatever it counts, per nanosecond.
    capacity: f64,
    flows: Vec<FlowId>,
    /// The part that it was gathered into last.
    part: u64,
}

#[derive(Clone, Debug)]
struct Flow<T> {
    what: T,
    path: Path,
    /// By link of the path: where it stands among the flows of that link.
    positions: [u32; MAX_LINKS],
    weight: u32,
    /// Bytes per nanosecond.
    limit: Option<f64>,
    counted: Option<Counted>,
    /// The how-many-th to begin.
    number: u64,
    /// Bytes to go at `since`.
    remaining: f64,
    since: Time,
    /// Bytes per nanosecond.
    rate: f64,
    end: Time,
    /// The part that it was gathered into last.
    part: u64,
}

fn per_nanosecond(bandwidth: Bandwidth) -> f64 {
    bandwidth.0 as f64 / 1e9
}

impl<T: Copy> Transfers<T> {
    /// No transfers on no links.
    pub fn new() -> Self {
        Self {
            links: Vec::new(),
            flows: Slab::new(),
            ends: BinaryHeap::new(),
            begun: 0,
            dirty: Vec::new(),
            alone: Vec::new(),
            filling: Filling::default(),
            part: 0,
        }
    }

    /// Adds a link.
    pub fn add_link(&mut self, capacity: Bandwidth) -> LinkId {
        self.push_link(per_nanosecond(capacity))
    }

    /// Adds a link that counts something other than bytes, so many of them a second.
    pub fn add_counter(&mut self, capacity: Rate) -> LinkId {
        self.push_link(capacity.0 / 1e9)
    }

    fn push_link(&mut self, capacity: f64) -> LinkId {
        self.links.push(Link {
            capacity,
            flows: Vec::new(),
            part: 0,
        });
        LinkId::new(self.links.len() - 1)
    }

    /// Begins to move something. Nothing moves before the next settling.
    ///
    /// # Panics
    /// If nothing limits it: that takes no time and is no transfer.
    pub fn start(&mut self, now: Time, what: T, transfer: Transfer) -> FlowId {
        let Transfer {
            bytes,
            path,
            weight,
            limit,
            counted,
        } = transfer;
        assert!(
            !path.is_empty() || limit.is_some(),
            "a transfer that nothing limits takes no time"
        );
        let number = self.begun;
        self.begun += 1;
        let id = self.flows.insert(Flow {
            what,
            path,
            positions: [0; MAX_LINKS],
            weight: weight.max(1),
            limit: limit.map(per_nanosecond),
            counted,
            number,
            remaining: bytes.0 as f64,
            since: now,
            rate: 0.0,
            end: Time::MAX,
            part: 0,
        });
        for (index, &link) in path.links().iter().enumerate() {
            let flows = &mut self.links[link.index()].flows;
            self.flows[id].positions[index] = flows.len() as u32;
            flows.push(id);
        }
        if path.is_empty() {
            self.alone.push(id);
        }
        self.dirty.extend(path.links());
        id
    }

    /// Gives a transfer up and answers how much was still to come.
    pub fn cancel(&mut self, now: Time, id: FlowId) -> Bytes {
        let flow = self.take(id);
        let elapsed = (now - flow.since).nanos() as f64;
        Bytes(libm::ceil((flow.remaining - flow.rate * elapsed).max(0.0)) as u64)
    }

    /// Lets the next settling share a link anew, and what hangs together with it, although nothing
    /// has changed there.
    pub fn touch(&mut self, link: LinkId) {
        self.dirty.push(link);
    }

    /// Shares all links anew, as far as anything has changed at this instant.
    pub fn settle(&mut self, now: Time) {
        if self.dirty.is_empty() && self.alone.is_empty() {
            return;
        }
        self.part += 1;
        self.gather();
        self.filling.fill();
        let shares = std::mem::take(&mut self.filling.shares);
        for share in &shares {
            self.change_rate(now, share.flow, share.rate);
        }
        self.filling.shares = shares;
        if self.ends.len() > 2 * self.flows.len() + 64 {
            let live = self.flows.enumerate();
            let ends = live.map(|(id, flow)| Reverse((flow.end, flow.number, id)));
            self.ends = ends.collect();
        }
    }

    /// When the next transfer ends; `None` while none does.
    pub fn next_end(&mut self) -> Option<Time> {
        while let Some(&Reverse((end, number, id))) = self.ends.peek() {
            if self.is_current(end, number, id) {
                return (end < Time::MAX).then_some(end);
            }
            self.ends.pop();
        }
        None
    }

    /// Takes out one transfer that has ended by `now`: the soonest, then the first begun.
    pub fn pop_ended(&mut self, now: Time) -> Option<T> {
        if self.next_end()? > now {
            return None;
        }
        let Reverse((_, _, id)) = self.ends.pop()?;
        Some(self.take(id).what)
    }

    /// The rate of a transfer since the last settling, in bytes per second.
    pub fn rate(&self, id: FlowId) -> f64 {
        self.flows[id].rate * 1e9
    }

    /// Transfers that have begun and not ended.
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    /// Whether nothing moves.
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    fn is_current(&self, end: Time, number: u64, id: FlowId) -> bool {
        self.flows.contains(id) && {
            let flow = &self.flows[id];
            (flow.end, flow.number) == (end, number)
        }
    }

    fn take(&mut self, id: FlowId) -> Flow<T> {
        let flow = self.flows.remove(id);
        for (index, &link) in flow.path.links().iter().enumerate() {
            let flows = &mut self.links[link.index()].flows;
            let position = flow.positions[index];
            flows.swap_remove(position as usize);
            if let Some(&moved) = flows.get(position as usize) {
                let moved = &mut self.flows[moved];
                let passes = moved.path.links().iter().position(|&other| other == link);
                moved.positions[passes.expect("it is on the link")] = position;
            }
            self.dirty.push(link);
        }
        flow
    }

    /// Puts all that hangs together with what has changed into the filling.
    fn gather(&mut self) {
        let part = self.part;
        self.filling.clear();
        for id in self.alone.drain(..) {
            if self.flows.contains(id) {
                let flow = &mut self.flows[id];
                flow.part = part;
                self.filling.flows.push((flow.number, id));
            }
        }
        let links = &mut self.links;
        self.dirty.retain(|link| {
            let link = &mut links[link.index()];
            std::mem::replace(&mut link.part, part) != part
        });
        while let Some(link) = self.dirty.pop() {
            self.filling.links.push(link);
            for index in 0..self.links[link.index()].flows.len() {
                let id = self.links[link.index()].flows[index];
                let flow = &mut self.flows[id];
                if std::mem::replace(&mut flow.part, part) == part {
                    continue;
                }
                self.filling.flows.push((flow.number, id));
                for &other in flow.path.links() {
                    let found = &mut self.links[other.index()].part;
                    if std::mem::replace(found, part) != part {
                        self.dirty.push(other);
                    }
                }
            }
        }
        self.filling.order();
        for &link in &self.filling.links {
            self.filling
                .capacities
                .push(self.links[link.index()].capacity);
        }
        for &(_, flow) in &self.filling.flows {
            let state = &self.flows[flow];
            self.filling.shares.push(Share {
                flow,
                path: state.path,
                weight: f64::from(state.weight),
                limit: state.limit,
                counted: state.counted,
                rate: 0.0,
            });
        }
    }

    fn change_rate(&mut self, now: Time, id: FlowId, rate: f64) {
        let flow = &mut self.flows[id];
        if flow.rate.to_bits() == rate.to_bits() && flow.end < Time::MAX {
            return;
        }
        let elapsed = (now - flow.since).nanos() as f64;
        flow.remaining = (flow.remaining - flow.rate * elapsed).max(0.0);
        flow.since = now;
        flow.rate = rate;
        flow.end = end(now, flow.remaining, rate);
        self.ends.push(Reverse((flow.end, flow.number, id)));
    }
}

impl<T: Copy> Default for Transfers<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// When `remaining` bytes have come at `rate`: the first nanosecond at which none is missing. What
/// a division is off by, which is far below a billionth, does not cost a nanosecond.
fn end(now: Time, remaining: f64, rate: f64) -> Time {
    const ROUNDING: f64 = 1.0 / (1_u64 << 44) as f64;
    if remaining <= 0.0 {
        return now;
    }
    // Division by zero is infinity, and the cast holds that at the end of the clock.
    let nanos = libm::ceil(remaining / rate * (1.0 - ROUNDING));
    Time::from_nanos(now.nanos().saturating_add(nanos as u64))
}
