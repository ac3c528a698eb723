//! Which figures of a sweep are shown and charted.

use crate::experiment::SweepResults;
use crate::metrics::catalogue::matches;
use crate::report::name::{Group, MetricName};
use std::collections::BTreeSet;

/// Figures that are shown where nobody says which.
const MOST: usize = 4;
/// For each kind of thing the figures that say most, the first that there is an estimate of; the
/// kinds in this order.
const MAIN: [(Group, &[&str]); 5] = [
    (Group::Workflow, &["latency.mean"]),
    (Group::Application, &["latency.mean"]),
    (
        Group::Service,
        &["latency.p95", "latency.mean", "utilization"],
    ),
    (Group::Workload, &["latency.mean"]),
    (Group::Cluster, &["cost"]),
];

/// A figure was asked for that the sweep does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no figure `{name}`{}", hint(nearest.as_deref()))]
pub struct UnknownMetric {
    /// What was asked for.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

fn hint(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!(": did you mean `{name}`?"),
        None => "; `summary.csv` of a run has all names".to_owned(),
    }
}

/// Finds a figure that is `wanted`, with `*` for any one name, and is not `known`.
///
/// # Errors
/// If there is one.
pub fn check_metrics<'a>(
    known: impl IntoIterator<Item = &'a str>,
    wanted: &[String],
) -> Result<(), UnknownMetric> {
    let known: BTreeSet<&str> = known.into_iter().collect();
    let is_known = |wanted: &str| known.iter().any(|name| matches(wanted, name));
    let Some(name) = wanted.iter().find(|name| !is_known(name)) else {
        return Ok(());
    };
    let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
    let nearest = known.iter().copied().min_by_key(distance);
    let nearest = nearest.filter(|near| distance(near) * 3 <= name.len());
    Err(UnknownMetric {
        name: name.clone(),
        nearest: nearest.map(str::to_owned),
    })
}

/// The names of the figures to show: those that are `wanted`, or else the main ones.
///
/// # Errors
/// If one that is wanted is no figure of any point.
pub fn chosen(results: &SweepResults, wanted: &[String]) -> Result<Vec<String>, UnknownMetric> {
    let figures = || results.points.iter().flat_map(|point| &point.figures);
    check_metrics(figures().map(|figure| figure.metric.as_str()), wanted)?;
    if !wanted.is_empty() {
        let mut chosen: Vec<String> = Vec::new();
        for wanted in wanted {
            let named = figures().filter(|figure| matches(wanted, &figure.metric));
            for figure in named {
                if !chosen.contains(&figure.metric) {
                    chosen.push(figure.metric.clone());
                }
            }
        }
        return Ok(chosen);
    }
    let estimated: BTreeSet<&str> = figures()
        .filter(|figure| figure.estimate.is_ok())
        .map(|figure| figure.metric.as_str())
        .collect();
    // In the order of the catalogue, each thing once.
    let mut things: Vec<(Group, &str)> = Vec::new();
    for figure in results
        .points
        .first()
        .iter()
        .flat_map(|point| &point.figures)
    {
        let name = MetricName::parse(&figure.metric);
        if name.part.is_none() && !things.contains(&(name.group, name.thing)) {
            things.push((name.group, name.thing));
        }
    }
    let mut chosen = Vec::new();
    for (group, quantities) in MAIN {
        // What a workload's requests see is mostly what its service does.
        if group == Group::Workload && !chosen.is_empty() {
            continue;
        }
        for (_, thing) in things.iter().filter(|(of, _)| *of == group) {
            let path = match group {
                Group::Application => format!("apps.{thing}"),
                Group::Workflow => format!("workflows.{thing}"),
                Group::Service => format!("services.{thing}"),
                Group::Workload => format!("workloads.{thing}"),
                Group::Cluster | Group::NodePool | Group::Budget | Group::Other => {
                    "cluster".to_owned()
                }
            };
            let names = quantities
                .iter()
                .map(|quantity| format!("{path}.{quantity}"));
            chosen.extend(
                names
                    .into_iter()
                    .find(|name| estimated.contains(name.as_str())),
            );
        }
    }
    chosen.truncate(MOST);
    Ok(chosen)
}
