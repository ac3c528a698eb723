//! Distributions: parameters in their domain, values from files.

use super::{Context, tables};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{DistributionSpec, Empirical, Measure, Parameters};

/// A distribution, no time where it is left out.
pub(crate) fn optional(
    spec: Option<&Located<DistributionSpec>>,
    context: &mut Context<'_>,
) -> Distribution {
    spec.and_then(|spec| resolve(spec, context))
        .unwrap_or(Distribution::Constant { value: 0.0 })
}

/// A distribution; `None` where it has a problem, which has been told.
pub(crate) fn resolve(
    spec: &Located<DistributionSpec>,
    context: &mut Context<'_>,
) -> Option<Distribution> {
    match &spec.value {
        Measure::Constant(seconds) => Some(Distribution::Constant { value: seconds.0 }),
        Measure::Law(law) => parameters(law.parameters(), spec.span, context),
    }
}

/// A law with parameters; `None` where it has a problem, which has been told.
pub(crate) fn parameters(
    law: &dyn Parameters,
    span: Span,
    context: &mut Context<'_>,
) -> Option<Distribution> {
    let distribution = match law.empirical() {
        Some(empirical) => values(empirical, span, context)?,
        None => law.distribution()?,
    };
    match distribution.check() {
        Ok(()) => Some(distribution),
        Err(reason) => {
            context.problem(Diagnostic::at(span, "not a distribution").label(reason));
            None
        }
    }
}

/// Means below this many seconds of what goes wrong again and again are taken for a mistake: a run
/// would get nowhere.
const OFTEN: f64 = 1e-3;

/// Whether so little time passes that something happens all the time.
pub(crate) fn is_all_the_time(distribution: &Distribution) -> bool {
    distribution.mean() < OFTEN
}

/// Whether no time ever passes.
pub(crate) fn is_zero(distribution: &Distribution) -> bool {
    let zero = |value: &f64| *value <= 0.0;
    match distribution {
        Distribution::Constant { value } => zero(value),
        Distribution::Uniform { max, .. } | Distribution::Triangular { max, .. } => zero(max),
        Distribution::Empirical { values } => values.iter().all(zero),
        _ => false,
    }
}

fn values(law: &Empirical, span: Span, context: &mut Context<'_>) -> Option<Distribution> {
    match (&law.values, &law.file, &law.column) {
        (Some(_), None, None) => law.distribution(),
        (None, Some(file), Some(column)) => {
            let values = tables::column(file, column, context)?;
            Some(Distribution::Empirical { values })
        }
        _ if context.was_removed_within(span) => None,
        _ => {
            context.problem(
                Diagnostic::at(span, "an empirical distribution has either `values`, or `file` and `column`")
                    .label("give one of the two")
                    .help("e.g. `{ empirical = { values = [\"10ms\", \"12ms\"] } }` or `{ empirical = { file = \"times.csv\", column = \"seconds\" } }`"),
            );
            None
        }
    }
}
