//! The calendar: pending events in the order in which they will happen.
//!
//! Up to [`FEW`] pending events are a list in descending order: the next one is its end, and a new
//! one moves those that come before it. More are a 4-ary heap of (time, sequence). `cargo bench --bench calendar` compares it with `BinaryHeap` and with
//! `priority-queue` on your machine. Those have no classes and no cancellation.
//!
//! # Invariants
//! * Events leave in ascending (time, sequence). The class of an event sits in the top byte of its
//!   sequence number, so at one instant classes decide first, then the order of scheduling.
//! * Nothing is scheduled before the instant of the last event that left.
//! * A cancelled event never leaves. From the list it is taken out at once; in the heap it keeps
//!   its place until it reaches the front or until cancelled events are the majority, when all of
//!   them are swept out: O(1) amortized.

use super::heap::Heap;
use crate::units::Time;
use std::collections::BTreeSet;
use std::hint::select_unpredictable;

/// An event that knows its class among events of the same instant.
pub trait Ranked: Copy {
    /// The class; lower classes come first.
    fn class(self) -> u8;
}

/// What a scheduled event is cancelled by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKey(u64);

/// Pending events.
#[derive(Clone, Debug)]
pub struct Calendar<E> {
    list: List<E>,
    /// Empty unless `is_heap`; then the list is.
    heap: Heap<E>,
    is_heap: bool,
    scheduled: u64,
    cancelled: BTreeSet<u64>,
    now: Time,
}

/// Few events in descending order. Keys and events stand apart: an event and its key are written
/// one word at a time, and read as one right after that they would have to wait for the memory.
#[derive(Clone, Debug)]
struct List<E> {
    keys: Vec<u128>,
    events: Vec<E>,
}

/// Time and sequence in one number: compared without a branch.
#[inline]
fn key_of(time: Time, sequence: u64) -> u128 {
    u128::from(time.nanos()) << 64 | u128::from(sequence)
}

#[inline]
fn time_of(key: u128) -> Time {
    Time::from_nanos((key >> 64) as u64)
}

#[inline]
fn sequence_of(key: u128) -> u64 {
    key as u64
}

/// So many pending events are a list.
const FEW: usize = 192;
/// A heap that has shrunk to so many becomes a list again.
const FEWER: usize = 96;
/// A list of so many is searched from its end.
const SHORT: usize = 12;
/// So many at the end of a longer one are looked at first: the next arrival is mostly among them.
const TAIL: usize = 4;
const CLASS_SHIFT: u32 = 56;
/// Below this many cancelled events a sweep is not worth its while.
const SWEEP_AT_LEAST: usize = 64;

impl<E: Ranked> Calendar<E> {
    /// An empty calendar at time zero.
    pub const fn new() -> Self {
        Self {
            list: List {
                keys: Vec::new(),
                events: Vec::new(),
            },
            heap: Heap::new(),
            is_heap: false,
            scheduled: 0,
            cancelled: BTreeSet::new(),
            now: Time::ZERO,
        }
    }

    /// The instant of the last event that left.
    #[inline]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The number of events that will still happen.
    pub fn len(&self) -> usize {
        self.list.keys.len() + self.heap.len() - self.cancelled.len()
    }

    /// Whether nothing will happen any more.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an event.
    ///
    /// # Panics
    /// If `time` has passed.
    #[expect(
        clippy::inline_always,
        reason = "twice a request; a constant event has a constant class"
    )]
    #[inline(always)]
    pub fn schedule(&mut self, time: Time, event: E) -> EventKey {
        assert!(
            self.now <= time,
            "an event at {time} cannot be scheduled at {}",
            self.now
        );
        let sequence = u64::from(event.class()) << CLASS_SHIFT | self.scheduled;
        self.scheduled += 1;
        let key = key_of(time, sequence);
        if self.is_heap {
            self.heap.push(key, event);
        } else if self.list.insert(key, event) {
            self.become_heap();
        }
        EventKey(sequence)
    }

    /// Takes an event back. It must still be pending.
    ///
    /// # Panics
    /// If it is not.
    pub fn cancel(&mut self, key: EventKey) {
        if !self.is_heap {
            self.list.remove(key.0);
            return;
        }
        let fresh = self.cancelled.insert(key.0);
        assert!(fresh, "an event was cancelled twice");
        if self.cancelled.len() >= SWEEP_AT_LEAST && self.cancelled.len() * 2 > self.heap.len() {
            self.sweep();
        }
    }

    /// Takes the next event out and moves the clock to its instant.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let (key, event) = if self.is_heap {
            self.pop_live()?
        } else {
            (self.list.keys.pop()?, self.list.events.pop()?)
        };
        self.now = time_of(key);
        Some((self.now, event))
    }

    #[cold]
    fn become_heap(&mut self) {
        // In ascending order each stays where it is put.
        let events = self.list.events.drain(..).rev();
        let keys = self.list.keys.drain(..).rev();
        for (key, event) in keys.zip(events) {
            self.heap.push(key, event);
        }
        self.is_heap = true;
    }

    #[cold]
    fn become_list(&mut self) {
        for (key, event) in self.take_live().into_iter().rev() {
            self.list.keys.push(key);
            self.list.events.push(event);
        }
        self.is_heap = false;
    }

    /// Takes the first of the heap out that is not cancelled.
    #[inline(never)]
    fn pop_live(&mut self) -> Option<(u128, E)> {
        let first = loop {
            let first = self.heap.pop()?;
            if self.cancelled.is_empty() || !self.cancelled.remove(&sequence_of(first.0)) {
                break first;
            }
        };
        if self.heap.len() <= FEWER {
            self.become_list();
        }
        Some(first)
    }

    /// Drops all cancelled events.
    fn sweep(&mut self) {
        for (key, event) in self.take_live() {
            self.heap.push(key, event);
        }
    }

    /// Empties the heap: what is not cancelled, in ascending order.
    fn take_live(&mut self) -> Vec<(u128, E)> {
        let cancelled = std::mem::take(&mut self.cancelled);
        self.heap
            .take_sorted(|key| !cancelled.contains(&sequence_of(key)))
    }
}

impl<E: Copy> List<E> {
    /// Adds an event. Answers whether there are too many now.
    #[inline]
    fn insert(&mut self, key: u128, event: E) -> bool {
        let length = self.keys.len();
        if length > SHORT && self.keys[length - TAIL] < key {
            return self.insert_by_halves(key, event);
        }
        self.keys.push(key);
        self.events.push(event);
        let keys = self.keys.as_mut_slice();
        let events = &mut self.events.as_mut_slice()[..keys.len()];
        let mut position = length;
        while position > 0 && keys[position - 1] < key {
            keys[position] = keys[position - 1];
            events[position] = events[position - 1];
            position -= 1;
        }
        keys[position] = key;
        events[position] = event;
        length >= FEW
    }

    /// As [`Self::insert`], for what does not belong to the tail.
    #[inline(never)]
    fn insert_by_halves(&mut self, key: u128, event: E) -> bool {
        // Where it goes is a matter of chance, so a search that branches is mostly mispredicted.
        let (mut first, mut length) = (0, self.keys.len());
        while length > 1 {
            let half = length / 2;
            let middle = first + half;
            first = select_unpredictable(key < self.keys[middle], middle, first);
            length -= half;
        }
        let position = first + usize::from(key < self.keys[first]);
        self.keys.insert(position, key);
        self.events.insert(position, event);
        self.keys.len() > FEW
    }

    /// Takes the event of that sequence number out.
    ///
    /// # Panics
    /// If there is none.
    fn remove(&mut self, sequence: u64) {
        let position = self
            .keys
            .iter()
            .position(|key| sequence_of(*key) == sequence)
            .expect("an event that is cancelled is pending");
        self.keys.remove(position);
        self.events.remove(position);
    }
}

impl<E: Ranked> Default for Calendar<E> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Mark {
        class: u8,
        name: u32,
    }

    impl Ranked for Mark {
        fn class(self) -> u8 {
            self.class
        }
    }

    fn mark(class: u8, name: u32) -> Mark {
        Mark { class, name }
    }

    #[test]
    fn at_one_instant_class_decides_then_the_order_of_scheduling() {
        let mut calendar = Calendar::new();
        let at = Time::from_nanos(5);
        for event in [mark(3, 0), mark(1, 1), mark(3, 2), mark(1, 3)] {
            calendar.schedule(at, event);
        }
        calendar.schedule(Time::from_nanos(4), mark(9, 4));
        let names: Vec<_> = std::iter::from_fn(|| calendar.pop())
            .map(|(_, e)| e.name)
            .collect();
        assert_eq!(names, [4, 1, 3, 0, 2]);
    }

    #[test]
    fn what_is_cancelled_does_not_happen() {
        let mut calendar = Calendar::new();
        let first = calendar.schedule(Time::from_nanos(1), mark(0, 1));
        calendar.schedule(Time::from_nanos(2), mark(0, 2));
        calendar.cancel(first);
        assert_eq!(calendar.len(), 1);
        assert_eq!(calendar.pop(), Some((Time::from_nanos(2), mark(0, 2))));
        assert_eq!(calendar.pop(), None);
    }

    proptest! {
        /// Against a sorted map: any mixture of scheduling, cancelling and taking out.
        #[test]
        fn it_agrees_with_a_sorted_map(
            steps in prop::collection::vec((0u8..4, 0u64..50, 0u8..3), 1..400),
        ) {
            let mut calendar = Calendar::new();
            let mut reference: BTreeMap<(u64, u8, u64), EventKey> = BTreeMap::new();
            let mut now = 0;
            for (number, (action, delay, class)) in steps.into_iter().enumerate() {
                let number = number as u64;
                match action {
                    0 | 1 => {
                        let time = now + delay;
                        let event = mark(class, number as u32);
                        let key = calendar.schedule(Time::from_nanos(time), event);
                        reference.insert((time, class, number), key);
                    }
                    2 => {
                        let middle = reference.keys().nth(reference.len() / 2).copied();
                        if let Some(key) = middle.and_then(|middle| reference.remove(&middle)) {
                            calendar.cancel(key);
                        }
                    }
                    _ => {
                        let expected = reference.pop_first().map(|((time, class, name), _)| {
                            (Time::from_nanos(time), mark(class, name as u32))
                        });
                        prop_assert_eq!(calendar.pop(), expected);
                        now = expected.map_or(now, |(time, _)| time.nanos());
                    }
                }
                prop_assert_eq!(calendar.len(), reference.len());
            }
        }
    }
}
