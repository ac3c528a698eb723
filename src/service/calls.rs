//! What clients do about slow and failed attempts: timeouts, retries, hedges, circuit breakers.

use super::attempt::{Origin, Root};
use super::breaker::Outstanding;
use super::services::{Service, Services};
use crate::effect::{Effect, Work};
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{
    AttemptId, CallId, ConnectionPoolId, EndpointId, ServiceId, StationId, TicketId, TripId,
};
use crate::kernel::Kernel;
use crate::model::{AttemptWork, Budget, Retries};
use crate::random::{Draw, Word};
use crate::record::{Outcome, Record};
use crate::units::{Duration, Time};

/// Where the ways to further attempts begin; see `Root::then`.
const RETRIES: u64 = 2 << 32;
const HEDGE: u64 = 3 << 32;

/// How often a balancer is asked for another replica than that of the attempt beside.
const ELSEWHERE: u64 = 4 << 32;
const ASKED: u64 = 64;

/// A request of which several attempts may be made.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Who is told of the answer.
    origin: Origin,
    root: Root,
    pub(super) endpoint: EndpointId,
    work: Work,
    /// When the first attempt was sent.
    sent: Time,
    retries: u32,
    /// Attempts that are out.
    out: [Option<Sent>; 2],
    hedge: Option<EventKey>,
    /// Whether a retry is waited for or out.
    retrying: bool,
    /// The connections of whoever asks.
    pub(super) pool: Option<ConnectionPoolId>,
    /// What it has submitted, where that matters.
    pub(super) ticket: Option<TicketId>,
}

/// An attempt that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// At the service.
    There(AttemptId),
    /// Somewhere between client and service.
    Trip(TripId),
}

impl Services<'_> {
    /// A request: one attempt or, where the service's clients do more, a call.
    #[inline]
    pub(super) fn request(
        &mut self,
        origin: Origin,
        root: Root,
        endpoint: EndpointId,
        work: Work,
        kernel: &mut Kernel<'_>,
    ) {
        let service = &mut self.services[self.endpoints[endpoint].service];
        if service.plain {
            self.attempt(origin, root, endpoint, work, kernel);
            return;
        }
        if let Some(budget) = service.client.retries.and_then(|retries| retries.budget) {
            service.budget = (service.budget + budget.ratio).min(budget.burst);
        }
        if origin == Origin::Workload {
            kernel.record(&Record::RequestSent {
                workload: root.workload,
            });
        }
        let pool = self.pool(origin, root, endpoint);
        let ticket = self.ticket(endpoint);
        let id = self.calls.insert(Call {
            origin,
            root,
            endpoint,
            work,
            sent: kernel.now(),
            retries: 0,
            out: [None; 2],
            hedge: None,
            retrying: false,
            pool,
            ticket,
        });
        self.arm_hedge(id, kernel);
        self.send(id, root, work, kernel);
    }

    /// The second attempt is due so long after the first.
    fn arm_hedge(&mut self, id: CallId, kernel: &mut Kernel<'_>) {
        let service = self.endpoints[self.calls[id].endpoint].service;
        if let Some(hedge) = self.services[service].client.hedge {
            let key = kernel.schedule_after(hedge.after, Event::HedgeDue(id));
            self.calls[id].hedge = Some(key);
        }
    }

    /// Where an attempt of a call is, if one is at its service.
    fn beside(&self, id: CallId) -> Option<StationId> {
        let mut there = self.calls[id]
            .out
            .iter()
            .flatten()
            .filter_map(|sent| match *sent {
                Sent::There(attempt) => Some(attempt),
                Sent::Trip(trip) => self.trips[trip].attempt(),
            });
        there.next().map(|attempt| self.attempts[attempt].station)
    }

    /// Sends an attempt of a call, unless the circuit breaker is open.
    fn send(&mut self, id: CallId, root: Root, work: Work, kernel: &mut Kernel<'_>) {
        let endpoint = self.calls[id].endpoint;
        let service = &mut self.services[self.endpoints[endpoint].service];
        let travels = service.client.travels();
        if let Some(breaker) = &mut service.breaker
            && !breaker.send()
        {
            self.broken(id, root, work, kernel);
            return;
        }
        let sent = if travels {
            self.depart(id, root, work, kernel).map(Sent::Trip)
        } else {
            let attempt = self.attempt_of(id, Origin::Call(id), (root, work), kernel);
            attempt.map(Sent::There)
        };
        // Without one it has had its outcome, and the call may be over.
        if let Some(sent) = sent {
            let out = &mut self.calls[id].out;
            let free = usize::from(out[0].is_some());
            out[free] = Some(sent);
        }
    }

    /// An attempt of a call reaches its service; not where another is, if that can be.
    pub(super) fn attempt_of(
        &mut self,
        id: CallId,
        origin: Origin,
        (root, work): (Root, Work),
        kernel: &mut Kernel<'_>,
    ) -> Option<AttemptId> {
        let endpoint = self.calls[id].endpoint;
        let service = self.endpoints[endpoint].service;
        self.services[service].avoid = self.beside(id);
        let attempt = self.attempt(origin, root, endpoint, work, kernel);
        self.hold_ticket(id, attempt);
        attempt
    }

    /// The circuit breaker refused an attempt: unless another is out, that is the answer. A retry
    /// would only meet the same breaker.
    pub(super) fn broken(&mut self, id: CallId, root: Root, work: Work, kernel: &mut Kernel<'_>) {
        let call = &self.calls[id];
        let is_alone = call.out.iter().all(Option::is_none);
        self.refuse_unsent(root, call.endpoint, work, kernel);
        if is_alone {
            self.answer(id, Outcome::Rejected, kernel);
        }
    }

    /// The outcome of an attempt reaches whoever waits for it.
    #[inline]
    pub(super) fn tell(
        &mut self,
        origin: Origin,
        root: Root,
        attempt: Option<AttemptId>,
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        match origin {
            Origin::Start => {}
            Origin::Workload => kernel.push(Effect::Answered {
                workload: root.workload,
                number: root.number,
                outcome,
            }),
            Origin::Parent {
                attempt,
                serial,
                optional,
            } => {
                if self.is_still(attempt, serial) {
                    let succeeded = optional || outcome == Outcome::Completed;
                    self.on_call_answered(attempt, succeeded, kernel);
                }
            }
            Origin::Call(id) => {
                self.on_attempt_ended(id, attempt.map(Sent::There), outcome, kernel);
            }
            Origin::Trip(id) => self.on_trip_answered(id, outcome, kernel),
        }
    }

    /// An attempt of a call has had its outcome.
    pub(super) fn on_attempt_ended(
        &mut self,
        id: CallId,
        attempt: Option<Sent>,
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        // What is cancelled was cancelled by an answer that has already been given.
        if outcome == Outcome::Cancelled {
            return;
        }
        let call = &mut self.calls[id];
        let service = &mut self.services[self.endpoints[call.endpoint].service];
        if let Some(breaker) = &mut service.breaker {
            breaker.ended();
        }
        for out in &mut call.out {
            if *out == attempt {
                *out = None;
            }
        }
        if outcome == Outcome::Completed {
            self.answer(id, outcome, kernel);
            return;
        }
        if call.out.iter().any(Option::is_some) {
            return;
        }
        if call.retrying {
            call.retrying = false;
            if let Some(breaker) = &mut service.breaker {
                breaker.retried();
            }
        }
        let retries = service.client.retries.filter(|retries| {
            // Whoever has given up does not ask again.
            outcome != Outcome::Reneged && call.retries < retries.max
        });
        let Some(retries) = retries else {
            self.answer(id, outcome, kernel);
            return;
        };
        let paid = retries.budget.is_none() || Budget::RETRY <= service.budget;
        let allowed = paid && service.breaker.as_mut().is_none_or(Outstanding::retry);
        if !allowed {
            kernel.metrics.services[self.endpoints[call.endpoint].service].denied_retry();
            self.answer(id, outcome, kernel);
            return;
        }
        if retries.budget.is_some() {
            service.budget -= Budget::RETRY;
        }
        call.retrying = true;
        if let Some(hedge) = call.hedge.take() {
            kernel.cancel(hedge);
        }
        call.retries += 1;
        let root = call.root.then(RETRIES | u64::from(call.retries));
        let word = self.words[root.workload].backoff(root);
        let backoff = backoff(&retries, call.retries, word);
        kernel.schedule_after(backoff, Event::RetryDue(id));
    }

    /// A client tries again.
    pub fn on_retry_due(&mut self, id: CallId, kernel: &mut Kernel<'_>) {
        let index = RETRIES | u64::from(self.calls[id].retries);
        self.arm_hedge(id, kernel);
        self.further(id, index, kernel);
    }

    /// A client sends a second attempt beside a slow one.
    pub fn on_hedge_due(&mut self, id: CallId, kernel: &mut Kernel<'_>) {
        let call = &mut self.calls[id];
        call.hedge = None;
        // Between two attempts there is nothing to hedge.
        if call.out.iter().any(Option::is_some) {
            let index = HEDGE | u64::from(call.retries);
            self.further(id, index, kernel);
        }
    }

    /// Sends another attempt.
    fn further(&mut self, id: CallId, index: u64, kernel: &mut Kernel<'_>) {
        let call = &self.calls[id];
        let (root, endpoint) = (call.root.then(index), call.endpoint);
        let service = self.endpoints[endpoint].service;
        let work = match self.services[service].client.work {
            AttemptWork::PerRequest => call.work,
            AttemptWork::PerAttempt => Work::Word(self.words[root.workload].work(root)),
        };
        kernel.metrics.services[service].retried();
        self.send(id, root, work, kernel);
    }

    /// Attempts at a service that are out, for the audit.
    pub(super) fn sent(&self, service: ServiceId) -> u64 {
        let calls = self.calls.enumerate().map(|(_, call)| call);
        let own = calls.filter(|call| self.endpoints[call.endpoint].service == service);
        own.map(|call| call.out.iter().flatten().count() as u64)
            .sum()
    }

    /// A call has its answer: attempts that are still out are not wanted any more.
    fn answer(&mut self, id: CallId, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let call = self.calls.remove(id);
        if let Some(hedge) = call.hedge {
            kernel.cancel(hedge);
        }
        let service = &mut self.services[self.endpoints[call.endpoint].service];
        let vacate = service.client.hedge.is_some_and(|hedge| hedge.cancel);
        if let Some(breaker) = &mut service.breaker {
            call.out.iter().flatten().for_each(|_| breaker.ended());
            if call.retrying {
                breaker.retried();
            }
        }
        for loser in call.out.into_iter().flatten() {
            match loser {
                Sent::There(id) => self.give_up(id, Outcome::Cancelled, vacate, kernel),
                Sent::Trip(id) => self.call_back(id, Outcome::Cancelled, vacate, kernel),
            }
        }
        if let Some(ticket) = call.ticket {
            self.drop_ticket(ticket);
        }
        if call.origin == Origin::Workload {
            kernel.record(&Record::RequestAnswered {
                workload: call.root.workload,
                outcome,
                sent: call.sent,
                ended: kernel.now(),
            });
        }
        self.tell(call.origin, call.root, None, outcome, kernel);
    }
}

impl Service {
    /// Another station than that of the attempt beside, if the balancer names one when it is asked
    /// again; as Envoy does with the hosts that a request has been sent to before.
    #[cold]
    pub(super) fn elsewhere(
        &mut self,
        first: StationId,
        now: Time,
        draw: impl Fn(u64) -> Draw,
        key: impl Fn() -> u64 + Copy,
    ) -> StationId {
        let avoid = self.avoid.take();
        let mut station = first;
        for again in 0..ASKED {
            if Some(station) != avoid || !self.balanced {
                break;
            }
            station = self
                .choose(now, || draw(ELSEWHERE | again), key)
                .unwrap_or(first);
        }
        station
    }
}

/// How long a client waits before the `number`-th retry.
fn backoff(retries: &Retries, number: u32, word: Word) -> Duration {
    let doubled = 1_u64.checked_shl(number - 1).unwrap_or(u64::MAX);
    let longest = retries.backoff.nanos().saturating_mul(doubled);
    let longest = longest.min(retries.max_backoff.nanos());
    let nanos = if retries.jitter {
        (u128::from(word.0) * u128::from(longest)) >> 64
    } else {
        u128::from(longest)
    };
    Duration::from_nanos(nanos as u64)
}
