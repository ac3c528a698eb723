//! A service in the words of queueing theory.

use super::streams::{Stream, StreamLaw};
use crate::id::{ClassId, ServiceId};
use crate::model::{BalancerKind, DisciplineKind, Model, QueueKind, Service, Target};
use crate::random::Distribution;
use crate::theory::{MgInfinity, Moments, Points};

/// A station whose places are all taken less often than this is a server for everybody.
const NEVER: f64 = 1e-9;

/// A service as a queueing station.
pub(super) struct Facts<'a> {
    pub(super) model: &'a Model,
    pub(super) id: ServiceId,
    pub(super) service: &'a Service,
    pub(super) stream: Stream,
    /// Each endpoint's share of requests and the law of its service time.
    pub(super) work: Vec<(f64, &'a Distribution)>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(model: &'a Model, id: ServiceId, stream: Stream) -> Self {
        let service = &model.services[id];
        let mut facts = Self {
            model,
            id,
            service,
            stream,
            work: Vec::new(),
        };
        let shares = facts.shares();
        let laws = service
            .endpoint_ids()
            .map(|endpoint| &model.endpoints[endpoint].service_time);
        facts.work = shares.into_iter().zip(laws).collect();
        facts
    }

    /// The share of requests that go to each endpoint; equal where rates are not known.
    fn shares(&self) -> Vec<f64> {
        let rates = super::streams::Streams::new(self.model);
        let rates: Vec<Option<f64>> = self
            .service
            .endpoint_ids()
            .map(|endpoint| rates.rate(endpoint))
            .collect();
        let total: Option<f64> = rates.iter().copied().sum();
        let equal = 1.0 / rates.len() as f64;
        rates
            .iter()
            .map(|rate| match (rate, total) {
                (Some(rate), Some(total)) if total > 0.0 => rate / total,
                _ => equal,
            })
            .collect()
    }

    /// Requests per second; not a number where the scenario does not say.
    pub(super) fn rate(&self) -> f64 {
        self.stream.rate.unwrap_or(f64::NAN)
    }

    /// Moments of the service time over all endpoints.
    pub(super) fn moments(&self) -> Moments {
        let (mut mean, mut square) = (0.0, 0.0);
        for (share, law) in &self.work {
            if *share > 0.0 {
                mean += share * law.mean();
                square += share * second_moment(law);
            }
        }
        Moments { mean, square }
    }

    /// The law of the service time over all endpoints.
    pub(super) fn points(&self) -> Points {
        Points::mixture(&self.work)
    }

    /// The mean service time, if every request's is exponential with it.
    pub(super) fn exponential_mean(&self) -> Option<f64> {
        self.common(|law| match law {
            Distribution::Exponential { mean } | Distribution::Erlang { k: 1, mean } => Some(*mean),
            _ => None,
        })
    }

    /// The service time, if it is the same for every request.
    pub(super) fn constant(&self) -> Option<f64> {
        self.common(|law| match law {
            Distribution::Constant { value } => Some(*value),
            _ => None,
        })
    }

    /// What `of` says of all laws that are in use, if it is the same for all.
    fn common(&self, of: impl Fn(&Distribution) -> Option<f64>) -> Option<f64> {
        let mut values = self
            .work
            .iter()
            .filter(|(share, _)| *share > 0.0)
            .map(|(_, law)| of(law));
        let first = values.next()??;
        values
            .all(|value| value.is_some_and(|value| (value / first - 1.0).abs() < 1e-12))
            .then_some(first)
    }

    /// Places of all replicas.
    pub(super) fn servers(&self) -> u32 {
        self.service
            .replicas
            .saturating_mul(self.service.concurrency)
    }

    /// Whether all places stand behind one queue.
    pub(super) fn is_one_queue(&self) -> bool {
        self.service.replicas == 1 || self.service.queue == QueueKind::Central
    }

    /// Whether each replica gets a part of the stream that is drawn at random.
    pub(super) fn is_split_at_random(&self) -> bool {
        matches!(self.service.balancer, BalancerKind::Random) && self.service.is_plainly_balanced()
    }

    /// Work that arrives per second over what can be done per second.
    pub(super) fn load(&self) -> f64 {
        self.rate() * self.moments().mean / f64::from(self.servers())
    }

    /// Whether requests hold places for their service time alone.
    pub(super) fn is_only_service(&self) -> bool {
        let plain = |endpoint| {
            let spec = &self.model.endpoints[endpoint];
            spec.cpu_time.is_none() && spec.calls.is_empty() && spec.submits.is_none()
        };
        self.service.speeds.is_empty() && self.service.endpoint_ids().all(plain)
    }

    /// Whether a replica is there from the start and stays.
    pub(super) fn is_always_on(&self) -> bool {
        let service = self.service;
        let stays = service.setup.is_none() && service.breakdowns.is_none();
        stays && service.autoscale.is_none() && self.lost_by().is_none()
    }

    /// Whether nearly nobody ever finds all places of its queue taken: a caller holds its place for
    /// as long as the called answer, so that its places should be many.
    pub(super) fn is_server_for_everybody(&self) -> bool {
        let here = self.moments().mean;
        // What answers take is not known here; ten thousand places for each that is held by
        // service alone, and at least a thousand, are as good as no limit.
        let held = self.rate() * here;
        let places = f64::from(self.servers());
        let only_service = self.is_only_service();
        let enough = if only_service {
            let busy = MgInfinity {
                arrival_rate: self.rate(),
                service: self.moments(),
            };
            busy.exceeds(self.servers().saturating_sub(1)) < NEVER
        } else {
            places >= 1000.0 && places >= 1e4 * held
        };
        enough && self.is_always_on() && self.service.patience.is_none()
    }

    /// Whether departures are Poisson if arrivals are.
    pub(super) fn departs_poisson(&self) -> bool {
        let service = self.service;
        let lossless = service.queue_capacity.is_none()
            && service.patience.is_none()
            && self.is_always_on()
            && service.takes_plain_requests()
            && self.is_only_service();
        let queues = self.is_one_queue() || self.is_split_at_random();
        let law = match service.discipline {
            DisciplineKind::Fifo => self.exponential_mean().is_some(),
            DisciplineKind::ProcessorSharing | DisciplineKind::LifoPreemptive => {
                service.concurrency == 1 || self.exponential_mean().is_some()
            }
            _ => false,
        };
        lossless && queues && (law || self.is_server_for_everybody()) && self.load() < 1.0
    }

    /// Classes with their rates, highest priority first, if all requests come from workloads with
    /// known rates; classes of one priority are one.
    pub(super) fn classes(&self) -> Option<Vec<ClassFacts<'a>>> {
        let mut classes: Vec<ClassFacts<'a>> = Vec::new();
        for workload in &self.model.workloads {
            let Target::Endpoint(endpoint) = workload.target else {
                continue;
            };
            let spec = &self.model.endpoints[endpoint];
            if spec.service != self.id {
                continue;
            }
            let crate::model::Arrivals::Poisson { rate } = workload.arrivals else {
                return None;
            };
            classes.push(ClassFacts {
                class: workload.class,
                name: &self.model.classes[workload.class].name,
                priority: self.model.classes[workload.class].priority,
                rate: rate.0,
                service: Moments {
                    mean: spec.service_time.mean(),
                    square: second_moment(&spec.service_time),
                },
            });
        }
        // By priority, then by class: workloads of one class become one.
        classes.sort_by_key(|class| (std::cmp::Reverse(class.priority), class.class));
        classes.dedup_by(|later, first| {
            let same = later.class == first.class;
            if same {
                let rate = first.rate + later.rate;
                let mix = |a: f64, b: f64| (first.rate * a + later.rate * b) / rate;
                first.service = Moments {
                    mean: mix(first.service.mean, later.service.mean),
                    square: mix(first.service.square, later.service.square),
                };
                first.rate = rate;
            }
            same
        });
        let distinct = classes
            .windows(2)
            .all(|pair| pair[0].priority != pair[1].priority);
        (distinct && !classes.is_empty()).then_some(classes)
    }

    /// Whether arrivals are Poisson.
    pub(super) fn is_poisson(&self) -> bool {
        matches!(self.stream.law, StreamLaw::Poisson)
    }
}

/// What a class brings to a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClassFacts<'a> {
    pub(super) class: ClassId,
    pub(super) name: &'a str,
    pub(super) priority: i32,
    pub(super) rate: f64,
    pub(super) service: Moments,
}

/// E S²; infinite where it is.
pub(super) fn second_moment(law: &Distribution) -> f64 {
    let mean = law.mean();
    law.variance()
        .map_or(f64::INFINITY, |variance| variance + mean * mean)
}
