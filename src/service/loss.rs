//! A replica whose container, or the process in it, is gone: what it had fails.
//!
//! Requests that wait there or are served there have the outcome `failed`; those of a central queue
//! go on waiting. The balancer sends nothing more there until the replica runs again. A replica that
//! is still wanted gets a new container, or waits until the one that it has starts again.

use super::attempt::Phase;
use super::services::Services;
use super::station::{Life, Power};
use crate::effect::{Caller, Effect, Owner};
use crate::id::{AppId, AttemptId, ReplicaId, ServiceId};
use crate::kernel::Kernel;
use crate::model::Deploy;
use crate::record::{Outcome, ReplicaStep};

impl Services<'_> {
    /// The container of a replica is gone: one that is still wanted gets another.
    pub fn on_replica_lost(
        &mut self,
        (id, replica): (ServiceId, ReplicaId),
        kernel: &mut Kernel<'_>,
    ) {
        // It may have been released at this instant: what it served last failed with another replica
        // on the same node.
        if self.stations[self.services[id].stations[replica]].life == Life::Vacant {
            return;
        }
        if self.fail_replica(id, replica, kernel) {
            self.ask_container(id, replica, kernel);
        } else if let Some(scaling) = &mut self.services[id].scaling {
            scaling.vacant.set(replica.0, true);
        }
    }

    /// The process of a replica is gone, and its container starts again if the replica is still
    /// wanted.
    pub fn on_replica_restarts(
        &mut self,
        (id, replica): (ServiceId, ReplicaId),
        kernel: &mut Kernel<'_>,
    ) {
        let station_id = self.services[id].stations[replica];
        // It may have been released at this instant.
        if !self.stations[station_id].runs() {
            return;
        }
        // The process of one that moves is gone sooner than it would be.
        let moves = self.stations[station_id].life == Life::Moving;
        if self.fail_replica(id, replica, kernel) && !moves {
            self.stations[station_id].life = Life::Starting;
            let owner = Owner::Replica(id, replica);
            let start_time = self.next_start_time(id, replica);
            kernel.push(Effect::Restart { owner, start_time });
        } else {
            // That it has stopped is told already.
            self.give_back(station_id, kernel);
            if moves {
                self.come_back(station_id, kernel);
            }
        }
    }

    /// The node of a replica computes at another speed: requests whose processor time begins from
    /// now on need more or less of it.
    pub fn on_speed_changed(&mut self, (id, replica): (ServiceId, ReplicaId), speed: f64) {
        let station = self.services[id].stations[replica];
        self.stations[station].speed = speed;
    }

    /// The application that runs beside an attempt in its container goes with the container.
    fn end_process(&self, id: AttemptId, serial: u64, kernel: &mut Kernel<'_>) {
        let attempt = &self.attempts[id];
        let submits = self.endpoints[attempt.endpoint].submits;
        let is_inside = |app: AppId| kernel.model.apps[app].deploy == Deploy::InReplica;
        if attempt.phase == Phase::Submitted && submits.is_some_and(|it| is_inside(it.app)) {
            let caller = Caller::Attempt(id, serial);
            kernel.push(Effect::CallOff { caller });
        }
    }

    /// Whatever a replica had fails; whether the replica is still wanted.
    pub(super) fn fail_replica(
        &mut self,
        id: ServiceId,
        replica: ReplicaId,
        kernel: &mut Kernel<'_>,
    ) -> bool {
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
            Power::Ending(key) => kernel.cancel(key),
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
                self.end_process(attempt, serial, kernel);
                self.leave(attempt, Outcome::Failed, kernel);
            }
        }
        self.leave_node(station_id, kernel);
        self.replica_step(station_id, ReplicaStep::Stopped, kernel);
        if let Some(scaling) = &mut self.services[id].scaling
            && life == Life::Ready
        {
            scaling.starting += 1;
        }
        matches!(life, Life::Ready | Life::Starting | Life::Moving)
    }
}
