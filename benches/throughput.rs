//! Requests and tasks per second: `cargo bench --bench throughput`.
//!
//! Each scenario of `benches/scenarios/` is run whole, as `sparksim run FILE --threads 1` runs it:
//! reading it, simulating with all figures and the audit, writing tables and charts. Beside it runs
//! a program that only simulates the same queues: a heap of (time, sequence), one stream of
//! exponential variates, a mean and a coarse histogram, no names, no endpoints, no time averages,
//! no audit. The ratio to it is what can be compared between machines.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Runs of each; the fastest counts.
const RUNS: usize = 3;

/// The event of the reference that is no departure.
const ARRIVAL: usize = usize::MAX;

/// How the reference spreads requests.
#[derive(Clone, Copy)]
enum Spread {
    Central,
    Shortest,
    TwoChoices,
}

struct Workload {
    name: &'static str,
    what: &'static str,
    /// Requests or tasks in the scenario, in two replications: one alone would be run twice, to cut
    /// it into batches.
    count: u64,
    /// Servers and how requests are spread; `None`: no reference.
    reference: Option<(usize, Spread)>,
}

const WORKLOADS: [Workload; 6] = [
    Workload {
        name: "w1",
        what: "M/M/1",
        count: 4_000_000,
        reference: Some((1, Spread::Central)),
    },
    Workload {
        name: "w2",
        what: "M/M/16, one queue",
        count: 4_000_000,
        reference: Some((16, Spread::Central)),
    },
    Workload {
        name: "w3j",
        what: "100 servers, join-shortest-queue",
        count: 4_000_000,
        reference: Some((100, Spread::Shortest)),
    },
    Workload {
        name: "w3p",
        what: "100 servers, power-of-two",
        count: 4_000_000,
        reference: Some((100, Spread::TwoChoices)),
    },
    Workload {
        name: "w4",
        what: "Spark-like: 1,000 jobs of 3 x 200 tasks, 500 slots",
        count: 1_200_000,
        reference: None,
    },
    Workload {
        name: "day",
        what: "983 applications of 10,000 tasks on 1,000 nodes",
        count: 9_830_000,
        reference: None,
    },
];

fn main() {
    println!(
        "{:<4} {:<52} {:>10} {:>10} {:>7}",
        "", "one thread, whole process", "sparksim", "bare loop", "ratio"
    );
    for workload in &WORKLOADS {
        let ours = fastest(|| sparksim(workload.name));
        let rate = workload.count as f64 / ours / 1e6;
        let reference = workload.reference.map(|(servers, spread)| {
            let seconds = fastest(|| bare_loop(workload.count, servers, spread));
            workload.count as f64 / seconds / 1e6
        });
        let (bare, ratio) = match reference {
            Some(bare) => (format!("{bare:.1} M/s"), format!("{:.2}", rate / bare)),
            None => (String::new(), String::new()),
        };
        println!(
            "{:<4} {:<52} {:>10} {bare:>10} {ratio:>7}",
            workload.name,
            workload.what,
            format!("{rate:.1} M/s")
        );
    }
}

fn fastest(mut run: impl FnMut()) -> f64 {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::MAX, f64::min)
}

fn sparksim(name: &str) {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/scenarios")
        .join(format!("{name}.toml"));
    let out = std::env::temp_dir().join("sparksim-throughput");
    let status = Command::new(env!("CARGO_BIN_EXE_sparksim"))
        .arg("run")
        .arg(scenario)
        .args(["--threads", "1", "--quiet", "--out"])
        .arg(out)
        .status();
    assert!(status.unwrap().success(), "{name} failed");
}

/// As little as a simulation of these queues can do with a heap and a sequence number.
fn bare_loop(requests: u64, servers: usize, spread: Spread) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut exponential = |mean: f64| {
        let uniform = ((random.next_u64() >> 11) | 1) as f64 / (1_u64 << 53) as f64;
        (-libm::log(uniform) * mean * 1e9) as u64
    };
    let mut choices = Xoshiro256PlusPlus::seed_from_u64(2);
    let gap = 1.0 / (0.9 * servers as f64);
    let mut events = BinaryHeap::new();
    let mut sequence = 0_u64;
    let mut schedule = |events: &mut BinaryHeap<_>, time: u64, server: usize| {
        sequence += 1;
        events.push(Reverse((time, sequence, server)));
    };
    let queues = if matches!(spread, Spread::Central) {
        1
    } else {
        servers
    };
    let places = servers / queues;
    let mut waiting = vec![VecDeque::new(); queues];
    let mut present = vec![0_usize; queues];
    let mut histogram = vec![0_u64; 4096];
    let (mut sum, mut done) = (0_u128, 0);
    let mut in_service = std::collections::BTreeMap::new();
    let mut served = vec![0_u64; queues];
    let single = places == 1;
    schedule(&mut events, exponential(gap), ARRIVAL);
    let mut number = 0_u64;
    while done < requests {
        let Some(Reverse((now, _, server))) = events.pop() else {
            break;
        };
        if server == ARRIVAL {
            schedule(&mut events, now + exponential(gap), ARRIVAL);
            let queue = match spread {
                Spread::Central => 0,
                Spread::Shortest => (0..queues).min_by_key(|queue| present[*queue]).unwrap(),
                Spread::TwoChoices => {
                    let word = choices.next_u64();
                    let first = (word >> 32) as usize % queues;
                    let second = (word & 0xffff_ffff) as usize % queues;
                    if present[first] <= present[second] {
                        first
                    } else {
                        second
                    }
                }
            };
            present[queue] += 1;
            if present[queue] <= places {
                if single {
                    served[queue] = now;
                    schedule(&mut events, now + exponential(1.0), queue);
                } else {
                    number += 1;
                    in_service.insert(number as usize, now);
                    schedule(&mut events, now + exponential(1.0), number as usize);
                }
            } else {
                waiting[queue].push_back(now);
            }
            continue;
        }
        let queue = if single { server } else { 0 };
        let arrived = if single {
            served[queue]
        } else {
            in_service.remove(&server).unwrap()
        };
        done += 1;
        present[queue] -= 1;
        let latency = now - arrived;
        sum += u128::from(latency);
        histogram[(64 - latency.leading_zeros()) as usize * 16] += 1;
        if let Some(next) = waiting[queue].pop_front() {
            if single {
                served[queue] = next;
            } else {
                in_service.insert(server, next);
            }
            schedule(&mut events, now + exponential(1.0), server);
        }
    }
    std::hint::black_box((sum, histogram));
}
