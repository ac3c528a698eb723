//! The connections of one client to one service.
//!
//! Requests that find no free stream wait in one queue, first come, first served. A connection is
//! opened for them as long as the pool may have more and those that are being opened would not be
//! enough; whichever comes first, a new connection or a free stream, serves the first in the queue.
//! The stream that was freed last is used first, so that what is not needed idles out. Idle
//! connections are found to be closed when they would be used.
//!
//! # Invariants
//! * Nobody waits while a stream is free.
//! * A connection carries at most as many requests as it has streams.

use crate::id::TripId;
use crate::model::Protocol;
use crate::units::Time;
use std::collections::BTreeMap;

/// A connection within its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connection(u32);

/// The connections of a client to a service.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    protocol: Protocol,
    connections: Vec<Open>,
    /// Numbers of connections that have been closed.
    closed: Vec<Connection>,
    /// Connections with a free stream; the last is used first.
    available: Vec<Connection>,
    /// Connections that are being opened.
    opening: u32,
    /// Who waits, in the order in which they came.
    waiting: BTreeMap<u64, TripId>,
    arrivals: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    /// Requests that are out.
    requests: u32,
    /// When the last of them was over.
    idle_since: Time,
}

impl Pool {
    /// Without connections.
    pub(super) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            connections: Vec::new(),
            closed: Vec::new(),
            available: Vec::new(),
            opening: 0,
            waiting: BTreeMap::new(),
            arrivals: 0,
        }
    }

    /// How many wait for a stream.
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.len() as u32
    }

    /// Connections that are open or being opened.
    pub(super) fn size(&self) -> u32 {
        (self.connections.len() - self.closed.len()) as u32 + self.opening
    }

    /// Takes a free stream.
    pub(super) fn take(&mut self, now: Time) -> Option<Connection> {
        loop {
            let last = *self.available.last()?;
            let open = &mut self.connections[last.0 as usize];
            if open.requests == 0 && self.protocol.idle_timeout < now - open.idle_since {
                self.available.pop();
                self.closed.push(last);
                continue;
            }
            open.requests += 1;
            if open.requests == self.protocol.streams {
                self.available.pop();
            }
            return Some(last);
        }
    }

    /// Somebody begins to wait; answers what takes it out again.
    pub(super) fn wait(&mut self, trip: TripId) -> u64 {
        let place = self.arrivals;
        self.arrivals += 1;
        self.waiting.insert(place, trip);
        place
    }

    /// Somebody does not wait any more.
    pub(super) fn leave(&mut self, place: u64) {
        self.waiting.remove(&place);
    }

    /// Whether one more connection is opened for those who wait; if so, it is being opened now.
    pub(super) fn open(&mut self) -> bool {
        let enough = self.opening.saturating_mul(self.protocol.streams);
        let opens = enough < self.waiting() && self.size() < self.protocol.connections;
        self.opening += u32::from(opens);
        opens
    }

    /// A connection has been opened.
    pub(super) fn opened(&mut self, now: Time) {
        self.opening -= 1;
        let open = Open {
            requests: 0,
            idle_since: now,
        };
        let connection = if let Some(number) = self.closed.pop() {
            self.connections[number.0 as usize] = open;
            number
        } else {
            self.connections.push(open);
            Connection(self.connections.len() as u32 - 1)
        };
        self.available.push(connection);
    }

    /// A request is over; `closes`: its connection with it.
    pub(super) fn release(&mut self, connection: Connection, closes: bool, now: Time) {
        let open = &mut self.connections[connection.0 as usize];
        let was_full = open.requests == self.protocol.streams;
        open.requests -= 1;
        open.idle_since = now;
        if closes {
            self.closed.push(connection);
            self.available.retain(|other| *other != connection);
        } else if was_full {
            self.available.push(connection);
        }
    }

    /// The first who waits gets a free stream.
    pub(super) fn next(&mut self, now: Time) -> Option<(TripId, Connection)> {
        if self.waiting.is_empty() {
            return None;
        }
        let connection = self.take(now)?;
        let (_, trip) = self.waiting.pop_first()?;
        Some((trip, connection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bandwidth, Duration};
    use proptest::prelude::*;

    fn pool(connections: u32, streams: u32) -> Pool {
        Pool::new(Protocol {
            round_trip: Duration::from_millis(1),
            handshakes: 2,
            per_message: Duration::ZERO,
            serialization: Bandwidth(1),
            connections,
            streams,
            idle_timeout: Duration::from_secs(10),
        })
    }

    const fn at(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_serial_connection_blocks_who_comes_second() {
        let mut pool = pool(1, 1);
        assert_eq!(pool.take(at(0)), None);
        pool.wait(TripId(0));
        assert!(pool.open());
        pool.wait(TripId(1));
        assert!(!pool.open(), "one connection is all there may be");
        pool.opened(at(1));
        let (first, connection) = pool.next(at(1)).unwrap();
        assert_eq!(first, TripId(0));
        assert_eq!(pool.next(at(1)), None);
        pool.release(connection, false, at(2));
        assert_eq!(pool.next(at(2)), Some((TripId(1), connection)));
    }

    #[test]
    fn streams_share_a_connection_that_is_being_opened() {
        let mut pool = pool(4, 2);
        pool.wait(TripId(0));
        assert!(pool.open());
        pool.wait(TripId(1));
        assert!(!pool.open(), "the first connection has room for both");
        pool.wait(TripId(2));
        assert!(pool.open());
    }

    #[test]
    fn an_idle_connection_is_closed_when_it_would_be_used() {
        let mut pool = pool(1, 1);
        pool.wait(TripId(0));
        pool.open();
        pool.opened(at(0));
        let (_, connection) = pool.next(at(0)).unwrap();
        pool.release(connection, false, at(1));
        assert_eq!(pool.take(at(12)), None);
        assert_eq!(pool.size(), 0);
    }

    proptest! {
        /// Whatever happens, streams are not used twice and nobody waits beside a free one.
        #[test]
        fn streams_are_lent_once(
            connections in 1_u32..4,
            streams in 1_u32..4,
            steps in prop::collection::vec(0_u8..6, 1..120),
        ) {
            let mut pool = pool(connections, streams);
            let (mut out, mut waiting) = (Vec::new(), Vec::new());
            for (number, step) in steps.into_iter().enumerate() {
                let now = at(number as u64);
                match step {
                    0..=2 => match pool.take(now) {
                        Some(connection) => out.push(connection),
                        None => waiting.push(pool.wait(TripId(number as u32))),
                    },
                    3 if 0 < pool.opening => pool.opened(now),
                    4 if !out.is_empty() => {
                        let connection = out.remove(0);
                        pool.release(connection, streams == 1 && number % 2 == 0, now);
                    }
                    5 if !waiting.is_empty() => pool.leave(waiting.remove(0)),
                    _ => {}
                }
                while let Some((_, connection)) = pool.next(now) {
                    out.push(connection);
                }
                while pool.open() {}
                prop_assert!(pool.size() <= connections);
                for connection in &out {
                    let shared = out.iter().filter(|other| *other == connection).count();
                    prop_assert!(shared as u32 <= streams);
                }
                prop_assert!(pool.waiting() == 0 || pool.available.is_empty());
            }
        }
    }
}
