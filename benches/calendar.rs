//! The hold model on our calendar, `BinaryHeap` and `priority-queue`, in one run.
//!
//! Hold (Vaucher and Duval 1975): with n events pending, take the next and schedule another an
//! exponential time later. Prints nanoseconds per operation and ratios; it asserts nothing. Run it
//! with `cargo bench --bench calendar`.

use priority_queue::PriorityQueue;
use sparksim::engine::{Calendar, Ranked};
use sparksim::random::{Distribution, Purpose, Sampler, Sequence, Streams};
use sparksim::units::{Duration, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;
use std::time::Instant;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event(u32);

impl Ranked for Event {
    fn class(self) -> u8 {
        0
    }
}

/// The increments, drawn before the clock starts.
struct Increments {
    values: Vec<Duration>,
    next: usize,
}

impl Increments {
    fn new() -> Self {
        let sampler: Sampler = Distribution::Exponential { mean: 1.0 }.sampler();
        let mut words: Sequence = Streams::new(1, 0).sequence("bench", Purpose::Gap);
        Self {
            values: (0..1 << 16)
                .map(|_| sampler.duration(words.word()))
                .collect(),
            next: 0,
        }
    }

    #[inline]
    fn draw(&mut self) -> Duration {
        self.next = (self.next + 1) & (self.values.len() - 1);
        self.values[self.next]
    }
}

fn ours(pending: usize, operations: u32) -> f64 {
    let mut increments = Increments::new();
    let mut calendar = Calendar::new();
    for number in 0..pending {
        calendar.schedule(Time::ZERO + increments.draw(), Event(number as u32));
    }
    time(operations, || {
        if let Some((now, event)) = calendar.pop() {
            calendar.schedule(now + increments.draw(), event);
        }
    })
}

fn binary_heap(pending: usize, operations: u32) -> f64 {
    let mut increments = Increments::new();
    let mut heap = BinaryHeap::new();
    let mut sequence = 0u64;
    for number in 0..pending {
        sequence += 1;
        heap.push(Reverse((
            Time::ZERO + increments.draw(),
            sequence,
            Event(number as u32),
        )));
    }
    time(operations, || {
        if let Some(Reverse((now, _, event))) = heap.pop() {
            sequence += 1;
            heap.push(Reverse((now + increments.draw(), sequence, event)));
        }
    })
}

fn priority_queue(pending: usize, operations: u32) -> f64 {
    let mut increments = Increments::new();
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let mut queue = PriorityQueue::with_hasher(hasher);
    let mut sequence = 0u64;
    for _ in 0..pending {
        sequence += 1;
        queue.push(
            sequence,
            Reverse((Time::ZERO + increments.draw(), sequence)),
        );
    }
    time(operations, || {
        if let Some((_, Reverse((now, _)))) = queue.pop() {
            sequence += 1;
            queue.push(sequence, Reverse((now + increments.draw(), sequence)));
        }
    })
}

/// Nanoseconds per operation.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn time(operations: u32, mut operation: impl FnMut()) -> f64 {
    for _ in 0..operations / 4 {
        operation();
    }
    let start = Instant::now();
    for _ in 0..operations {
        operation();
    }
    black_box(start.elapsed()).as_secs_f64() * 1e9 / f64::from(operations)
}

fn main() {
    println!("hold model, ns per operation (and ratio to ours)");
    println!(
        "{:>10} {:>10} {:>20} {:>20}",
        "pending", "ours", "BinaryHeap", "priority-queue"
    );
    for pending in [16, 1_000, 100_000, 1_000_000] {
        let operations = 2_000_000;
        let ours = ours(pending, operations);
        let heap = binary_heap(pending, operations);
        let queue = priority_queue(pending, operations);
        println!(
            "{pending:>10} {ours:>10.1} {heap:>12.1} ({:>4.2}×) {queue:>12.1} ({:>4.2}×)",
            heap / ours,
            queue / ours
        );
    }
}
