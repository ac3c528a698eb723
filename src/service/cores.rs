//! Replicas that share the processor of their node with others (`cluster.cpu-model = "shared"`).
//!
//! Within a replica its requests share what the replica may use, as under `reserved`. What it may use
//! is its limit, or less where the cluster says so. A replica needs a core for each of its requests
//! that computes, up to its limit.

use super::services::Services;
use crate::effect::{Effect, Owner};
use crate::id::{Id, IdVec, ReplicaId, ServiceId, StationId};
use crate::kernel::Kernel;
use crate::model::{DisciplineKind, Model};

/// What replicas need of their nodes.
#[derive(Debug)]
pub(super) struct Cores {
    /// By station that runs and may compute: what it has said it needs, in thousandths of a core.
    told: IdVec<StationId, Option<u64>>,
}

impl Cores {
    /// Those of a scenario in which processors are shared.
    pub(super) fn new(model: &Model) -> Option<Box<Self>> {
        let none = || Box::new(Self { told: IdVec::new() });
        model.shares_processors().then(none)
    }
}

impl Services<'_> {
    /// A replica runs from now on.
    pub(super) fn enter_node(&mut self, station_id: StationId) {
        let discipline = self.services[self.stations[station_id].service].discipline;
        let Some(cores) = &mut self.cores else { return };
        if discipline == DisciplineKind::ProcessorSharing {
            return;
        }
        while cores.told.len() <= station_id.index() {
            cores.told.push(None);
        }
        cores.told[station_id] = Some(0);
    }

    /// A replica, none of whose requests computes, is on no node any more.
    pub(super) fn leave_node(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let Some(cores) = &mut self.cores else { return };
        let told = cores.told.get_mut(station_id);
        if told.and_then(Option::take).is_some() {
            // The next container begins with all that it may use.
            self.set_cores(station_id, None, kernel);
        }
    }

    /// What a replica needs of its node may have changed.
    pub(super) fn share_cores(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let Some(cores) = &mut self.cores else { return };
        let Some(Some(told)) = cores.told.get_mut(station_id) else {
            return;
        };
        let station = &self.stations[station_id];
        let shared = station.shared.as_ref();
        let present = shared.map_or(0, |it| it.sharing.present());
        let limit = self.services[station.service].cpu_limit;
        let need = limit.min(present * 1000);
        if *told != need {
            *told = need;
            let owner = Owner::Replica(station.service, station.replica);
            kernel.push(Effect::NeedCores { owner, need });
        }
    }

    /// The neighbours of a replica leave it so many thousandths of a core; `None`: all that it may
    /// use.
    pub fn on_cores_changed(
        &mut self,
        (id, replica): (ServiceId, ReplicaId),
        cores: Option<u64>,
        kernel: &mut Kernel<'_>,
    ) {
        let station_id = self.services[id].stations[replica];
        let told = self.cores.as_ref().and_then(|it| it.told.get(station_id));
        // It may be gone already.
        if told.copied().flatten().is_some() {
            self.set_cores(station_id, cores, kernel);
        }
    }

    /// A replica may use so much from now on.
    fn set_cores(&mut self, station_id: StationId, cores: Option<u64>, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        let capacity = cores.unwrap_or(self.services[station.service].cpu_limit);
        let shared = station.shared.as_mut();
        let Some(shared) = shared.filter(|it| it.sharing.capacity() != capacity) else {
            return;
        };
        let now = kernel.now();
        let before = shared.sharing.used();
        shared.sharing.set_capacity(now, capacity);
        let after = shared.sharing.used();
        let cpu = &mut kernel.metrics.services[station.service].cpu;
        cpu.rise(now, after.saturating_sub(before));
        cpu.fall(now, before.saturating_sub(after));
        self.schedule_departure(station_id, kernel);
    }
}
