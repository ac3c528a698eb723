//! Replicas that are ended on purpose: how long they may finish what they have.
//!
//! A replica that is scaled in, or whose node is about to leave, takes nothing new. What waits and is
//! served there goes on until the service's `termination-grace` is over; what is left then fails, as
//! where Kubernetes sends SIGTERM to a pod whose endpoint has been withdrawn, and SIGKILL after
//! `terminationGracePeriodSeconds` (Kubernetes documentation, "Pod lifecycle", "Termination of
//! pods"). Another replica is asked for in place of one whose node leaves as soon as it drains: a
//! `ReplicaSet` does not count pods that terminate. A replica with volumes is one of a kind: it is
//! asked for again once it has gone, and its volumes with it (Kubernetes documentation,
//! "`StatefulSets`": of an identity there is at most one pod).
//!
//! What `SIGTERM` makes a process do, a `preStop` hook, and the time until all proxies know of a
//! withdrawn endpoint are not modelled.
//!
//! # Invariants
//! * A replica that drains has at most its grace left, where the service has one.

use super::services::Services;
use super::station::{Life, Power};
use crate::event::Event;
use crate::id::{ReplicaId, ServiceId, StationId};
use crate::kernel::Kernel;

impl Services<'_> {
    /// The node of a replica leaves: it finishes what it has, and another takes its part.
    pub fn on_evicted(&mut self, (id, replica): (ServiceId, ReplicaId), kernel: &mut Kernel<'_>) {
        let station = self.services[id].stations[replica];
        // One that drains already goes on doing so.
        if self.stations[station].life != Life::Ready {
            return;
        }
        if self.model.services[id].placing.volumes.is_some() {
            if let Some(scaling) = &mut self.services[id].scaling {
                scaling.starting += 1;
            }
            self.drain(station, Life::Moving, kernel);
        } else {
            self.remove_replica(id, replica, kernel);
            self.add_replica(id, kernel);
        }
    }

    /// A replica that drains, and has not done so at once, has its grace from now on.
    pub(super) fn begin_grace(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        let grace = self.services[station.service].grace;
        if let Some(grace) = grace.filter(|_| station.is_draining()) {
            let key = kernel.schedule_after(grace, Event::GraceOver(station_id));
            station.power = Power::Ending(key);
        }
    }

    /// The grace of a replica is over: all that it still has fails, and its container ends.
    pub fn on_grace_over(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        station.power = Power::On;
        let (id, replica) = (station.service, station.replica);
        let moves = self.fail_replica(id, replica, kernel);
        self.give_back(station_id, kernel);
        if moves {
            self.come_back(station_id, kernel);
        }
    }

    /// A replica that has gone from a node, with its volumes, starts elsewhere.
    pub(super) fn come_back(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &self.stations[station_id];
        let (id, replica) = (station.service, station.replica);
        if let Some(scaling) = &mut self.services[id].scaling {
            scaling.vacant.set(replica.0, false);
        }
        self.ask_container(id, replica, kernel);
    }
}
