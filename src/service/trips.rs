//! Attempts on their way: where messages take time, an attempt waits for a connection, goes to the
//! service, is there, and its answer comes back.
//!
//! The attempt at the service is one like any other; only its client is further away. The time that
//! a client gives an attempt covers all of the way.

use super::attempt::{Origin, Root};
use super::calls::Sent;
use super::connections::{Connection, Pool};
use super::services::Services;
use crate::effect::Work;
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{
    AttemptId, CallId, ConnectionPoolId, EndpointId, IdVec, ServiceId, StationId, TripId,
    WorkloadId,
};
use crate::kernel::Kernel;
use crate::metrics::ConnectionMeter;
use crate::model::{self, Client, Protocol};
use crate::record::{Outcome, Record};
use crate::units::{Bytes, Duration, Time};
use std::collections::BTreeMap;

/// An attempt on its way.
#[derive(Clone, Debug)]
pub(super) struct Trip {
    call: CallId,
    root: Root,
    endpoint: EndpointId,
    work: Work,
    pool: Option<ConnectionPoolId>,
    connection: Option<Connection>,
    stage: Stage,
    asked: Time,
    /// The end of the present stage, where that is an event.
    due: Option<EventKey>,
    timeout: Option<EventKey>,
}

/// Where an attempt on its way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Waits for a connection, at that place.
    Pooled(u64),
    /// The request is on its way.
    Out,
    /// At the service.
    There(Option<AttemptId>),
    /// The answer is on its way.
    Back(Outcome),
    /// Nobody waits for it any more.
    CalledBack,
}

/// How long the messages of an endpoint take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Messages {
    request: Duration,
    answer: Duration,
    /// An answer that only says no.
    refusal: Duration,
}

impl Trip {
    /// What it is at the service, while it is there.
    pub(super) fn attempt(&self) -> Option<AttemptId> {
        match self.stage {
            Stage::There(attempt) => attempt,
            _ => None,
        }
    }
}

impl Messages {
    /// Those that the clients of an endpoint exchange with it.
    pub(super) fn of(endpoint: &model::Endpoint, client: &Client) -> Self {
        let round_trip = client.protocol.map_or(Duration::ZERO, |it| it.round_trip);
        let half = Duration::from_nanos(round_trip.nanos() / 2);
        // Each of the two proxies spends half of its time on the request, half on the answer.
        let proxies = client.mesh.map_or(Duration::ZERO, |mesh| mesh.overhead);
        let message = |way: Duration, size: Bytes| {
            let own = client.protocol.map_or(Duration::ZERO, |protocol| {
                protocol.per_message + protocol.serialization.time_for(size)
            });
            way + proxies + own
        };
        Self {
            request: message(half, endpoint.request_size),
            answer: message(round_trip - half, endpoint.response_size),
            refusal: message(round_trip - half, Bytes(0)),
        }
    }
}

/// The connections of all clients.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    known: BTreeMap<(Holder, ServiceId), ConnectionPoolId>,
    pools: IdVec<ConnectionPoolId, (ServiceId, Pool)>,
}

/// Whose connections they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Workload(WorkloadId),
    /// A replica of a service that calls.
    Station(StationId),
}

impl Pools {
    fn find(&mut self, holder: Holder, service: ServiceId, protocol: Protocol) -> ConnectionPoolId {
        let pools = &mut self.pools;
        let new = || pools.push((service, Pool::new(protocol)));
        *self.known.entry((holder, service)).or_insert_with(new)
    }

    /// Attempts that wait for a connection to a service, for the audit.
    pub(super) fn waiting(&self, service: ServiceId) -> u64 {
        let own = self.pools.iter().filter(|(id, _)| *id == service);
        own.map(|(_, pool)| u64::from(pool.waiting())).sum()
    }
}

/// What is kept of connections that a service has.
fn meter<'a>(kernel: &'a mut Kernel<'_>, service: ServiceId) -> &'a mut ConnectionMeter {
    let connections = &mut kernel.metrics.services[service].connections;
    connections.get_or_insert_default()
}

impl Services<'_> {
    /// The connections that whoever asks has to the service of an endpoint.
    pub(super) fn pool(
        &mut self,
        origin: Origin,
        root: Root,
        endpoint: EndpointId,
    ) -> Option<ConnectionPoolId> {
        let service = self.endpoints[endpoint].service;
        let protocol = self.services[service].client.protocol?;
        let holder = match origin {
            Origin::Parent { attempt, .. } => Holder::Station(self.attempts[attempt].station),
            _ => Holder::Workload(root.workload),
        };
        Some(self.pools.find(holder, service, protocol))
    }

    /// An attempt sets out, or waits for a connection; `None`: it had its outcome at once.
    pub(super) fn depart(
        &mut self,
        call: CallId,
        root: Root,
        work: Work,
        kernel: &mut Kernel<'_>,
    ) -> Option<TripId> {
        let now = kernel.now();
        let (endpoint, pool_id) = (self.calls[call].endpoint, self.calls[call].pool);
        let service_id = self.endpoints[endpoint].service;
        let pool = pool_id.map(|id| &mut self.pools.pools[id].1);
        let connection = pool.map(|pool| pool.take(now));
        let waits = connection == Some(None);
        if waits
            && let Some(breaker) = &mut self.services[service_id].breaker
            && !breaker.wait()
        {
            breaker.ended();
            self.broken(call, root, work, kernel);
            return None;
        }
        let timeout = self.services[service_id].client.timeout;
        let id = self.trips.insert(Trip {
            call,
            root,
            endpoint,
            work,
            pool: pool_id,
            connection: connection.flatten(),
            stage: Stage::Out,
            asked: now,
            due: None,
            timeout: None,
        });
        self.trips[id].timeout =
            timeout.map(|timeout| kernel.schedule_after(timeout, Event::TripTimedOut(id)));
        match pool_id.filter(|_| waits) {
            Some(pool) => {
                self.trips[id].stage = Stage::Pooled(self.pools.pools[pool].1.wait(id));
                meter(kernel, service_id).waiting.rise(now, 1);
                self.open_connections(pool, kernel);
            }
            None => self.set_out(id, kernel),
        }
        Some(id)
    }

    /// Opens connections for those who wait.
    fn open_connections(&mut self, id: ConnectionPoolId, kernel: &mut Kernel<'_>) {
        let (service, pool) = &mut self.pools.pools[id];
        let Some(protocol) = self.services[*service].client.protocol else {
            return;
        };
        let each = protocol.round_trip.nanos();
        let set_up = each.saturating_mul(u64::from(protocol.handshakes));
        while pool.open() {
            meter(kernel, *service).opened += 1;
            kernel.schedule_after(Duration::from_nanos(set_up), Event::Connected(id));
        }
    }

    /// A connection can be used.
    pub fn on_connected(&mut self, id: ConnectionPoolId, kernel: &mut Kernel<'_>) {
        self.pools.pools[id].1.opened(kernel.now());
        self.lend_streams(id, kernel);
    }

    /// Free streams go to those who wait.
    fn lend_streams(&mut self, id: ConnectionPoolId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let service = self.pools.pools[id].0;
        while let Some((trip, connection)) = self.pools.pools[id].1.next(now) {
            self.trips[trip].connection = Some(connection);
            self.stop_waiting(service, kernel);
            self.set_out(trip, kernel);
        }
        self.open_connections(id, kernel);
    }

    fn stop_waiting(&mut self, service: ServiceId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        meter(kernel, service).waiting.fall(now, 1);
        if let Some(breaker) = &mut self.services[service].breaker {
            breaker.waited();
        }
    }

    /// A request is sent.
    fn set_out(&mut self, id: TripId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let trip = &mut self.trips[id];
        let endpoint = &self.endpoints[trip.endpoint];
        if trip.connection.is_some() {
            let waited = now - trip.asked;
            meter(kernel, endpoint.service).wait.record(waited.nanos());
        }
        trip.stage = Stage::Out;
        trip.due = Some(kernel.schedule_after(endpoint.messages.request, Event::Delivered(id)));
    }

    /// A request has reached its service.
    pub fn on_delivered(&mut self, id: TripId, kernel: &mut Kernel<'_>) {
        let trip = &mut self.trips[id];
        trip.due = None;
        trip.stage = Stage::There(None);
        let (call, root, work) = (trip.call, trip.root, trip.work);
        let attempt = self.attempt_of(call, Origin::Trip(id), (root, work), kernel);
        if attempt.is_some() {
            self.trips[id].stage = Stage::There(attempt);
        }
    }

    /// The attempt at the service has had its outcome: the answer sets out.
    pub(super) fn on_trip_answered(
        &mut self,
        id: TripId,
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        let trip = &mut self.trips[id];
        if trip.stage == Stage::CalledBack {
            return;
        }
        let messages = &self.endpoints[trip.endpoint].messages;
        let delay = match outcome {
            Outcome::Completed => messages.answer,
            _ => messages.refusal,
        };
        trip.stage = Stage::Back(outcome);
        trip.due = Some(kernel.schedule_after(delay, Event::Returned(id)));
    }

    /// An answer has reached its client.
    pub fn on_returned(&mut self, id: TripId, kernel: &mut Kernel<'_>) {
        let trip = self.trips.remove(id);
        let Stage::Back(outcome) = trip.stage else {
            panic!("{id:?} returned from {:?}", trip.stage)
        };
        if let Some(timeout) = trip.timeout {
            kernel.cancel(timeout);
        }
        self.free_stream(&trip, false, kernel);
        self.on_attempt_ended(trip.call, Some(Sent::Trip(id)), outcome, kernel);
    }

    /// The time that a client gave an attempt is over.
    pub fn on_trip_timed_out(&mut self, id: TripId, kernel: &mut Kernel<'_>) {
        self.trips[id].timeout = None;
        let call = self.trips[id].call;
        self.call_back(id, Outcome::TimedOut, false, kernel);
        self.on_attempt_ended(call, Some(Sent::Trip(id)), Outcome::TimedOut, kernel);
    }

    /// Nobody waits for an attempt any more, wherever it is. What has not reached the service never
    /// does; a connection that carries one request at a time is closed with it.
    pub(super) fn call_back(
        &mut self,
        id: TripId,
        outcome: Outcome,
        vacated: bool,
        kernel: &mut Kernel<'_>,
    ) {
        let trip = &mut self.trips[id];
        let stage = std::mem::replace(&mut trip.stage, Stage::CalledBack);
        for key in [trip.due.take(), trip.timeout.take()].into_iter().flatten() {
            kernel.cancel(key);
        }
        let pool = trip.pool;
        match stage {
            Stage::Pooled(place) => {
                if let Some(pool) = pool {
                    let (service, pool) = &mut self.pools.pools[pool];
                    pool.leave(place);
                    let service = *service;
                    self.stop_waiting(service, kernel);
                }
            }
            Stage::There(Some(attempt)) => self.give_up(attempt, outcome, vacated, kernel),
            _ => {}
        }
        let trip = self.trips.remove(id);
        self.free_stream(&trip, true, kernel);
    }

    /// A request is over, and so is its hold on a connection.
    fn free_stream(&mut self, trip: &Trip, called_back: bool, kernel: &mut Kernel<'_>) {
        if let (Some(id), Some(connection)) = (trip.pool, trip.connection) {
            let (service, pool) = &mut self.pools.pools[id];
            let protocol = self.services[*service].client.protocol;
            let closes = called_back && protocol.is_some_and(|protocol| protocol.is_serial());
            pool.release(connection, closes, kernel.now());
            self.lend_streams(id, kernel);
        }
    }

    /// Ends an attempt that never left its client.
    pub(super) fn refuse_unsent(
        &mut self,
        root: Root,
        endpoint: EndpointId,
        work: Work,
        kernel: &mut Kernel<'_>,
    ) {
        let now = kernel.now();
        let cells = &kernel.metrics.cells;
        let cell = cells.find(root.workload, endpoint, root.class);
        let endpoint = &self.endpoints[endpoint];
        let work = match work {
            Work::Word(word) => endpoint.service_time.duration(word),
            Work::Size(size) => size,
        };
        let service = endpoint.service;
        kernel.metrics.services[service].refusals.breaker_open += 1;
        kernel.record(&Record::AttemptArrived { cell, work });
        kernel.record(&Record::AttemptEnded {
            cell,
            outcome: Outcome::Rejected,
            sent: now,
            waited: None,
            ended: now,
        });
    }
}
