//! `[services]`.

use super::{Context, cluster, distributions, fit};
use crate::id::{AppId, EndpointId, IdVec, ServiceId};
use crate::model::{BalancerKind, Cluster, Endpoint, Service, Submits};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{DistributionSpec, Entity, ScenarioSpec, ServiceSpec, SubmitsSpec};

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
    for entity in spec.services.iter() {
        let first = resolved.endpoints.len() as u32;
        let id = ServiceId(resolved.templates.len() as u32);
        resolve_endpoints(entity, id, spec, &mut resolved, context);
        let past = resolved.endpoints.len() as u32;
        let service = resolve_service(entity, spec, cluster, context);
        resolved.templates.push(Service {
            endpoints: first..past,
            ..service
        });
    }
    resolved
}

fn resolve_service(
    entity: &Entity<ServiceSpec>,
    spec: &ScenarioSpec,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Service {
    let name = entity.name.as_str();
    let service = &entity.spec;
    let requests = cluster::resources(service.requests.as_ref());
    let asked_at = service
        .requests
        .as_ref()
        .map_or(entity.name.span, |it| it.span);
    let what = format!("a replica of `services.{name}`");
    fit::check(&what, requests, asked_at, cluster, context);
    let balancer = service.balancer.as_ref();
    Service {
        name: name.to_owned(),
        image: cluster::image(service.image.as_ref(), spec, context),
        replicas: context.population(
            service.replicas.as_ref(),
            &format!("`services.{name}.replicas`"),
        ),
        concurrency: context.count(
            service.concurrency.as_ref(),
            &format!("`services.{name}.concurrency`"),
        ),
        queue_capacity: service.queue_capacity.as_ref().map(|it| it.value),
        balancer: balancer.map_or(BalancerKind::Random, |balancer| balancer.value.0),
        requests,
        start_time: distributions::optional(service.start_time.as_ref(), context),
        endpoints: 0..0,
    }
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
            submits: submits(own.submits.as_ref(), &["services", name], spec, context),
        });
        return;
    }
    let misplaced = [
        ("service-time", own.service_time.as_ref().map(|it| it.span)),
        ("submits", own.submits.as_ref().map(|it| it.span)),
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
            submits: submits(endpoint.spec.submits.as_ref(), &path, spec, context),
        });
    }
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

fn submits(
    spec: Option<&Located<SubmitsSpec>>,
    path: &[&str],
    scenario: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<Submits> {
    let spec = spec?;
    let path: Vec<&str> = path.iter().copied().chain(["submits"]).collect();
    let app = context.required(spec.app.as_ref(), (&path, "app"), spec.span, "\"pi\"")?;
    let position = context.reference("application", &["apps"], app, &scenario.apps.names())?;
    Some(Submits {
        app: AppId(position as u32),
        wait: spec.wait.as_ref().is_some_and(|wait| wait.value),
    })
}
