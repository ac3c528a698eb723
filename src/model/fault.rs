//! What goes wrong: `[faults]`.

use super::{Cluster, Model, Reclaiming};
use crate::id::{KindId, PoolId, ZoneId};
use crate::random::Distribution;
use crate::units::Duration;

/// Something that goes wrong again and again.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its name.
    pub name: String,
    /// What happens.
    pub kind: FaultKind,
    /// When.
    pub when: Occurrences,
    /// Seconds until it is over; `None`: it never is.
    pub repair: Option<Distribution>,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// Nodes are down, and their containers lost.
    NodeCrash(Where),
    /// All nodes of a zone are down at once, and their containers lost.
    ZoneOutage(ZoneId),
    /// Nodes divide compute times by this much less, in (0, 1).
    SlowNode(Where, f64),
    /// Nodes cannot be reached by those who place containers: what is there goes on, and is given
    /// up when it lasts longer than this.
    Partition(Where, Duration),
    /// No byte comes from the registry.
    RegistryOutage,
    /// The process of a running container of the kind is killed.
    ContainerKill(KindId),
    /// The provider takes nodes of a pool back.
    SpotReclaim(Takeback),
}

/// Which nodes are taken back, and when they are gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Takeback {
    /// The pool.
    pub pool: PoolId,
    /// The zone; `None`: all of them together.
    pub zone: Option<ZoneId>,
    /// The share of the nodes that are there, rounded, at least one.
    pub fraction: f64,
    /// From the warning to their end.
    pub notice: Duration,
}

/// Which nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Each of them on its own.
    Anywhere,
    /// Each of a pool on its own.
    Pool(PoolId),
    /// That one: the pool and its number there.
    Node(PoolId, u32),
    /// All of a zone at once.
    Zone(ZoneId),
}

/// When something goes wrong.
#[derive(Clone, Debug)]
pub enum Occurrences {
    /// At these times since the start, in order.
    At(Vec<Duration>),
    /// So many seconds after the start, and after each time that it is over.
    Every(Distribution),
}

impl Model {
    /// Whether a container may be gone before its owner releases it.
    pub fn loses_containers(&self) -> bool {
        let services = self.services.iter().map(|service| &service.placing);
        let apps = self.apps.iter();
        let apps = apps.flat_map(|app| [&app.driver_placing, &app.executor_placing]);
        let elastic = self.cluster.as_ref().is_some_and(Cluster::is_elastic);
        let mut budgets = self.budgets.iter();
        !self.faults.is_empty()
            || elastic
            || budgets.any(|budget| budget.reclaim == Reclaiming::Preempt)
            || self.kills_for_memory()
            || services.chain(apps).any(|placing| placing.preempts)
    }

    /// Whether a container may be killed because it uses more memory than it may.
    pub fn kills_for_memory(&self) -> bool {
        let services = self.services.iter();
        let mut stages = self.stages.iter().filter_map(|stage| stage.data.as_ref());
        services.clone().any(|service| service.memory_use.is_some())
            || stages.any(|data| data.overhead_use.0 > 0)
    }
}
