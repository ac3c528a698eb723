//! What is written about nodes, or about their autoscaler, where there is none: it is accepted,
//! because variants and rows share their tables, and listed, because it changes nothing.

use super::Context;
use crate::scenario::located::Span;
use crate::scenario::spec::ScenarioSpec;

/// Lists it.
pub(super) fn list(spec: &ScenarioSpec, context: &mut Context<'_>) {
    let cluster = spec.cluster.as_ref().map(|cluster| &cluster.value);
    macro_rules! written {
        ($($key:ident),+) => {
            [$((stringify!($key), cluster.and_then(|it| it.$key.as_ref()).map(|it| it.span))),+]
        };
    }
    let scaling = written!(autoscaler, expander);
    let placing = written!(placement, queue, gang, network);
    let names = |found: &[(&str, Option<Span>)]| -> Vec<String> {
        let found = found.iter().filter(|(_, span)| span.is_some());
        found.map(|(key, _)| format!("`cluster.{key}`")).collect()
    };
    if spec.nodes.is_empty() {
        let mut idle = names(&placing);
        idle.extend(names(&scaling));
        idle.extend(spec.network.as_ref().map(|_| "`[network]`".to_owned()));
        idle.extend(spec.registry.as_ref().map(|_| "`[registry]`".to_owned()));
        note(&idle, "the scenario has no nodes", context);
    } else if spec.nodes.iter().all(|pool| pool.spec.autoscale.is_none()) {
        let why = "no pool of nodes has `autoscale`";
        note(&names(&scaling), why, context);
    }
}

fn note(idle: &[String], why: &str, context: &mut Context<'_>) {
    if !idle.is_empty() {
        context.note(format!("{}: {why}", idle.join(", ")));
    }
}
