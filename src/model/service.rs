//! Services and their endpoints.

use super::{BalancerKind, Resources};
use crate::id::{AppId, EndpointId, ImageId, ServiceId};
use crate::random::Distribution;
use std::ops::Range;

/// A service: equal replicas behind a balancer.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What its containers are made from; `None`: nothing is pulled.
    pub image: Option<ImageId>,
    /// Number of replicas, at least 1.
    pub replicas: u32,
    /// Requests that one replica serves at once, at least 1.
    pub concurrency: u32,
    /// Waiting places of one replica; `None`: unbounded.
    pub queue_capacity: Option<u32>,
    /// How requests are spread over replicas.
    pub balancer: BalancerKind,
    /// What one replica reserves on its node.
    pub requests: Resources,
    /// Seconds from unpacked to running.
    pub start_time: Distribution,
    /// First and one past the last of its endpoints; at least one.
    pub endpoints: Range<u32>,
}

impl Service {
    /// Its endpoints, in the order of their names.
    pub fn endpoint_ids(&self) -> impl DoubleEndedIterator<Item = EndpointId> + use<> {
        self.endpoints.clone().map(EndpointId)
    }
}

/// An endpoint of a service.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name; `default` where the service was given without endpoints.
    pub name: String,
    /// Whether the scenario named it; figures by endpoint are written only then.
    pub named: bool,
    /// The service it belongs to.
    pub service: ServiceId,
    /// Seconds that a request holds its place.
    pub service_time: Distribution,
    /// The application that each request submits when its service time is over.
    pub submits: Option<Submits>,
}

/// What a request submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submits {
    /// The application.
    pub app: AppId,
    /// Whether the request holds its place until the application has ended.
    pub wait: bool,
}
