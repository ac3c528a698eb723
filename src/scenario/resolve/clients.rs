//! What clients do about slow and failed attempts, and what replicas do besides serving.

use super::{Context, distributions, transport};
use crate::model::{Breakdowns, Budget, Client, Hedge, Retries, Setup};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{DistributionSpec, Entity, RetriesSpec, ServiceSpec};
use crate::scenario::units_spec::Quantity;
use crate::units::{Cpu, Duration};

/// Wait before the first retry, unless it is given: Envoy's `base_interval`.
const BACKOFF: Duration = Duration::from_millis(25);
/// The longest wait, unless it is given, in multiples of the first: Envoy's `max_interval`.
const MAX_BACKOFF: u64 = 10;
/// Retries that can be saved up, unless it is given.
const BURST: f64 = 10.0;

/// Timeouts, retries, hedges and connections; and what the proxy beside a replica reserves.
pub(crate) fn client(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) -> (Client, Cpu) {
    let service = &entity.spec;
    let name = entity.name.as_str();
    let timeout = above_zero(service.timeout.as_ref(), "a timeout", context);
    let hedge_after = service.hedge_after.as_ref().map(|after| after.value.0);
    let work = service.attempt_work.as_ref();
    let retries = service.retries.as_ref();
    let retries = retries.and_then(|retries| self::retries(retries, name, context));
    for (key, span, needs) in [
        (
            "hedge-cancel",
            service.hedge_cancel.as_ref().map(|it| it.span),
            service.hedge_after.is_none(),
        ),
        (
            "attempt-work",
            work.map(|it| it.span),
            service.hedge_after.is_none() && service.retries.is_none(),
        ),
    ] {
        if let (Some(span), true) = (span, needs) {
            context.problem(
                Diagnostic::at(span, format!("`services.{name}.{key}` says nothing"))
                    .label("every request is one attempt")
                    .help("give the service `retries` or `hedge-after`, or leave this out"),
            );
        }
    }
    let mesh = transport::mesh(entity, context);
    let client = Client {
        timeout,
        retries,
        hedge: hedge_after.map(|after| Hedge {
            after,
            cancel: service.hedge_cancel.as_ref().is_some_and(|it| it.value),
        }),
        work: work.map_or_else(Default::default, |work| work.value.0),
        breaker: transport::breaker(entity, context),
        protocol: transport::protocol(entity, context),
        mesh: mesh.map(|(mesh, _)| mesh),
    };
    (client, mesh.map_or(Cpu(0), |(_, cpu)| cpu))
}

fn retries(
    spec: &Located<RetriesSpec>,
    service: &str,
    context: &mut Context<'_>,
) -> Option<Retries> {
    let path = ["services", service, "retries"];
    let max = context.required(spec.max.as_ref(), (&path, "max"), spec.span, "2")?;
    let max = context.count(Some(max), "`retries.max`");
    let backoff = spec.backoff.as_ref().map_or(BACKOFF, |it| it.value.0);
    let max_backoff = spec.max_backoff.as_ref().map_or_else(
        || Duration::from_nanos(backoff.nanos().saturating_mul(MAX_BACKOFF)),
        |it| it.value.0,
    );
    if let Some(at) = spec.max_backoff.as_ref().filter(|_| max_backoff < backoff) {
        context.problem(
            Diagnostic::at(at.span, "`max-backoff` must not be less than `backoff`")
                .label(format!("the first wait is already {backoff}")),
        );
    }
    let share = |value: Option<&Located<f64>>, what: &str, context: &mut Context<'_>| {
        let value = value?;
        if !(0.0 <= value.value && value.value.is_finite()) {
            context.problem(
                Diagnostic::at(value.span, format!("{what} must not be negative"))
                    .label("this is no number of retries"),
            );
        }
        Some(value.value)
    };
    let ratio = share(spec.budget.as_ref(), "a retry budget", context);
    let burst = share(spec.burst.as_ref(), "`burst`", context);
    if let (Some(burst), None) = (&spec.burst, &spec.budget) {
        context.problem(
            Diagnostic::at(burst.span, "`burst` is part of a budget, and there is none")
                .label("add `budget`, the retries that each request pays for"),
        );
    }
    Some(Retries {
        max,
        backoff,
        max_backoff,
        jitter: spec.jitter.as_ref().is_none_or(|it| it.value),
        budget: ratio.map(|ratio| Budget {
            ratio: millionths(ratio),
            burst: millionths(burst.unwrap_or(BURST)),
        }),
    })
}

/// Whole numbers, so that ten tenths are one.
fn millionths(retries: f64) -> u64 {
    (retries * Budget::RETRY as f64).round() as u64
}

fn above_zero(
    value: Option<&Located<Quantity<Duration>>>,
    what: &str,
    context: &mut Context<'_>,
) -> Option<Duration> {
    let value = value?;
    if value.value.0.is_zero() {
        context.problem(
            Diagnostic::at(value.span, format!("{what} must be above 0"))
                .label("no attempt would have any time"),
        );
    }
    Some(value.value.0)
}

/// How replicas switch off and on.
pub(crate) fn setup(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) -> Option<Setup> {
    let spec = entity.spec.setup.as_ref()?;
    let path = ["services", entity.name.as_str(), "setup"];
    let example = "{ exponential = { mean = \"2s\" } }";
    let time = context.required(spec.time.as_ref(), (&path, "time"), spec.span, example)?;
    Some(Setup {
        time: distributions::resolve(time, context)?,
        keep_alive: distributions::optional(spec.keep_alive.as_ref(), context),
    })
}

/// How replicas break down.
pub(crate) fn breakdowns(
    entity: &Entity<ServiceSpec>,
    context: &mut Context<'_>,
) -> Option<Breakdowns> {
    let spec = entity.spec.breakdowns.as_ref()?;
    let path = ["services", entity.name.as_str(), "breakdowns"];
    let mut law = |value: Option<&Located<DistributionSpec>>, key: &str, example: &str| {
        let value = context.required(value, (&path, key), spec.span, example)?;
        let law: Distribution = distributions::resolve(value, context)?;
        if distributions::is_zero(&law) && key == "every" {
            context.problem(
                Diagnostic::at(value.span, "the time between breakdowns must be above 0")
                    .label("it would do nothing but break down"),
            );
        }
        Some(law)
    };
    let every = law(
        spec.every.as_ref(),
        "every",
        "{ exponential = { mean = \"4h\" } }",
    );
    let repair = law(spec.repair.as_ref(), "repair", "\"10m\"");
    Some(Breakdowns {
        every: every?,
        repair: repair?,
    })
}
