//! How messages travel between clients and a service, and what keeps too many of them out.

use crate::units::{Bandwidth, Duration, Rate};

/// How the clients of a service talk to it over connections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Protocol {
    /// From a client to the service and back, without anything in between.
    pub round_trip: Duration,
    /// Round trips until a new connection can be used.
    pub handshakes: u32,
    /// What a message costs whatever its size.
    pub per_message: Duration,
    /// Bytes of a message that are written and read again per second.
    pub serialization: Bandwidth,
    /// Connections that a client opens at most, at least 1.
    pub connections: u32,
    /// Requests that are out at once on one connection, at least 1; 1 on HTTP/1.1.
    pub streams: u32,
    /// An unused connection is closed after this time.
    pub idle_timeout: Duration,
}

impl Protocol {
    /// Whether a request that was given up takes its connection with it: it cannot be called back
    /// from a connection that carries one request at a time.
    pub fn is_serial(&self) -> bool {
        self.streams == 1
    }
}

/// Proxies beside the client and beside the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mesh {
    /// What one proxy adds to a request and its answer together.
    pub overhead: Duration,
}

/// What the clients of a service may have out at once, all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Attempts that have been sent and have no outcome.
    pub max_requests: u32,
    /// Attempts that wait for a connection.
    pub max_pending: u32,
    /// Retries that are waited for or out.
    pub max_retries: u32,
}

/// A token bucket: an attempt takes a token or is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Tokens that flow in, above 0.
    pub rate: Rate,
    /// Tokens that the bucket holds, at least 1; it is full at the start.
    pub burst: u32,
}

/// Which attempts a service refuses although it has room for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shedding {
    /// Those that would wait longer than this for a place.
    MaxWait(Duration),
    /// More and more of them, the more requests are at the replica: none below `from`, all from
    /// `to` on, a share that rises evenly between.
    InSystem {
        /// Requests at the replica from which on some are refused.
        from: u32,
        /// Requests from which on all are refused; more than `from`.
        to: u32,
    },
}
