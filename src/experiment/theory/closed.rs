//! Finite populations: users who wait for their answer before they send again.

use super::assumptions::{Assumption, assume};
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use super::streams::Streams;
use crate::id::{EndpointId, ServiceId, WorkloadId};
use crate::model::{Arrivals, DisciplineKind as D, Model, Target, Workload};
use crate::random::Distribution;
use crate::theory::{ClosedClass, MachineRepair, mva};

/// Users and their think time, of a closed workload.
fn users(workload: &Workload) -> Option<(u32, &Distribution)> {
    if let Arrivals::Closed { users, think_time } = &workload.arrivals {
        Some((*users, think_time))
    } else {
        None
    }
}

/// The only workload that reaches a service, if nothing else calls it.
fn alone(model: &Model, service: ServiceId) -> Option<&Workload> {
    let mut sent = model.workloads.iter().filter(|workload| {
        matches!(workload.target, Target::Endpoint(to) if model.endpoints[to].service == service)
    });
    let workload = sent.next()?;
    let called = model.endpoints.iter().any(|endpoint| {
        let mut calls = endpoint.calls.iter().flatten();
        calls.any(|call| model.endpoints[call.endpoint].service == service)
    });
    (sent.next().is_none() && !called).then_some(workload)
}

/// One station and its users.
pub(super) fn machine_repair<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let population = alone(facts.model, facts.id).and_then(users);
    let (count, think) = population.map_or((0, f64::NAN), |(users, think)| (users, think.mean()));
    let finite = assume(
        "a finite population, and nothing else arrives",
        population.is_some_and(|(_, think)| think.mean() > 0.0),
        population.map_or_else(
            || "arrivals do not wait for answers".to_owned(),
            |(users, _)| format!("{users} users"),
        ),
    );
    let servers = facts.servers() / facts.queues() as u32;
    Candidate {
        name: format!("M/M/{servers}//{count}"),
        source: "machine repair: Gross and Harris, Queueing Theory, section 2.7",
        label: Label::Exact,
        assumptions: vec![
            finite,
            facts.exponential(),
            facts.first_in_first_out(),
            facts.single_group(),
            facts.unbounded(),
            facts.patient(),
            facts.always_on(),
            facts.fixed_replicas(),
            facts.plain_clients(),
            facts.only_service(),
        ],
        predict: Box::new(move || {
            let system = MachineRepair {
                users: count,
                think_time: think,
                service_rate: 1.0 / facts.moments().mean,
                servers,
            };
            let mut predictions = Predictions::exact([
                ("throughput", system.throughput()),
                ("utilization", system.utilization()),
                ("wait.mean", system.wait()),
                ("latency.mean", system.latency()),
                ("in_system", system.in_system()),
            ]);
            if matches!(population, Some((_, Distribution::Exponential { .. }))) {
                let variance = system.chain().asymptotic_variance();
                predictions.in_system = Some((system.in_system(), variance));
            }
            predictions
        }),
    }
}

impl Facts<'_> {
    /// One queue for all: a random split of a finite population is another model.
    fn single_group(&self) -> Assumption {
        assume(
            "all servers behind one queue",
            self.is_one_queue(),
            format!("{} servers", self.servers()),
        )
    }
}

/// Users whose requests visit several stations.
pub(super) fn network<'a>(
    model: &'a Model,
    streams: &Streams<'a>,
    id: WorkloadId,
    endpoint: EndpointId,
) -> Option<Candidate<'a>> {
    let (count, think) = users(&model.workloads[id])?;
    let spec = &model.endpoints[endpoint];
    let front = Facts::new(model, spec.service, streams.at(spec.service));
    let only = model.workloads.len() == 1;
    let mut demands: Vec<(ServiceId, f64)> = Vec::new();
    let mut unknown = None;
    for group in &spec.calls {
        for call in group {
            let service = model.endpoints[call.endpoint].service;
            let facts = Facts::new(model, service, streams.at(service));
            let known = group.len() == 1 && is_station(&facts);
            if !known && unknown.is_none() {
                unknown = Some(format!("not `{}`", facts.service.name));
            }
            let demand = call.probability * facts.moments().mean;
            match demands.iter_mut().find(|(known, _)| *known == service) {
                Some((_, sum)) => *sum += demand,
                None => demands.push((service, demand)),
            }
        }
    }
    let fewest = front.servers() >= count;
    let why = unknown.clone().unwrap_or_else(|| "all of them".to_owned());
    let assumptions = vec![
        assume(
            "a finite population, and nothing else arrives",
            only,
            format!("{count} users"),
        ),
        assume(
            "who calls has a place for everybody",
            fewest && front.is_always_on(),
            format!("{} places", front.servers()),
        ),
        front.plain_clients(),
        assume(
            "one call after the other, each to one server that is M/M/1 or shared",
            unknown.is_none(),
            why,
        ),
    ];
    let before = spec.service_time.mean();
    let class = ClosedClass {
        users: count,
        think_time: think.mean() + before,
        demands: demands.iter().map(|(_, demand)| *demand).collect(),
    };
    Some(Candidate {
        name: format!("closed network of {} queues", demands.len()),
        source: "mean value analysis: Reiser and Lavenberg, Journal of the ACM 27 (1980)",
        label: Label::Exact,
        assumptions,
        predict: Box::new(move || {
            let stations = class.demands.len();
            let network = mva(std::slice::from_ref(&class), stations);
            Predictions::exact(
                network.map(|network| ("latency.mean", before + network.latencies[0])),
            )
        }),
    })
}

/// Whether a station has a product form: whatever arrives.
fn is_station(facts: &Facts<'_>) -> bool {
    let shared = matches!(
        facts.service.discipline,
        D::ProcessorSharing | D::LifoPreemptive
    );
    let exponential = facts.exponential_mean().is_some() && facts.service.discipline == D::Fifo;
    facts.servers() == 1
        && (shared || exponential)
        && facts.service.queue_capacity.is_none()
        && facts.service.patience.is_none()
        && facts.is_always_on()
        && facts.service.takes_plain_requests()
        && facts.is_only_service()
}
