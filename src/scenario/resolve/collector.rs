//! `apps.NAME.gc`: what the garbage collector of an executor costs.

use super::Context;
use crate::id::{Id, IdVec, StageId};
use crate::model::{Cluster, CpuModelKind, Deploy, Gc, SparkConf, Stage};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{AppSpec, Entity, GcSpec};
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes};

/// `UnifiedMemoryManager.RESERVED_SYSTEM_MEMORY_BYTES`.
const DEFAULT_LIVE: Bytes = Bytes(300 << 20);

/// The JVM gives up where a collection frees less than this share of the heap: `GCHeapFreeLimit`.
const LEAST_FREE: f64 = 0.02;

/// The collector of an application, whose stages are those from `own` on: their tasks go step by
/// step. `None`: it costs nothing.
pub(crate) fn resolve(
    app: &Entity<AppSpec>,
    conf: &SparkConf,
    (stages, own): (&mut IdVec<StageId, Stage>, usize),
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Option<Gc> {
    let given = app.spec.gc.as_ref()?;
    let path = format!("apps.{}.gc", app.name.value);
    let deploy = app.spec.deploy.as_ref();
    if deploy.is_some_and(|deploy| deploy.value.0 == Deploy::InReplica) {
        context.problem(
            Diagnostic::at(given.span, format!("`{path}` has no heap to collect"))
                .label("the application runs inside a service's container")
                .help("leave it out"),
        );
        return None;
    }
    if cluster.is_some_and(|cluster| cluster.cpu_model == CpuModelKind::Shared) {
        context.problem(
            Diagnostic::at(
                given.span,
                format!("`{path}` on processors that are shared"),
            )
            .label("which of the two slows a task down is not modelled together")
            .help("leave it out, or `cluster.cpu-model`"),
        );
        return None;
    }
    let GcSpec {
        allocation_rate,
        collection_rate,
        live,
    } = &given.value;
    let allocation = rate(
        allocation_rate.as_ref(),
        (&path, "allocation-rate"),
        given.span,
        context,
    );
    let collection = rate(
        collection_rate.as_ref(),
        (&path, "collection-rate"),
        given.span,
        context,
    );
    let gc = Gc {
        allocation: allocation?,
        collection: collection?,
        live: live.as_ref().map_or(DEFAULT_LIVE, |live| live.value.0),
    };
    let mut most = gc.live;
    for id in (own..stages.len()).map(StageId::new) {
        let data = stages[id].data.get_or_insert_default();
        let uses = conf.data.on_heap && data.task_memory > Bytes(0);
        if uses || data.broadcast.is_some() || data.cached_size > Bytes(0) {
            most = gc.live + conf.data.storage_memory;
        }
    }
    let room = (conf.data.heap.0 as f64 * (1.0 - LEAST_FREE)) as u64;
    if room < most.0 {
        let span = live.as_ref().map_or(given.span, |live| live.span);
        context.problem(
            Diagnostic::at(
                span,
                format!(
                    "the heap of executors of `apps.{}` fills up",
                    app.name.value
                ),
            )
            .label(format!(
                "up to {} of {} are alive",
                most.human(),
                conf.data.heap.human()
            ))
            .help(
                "the JVM gives up where a collection frees less than 2 % of the heap: raise \
                     `spark.executor.memory`, or lower `gc.live` or `spark.memory.fraction`",
            ),
        );
        return None;
    }
    Some(gc)
}

/// A rate, which must be given.
fn rate(
    given: Option<&Located<Quantity<Bandwidth>>>,
    (path, key): (&str, &str),
    span: Span,
    context: &mut Context<'_>,
) -> Option<Bandwidth> {
    let Some(rate) = given else {
        if !context.was_removed_within(span) {
            context.problem(
                Diagnostic::at(span, format!("`{path}` lacks `{key}`"))
                    .label("how many bytes in a second?")
                    .help(format!("add `{key} = \"500MB/s\"`")),
            );
        }
        return None;
    };
    Some(rate.value.0)
}
