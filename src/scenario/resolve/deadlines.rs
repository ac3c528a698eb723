//! `deadline` of applications and workflows.

use super::{Context, arrivals};
use crate::model::Deadline;
use crate::scenario::clock::Moment;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::ScenarioSpec;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;

const DAY: u64 = 24 * 3600 * 1_000_000_000;

/// By when the application, or the workflow, at `path` is to have ended.
pub(super) fn resolve(
    given: Option<&Located<Quantity<Moment>>>,
    path: &str,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<Deadline> {
    let given = given?;
    match given.value.0 {
        Moment::Since(span) if span == Duration::ZERO => {
            context.problem(
                Diagnostic::at(given.span, format!("`{path}.deadline` must be above 0"))
                    .label("nothing ends so soon"),
            );
            None
        }
        Moment::Since(span) => Some(Deadline::Within(span)),
        Moment::OfDay(time) => {
            let run = spec.run.as_ref();
            let start = run.and_then(|run| run.start.as_ref());
            let start = arrivals::start_of_day(start, given.span, context)?;
            let midnight = start.civil.time.nanos();
            let first = (time.nanos() + DAY - midnight) % DAY;
            Some(Deadline::OfDay(Duration::from_nanos(first)))
        }
    }
}

/// Whether one of them is a time of the day.
pub(super) fn are_of_day(spec: &ScenarioSpec) -> bool {
    let of_apps = spec
        .apps
        .iter()
        .filter_map(|app| app.spec.deadline.as_ref());
    let of_workflows = spec
        .workflows
        .iter()
        .filter_map(|workflow| workflow.spec.deadline.as_ref());
    of_apps
        .chain(of_workflows)
        .any(|deadline| matches!(deadline.value.0, Moment::OfDay(_)))
}
