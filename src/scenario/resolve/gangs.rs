//! `gang`: executors that must have room together with the driver.

use super::Context;
use crate::model::{Cluster, Placing, Pool, Resources, SparkConf};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{AppSpec, Entity, ScenarioSpec};

/// The containers of an application.
pub(super) struct Members<'a> {
    pub(super) conf: &'a SparkConf,
    pub(super) driver: &'a Placing,
    pub(super) executor: &'a Placing,
}

/// Executors that must have room beside the driver; `None`: none.
pub(super) fn resolve(
    app: &Entity<AppSpec>,
    members: &Members<'_>,
    (spec, cluster): (&ScenarioSpec, Option<&Cluster>),
    context: &mut Context<'_>,
) -> Option<u32> {
    let all = members.conf.executors.initial;
    let everywhere = spec.cluster.as_ref().and_then(|it| it.gang.as_ref());
    let (min, span) = match (&app.spec.gang, everywhere) {
        (Some(gang), _) => (gang.min.as_ref().map_or(all, |min| min.value), gang.span),
        (None, Some(gang)) if gang.value => (all, gang.span),
        _ => return None,
    };
    if all < min {
        let message = format!(
            "`apps.{}.gang` is more than the executors that it asks for",
            app.name.value
        );
        context.problem(Diagnostic::at(span, message).label(format!("it asks for {all}")));
    }
    if let Some(cluster) = cluster {
        check_fits(&app.name, min, span, members, cluster, context);
    }
    (min > 0).then_some(min)
}

/// Reports a gang that does not fit even an empty cluster.
fn check_fits(
    name: &Located<String>,
    min: u32,
    span: Span,
    members: &Members<'_>,
    cluster: &Cluster,
    context: &mut Context<'_>,
) {
    let executor = members.conf.executor;
    let in_pool = |id, pool: &Pool| {
        let fit = copies(pool.allocatable(), executor).saturating_mul(pool.most().into());
        if members.executor.allows(id) { fit } else { 0 }
    };
    let everywhere: u64 = cluster
        .pools
        .enumerate()
        .map(|(id, pool)| in_pool(id, pool))
        .fold(0, u64::saturating_add);
    let beside = cluster.pools.enumerate().filter_map(|(id, pool)| {
        let mut left = pool.allocatable();
        if !members.driver.allows(id) || !left.fits(members.conf.driver) {
            return None;
        }
        left -= members.conf.driver;
        let lost = if members.executor.allows(id) {
            copies(pool.allocatable(), executor) - copies(left, executor)
        } else {
            0
        };
        Some(everywhere.saturating_sub(lost))
    });
    // That a driver fits nowhere has been reported.
    if let Some(most) = beside.max().filter(|most| *most < u64::from(min)) {
        let message = format!("`apps.{}` waits for a gang that can never fit", name.value);
        context.problem(
            Diagnostic::at(span, message)
                .label(format!("{min} executors and a driver are to fit together"))
                .help(format!(
                    "beside a driver the empty cluster has room for {most} executors: a smaller \
                     gang, smaller executors, or more nodes"
                )),
        );
    }
}

/// How often an amount fits into another.
fn copies(whole: Resources, part: Resources) -> u64 {
    let fit = |whole: u64, part: u64| whole.checked_div(part).unwrap_or(u64::MAX);
    let amounts = [
        fit(whole.cpu.0, part.cpu.0),
        fit(whole.memory.0, part.memory.0),
        fit(whole.disk.0, part.disk.0),
        fit(whole.gpus.into(), part.gpus.into()),
        fit(whole.containers.into(), part.containers.into()),
    ];
    amounts.into_iter().fold(u64::MAX, u64::min)
}
