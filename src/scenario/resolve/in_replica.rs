//! Applications inside a service's container: only a request that waits for them can start them.

use super::Context;
use crate::model::Deploy;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{AppSpec, Entity, ScenarioSpec, SubmitsSpec};

/// Reports whatever else starts or restarts one.
pub(super) fn check(spec: &ScenarioSpec, context: &mut Context<'_>) {
    let is_inside = |app: &&Entity<AppSpec>| {
        let deploy = app.spec.deploy.as_ref();
        deploy.is_some_and(|deploy| deploy.value.0 == Deploy::InReplica)
    };
    for app in spec.apps.iter().filter(is_inside) {
        let name = app.name.as_str();
        let path = format!("apps.{name}");
        for workload in spec.workloads.iter() {
            if let Some(target) = workload.spec.target.as_ref()
                && target.value == path
            {
                context.problem(
                    Diagnostic::at(target.span, format!("`{path}` runs inside a service"))
                        .label("no workload can submit it")
                        .help(format!(
                            "send requests to the service whose `submits` starts it, or give \
                             `{path}` another `deploy`"
                        )),
                );
            }
        }
        if let Some(restart) = &app.spec.restart {
            context.problem(
                Diagnostic::at(restart.span, format!("`{path}.restart` says nothing"))
                    .label("its process ends with the request that started it")
                    .help("a service's `retries` try again"),
            );
        }
        if let Some(volumes) = &app.spec.volumes {
            context.problem(
                Diagnostic::at(volumes.span, format!("`{path}.volumes` says nothing"))
                    .label("it has no containers of its own")
                    .help("a service's `volumes` are those of its replicas"),
            );
        }
        if let Some(start) = &app.spec.executor_start_time {
            context.problem(
                Diagnostic::at(
                    start.span,
                    format!("`{path}.executor-start-time` says nothing"),
                )
                .label("it has no executors of its own")
                .help("`start-time` is how long its process takes to start"),
            );
        }
        for submits in submits(spec) {
            if submits.app.as_ref().is_some_and(|app| app.value == name) {
                check_submits(submits, &path, context);
            }
        }
    }
}

/// What every service and endpoint submits.
fn submits(spec: &ScenarioSpec) -> impl Iterator<Item = &Located<SubmitsSpec>> {
    spec.services.iter().flat_map(|service| {
        let endpoints = service.spec.endpoints.iter();
        let endpoints = endpoints.filter_map(|endpoint| endpoint.spec.submits.as_ref());
        service.spec.submits.iter().chain(endpoints)
    })
}

fn check_submits(submits: &Located<SubmitsSpec>, path: &str, context: &mut Context<'_>) {
    if !submits.wait.as_ref().is_some_and(|wait| wait.value) {
        let span = submits.wait.as_ref().map_or(submits.span, |wait| wait.span);
        context.problem(
            Diagnostic::at(span, format!("a request that starts `{path}` waits for it"))
                .label("`wait = true` is missing")
                .help("the process inside the container is the request's own"),
        );
    }
    if let Some(joins) = submits.idempotent.as_ref().filter(|it| it.value) {
        context.problem(
            Diagnostic::at(joins.span, "attempts cannot share a process")
                .label(format!("each runs `{path}` in the replica that serves it")),
        );
    }
}
