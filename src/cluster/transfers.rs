//! Transfers that share links max-min fairly.
//!
//! Progressive filling (Bertsekas and Gallager, Data Networks, 6.5.2): the link with the least
//! bandwidth for each of its transfers is full first; those transfers get that much, and the rest
//! is shared again without them. All rates are recomputed whenever a transfer begins or ends.

use crate::units::{Bandwidth, Bytes, Time};

/// A link that limits transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkId(pub(super) usize);

/// All links and the transfers on them. `T` says what a transfer is for.
#[derive(Clone, Debug)]
pub(super) struct Transfers<T> {
    capacities: Vec<Bandwidth>,
    active: Vec<Transfer<T>>,
    /// The instant up to which `remaining` is true.
    now: Time,
}

#[derive(Clone, Debug)]
struct Transfer<T> {
    what: T,
    links: Vec<LinkId>,
    /// Bytes to go.
    remaining: f64,
    /// Bytes per nanosecond.
    rate: f64,
    finish: Time,
}

impl<T: Copy> Transfers<T> {
    /// No transfers on no links.
    pub(super) fn new() -> Self {
        Self {
            capacities: Vec::new(),
            active: Vec::new(),
            now: Time::ZERO,
        }
    }

    /// Adds a link.
    pub(super) fn add_link(&mut self, capacity: Bandwidth) -> LinkId {
        self.capacities.push(capacity);
        LinkId(self.capacities.len() - 1)
    }

    /// Starts to move `bytes` over `links`, at least one.
    pub(super) fn start(&mut self, now: Time, what: T, links: Vec<LinkId>, bytes: Bytes) {
        assert!(
            !links.is_empty(),
            "a transfer that nothing limits takes no time"
        );
        self.advance(now);
        let remaining = bytes.0 as f64;
        self.active.push(Transfer {
            what,
            links,
            remaining,
            rate: 0.0,
            finish: Time::MAX,
        });
        self.share();
    }

    /// When the next transfer ends.
    pub(super) fn next(&self) -> Option<Time> {
        self.active.iter().map(|transfer| transfer.finish).min()
    }

    /// Takes out what has ended by `now`, in the order of starting.
    pub(super) fn ended(&mut self, now: Time) -> Vec<T> {
        self.advance(now);
        let ended = self.active.iter().filter(|transfer| transfer.finish <= now);
        let ended = ended.map(|transfer| transfer.what).collect();
        self.active.retain(|transfer| now < transfer.finish);
        self.share();
        ended
    }

    fn advance(&mut self, now: Time) {
        let elapsed = (now - self.now).nanos() as f64;
        for transfer in &mut self.active {
            transfer.remaining = (transfer.remaining - transfer.rate * elapsed).max(0.0);
        }
        self.now = now;
    }

    fn share(&mut self) {
        let mut left: Vec<f64> = self.capacities.iter().map(|c| c.0 as f64 / 1e9).collect();
        let mut open: Vec<usize> = (0..self.active.len()).collect();
        while !open.is_empty() {
            let mut users = vec![0u32; left.len()];
            for &index in &open {
                self.active[index]
                    .links
                    .iter()
                    .for_each(|link| users[link.0] += 1);
            }
            let shares = users.iter().enumerate().filter(|&(_, &users)| users > 0);
            let shares = shares.map(|(link, &users)| (left[link] / f64::from(users), link));
            let Some((rate, full)) = shares.min_by(|a, b| a.0.total_cmp(&b.0)) else {
                break;
            };
            open.retain(|&index| {
                let transfer = &mut self.active[index];
                let is_full = transfer.links.contains(&LinkId(full));
                if is_full {
                    transfer.rate = rate;
                    let nanos = libm::ceil(transfer.remaining / rate) as u64;
                    transfer.finish = Time::from_nanos(self.now.nanos().saturating_add(nanos));
                    transfer.links.iter().for_each(|link| left[link.0] -= rate);
                }
                !is_full
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: u64 = 1_000_000;

    fn seconds(time: Option<Time>) -> f64 {
        time.unwrap().seconds()
    }

    #[test]
    fn two_transfers_share_a_link_and_the_second_speeds_up_when_the_first_has_ended() {
        let mut transfers = Transfers::new();
        let registry = transfers.add_link(Bandwidth(100 * MEGABYTE));
        transfers.start(Time::ZERO, 'a', vec![registry], Bytes(100 * MEGABYTE));
        transfers.start(Time::ZERO, 'b', vec![registry], Bytes(300 * MEGABYTE));
        let first = transfers.next();
        assert_eq!(seconds(first).to_bits(), 2.0f64.to_bits());
        assert_eq!(transfers.ended(first.unwrap()), ['a']);
        // 200 MB were left at 2 s, alone on 100 MB/s.
        assert_eq!(seconds(transfers.next()).to_bits(), 4.0f64.to_bits());
    }

    #[test]
    fn what_a_slow_node_cannot_use_goes_to_the_others() {
        let mut transfers = Transfers::new();
        let registry = transfers.add_link(Bandwidth(90 * MEGABYTE));
        let slow = transfers.add_link(Bandwidth(10 * MEGABYTE));
        let fast = transfers.add_link(Bandwidth(1000 * MEGABYTE));
        transfers.start(Time::ZERO, 'a', vec![registry, slow], Bytes(100 * MEGABYTE));
        transfers.start(Time::ZERO, 'b', vec![registry, fast], Bytes(160 * MEGABYTE));
        // 80 MB/s are left for b.
        assert_eq!(transfers.ended(transfers.next().unwrap()), ['b']);
        assert_eq!(seconds(transfers.next()).to_bits(), 10.0f64.to_bits());
    }
}
