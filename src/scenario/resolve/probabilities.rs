//! `[probabilities]`: events that figures of replications tell of.

use super::Context;
use crate::metrics::catalogue::catalogue;
use crate::model::{Bound, Model, Probability};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::nearest::nearest;
use crate::scenario::spec::{Entity, ProbabilitySpec, ScenarioSpec};

/// The events that the scenario asks for; `model` is the rest of it, whole.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    model: &Model,
    context: &mut Context<'_>,
) -> Vec<Probability> {
    if spec.probabilities.is_empty() {
        return Vec::new();
    }
    let figures = catalogue(model).into_iter();
    let names: Vec<String> = figures.map(|(name, _)| name).collect();
    let entities = spec.probabilities.iter();
    entities
        .filter_map(|entity| resolve_one(entity, &names, context))
        .collect()
}

fn resolve_one(
    entity: &Entity<ProbabilitySpec>,
    names: &[String],
    context: &mut Context<'_>,
) -> Option<Probability> {
    let name = entity.name.as_str();
    let path = ["probabilities", name];
    let example = "\"services.NAME.goodput\"";
    let metric = entity.spec.metric.as_ref();
    let metric = context.required(metric, (&path, "metric"), entity.span, example);
    if let Some(metric) = metric.filter(|metric| !names.contains(&metric.value)) {
        context.problem(unknown(metric, names));
    }
    let event = match (&entity.spec.below, &entity.spec.above) {
        (Some(below), None) => Some(Bound::Below(below.value)),
        (None, Some(above)) => Some(Bound::Above(above.value)),
        (Some(_), Some(above)) => {
            context.problem(
                Diagnostic::at(
                    above.span,
                    format!("`probabilities.{name}` has `below` and `above`"),
                )
                .label("one of them says when it has happened"),
            );
            None
        }
        (None, None) => {
            let told = ["below", "above"];
            if !told.iter().any(|key| context.was_removed(&path, key)) {
                context.problem(
                    Diagnostic::at(
                        entity.span,
                        format!("`probabilities.{name}` does not say when it has happened"),
                    )
                    .label("`below` or `above` is missing")
                    .help("add one of them, e.g. `below = 40`"),
                );
            }
            None
        }
    };
    Some(Probability {
        name: name.to_owned(),
        metric: metric?.value.clone(),
        event: event?,
    })
}

fn unknown(metric: &Located<String>, names: &[String]) -> Diagnostic {
    let problem = Diagnostic::at(
        metric.span,
        format!("there is no figure named `{}`", metric.value),
    );
    let near = nearest(&metric.value, names.iter().map(String::as_str));
    match near {
        Some(near) => problem.label(format!("did you mean `{near}`?")),
        None => problem.label("not a figure of this scenario"),
    }
    .help("figures are named as in `summary.csv`")
}
