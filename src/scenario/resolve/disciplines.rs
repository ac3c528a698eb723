//! What does not go together with a discipline.

use super::Context;
use crate::model::{DisciplineKind, QueueKind};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Span;
use crate::scenario::spec::{Entity, ServiceSpec};

/// Reports what a shared replica cannot have: there is no queue and no place to hold.
pub(crate) fn check(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) {
    let service = &entity.spec;
    let sharing = service.discipline.as_ref();
    if sharing.is_none_or(|it| it.value.0 != DisciplineKind::ProcessorSharing) {
        return;
    }
    let central = service.queue.as_ref();
    let central = central.filter(|queue| queue.value.0 == QueueKind::Central);
    let steps = || {
        let own = (&service.cpu_time, &service.calls, &service.submits);
        let endpoints = service.endpoints.iter().map(|endpoint| &endpoint.spec);
        let endpoints = endpoints.map(|it| (&it.cpu_time, &it.calls, &it.submits));
        endpoints.chain([own])
    };
    let first = |found: &mut dyn Iterator<Item = Span>| found.next();
    let conflicts: [(&str, Option<Span>); 6] = [
        ("queue = \"central\"", central.map(|it| it.span)),
        ("patience", service.patience.as_ref().map(|it| it.span)),
        ("setup", service.setup.as_ref().map(|it| it.span)),
        (
            "cpu-time",
            first(&mut steps().filter_map(|(cpu, ..)| Some(cpu.as_ref()?.span))),
        ),
        (
            "calls",
            first(&mut steps().filter_map(|(_, calls, _)| Some(calls.as_ref()?.first()?.span))),
        ),
        (
            "submits",
            first(&mut steps().filter_map(|(.., submits)| Some(submits.as_ref()?.span))),
        ),
    ];
    for (what, span) in conflicts {
        if let Some(span) = span {
            context.problem(
                Diagnostic::at(
                    span,
                    format!("`{what}` is not modelled with `discipline = \"processor-sharing\"`"),
                )
                .label("everybody is served from the start, nobody holds a place")
                .help(
                    "`cpu-time` with `discipline = \"fifo\"` shares the processor and keeps places",
                ),
            );
        }
    }
}
