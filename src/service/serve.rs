//! The way of one attempt through a service: sent, refused or let in, waiting, served, gone.

use super::attempt::{Attempt, Calls, Links, NOWHERE, Origin, Phase, Root};
use super::backlog::Change;
use super::services::{Picked, Services};
use super::sharing::ShareKey;
use super::station::Power;
use crate::effect::Work;
use crate::event::Event;
use crate::id::{AttemptId, CellId, EndpointId, ServiceId, StationId};
use crate::kernel::Kernel;
use crate::model::DisciplineKind;
use crate::record::{AttemptStep, Outcome, Record};
use crate::units::Duration;

/// Who an attempt that was never let in was.
#[derive(Clone, Copy)]
pub(super) struct Refused {
    pub(super) origin: Origin,
    pub(super) root: Root,
    pub(super) cell: CellId,
    pub(super) endpoint: EndpointId,
    pub(super) work: Duration,
}

/// Where an attempt is let in.
#[derive(Clone, Copy)]
struct Found {
    station: StationId,
    /// Its service time there.
    work: Duration,
    /// Whether it gets a place at once.
    free: bool,
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
        let service = &mut self.services[service_id];
        kernel.record(&Record::AttemptArrived {
            cell,
            work: service.offered(work),
        });
        kernel.metrics.services[service_id].arrived(now);
        let refused = Refused {
            origin,
            root,
            cell,
            endpoint: endpoint_id,
            work,
        };
        let Found {
            station: station_id,
            work,
            free,
        } = self.find_place(service_id, refused, kernel)?;
        let sharing = Self::is_shared(self.services[service_id].discipline);
        let meter = &mut kernel.metrics.services[service_id];
        let first = meter.in_system.now() == 0;
        meter.in_system.rise(now, 1);
        if first && self.services[service_id].scaling.is_some() {
            self.busy(service_id, kernel);
        }
        let timeout = self.services[service_id].timeout;
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
        self.enter(id, station_id, (sharing, free), kernel);
        if station_id != NOWHERE {
            let station = &mut self.stations[station_id];
            self.services[service_id].changed(station, now, Change::Came(work));
        }
        Some(id)
    }

    /// The station that an attempt is let in at; `None`: it was refused.
    #[inline]
    fn find_place(
        &mut self,
        service_id: ServiceId,
        refused: Refused,
        kernel: &mut Kernel<'_>,
    ) -> Option<Found> {
        let now = kernel.now();
        let Refused { root, work, .. } = refused;
        let service = &mut self.services[service_id];
        let words = &self.words[root.workload];
        let keys = &self.keys[root.workload];
        if let Some(bucket) = &mut service.bucket
            && !bucket.take(now)
        {
            kernel.metrics.services[service_id].refusals.rate_limited += 1;
            self.refuse(refused, Outcome::Rejected, kernel);
            return None;
        }
        let key = || keys.key(root);
        let chosen = service.choose(now, || words.routing(root), key);
        let Some(station_id) = chosen else {
            self.refuse(refused, Outcome::Failed, kernel);
            return None;
        };
        let station_id = if service.avoid.is_some() {
            let draw = |again| words.routing(root.then(again));
            service.elsewhere(station_id, now, draw, key)
        } else {
            station_id
        };
        let work = match station_id {
            NOWHERE => work,
            station_id => service.paced(work, self.stations[station_id].pace),
        };
        let (free, full) = self.room(service_id, station_id);
        if full && !free {
            if station_id != NOWHERE {
                let picked = Picked {
                    service: service_id,
                    station: station_id,
                    root,
                    sent: now,
                };
                self.answered(picked, Outcome::Rejected, kernel);
            }
            self.refuse(refused, Outcome::Rejected, kernel);
            return None;
        }
        let sheds = self.services[service_id].shedder.is_some();
        if sheds && self.sheds(root, work, (station_id, free), service_id, kernel) {
            self.refuse(refused, Outcome::Rejected, kernel);
            return None;
        }
        Some(Found {
            station: station_id,
            work,
            free,
        })
    }

    /// Somebody who was let in shares the replica, takes a free place, or waits for one.
    #[inline]
    fn enter(
        &mut self,
        id: AttemptId,
        station_id: StationId,
        (sharing, free): (bool, bool),
        kernel: &mut Kernel<'_>,
    ) {
        if sharing {
            self.share(id, station_id, kernel);
        }
        self.step(id, AttemptStep::Arrived, kernel);
        if sharing {
            return;
        }
        if free {
            self.take_place(id, station_id, kernel);
        } else {
            self.wait_or_preempt(id, station_id, kernel);
        }
    }

    /// Whether there is a free place at a station, and whether nobody more may wait for one.
    #[inline]
    fn room(&self, service_id: ServiceId, station_id: StationId) -> (bool, bool) {
        let service = &self.services[service_id];
        let capacity = service.queue_capacity;
        if let Some(central) = &service.central {
            return (station_id != NOWHERE, central.line.is_full(capacity));
        }
        let station = &self.stations[station_id];
        if Self::is_shared(service.discipline) {
            let full = capacity.is_some_and(|capacity| {
                service.concurrency.saturating_add(capacity) <= station.held
            });
            return (!full, full);
        }
        let free = station.has_free_place(service.concurrency);
        (free, station.line.is_full(capacity))
    }

    /// Ends an attempt that was never let in.
    fn refuse(&mut self, refused: Refused, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        self.step_refused(refused, outcome, kernel);
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
        if service.most_held < station.held {
            kernel.push(station.out_of_memory());
        }
        let now = kernel.now();
        kernel.metrics.services[station.service].held.rise(now, 1);
        self.serve(id, station_id, kernel);
    }

    /// Nobody has a free place: the newcomer waits, or somebody else does instead.
    fn wait_or_preempt(&mut self, id: AttemptId, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let service_id = self.attempts[id].service;
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
            self.step(victim, AttemptStep::Preempted, kernel);
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
        let (powered, scales) = (service.power.is_some(), service.scaling.is_some());
        self.step(id, AttemptStep::Queued, kernel);
        if powered {
            self.settle_service(service_id, station_id, kernel);
        } else if scales {
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
        self.step(id, AttemptStep::Started, kernel);
    }

    /// The service time of an attempt is over.
    #[inline]
    pub fn on_served(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let attempt = &mut self.attempts[id];
        attempt.due = None;
        attempt.left = Duration::ZERO;
        let station_id = attempt.station;
        let station = &mut self.stations[station_id];
        let endpoint = &self.endpoints[attempt.endpoint];
        let line = self.services[station.service].line(station);
        line.end(id, &self.attempts);
        if endpoint.simple {
            self.leave(id, Outcome::Completed, kernel);
        } else {
            self.turned(station_id, kernel);
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
    /// is done, unless the place is to be `vacated` or its application could be called off.
    pub(super) fn give_up(
        &mut self,
        id: AttemptId,
        outcome: Outcome,
        vacated: bool,
        kernel: &mut Kernel<'_>,
    ) {
        let vacated = vacated | self.call_off_application(id, kernel);
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
        self.step(id, AttemptStep::Ended(outcome), kernel);
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
        let phase = attempt.phase;
        let step = if abandoned {
            AttemptStep::Freed
        } else {
            AttemptStep::Ended(outcome)
        };
        let undone = attempt.undone(now);
        self.step(id, step, kernel);
        kernel.metrics.services[service_id].in_system.fall(now, 1);
        match phase {
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
        self.release_ticket(id);
        kernel.metrics.left(cell, arrived, now);
        if station_id != NOWHERE {
            let station = &mut self.stations[station_id];
            self.services[service_id].changed(station, now, Change::Went(undone));
        }
        let service = &self.services[service_id];
        if service.scaling.is_some() || service.grace.is_some() {
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
        let left = attempt.left;
        if let Some(patience) = attempt.patience.take() {
            kernel.cancel(patience);
        }
        let since = attempt.since;
        attempt.waited += now - since;
        let (cell, service_id, station_id) = (attempt.cell, attempt.service, attempt.station);
        kernel.metrics.waited(cell, since, now);
        let service = &mut self.services[service_id];
        let line = match &mut service.central {
            Some(central) => &mut central.line,
            None => &mut self.stations[station_id].line,
        };
        line.remove(id, &mut self.attempts);
        let powered = service.power.is_some();
        self.unburden(station_id, service_id, left);
        if powered {
            self.settle_service(service_id, station_id, kernel);
        }
    }

    /// Gives a place back: to the next, or for nobody.
    #[inline]
    fn leave_place(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let attempt = &mut self.attempts[id];
        let station_id = attempt.station;
        // Whoever pauses while its replica is broken down has no event either.
        let pauses = self.stations[station_id].down;
        if attempt.phase != Phase::Serving || attempt.due.is_some() || pauses {
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
        if station.held == 0 && station.runs() {
            if service.power.is_some() {
                self.idle(station_id, kernel);
            } else if service.scaling.is_some() {
                self.rest(station_id, kernel);
            }
        }
    }

    /// Free places go to those who wait.
    pub(super) fn fill(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
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
            self.take_place(next, station_id, kernel);
        }
        let station = &self.stations[station_id];
        self.services[station.service].mark_free(station);
        self.turned(station_id, kernel);
    }

    #[inline]
    fn book_outcome(&mut self, id: AttemptId, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let attempt = &self.attempts[id];
        if attempt.origin == Origin::Start {
            return;
        }
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
        if attempt.station != NOWHERE {
            let picked = Picked {
                service: attempt.service,
                station: attempt.station,
                root: attempt.root,
                sent: attempt.sent,
            };
            self.answered(picked, outcome, kernel);
        }
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
