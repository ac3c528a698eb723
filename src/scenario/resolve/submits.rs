//! What requests submit.

use super::Context;
use crate::id::AppId;
use crate::model::Submits;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{ScenarioSpec, ServiceSpec, SubmitsSpec};

/// The application of the endpoint at `path`.
pub(crate) fn resolve(
    spec: Option<&Located<SubmitsSpec>>,
    path: &[&str],
    service: &ServiceSpec,
    scenario: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<Submits> {
    let spec = spec?;
    let path: Vec<&str> = path.iter().copied().chain(["submits"]).collect();
    let is = |given: &Option<Located<bool>>| given.as_ref().is_some_and(|it| it.value);
    let wait = is(&spec.wait);
    let gives_up = wait && (service.timeout.is_some() || service.hedge_after.is_some());
    let again = service.retries.is_some() || service.hedge_after.is_some();
    for (key, given, means_something, why, help) in [
        (
            "cancel-on-timeout",
            &spec.cancel_on_timeout,
            gives_up,
            "nobody gives up on a request that waits for the application",
            "it needs `wait = true` and a `timeout` or `hedge-after` of the service",
        ),
        (
            "idempotent",
            &spec.idempotent,
            again,
            "every request is one attempt",
            "it needs `retries` or `hedge-after` of the service",
        ),
    ] {
        if let (Some(given), false) = (given, means_something) {
            context.problem(
                Diagnostic::at(
                    given.span,
                    format!("`{}.{key}` says nothing", path.join(".")),
                )
                .label(why)
                .help(help),
            );
        }
    }
    let app = context.required(spec.app.as_ref(), (&path, "app"), spec.span, "\"pi\"")?;
    let position = context.reference("application", &["apps"], app, &scenario.apps.names())?;
    Some(Submits {
        app: AppId(position as u32),
        wait,
        cancel_on_timeout: is(&spec.cancel_on_timeout),
        idempotent: is(&spec.idempotent),
    })
}
