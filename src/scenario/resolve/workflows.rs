//! `[workflows]`, and what applications come `after`.

use super::graph::{self, Graph, Node};
use super::{Context, deadlines};
use crate::id::{AppId, IdVec, WorkflowId};
use crate::model::{App, Deploy, Member, Overlap, Workflow};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::{Entity, ScenarioSpec, WorkflowSpec};

/// Fills in what each application comes after.
pub(super) fn order(spec: &ScenarioSpec, apps: &mut IdVec<AppId, App>, context: &mut Context<'_>) {
    if spec.apps.iter().all(|app| app.spec.after.is_empty()) {
        return;
    }
    let nodes: Vec<Node<'_>> = spec
        .apps
        .iter()
        .map(|app| Node {
            name: app.name.as_str(),
            parents: &app.spec.after,
        })
        .collect();
    let graph = Graph {
        kind: "application",
        path: &["apps"],
        nodes: &nodes,
    };
    for (position, after) in graph::order(graph, context) {
        let app = &mut apps[AppId(position as u32)];
        app.after = after.iter().map(|&app| AppId(app as u32)).collect();
        let first = spec.apps.0[position].spec.after.first();
        if app.deploy == Deploy::InReplica
            && let Some(first) = first
        {
            let path = format!("apps.{}", app.name);
            context.problem(
                Diagnostic::at(first.span, format!("`{path}` runs inside a service"))
                    .label("a request starts it, and nothing else")
                    .help(format!(
                        "leave `after` out, or give `{path}` another `deploy`"
                    )),
            );
        }
    }
}

/// Every workflow.
pub(super) fn resolve(
    spec: &ScenarioSpec,
    apps: &IdVec<AppId, App>,
    context: &mut Context<'_>,
) -> IdVec<WorkflowId, Workflow> {
    let workflows = spec.workflows.iter();
    workflows
        .map(|entity| resolve_one(entity, spec, apps, context))
        .collect()
}

fn resolve_one(
    entity: &Entity<WorkflowSpec>,
    spec: &ScenarioSpec,
    apps: &IdVec<AppId, App>,
    context: &mut Context<'_>,
) -> Workflow {
    let name = entity.name.as_str();
    let path = format!("workflows.{name}");
    let overlap = entity.spec.overlap.as_ref();
    Workflow {
        name: name.to_owned(),
        members: members(entity, (spec, apps), context),
        overlap: overlap.map_or(Overlap::Allow, |overlap| overlap.value.0),
        deadline: deadlines::resolve(entity.spec.deadline.as_ref(), &path, spec, context),
    }
}

fn members(
    entity: &Entity<WorkflowSpec>,
    (spec, apps): (&ScenarioSpec, &IdVec<AppId, App>),
    context: &mut Context<'_>,
) -> Vec<Member> {
    let name = entity.name.as_str();
    let path = ["workflows", name];
    let given = context.required(
        entity.spec.apps.as_ref(),
        (&path, "apps"),
        entity.span,
        "[\"ingest\", \"report\"]",
    );
    let Some(given) = given else {
        return Vec::new();
    };
    if given.value.is_empty() {
        context.problem(
            Diagnostic::at(given.span, format!("`workflows.{name}` has no application"))
                .label("an arrival would start nothing"),
        );
    }
    let known = spec.apps.names();
    let mut found: Vec<AppId> = Vec::new();
    let mut spans = Vec::new();
    for app in &given.value {
        let Some(position) = context.reference("application", &["apps"], app, &known) else {
            continue;
        };
        let id = AppId(position as u32);
        let problem = if found.contains(&id) {
            Diagnostic::at(app.span, format!("`{}` is named twice", app.value))
                .label("already there")
        } else if apps[id].deploy == Deploy::InReplica {
            let path = format!("apps.{}", app.value);
            Diagnostic::at(app.span, format!("`{path}` runs inside a service"))
                .label("no workflow can start it")
                .help(format!("give `{path}` another `deploy`"))
        } else {
            found.push(id);
            spans.push(app.span);
            continue;
        };
        context.problem(problem);
    }
    let whole = found.len() == given.value.len();
    let members = found.iter().zip(&spans).map(|(&app, &span)| {
        let mut after = Vec::new();
        for before in &apps[app].after {
            match found.iter().position(|other| other == before) {
                Some(position) => after.push(position as u32),
                // What is wrong with the list may be just that.
                None if whole => {
                    let before = &apps[*before].name;
                    context.problem(
                        Diagnostic::at(
                            span,
                            format!(
                                "`{}` comes after `{before}`, which is not in `workflows.{name}`",
                                apps[app].name
                            ),
                        )
                        .label("it would wait for ever")
                        .help(format!("add `{before}` to `workflows.{name}.apps`")),
                    );
                }
                None => {}
            }
        }
        Member { app, after }
    });
    members.collect()
}
