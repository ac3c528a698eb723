//! The state of all services.

use super::attempt::{NOWHERE, Origin, Root};
use super::backlog::{Backlog, Change};
use super::breaker::Outstanding;
use super::bucket::Bucket;
use super::calls::Call;
use super::cores::Cores;
use super::direct;
use super::free::Free;
use super::keys::Keys;
use super::line::{Attempts, Line};
use super::passings::Passings;
use super::scaling::Scaling;
use super::shedding::Shedder;
use super::station::{Life, Station};
use super::tickets::Tickets;
use super::trips::{Messages, Pools, Trip};
use super::words::Words;
use crate::effect::Request;
use crate::id::{
    AttemptId, CallId, ClassId, EndpointId, IdVec, ReplicaId, ServiceId, Slab, StationId, TripId,
    WorkloadId,
};
use crate::kernel::Kernel;
use crate::model::{
    self, BalancerKind, BalancerView, Client, DisciplineKind, Model, QueueKind, Submits,
};
use crate::policy::balancing::{Answer, Clients, View};
use crate::random::{Distribution, Draw, Keyed, Purpose, Sampler, Sequence, Streams, Word};
use crate::record::{Outcome, ReplicaStep};
use crate::units::{Duration, Time};

/// All services.
#[derive(Debug)]
pub struct Services<'m> {
    pub(super) model: &'m Model,
    pub(super) services: IdVec<ServiceId, Service>,
    pub(super) stations: IdVec<StationId, Station>,
    /// The processors of nodes, where replicas share them.
    pub(super) cores: Option<Box<Cores>>,
    pub(super) endpoints: IdVec<EndpointId, Endpoint<'m>>,
    pub(super) attempts: Attempts,
    pub(super) calls: Slab<CallId, Call>,
    /// Those who take the direct way and wait or are served.
    pub(super) direct: Passings,
    /// Attempts on their way, where messages take time.
    pub(super) trips: Slab<TripId, Trip>,
    pub(super) pools: Pools,
    pub(super) tickets: Tickets,
    pub(super) words: IdVec<WorkloadId, Words>,
    pub(super) keys: IdVec<WorkloadId, Keys>,
    /// By class: its position, 0 goes first, and its weight.
    pub(super) classes: IdVec<ClassId, (u32, u32)>,
    /// Attempts so far.
    pub(super) serial: u64,
    /// How often an attempt has got a place.
    pub(super) starts: u64,
    /// Ranks of classes.
    pub(super) ranks: usize,
}

/// One service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) concurrency: u32,
    pub(super) queue_capacity: Option<u32>,
    /// Requests that a replica has memory for.
    pub(super) most_held: u32,
    /// Thousandths of a core that one replica may use.
    pub(super) cpu_limit: u64,
    pub(super) discipline: DisciplineKind,
    pub(super) client: Client,
    /// Whether requests take the direct way.
    pub(super) direct: bool,
    /// Whether its clients make one attempt and wait for it.
    pub(super) plain: bool,
    /// When an attempt that is sent without delay has taken too long.
    pub(super) timeout: Option<Duration>,
    /// Where the attempt is that the next one stands beside.
    pub(super) avoid: Option<StationId>,
    pub(super) breaker: Option<Outstanding>,
    pub(super) bucket: Option<Box<Bucket>>,
    pub(super) shedder: Option<Box<Shedder>>,
    pub(super) balancer: Clients,
    /// Whether there is more than one replica to choose from.
    pub(super) balanced: bool,
    pub(super) wants: Wants,
    /// Shares of the replicas, in turns.
    weights: Vec<f64>,
    /// Mean of what the replicas divide service times by, where they do.
    mean_speed: Option<f64>,
    /// By replica.
    pub(super) stations: IdVec<ReplicaId, StationId>,
    pub(super) central: Option<Central>,
    /// How long a replica that is ended on purpose may finish what it has.
    pub(super) grace: Option<Duration>,
    /// What changes the number of replicas.
    pub(super) scaling: Option<Scaling>,
    pub(super) start_time: Sampler,
    pub(super) start_words: Keyed,
    pub(super) patience: Option<Sampler>,
    pub(super) power: Option<PowerLaws>,
    pub(super) breakdowns: Option<BreakdownLaws>,
    /// For the discipline that leaves it to chance.
    pub(super) discipline_words: Sequence,
    /// Retries that are saved up, in millionths.
    pub(super) budget: u64,
}

/// What a balancer wants to know besides how many requests replicas have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wants {
    /// What requests are about.
    pub(super) keys: bool,
    /// How much work is left.
    pub(super) work: bool,
    /// How attempts end.
    pub(super) answers: bool,
}

/// The queue of a service whose replicas have none of their own.
#[derive(Debug)]
pub(super) struct Central {
    pub(super) line: Line,
    /// Replicas with a free place.
    pub(super) free: Free,
    /// Replicas that are switched off.
    pub(super) off: Free,
    /// Replicas that are being set up, in the order in which that began.
    pub(super) setting_up: Vec<StationId>,
}

/// How long replicas take to switch on and how long they stay on.
#[derive(Debug)]
pub(super) struct PowerLaws {
    pub(super) setup: Sampler,
    pub(super) setup_words: Keyed,
    pub(super) keep_alive: Sampler,
    pub(super) keep_alive_words: Keyed,
}

/// How long replicas last and how long they take to repair.
#[derive(Debug)]
pub(super) struct BreakdownLaws {
    pub(super) every: Sampler,
    pub(super) every_words: Keyed,
    pub(super) repair: Sampler,
    pub(super) repair_words: Keyed,
}

/// One endpoint.
#[derive(Debug)]
pub(super) struct Endpoint<'m> {
    pub(super) service: ServiceId,
    pub(super) service_time: Sampler,
    pub(super) cpu_time: Option<Sampler>,
    pub(super) calls: &'m [Vec<model::Call>],
    pub(super) submits: Option<Submits>,
    /// How long its messages take.
    pub(super) messages: Messages,
    /// Whether nothing follows its service time.
    pub(super) simple: bool,
}

impl<'m> Services<'m> {
    /// The services of a scenario; no replica runs yet. Where their steps are `traced`, all requests
    /// take the way that tells of them.
    pub fn new(model: &'m Model, streams: &Streams, traced: bool) -> Self {
        let ranks = ranks(model);
        let lowest = ranks.iter().map(|(rank, _)| *rank).max().unwrap_or(0);
        let mut stations = IdVec::new();
        let services = model.services.enumerate().map(|(id, service)| {
            let direct = !traced && direct::is_direct(model, id);
            let ranks = (lowest as usize + 1, direct);
            let scaling = Scaling::new(model, id);
            Service::new((id, scaling), service, ranks, &mut stations, streams)
        });
        let services = services.collect();
        let endpoints = model.endpoints.iter().map(|endpoint| Endpoint {
            service: endpoint.service,
            service_time: endpoint.service_time.sampler(),
            cpu_time: endpoint.cpu_time.as_ref().map(Distribution::sampler),
            calls: &endpoint.calls,
            submits: endpoint.submits,
            messages: Messages::of(endpoint, &model.services[endpoint.service].client),
            simple: direct::is_simple(endpoint),
        });
        let words = model.workloads.iter();
        let words = words.map(|workload| Words::new(streams, &workload.name));
        let keys = model.workloads.iter();
        let keys = keys.map(|workload| Keys::new(streams, workload));
        Self {
            model,
            services,
            stations,
            cores: Cores::new(model),
            endpoints: endpoints.collect(),
            attempts: Slab::new(),
            calls: Slab::new(),
            direct: Passings::default(),
            trips: Slab::new(),
            pools: Pools::default(),
            tickets: Tickets::default(),
            words: words.collect(),
            keys: keys.collect(),
            classes: ranks,
            serial: 0,
            starts: 0,
            ranks: lowest as usize + 1,
        }
    }

    /// Asks for the containers of all replicas.
    pub fn start(&mut self, kernel: &mut Kernel<'_>) {
        for id in self.model.services.ids() {
            if self.services[id].scaling.is_some() {
                self.start_scaling(id, kernel);
                continue;
            }
            for replica in self.services[id].stations.ids() {
                self.ask_container(id, replica, kernel);
            }
        }
    }

    /// The container of a replica runs.
    pub fn on_running(
        &mut self,
        (id, replica): (ServiceId, ReplicaId),
        speed: f64,
        kernel: &mut Kernel<'_>,
    ) {
        let service = &mut self.services[id];
        let station_id = service.stations[replica];
        let station = &mut self.stations[station_id];
        // One that is no longer wanted may have come to run at the instant of its release.
        if station.life != Life::Starting {
            return;
        }
        station.life = Life::Ready;
        station.incidents.served = false;
        station.speed = speed;
        station.backlog = Backlog::default();
        let now = kernel.now();
        let weight = service.weight(replica);
        service.balancer.added(replica, weight, now);
        let places = u64::from(service.concurrency);
        kernel.metrics.services[id].places.rise(now, places);
        kernel.metrics.services[id].replicas.rise(now, 1);
        self.enter_node(station_id);
        self.replica_step(station_id, ReplicaStep::Running, kernel);
        if self.services[id].power.is_some() {
            self.switch_off(station_id, kernel);
            self.settle(station_id, kernel);
        }
        // Its machine goes on breaking down as it did, whatever container is on it.
        if self.stations[station_id].incidents.starts == 1 {
            self.schedule_breakdown(station_id, kernel);
        }
        if self.services[id].direct {
            self.fill_directly(station_id, kernel);
        } else {
            self.fill(station_id, kernel);
        }
        self.started(id, station_id, kernel);
    }

    /// A request arrives from its workload.
    #[inline]
    pub fn on_send(&mut self, request: &Request, kernel: &mut Kernel<'_>) {
        let service = self.endpoints[request.endpoint].service;
        if self.services[service].direct {
            self.send_directly(service, request, kernel);
            return;
        }
        let root = Root {
            workload: request.workload,
            class: request.class,
            number: request.number,
            path: 0,
        };
        self.request(
            Origin::Workload,
            root,
            request.endpoint,
            request.work,
            kernel,
        );
    }
}

impl Services<'_> {
    /// Tells the balancer how an attempt ended that it picked the replica for.
    pub(super) fn answered(&mut self, picked: Picked, outcome: Outcome, kernel: &mut Kernel<'_>) {
        let service = &mut self.services[picked.service];
        if !(service.wants.answers && service.balanced) {
            return;
        }
        let now = kernel.now();
        let answer = Answer {
            now,
            latency: now - picked.sent,
            outcome,
        };
        let mut draw = self.words[picked.root.workload].routing(picked.root);
        let replica = self.stations[picked.station].replica;
        let ejected = service.balancer.answered(replica, answer, &mut draw);
        kernel.metrics.services[picked.service].ejected(ejected);
    }

    /// Tells the balancer that others are served now at a replica, if it wants to know.
    pub(super) fn turned(&mut self, station_id: StationId, kernel: &mut Kernel<'_>) {
        let station = &mut self.stations[station_id];
        let service = &mut self.services[station.service];
        if service.wants.work {
            service.changed(station, kernel.now(), Change::Turned);
        }
    }
}

/// An attempt for which a replica was picked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picked {
    pub(super) service: ServiceId,
    pub(super) station: StationId,
    pub(super) root: Root,
    pub(super) sent: Time,
}

impl Service {
    fn new(
        (id, scaling): (ServiceId, Option<Scaling>),
        spec: &model::Service,
        (ranks, direct): (usize, bool),
        stations: &mut IdVec<StationId, Station>,
        streams: &Streams,
    ) -> Self {
        let path = format!("services.{}", spec.name);
        let tracked = spec.breakdowns.is_some();
        let line = || {
            if direct {
                Line::direct()
            } else {
                Line::new(spec.discipline, ranks, tracked)
            }
        };
        let own = (0..spec.replicas).map(|number| {
            let replica = ReplicaId(number);
            stations.push(Station::new((id, replica), spec, line()))
        });
        let own = own.collect();
        let keyed = |purpose| streams.keyed(&path, purpose);
        let central = (spec.queue == QueueKind::Central).then(|| Central {
            line: line(),
            free: Free::default(),
            off: Free::default(),
            setting_up: Vec::new(),
        });
        Self {
            concurrency: spec.concurrency,
            queue_capacity: spec.queue_capacity,
            most_held: spec
                .memory_use
                .zip(spec.memory_limit)
                .and_then(|(memory, limit)| memory.most(limit))
                .unwrap_or(u32::MAX),
            cpu_limit: spec.cpu_limit,
            discipline: spec.discipline,
            client: spec.client,
            direct,
            plain: spec.client.is_plain(),
            // Otherwise the way counts too.
            timeout: spec.client.timeout.filter(|_| !spec.client.travels()),
            avoid: None,
            breaker: spec.client.breaker.map(Outstanding::new),
            bucket: spec.rate_limit.map(|limit| Box::new(Bucket::new(limit))),
            shedder: spec.shedding.map(|rule| {
                let replicas = central.as_ref().map_or(1, |_| spec.replicas);
                let places = spec.concurrency.saturating_mul(replicas);
                Box::new(Shedder::new(rule, places))
            }),
            balancer: Clients::new(
                spec.balancer,
                &spec.balancing,
                keyed(Purpose::Ring).word(0, 0),
            ),
            wants: Wants {
                keys: spec.balancer.looks_at_keys(),
                work: spec.balancer == BalancerKind::LeastWorkLeft,
                answers: spec.balancer.looks_at_answers()
                    || spec.balancing.view == BalancerView::Own
                    || spec.balancing.outlier_ejection.is_some(),
            },
            weights: spec.balancing.weights.clone(),
            mean_speed: (!spec.speeds.is_empty()).then(|| {
                let speeds = (0..spec.replicas.max(1)).map(|number| spec.speed(number));
                speeds.sum::<f64>() / f64::from(spec.replicas.max(1))
            }),
            balanced: (spec.replicas > 1 || scaling.is_some()) && central.is_none(),
            grace: spec.termination_grace,
            scaling,
            start_time: spec.start_time.sampler(),
            start_words: keyed(Purpose::StartTime),
            stations: own,
            central,
            patience: spec.patience.as_ref().map(Distribution::sampler),
            power: spec.setup.as_ref().map(|setup| PowerLaws {
                setup: setup.time.sampler(),
                setup_words: keyed(Purpose::Setup),
                keep_alive: setup.keep_alive.sampler(),
                keep_alive_words: keyed(Purpose::KeepAlive),
            }),
            breakdowns: spec.breakdowns.as_ref().map(|law| BreakdownLaws {
                every: law.every.sampler(),
                every_words: keyed(Purpose::Breakdown),
                repair: law.repair.sampler(),
                repair_words: keyed(Purpose::Repair),
            }),
            discipline_words: streams.sequence(&path, Purpose::Discipline),
            budget: spec
                .client
                .retries
                .and_then(|retries| retries.budget)
                .map_or(0, |budget| budget.burst),
        }
    }

    /// The station that an attempt goes to; `None` where no replica runs. In a central queue it may
    /// be nowhere yet.
    #[inline]
    pub(super) fn choose(
        &mut self,
        now: Time,
        draw: impl FnOnce() -> Draw,
        key: impl FnOnce() -> u64,
    ) -> Option<StationId> {
        if let Some(central) = &self.central {
            let free = central.free.first();
            return Some(free.map_or(NOWHERE, |number| self.stations[ReplicaId(number)]));
        }
        // With one replica there is nothing to draw; a keyed word that is not drawn shifts nothing.
        let mut draw = if self.balanced {
            draw()
        } else {
            Draw::new(Word(0))
        };
        let key = if self.wants.keys { key() } else { 0 };
        let replica = self.balancer.pick(View { now, key }, &mut draw)?;
        Some(self.stations[replica])
    }

    /// Tells the balancer what a replica has to do.
    #[inline]
    pub(super) fn changed(&mut self, station: &mut Station, now: Time, change: Change) {
        if !self.balanced || station.life != Life::Ready {
            return;
        }
        if self.wants.work {
            let serving = if self.discipline == DisciplineKind::ProcessorSharing {
                station.held.min(self.concurrency)
            } else {
                station.line.serving()
            };
            // What is broken down does nothing.
            let serving = if station.down { 0 } else { serving };
            station.backlog.change(now, change, serving);
        }
        self.balancer.changed(station.replica, station.load(now));
    }

    /// Service time as a replica takes it that divides it by `pace`.
    #[inline]
    pub(super) fn paced(&self, work: Duration, pace: f64) -> Duration {
        match self.mean_speed {
            None => work,
            Some(_) => Duration::from_seconds(work.seconds() / pace),
        }
    }

    /// The service time that an attempt asks for, at the mean speed of the replicas.
    #[inline]
    pub(super) fn offered(&self, work: Duration) -> Duration {
        match self.mean_speed {
            None => work,
            Some(speed) => Duration::from_seconds(work.seconds() / speed),
        }
    }

    /// The share of a replica.
    fn weight(&self, replica: ReplicaId) -> f64 {
        match self.weights.len() {
            0 => 1.0,
            count => self.weights[replica.0 as usize % count],
        }
    }

    /// Whose turn it is at a station.
    #[inline]
    pub(super) fn next(
        &mut self,
        station: &mut Station,
        attempts: &mut Attempts,
    ) -> Option<AttemptId> {
        let words = &mut self.discipline_words;
        let draw = || Draw::new(words.word());
        match &mut self.central {
            // A replica that goes takes nobody out of the queue of all.
            Some(_) if station.is_draining() => None,
            Some(central) => central.line.pop(attempts, draw),
            None => station.line.pop(attempts, draw),
        }
    }

    /// Where those wait who wait for this station.
    #[inline]
    pub(super) fn line<'a>(&'a mut self, station: &'a mut Station) -> &'a mut Line {
        match &mut self.central {
            Some(central) => &mut central.line,
            None => &mut station.line,
        }
    }

    /// Whether the station has a free place is known to the central queue.
    #[inline]
    pub(super) fn mark_free(&mut self, station: &Station) {
        if let Some(central) = &mut self.central {
            let free = station.has_free_place(self.concurrency) && !station.is_draining();
            central.free.set(station.replica.0, free);
        }
    }
}

/// By class: its position in the order of priorities, and its weight.
fn ranks(model: &Model) -> IdVec<ClassId, (u32, u32)> {
    let mut priorities: Vec<i32> = model.classes.iter().map(|class| class.priority).collect();
    priorities.sort_unstable();
    priorities.dedup();
    let classes = model.classes.iter().map(|class| {
        let below = priorities.partition_point(|priority| *priority <= class.priority);
        ((priorities.len() - below) as u32, class.weight)
    });
    classes.collect()
}
