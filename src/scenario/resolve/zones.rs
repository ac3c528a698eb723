//! `nodes.X.zones`: where nodes are.

use super::Context;
use crate::id::{Id, IdVec, ZoneId};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::{Entity, NodesSpec, ScenarioSpec};
use std::collections::BTreeSet;

/// The names of all zones, sorted.
pub(super) fn all(spec: &ScenarioSpec) -> IdVec<ZoneId, String> {
    let names = spec.nodes.iter().flat_map(|pool| &pool.spec.zones);
    let sorted: BTreeSet<String> = names.map(|name| name.value.clone()).collect();
    sorted.into_iter().collect()
}

/// The zones that a pool's nodes are in, in turn.
pub(super) fn of_pool(
    entity: &Entity<NodesSpec>,
    zones: &IdVec<ZoneId, String>,
    context: &mut Context<'_>,
) -> Vec<ZoneId> {
    let path = format!("nodes.{}.zones", entity.name.value);
    let mut found = Vec::new();
    for name in &entity.spec.zones {
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
