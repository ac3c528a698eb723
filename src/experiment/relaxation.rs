//! Whether replications are long enough for what happens in them.
//!
//! A queue forgets its past over a relaxation time that grows fast with its load. For M/M/1 it is
//! (√μ − √λ)⁻² (J. Cohen, The Single Server Queue, 1982); other service times stretch it by
//! (1 + c²)/2, as they stretch the queue itself. Percentiles from replications of fewer than 250 of
//! them cover the truth less often than they say (measured on M/M/1 at a utilization of 0.8, 20
//! replications, p99: 91 % at 56 relaxation times, 94.5 % at 220, 95.5 % at 1100).

use super::results::{Doubt, Figure, Note};
use crate::id::ServiceId;
use crate::metrics::names::{STATISTICS, Statistic};
use crate::model::{BalancerKind, Horizon, Model, QueueKind, Service};
use crate::units::format;

/// Relaxation times that a replication should have.
const ENOUGH: f64 = 250.0;
/// Requests in a replication of which 200 lie above p99.
const TAIL: f64 = 20_000.0;
/// At a load this near to 1 there is no estimate that would help.
const HIGHEST: f64 = 0.99;

/// What is known of a service whose replications are too short for its load.
struct Short {
    /// Relaxation times in a replication.
    times: f64,
    /// One of them, in seconds.
    relaxation: f64,
    /// Requests in a replication.
    requests: f64,
}

/// A warning for each service whose replications are too short for its load.
pub(super) fn notes(model: &Model, figures: &[Figure]) -> Vec<Note> {
    let services = model.services.iter();
    services
        .filter_map(|service| note(model, service, &short(model, service, figures)?))
        .collect()
}

/// Marks the percentiles of each service whose replications are too short for its load, and of
/// the workloads that lead to it.
pub(super) fn mark(model: &Model, figures: &mut [Figure]) {
    let services = model.services.enumerate();
    let short: Vec<ServiceId> = services
        .filter(|(_, service)| short(model, service, figures).is_some())
        .map(|(id, _)| id)
        .collect();
    let is_short = |id: &ServiceId| short.contains(id);
    let of_services = short
        .iter()
        .map(|id| format!("services.{}.", model.services[*id].name));
    let workloads = model.workloads.iter().filter(|workload| {
        let mut endpoints = model.reached_by(workload).into_iter();
        endpoints.any(|id| is_short(&model.endpoints[id].service))
    });
    let of_workloads = workloads.map(|workload| format!("workloads.{}.", workload.name));
    let prefixes: Vec<String> = of_services.chain(of_workloads).collect();
    for figure in figures {
        let is_theirs = prefixes
            .iter()
            .any(|prefix| figure.metric.starts_with(prefix));
        if is_theirs
            && is_percentile(&figure.metric)
            && let Ok(estimate) = &mut figure.estimate
        {
            estimate.doubt = Some(Doubt::ShortReplications);
        }
    }
}

fn is_percentile(metric: &str) -> bool {
    let last = metric.rsplit_once('.').map_or("", |(_, last)| last);
    let mut statistics = STATISTICS.iter();
    statistics
        .any(|(name, statistic)| *name == last && matches!(statistic, Statistic::Percentile(_)))
}

fn short(model: &Model, service: &Service, figures: &[Figure]) -> Option<Short> {
    if matches!(model.run.horizon, Horizon::Terminating { .. }) {
        return None;
    }
    // Where waiting places or patience end, the queue forgets sooner; where replicas come and go,
    // its load does.
    let bounded = service.queue_capacity.is_some() || service.patience.is_some();
    if bounded || service.autoscale.is_some() {
        return None;
    }
    let mean = |quantity: &str| {
        let name = format!("services.{}.{quantity}", service.name);
        let figure = figures.iter().find(|figure| figure.metric == name)?;
        Some(figure.estimate.as_ref().ok()?.mean)
    };
    let load = mean("offered_load")?;
    let rate = mean("throughput")?;
    if !(0.0..HIGHEST).contains(&load) || rate <= 0.0 {
        return None;
    }
    let window = mean("completed")? / rate;
    let places = f64::from(service.replicas) * f64::from(service.concurrency);
    let service_time = load * places / rate;
    // Replicas that are chosen blindly are queues of their own.
    let blind = service.queue == QueueKind::PerReplica
        && matches!(
            service.balancer,
            BalancerKind::Random | BalancerKind::RoundRobin
        );
    let shared = if blind {
        f64::from(service.concurrency)
    } else {
        places
    };
    let idle = 1.0 - libm::sqrt(load);
    let relaxation = service_time * stretch(model, service) / (shared * idle * idle);
    let times = window / relaxation;
    (times < ENOUGH).then_some(Short {
        times,
        relaxation,
        requests: rate * window,
    })
}

fn note(model: &Model, service: &Service, short: &Short) -> Option<Note> {
    let Short {
        times,
        relaxation,
        requests,
    } = *short;
    let needed = match model.run.horizon {
        Horizon::Duration { .. } => format::seconds(ENOUGH * relaxation),
        Horizon::Requests { warmup, requests } => {
            let outcomes = (requests - warmup) as f64 / times * ENOUGH;
            format!("{} outcomes", format::number(outcomes.ceil()))
        }
        Horizon::Terminating { .. } => return None,
    };
    let tail = if requests / times * ENOUGH < TAIL {
        "; p99 needs 20,000 requests in each, too"
    } else {
        ""
    };
    Some(Note::Warning(format!(
        "services.{}: replications are short for its load: {times:.0} relaxation times of about {}; \
         percentiles and intervals can be relied on from 250 on, that is a window of {needed}{tail}",
        service.name,
        format::seconds(relaxation),
    )))
}

/// (1 + c²)/2 of its most variable endpoint.
fn stretch(model: &Model, service: &Service) -> f64 {
    let endpoints = service.endpoint_ids();
    let squares = endpoints.map(|id| {
        let cv = model.endpoints[id].service_time.cv().unwrap_or(10.0);
        cv * cv
    });
    f64::midpoint(1.0, squares.fold(0.0, f64::max))
}
