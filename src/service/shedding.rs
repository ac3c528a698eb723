//! Load shedding: attempts that a service refuses although it has room for them.

use super::attempt::Root;
use super::services::Services;
use crate::id::{Id, ServiceId, StationId};
use crate::kernel::Kernel;
use crate::model::Shedding;
use crate::random::Word;
use crate::units::{Duration, Time};

/// What a service knows to decide it.
#[derive(Clone, Debug)]
pub(super) struct Shedder {
    rule: Shedding,
    places: u32,
    /// By replica, or for the central queue; only where the rule asks for it.
    backlogs: Vec<Backlog>,
}

/// The service times of all who were let in, worked off by all places.
#[derive(Clone, Copy, Debug, Default)]
struct Backlog {
    work: Duration,
    since: Time,
}

/// An attempt at the door.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// Its service time.
    work: Duration,
    /// Whether it would have to wait.
    waits: bool,
    /// Who is there already.
    in_system: u64,
    /// Decides what is left to chance.
    word: Word,
}

impl Shedder {
    /// A service with nothing to do; `places` work at one backlog.
    pub(super) fn new(rule: Shedding, places: u32) -> Self {
        Self {
            rule,
            places,
            backlogs: Vec::new(),
        }
    }

    /// Whether an attempt is let in at the replica of that position.
    fn lets_in(&mut self, now: Time, position: usize, asked: &Asked) -> bool {
        match self.rule {
            Shedding::MaxWait(longest) => {
                let places = u64::from(self.places);
                let backlog = self.backlog(position);
                let passed = (now - backlog.since).nanos().saturating_mul(places);
                let left = backlog.work.nanos().saturating_sub(passed);
                backlog.since = now;
                backlog.work = Duration::from_nanos(left);
                if asked.waits && longest.nanos().saturating_mul(places) < left {
                    return false;
                }
                backlog.work += asked.work;
                true
            }
            Shedding::InSystem { from, to } => {
                let (from, to) = (u64::from(from), u64::from(to));
                let above = asked.in_system.saturating_sub(from) as f64;
                above <= asked.word.uniform() * (to - from) as f64
            }
        }
    }

    /// Somebody who was let in leaves without having been served.
    fn left(&mut self, position: usize, work: Duration) {
        if let Shedding::MaxWait(_) = self.rule {
            let backlog = self.backlog(position);
            backlog.work -= work;
        }
    }

    fn backlog(&mut self, position: usize) -> &mut Backlog {
        if self.backlogs.len() <= position {
            self.backlogs.resize_with(position + 1, Backlog::default);
        }
        &mut self.backlogs[position]
    }
}

impl Services<'_> {
    /// Whether a service refuses an attempt to shed load; the pair says where it would go, and whether
    /// it would have a place at once.
    pub(super) fn sheds(
        &mut self,
        root: Root,
        work: Duration,
        (station, free): (StationId, bool),
        id: ServiceId,
        kernel: &mut Kernel<'_>,
    ) -> bool {
        let service = &mut self.services[id];
        let Some(shedder) = &mut service.shedder else {
            return false;
        };
        let meter = &mut kernel.metrics.services[id];
        let own = self
            .stations
            .get(station)
            .filter(|_| service.central.is_none());
        let asked = Asked {
            work,
            waits: !free,
            in_system: own.map_or(meter.in_system.now(), |own| own.in_system().into()),
            word: self.words[root.workload].shedding(root),
        };
        let position = own.map_or(0, |own| own.replica.index());
        let sheds = !shedder.lets_in(kernel.now(), position, &asked);
        kernel.metrics.services[id].refusals.shed += u64::from(sheds);
        sheds
    }

    /// Somebody leaves a queue without having been served.
    pub(super) fn unburden(&mut self, station: StationId, id: ServiceId, work: Duration) {
        let service = &mut self.services[id];
        if let Some(shedder) = &mut service.shedder {
            let own = self
                .stations
                .get(station)
                .filter(|_| service.central.is_none());
            shedder.left(own.map_or(0, |own| own.replica.index()), work);
        }
    }
}
