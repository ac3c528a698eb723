//! Where requests and submissions come from.

use crate::id::{AppId, EndpointId};
use crate::random::Distribution;
use crate::units::{Rate, Time};

/// A source of requests or submissions.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// What it sends to.
    pub target: Target,
    /// When it sends.
    pub arrivals: Arrivals,
}

/// What a workload sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An endpoint of a service.
    Endpoint(EndpointId),
    /// An application.
    App(AppId),
}

/// An arrival process.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Poisson.
    Poisson {
        /// Arrivals per second, above 0.
        rate: Rate,
    },
    /// Independent gaps (an ordinary renewal process); a constant gap is `deterministic`.
    Renewal {
        /// Seconds between arrivals; the first comes after one gap.
        interarrival: Distribution,
    },
    /// At the given instants, in order.
    At {
        /// The instants.
        times: Vec<Time>,
    },
}
