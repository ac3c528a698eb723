//! Whether a service may lose replicas in a run: no model of a queue here knows of that.
//!
//! What takes replicas by the scenario's own words: `[faults]`, spot nodes, memory beyond a limit,
//! containers of a higher priority, budgets that get back what others hold. Not the scaling of the
//! service or of its nodes, nor `breakdowns`: assumptions of their own are about those.

use super::assumptions::{Assumption, assume};
use super::facts::Facts;
use crate::id::{PoolId, ZoneId};
use crate::model::{Fault, FaultKind, Reclaiming, Where};

impl Facts<'_> {
    /// That nothing takes replicas, where something does.
    pub(super) fn losses(&self) -> Option<Assumption> {
        let why = self.lost_by()?;
        Some(assume("no replica is lost", false, why))
    }

    /// By what replicas may be lost; `None`: nothing takes them.
    pub(super) fn lost_by(&self) -> Option<String> {
        let mut faults = self.model.faults.iter();
        if let Some(fault) = faults.find(|fault| self.is_hit_by(fault)) {
            return Some(format!("`faults.{}` takes them", fault.name));
        }
        let pools = self
            .model
            .cluster
            .iter()
            .flat_map(|it| it.pools.enumerate());
        let mut spot = pools.filter(|(id, pool)| {
            let taken = pool.spot.as_ref().is_some_and(|it| it.reclaim.is_some());
            taken && self.service.placing.allows(*id)
        });
        if let Some((_, pool)) = spot.next() {
            let name = &pool.name;
            return Some(format!("spot nodes of `nodes.{name}` are taken back"));
        }
        if self.is_killed_for_memory() {
            return Some("replicas that use more memory than they may are killed".to_owned());
        }
        let kinds = self.model.kinds();
        let own = self.service.placing.priority;
        let above = |priority: i32, preempts: bool| preempts && own < priority;
        let mut others = kinds.iter().map(|kind| &kind.placing);
        if others.any(|it| above(it.priority, it.preempts)) {
            return Some("containers of a higher priority take their place".to_owned());
        }
        let mut budgets = self.model.budgets.iter();
        budgets
            .find(|budget| budget.reclaim == Reclaiming::Preempt)
            .map(|budget| format!("`budgets.{}` gets back what others hold", budget.name))
    }

    /// Whether a replica's requests may need more memory than it may have; those that wait at it
    /// need it too.
    fn is_killed_for_memory(&self) -> bool {
        let service = self.service;
        let memory = service.memory_use.zip(service.memory_limit);
        let most = memory.and_then(|(needs, limit)| needs.most(limit));
        let held = service.queue_capacity.map_or(u32::MAX, |waiting| {
            service.concurrency.saturating_add(waiting)
        });
        most.is_some_and(|most| most < held)
    }

    fn is_hit_by(&self, fault: &Fault) -> bool {
        match fault.kind {
            FaultKind::NodeCrash(nodes) | FaultKind::Partition(nodes, _) => match nodes {
                Where::Anywhere => true,
                Where::Pool(pool) | Where::Node(pool, _) => self.service.placing.allows(pool),
                Where::Zone(zone) => self.is_in(zone),
            },
            FaultKind::ZoneOutage(zone) => self.is_in(zone),
            FaultKind::ContainerKill(kind) => {
                let kinds = self.model.kinds();
                kinds.get(kind).and_then(|kind| kind.service) == Some(self.id)
            }
            FaultKind::SpotReclaim(taken) => self.service.placing.allows(taken.pool),
            // Service times are the same on slow nodes; that `cpu-time` is not is another matter.
            FaultKind::SlowNode(..) | FaultKind::RegistryOutage => false,
        }
    }

    /// Whether replicas may be in a zone.
    fn is_in(&self, zone: ZoneId) -> bool {
        let cluster = self.model.cluster.as_ref();
        cluster.is_some_and(|cluster| {
            let allowed = |pool: PoolId| self.service.placing.allows(pool);
            let mut pools = cluster.pools.enumerate();
            pools.any(|(id, pool)| allowed(id) && pool.zones.contains(&zone))
        })
    }
}
