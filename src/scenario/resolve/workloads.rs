//! `[workloads]`.

use super::services::Services;
use super::{Context, distributions};
use crate::id::{AppId, EndpointId, IdVec, WorkloadId};
use crate::model::{Arrivals, Target, Workload};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::spec::{ArrivalsSpec, Entity, ScenarioSpec, WorkloadSpec};
use crate::units::{Duration, Time};

/// Arrivals per second: the clock counts nanoseconds.
const FASTEST: f64 = 1e9;

/// Every workload that could be resolved.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> IdVec<WorkloadId, Workload> {
    let mut workloads = IdVec::new();
    for entity in spec.workloads.iter() {
        if let Some(workload) = resolve_one(entity, spec, services, context) {
            workloads.push(workload);
        }
    }
    workloads
}

fn resolve_one(
    entity: &Entity<WorkloadSpec>,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<Workload> {
    let name = entity.name.as_str();
    let path = ["workloads", name];
    let target = context
        .required(
            entity.spec.target.as_ref(),
            (&path, "target"),
            entity.span,
            "\"services.gateway\"",
        )
        .and_then(|text| target(text, spec, services, context));
    let arrivals = context
        .required(
            entity.spec.arrivals.as_ref(),
            (&path, "arrivals"),
            entity.span,
            "{ poisson = { rate = \"6/min\" } }",
        )
        .and_then(|arrivals| self::arrivals(arrivals, context));
    Some(Workload {
        name: name.to_owned(),
        target: target?,
        arrivals: arrivals?,
    })
}

fn target(
    text: &Located<String>,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<Target> {
    let parts: Vec<&str> = text.split('.').collect();
    // The part of the text that is this name; in quotes it starts one byte later.
    let part = |index: usize| {
        let before: usize = parts[..index].iter().map(|part| part.len() + 1).sum();
        let quote = match text.span.len().checked_sub(text.len()) {
            Some(0) => 0,
            Some(2) => 1,
            // Written with escapes: no byte of it is sure.
            _ => return Located::new(parts[index].to_owned(), text.span),
        };
        let start = text.span.start + quote + before;
        Located::new(parts[index].to_owned(), start..start + parts[index].len())
    };
    match parts[..] {
        ["apps", _] => {
            let apps = spec.apps.names();
            let position = context.reference("application", &["apps"], &part(1), &apps)?;
            Some(Target::App(AppId(position as u32)))
        }
        ["services", _] => {
            let position = service_position(&part(1), spec, context)?;
            only_endpoint(text, position, spec, services, context)
        }
        ["services", _, _] => {
            let position = service_position(&part(1), spec, context)?;
            named_endpoint(&part(2), position, spec, services, context)
        }
        _ => {
            let problem = Diagnostic::at(text.span, format!("`{}` is not a target", text.value))
                .help("write `services.NAME`, `services.NAME.ENDPOINT` or `apps.NAME`");
            let targets = targets(spec);
            let near = nearest(text, targets.iter().map(String::as_str));
            context.problem(match near {
                Some(near) => problem.label(format!("did you mean `{near}`?")),
                None => problem.label("not the path of a service or an application"),
            });
            None
        }
    }
}

fn targets(spec: &ScenarioSpec) -> Vec<String> {
    let services = spec.services.iter().flat_map(|service| {
        let whole = format!("services.{}", service.name.value);
        let endpoints: Vec<String> = service
            .spec
            .endpoints
            .iter()
            .map(|endpoint| format!("{whole}.{}", endpoint.name.value))
            .collect();
        [whole].into_iter().chain(endpoints)
    });
    let apps = spec.apps.iter();
    let apps = apps.map(|app| format!("apps.{}", app.name.value));
    services.chain(apps).collect()
}

fn service_position(
    name: &Located<String>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<usize> {
    context.reference("service", &["services"], name, &spec.services.names())
}

fn endpoint_ids(services: &Services, service: usize) -> std::ops::Range<u32> {
    let service = services.templates.iter().nth(service);
    service.map_or(0..0, |service| service.endpoints.clone())
}

fn only_endpoint(
    text: &Located<String>,
    service: usize,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<Target> {
    let ids = endpoint_ids(services, service);
    if ids.len() == 1 {
        return Some(Target::Endpoint(EndpointId(ids.start)));
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

fn named_endpoint(
    name: &Located<String>,
    service: usize,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<Target> {
    let ids = endpoint_ids(services, service);
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
    Some(Target::Endpoint(EndpointId(ids.start + position as u32)))
}

fn arrivals(spec: &Located<ArrivalsSpec>, context: &mut Context<'_>) -> Option<Arrivals> {
    let at_once = |span| {
        Diagnostic::at(span, "the time between arrivals must be above 0")
            .label("infinitely many would arrive at once")
    };
    match &spec.value {
        ArrivalsSpec::Poisson(poisson) => {
            let rate = poisson.rate.value.0;
            if !(0.0 < rate.0 && rate.0 <= FASTEST) {
                context.problem(
                    Diagnostic::at(
                        poisson.rate.span,
                        "the rate of arrivals must be above 0 and at most one a nanosecond",
                    )
                    .label(if FASTEST < rate.0 {
                        "faster than the clock"
                    } else {
                        "nothing would ever arrive"
                    }),
                );
                return None;
            }
            Some(Arrivals::Poisson { rate })
        }
        ArrivalsSpec::Deterministic(deterministic) => {
            let interval = deterministic.interval.value.0;
            if interval.is_zero() {
                context.problem(at_once(deterministic.interval.span));
                return None;
            }
            Some(Arrivals::Renewal {
                interarrival: Distribution::Constant {
                    value: interval.seconds(),
                },
            })
        }
        ArrivalsSpec::Renewal(renewal) => {
            let interarrival = distributions::resolve(&renewal.interarrival, context)?;
            if distributions::is_zero(&interarrival) {
                context.problem(at_once(renewal.interarrival.span));
                return None;
            }
            Some(Arrivals::Renewal { interarrival })
        }
        ArrivalsSpec::At(times) => {
            if times.is_empty() {
                context.problem(
                    Diagnostic::at(spec.span, "`at` lists no time").label("nothing would arrive"),
                );
                return None;
            }
            let mut sorted: Vec<Duration> = times.iter().map(|time| time.value.0).collect();
            sorted.sort_unstable();
            Some(Arrivals::At {
                times: sorted.into_iter().map(|time| Time::ZERO + time).collect(),
            })
        }
    }
}
