//! What an attempt does while it holds its place, after its service time: processor time and calls.
//! And who shares a replica.

use super::attempt::{Origin, Phase};
use super::services::Services;
use crate::effect::Work;
use crate::event::Event;
use crate::id::{AttemptId, StationId};
use crate::kernel::Kernel;
use crate::model::DisciplineKind;
use crate::record::Outcome;
use crate::units::Duration;

/// Where the ways to the calls of an attempt begin; see `Root::then`.
const CALLS: u64 = 1 << 32;

impl Services<'_> {
    /// What follows the service time.
    pub(super) fn after_service(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let attempt = &mut self.attempts[id];
        let endpoint = &self.endpoints[attempt.endpoint];
        let Some(cpu_time) = &endpoint.cpu_time else {
            self.next_calls(id, kernel);
            return;
        };
        let word = self.words[attempt.root.workload].cpu(attempt.root);
        let station_id = attempt.station;
        let speed = self.stations[station_id].speed;
        let work = Duration::from_seconds(cpu_time.duration(word).seconds() / speed);
        attempt.phase = Phase::Computing;
        let (now, weight) = (kernel.now(), attempt.weight);
        let Some(shared) = &mut self.stations[station_id].shared else {
            panic!("{station_id:?} has no processor to share")
        };
        let before = shared.sharing.used();
        attempt.share = shared.sharing.add(now, id, work, weight);
        let used = shared.sharing.used() - before;
        kernel.metrics.services[attempt.service].cpu.rise(now, used);
        self.schedule_share(station_id, kernel);
    }

    /// The next group of calls, or what follows the last.
    fn next_calls(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        loop {
            let attempt = &mut self.attempts[id];
            let group = attempt.calls.group;
            let Some(calls) = self.endpoints[attempt.endpoint].calls.get(group as usize) else {
                break;
            };
            attempt.calls.group += 1;
            let (root, serial) = (attempt.root, attempt.serial);
            let words = &self.words[root.workload];
            let way = |member: usize| root.then(CALLS | u64::from(group) << 16 | member as u64);
            let made = calls.iter().enumerate().filter(|(member, call)| {
                call.probability >= 1.0 || words.call(way(*member)).uniform() < call.probability
            });
            let made: Vec<_> = made.map(|(member, call)| (way(member), *call)).collect();
            if made.is_empty() {
                continue;
            }
            if attempt.phase != Phase::Calling {
                attempt.phase = Phase::Calling;
                kernel.metrics.services[attempt.service]
                    .blocked
                    .rise(now, 1);
            }
            attempt.calls.out = made.len() as u32;
            for (root, call) in made {
                let work = Work::Word(self.words[root.workload].work(root));
                let parent = Origin::Parent {
                    attempt: id,
                    serial,
                    optional: call.optional,
                };
                self.request(parent, root, call.endpoint, work, kernel);
            }
            return;
        }
        let attempt = &mut self.attempts[id];
        if attempt.phase == Phase::Calling {
            attempt.phase = Phase::Serving;
            kernel.metrics.services[attempt.service]
                .blocked
                .fall(now, 1);
        }
        self.submit(id, kernel);
    }

    /// A call has had its answer.
    pub(super) fn on_call_answered(
        &mut self,
        id: AttemptId,
        succeeded: bool,
        kernel: &mut Kernel<'_>,
    ) {
        let calls = &mut self.attempts[id].calls;
        calls.out -= 1;
        calls.failed |= !succeeded;
        if calls.out > 0 {
            return;
        }
        if calls.failed {
            self.leave(id, Outcome::Failed, kernel);
        } else {
            self.next_calls(id, kernel);
        }
    }

    /// Whether an attempt of that number is still here.
    pub(super) fn is_still(&self, id: AttemptId, serial: u64) -> bool {
        self.attempts.contains(id) && self.attempts[id].serial == serial
    }

    /// Somebody begins to share a replica.
    pub(super) fn share(&mut self, id: AttemptId, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = &mut self.attempts[id];
        attempt.phase = Phase::Sharing;
        let station = &mut self.stations[station_id];
        let meter = &mut kernel.metrics.services[station.service];
        if station.held < self.services[station.service].concurrency {
            meter.held.rise(now, 1);
        }
        station.held += 1;
        if self.services[station.service].most_held < station.held {
            kernel.push(station.out_of_memory());
        }
        let Some(shared) = &mut station.shared else {
            panic!("{station_id:?} is not shared")
        };
        attempt.share = shared.sharing.add(now, id, attempt.work, attempt.weight);
        self.schedule_share(station_id, kernel);
    }

    /// The next who shares a replica, or its processor, is done.
    pub fn on_share_ended(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let Some(shared) = &mut self.stations[station_id].shared else {
            panic!("{station_id:?} is not shared")
        };
        shared.due = None;
        let before = shared.sharing.used();
        let attempts = &self.attempts;
        let Some(id) = shared.sharing.pop_done(now, |id| attempts[id].weight) else {
            panic!("nobody is done at {station_id:?}")
        };
        let freed = before - shared.sharing.used();
        self.schedule_share(station_id, kernel);
        if self.attempts[id].phase == Phase::Computing {
            let service = self.stations[station_id].service;
            kernel.metrics.services[service].cpu.fall(now, freed);
            self.attempts[id].phase = Phase::Serving;
            self.next_calls(id, kernel);
        } else {
            self.attempts[id].left = Duration::ZERO;
            self.leave(id, Outcome::Completed, kernel);
        }
    }

    /// Takes somebody who shares a replica out, done or not.
    pub(super) fn leave_share(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = &self.attempts[id];
        let station_id = attempt.station;
        let station = &mut self.stations[station_id];
        station.held -= 1;
        let meter = &mut kernel.metrics.services[station.service];
        if station.held < self.services[station.service].concurrency {
            meter.held.fall(now, 1);
        }
        // Who needs nothing is not done before its turn either.
        if !attempt.left.is_zero() || attempt.work.is_zero() {
            if let Some(shared) = &mut station.shared {
                shared
                    .sharing
                    .remove(now, id, attempt.share, attempt.weight);
            }
            self.schedule_share(station_id, kernel);
        }
    }

    /// Stops what an attempt does with its place.
    pub(super) fn interrupt(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = &mut self.attempts[id];
        let (service_id, station_id) = (attempt.service, attempt.station);
        if let Some(due) = attempt.due.take() {
            kernel.cancel(due);
        }
        match attempt.phase {
            Phase::Calling | Phase::Submitted => {
                kernel.metrics.services[service_id].blocked.fall(now, 1);
            }
            Phase::Computing => {
                if let Some(shared) = &mut self.stations[station_id].shared {
                    let before = shared.sharing.used();
                    shared
                        .sharing
                        .remove(now, id, attempt.share, attempt.weight);
                    let freed = before - shared.sharing.used();
                    kernel.metrics.services[service_id].cpu.fall(now, freed);
                }
                self.schedule_share(station_id, kernel);
            }
            _ => {
                let station = &mut self.stations[station_id];
                station.paused.retain(|other| *other != id);
                let line = self.services[service_id].line(station);
                line.end(id, &self.attempts);
            }
        }
    }

    /// After a change: neighbours get more or less, where they share a processor, and the next
    /// departure is at another time.
    pub(super) fn schedule_share(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        if self.cores.is_some() {
            self.share_cores(station_id, kernel);
        }
        self.schedule_departure(station_id, kernel);
    }

    /// The event of the next departure.
    pub(super) fn schedule_departure(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let Some(shared) = &mut self.stations[station_id].shared else {
            return;
        };
        if let Some(due) = shared.due.take() {
            kernel.cancel(due);
        }
        if let Some(time) = shared.sharing.next_due() {
            let time = time.max(kernel.now());
            shared.due = Some(kernel.schedule(time, Event::ShareEnded(station_id)));
        }
    }

    /// Whether the places of a service are shared.
    pub(super) fn is_shared(discipline: DisciplineKind) -> bool {
        discipline == DisciplineKind::ProcessorSharing
    }
}
