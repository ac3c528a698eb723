//! The way of one attempt through a service: sent, refused or let in, waiting, served, gone.

use super::attempt::{Attempt, Calls, Links, NOWHERE, Origin, Phase, Root};
use super::services::Services;
use super::sharing::ShareKey;
use super::station::Power;
use crate::effect::Work;
use crate::event::Event;
use crate::id::{AttemptId, CellId, EndpointId, ServiceId, StationId};
use crate::kernel::Kernel;
use crate::model::DisciplineKind;
use crate::record::{Outcome, Record};
use crate::units::Duration;

/// Who an attempt that was never let in was.
#[derive(Clone, Copy)]
struct Refused {
    origin: Origin,
    root: Root,
    cell: CellId,
}

impl Services<'_> {
    /// Sends an attempt; `None`: it already had its outcome.
    #[inline]
    pub(super) fn attempt(
        &mut self,
        origin: Origin,
        root: Root,
        endpoint_id: EndpointId,
        work: Work,
        kernel: &mut Kernel<'_>,
    ) -> Option<AttemptId> {
        let now = kernel.now();
        let endpoint = &self.endpoints[endpoint_id];
        let work = match work {
            Work::Word(word) => endpoint.service_time.duration(word),
            Work::Size(size) => size,
        };
        let service_id = endpoint.service;
        let cell = kernel
            .metrics
            .cells
            .find(root.workload, endpoint_id, root.class);
        kernel.record(&Record::AttemptArrived { cell, work });
        let meter = &mut kernel.metrics.services[service_id];
        meter.arrived(now);
        let service = &mut self.services[service_id];
        let words = &self.words[root.workload];
        let refused = Refused { origin, root, cell };
        let Some(station_id) = service.choose(now, || words.routing(root)) else {
            self.refuse(refused, Outcome::Failed, kernel);
            return None;
        };
        let sharing = service.discipline == DisciplineKind::ProcessorSharing;
        let (free, full) = match &service.central {
            Some(central) => (
                station_id != NOWHERE,
                central.line.is_full(service.queue_capacity),
            ),
            None => {
                let station = &self.stations[station_id];
                let full = if sharing {
                    service.queue_capacity.is_some_and(|capacity| {
                        service.concurrency.saturating_add(capacity) <= station.held
                    })
                } else {
                    station.line.is_full(service.queue_capacity)
                };
                let free = if sharing {
                    !full
                } else {
                    station.has_free_place(service.concurrency)
                };
                (free, full)
            }
        };
        if full && !free {
            self.refuse(refused, Outcome::Rejected, kernel);
            return None;
        }
        let first = meter.in_system.now() == 0;
        meter.in_system.rise(now, 1);
        if first && service.scaling.is_some() {
            self.busy(service_id, kernel);
        }
        let service = &self.services[service_id];
        let timeout = service.client.timeout;
        let (rank, weight) = self.classes[root.class];
        self.serial += 1;
        let id = self.attempts.insert(Attempt {
            origin,
            root,
            service: service_id,
            endpoint: endpoint_id,
            cell,
            station: station_id,
            rank,
            weight,
            serial: self.serial,
            sent: now,
            arrived: now,
            since: now,
            work,
            left: work,
            waited: Duration::ZERO,
            phase: Phase::Waiting,
            abandoned: false,
            due: None,
            patience: None,
            timeout: None,
            calls: Calls::default(),
            links: Links::default(),
            served_as: (0, 0),
            share: ShareKey::default(),
        });
        if let Some(timeout) = timeout {
            let key = kernel.schedule_after(timeout, Event::TimedOut(id));
            self.attempts[id].timeout = Some(key);
        }
        if sharing {
            self.share(id, station_id, kernel);
        } else if free {
            self.take_place(id, station_id, kernel);
        } else {
            self.wait_or_preempt(id, station_id, kernel);
        }
        if station_id != NOWHERE {
            self.services[service_id].changed(&self.stations[station_id], now);
        }
        Some(id)
    }

    /// Ends an attempt that was never let in.
    fn refuse(&mut self, refused: Refused, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        kernel.record(&Record::AttemptEnded {
            cell: refused.cell,
            outcome,
            sent: now,
            waited: None,
            ended: now,
        });
        self.tell(refused.origin, refused.root, None, outcome, kernel);
    }

    /// A free place is taken.
    #[inline]
    fn take_place(&mut self, id: AttemptId, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        station.held += 1;
        station.incidents.served = true;
        if let Power::Idle(key) = station.power {
            station.power = Power::On;
            kernel.cancel_idle(key);
        }
        let service = &mut self.services[station.service];
        if service.central.is_some() {
            service.mark_free(station);
        }
        let now = kernel.now();
        kernel.metrics.services[station.service].held.rise(now, 1);
        self.serve(id, station_id, kernel);
    }

    /// Nobody has a free place: the newcomer waits, or somebody else does instead.
    fn wait_or_preempt(&mut self, id: AttemptId, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let service_id = self.attempts[id].service;
        kernel.metrics.services[service_id]
            .queue_length
            .rise(now, 1);
        let service = &mut self.services[service_id];
        let is_central = service.central.is_some();
        let line = match &mut service.central {
            Some(central) => &mut central.line,
            None => &mut self.stations[station_id].line,
        };
        if let Some(victim) = line.victim(id, now, &self.attempts) {
            line.end(victim, &self.attempts);
            let attempt = &mut self.attempts[victim];
            let place = attempt.station;
            attempt.left -= now - attempt.since;
            attempt.since = now;
            attempt.phase = Phase::Waiting;
            if let Some(due) = attempt.due.take() {
                kernel.cancel(due);
            }
            if is_central {
                attempt.station = NOWHERE;
            }
            line.push(victim, true, &mut self.attempts);
            self.serve(id, place, kernel);
            return;
        }
        line.push(id, false, &mut self.attempts);
        if let Some(patience) = &service.patience {
            let root = self.attempts[id].root;
            let patience = patience.duration(self.words[root.workload].patience(root));
            let key = kernel.schedule_after(patience, Event::Reneged(id));
            self.attempts[id].patience = Some(key);
        }
        if service.power.is_some() {
            self.settle_service(service_id, station_id, kernel);
        } else if service.scaling.is_some() {
            self.wake(service_id, kernel);
        }
    }

    /// Somebody who has a place is served, from the beginning or from where it was left.
    #[inline]
    pub(super) fn serve(&mut self, id: AttemptId, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = &mut self.attempts[id];
        let (since, cell) = (attempt.since, attempt.cell);
        attempt.waited += now - since;
        attempt.since = now;
        attempt.station = station_id;
        attempt.phase = Phase::Serving;
        attempt.due = Some(kernel.schedule_after(attempt.left, Event::Served(id)));
        if let Some(patience) = attempt.patience.take() {
            kernel.cancel(patience);
        }
        kernel.metrics.waited(cell, since, now);
        self.starts += 1;
        let station = &mut self.stations[station_id];
        let line = self.services[station.service].line(station);
        line.begin(id, now, self.starts, &mut self.attempts);
    }

    /// The service time of an attempt is over.
    #[inline]
    pub fn on_served(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let attempt = &mut self.attempts[id];
        attempt.due = None;
        attempt.left = Duration::ZERO;
        let station = &mut self.stations[attempt.station];
        let endpoint = &self.endpoints[attempt.endpoint];
        let line = self.services[station.service].line(station);
        line.end(id, &self.attempts);
        if endpoint.simple {
            self.leave(id, Outcome::Completed, kernel);
        } else {
            self.after_service(id, kernel);
        }
    }

    /// The patience of an attempt that waits is over.
    pub fn on_reneged(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        self.attempts[id].patience = None;
        self.leave(id, Outcome::Reneged, kernel);
    }

    /// The time that a client gave an attempt is over.
    pub fn on_timed_out(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        self.attempts[id].timeout = None;
        self.give_up(id, Outcome::TimedOut, false, kernel);
    }

    /// Nobody waits for an attempt any more. In a queue it leaves; with a place it stays until it
    /// is done, unless the place is to be `vacated`.
    pub(super) fn give_up(
        &mut self,
        id: AttemptId,
        outcome: Outcome,
        vacated: bool,
        kernel: &mut Kernel<'_>,
    ) {
        if vacated || self.attempts[id].phase == Phase::Waiting {
            self.leave(id, outcome, kernel);
            return;
        }
        let attempt = &mut self.attempts[id];
        attempt.abandoned = true;
        if let Some(timeout) = attempt.timeout.take() {
            kernel.cancel(timeout);
        }
        let (origin, root) = (attempt.origin, attempt.root);
        self.book_outcome(id, outcome, kernel);
        self.tell(origin, root, Some(id), outcome, kernel);
    }

    /// An attempt leaves its service: its place goes to the next, and unless it was given up
    /// before, this is its outcome.
    #[inline]
    pub(super) fn leave(&mut self, id: AttemptId, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = &mut self.attempts[id];
        if let Some(timeout) = attempt.timeout.take() {
            kernel.cancel(timeout);
        }
        let (service_id, station_id) = (attempt.service, attempt.station);
        let (origin, root, abandoned) = (attempt.origin, attempt.root, attempt.abandoned);
        match attempt.phase {
            Phase::Waiting => self.leave_line(id, kernel),
            Phase::Sharing => self.leave_share(id, kernel),
            _ => self.leave_place(id, kernel),
        }
        if !abandoned {
            self.book_outcome(id, outcome, kernel);
        }
        let attempt = &self.attempts[id];
        let (cell, arrived) = (attempt.cell, attempt.arrived);
        let wasted = outcome != Outcome::Completed || abandoned;
        if wasted && attempt.phase != Phase::Waiting {
            let held = (now - arrived) - attempt.waited;
            kernel
                .metrics
                .wasted(cell, held, outcome == Outcome::Completed);
        }
        self.attempts.remove(id);
        kernel.metrics.left(cell, arrived, now);
        kernel.metrics.services[service_id].in_system.fall(now, 1);
        if station_id != NOWHERE {
            self.services[service_id].changed(&self.stations[station_id], now);
        }
        if self.services[service_id].scaling.is_some() {
            if station_id != NOWHERE {
                self.release_if_drained(station_id, kernel);
            }
            if kernel.metrics.services[service_id].in_system.now() == 0 {
                self.idle_service(service_id, kernel);
            }
        }
        if !abandoned {
            self.tell(origin, root, Some(id), outcome, kernel);
        }
    }

    fn leave_line(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = &mut self.attempts[id];
        if let Some(patience) = attempt.patience.take() {
            kernel.cancel(patience);
        }
        let since = attempt.since;
        attempt.waited += now - since;
        let (cell, service_id, station_id) = (attempt.cell, attempt.service, attempt.station);
        kernel.metrics.waited(cell, since, now);
        kernel.metrics.services[service_id]
            .queue_length
            .fall(now, 1);
        let service = &mut self.services[service_id];
        let line = match &mut service.central {
            Some(central) => &mut central.line,
            None => &mut self.stations[station_id].line,
        };
        line.remove(id, &mut self.attempts);
        if service.power.is_some() {
            self.settle_service(service_id, station_id, kernel);
        }
    }

    /// Gives a place back: to the next, or for nobody.
    #[inline]
    fn leave_place(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let attempt = &mut self.attempts[id];
        let station_id = attempt.station;
        if attempt.phase != Phase::Serving || attempt.due.is_some() {
            self.interrupt(id, kernel);
        }
        let station = &mut self.stations[station_id];
        station.held -= 1;
        let service_id = station.service;
        let service = &mut self.services[service_id];
        let next = if station.serves() {
            service.next(station, &mut self.attempts)
        } else {
            None
        };
        let now = kernel.now();
        let meter = &mut kernel.metrics.services[service_id];
        if let Some(next) = next {
            station.held += 1;
            meter.queue_length.fall(now, 1);
            let powered = service.power.is_some();
            self.serve(next, station_id, kernel);
            if powered {
                self.settle(station_id, kernel);
            }
            return;
        }
        meter.held.fall(now, 1);
        if service.central.is_some() {
            service.mark_free(station);
        }
        if station.held == 0 {
            if service.power.is_some() {
                self.idle(station_id, kernel);
            } else if service.scaling.is_some() {
                self.rest(station_id, kernel);
            }
        }
    }

    /// Free places go to those who wait.
    pub(super) fn fill(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        loop {
            let station = &mut self.stations[station_id];
            let service_id = station.service;
            let service = &mut self.services[service_id];
            if !station.has_free_place(service.concurrency) {
                break;
            }
            let Some(next) = service.next(station, &mut self.attempts) else {
                break;
            };
            kernel.metrics.services[service_id]
                .queue_length
                .fall(now, 1);
            self.take_place(next, station_id, kernel);
        }
        let station = &self.stations[station_id];
        self.services[station.service].mark_free(station);
    }

    #[inline]
    fn book_outcome(&mut self, id: AttemptId, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let attempt = &self.attempts[id];
        let ended = kernel.now();
        let sharing = self.services[attempt.service].discipline == DisciplineKind::ProcessorSharing;
        let waited = if sharing {
            // All the time that it was slower than alone, once that is known.
            (ended - attempt.arrived).saturating_sub(attempt.work)
        } else {
            attempt.waited
        };
        kernel.record(&Record::AttemptEnded {
            cell: attempt.cell,
            outcome,
            sent: attempt.sent,
            waited: Some(waited),
            ended,
        });
    }

    /// The service of an attempt's station, or the one whose queue it is in.
    pub(super) fn settle_service(
        &mut self,
        service: ServiceId,
        station: StationId,
        kernel: &mut Kernel<'_>,
    ) {
        if station == NOWHERE {
            self.settle_central(service, kernel);
        } else {
            self.settle(station, kernel);
        }
    }
}
