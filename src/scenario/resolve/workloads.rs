//! `[workloads]`.

use super::services::Services;
use super::{Context, classes, distributions, endpoints};
use crate::id::{AppId, ClassId, IdVec, WorkloadId};
use crate::model::{Arrivals, Target, Workload};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::nearest::nearest;
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
    let class = match &entity.spec.class {
        Some(class) => classes::reference(class, spec, context),
        None => Some(ClassId(0)),
    };
    Some(Workload {
        name: name.to_owned(),
        target: target?,
        class: class?,
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
            let position = endpoints::service(&part(1), spec, context)?;
            endpoints::only(text, position, spec, services, context).map(Target::Endpoint)
        }
        ["services", _, _] => {
            let position = endpoints::service(&part(1), spec, context)?;
            endpoints::named(&part(2), position, spec, services, context).map(Target::Endpoint)
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
