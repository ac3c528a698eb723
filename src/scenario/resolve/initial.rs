//! `run.initial = "stationary"`: for each service the law that the number in system is drawn from,
//! or why it is not known.

use super::Context;
use crate::id::{EndpointId, IdVec, ServiceId, WorkloadId};
use crate::model::{
    Arrivals, DisciplineKind, Endpoint, Horizon, QueueKind, Run, Service, Stationary, Workload,
};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{InitialKind, RunSpec};

/// Nearer to overload the law is too wide to be of use.
const HIGHEST_LOAD: f64 = 0.9999;
/// More places in a limited room than this are not looked at.
const LARGEST_ROOM: u64 = 1_000_000;

/// What the rest of the scenario says.
pub(crate) struct Surroundings<'a> {
    pub(crate) run: &'a Run,
    pub(crate) has_nodes: bool,
    pub(crate) endpoints: &'a IdVec<EndpointId, Endpoint>,
    pub(crate) workloads: &'a IdVec<WorkloadId, Workload>,
}

/// Gives every service that requests go to its law, if the run is to begin with it.
pub(crate) fn resolve(
    spec: Option<&Located<RunSpec>>,
    services: &mut IdVec<ServiceId, Service>,
    around: &Surroundings<'_>,
    context: &mut Context<'_>,
) {
    let Some(initial) = spec.and_then(|run| run.initial.as_ref()) else {
        return;
    };
    if initial.value.0 == InitialKind::Empty {
        return;
    }
    if matches!(around.run.horizon, Horizon::Terminating { .. }) {
        context.problem(
            Diagnostic::at(initial.span, "a terminating run begins empty")
                .label("it would have to end with requests that it did not begin with")
                .help("leave out `initial` or `horizon`"),
        );
        return;
    }
    for id in services.ids() {
        match law(id, &services[id], around) {
            Ok(law) => services[id].initial = law,
            Err(why) => context.problem(
                Diagnostic::at(
                    initial.span,
                    format!(
                        "no stationary law is known for `services.{}`",
                        services[id].name
                    ),
                )
                .label(why)
                .help(
                    "it is known for M/M/c and M/M/c/K; otherwise begin empty, with a warm-up \
                     that the Welch plot shows to be long enough",
                ),
            ),
        }
    }
}

/// The law of a service; `None`: nothing is sent there.
fn law(
    id: ServiceId,
    service: &Service,
    around: &Surroundings<'_>,
) -> Result<Option<Stationary>, String> {
    let own = |endpoint: EndpointId| around.endpoints[endpoint].service == id;
    let calls = around
        .endpoints
        .iter()
        .flat_map(|one| one.calls.iter().flatten());
    if calls.map(|call| call.endpoint).any(own) {
        return Err("other services call it".to_owned());
    }
    let mut rate = 0.0;
    for workload in around.workloads {
        if !workload.endpoints().into_iter().any(own) {
            continue;
        }
        let Arrivals::Poisson { rate: own } = workload.arrivals else {
            let name = &workload.name;
            return Err(format!(
                "the arrivals of `workloads.{name}` are not Poisson"
            ));
        };
        rate += own.0;
    }
    if rate <= 0.0 {
        return Ok(None);
    }
    let mean = service_time(service, around)?;
    if let Some(why) = unusual(service, around) {
        return Err(why.to_owned());
    }
    let servers = match service.queue {
        QueueKind::Central => u64::from(service.replicas) * u64::from(service.concurrency),
        QueueKind::PerReplica => u64::from(service.concurrency),
    };
    let capacity = service
        .queue_capacity
        .map(|queue| servers + u64::from(queue));
    let load = rate * mean;
    if capacity.is_none() && load >= HIGHEST_LOAD * servers as f64 {
        let share = load / servers as f64;
        return Err(format!(
            "at an offered load of {share:.3} × capacity it has none"
        ));
    }
    if capacity.is_some_and(|capacity| LARGEST_ROOM < capacity) {
        return Err(format!("it has room for more than {LARGEST_ROOM} requests"));
    }
    Ok(Some(Stationary {
        load,
        servers,
        capacity,
    }))
}

/// The mean of the one exponential service time.
fn service_time(service: &Service, around: &Surroundings<'_>) -> Result<f64, String> {
    let mut means = Vec::new();
    for id in service.endpoint_ids() {
        let endpoint = &around.endpoints[id];
        let plain =
            endpoint.cpu_time.is_none() && endpoint.calls.is_empty() && endpoint.submits.is_none();
        match endpoint.service_time {
            Distribution::Exponential { mean } if plain => means.push(mean),
            _ if !plain => return Err("its requests do more than hold a place".to_owned()),
            _ => return Err("its service times are not exponential".to_owned()),
        }
    }
    let first = means.first().copied().unwrap_or(0.0);
    if means.iter().any(|mean| mean.total_cmp(&first).is_ne()) {
        return Err("its endpoints have different service times".to_owned());
    }
    Ok(first)
}

/// What makes it more than servers and a queue.
fn unusual(service: &Service, around: &Surroundings<'_>) -> Option<&'static str> {
    let at_once = matches!(service.start_time, Distribution::Constant { value } if value <= 0.0);
    let several = service.queue == QueueKind::PerReplica && service.replicas > 1;
    let by_number = matches!(
        service.discipline,
        DisciplineKind::Fifo
            | DisciplineKind::Lifo
            | DisciplineKind::LifoPreemptive
            | DisciplineKind::Random
            | DisciplineKind::ProcessorSharing
    );
    [
        (
            around.has_nodes || !at_once,
            "its replicas are not ready at time zero",
        ),
        (several, "each of its replicas has a queue of its own"),
        (
            !by_number,
            "its discipline looks at classes or service times",
        ),
        (service.patience.is_some(), "its requests give up waiting"),
        (service.setup.is_some(), "its replicas switch off"),
        (service.autoscale.is_some(), "its replicas come and go"),
        (service.breakdowns.is_some(), "its replicas break down"),
        (
            !service.client.is_plain(),
            "its clients send more than one attempt",
        ),
    ]
    .into_iter()
    .find_map(|(applies, why)| applies.then_some(why))
}
