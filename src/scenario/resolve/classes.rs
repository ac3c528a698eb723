//! `[classes]`.

use super::Context;
use super::services::Services;
use crate::id::{ClassId, IdVec};
use crate::model::{Class, DisciplineKind};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::ScenarioSpec;

/// The name of the class of requests without a mark.
const UNMARKED: &str = "default";

/// The class of unmarked requests, then those of the scenario in the order of their names.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> IdVec<ClassId, Class> {
    let mut classes = IdVec::new();
    classes.push(Class {
        name: UNMARKED.to_owned(),
        priority: 0,
        weight: 1,
    });
    // With several cores nobody gets more than one, and what is left over would have to be shared
    // again by weight: that is not modelled.
    let crowded = services.templates.iter().find(|service| {
        service.discipline == DisciplineKind::ProcessorSharing && service.concurrency > 1
    });
    for entity in spec.classes.iter() {
        let name = entity.name.as_str();
        if name == UNMARKED {
            context.problem(
                Diagnostic::at(
                    entity.name.span,
                    "`default` is the class of unmarked requests",
                )
                .label("choose another name"),
            );
        }
        let what = format!("`classes.{name}.weight`");
        let weight = context.population(entity.spec.weight.as_ref(), &what);
        if let (Some(at), Some(service)) = (entity.spec.weight.as_ref(), crowded)
            && weight != 1
        {
            let service = &service.name;
            context.problem(
                Diagnostic::at(
                    at.span,
                    "weights are modelled for replicas with `concurrency = 1` only",
                )
                .label(format!("`services.{service}` shares more than one core")),
            );
        }
        classes.push(Class {
            name: name.to_owned(),
            priority: entity.spec.priority.as_ref().map_or(0, |it| it.value),
            weight,
        });
    }
    classes
}

/// The class of that name.
pub(crate) fn reference(
    name: &Located<String>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<ClassId> {
    let position = context.reference("class", &["classes"], name, &spec.classes.names())?;
    Some(ClassId(position as u32 + 1))
}
