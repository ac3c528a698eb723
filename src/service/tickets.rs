//! Which applications a request has submitted, over all its attempts.
//!
//! A client that tries again does not know whether its first attempt has submitted the application;
//! nor does the service, unless requests carry a key (`idempotent`). A ticket is that key: it lives
//! as long as the request, an attempt at it, or an application that it stands for.

use super::attempt::Phase;
use super::services::Services;
use crate::effect::{Caller, Effect};
use crate::id::{AttemptId, CallId, EndpointId, Slab, TicketId};
use crate::kernel::Kernel;
use crate::model::Submits;
use crate::record::Outcome;
use std::collections::BTreeMap;

/// All tickets.
#[derive(Clone, Debug, Default)]
pub(super) struct Tickets {
    tickets: Slab<TicketId, Ticket>,
    /// Attempts that are present and have one.
    of: BTreeMap<AttemptId, TicketId>,
    serial: u64,
}

#[derive(Clone, Debug)]
struct Ticket {
    /// The request while it has no answer, its attempts while they are present, and its application
    /// while it runs.
    holders: u32,
    serial: u64,
    state: Submission,
    /// Attempts that wait for the application.
    waiting: Vec<(AttemptId, u64)>,
}

/// What has become of the application of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Submission {
    /// Nobody has submitted it, or it was called off.
    None,
    Running,
    Ended,
}

impl Services<'_> {
    /// A ticket for a request that will submit an application.
    pub(super) fn ticket(&mut self, endpoint: EndpointId) -> Option<TicketId> {
        self.endpoints[endpoint].submits?;
        let tickets = &mut self.tickets;
        tickets.serial += 1;
        Some(tickets.tickets.insert(Ticket {
            holders: 1,
            serial: tickets.serial,
            state: Submission::None,
            waiting: Vec::new(),
        }))
    }

    /// An attempt at a request shares its ticket.
    pub(super) fn hold_ticket(&mut self, call: CallId, attempt: Option<AttemptId>) {
        if let Some(attempt) = attempt
            && let Some(ticket) = self.calls[call].ticket
        {
            self.tickets.of.insert(attempt, ticket);
            self.tickets.tickets[ticket].holders += 1;
        }
    }

    /// An attempt has left its service.
    #[inline]
    pub(super) fn release_ticket(&mut self, attempt: AttemptId) {
        if self.tickets.of.is_empty() {
            return;
        }
        if let Some(ticket) = self.tickets.of.remove(&attempt) {
            self.drop_ticket(ticket);
        }
    }

    /// One holder less.
    pub(super) fn drop_ticket(&mut self, id: TicketId) {
        let ticket = &mut self.tickets.tickets[id];
        ticket.holders -= 1;
        if ticket.holders == 0 {
            self.tickets.tickets.remove(id);
        }
    }

    /// The application that a request submits, if it does.
    pub(super) fn submit(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let attempt = &self.attempts[id];
        let Some(spec) = self.endpoints[attempt.endpoint].submits else {
            self.leave(id, Outcome::Completed, kernel);
            return;
        };
        // Who hears that nobody waits any more does not begin.
        if spec.cancel_on_timeout && attempt.abandoned {
            self.leave(id, Outcome::Completed, kernel);
            return;
        }
        let (serial, service) = (attempt.serial, attempt.service);
        let app = spec.app;
        let mut caller = if spec.wait {
            Caller::Attempt(id, serial)
        } else {
            Caller::Nobody
        };
        let mut joins = false;
        let mut ended = false;
        if let Some(&ticket_id) = self.tickets.of.get(&id) {
            let ticket = &mut self.tickets.tickets[ticket_id];
            let before = ticket.state;
            if spec.idempotent {
                joins = before != Submission::None;
                ended = before == Submission::Ended;
                if spec.wait {
                    ticket.waiting.push((id, serial));
                }
                if !joins {
                    ticket.holders += 1;
                    caller = Caller::Ticket(ticket_id, ticket.serial);
                }
            } else if before != Submission::None {
                kernel.metrics.services[service].duplicates += 1;
            }
            if !ended {
                ticket.state = Submission::Running;
            }
        }
        if !joins {
            let speed = self.stations[self.attempts[id].station].speed;
            kernel.push(Effect::Submit { app, caller, speed });
        }
        if spec.wait && !ended {
            self.attempts[id].phase = Phase::Submitted;
            let now = kernel.now();
            kernel.metrics.services[service].blocked.rise(now, 1);
        } else {
            self.leave(id, Outcome::Completed, kernel);
        }
    }

    /// The application that an attempt waited for has ended.
    pub fn on_application_ended(
        &mut self,
        (id, serial): (AttemptId, u64),
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        if self.is_still(id, serial) {
            self.leave(id, outcome, kernel);
        }
    }

    /// The application of a ticket has ended.
    pub fn on_ticket_ended(
        &mut self,
        (id, serial): (TicketId, u64),
        outcome: Outcome,
        kernel: &mut Kernel<'_>,
    ) {
        let tickets = &mut self.tickets.tickets;
        if !tickets.contains(id) || tickets[id].serial != serial {
            return;
        }
        let ticket = &mut tickets[id];
        if ticket.state != Submission::Running {
            return;
        }
        // After a failure the next attempt submits again.
        ticket.state = match outcome {
            Outcome::Completed => Submission::Ended,
            _ => Submission::None,
        };
        for (attempt, serial) in std::mem::take(&mut ticket.waiting) {
            if self.is_still(attempt, serial) && self.attempts[attempt].phase == Phase::Submitted {
                self.leave(attempt, outcome, kernel);
            }
        }
        self.drop_ticket(id);
    }

    /// Nobody waits for an attempt any more: calls its application off where it is to be, and
    /// answers whether there is nothing left to do for it.
    pub(super) fn call_off_application(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) -> bool {
        let attempt = &self.attempts[id];
        let submits = self.endpoints[attempt.endpoint].submits;
        let Some(spec) = submits.filter(|spec: &Submits| spec.cancel_on_timeout) else {
            return false;
        };
        if attempt.phase != Phase::Submitted {
            return false;
        }
        let serial = attempt.serial;
        let Some(&ticket_id) = self.tickets.of.get(&id) else {
            let caller = Caller::Attempt(id, serial);
            kernel.push(Effect::CallOff { caller });
            return true;
        };
        let ticket = &mut self.tickets.tickets[ticket_id];
        if !spec.idempotent {
            ticket.state = Submission::None;
            let caller = Caller::Attempt(id, serial);
            kernel.push(Effect::CallOff { caller });
            return true;
        }
        ticket.waiting.retain(|waiting| *waiting != (id, serial));
        if ticket.state == Submission::Running && ticket.waiting.is_empty() {
            ticket.state = Submission::None;
            let caller = Caller::Ticket(ticket_id, ticket.serial);
            kernel.push(Effect::CallOff { caller });
            self.drop_ticket(ticket_id);
        }
        true
    }
}
