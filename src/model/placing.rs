//! Where containers may go and who goes first.

use super::{Model, Resources};
use crate::id::{AppId, IdVec, ImageId, KindId, PoolId, ServiceId};
use crate::units::{Bytes, Duration};

/// What holds for the placement of all containers of a kind: those of a service, the drivers of an
/// application, its executors.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// What is attached to a container before its image is pulled; `None`: nothing.
    pub volumes: Option<Volumes>,
}

/// The volumes of one container. Those of a replica are its own and stay when it moves; an executor
/// has new ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volumes {
    /// What they hold together.
    pub size: Bytes,
    /// From the node's turn to the last of them being attached there: all at once.
    pub attach_time: Duration,
    /// Whether a replica may only go to the zone in which it was placed first.
    pub zone_bound: bool,
    /// What they cost for an hour; 0 where nobody asks.
    pub price: f64,
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

impl Kind {
    /// Whether each of its containers may have a zone of its own.
    #[inline]
    pub fn is_zone_bound(&self) -> bool {
        self.placing.volumes.is_some_and(|it| it.zone_bound)
    }
}

impl Placing {
    /// Whether nodes of `pool` may have the container.
    #[inline]
    pub fn allows(&self, pool: PoolId) -> bool {
        self.pools.get(pool).is_none_or(|allowed| *allowed)
    }
}

impl Model {
    /// Whether anything is attached to containers.
    pub fn has_volumes(&self) -> bool {
        let services = self.services.iter().map(|service| &service.placing);
        let apps = self.apps.iter().map(|app| &app.executor_placing);
        services.chain(apps).any(|it| it.volumes.is_some())
    }

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
