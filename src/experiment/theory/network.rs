//! Requests that visit several services: open networks, forks that join.
//!
//! The request goes to an endpoint that only passes it on; each group of its calls is one queue, or a
//! fork over equal queues. The queues themselves are compared one by one; here it is the time over all
//! of them, whose mean is the sum (Jackson 1957).

use super::assumptions::{Assumption, assume};
use super::closed;
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use super::streams::Streams;
use crate::id::{EndpointId, WorkloadId};
use crate::model::{Call, DisciplineKind, Model, Target};
use crate::theory::{ForkJoin, Mg1, MgInfinity, Mmc};

/// The models of a workload's requests: none where they do not call.
pub(super) fn candidates<'a>(
    model: &'a Model,
    streams: &Streams<'a>,
    id: WorkloadId,
) -> Vec<Candidate<'a>> {
    let Target::Endpoint(endpoint) = model.workloads[id].target else {
        return Vec::new();
    };
    let calls = &model.endpoints[endpoint].calls;
    if !calls.is_empty()
        && let Some(network) = closed::network(model, streams, id, endpoint)
    {
        return vec![network];
    }
    match &calls[..] {
        [] => Vec::new(),
        [group] if group.len() > 1 => vec![fork(model, streams, endpoint, group)],
        _ => vec![jackson(model, streams, endpoint)],
    }
}

/// The caller lets everybody pass.
fn passes(facts: &Facts<'_>) -> Vec<Assumption> {
    let places = facts.servers();
    vec![
        facts.poisson(),
        assume(
            "who calls has a place for everybody",
            facts.is_server_for_everybody(),
            format!("{places} places"),
        ),
        facts.plain_clients(),
    ]
}

/// The mean time at a queue that is called, where it is known.
fn latency(facts: &Facts<'_>) -> Option<f64> {
    if !facts.is_poisson() || !facts.departs_poisson() {
        return None;
    }
    let rate = facts.rate_of_queue();
    let service = facts.moments();
    if facts.service.concurrency == 1
        && matches!(
            facts.service.discipline,
            DisciplineKind::ProcessorSharing | DisciplineKind::LifoPreemptive
        )
    {
        let queue = Mg1 {
            arrival_rate: rate,
            service,
        };
        return Some(queue.sharing_latency());
    }
    if facts.exponential_mean().is_some() && facts.service.discipline == DisciplineKind::Fifo {
        let queue = Mmc {
            arrival_rate: rate,
            service_rate: 1.0 / service.mean,
            servers: facts.servers() / facts.queues() as u32,
        };
        return Some(queue.latency());
    }
    let everybody = MgInfinity {
        arrival_rate: rate,
        service,
    };
    (everybody.exceeds(facts.servers().saturating_sub(1)) < 1e-9).then_some(service.mean)
}

/// Queues one after the other.
fn jackson<'a>(model: &'a Model, streams: &Streams<'a>, endpoint: EndpointId) -> Candidate<'a> {
    let spec = &model.endpoints[endpoint];
    let front = Facts::new(model, spec.service, streams.at(spec.service));
    let mut assumptions = passes(&front);
    let mut total = Some(spec.service_time.mean());
    let mut unknown = None;
    let mut forks = false;
    for group in &spec.calls {
        let [call] = &group[..] else {
            forks = true;
            continue;
        };
        let service = model.endpoints[call.endpoint].service;
        let facts = Facts::new(model, service, streams.at(service));
        let time = latency(&facts);
        if time.is_none() && unknown.is_none() {
            let name = &facts.service.name;
            unknown = Some(format!("not `{name}`: {}", facts.stream.why));
        }
        total = total
            .zip(time)
            .map(|(sum, time)| sum + call.probability * time);
    }
    assumptions.push(assume(
        "one call after the other",
        !forks,
        if forks {
            "some are made at once"
        } else {
            "no fan-out"
        },
    ));
    assumptions.push(assume(
        "each queue is M/M/c, shared or a server for everybody, with Poisson arrivals",
        unknown.is_none(),
        unknown.unwrap_or_else(|| "all of them".to_owned()),
    ));
    Candidate {
        name: "open network of queues".to_owned(),
        source: "Jackson, Operations Research 5 (1957); Burke (1956)",
        label: Label::Exact,
        assumptions,
        predict: Box::new(move || Predictions::exact(total.map(|total| ("latency.mean", total)))),
    }
}

/// All calls at once.
fn fork<'a>(
    model: &'a Model,
    streams: &Streams<'a>,
    endpoint: EndpointId,
    group: &'a [Call],
) -> Candidate<'a> {
    let spec = &model.endpoints[endpoint];
    let front = Facts::new(model, spec.service, streams.at(spec.service));
    let mut assumptions = passes(&front);
    let branches: Vec<Facts<'a>> = group
        .iter()
        .map(|call| {
            let service = model.endpoints[call.endpoint].service;
            Facts::new(model, service, streams.at(service))
        })
        .collect();
    let rate = streams.rate(endpoint).unwrap_or(f64::NAN);
    let first = &branches[0];
    let mean = first.exponential_mean();
    let equal = branches.iter().zip(group).all(|(branch, call)| {
        let same = branch.exponential_mean().zip(mean);
        branch.servers() == 1
            && branch.departs_poisson()
            && call.probability >= 1.0
            && (branch.rate() / rate - 1.0).abs() < 1e-9
            && same.is_some_and(|(a, b)| (a / b - 1.0).abs() < 1e-9)
    });
    let mut services: Vec<_> = branches.iter().map(|branch| branch.id).collect();
    services.sort();
    services.dedup();
    let equal = equal && services.len() == branches.len();
    assumptions.push(assume(
        "equal M/M/1 branches that nobody else uses, called every time",
        equal,
        format!("{} branches", branches.len()),
    ));
    assumptions.push(first.stable());
    assumptions.push(first.stationary());
    let count = branches.len() as u32;
    let system = ForkJoin {
        arrival_rate: rate,
        service_rate: 1.0 / mean.unwrap_or(f64::NAN),
        branches: count,
    };
    let label = if system.is_exact() {
        Label::Exact
    } else {
        Label::Approximation
    };
    let before = spec.service_time.mean();
    Candidate {
        name: format!("fork and join of {count}"),
        source: "Flatto and Hahn (1984); Nelson and Tantawi, IEEE TC 37 (1988)",
        label,
        assumptions,
        predict: Box::new(move || {
            let mut predictions = Predictions::default();
            let (low, high) = (system.latency_lower_bound(), system.latency_upper_bound());
            predictions.add(label, [("latency.mean", before + system.latency())]);
            predictions.add(Label::LowerBound, [("latency.mean", before + low)]);
            predictions.add(Label::UpperBound, [("latency.mean", before + high)]);
            predictions
        }),
    }
}
