//! What a change costs among 1,000 transfers that share links max-min fairly: sharing anew only what
//! hangs together with it, against sharing everything. Run it with `cargo bench --bench network`; it
//! asserts nothing.
//!
//! In the first case all transfers pull from one registry, each over the link of its node: every
//! change reaches all. In the others they are between the nodes of racks of 10 and 2, and a change
//! reaches only its rack. A change is the end of one transfer and the beginning of another.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use sparksim::cluster::{Transfer, Transfers};
use sparksim::id::{FlowId, Id, LinkId};
use sparksim::random::{Purpose, Streams};
use sparksim::units::{Bandwidth, Bytes, Time};
use std::time::Instant;

const FLOWS: usize = 1000;
const CHANGES: u64 = 2000;

fn main() {
    println!("µs per change among {FLOWS} transfers");
    println!(
        "{:<28} {:>10} {:>11} {:>7}",
        "", "its part", "everything", "ratio"
    );
    for (name, rack) in [
        ("one registry", FLOWS),
        ("racks of 10 nodes", 10),
        ("racks of 2 nodes", 2),
    ] {
        let [part, everything] = [false, true].map(|all| changes(rack, all));
        let ratio = everything / part;
        println!("{name:<28} {part:>10.1} {everything:>11.1} {ratio:>7.1}");
    }
}

/// Microseconds a change, where transfers share a link of each `rack` nodes.
fn changes(rack: usize, everything: bool) -> f64 {
    let mut transfers: Transfers<usize> = Transfers::new();
    let shared: Vec<LinkId> = (0..FLOWS.div_ceil(rack))
        .map(|_| transfers.add_link(Bandwidth(100_000_000 * rack as u64)))
        .collect();
    let own: Vec<LinkId> = (0..FLOWS)
        .map(|node| transfers.add_link(Bandwidth(150_000_000 + 50_000 * node as u64)))
        .collect();
    let start = |transfers: &mut Transfers<usize>, node: usize, now: Time| {
        let transfer = Transfer {
            bytes: Bytes(1 << 50),
            path: [shared[node / rack], own[node]].into_iter().collect(),
            weight: 1 + (node % 3) as u32,
            limit: None,
            counted: None,
        };
        transfers.start(now, node, transfer)
    };
    let mut flows: Vec<FlowId> = (0..FLOWS)
        .map(|node| start(&mut transfers, node, Time::ZERO))
        .collect();
    transfers.settle(Time::ZERO);
    let mut words = Streams::new(1, 0).sequence("bench", Purpose::Victim);
    let clock = Instant::now();
    for change in 1..=CHANGES {
        let now = Time::from_nanos(change * 1000);
        let node = words.word().below(FLOWS as u32) as usize;
        transfers.cancel(now, flows[node]);
        flows[node] = start(&mut transfers, node, now);
        if everything {
            for link in 0..shared.len() {
                transfers.touch(LinkId::new(link));
            }
        }
        transfers.settle(now);
    }
    clock.elapsed().as_secs_f64() * 1e6 / CHANGES as f64
}
