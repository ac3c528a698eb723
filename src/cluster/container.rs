//! One container and how far it has come.

use crate::effect::{ContainerRequest, Owner};
use crate::engine::EventKey;
use crate::id::NodeId;
use crate::policy::placement::PlacementRequest;
use crate::record::ContainerTimes;

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) owner: Owner,
    pub(super) request: ContainerRequest,
    /// When each phase began, as far as it has come.
    pub(super) times: ContainerTimes,
    pub(super) node: Option<NodeId>,
    pub(super) phase: Phase,
}

/// How far a container has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has no node.
    Pending,
    /// Its node lacks its image.
    Pulling,
    /// Its process will be ready at that event.
    Starting(EventKey),
    /// Its process is ready.
    Running,
}

impl Container {
    pub(super) fn placement_request(&self) -> PlacementRequest {
        let service = match self.owner {
            Owner::Replica(service, _) => Some(service),
            Owner::Driver(_) | Owner::Executor(_) => None,
        };
        PlacementRequest {
            resources: self.request.resources,
            image: self.request.image,
            service,
        }
    }
}
