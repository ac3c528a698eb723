//! The places of one replica.

use super::backlog::Backlog;
use super::line::Line;
use super::sharing::Sharing;
use crate::effect::{Effect, Owner};
use crate::engine::EventKey;
use crate::id::{AttemptId, ReplicaId, ServiceId};
use crate::model::{self, DisciplineKind};
use crate::policy::balancing::Load;
use crate::units::Time;

/// A replica's places, and the line before them where each replica has its own.
///
/// What every request needs comes first and together: with thousands of replicas each is far from
/// the processor when a request comes to it.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Station {
    /// Places that are held; of a shared replica: requests that are present.
    pub(super) held: u32,
    pub(super) service: ServiceId,
    pub(super) replica: ReplicaId,
    pub(super) life: Life,
    /// Whether it is broken down.
    pub(super) down: bool,
    /// Who waits here; empty where the queue is central.
    pub(super) line: Line,
    pub(super) power: Power,
    /// Divides processor times.
    pub(super) speed: f64,
    /// Divides service times.
    pub(super) pace: f64,
    /// What is left to do, where the balancer wants to know.
    pub(super) backlog: Backlog,
    /// The how-many-th set-up or breakdown of this replica comes next.
    pub(super) incidents: Incidents,
    /// Who shares the places by discipline, or else the processor after the service time.
    pub(super) shared: Option<Box<Shared>>,
    /// Who was being served when it broke down.
    pub(super) paused: Vec<AttemptId>,
}

/// Something shared and the event of its next departure.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) sharing: Sharing,
    pub(super) due: Option<EventKey>,
}

/// How far the container of a replica has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// There is none.
    Vacant,
    /// It has been asked for.
    Starting,
    /// It runs.
    Ready,
    /// It runs, finishes what it has, and then goes.
    Draining,
    /// It runs, finishes what it has, and then starts elsewhere.
    Moving,
}

/// Whether a replica is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    /// It serves, or could.
    On,
    /// It idles until the event switches it off.
    Idle(EventKey),
    /// It is off.
    Off,
    /// It serves what it has, and nothing more from the event on.
    Ending(EventKey),
    /// It will be on at the event.
    SettingUp(EventKey),
}

/// How often things have happened to a replica: the random words of the next are found by it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Incidents {
    pub(super) setups: u32,
    pub(super) idles: u32,
    pub(super) breakdowns: u32,
    /// Containers that it has had, or asked for.
    pub(super) starts: u32,
    /// Whether the present one has served anybody.
    pub(super) served: bool,
}

impl Station {
    /// A replica of a service, without a container.
    pub(super) fn new(
        (service, replica): (ServiceId, ReplicaId),
        spec: &model::Service,
        line: Line,
    ) -> Self {
        let shared = match spec.discipline {
            DisciplineKind::ProcessorSharing => Some(u64::from(spec.concurrency) * 1000),
            _ => Some(spec.cpu_limit).filter(|limit| *limit > 0),
        };
        Self {
            service,
            replica,
            life: Life::Vacant,
            held: 0,
            speed: 1.0,
            pace: spec.speed(replica.0),
            backlog: Backlog::default(),
            power: Power::On,
            down: false,
            incidents: Incidents::default(),
            line,
            shared: shared.map(|capacity| {
                let sharing = Sharing::new(capacity);
                Box::new(Shared { sharing, due: None })
            }),
            paused: Vec::new(),
        }
    }

    /// That it uses more memory than it may.
    pub(super) fn out_of_memory(&self) -> Effect {
        Effect::OutOfMemory {
            owner: Owner::Replica(self.service, self.replica),
        }
    }

    /// Whether somebody could begin to be served.
    #[inline]
    pub(super) fn has_free_place(&self, concurrency: u32) -> bool {
        self.held < concurrency && self.serves()
    }

    /// Whether its container runs.
    #[inline]
    pub(super) fn runs(&self) -> bool {
        matches!(self.life, Life::Ready | Life::Draining | Life::Moving)
    }

    /// Whether it finishes what it has and then goes, for good or to start elsewhere.
    #[inline]
    pub(super) fn is_draining(&self) -> bool {
        matches!(self.life, Life::Draining | Life::Moving)
    }

    /// What it has to do.
    #[inline]
    pub(super) fn load(&self, now: Time) -> Load {
        Load {
            now,
            in_system: self.in_system(),
            work: self.backlog.left(),
            serving: self.backlog.serving(),
        }
    }

    /// Who waits or is served here.
    #[inline]
    pub(super) fn in_system(&self) -> u32 {
        self.held + self.line.len()
    }

    /// Whether it runs, is on and is not broken down.
    #[inline]
    pub(super) fn serves(&self) -> bool {
        let on = matches!(self.power, Power::On | Power::Idle(_) | Power::Ending(_));
        self.runs() && !self.down && on
    }
}
