//! Orders graphs of stages, of jobs and of applications: parents before children.

use super::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;

/// A node of a graph: its name, and the names of what comes before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// What comes before it.
    pub(crate) parents: &'a [Located<String>],
}

/// What the graph is of, for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Graph<'a> {
    /// `stage`, `job` or `application`.
    pub(crate) kind: &'a str,
    /// The table that holds the nodes.
    pub(crate) path: &'a [&'a str],
    /// The nodes in the order in which ties are broken.
    pub(crate) nodes: &'a [Node<'a>],
}

/// The nodes' positions, parents before children and otherwise as given, each with the positions of
/// its parents; a cycle is reported.
pub(crate) fn order(graph: Graph<'_>, context: &mut Context<'_>) -> Vec<(usize, Vec<usize>)> {
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.name).collect();
    let parents: Vec<Vec<usize>> = graph
        .nodes
        .iter()
        .map(|node| parents_of(node, &names, graph, context))
        .collect();
    let mut placed = vec![false; graph.nodes.len()];
    let mut ordered = Vec::with_capacity(graph.nodes.len());
    while ordered.len() < graph.nodes.len() {
        let ready =
            |index: &usize| !placed[*index] && parents[*index].iter().all(|&parent| placed[parent]);
        let Some(next) = (0..graph.nodes.len()).find(ready) else {
            report_cycle(graph, &parents, &placed, context);
            // There will be no model, but the rest is looked at all the same.
            let rest = (0..graph.nodes.len()).filter(|&index| !placed[index]);
            ordered.extend(rest.map(|index| (index, parents[index].clone())));
            break;
        };
        placed[next] = true;
        ordered.push((next, parents[next].clone()));
    }
    ordered
}

fn parents_of(
    node: &Node<'_>,
    names: &[&str],
    graph: Graph<'_>,
    context: &mut Context<'_>,
) -> Vec<usize> {
    let mut parents = Vec::with_capacity(node.parents.len());
    for parent in node.parents {
        let Some(index) = context.reference(graph.kind, graph.path, parent, names) else {
            continue;
        };
        if parents.contains(&index) {
            let message = format!("`{}` is named twice", parent.value);
            context.problem(Diagnostic::at(parent.span, message).label("already there"));
        } else {
            parents.push(index);
        }
    }
    parents
}

/// Follows parents that wait for each other until one comes again.
fn report_cycle(
    graph: Graph<'_>,
    parents: &[Vec<usize>],
    placed: &[bool],
    context: &mut Context<'_>,
) {
    let mut trail: Vec<usize> = Vec::new();
    let mut next = placed.iter().position(|placed| !placed);
    while let Some(index) = next.filter(|index| !trail.contains(index)) {
        trail.push(index);
        next = parents[index]
            .iter()
            .copied()
            .find(|&parent| !placed[parent]);
    }
    let Some(first) = next else { return };
    trail.drain(..trail.iter().position(|&index| index == first).unwrap_or(0));
    let names: Vec<String> = trail
        .iter()
        .chain([&first])
        .map(|&index| format!("`{}`", graph.nodes[index].name))
        .collect();
    let second = trail.get(1).copied().unwrap_or(first);
    let link = graph.nodes[first]
        .parents
        .iter()
        .find(|parent| parent.value == graph.nodes[second].name);
    if let Some(link) = link {
        context.problem(
            Diagnostic::at(
                link.span,
                format!(
                    "{}s wait for each other: {}",
                    graph.kind,
                    names.join(" after ")
                ),
            )
            .label("this closes the circle"),
        );
    }
}
