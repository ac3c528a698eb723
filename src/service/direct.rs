//! The direct way through services where requests wait in line, are served, and nothing else.
//!
//! Most services of most scenarios are no more than that: first come, first served, one attempt a
//! request, nothing that interrupts it and nothing that follows its service time. There is little
//! to remember of a request: when it came, what it asks for, and who comes after it. What `serve`
//! does for every discipline and every client is done here for these alone, about three times as
//! fast.
//!
//! `serve` is the slow reference: `tests/it/direct.rs` sends random scenarios through both, and
//! every figure must be the same.
//!
//! # Invariants
//! * A service is direct or not from the beginning to the end; [`is_direct`] names every feature,
//!   so that a new one has to say whether the direct way knows it.
//! * A service time is never interrupted or stretched, so whoever leaves has waited for all of its
//!   time here but that.

use super::attempt::{NOWHERE, Root};
use super::passings::Passing;
use super::services::{Service, Services};
use super::station::Station;
use crate::effect::{Effect, Request, Work};
use crate::event::Event;
use crate::id::{AttemptId, ReplicaId, ServiceId, StationId, WorkloadId};
use crate::kernel::Kernel;
use crate::model::{self, BalancerKind, Balancing, DisciplineKind, Model};
use crate::policy::balancing::Load;
use crate::record::{Outcome, Record};
use crate::units::{Duration, Time};

/// Who is answered that a request is completed.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Whose request it was.
    pub workload: WorkloadId,
    /// Its number.
    pub number: u64,
}

/// Whether requests can take the direct way through a service. It tells nobody of its steps: with
/// somebody who reads along no service is direct.
pub(super) fn is_direct(model: &Model, id: ServiceId) -> bool {
    // Every field by name: whoever adds one decides here.
    let model::Service {
        name: _,
        image: _,
        budget: _,
        replicas: _,
        autoscale,
        concurrency: _,
        discipline,
        queue: _,
        queue_capacity: _,
        patience,
        setup,
        breakdowns,
        balancer,
        balancing,
        speeds,
        client,
        rate_limit,
        shedding,
        requests: _,
        memory_limit: _,
        memory_use: _,
        placing: _,
        // Where a replica is ended on purpose, the service is scaled or containers can be lost.
        termination_grace: _,
        cpu_limit: _,
        start_time: _,
        initial,
        endpoints: _,
    } = &model.services[id];
    let own = |endpoint: &model::Endpoint| endpoint.service == id;
    let calls = |endpoint: &model::Endpoint| {
        let mut calls = endpoint.calls.iter().flatten();
        calls.any(|call| own(&model.endpoints[call.endpoint]))
    };
    // Balancers that look at nothing but how many requests there are.
    let plain = matches!(
        balancer,
        BalancerKind::Random
            | BalancerKind::RoundRobin
            | BalancerKind::JoinShortestQueue
            | BalancerKind::PowerOfTwo
    );
    // With a container all that is in it is lost.
    let stays = !model.loses_containers();
    plain
        && stays
        && *balancing == Balancing::default()
        && speeds.is_empty()
        && *discipline == DisciplineKind::Fifo
        && patience.is_none()
        && autoscale.is_none()
        && setup.is_none()
        && breakdowns.is_none()
        && initial.is_none()
        && client.is_plain()
        && rate_limit.is_none()
        && shedding.is_none()
        && !model.endpoints.iter().any(calls)
        && model.endpoints.iter().filter(|e| own(e)).all(is_simple)
}

/// Whether nothing follows the service time of an endpoint.
pub(super) fn is_simple(endpoint: &model::Endpoint) -> bool {
    endpoint.cpu_time.is_none() && endpoint.calls.is_empty() && endpoint.submits.is_none()
}

impl Services<'_> {
    /// A request arrives from its workload.
    #[inline]
    pub(super) fn send_directly(
        &mut self,
        service_id: ServiceId,
        request: &Request,
        kernel: &mut Kernel<'_>,
    ) {
        let now = kernel.now();
        let work = match request.work {
            Work::Word(word) => self.endpoints[request.endpoint].service_time.duration(word),
            Work::Size(size) => size,
        };
        let (workload, number) = (request.workload, request.number);
        let cells = &kernel.metrics.cells;
        let cell = cells.find(workload, request.endpoint, request.class);
        kernel.record(&Record::AttemptArrived { cell, work });
        let service = &mut self.services[service_id];
        let words = &self.words[workload];
        let root = || Root {
            workload,
            class: request.class,
            number,
            path: 0,
        };
        let passing = |station| Passing {
            arrived: now,
            work,
            number,
            cell,
            station,
        };
        let station_id = if service.balanced || service.central.is_some() {
            service.choose(now, || words.routing(root()), || 0)
        } else {
            // One replica, which runs or does not.
            let sole = service.stations[ReplicaId(0)];
            self.stations[sole].runs().then_some(sole)
        };
        let meter = &mut kernel.metrics.services[service_id];
        let refusal = match station_id {
            None => Outcome::Failed,
            Some(NOWHERE) => {
                let central = service.central.as_mut();
                let line = central.map(|central| &mut central.line);
                match line.filter(|line| !line.is_full(service.queue_capacity)) {
                    Some(line) => {
                        let any = service.stations[ReplicaId(0)];
                        line.push_direct(passing(any), &mut self.direct);
                        meter.arrived_and_stays(now);
                        return;
                    }
                    None => Outcome::Rejected,
                }
            }
            Some(station_id) => {
                let station = &mut self.stations[station_id];
                if station.held < service.concurrency {
                    station.held += 1;
                    meter.arrived_and_stays(now);
                    meter.held.rise(now, 1);
                    service.mark_free(station);
                    service.changed_directly(station, now);
                    let id = self.direct.insert_served(passing(station_id));
                    kernel.schedule_after(work, Event::ServedDirectly(id));
                    return;
                }
                if !station.line.is_full(service.queue_capacity) {
                    let line = &mut station.line;
                    line.push_direct(passing(station_id), &mut self.direct);
                    meter.arrived_and_stays(now);
                    service.changed_directly(station, now);
                    return;
                }
                Outcome::Rejected
            }
        };
        meter.arrived(now);
        refuse(&passing(NOWHERE), refusal, kernel);
    }

    /// The service time of a request is over: its place goes to the next. What follows for others
    /// is answered, not pushed: it is the only effect.
    #[inline]
    pub fn on_served_directly(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) -> Answer {
        let now = kernel.now();
        let request = self.direct.remove(id);
        let station = &mut self.stations[request.station];
        let service_id = station.service;
        let service = &mut self.services[service_id];
        let next = match &mut service.central {
            Some(central) => central.line.pop_direct(&self.direct),
            None => station.line.pop_direct(&self.direct),
        };
        let meter = &mut kernel.metrics.services[service_id];
        meter.in_system.fall(now, 1);
        if let Some(next) = next {
            let passing = self.direct.serve(next, request.station);
            kernel.metrics.waited(passing.cell, passing.arrived, now);
            kernel.schedule_after(passing.work, Event::ServedDirectly(next));
        } else {
            meter.held.fall(now, 1);
            station.held -= 1;
            service.mark_free(station);
        }
        service.changed_directly(station, now);
        kernel.record(&Record::AttemptEnded {
            cell: request.cell,
            outcome: Outcome::Completed,
            sent: request.arrived,
            waited: Some((now - request.arrived).saturating_sub(request.work)),
            ended: now,
        });
        kernel.metrics.left(request.cell, request.arrived, now);
        Answer {
            workload: kernel.metrics.cells.key(request.cell).workload,
            number: request.number,
        }
    }

    /// A replica runs: its places go to those who wait.
    pub(super) fn fill_directly(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let station = &mut self.stations[station_id];
        let service_id = station.service;
        let service = &mut self.services[service_id];
        while station.has_free_place(service.concurrency) {
            let next = match &mut service.central {
                Some(central) => central.line.pop_direct(&self.direct),
                None => station.line.pop_direct(&self.direct),
            };
            let Some(next) = next else {
                break;
            };
            station.held += 1;
            kernel.metrics.services[service_id].held.rise(now, 1);
            let passing = self.direct.serve(next, station_id);
            kernel.metrics.waited(passing.cell, passing.arrived, now);
            kernel.schedule_after(passing.work, Event::ServedDirectly(next));
        }
        service.mark_free(station);
    }
}

impl Service {
    /// Tells the balancer, if there is one, how many a replica has. Those of the direct way look at
    /// nothing else.
    #[inline]
    fn changed_directly(&mut self, station: &Station, now: Time) {
        if self.balanced {
            let load = Load {
                now,
                in_system: station.in_system(),
                work: Duration::ZERO,
                serving: 0,
            };
            self.balancer.changed(station.replica, load);
        }
    }
}

/// Ends a request that was never let in.
#[cold]
fn refuse(request: &Passing, outcome: Outcome, kernel: &mut Kernel<'_>) {
    kernel.record(&Record::AttemptEnded {
        cell: request.cell,
        outcome,
        sent: request.arrived,
        waited: None,
        ended: kernel.now(),
    });
    kernel.push(Effect::Answered {
        workload: kernel.metrics.cells.key(request.cell).workload,
        number: request.number,
        outcome,
    });
}
