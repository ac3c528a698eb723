//! `[workloads]`.

use super::arrivals::{self, Here};
use super::services::Services;
use super::trace::Names;
use super::{Context, classes, deadlines, endpoints};
use crate::id::{AppId, ClassId, IdVec, WorkflowId, WorkloadId};
use crate::model::{Keys, Target, Workload};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::nearest::nearest;
use crate::scenario::spec::{ArrivalsSpec, Entity, KeysSpec, ScenarioSpec, WorkloadSpec};

/// Every workload that could be resolved.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> IdVec<WorkloadId, Workload> {
    let start = spec.run.as_ref().and_then(|run| run.start.as_ref());
    let mut start_used = deadlines::are_of_day(spec);
    let mut workloads = IdVec::new();
    for entity in spec.workloads.iter() {
        let mut here = Here {
            names: Names {
                target: None,
                class: entity.spec.class.as_ref().map(|class| class.span),
                spec,
                services,
            },
            start,
            start_used,
        };
        if let Some(workload) = resolve_one(entity, &mut here, context) {
            workloads.push(workload);
        }
        start_used = here.start_used;
    }
    if let Some(start) = start
        && !start_used
    {
        context.problem(
            Diagnostic::at(start.span, "`run.start` changes nothing")
                .label("nothing in this scenario is at a time of the day"),
        );
    }
    workloads
}

fn resolve_one(
    entity: &Entity<WorkloadSpec>,
    here: &mut Here<'_>,
    context: &mut Context<'_>,
) -> Option<Workload> {
    let name = entity.name.as_str();
    let path = ["workloads", name];
    let (spec, services) = (here.names.spec, here.names.services);
    let written = entity.spec.arrivals.as_ref();
    // Each row of a trace may say which endpoint it is for.
    let by_row = written.is_some_and(|arrivals| match &arrivals.value {
        ArrivalsSpec::Trace(trace) => trace.endpoint.is_some(),
        _ => false,
    });
    let target = context
        .required(
            entity.spec.target.as_ref(),
            (&path, "target"),
            entity.span,
            "\"services.gateway\"",
        )
        .and_then(|text| {
            if by_row {
                whole_service(text, spec, services, context)
            } else {
                target(text, spec, services, context)
            }
        });
    here.names.target = target;
    let arrivals = context
        .required(
            written,
            (&path, "arrivals"),
            entity.span,
            "{ poisson = { rate = \"6/min\" } }",
        )
        .and_then(|spec| arrivals::resolve(spec, here, context));
    let class = match &entity.spec.class {
        Some(class) => classes::reference(class, spec, context),
        None => Some(ClassId(0)),
    };
    let keys = entity.spec.keys.as_ref();
    let keys = keys.and_then(|keys| self::keys(keys, name, context));
    Some(Workload {
        name: name.to_owned(),
        target: target?,
        class: class?,
        keys,
        arrivals: arrivals?,
    })
}

/// A service whose endpoints are named elsewhere.
fn whole_service(
    text: &Located<String>,
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<Target> {
    match text.split('.').collect::<Vec<_>>()[..] {
        ["services", _, _] => {
            context.problem(
                Diagnostic::at(text.span, "the rows of the trace name their endpoints")
                    .label("name the service alone"),
            );
            None
        }
        ["services", name] => {
            let name = Located::new(name.to_owned(), text.span);
            let position = endpoints::service(&name, spec, context)?;
            let endpoint = endpoints::first(position, services)?;
            Some(Target::Endpoint(endpoint))
        }
        _ => target(text, spec, services, context),
    }
}

fn keys(spec: &Located<KeysSpec>, workload: &str, context: &mut Context<'_>) -> Option<Keys> {
    let path = ["workloads", workload, "keys"];
    let count = context.required(spec.count.as_ref(), (&path, "count"), spec.span, "1000")?;
    let count = context.population(Some(count), "`keys.count`");
    let zipf = spec.zipf.as_ref();
    if let Some(at) = zipf.filter(|zipf| !(0.0..=10.0).contains(&zipf.value)) {
        context.problem(
            Diagnostic::at(at.span, "`keys.zipf` must be from 0 to 10")
                .label("0 makes all keys alike, 1 is Zipf's law proper"),
        );
    }
    Some(Keys {
        count,
        zipf: zipf.map_or(0.0, |zipf| zipf.value),
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
        ["workflows", _] => {
            let workflows = spec.workflows.names();
            let position = context.reference("workflow", &["workflows"], &part(1), &workflows)?;
            Some(Target::Workflow(WorkflowId(position as u32)))
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
                .help("write `services.NAME`, `services.NAME.ENDPOINT`, `apps.NAME` or `workflows.NAME`");
            let targets = targets(spec);
            let near = nearest(text, targets.iter().map(String::as_str));
            context.problem(match near {
                Some(near) => problem.label(format!("did you mean `{near}`?")),
                None => problem.label("not the path of a service, an application or a workflow"),
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
    let workflows = spec.workflows.iter();
    let workflows = workflows.map(|workflow| format!("workflows.{}", workflow.name.value));
    services.chain(apps).chain(workflows).collect()
}
