//! What a change costs among transfers that share links max-min fairly, with 100, 1,000 and 10,000
//! nodes: sharing anew only what hangs together with it, against sharing everything. Run it with
//! `cargo bench --bench network`, or with numbers of nodes behind `--`; it asserts nothing.
//!
//! Each node has one transfer over its own link. With `one registry` all of them share a link too:
//! every change reaches all. In racks of 16 and 2 they share the link of their rack: a change reaches
//! only that. A change is the end of one transfer and the beginning of another.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use sparksim::cluster::{Transfer, Transfers};
use sparksim::id::{FlowId, Id, LinkId};
use sparksim::random::{Purpose, Streams};
use sparksim::units::{Bandwidth, Bytes, Time};
use std::time::{Duration, Instant};

/// A case is measured for so long, or for so many changes.
const LONG_ENOUGH: Duration = Duration::from_millis(500);
const MOST_CHANGES: u64 = 20_000;

fn main() {
    let asked: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|it| it.parse().ok())
        .collect();
    let sizes = if asked.is_empty() {
        vec![100, 1000, 10_000]
    } else {
        asked
    };
    println!("µs per change");
    println!(
        "{:>7} {:<20} {:>10} {:>11} {:>7}",
        "nodes", "what is shared", "its part", "everything", "ratio"
    );
    for nodes in sizes {
        for (name, rack) in [
            ("one registry", nodes),
            ("racks of 16", 16),
            ("racks of 2", 2),
        ] {
            let [part, everything] = [false, true].map(|all| changes(nodes, rack, all));
            let ratio = everything / part;
            println!("{nodes:>7} {name:<20} {part:>10.1} {everything:>11.1} {ratio:>7.1}");
        }
    }
}

/// Microseconds a change among the transfers of so many nodes, each `rack` of which share a link.
fn changes(nodes: usize, rack: usize, everything: bool) -> f64 {
    let mut transfers: Transfers<usize> = Transfers::new();
    let shared: Vec<LinkId> = (0..nodes.div_ceil(rack))
        .map(|_| transfers.add_link(Bandwidth(100_000_000 * rack as u64)))
        .collect();
    let own: Vec<LinkId> = (0..nodes)
        .map(|node| transfers.add_link(Bandwidth(150_000_000 + 50_000 * node as u64)))
        .collect();
    let start = |transfers: &mut Transfers<usize>, node: usize, now: Time| {
        let transfer = Transfer {
            weight: 1 + (node % 3) as u32,
            ..Transfer::plain(
                Bytes(1 << 50),
                [shared[node / rack], own[node]].into_iter().collect(),
            )
        };
        transfers.start(now, node, transfer)
    };
    let mut flows: Vec<FlowId> = (0..nodes)
        .map(|node| start(&mut transfers, node, Time::ZERO))
        .collect();
    transfers.settle(Time::ZERO);
    let mut words = Streams::new(1, 0).sequence("bench", Purpose::Victim);
    let clock = Instant::now();
    let mut done = 0;
    while done < MOST_CHANGES && clock.elapsed() < LONG_ENOUGH {
        done += 1;
        let now = Time::from_nanos(done * 1000);
        let node = words.word().below(nodes as u32) as usize;
        transfers.cancel(now, flows[node]);
        flows[node] = start(&mut transfers, node, now);
        if everything {
            for link in 0..shared.len() {
                transfers.touch(LinkId::new(link));
            }
        }
        transfers.settle(now);
    }
    clock.elapsed().as_secs_f64() * 1e6 / done as f64
}
