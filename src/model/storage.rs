//! Object stores: `[storage]`.

use super::WrittenKind;
use crate::units::{Bandwidth, Bytes, Duration, Rate};

/// An object store: outside of the cluster and of all zones, shared by all that read or write it.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Its name.
    pub name: String,
    /// What all that is read and written shares; `None`: never a limit.
    pub bandwidth: Option<Bandwidth>,
    /// From a request to its first byte. The requests of a transfer follow one another, and their
    /// latencies pass before its bytes move.
    pub latency: Duration,
    /// Requests that it lets through, a second; `None`: never a limit.
    ///
    /// A token bucket as a fluid: the requests of a transfer come evenly with its bytes, and those
    /// of all transfers together never come faster. The bucket saves nothing up.
    pub request_rate: Option<Rate>,
    /// Bytes that one request asks for; `None`: a transfer is one request.
    pub request_size: Option<Bytes>,
    /// What a request costs; 0 where nobody asks.
    pub request_price: f64,
    /// What it holds when the run begins, and for as long as it lasts; `None`: nothing is known of it.
    pub stored: Option<Bytes>,
    /// What a byte costs that it holds for an hour; `None`: nobody asks.
    pub price: Option<f64>,
    /// What becomes of what is written.
    pub written: WrittenKind,
}

impl Storage {
    /// Whether it is of interest how much it holds.
    pub fn is_measured(&self) -> bool {
        self.stored.is_some() || self.price.is_some()
    }

    /// Whether what is written makes it hold more.
    pub fn grows(&self) -> bool {
        self.is_measured() && self.written == WrittenKind::Kept
    }

    /// Requests that so many bytes take.
    pub fn requests(&self, bytes: Bytes) -> u64 {
        match self.request_size {
            Some(size) => bytes.0.div_ceil(size.0.max(1)),
            None => u64::from(bytes.0 > 0),
        }
    }
}
