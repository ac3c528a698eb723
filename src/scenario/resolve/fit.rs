//! Whether a container can ever be placed.

use super::Context;
use crate::model::{Cluster, Placing, Pool, Resources};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Span;
use crate::units::{Bytes, Cpu};

/// Reports a container that fits no node that it may go to, not even an empty one.
pub(crate) fn check(
    what: &str,
    (asked, placing): (Resources, &Placing),
    span: Span,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) {
    let Some(cluster) = cluster else {
        return;
    };
    // A pool without processor or memory has been reported; nothing can be said of it.
    let usable = |pool: &Pool| pool.capacity.cpu != Cpu(0) && pool.capacity.memory.0 != 0;
    if !cluster.pools.iter().all(usable) {
        return;
    }
    let pools = cluster.pools.enumerate();
    let allowed: Vec<&Pool> = pools
        .filter(|(id, _)| placing.allows(*id))
        .map(|(_, pool)| pool)
        .collect();
    // That labels and taints leave none has been reported.
    if allowed.is_empty() || allowed.iter().any(|pool| pool.allocatable().fits(asked)) {
        return;
    }
    let offers: Vec<String> = allowed
        .iter()
        .map(|pool| format!("`nodes.{}` {}", pool.name, amounts(pool.allocatable())))
        .collect();
    context.problem(
        Diagnostic::at(span, format!("{what} fits no node"))
            .label(format!("asks for {}", amounts(asked)))
            .help(format!("a node offers: {}", offers.join("; "))),
    );
}

/// Amounts as they would be written in a scenario.
fn amounts(resources: Resources) -> String {
    let cpu = resources.cpu.as_cores();
    let cores = if resources.cpu == Cpu::cores(1) {
        "core"
    } else {
        "cores"
    };
    let mut parts = Vec::new();
    if resources.cpu.0 > 0 || resources == Resources::container(Cpu(0), Bytes(0)) {
        parts.push(format!("{cpu} {cores}"));
    }
    if resources.memory.0 > 0 {
        parts.push(resources.memory.human());
    }
    if resources.disk.0 > 0 && resources.disk != Resources::ANY_DISK {
        parts.push(format!("{} of ephemeral storage", resources.disk.human()));
    }
    if resources.gpus > 0 {
        let plural = if resources.gpus == 1 { "" } else { "s" };
        parts.push(format!("{} gpu{plural}", resources.gpus));
    }
    parts.join(" and ")
}
