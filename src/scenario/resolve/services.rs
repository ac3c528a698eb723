//! `[services]`.

use super::{
    Context, balancing, budgets, clients, cluster, disciplines, distributions, endpoints, fit,
    images, placing, scaling, submits, transport, volumes,
};
use crate::id::{EndpointId, IdVec, ServiceId};
use crate::model::{Cluster, DisciplineKind, Endpoint, MemoryUse, Resources, Service};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{
    CallsSpec, Choice, DistributionSpec, Entity, ScenarioSpec, ServiceSpec,
};
use crate::scenario::units_spec::Quantity;
use crate::units::{Bytes, Duration};

/// The name of the only endpoint of a service that was given without endpoints.
const ONLY_ENDPOINT: &str = "default";

/// Services with their endpoints, in the order of the names of the spec.
#[derive(Debug, Default)]
pub(crate) struct Services {
    /// Services.
    pub(crate) templates: IdVec<ServiceId, Service>,
    /// Endpoints, those of one service adjacent.
    pub(crate) endpoints: IdVec<EndpointId, Endpoint>,
}

/// Every service.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Services {
    let mut resolved = Services::default();
    let mut calls = Vec::new();
    for entity in spec.services.iter() {
        let first = resolved.endpoints.len() as u32;
        let id = ServiceId(resolved.templates.len() as u32);
        resolve_endpoints(entity, id, spec, &mut resolved, context);
        calls.extend(
            written_calls(&entity.spec)
                .zip(first..)
                .filter_map(|(calls, id)| Some((EndpointId(id), calls?.as_slice()))),
        );
        let past = resolved.endpoints.len() as u32;
        let service = resolve_service(entity, spec, cluster, context);
        resolved.templates.push(Service {
            endpoints: first..past,
            ..service
        });
    }
    endpoints::resolve_calls(&calls, spec, &mut resolved, context);
    resolved
}

/// What the `calls` of each endpoint say, in the order of the endpoints.
fn written_calls(service: &ServiceSpec) -> impl Iterator<Item = Option<&Vec<Located<CallsSpec>>>> {
    let own = service
        .endpoints
        .is_empty()
        .then_some(service.calls.as_ref());
    let endpoints = service.endpoints.iter();
    own.into_iter()
        .chain(endpoints.map(|endpoint| endpoint.spec.calls.as_ref()))
}

fn resolve_service(
    entity: &Entity<ServiceSpec>,
    spec: &ScenarioSpec,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Service {
    let name = entity.name.as_str();
    let service = &entity.spec;
    let own = cluster::resources(service.requests.as_ref());
    let client = clients::client(entity, context);
    let mut requests = own;
    let (client, sidecar) = client;
    requests.cpu += sidecar;
    let asked_at = service
        .requests
        .as_ref()
        .map_or(entity.name.span, |it| it.span);
    let what = format!("a replica of `services.{name}`");
    let mut placing = placing::resolve(&what, service.placement.as_ref(), spec, context);
    let path = format!("services.{name}.volumes");
    placing.volumes = volumes::resolve(service.volumes.as_ref(), (&path, true), cluster, context);
    fit::check(&what, (requests, &placing), asked_at, cluster, context);
    let concurrency = context.count(
        service.concurrency.as_ref(),
        &format!("`services.{name}.concurrency`"),
    );
    let scaled = scaling::resolve(entity, context);
    let autoscale = scaled.as_ref().map(|scaled| &scaled.autoscale);
    let queue = choice(service.queue.as_ref());
    let queue = queue.unwrap_or_else(|| scaling::default_queue(autoscale));
    let discipline = choice(service.discipline.as_ref()).unwrap_or(DisciplineKind::Fifo);
    disciplines::check(entity, context);
    let replicas = match &scaled {
        Some(scaled) => scaled.initial,
        None => context.population(
            service.replicas.as_ref(),
            &format!("`services.{name}.replicas`"),
        ),
    };
    // How many there will be of one that scales is not known.
    let most = autoscale.map_or(replicas, |_| u32::MAX);
    let central_unasked = autoscale.is_some() && service.queue.is_none();
    let balanced = balancing::resolve(entity, (queue, central_unasked), most, context);
    Service {
        name: name.to_owned(),
        image: images::image(service.image.as_ref(), spec, context),
        budget: budgets::reference(service.budget.as_ref(), spec, context),
        replicas,
        autoscale: scaled.map(|scaled| scaled.autoscale),
        concurrency,
        discipline,
        queue,
        queue_capacity: service.queue_capacity.as_ref().map(|it| it.value),
        patience: service
            .patience
            .as_ref()
            .and_then(|patience| distributions::resolve(patience, context)),
        setup: clients::setup(entity, context),
        breakdowns: clients::breakdowns(entity, context),
        balancer: balanced.policy,
        balancing: balanced.balancing,
        speeds: balanced.speeds,
        client,
        rate_limit: transport::rate_limit(entity, context),
        shedding: transport::shedding(entity, context),
        requests,
        memory_limit: memory_limit(entity, context),
        memory_use: memory_use(entity, context),
        placing,
        termination_grace: termination_grace(entity, cluster, context),
        cpu_limit: cpu_limit(entity, own, concurrency, context),
        start_time: distributions::optional(service.start_time.as_ref(), context),
        initial: None,
        endpoints: 0..0,
    }
}

/// How long a replica that is ended on purpose may go on; only where that happens.
fn termination_grace(
    entity: &Entity<ServiceSpec>,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Option<Duration> {
    let spec = &entity.spec;
    let grace = spec.termination_grace.as_ref()?;
    let name = entity.name.as_str();
    if spec.autoscale.is_none() && !cluster.is_some_and(Cluster::is_elastic) {
        context.problem(
            Diagnostic::at(grace.span, "no replica is ever ended on purpose")
                .label(format!(
                    "`services.{name}` has no `autoscale`, and no node pool has"
                ))
                .help("leave it out"),
        );
    }
    for (key, other) in [
        ("setup", spec.setup.as_ref().map(|it| it.span)),
        ("breakdowns", spec.breakdowns.as_ref().map(|it| it.span)),
    ] {
        if let Some(span) = other {
            let message = format!("`services.{name}` has both `{key}` and `termination-grace`");
            context.problem(
                Diagnostic::at(span, message)
                    .label("not modelled together")
                    .help("leave one out"),
            );
        }
    }
    Some(grace.value.0)
}

fn choice<T: Copy>(choice: Option<&Located<Choice<T>>>) -> Option<T> {
    choice.map(|choice| choice.value.0)
}

/// The memory that a replica uses; within its limit while it has no requests.
fn memory_use(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) -> Option<MemoryUse> {
    let spec = entity.spec.memory_use.as_ref()?;
    let bytes = |size: &Option<Located<Quantity<Bytes>>>| {
        size.as_ref().map_or(Bytes(0), |size| size.value.0)
    };
    let limits = entity.spec.limits.as_ref();
    match limits.and_then(|limits| limits.memory.as_ref()) {
        None => context.problem(
            Diagnostic::at(spec.span, "`memory-use` says nothing without a limit")
                .label("nothing would ever be killed")
                .help("add one, e.g. `limits = { memory = \"1Gi\" }`"),
        ),
        Some(limit) if limit.value.0 < bytes(&spec.base) => context.problem(
            Diagnostic::at(spec.span, "a replica would be killed at once")
                .label("`base` is more than `limits.memory`"),
        ),
        Some(_) => {}
    }
    Some(MemoryUse {
        base: bytes(&spec.base),
        per_request: bytes(&spec.per_request),
    })
}

/// The memory at which a replica is killed.
fn memory_limit(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) -> Option<Bytes> {
    let limit = entity.spec.limits.as_ref()?.memory.as_ref()?;
    let requests = entity.spec.requests.as_ref();
    let requested = requests.and_then(|it| it.memory.as_ref());
    if limit.value.0.0 == 0 || requested.is_some_and(|it| limit.value.0 < it.value.0) {
        context.problem(
            Diagnostic::at(
                limit.span,
                "a limit is above 0 and at least what is requested",
            )
            .label("this is less"),
        );
    }
    Some(limit.value.0)
}

/// Thousandths of a core that a replica may use; a core for each place, which is no limit, where
/// none is given.
fn cpu_limit(
    entity: &Entity<ServiceSpec>,
    requests: Resources,
    concurrency: u32,
    context: &mut Context<'_>,
) -> u64 {
    let limits = entity.spec.limits.as_ref();
    let Some(limit) = limits.and_then(|limits| limits.cpu.as_ref()) else {
        return u64::from(concurrency) * 1000;
    };
    if limit.value.0 < requests.cpu || limit.value.0.0 == 0 {
        context.problem(
            Diagnostic::at(
                limit.span,
                "a limit is above 0 and at least what is requested",
            )
            .label(format!("this is less than {}m", requests.cpu.0.max(1))),
        );
    }
    limit.value.0.0
}

fn resolve_endpoints(
    entity: &Entity<ServiceSpec>,
    service: ServiceId,
    spec: &ScenarioSpec,
    resolved: &mut Services,
    context: &mut Context<'_>,
) {
    let name = entity.name.as_str();
    let own = &entity.spec;
    if own.endpoints.is_empty() {
        let told = context.was_removed(&["services", name], "endpoints")
            || context.was_removed(&["services", name], "service-time");
        let service_time = own.service_time.as_ref();
        if service_time.is_none() && !told {
            context.problem(
                Diagnostic::at(
                    entity.span,
                    format!("`services.{name}` lacks `service-time`"),
                )
                .label("`service-time` is missing")
                .help(
                    "add it, e.g. `service-time = { exponential = { mean = \"5ms\" } }`, or \
                         give the service `endpoints`",
                ),
            );
        }
        resolved.endpoints.push(Endpoint {
            name: ONLY_ENDPOINT.to_owned(),
            named: false,
            service,
            service_time: time(service_time, context),
            cpu_time: cpu_time(own.cpu_time.as_ref(), context),
            calls: Vec::new(),
            submits: submits::resolve(
                own.submits.as_ref(),
                &["services", name],
                own,
                spec,
                context,
            ),
            request_size: transport::size(own.request_size.as_ref()),
            response_size: transport::size(own.response_size.as_ref()),
        });
        return;
    }
    let misplaced = [
        ("service-time", own.service_time.as_ref().map(|it| it.span)),
        ("cpu-time", own.cpu_time.as_ref().map(|it| it.span)),
        ("calls", first_span(own.calls.as_ref())),
        ("submits", own.submits.as_ref().map(|it| it.span)),
        ("request-size", own.request_size.as_ref().map(|it| it.span)),
        (
            "response-size",
            own.response_size.as_ref().map(|it| it.span),
        ),
    ];
    for (key, span) in misplaced {
        if let Some(span) = span {
            context.problem(beside_endpoints(name, key, span));
        }
    }
    for endpoint in own.endpoints.iter() {
        let path = ["services", name, "endpoints", endpoint.name.as_str()];
        let service_time = context.required(
            endpoint.spec.service_time.as_ref(),
            (&path, "service-time"),
            endpoint.span,
            "{ exponential = { mean = \"5ms\" } }",
        );
        resolved.endpoints.push(Endpoint {
            name: endpoint.name.value.clone(),
            named: true,
            service,
            service_time: time(service_time, context),
            cpu_time: cpu_time(endpoint.spec.cpu_time.as_ref(), context),
            calls: Vec::new(),
            submits: submits::resolve(endpoint.spec.submits.as_ref(), &path, own, spec, context),
            request_size: transport::size(endpoint.spec.request_size.as_ref()),
            response_size: transport::size(endpoint.spec.response_size.as_ref()),
        });
    }
}

fn first_span(calls: Option<&Vec<Located<CallsSpec>>>) -> Option<Span> {
    Some(calls?.first()?.span)
}

fn cpu_time(
    spec: Option<&Located<DistributionSpec>>,
    context: &mut Context<'_>,
) -> Option<Distribution> {
    spec.and_then(|spec| distributions::resolve(spec, context))
}

fn beside_endpoints(service: &str, key: &str, span: Span) -> Diagnostic {
    Diagnostic::at(
        span,
        format!("`services.{service}` has both `{key}` and `endpoints`"),
    )
    .label("write it in each endpoint instead")
}

fn time(spec: Option<&Located<DistributionSpec>>, context: &mut Context<'_>) -> Distribution {
    distributions::optional(spec, context)
}
