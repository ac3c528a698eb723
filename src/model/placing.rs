//! Where containers may go and who goes first.

use super::{Model, Resources};
use crate::id::{AppId, IdVec, ImageId, KindId, PoolId, ServiceId};
use crate::units::Bytes;

/// What holds for the placement of all containers of a kind: those of a service, the drivers of an
/// application, its executors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placing {
    /// Higher ones are placed first.
    pub priority: i32,
    /// Whether others of a lower priority are stopped where there is no room.
    pub preempts: bool,
    /// By pool: whether its labels and taints let the container in; empty: all do.
    pub pools: IdVec<PoolId, bool>,
    /// By pool: taints that are to be avoided where another node will do; empty: there are none.
    pub avoided: IdVec<PoolId, u32>,
    /// Whether containers of the kind keep away from each other.
    pub apart: Option<Apart>,
    /// How evenly containers of the kind are spread; `None`: as the policy likes.
    pub spread: Option<Spread>,
    /// Whether no autoscaler may move it to remove its node.
    pub pinned: bool,
}

/// Containers of a kind that never share a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// A node has one at most.
    Nodes,
    /// The nodes of a zone have one at most.
    Zones,
}

/// Containers of a kind whose numbers in different places may differ by `max_skew`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// What a place is.
    pub over: Apart,
    /// The number in one place less the lowest number in any, at most.
    pub max_skew: u32,
}

/// What all containers of a kind have in common.
#[derive(Clone, Debug)]
pub struct Kind {
    /// What one reserves.
    pub resources: Resources,
    /// The memory at which one is killed; `None`: there is no limit.
    pub memory_limit: Option<Bytes>,
    /// What it is made from; `None`: nothing is pulled.
    pub image: Option<ImageId>,
    /// The service whose replicas they are.
    pub service: Option<ServiceId>,
    /// The application whose driver or executors they are.
    pub app: Option<AppId>,
    /// Executors that must have room beside one before it is placed; `None`: none.
    pub gang: Option<u32>,
    /// Where they may go.
    pub placing: Placing,
}

impl Placing {
    /// Whether nodes of `pool` may have the container.
    #[inline]
    pub fn allows(&self, pool: PoolId) -> bool {
        self.pools.get(pool).is_none_or(|allowed| *allowed)
    }
}

impl Model {
    /// Kinds of containers: services, then drivers and executors of each application in turn.
    pub fn kinds(&self) -> IdVec<KindId, Kind> {
        let services = self.services.enumerate().map(|(id, service)| Kind {
            resources: service.requests,
            memory_limit: service.memory_limit,
            image: service.image,
            service: Some(id),
            app: None,
            gang: None,
            placing: service.placing.clone(),
        });
        let apps = self.apps.enumerate().flat_map(|(id, app)| {
            [
                (app.conf.driver, &app.driver_placing, app.gang),
                (app.conf.executor, &app.executor_placing, None),
            ]
            .map(|(resources, placing, gang)| Kind {
                resources,
                memory_limit: None,
                image: app.image,
                service: None,
                app: Some(id),
                gang,
                placing: placing.clone(),
            })
        });
        services.chain(apps).collect()
    }
}
