//! `[run]`: one way to end, with the warm-up that goes with it.

use super::Context;
use crate::id::{IdVec, WorkloadId};
use crate::model::{Horizon, Run, Workload};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{RunSpec, WarmupSpec};
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;

const DEFAULT_SEED: u64 = 1;
const DEFAULT_REPLICATIONS: u32 = 10;

const WHAT_TO_WRITE: &str = "write `duration = \"2h\"`, or `requests = 200000`, or \
                             `horizon = \"terminating\"` for a run that ends with its last outcome";

/// The run; the workloads say whether arrivals end by themselves.
pub(crate) fn resolve(
    spec: Option<&Located<RunSpec>>,
    workloads: &IdVec<WorkloadId, Workload>,
    context: &mut Context<'_>,
) -> Run {
    let mut run = Run {
        seed: DEFAULT_SEED,
        replications: DEFAULT_REPLICATIONS,
        horizon: Horizon::Terminating {
            arrivals_until: None,
        },
        auto_warmup: false,
        precision: None,
    };
    let Some(spec) = spec else {
        if !context.was_removed(&[], "run") {
            context.problem(
                Diagnostic::whole("the scenario does not say how long to run")
                    .help(format!("add `[run]`, and in it {WHAT_TO_WRITE}")),
            );
        }
        return run;
    };
    run.seed = spec.seed.as_ref().map_or(DEFAULT_SEED, |seed| seed.value);
    if spec.replications.is_some() {
        run.replications = context.population(spec.replications.as_ref(), "`run.replications`");
    }
    let warmup = spec.warmup.as_ref().map(|warmup| warmup.value.0);
    run.auto_warmup = warmup == Some(WarmupSpec::Auto);
    run.horizon = if spec.horizon.is_some() {
        terminating(spec, workloads, context)
    } else if let Some(requests) = &spec.requests {
        by_requests(spec, requests, context)
    } else {
        by_duration(spec, context).unwrap_or(run.horizon)
    };
    run
}

fn mixture(span: Span, key: &str, with: &str, why: &str) -> Diagnostic {
    Diagnostic::at(span, format!("`run.{key}` cannot stand beside `{with}`")).label(why)
}

fn terminating(
    spec: &Located<RunSpec>,
    workloads: &IdVec<WorkloadId, Workload>,
    context: &mut Context<'_>,
) -> Horizon {
    let with = "horizon = \"terminating\"";
    let spans = [
        ("warmup", spec.warmup.as_ref().map(|it| it.span)),
        (
            "warmup-requests",
            spec.warmup_requests.as_ref().map(|it| it.span),
        ),
        ("requests", spec.requests.as_ref().map(|it| it.span)),
    ];
    for (key, span) in spans {
        if let Some(span) = span {
            let why = if key == "requests" {
                "the run ends with its last outcome instead"
            } else {
                "every outcome of a terminating run counts"
            };
            context.problem(mixture(span, key, with, why));
        }
    }
    let endless = workloads.iter().find(|workload| !workload.arrivals.end());
    let arrivals_until = spec.duration.as_ref().map(|duration| duration.value.0);
    if arrivals_until.is_none()
        && let Some(endless) = endless
        && !context.was_removed(&["run"], "duration")
        && let Some(horizon) = &spec.horizon
    {
        context.problem(
            Diagnostic::at(
                horizon.span,
                format!("arrivals of `workloads.{}` never stop", endless.name),
            )
            .label("the run would never terminate")
            .help("say when arrivals stop, e.g. `duration = \"8h\"`"),
        );
    }
    Horizon::Terminating { arrivals_until }
}

fn by_requests(spec: &RunSpec, requests: &Located<u64>, context: &mut Context<'_>) -> Horizon {
    if let Some(duration) = &spec.duration {
        context.problem(mixture(
            duration.span,
            "duration",
            "requests",
            "a run ends in one way: leave one of them out",
        ));
    }
    let auto = |warmup: &&Located<_>| warmup.value == Quantity(WarmupSpec::Auto);
    if let (Some(warmup), Some(_)) = (spec.warmup.as_ref().filter(auto), &spec.warmup_requests) {
        context.problem(
            mixture(
                warmup.span,
                "warmup",
                "warmup-requests",
                "one of them says how long it is",
            )
            .help("leave one of them out"),
        );
    }
    if let Some(warmup) = spec.warmup.as_ref().filter(|warmup| !auto(warmup)) {
        context.problem(
            mixture(
                warmup.span,
                "warmup",
                "requests",
                "the warm-up counts requests too",
            )
            .help("write `warmup-requests = 20000`"),
        );
    }
    let warmup = spec
        .warmup_requests
        .as_ref()
        .map_or(0, |warmup| warmup.value);
    if requests.value == 0 {
        context.problem(
            Diagnostic::at(requests.span, "`run.requests` must be at least 1")
                .label("this is none"),
        );
    } else if let Some(span) = spec.warmup_requests.as_ref().map(|it| it.span)
        && requests.value <= warmup
    {
        context.problem(
            Diagnostic::at(span, "the warm-up takes the whole run")
                .label(format!("must be less than `requests`, {}", requests.value)),
        );
    }
    Horizon::Requests {
        warmup,
        requests: requests.value,
    }
}

fn by_duration(spec: &Located<RunSpec>, context: &mut Context<'_>) -> Option<Horizon> {
    let Some(duration) = &spec.duration else {
        let told = ["duration", "requests", "horizon"];
        if !told.iter().any(|key| context.was_removed(&["run"], key)) {
            context.problem(
                Diagnostic::at(spec.span, "`run` does not say how long to run")
                    .label("`duration`, `requests` or `horizon` is missing")
                    .help(WHAT_TO_WRITE),
            );
        }
        return None;
    };
    if let Some(warmup) = &spec.warmup_requests {
        context.problem(
            mixture(
                warmup.span,
                "warmup-requests",
                "duration",
                "the warm-up is a time too",
            )
            .help("write `warmup = \"10m\"`"),
        );
    }
    let end = duration.value.0;
    let warmup = match spec.warmup.as_ref().map(|warmup| warmup.value.0) {
        Some(WarmupSpec::Given(warmup)) => warmup,
        Some(WarmupSpec::Auto) | None => Duration::ZERO,
    };
    if end.is_zero() {
        context.problem(
            Diagnostic::at(duration.span, "`run.duration` must be longer than nothing")
                .label("no time would pass"),
        );
    } else if let Some(span) = spec.warmup.as_ref().map(|it| it.span)
        && end <= warmup
    {
        context.problem(
            Diagnostic::at(span, "the warm-up takes the whole run")
                .label(format!("must be less than `duration`, {}", end.human())),
        );
    }
    Some(Horizon::Duration {
        warmup,
        duration: end,
    })
}
