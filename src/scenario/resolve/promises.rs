//! `[[checks]]` and `run.precision`: what is promised of figures, which must exist.

use super::Context;
use crate::metrics::Unit;
use crate::metrics::catalogue::{catalogue, matches, worse};
use crate::model::{Check, Limit, Model, Precision, PrecisionTarget};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::spec::{Amount, CheckSpec, PrecisionSpec, ScenarioSpec};
use crate::units::{Bytes, Duration, Rate};
use std::collections::BTreeSet;

const DEFAULT_CONFIDENCE: f64 = 0.95;
const DEFAULT_MAX_REPLICATIONS: u32 = 500;
/// Fewer replications say too little about their own spread to stop by it.
const MIN_REPLICATIONS: u32 = 10;
/// More names than this are not compared one by one with a misspelt one.
const MOST_CANDIDATES: usize = 20_000;

/// Fills in what is promised. Figures can only be looked up once all else is right.
pub(crate) fn resolve(spec: &ScenarioSpec, model: &mut Model, context: &mut Context<'_>) {
    let precision = spec.run.as_ref().and_then(|run| run.precision.as_ref());
    if (spec.checks.is_empty() && precision.is_none()) || context.has_problems() {
        return;
    }
    let figures = catalogue(model);
    let checks = spec.checks.iter();
    model.checks = checks
        .filter_map(|check| resolve_check(check, &figures, context))
        .collect();
    model.run.precision =
        precision.and_then(|precision| resolve_precision(precision, &figures, context));
}

fn resolve_check(
    spec: &Located<CheckSpec>,
    figures: &[(String, Unit)],
    context: &mut Context<'_>,
) -> Option<Check> {
    let path = (&["checks"][..], "metric");
    let example = "\"services.gateway.latency.p95\"";
    let metric = context.required(spec.metric.as_ref(), path, spec.span, example)?;
    let found = find(metric, figures, context)?;
    let metrics: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let unit = found.first().map(|(_, unit)| *unit)?;
    let spans = [
        spec.below.as_ref().map(|it| it.span),
        spec.above.as_ref().map(|it| it.span),
        spec.margin.as_ref().map(|it| it.span),
    ];
    let given: Vec<Span> = spans.into_iter().flatten().collect();
    if given.len() != 1 {
        let problem = match given.get(1) {
            Some(second) => Diagnostic::at(*second, "a check promises one thing")
                .label("beside another bound")
                .help("write a second `[[checks]]` for it"),
            None => Diagnostic::at(spec.span, "this check promises nothing")
                .label("`below`, `above` or `margin` is missing")
                .help("write `below = \"250ms\"`, or `above = 0.99`, or `margin = 0.02` against a baseline"),
        };
        context.problem(problem);
        return None;
    }
    if let (Some(direction), None) = (&spec.worse, &spec.margin) {
        context.problem(
            Diagnostic::at(direction.span, "`worse` belongs to `margin`")
                .label("`below` and `above` say it themselves"),
        );
        return None;
    }
    let limit = if let Some(margin) = &spec.margin {
        margin_limit(margin, metric, spec, context)?
    } else if let Some(below) = &spec.below {
        Limit::Below(amount(below, unit, context)?)
    } else {
        Limit::Above(amount(spec.above.as_ref()?, unit, context)?)
    };
    Some(Check {
        pattern: metric.value.clone(),
        metrics,
        limit,
    })
}

fn margin_limit(
    margin: &Located<f64>,
    metric: &Located<String>,
    spec: &CheckSpec,
    context: &mut Context<'_>,
) -> Option<Limit> {
    if !(0.0..1e6).contains(&margin.value) {
        context.problem(
            Diagnostic::at(margin.span, "`margin` is a share of the baseline's value")
                .label("must be 0 or more")
                .help("write `margin = 0.02` for two per cent"),
        );
        return None;
    }
    let given = spec.worse.as_ref().map(|it| it.value.0);
    let Some(worse) = given.or_else(|| worse(metric)) else {
        context.problem(
            Diagnostic::at(
                metric.span,
                format!(
                    "whether more or less of `{}` is worse is not known",
                    metric.value
                ),
            )
            .label("a margin needs a direction")
            .help("add `worse = \"higher\"` or `worse = \"lower\"`"),
        );
        return None;
    };
    Some(Limit::Margin {
        share: margin.value,
        worse,
    })
}

fn resolve_precision(
    spec: &Located<PrecisionSpec>,
    figures: &[(String, Unit)],
    context: &mut Context<'_>,
) -> Option<Precision> {
    let path = (&["run", "precision"][..], "metric");
    let example = "\"services.gateway.latency.mean\"";
    let metric = context.required(spec.metric.as_ref(), path, spec.span, example)?;
    let found = find(metric, figures, context)?;
    let [(name, unit)] = found[..] else {
        context.problem(
            Diagnostic::at(metric.span, "replications stop by one figure")
                .label(format!("this names {}", found.len())),
        );
        return None;
    };
    let target = match (&spec.relative, &spec.absolute) {
        (Some(share), None) => {
            if !(0.0 < share.value && share.value < 1.0) {
                context.problem(
                    Diagnostic::at(share.span, "`relative` is a share of the figure")
                        .label("must be above 0 and below 1")
                        .help("write `relative = 0.02` for two per cent"),
                );
                return None;
            }
            PrecisionTarget::Relative(share.value)
        }
        (None, Some(half_width)) => {
            let value = amount(half_width, *unit, context)?;
            if value <= 0.0 {
                context.problem(
                    Diagnostic::at(half_width.span, "`absolute` must be more than nothing")
                        .label("no number of replications would be enough"),
                );
                return None;
            }
            PrecisionTarget::Absolute(value)
        }
        (_, second) => {
            let span = second.as_ref().map_or(spec.span, |second| second.span);
            context.problem(
                Diagnostic::at(span, "precision has one measure")
                    .label("needs either `relative` or `absolute`")
                    .help("write `relative = 0.02` for two per cent of the figure"),
            );
            return None;
        }
    };
    let confidence = spec.confidence.as_ref();
    let wrong = confidence.filter(|share| !(0.5..1.0).contains(&share.value));
    if let Some(share) = wrong {
        context.problem(
            Diagnostic::at(
                share.span,
                "`confidence` is the share of intervals that hold the truth",
            )
            .label("must be at least 0.5 and below 1"),
        );
        return None;
    }
    let most = spec.max_replications.as_ref();
    if let Some(few) = most.filter(|most| most.value < MIN_REPLICATIONS) {
        context.problem(
            Diagnostic::at(few.span, "`max-replications` must be at least 10")
                .label("fewer say too little about their own spread to stop by it"),
        );
        return None;
    }
    let max_replications = match most {
        Some(_) => context.population(most, "`run.precision.max-replications`"),
        None => DEFAULT_MAX_REPLICATIONS,
    };
    Some(Precision {
        metric: name.clone(),
        target,
        confidence: confidence.map_or(DEFAULT_CONFIDENCE, |share| share.value),
        max_replications,
    })
}

/// The figures that `pattern` names, where `*` is any one name, or any part of one.
fn find<'f>(
    pattern: &Located<String>,
    figures: &'f [(String, Unit)],
    context: &mut Context<'_>,
) -> Option<Vec<&'f (String, Unit)>> {
    let parts: Vec<&str> = pattern.split('.').collect();
    let found: Vec<_> = figures
        .iter()
        .filter(|(name, _)| matches(pattern, name))
        .collect();
    if found.is_empty() {
        context.problem(unknown(pattern, &parts, figures));
        return None;
    }
    Some(found)
}

/// What is said of a figure that does not exist: the nearest name, and what could follow the part
/// of it that is right.
fn unknown(pattern: &Located<String>, parts: &[&str], figures: &[(String, Unit)]) -> Diagnostic {
    let message = format!("there is no figure named `{}`", pattern.value);
    let problem = Diagnostic::at(pattern.span, message);
    let names = figures.iter().take(MOST_CANDIDATES);
    let problem = match nearest(pattern, names.map(|(name, _)| name.as_str())) {
        Some(near) => problem.label(format!("did you mean `{near}`?")),
        None => problem.label("nothing has this name"),
    };
    let right = |length: usize| {
        let next = figures.iter().filter_map(|(name, _)| {
            let mut names = name.split('.');
            let begins = parts[..length].iter().all(|part| {
                names
                    .next()
                    .is_some_and(|name| *part == "*" || *part == name)
            });
            begins.then(|| names.next()).flatten()
        });
        next.collect::<BTreeSet<_>>()
    };
    let longest = (0..parts.len()).rev().map(|length| (length, right(length)));
    match longest.into_iter().find(|(_, next)| !next.is_empty()) {
        Some((0, next)) => problem.help(format!("figures begin with {}", quoted_list(next))),
        Some((length, next)) => problem.help(format!(
            "after `{}` there are {}",
            parts[..length].join("."),
            quoted_list(next)
        )),
        None => problem,
    }
}

/// An amount in a figure's unit.
fn amount(amount: &Located<Amount>, unit: Unit, context: &mut Context<'_>) -> Option<f64> {
    let (value, example) = match (&amount.value, unit) {
        (Amount::Number(number), _) => (number.is_finite().then_some(*number), "a finite number"),
        (Amount::Text(text), Unit::Seconds) => (
            text.parse()
                .ok()
                .map(|duration: Duration| duration.seconds()),
            "a duration such as \"250ms\"",
        ),
        (Amount::Text(text), Unit::PerSecond) => (
            text.parse().ok().map(|rate: Rate| rate.0),
            "a rate such as \"120/s\"",
        ),
        (Amount::Text(text), Unit::Bytes) => (
            text.parse().ok().map(|bytes: Bytes| bytes.0 as f64),
            "an amount of data such as \"4Gi\"",
        ),
        (Amount::Text(_), Unit::Ratio) => (None, "a share such as 0.99"),
        (Amount::Text(_), _) => (None, "a number without a unit"),
    };
    if value.is_none() {
        context.problem(
            Diagnostic::at(
                amount.span,
                format!("a figure in {} is not compared with this", unit.words()),
            )
            .label(format!("expected {example}")),
        );
    }
    value
}
