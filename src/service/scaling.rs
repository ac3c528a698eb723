//! Replicas that come and go while the service runs.
//!
//! A policy says how many replicas there should be; here is what follows. A new replica is a
//! container: it is placed, pulled and started. One that is no longer wanted gets no new requests;
//! where it runs, it finishes those that it has, and then its container is released. Of several, those
//! that do not run yet go first, the youngest before the others (as a Kubernetes `ReplicaSet` does).
//!
//! # Invariants
//! * As many replicas are starting or take requests as there should be.
//! * The number of a replica is given out again once its container has been released.

use super::free::Free;
use super::line::Line;
use super::services::Services;
use super::station::{Life, Power, Station};
use crate::effect::{ContainerRequest, Effect, Owner};
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{Id, ReplicaId, ServiceId, StationId};
use crate::kernel::Kernel;
use crate::metrics::ServiceMeter;
use crate::model::Model;
use crate::policy::scaling::{Areas, Decision, Load, Policy, policy};
use crate::record::{Part, Record, ReplicaStep, ScalingReason};
use crate::units::{Duration, Time};

/// The replicas of a service that scales.
#[derive(Debug)]
pub(super) struct Scaling {
    policy: Policy,
    min: u32,
    max: u32,
    /// Those that are starting or take requests, the oldest first.
    wanted: Vec<ReplicaId>,
    /// Of them, those whose container does not run yet.
    pub(super) starting: u32,
    /// Replicas without a container.
    pub(super) vacant: Free,
    /// Since when the service has had no request, after it had one.
    idle_since: Option<Time>,
    /// The replica that will be started because a request is expected.
    prewarm: Option<EventKey>,
}

impl Scaling {
    /// Of a service none of whose replicas has been asked for.
    pub(super) fn new(model: &Model, id: ServiceId) -> Option<Self> {
        let service = &model.services[id];
        let autoscale = service.autoscale.as_ref()?;
        let mut vacant = Free::default();
        (0..service.replicas).for_each(|replica| vacant.set(replica, true));
        Some(Self {
            policy: policy(autoscale),
            min: autoscale.min,
            max: autoscale.max,
            wanted: Vec::new(),
            starting: 0,
            vacant,
            idle_since: None,
            prewarm: None,
        })
    }

    fn count(&self) -> u32 {
        self.wanted.len() as u32
    }
}

impl Services<'_> {
    /// Asks for the replicas that a service has at the start.
    pub(super) fn start_scaling(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        for _ in 0..self.model.services[id].replicas {
            self.add_replica(id, kernel);
        }
        self.schedule_scaling(id, kernel);
    }

    /// The number of replicas is looked at, or a replica is started because a request is expected.
    pub fn on_scaling_due(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        let load = self.load(id, kernel);
        let Some(scaling) = &mut self.services[id].scaling else {
            return;
        };
        match &mut scaling.policy {
            Policy::Scaler(scaler) => {
                let decision = scaler.decide(&load);
                self.scale(id, decision, kernel);
                self.schedule_scaling(id, kernel);
            }
            Policy::KeepAlive(_) => {
                scaling.prewarm = None;
                if scaling.wanted.is_empty() {
                    let decision = Decision {
                        replicas: 1,
                        reason: ScalingReason::Prewarmed,
                    };
                    self.scale(id, decision, kernel);
                }
            }
        }
    }

    fn schedule_scaling(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        if let Some(scaling) = &self.services[id].scaling
            && let Policy::Scaler(scaler) = &scaling.policy
            && let Some(next) = scaler.next(kernel.now())
        {
            kernel.schedule(next, Event::ScalingDue(id));
        }
    }

    /// What a policy is told.
    fn load(&self, id: ServiceId, kernel: &Kernel<'_>) -> Load {
        let Some(scaling) = &self.services[id].scaling else {
            return Load::default();
        };
        let now = kernel.now();
        let service = &self.model.services[id];
        let meter: &ServiceMeter = &kernel.metrics.services[id];
        let places = meter.places.area(now);
        let replicas = places / u128::from(service.concurrency);
        let (used, requested) = if self.model.uses_cpu(id) {
            let requested = service.requests.cpu.0;
            let each = if requested > 0 {
                requested
            } else {
                service.cpu_limit
            };
            (meter.cpu.area(now), replicas * u128::from(each))
        } else {
            // A place that is held and does not wait for others works.
            (meter.held.area(now) - meter.blocked.area(now), places)
        };
        Load {
            now,
            wanted: scaling.count(),
            ready: scaling.count() - scaling.starting,
            areas: Areas {
                in_system: meter.in_system.area(now),
                waiting: meter.queue_area(now),
                used,
                requested,
                replicas,
            },
        }
    }

    /// Makes it so many replicas.
    fn scale(&mut self, id: ServiceId, decision: Decision, kernel: &mut Kernel<'_>) {
        let Some(scaling) = &self.services[id].scaling else {
            return;
        };
        let from = scaling.count();
        let to = decision.replicas.clamp(scaling.min, scaling.max);
        if from == to {
            return;
        }
        kernel.record(&Record::Scaled {
            service: id,
            from,
            to,
            reason: decision.reason,
        });
        for _ in from..to {
            self.add_replica(id, kernel);
        }
        for _ in to..from {
            self.remove_youngest(id, kernel);
        }
    }

    /// Asks for one more container.
    pub(super) fn add_replica(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        let model = self.model;
        let service = &mut self.services[id];
        let vacant = if let Some(scaling) = &mut service.scaling {
            let vacant = scaling.vacant.first();
            if let Some(number) = vacant {
                scaling.vacant.set(number, false);
            }
            vacant.map(ReplicaId)
        } else {
            let stations = &self.stations;
            let mut all = service.stations.enumerate();
            all.find(|(_, it)| stations[**it].life == Life::Vacant)
                .map(|(replica, _)| replica)
        };
        let replica = match vacant {
            Some(replica) => replica,
            None => {
                let replica = ReplicaId::new(service.stations.len());
                let spec = &model.services[id];
                let line = Line::new(spec.discipline, self.ranks, false);
                let station = Station::new((id, replica), spec, line);
                service.stations.push(self.stations.push(station))
            }
        };
        if let Some(scaling) = &mut service.scaling {
            scaling.wanted.push(replica);
            scaling.starting += 1;
        }
        self.ask_container(id, replica, kernel);
    }

    /// Asks for the container of a replica that has none.
    pub(super) fn ask_container(
        &mut self,
        id: ServiceId,
        replica: ReplicaId,
        kernel: &mut Kernel<'_>,
    ) {
        let station = self.services[id].stations[replica];
        self.stations[station].life = Life::Starting;
        let request = ContainerRequest {
            on_command: false,
            part: Part::Replica(id, replica),
            submission: None,
            start_time: self.next_start_time(id, replica),
        };
        kernel.push(Effect::Place {
            owner: Owner::Replica(id, replica),
            request,
        });
    }

    /// How long the next process of a replica takes to start.
    pub(super) fn next_start_time(&mut self, id: ServiceId, replica: ReplicaId) -> Duration {
        let service = &self.services[id];
        let starts = &mut self.stations[service.stations[replica]].incidents.starts;
        let number = u64::from(*starts);
        *starts += 1;
        let word = service.start_words.word(u64::from(replica.0), number);
        service.start_time.duration(word)
    }

    /// The container of a wanted replica runs, and whoever waited has been given its places.
    pub(super) fn started(&mut self, id: ServiceId, station: StationId, kernel: &mut Kernel<'_>) {
        if let Some(scaling) = &mut self.services[id].scaling {
            scaling.starting -= 1;
            if self.stations[station].held == 0 {
                self.rest(station, kernel);
            }
        }
    }

    fn remove_youngest(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        let service = &self.services[id];
        let Some(scaling) = &service.scaling else {
            return;
        };
        let mut youngest = scaling.wanted.iter().rev();
        // Nobody is looked for who is not there: services may have tens of thousands of replicas.
        let searched = if scaling.starting > 0 {
            scaling.wanted.len()
        } else {
            0
        };
        let is_starting = |replica: &&ReplicaId| {
            let station = service.stations[**replica];
            self.stations[station].life != Life::Ready
        };
        let starting = youngest.clone().take(searched).find(is_starting);
        if let Some(&replica) = starting.or_else(|| youngest.next()) {
            self.remove_replica(id, replica, kernel);
        }
    }

    /// A replica is no longer wanted.
    pub(super) fn remove_replica(
        &mut self,
        id: ServiceId,
        replica: ReplicaId,
        kernel: &mut Kernel<'_>,
    ) {
        let service = &mut self.services[id];
        let station_id = service.stations[replica];
        let station = &mut self.stations[station_id];
        let (runs, moves) = (station.runs(), station.life == Life::Moving);
        if let Some(scaling) = &mut service.scaling {
            // Mostly one of the youngest.
            let position = scaling.wanted.iter().rposition(|other| *other == replica);
            if let Some(position) = position {
                scaling.wanted.remove(position);
            }
            scaling.starting -= u32::from(!runs || moves);
        }
        if moves {
            station.life = Life::Draining;
        } else if runs {
            self.drain(station_id, Life::Draining, kernel);
        } else {
            self.release(station_id, kernel);
        }
    }

    /// A replica that is ready takes nothing new from now on, and goes when it has finished.
    pub(super) fn drain(&mut self, station_id: StationId, life: Life, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let station = &mut self.stations[station_id];
        let (id, replica) = (station.service, station.replica);
        let service = &mut self.services[id];
        if let Power::Idle(key) = station.power {
            kernel.cancel_idle(key);
            station.power = Power::On;
        }
        station.life = life;
        kernel.metrics.services[id].replicas.fall(now, 1);
        service.balancer.removed(replica);
        if let Some(central) = &mut service.central {
            central.free.set(replica.0, false);
            // Nobody else gets the places that are held here.
            let served: Vec<_> = central.line.served().collect();
            for attempt in served {
                if self.attempts[attempt].station == station_id {
                    central.line.end(attempt, &self.attempts);
                }
            }
        }
        self.release_if_drained(station_id, kernel);
        self.begin_grace(station_id, kernel);
    }

    /// A replica that is no longer wanted goes with its last request.
    #[inline]
    pub(super) fn release_if_drained(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &self.stations[station_id];
        if station.is_draining() && station.held == 0 && station.line.len() == 0 {
            let places = u64::from(self.services[station.service].concurrency);
            let now = kernel.now();
            kernel.metrics.services[station.service]
                .places
                .fall(now, places);
            self.release(station_id, kernel);
        }
    }

    /// Gives the container of a replica back.
    pub(super) fn release(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        self.leave_node(station_id, kernel);
        let station = &mut self.stations[station_id];
        let life = std::mem::replace(&mut station.life, Life::Vacant);
        if let Power::Ending(key) = station.power {
            kernel.cancel(key);
            station.power = Power::On;
        }
        self.give_back(station_id, kernel);
        self.replica_step(station_id, ReplicaStep::Stopped, kernel);
        if life == Life::Moving {
            self.come_back(station_id, kernel);
        }
    }

    /// The container of a replica that has stopped goes, and its number can be given again.
    pub(super) fn give_back(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &self.stations[station_id];
        if let Some(scaling) = &mut self.services[station.service].scaling {
            scaling.vacant.set(station.replica.0, true);
        }
        kernel.push(Effect::Release {
            owner: Owner::Replica(station.service, station.replica),
        });
    }

    /// A request begins to wait: it may be what a replica is started for.
    pub(super) fn wake(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        let service = &mut self.services[id];
        let Some(scaling) = &mut service.scaling else {
            return;
        };
        let count = scaling.count();
        let decision = match &mut scaling.policy {
            Policy::Scaler(scaler) => match scaler.wake().filter(|_| count == 0) {
                Some(decision) => decision,
                None => return,
            },
            Policy::KeepAlive(_) => {
                let waiting = service.central.as_ref();
                let waiting = waiting.map_or(0, |central| central.line.len());
                // As many as those who wait would fill.
                let missing = waiting
                    .div_ceil(service.concurrency)
                    .saturating_sub(scaling.starting);
                Decision {
                    replicas: count.saturating_add(missing).min(scaling.max),
                    reason: ScalingReason::ColdStart,
                }
            }
        };
        for _ in count..decision.replicas {
            kernel.metrics.services[id].cold_started();
        }
        self.scale(id, decision, kernel);
    }

    /// A request comes to a service that has none.
    #[inline]
    pub(super) fn busy(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        let Some(scaling) = &mut self.services[id].scaling else {
            return;
        };
        let Policy::KeepAlive(keep_alive) = &mut scaling.policy else {
            return;
        };
        if let Some(since) = scaling.idle_since.take() {
            keep_alive.observe(kernel.now() - since);
        }
        if let Some(key) = scaling.prewarm.take() {
            kernel.cancel_idle(key);
        }
    }

    /// The last request has left a service.
    #[inline]
    pub(super) fn idle_service(&mut self, id: ServiceId, kernel: &mut Kernel<'_>) {
        let Some(scaling) = &mut self.services[id].scaling else {
            return;
        };
        let Policy::KeepAlive(keep_alive) = &scaling.policy else {
            return;
        };
        scaling.idle_since = Some(kernel.now());
        if let Some(prewarm) = keep_alive.windows().prewarm
            && scaling.wanted.is_empty()
        {
            scaling.prewarm = Some(kernel.schedule_after(prewarm, Event::ScalingDue(id)));
        }
    }

    /// A replica has nothing to do, after a request or after it was started for none.
    pub(super) fn rest(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        let id = station.service;
        let Some(scaling) = &self.services[id].scaling else {
            return;
        };
        let Policy::KeepAlive(keep_alive) = &scaling.policy else {
            return;
        };
        if station.is_draining() || scaling.count() <= scaling.min {
            return;
        }
        let windows = keep_alive.windows();
        // One that was warmed for a request is there to wait for it.
        let served = station.incidents.served;
        if windows.keep.is_zero() || (windows.prewarm.is_some() && served) {
            self.idled_away(station_id, kernel);
        } else {
            let key = kernel.schedule_after(windows.keep, Event::IdledOut(station_id));
            station.power = Power::Idle(key);
        }
    }

    /// A replica has had nothing to do for long enough.
    pub(super) fn idled_away(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        station.power = Power::On;
        let (id, replica) = (station.service, station.replica);
        let Some(scaling) = &self.services[id].scaling else {
            return;
        };
        let from = scaling.count();
        if scaling.min < from {
            kernel.record(&Record::Scaled {
                service: id,
                from,
                to: from - 1,
                reason: ScalingReason::Idle,
            });
            self.remove_replica(id, replica, kernel);
        }
    }

    /// Containers that a service holds or waits for.
    pub fn containers(&self, id: ServiceId) -> u64 {
        let stations = self.services[id].stations.iter();
        let asked = stations.filter(|station| self.stations[**station].life != Life::Vacant);
        asked.count() as u64
    }

    /// What does not add up in the number of replicas.
    pub(super) fn scaling_breaches(&self, id: ServiceId, breaches: &mut Vec<String>) {
        let Some(scaling) = &self.services[id].scaling else {
            return;
        };
        let name = &self.model.services[id].name;
        let (count, bounds) = (scaling.count(), scaling.min..=scaling.max);
        if !bounds.contains(&count) {
            breaches.push(format!(
                "services.{name}: {count} replicas are not in {bounds:?}"
            ));
        }
        let stations = || self.services[id].stations.iter();
        let stations = || stations().map(|station| &self.stations[*station]);
        let in_life = |life| stations().filter(|it| it.life == life).count() as u64;
        let starting = in_life(Life::Starting) + in_life(Life::Moving);
        let ready = in_life(Life::Ready);
        for (what, known, counted) in [
            ("starting replicas", u64::from(scaling.starting), starting),
            ("wanted replicas", u64::from(count), starting + ready),
        ] {
            if known != counted {
                breaches.push(format!("services.{name}: {what}: {known} is not {counted}"));
            }
        }
    }
}
