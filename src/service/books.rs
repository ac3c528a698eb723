//! What must add up in all services at the end of a replication.

use super::attempt::{Origin, Phase};
use super::services::Services;
use super::station::Life;
use crate::id::{Id, ServiceId};
use crate::kernel::Kernel;
use crate::metrics::ServiceMeter;

impl Services<'_> {
    /// Books the time that present attempts have been here, so that the audit can be exact.
    pub fn book_present(&self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        for (_, attempt) in self.attempts.enumerate() {
            kernel.metrics.left(attempt.cell, attempt.arrived, now);
            if attempt.phase == Phase::Waiting {
                kernel.metrics.waited(attempt.cell, attempt.since, now);
            }
        }
        for (passing, served) in self.direct.iter() {
            kernel.metrics.left(passing.cell, passing.arrived, now);
            if !served {
                kernel.metrics.waited(passing.cell, passing.arrived, now);
            }
        }
    }

    /// Attempts of a service that have arrived and have had no outcome yet.
    pub fn in_flight(&self, service: ServiceId) -> u64 {
        if self.services[service].direct {
            let passings = self.direct.iter();
            let own = passings.filter(|(p, _)| self.stations[p.station].service == service);
            return own.count() as u64;
        }
        let attempts = self.attempts.enumerate();
        let open = attempts.filter(|(_, attempt)| {
            attempt.service == service && !attempt.abandoned && attempt.origin != Origin::Start
        });
        open.count() as u64
    }

    /// What does not add up, for the audit; after [`Self::book_present`].
    pub fn breaches(&self, kernel: &Kernel<'_>) -> Vec<String> {
        let mut breaches = Vec::new();
        let mut present = vec![(0_u64, 0_u64, 0_u64); self.services.len()];
        for (_, attempt) in self.attempts.enumerate() {
            let (all, waiting, blocked) = &mut present[attempt.service.index()];
            *all += 1;
            *waiting += u64::from(attempt.phase == Phase::Waiting);
            *blocked += u64::from(matches!(attempt.phase, Phase::Calling | Phase::Submitted));
        }
        for (passing, served) in self.direct.iter() {
            let endpoint = kernel.metrics.cells.key(passing.cell).endpoint;
            let (all, waiting, _) = &mut present[self.model.endpoints[endpoint].service.index()];
            *all += 1;
            *waiting += u64::from(!served);
        }
        for (id, service) in self.services.enumerate() {
            let name = &self.model.services[id].name;
            let meter: &ServiceMeter = &kernel.metrics.services[id];
            let shared = Self::is_shared(service.discipline);
            let places = u64::from(service.concurrency);
            let central = service.central.as_ref();
            let in_central = central.map_or(0, |central| central.line.len());
            let (mut held, mut waiting) = (0, u64::from(in_central));
            let (mut running, mut ready, mut idle) = (0, 0, false);
            for station in service.stations.iter().map(|id| &self.stations[*id]) {
                let here = u64::from(station.held).min(places);
                held += here;
                waiting += u64::from(station.in_system()) - here;
                running += u64::from(station.runs());
                ready += u64::from(station.life == Life::Ready);
                let someone = station.line.len() > 0 || in_central > 0;
                // What is draining takes nobody from the queue of all.
                let takes = central.is_none() || !station.is_draining();
                idle |= station.has_free_place(service.concurrency) && takes && someone;
            }
            let [out, pending, _] = service.breaker.map_or([0; 3], |breaker| breaker.counts());
            let (sent, pooled) = match service.breaker {
                Some(_) => (self.sent(id), self.pools.waiting(id)),
                None => (0, 0),
            };
            let queued = meter.connections.as_ref().map_or(0, |it| it.waiting.now());
            let (all, known_waiting, blocked) = present[id.index()];
            let phases = if shared { waiting } else { known_waiting };
            for (what, level, counted) in [
                ("held places", meter.held.now(), held),
                ("waiting requests", phases, waiting),
                ("requests in system", meter.in_system.now(), held + waiting),
                ("requests in system", all, held + waiting),
                (
                    "requests that wait for others",
                    meter.blocked.now(),
                    blocked,
                ),
                ("places", meter.places.now(), running * places),
                ("replicas", meter.replicas.now(), ready),
                ("attempts that a breaker counts", u64::from(out), sent),
                ("waits that a breaker counts", u64::from(pending), pooled),
                (
                    "attempts that wait for a connection",
                    queued,
                    self.pools.waiting(id),
                ),
                ("replicas with a free place and a queue", u64::from(idle), 0),
            ] {
                if level != counted {
                    breaches.push(format!("services.{name}: {what}: {level} is not {counted}"));
                }
            }
            self.scaling_breaches(id, &mut breaches);
        }
        breaches
    }
}
