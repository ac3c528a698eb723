//! Endpoints as other tables name them, and the calls between them.

use super::Context;
use super::services::Services;
use crate::id::{EndpointId, Id};
use crate::model::Call;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::nearest::quoted_list;
use crate::scenario::spec::{CallSpec, CallsSpec, ScenarioSpec};

/// The position of the service of that name.
pub(crate) fn service(
    name: &Located<String>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<usize> {
    context.reference("service", &["services"], name, &spec.services.names())
}

fn ids(services: &Services, service: usize) -> std::ops::Range<u32> {
    let service = services.templates.iter().nth(service);
    service.map_or(0..0, |service| service.endpoints.clone())
}

/// The first endpoint of a service.
pub(crate) fn first(service: usize, services: &Services) -> Option<EndpointId> {
    ids(services, service).next().map(EndpointId)
}

/// The only endpoint of a service, which `text` names.
pub(crate) fn only(
    text: &Located<String>,
    service: usize,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<EndpointId> {
    let ids = ids(services, service);
    if ids.len() == 1 {
        return Some(EndpointId(ids.start));
    }
    let service = &spec.services.0.get(service)?;
    let full: Vec<String> = service
        .spec
        .endpoints
        .iter()
        .map(|endpoint| format!("services.{}.{}", service.name.value, endpoint.name.value))
        .collect();
    context.problem(
        Diagnostic::at(
            text.span,
            format!(
                "`services.{}` has {} endpoints, and this names none of them",
                service.name.value,
                ids.len()
            ),
        )
        .label("name one")
        .help(format!(
            "write one of {}",
            quoted_list(full.iter().map(String::as_str))
        )),
    );
    None
}

/// The endpoint of that name.
pub(crate) fn named(
    name: &Located<String>,
    service: usize,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<EndpointId> {
    let ids = ids(services, service);
    let service = spec.services.0.get(service)?;
    let path = ["services", service.name.as_str(), "endpoints"];
    let known = service.spec.endpoints.names();
    if known.is_empty() && !context.was_removed(&path[..2], "endpoints") {
        context.problem(
            Diagnostic::at(
                name.span,
                format!("`services.{}` has no endpoints", service.name.value),
            )
            .label(format!("write `services.{}`", service.name.value)),
        );
        return None;
    }
    let position = context.reference("endpoint", &path, name, &known)?;
    Some(EndpointId(ids.start + position as u32))
}

/// What the calls of every endpoint mean, once all endpoints are known. `written` has each endpoint
/// with what its `calls` say.
pub(crate) fn resolve_calls(
    written: &[(EndpointId, &[Located<CallsSpec>])],
    spec: &ScenarioSpec,
    services: &mut Services,
    context: &mut Context<'_>,
) {
    for (caller, groups) in written {
        let groups = groups.iter().map(|group| {
            let calls = group.value.0.iter();
            let calls = calls.filter_map(|call| {
                let at = if call.span.len() == 0 {
                    group.span
                } else {
                    call.span
                };
                resolve_call(&call.value, at, spec, services, context)
            });
            calls.collect()
        });
        let groups: Vec<Vec<Call>> = groups.collect();
        if let Some(endpoint) = services.endpoints.get_mut(*caller) {
            endpoint.calls = groups;
        }
    }
    for (caller, groups) in written {
        if let Some(way) = way_back(*caller, services) {
            let names: Vec<String> = way.iter().map(|id| full_name(*id, services)).collect();
            let at = groups.first().map_or(Span::default(), |group| group.span);
            context.problem(
                Diagnostic::at(at, "calls go in a circle")
                    .label(names.join(" calls "))
                    .help("a request would call itself for ever; leave out one of these calls"),
            );
            // One circle is told once, not from each of its members.
            return;
        }
    }
}

fn resolve_call(
    call: &CallSpec,
    at: Span,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<Call> {
    let Some(name) = &call.service else {
        if !context.was_removed_within(at) {
            context.problem(
                Diagnostic::at(at, "a call lacks `service`")
                    .label("which service does it go to?")
                    .help("e.g. `{ service = \"auth\" }`"),
            );
        }
        return None;
    };
    let position = service(name, spec, context)?;
    let endpoint = match &call.endpoint {
        Some(endpoint) => named(endpoint, position, spec, services, context)?,
        None => only(name, position, spec, services, context)?,
    };
    let probability = call.probability.as_ref().map_or(1.0, |it| it.value);
    if !(0.0 < probability && probability <= 1.0) {
        let span = call.probability.as_ref().map_or(at, |it| it.span);
        context.problem(
            Diagnostic::at(span, "a probability is above 0 and at most 1").label("this is not"),
        );
    }
    Some(Call {
        endpoint,
        probability,
        optional: call.optional.as_ref().is_some_and(|it| it.value),
    })
}

/// The way from an endpoint by calls back to itself.
fn way_back(from: EndpointId, services: &Services) -> Option<Vec<EndpointId>> {
    let called = |id: EndpointId| {
        let endpoint = services.endpoints.get(id);
        let calls = endpoint.into_iter().flat_map(|e| e.calls.iter().flatten());
        calls.map(|call| call.endpoint)
    };
    let mut came_from = vec![None; services.endpoints.len()];
    let mut reached = vec![from];
    let mut next = 0;
    while let Some(&id) = reached.get(next) {
        next += 1;
        for target in called(id) {
            if target == from {
                let mut way = vec![from];
                let mut at = Some(id);
                while let Some(id) = at.filter(|id| *id != from) {
                    way.push(id);
                    at = came_from[id.index()];
                }
                way.push(from);
                way.reverse();
                return Some(way);
            }
            if came_from[target.index()].is_none() {
                came_from[target.index()] = Some(id);
                reached.push(target);
            }
        }
    }
    None
}

fn full_name(id: EndpointId, services: &Services) -> String {
    let Some(endpoint) = services.endpoints.get(id) else {
        return String::new();
    };
    let service = services.templates.get(endpoint.service);
    let service = service.map_or("", |service| service.name.as_str());
    if endpoint.named {
        format!("`{service}.{}`", endpoint.name)
    } else {
        format!("`{service}`")
    }
}
