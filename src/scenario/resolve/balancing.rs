//! How a service spreads its requests: what is given, and whether it goes together.

use super::Context;
use crate::model::{
    BalancerKind, BalancerView, Balancing, OutlierEjection, Prequal, QueueKind, SlowStart,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{
    BalancerSpec, Choose, Entity, OutlierEjectionSpec, ServiceSpec, SlowStartSpec, ViewSpec,
};
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;

/// Most replicas that `power-of-d` draws, points of a replica on a ring, and probes.
const MOST: u32 = 10_000;
/// Weights and speeds lie between this and its inverse.
const LEAST_WEIGHT: f64 = 0.001;

/// `min-queue` without `load`, until the workloads are known: see `loads`.
pub(super) const UNKNOWN: f64 = 0.0;

/// What is said of the replicas of a service and of how they are picked.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// Which replica is picked.
    pub(crate) policy: BalancerKind,
    /// What it is told.
    pub(crate) balancing: Balancing,
    /// By how much replicas divide service times, in turns; empty: they do not.
    pub(crate) speeds: Vec<f64>,
}

/// The balancing of a service of at most so many replicas; `unasked`: what scales it made its queue
/// central.
pub(crate) fn resolve(
    entity: &Entity<ServiceSpec>,
    (queue, unasked): (QueueKind, bool),
    replicas: u32,
    context: &mut Context<'_>,
) -> Resolved {
    let service = &entity.spec;
    let name = entity.name.as_str();
    if queue == QueueKind::Central {
        nothing_is_balanced(entity, unasked, context);
        return Resolved {
            policy: BalancerKind::Random,
            balancing: Balancing::default(),
            speeds: Vec::new(),
        };
    }
    let policy = match &service.balancer {
        Some(balancer) => policy(balancer, name, context),
        None => BalancerKind::Random,
    };
    let view = match &service.view {
        Some(view) => self::view(view, name, context),
        None => BalancerView::Exact,
    };
    if let (BalancerKind::LeastWorkLeft, BalancerView::Own, Some(at)) =
        (policy, view, &service.view)
    {
        context.problem(
            Diagnostic::at(
                at.span,
                "`least-work-left` is not modelled with `view = \"own\"`",
            )
            .label("how much work is left is known at the replica only"),
        );
    }
    let clients = context.population(
        service.clients.as_ref(),
        &format!("`services.{name}.clients`"),
    );
    let shares = |key: &str, given: Option<&Located<Vec<f64>>>, context: &mut Context<'_>| {
        factors(&format!("services.{name}.{key}"), given, replicas, context)
    };
    let weights = shares("weights", service.weights.as_ref(), context);
    let speeds = shares("speeds", service.speeds.as_ref(), context);
    // Whoever knows of weights and is given none weighs replicas by how fast they are.
    let weights = match policy {
        BalancerKind::MinQueue { .. } => speeds.clone(),
        BalancerKind::WeightedRoundRobin if weights.is_empty() => speeds.clone(),
        _ => weights,
    };
    let balancing = Balancing {
        view,
        clients,
        weights,
        slow_start: service
            .slow_start
            .as_ref()
            .and_then(|spec| slow_start(spec, name, context)),
        outlier_ejection: service
            .outlier_ejection
            .as_ref()
            .map(|spec| outlier_ejection(spec, context)),
    };
    note_what_is_not_looked_at(entity, policy, &balancing, context);
    Resolved {
        policy,
        balancing,
        speeds,
    }
}

/// A central queue leaves nothing to choose.
fn nothing_is_balanced(entity: &Entity<ServiceSpec>, unasked: bool, context: &mut Context<'_>) {
    let service = &entity.spec;
    let keys = [
        ("balancer", service.balancer.as_ref().map(|it| it.span)),
        ("view", service.view.as_ref().map(|it| it.span)),
        ("clients", service.clients.as_ref().map(|it| it.span)),
        ("weights", service.weights.as_ref().map(|it| it.span)),
        ("speeds", service.speeds.as_ref().map(|it| it.span)),
        ("slow-start", service.slow_start.as_ref().map(|it| it.span)),
        (
            "outlier-ejection",
            service.outlier_ejection.as_ref().map(|it| it.span),
        ),
    ];
    let name = entity.name.as_str();
    for (key, span) in keys {
        if let Some(span) = span {
            context.problem(
                Diagnostic::at(
                    span,
                    format!("`services.{name}` has a central queue, so nothing is balanced"),
                )
                .label("whichever replica has a free place takes the next request")
                .help(if unasked {
                    format!("leave out `{key}`: with this `autoscale` requests wait in one queue")
                } else {
                    format!("leave out `{key}` or `queue = \"central\"`")
                }),
            );
        }
    }
}

/// What is accepted because another balancer, which a sweep may try, looks at it.
fn note_what_is_not_looked_at(
    entity: &Entity<ServiceSpec>,
    kind: BalancerKind,
    balancing: &Balancing,
    context: &mut Context<'_>,
) {
    let service = &entity.spec;
    let ejects = balancing.outlier_ejection.is_some();
    let own = balancing.view == BalancerView::Own && kind.looks_at_load();
    let weights = kind.looks_at_weights() || kind.looks_at_keys();
    let ignored = [
        (
            "view",
            balancing.view != BalancerView::Exact && !kind.looks_at_load(),
        ),
        (
            "clients",
            1 < balancing.clients && !(kind.remembers() || ejects || own),
        ),
        ("weights", service.weights.is_some() && !weights),
        (
            "slow-start",
            service.slow_start.is_some() && !kind.looks_at_weights(),
        ),
    ];
    for (key, _) in ignored.iter().filter(|(_, ignored)| *ignored) {
        let (name, policy) = (&entity.name.value, kind.name());
        context.note(format!(
            "`services.{name}.{key}`: `{policy}` does not look at that"
        ));
    }
}

fn policy(
    spec: &Located<Choose<BalancerSpec>>,
    service: &str,
    context: &mut Context<'_>,
) -> BalancerKind {
    let path = ["services", service, "balancer"];
    match &spec.value.0 {
        BalancerSpec::Plain(kind) => *kind,
        BalancerSpec::PowerOfD(it) => {
            let path = [&path[..], &["power-of-d"]].concat();
            context.required(it.d.as_ref(), (&path, "d"), spec.span, "3");
            let d = whole(it.d.as_ref(), 1, "`power-of-d.d`", context);
            BalancerKind::PowerOfD { d: d.unwrap_or(2) }
        }
        BalancerSpec::PeakEwma(it) => BalancerKind::PeakEwma {
            decay: above_zero(it.decay.as_ref(), "`peak-ewma.decay`", context)
                .unwrap_or(Duration::from_millis(10_000)),
        },
        BalancerSpec::ConsistentHash(it) => BalancerKind::ConsistentHash {
            points: whole(it.points.as_ref(), 1, "`consistent-hash.points`", context)
                .unwrap_or(100),
        },
        BalancerSpec::BoundedLoadHash(it) => BalancerKind::BoundedLoadHash {
            points: whole(it.points.as_ref(), 1, "`bounded-load-hash.points`", context)
                .unwrap_or(100),
            bound: number(
                it.bound.as_ref(),
                |bound| (1.001..=1000.0).contains(&bound),
                "`bounded-load-hash.bound` must be above 1: from 1.001 to 1000",
                "this times the mean load is the most that a replica may have",
                context,
            )
            .unwrap_or(1.25),
        },
        BalancerSpec::Prequal(it) => {
            let published = Prequal::PUBLISHED;
            BalancerKind::Prequal(Prequal {
                probes: number(
                    it.probes.as_ref(),
                    |probes| (0.01..=100.0).contains(&probes),
                    "`prequal.probes` must be from 0.01 to 100",
                    "probes for each request",
                    context,
                )
                .unwrap_or(published.probes),
                pool: whole(it.pool.as_ref(), 2, "`prequal.pool`", context)
                    .unwrap_or(published.pool),
                max_age: above_zero(it.max_age.as_ref(), "`prequal.max-age`", context)
                    .unwrap_or(published.max_age),
                quantile: share(it.quantile.as_ref(), "`prequal.quantile`", context)
                    .unwrap_or(published.quantile),
                remove: number(
                    it.remove.as_ref(),
                    |remove| (0.0..=100.0).contains(&remove),
                    "`prequal.remove` must be from 0 to 100",
                    "probes that are forgotten for each request",
                    context,
                )
                .unwrap_or(published.remove),
            })
        }
        BalancerSpec::MinQueue(it) => BalancerKind::MinQueue {
            load: share(it.load.as_ref(), "`min-queue.load`", context).unwrap_or(UNKNOWN),
        },
    }
}

fn view(
    spec: &Located<Choose<ViewSpec>>,
    service: &str,
    context: &mut Context<'_>,
) -> BalancerView {
    match &spec.value.0 {
        ViewSpec::Plain(view) => *view,
        ViewSpec::Stale(stale) => {
            let path = ["services", service, "view", "stale"];
            let by = context.required(stale.by.as_ref(), (&path, "by"), spec.span, "\"100ms\"");
            let by = above_zero(by, "`stale.by`", context);
            by.map_or(BalancerView::Exact, BalancerView::Stale)
        }
    }
}

fn slow_start(
    spec: &Located<SlowStartSpec>,
    service: &str,
    context: &mut Context<'_>,
) -> Option<SlowStart> {
    let path = ["services", service, "slow-start"];
    let window = spec.window.as_ref();
    let window = context.required(window, (&path, "window"), spec.span, "\"60s\"")?;
    Some(SlowStart {
        window: above_zero(Some(window), "`slow-start.window`", context)?,
        aggression: number(
            spec.aggression.as_ref(),
            |aggression| (0.01..=100.0).contains(&aggression),
            "`slow-start.aggression` must be from 0.01 to 100",
            "1 is a straight ramp, more is faster at first",
            context,
        )
        .unwrap_or(1.0),
        min_weight: number(
            spec.min_weight.as_ref(),
            |share| 0.0 < share && share <= 1.0,
            "`slow-start.min-weight` must be above 0 and at most 1",
            "a share of the weight",
            context,
        )
        .unwrap_or(0.1),
    })
}

fn outlier_ejection(
    spec: &Located<OutlierEjectionSpec>,
    context: &mut Context<'_>,
) -> OutlierEjection {
    let mut time = |value: Option<&Located<Quantity<Duration>>>, key: &str, seconds: u64| {
        let what = format!("`outlier-ejection.{key}`");
        above_zero(value, &what, context).unwrap_or(Duration::from_millis(1000 * seconds))
    };
    let interval = time(spec.interval.as_ref(), "interval", 10);
    let base_time = time(spec.base_ejection_time.as_ref(), "base-ejection-time", 30);
    let max_time = time(spec.max_ejection_time.as_ref(), "max-ejection-time", 300);
    if let Some(at) = spec
        .max_ejection_time
        .as_ref()
        .filter(|_| max_time < base_time)
    {
        context.problem(
            Diagnostic::at(
                at.span,
                "`max-ejection-time` must not be less than `base-ejection-time`",
            )
            .label(format!("the first ejection already lasts {base_time}")),
        );
    }
    let failures = spec.consecutive_failures.as_ref();
    let percent = spec.max_ejection_percent.as_ref();
    if let Some(at) = percent.filter(|percent| 100 < percent.value) {
        context.problem(
            Diagnostic::at(at.span, "`max-ejection-percent` must be at most 100")
                .label("more than all of them"),
        );
    }
    OutlierEjection {
        consecutive_failures: match failures {
            Some(_) => context.count(failures, "`outlier-ejection.consecutive-failures`"),
            None => 5,
        },
        interval,
        base_time,
        max_time: max_time.max(base_time),
        max_percent: percent.map_or(10, |percent| percent.value),
    }
}

fn above_zero(
    value: Option<&Located<Quantity<Duration>>>,
    what: &str,
    context: &mut Context<'_>,
) -> Option<Duration> {
    let value = value?;
    if value.value.0.is_zero() {
        context.problem(
            Diagnostic::at(value.span, format!("{what} must be above 0")).label("this is no time"),
        );
        return None;
    }
    Some(value.value.0)
}

fn whole(
    value: Option<&Located<u32>>,
    least: u32,
    what: &str,
    context: &mut Context<'_>,
) -> Option<u32> {
    let value = value?;
    if !(least..=MOST).contains(&value.value) {
        context.problem(
            Diagnostic::at(value.span, format!("{what} must be from {least} to {MOST}")).label(
                if value.value < least {
                    "too few"
                } else {
                    "too many"
                },
            ),
        );
        return None;
    }
    Some(value.value)
}

fn number(
    value: Option<&Located<f64>>,
    allowed: impl Fn(f64) -> bool,
    problem: &str,
    label: &str,
    context: &mut Context<'_>,
) -> Option<f64> {
    let value = value?;
    if !allowed(value.value) {
        context.problem(Diagnostic::at(value.span, problem).label(label));
        return None;
    }
    Some(value.value)
}

fn share(value: Option<&Located<f64>>, what: &str, context: &mut Context<'_>) -> Option<f64> {
    let problem = format!("{what} must be between 0 and 1");
    let inside = |share: f64| 0.0 < share && share < 1.0;
    number(value, inside, &problem, "both ends excluded", context)
}

/// A factor for each replica, given in turns.
fn factors(
    what: &str,
    given: Option<&Located<Vec<f64>>>,
    replicas: u32,
    context: &mut Context<'_>,
) -> Vec<f64> {
    let Some(given) = given else {
        return Vec::new();
    };
    let allowed = LEAST_WEIGHT..=1.0 / LEAST_WEIGHT;
    let problem = if given.value.is_empty() {
        Some("this is none".to_owned())
    } else if replicas < given.value.len() as u32 {
        let count = given.value.len();
        Some(format!("{count} for {replicas} replicas"))
    } else {
        let odd = given.value.iter().find(|factor| !allowed.contains(*factor));
        odd.map(|odd| format!("{odd} is not from {LEAST_WEIGHT} to {}", 1.0 / LEAST_WEIGHT))
    };
    let Some(problem) = problem else {
        return given.value.clone();
    };
    context.problem(
        Diagnostic::at(
            given.span,
            format!("`{what}` must be a positive number for each replica, or for some in turns"),
        )
        .label(problem),
    );
    Vec::new()
}
