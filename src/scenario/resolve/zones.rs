//! `nodes.X.zones`: where nodes are.

use super::Context;
use crate::id::{Id, IdVec, ZoneId};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::{Entity, NodesSpec, ScenarioSpec};
use std::collections::BTreeSet;

/// The names of all zones, sorted.
pub(super) fn all(spec: &ScenarioSpec) -> IdVec<ZoneId, String> {
    let lists = spec
        .nodes
        .iter()
        .filter_map(|pool| pool.spec.zones.as_ref());
    let names = lists.flat_map(|list| list.value.iter().map(|name| name.value.clone()));
    let sorted: BTreeSet<String> = names.collect();
    sorted.into_iter().collect()
}

/// The zones that a pool's nodes are in, in turn.
pub(super) fn of_pool(
    entity: &Entity<NodesSpec>,
    zones: &IdVec<ZoneId, String>,
    context: &mut Context<'_>,
) -> Vec<ZoneId> {
    let Some(list) = &entity.spec.zones else {
        return Vec::new();
    };
    let path = format!("nodes.{}.zones", entity.name.value);
    if list.value.is_empty() {
        context.problem(
            Diagnostic::at(list.span, format!("`{path}` names no zone"))
                .label("leave it out where zones do not matter"),
        );
    }
    let mut found = Vec::new();
    for name in &list.value {
        let Some(index) = zones.iter().position(|zone| *zone == name.value) else {
            continue;
        };
        let zone = ZoneId::new(index);
        if name.value.is_empty() {
            let message = format!("a zone of `{path}` has no name");
            context.problem(Diagnostic::at(name.span, message).label("this is empty"));
        } else if found.contains(&zone) {
            let message = format!("`{path}` has `{}` twice", name.value);
            context.problem(
                Diagnostic::at(name.span, message)
                    .label("nodes are in the zones in turn: each has as many"),
            );
        } else {
            found.push(zone);
        }
    }
    found
}
