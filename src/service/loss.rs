//! A replica whose container is gone: what it had fails, and another container takes its place.

use super::services::Services;
use super::station::{Life, Power};
use crate::id::{AttemptId, ReplicaId, ServiceId};
use crate::kernel::Kernel;
use crate::record::{Outcome, ReplicaStep};

impl Services<'_> {
    /// The container of a replica is gone. Whoever waited or was served there fails; a replica that
    /// is still wanted gets a new container.
    pub fn on_replica_lost(
        &mut self,
        (id, replica): (ServiceId, ReplicaId),
        kernel: &mut Kernel<'_>,
    ) {
        let now = kernel.now();
        let service = &mut self.services[id];
        let station_id = service.stations[replica];
        let station = &mut self.stations[station_id];
        let life = std::mem::replace(&mut station.life, Life::Vacant);
        let power = std::mem::replace(&mut station.power, Power::On);
        station.paused.clear();
        let meter = &mut kernel.metrics.services[id];
        if life != Life::Starting {
            meter.places.fall(now, u64::from(service.concurrency));
        }
        if life == Life::Ready {
            meter.replicas.fall(now, 1);
            service.balancer.removed(replica);
        }
        match power {
            Power::On => {}
            Power::Idle(key) => kernel.cancel_idle(key),
            Power::Off => meter.off.fall(now, 1),
            Power::SettingUp(key) => {
                meter.setting_up.fall(now, 1);
                kernel.cancel(key);
            }
        }
        if let Some(central) = &mut service.central {
            central.free.set(replica.0, false);
            central.off.set(replica.0, false);
            central.setting_up.retain(|other| *other != station_id);
        }
        let present = self.attempts.enumerate();
        let here: Vec<(AttemptId, u64)> = present
            .filter(|(_, attempt)| attempt.station == station_id)
            .map(|(attempt, state)| (attempt, state.serial))
            .collect();
        for (attempt, serial) in here {
            // One that calls its own service may have ended with another.
            if self.is_still(attempt, serial) {
                self.leave(attempt, Outcome::Failed, kernel);
            }
        }
        self.replica_step(station_id, ReplicaStep::Stopped, kernel);
        if let Some(scaling) = &mut self.services[id].scaling {
            match life {
                Life::Vacant | Life::Starting => {}
                Life::Ready => scaling.starting += 1,
                Life::Draining => {
                    scaling.vacant.set(replica.0, true);
                    return;
                }
            }
        }
        self.ask_container(id, replica, kernel);
    }
}
