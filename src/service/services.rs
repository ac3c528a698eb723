//! The state of all services, and the life of a request.

use super::replica::{Admission, Replica};
use crate::effect::{Caller, ContainerRequest, Effect, Owner, Request};
use crate::event::Event;
use crate::id::{AttemptId, EndpointId, IdVec, ReplicaId, ServiceId, Slab, WorkloadId};
use crate::kernel::Kernel;
use crate::metrics::ServiceMeter;
use crate::model::{Model, Submits};
use crate::policy::balancing::{Balancer, balancer};
use crate::random::{Draw, Keyed, Purpose, Sampler, Streams, Word};
use crate::record::{Outcome, Record};
use crate::units::{Duration, Time};

/// All services.
#[derive(Debug)]
pub struct Services<'m> {
    model: &'m Model,
    services: IdVec<ServiceId, Service>,
    endpoints: IdVec<EndpointId, Endpoint>,
    attempts: Slab<AttemptId, Attempt>,
    /// By workload: the words that its requests are routed by.
    routing: IdVec<WorkloadId, Keyed>,
}

#[derive(Debug)]
struct Service {
    concurrency: u32,
    balancer: Box<dyn Balancer>,
    /// Whether there is more than one replica to choose from.
    balanced: bool,
    /// By number; `None` while its container does not run.
    replicas: IdVec<ReplicaId, Option<Replica>>,
}

#[derive(Debug)]
struct Endpoint {
    service: ServiceId,
    service_time: Sampler,
    submits: Option<Submits>,
}

/// A request that is present.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    request: Request,
    service: ServiceId,
    replica: ReplicaId,
    arrived: Time,
    /// When it got its place.
    started: Option<Time>,
    /// Its service time.
    work: Duration,
}

impl<'m> Services<'m> {
    /// The services of a scenario; no replica runs yet.
    pub fn new(model: &'m Model, streams: &Streams) -> Self {
        let services = model.services.iter().map(|service| Service {
            concurrency: service.concurrency,
            balancer: balancer(service.balancer, service.replicas),
            balanced: service.replicas > 1,
            replicas: (0..service.replicas).map(|_| None).collect(),
        });
        let endpoints = model.endpoints.iter().map(|endpoint| Endpoint {
            service: endpoint.service,
            service_time: endpoint.service_time.sampler(),
            submits: endpoint.submits,
        });
        let routing = model.workloads.iter().map(|workload| {
            streams.keyed(&format!("workloads.{}", workload.name), Purpose::Routing)
        });
        Self {
            model,
            services: services.collect(),
            endpoints: endpoints.collect(),
            attempts: Slab::new(),
            routing: routing.collect(),
        }
    }

    /// Asks for the containers of all replicas.
    pub fn start(&mut self, kernel: &mut Kernel<'_>) {
        for (id, service) in self.model.services.enumerate() {
            let path = format!("services.{}", service.name);
            let stream = kernel.streams.keyed(&path, Purpose::StartTime);
            let start_time = service.start_time.sampler();
            for replica in self.services[id].replicas.ids() {
                let word = stream.word(u64::from(replica.0), 0);
                let request = ContainerRequest {
                    resources: service.requests,
                    image: service.image,
                    start_time: start_time.duration(word),
                };
                kernel.push(Effect::Place {
                    owner: Owner::Replica(id, replica),
                    request,
                });
            }
        }
    }

    /// The container of a replica runs.
    pub fn on_running(&mut self, id: ServiceId, replica: ReplicaId, kernel: &mut Kernel<'_>) {
        let service = &mut self.services[id];
        service.replicas[replica] = Some(Replica::default());
        service.balancer.added(replica);
        let places = u64::from(service.concurrency);
        let now = kernel.now();
        kernel.metrics.services[id].places.rise(now, places);
    }

    /// A request arrives.
    #[inline]
    pub fn on_send(&mut self, request: Request, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let workload = request.workload;
        let endpoint = &self.endpoints[request.endpoint];
        let work = endpoint.service_time.duration(request.work);
        kernel.record(&Record::RequestArrived { workload, work });
        let id = endpoint.service;
        let service = &mut self.services[id];
        let Some((replica_id, replica)) = service.pick(&self.routing[workload], request.number)
        else {
            refuse(workload, Outcome::Failed, kernel);
            return;
        };
        let spec = &self.model.services[id];
        let admission = replica.admission(spec.concurrency, spec.queue_capacity);
        if admission == Admission::Refuse {
            refuse(workload, Outcome::Rejected, kernel);
            return;
        }
        let started = (admission == Admission::Place).then_some(now);
        let attempt = Attempt {
            request,
            service: id,
            replica: replica_id,
            arrived: now,
            started,
            work,
        };
        let attempt = self.attempts.insert(attempt);
        let meter = &mut kernel.metrics.services[id];
        meter.in_system.rise(now, 1);
        if admission == Admission::Place {
            replica.held += 1;
            meter.held.rise(now, 1);
            kernel.schedule_after(work, Event::Served(attempt));
        } else {
            replica.queue.push_back(attempt);
            meter.queue_length.rise(now, 1);
        }
        let in_system = replica.in_system();
        service.changed(replica_id, in_system);
    }

    /// The service time of a request is over.
    #[inline]
    pub fn on_served(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let endpoint = self.attempts[id].request.endpoint;
        match self.endpoints[endpoint].submits {
            None => self.complete(id, kernel),
            Some(Submits { app, wait: true }) => {
                kernel.push(Effect::Submit {
                    app,
                    caller: Caller::Attempt(id),
                });
            }
            Some(Submits { app, wait: false }) => {
                kernel.push(Effect::Submit {
                    app,
                    caller: Caller::Nobody,
                });
                self.complete(id, kernel);
            }
        }
    }

    /// The application that a request waited for has ended.
    pub fn on_application_ended(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        self.complete(id, kernel);
    }

    /// A request is done: its place goes to the next.
    #[inline]
    fn complete(&mut self, id: AttemptId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = self.attempts.remove(id);
        let workload = attempt.request.workload;
        let service = &mut self.services[attempt.service];
        let meter = &mut kernel.metrics.services[attempt.service];
        meter.in_system.fall(now, 1);
        let Some(replica) = &mut service.replicas[attempt.replica] else {
            panic!(
                "{:?} of {:?} served without running",
                attempt.replica, attempt.service
            )
        };
        if let Some(next) = replica.queue.pop_front() {
            meter.queue_length.fall(now, 1);
            let next_attempt = &mut self.attempts[next];
            next_attempt.started = Some(now);
            let work = next_attempt.work;
            kernel.schedule_after(work, Event::Served(next));
        } else {
            replica.held -= 1;
            meter.held.fall(now, 1);
        }
        let in_system = replica.in_system();
        service.changed(attempt.replica, in_system);
        kernel.record(&Record::RequestEnded {
            workload,
            outcome: Outcome::Completed,
            arrived: attempt.arrived,
            started: attempt.started,
            ended: now,
        });
        kernel.push(Effect::Answered { workload });
    }

    /// Books the time that present requests have been here, so that the audit can be exact.
    pub fn book_present(&self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let window_start = kernel.metrics.window_start;
        for (_, attempt) in self.attempts.enumerate() {
            let cell = &mut kernel.metrics.cells[attempt.request.workload];
            cell.present(window_start, attempt.arrived, attempt.started, now);
        }
    }

    /// What does not add up, for the audit; after [`Self::book_present`].
    pub fn breaches(&self, kernel: &Kernel<'_>) -> Vec<String> {
        let mut breaches = Vec::new();
        for (id, service) in self.services.enumerate() {
            let name = &self.model.services[id].name;
            let meter: &ServiceMeter = &kernel.metrics.services[id];
            let running = || service.replicas.iter().flatten();
            let held: u64 = running().map(|replica| u64::from(replica.held)).sum();
            let waiting: u64 = running().map(|replica| replica.queue.len() as u64).sum();
            let present = self
                .attempts
                .enumerate()
                .filter(|(_, a)| a.service == id)
                .count();
            let idle = running().any(|r| r.held < service.concurrency && !r.queue.is_empty());
            for (what, level, counted) in [
                ("held places", meter.held.now(), held),
                ("waiting requests", meter.queue_length.now(), waiting),
                ("requests in system", meter.in_system.now(), held + waiting),
                ("requests in system", present as u64, held + waiting),
                ("replicas with a free place and a queue", u64::from(idle), 0),
            ] {
                if level != counted {
                    breaches.push(format!("services.{name}: {what}: {level} is not {counted}"));
                }
            }
        }
        breaches
    }
}

impl Service {
    /// The replica for a request, and its state.
    #[inline]
    fn pick(&mut self, routing: &Keyed, number: u64) -> Option<(ReplicaId, &mut Replica)> {
        // With one replica there is nothing to draw; a keyed word that is not drawn shifts nothing.
        let word = if self.balanced {
            routing.word(number, 0)
        } else {
            Word(0)
        };
        let id = self.balancer.pick(&mut Draw::new(word))?;
        self.replicas[id].as_mut().map(|replica| (id, replica))
    }

    #[inline]
    fn changed(&mut self, replica: ReplicaId, in_system: u32) {
        if self.balanced {
            self.balancer.changed(replica, in_system);
        }
    }
}

/// Ends a request that never got in.
fn refuse(workload: WorkloadId, outcome: Outcome, kernel: &mut Kernel<'_>) {
    let now = kernel.now();
    let record = Record::RequestEnded {
        workload,
        outcome,
        arrived: now,
        started: None,
        ended: now,
    };
    kernel.record(&record);
    kernel.push(Effect::Answered { workload });
}
