//! Partitions that have places: blocks, and what executors keep (`cached-size`).

use super::Context;
use super::data::Written;
use crate::id::{Id, IdVec, StageId};
use crate::model::{Deploy, Locality, SparkConf, Stage};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Span;
use crate::scenario::spec::AppSpec;

/// Blocks and cached partitions are those of tasks as planned: an adaptive stage has none.
pub(crate) fn check(
    app: &AppSpec,
    conf: &SparkConf,
    (written, stages): (&[Written<'_>], &IdVec<StageId, Stage>),
    context: &mut Context<'_>,
) {
    let first = stages.len() - written.len();
    for (position, (path, spec)) in written.iter().enumerate() {
        let stage = &stages[StageId::new(first + position)];
        let near = matches!(
            stage.locality,
            Some(Locality::Blocks { .. } | Locality::Cached(_))
        );
        if let Some(size) = &spec.cached_size {
            check_cached((path, size.span), (app, conf, stage.is_cached), context);
        }
        if let Some(adaptive) = &spec.adaptive
            && (near || stage.is_cached)
        {
            context.problem(
                Diagnostic::at(
                    adaptive.span,
                    format!("`{path}` is adaptive, and its partitions have places"),
                )
                .label("what is merged or split is in no block and in no memory")
                .help("leave out `adaptive`, or the `locality` that names its partitions"),
            );
        }
    }
}

/// Partitions with a size are kept by somebody, for somebody.
fn check_cached(
    (path, span): (&str, Span),
    (app, conf, is_cached): (&AppSpec, &SparkConf, bool),
    context: &mut Context<'_>,
) {
    let deploy = app.deploy.as_ref().map(|deploy| deploy.value.0);
    let decommission = conf.executors.decommission;
    let (label, help) = if !is_cached {
        (
            "no stage has `locality = { cached = … }` with this one",
            "let a later stage read it, or leave it out",
        )
    } else if deploy == Some(Deploy::InReplica) {
        (
            "the application is one process inside a service's container",
            "leave it out: nothing is short there",
        )
    } else if decommission.is_some_and(|rule| rule.moves_cached) {
        (
            "whether there is room where decommissioned executors move it is not modelled",
            "set `spark.storage.decommission.rddBlocks.enabled` to false, or leave it out",
        )
    } else {
        return;
    };
    let message = format!("`{path}.cached-size` is of no use");
    context.problem(Diagnostic::at(span, message).label(label).help(help));
}
