//! `apps.NAME.overheads` and `apps.NAME.executors`.

use super::Context;
use crate::model::{ExecutorSpan, ManagerKind, Overheads, SparkConf};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{ExecutorSpanSpec, OverheadTimes, OverheadsSpec};
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;

/// What tasks cost besides their own time; `None`: nothing.
pub(crate) fn overheads(
    spec: Option<&Located<OverheadsSpec>>,
    manager: ManagerKind,
    context: &mut Context<'_>,
) -> Option<Overheads> {
    let overheads = match &spec?.value {
        OverheadsSpec::Measured => Overheads::measured(manager),
        OverheadsSpec::Given(times) => given(times, context),
    };
    (overheads != Overheads::default()).then_some(overheads)
}

fn given(times: &OverheadTimes, context: &mut Context<'_>) -> Overheads {
    let time = |given: Option<Quantity<Duration>>| given.map_or(Duration::ZERO, |it| it.0);
    let dispatch = times.dispatch_rate.as_ref().map(|rate| {
        let interval = Duration::from_seconds(1.0 / rate.value.0.0);
        if interval.is_zero() || interval == Duration::MAX {
            context.problem(
                Diagnostic::at(
                    rate.span,
                    "a driver sends some tasks in a second, not any number",
                )
                .label("at most a thousand million, and more than none")
                .help("leave it out for a driver that never limits anything"),
            );
        }
        interval
    });
    Overheads {
        stage_submit: time(times.stage_submit),
        dispatch: dispatch.unwrap_or(Duration::ZERO),
        task_launch: time(times.task_launch),
        result: time(times.result),
        first_task_on_executor: time(times.first_task_on_executor),
        first_task_of_stage: time(times.first_task_of_stage_on_executor),
        first_task_of_stage_beside: time(times.first_task_of_stage_beside),
        executor_removal: time(times.executor_removal),
    }
}

/// The executors of an application, where they come and go at given times.
pub(crate) fn executors(
    name: &str,
    spec: &[Located<ExecutorSpanSpec>],
    conf: &SparkConf,
    context: &mut Context<'_>,
) -> Vec<ExecutorSpan> {
    let mut spans = Vec::new();
    for span in spec {
        let time = |given: Option<Quantity<Duration>>| given.map(|it| it.0);
        let from = time(span.value.at).unwrap_or(Duration::ZERO);
        let until = time(span.value.until);
        if until.is_some_and(|until| until <= from) {
            context.problem(
                Diagnostic::at(span.span, "executors that go before they have come")
                    .label("`until` is later than `at`"),
            );
        }
        let count = span.value.count.as_ref();
        let count = count.map_or(1, |count| {
            context.count(Some(count), &format!("`apps.{name}.executors.count`"))
        });
        let cores = span.value.cores.as_ref();
        let cores = cores.map_or(conf.executor_cores, |cores| {
            if cores.value < conf.task_cpus {
                context.problem(
                    Diagnostic::at(cores.span, "an executor on which no task can run")
                        .label(format!("a task takes {} cores", conf.task_cpus)),
                );
            }
            cores.value
        });
        spans.push(ExecutorSpan {
            from,
            until,
            count,
            slots: (cores / conf.task_cpus).max(1),
        });
    }
    if let (Some(first), true) = (spec.first(), spans.iter().all(|span| span.until.is_some())) {
        context.problem(
            Diagnostic::at(first.span, "all executors go: nothing would run after that")
                .label("leave `until` out of at least one of them"),
        );
    }
    spans
}
