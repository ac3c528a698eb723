//! What clients do about slow and failed attempts: timeouts, retries, hedges.

use super::attempt::{Origin, Root};
use super::services::Services;
use crate::effect::{Effect, Work};
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{AttemptId, CallId, EndpointId};
use crate::kernel::Kernel;
use crate::model::{AttemptWork, Budget, Retries};
use crate::random::Word;
use crate::record::{Outcome, Record};
use crate::units::{Duration, Time};

/// Where the ways to further attempts begin; see `Root::then`.
const RETRIES: u64 = 2 << 32;
const HEDGE: u64 = 3 << 32;

/// A request of which several attempts may be made.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Who is told of the answer.
    origin: Origin,
    root: Root,
    endpoint: EndpointId,
    work: Work,
    /// When the first attempt was sent.
    sent: Time,
    retries: u32,
    /// Attempts that are out.
    out: [Option<AttemptId>; 2],
    hedge: Option<EventKey>,
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
        let hedge = service.client.hedge;
        if origin == Origin::Workload {
            kernel.record(&Record::RequestSent {
                workload: root.workload,
            });
        }
        let id = self.calls.insert(Call {
            origin,
            root,
            endpoint,
            work,
            sent: kernel.now(),
            retries: 0,
            out: [None; 2],
            hedge: None,
        });
        if let Some(hedge) = hedge {
            let key = kernel.schedule_after(hedge.after, Event::HedgeDue(id));
            self.calls[id].hedge = Some(key);
        }
        let attempt = self.attempt(Origin::Call(id), root, endpoint, work, kernel);
        self.sent(id, attempt);
    }

    /// An attempt of a call is out, unless it has had its outcome already.
    fn sent(&mut self, id: CallId, attempt: Option<AttemptId>) {
        if let Some(attempt) = attempt {
            let out = &mut self.calls[id].out;
            let free = usize::from(out[0].is_some());
            out[free] = Some(attempt);
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
            Origin::Call(id) => self.on_attempt_ended(id, attempt, outcome, kernel),
        }
    }

    /// An attempt of a call has had its outcome.
    fn on_attempt_ended(
        &mut self,
        id: CallId,
        attempt: Option<AttemptId>,
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        // What is cancelled was cancelled by an answer that has already been given.
        if outcome == Outcome::Cancelled {
            return;
        }
        let call = &mut self.calls[id];
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
        let service = &mut self.services[self.endpoints[call.endpoint].service];
        let retries = service.client.retries.filter(|retries| {
            // Whoever has given up does not ask again.
            outcome != Outcome::Reneged
                && call.retries < retries.max
                && (retries.budget.is_none() || Budget::RETRY <= service.budget)
        });
        let Some(retries) = retries else {
            self.answer(id, outcome, kernel);
            return;
        };
        if retries.budget.is_some() {
            service.budget -= Budget::RETRY;
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
        self.further(id, index, kernel);
    }

    /// A client sends a second attempt beside a slow one.
    pub fn on_hedge_due(&mut self, id: CallId, kernel: &mut Kernel<'_>) {
        let call = &mut self.calls[id];
        call.hedge = None;
        // Between two attempts there is nothing to hedge.
        if call.out.iter().any(Option::is_some) {
            self.further(id, HEDGE, kernel);
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
        let attempt = self.attempt(Origin::Call(id), root, endpoint, work, kernel);
        self.sent(id, attempt);
    }

    /// A call has its answer: attempts that are still out are not wanted any more.
    fn answer(&mut self, id: CallId, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let call = self.calls.remove(id);
        if let Some(hedge) = call.hedge {
            kernel.cancel(hedge);
        }
        let client = self.services[self.endpoints[call.endpoint].service].client;
        let vacate = client.hedge.is_some_and(|hedge| hedge.cancel);
        for loser in call.out.into_iter().flatten() {
            self.give_up(loser, Outcome::Cancelled, vacate, kernel);
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
