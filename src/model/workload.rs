//! Where requests and submissions come from.

use crate::id::{AppId, ClassId, EndpointId};
use crate::random::Distribution;
use crate::units::{Rate, Time};

/// A source of requests or submissions.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// What it sends to.
    pub target: Target,
    /// What its requests are marked with.
    pub class: ClassId,
    /// When it sends.
    pub arrivals: Arrivals,
}

impl Workload {
    /// The marks that its requests can have.
    pub fn classes(&self) -> Vec<ClassId> {
        vec![self.class]
    }
}

/// What a mark on requests means.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Higher goes first, where a discipline looks at it.
    pub priority: i32,
    /// Share of a replica, where it is shared.
    pub weight: u32,
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
