//! How much is offered to services, as far as that is simple to say.

use super::Context;
use super::balancing::UNKNOWN;
use super::services::Services;
use crate::id::{EndpointId, IdVec, WorkloadId};
use crate::model::{Arrivals, BalancerKind, Workload};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::ScenarioSpec;

/// The loads that `min-queue` makes its shares for, where they are not given: those that the
/// workloads offer.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    workloads: &IdVec<WorkloadId, Workload>,
    services: &mut Services,
    context: &mut Context<'_>,
) {
    let unknown = BalancerKind::MinQueue { load: UNKNOWN };
    if services
        .templates
        .iter()
        .all(|service| service.balancer != unknown)
    {
        return;
    }
    let rates = arrival_rates(workloads, services);
    for (entity, id) in spec.services.iter().zip(services.templates.ids()) {
        let service = &services.templates[id];
        let Some(at) = entity
            .spec
            .balancer
            .as_ref()
            .filter(|_| service.balancer == unknown)
        else {
            continue;
        };
        let endpoints = service.endpoint_ids();
        let works = endpoints.map(|endpoint| {
            let mean = services.endpoints[endpoint].service_time.mean();
            rates[endpoint.0 as usize].map(|rate| rate * mean)
        });
        let work: Option<f64> = works.sum();
        let speed = if service.speeds.is_empty() {
            1.0
        } else {
            service.speeds.iter().sum::<f64>() / service.speeds.len() as f64
        };
        let places = f64::from(service.replicas) * f64::from(service.concurrency);
        // Where it is overloaded, the limit: shares in proportion to speeds.
        let load = work.map(|work| (work / (speed * places)).clamp(1e-6, 1.0 - 1e-6));
        match load {
            Some(load) => {
                services.templates[id].balancer = BalancerKind::MinQueue { load };
            }
            None => context.problem(
                Diagnostic::at(at.span, "`min-queue` needs to know the offered load")
                    .label("what arrives here has no simple mean rate")
                    .help("say what its shares are made for: `{ min-queue = { load = 0.8 } }`"),
            ),
        }
    }
}

/// Requests a second by endpoint, those of calls included and those of retries not; `None` where
/// some of them have no simple mean.
fn arrival_rates(workloads: &IdVec<WorkloadId, Workload>, services: &Services) -> Vec<Option<f64>> {
    let endpoints = &services.endpoints;
    let mut rates = vec![Some(0.0); endpoints.len()];
    for workload in workloads {
        let rate = match &workload.arrivals {
            Arrivals::Poisson { rate } => Some(rate.0),
            Arrivals::Renewal { interarrival } => Some(1.0 / interarrival.mean()),
            _ => None,
        };
        for endpoint in workload.endpoints() {
            let sum = &mut rates[endpoint.0 as usize];
            *sum = sum.zip(rate).map(|(sum, rate)| sum + rate);
        }
    }
    // There are no circles: who is called by nobody that is left comes next.
    let mut callers = vec![0; endpoints.len()];
    let calls = |endpoint: usize| {
        endpoints[EndpointId(endpoint as u32)]
            .calls
            .iter()
            .flatten()
    };
    for called in (0..endpoints.len()).flat_map(calls) {
        callers[called.endpoint.0 as usize] += 1;
    }
    let mut ready: Vec<usize> = (0..endpoints.len())
        .filter(|it| callers[*it] == 0)
        .collect();
    while let Some(endpoint) = ready.pop() {
        for call in calls(endpoint) {
            let called = call.endpoint.0 as usize;
            let both = rates[called].zip(rates[endpoint]);
            rates[called] = both.map(|(sum, rate)| sum + rate * call.probability);
            callers[called] -= 1;
            if callers[called] == 0 {
                ready.push(called);
            }
        }
    }
    rates
}
