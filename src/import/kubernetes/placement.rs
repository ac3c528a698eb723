//! Where pods may go: selectors, affinities, tolerations, spread and priority to `placement`.
//!
//! What a node selector of a scenario cannot say (one of several values, none of them, more or less
//! than) is decided here: the pools that it leaves get a label of their own, and that is selected.
//! So pools have to be there first, with all labels that some pod looks at.

use super::labels::{self, Labels};
use super::priorities::Priorities;
use super::reading::Reading;
use super::tables::{Placing, Pool};
use super::yaml::Node;
use std::collections::BTreeSet;

/// The labels that tell where a node is.
pub(super) const ZONE_LABELS: &[&str] = &[
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];
const HOST_LABEL: &str = "kubernetes.io/hostname";

/// Fields that have a say in where or when a pod runs and have no table.
const CONSEQUENTIAL: &[(&str, &str)] = &[
    (
        "schedulerName",
        "all containers are placed by one scheduler",
    ),
    ("schedulingGates", "containers wait for no gate"),
];

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// What is known around a pod.
pub(super) struct Around<'a> {
    pub(super) priorities: &'a Priorities,
    pub(super) pools: &'a mut [Pool],
}

/// The keys of node labels that a pod looks at.
pub(super) fn keys(spec: &Node) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = labels::read(spec.get("nodeSelector")).into_keys().collect();
    for term in node_terms(spec) {
        keys.extend(labels::keys(term.items_of("matchExpressions")));
    }
    keys
}

fn node_terms(spec: &Node) -> &[Node] {
    let terms = spec.at(&["affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms"]);
    terms.map_or(&[], Node::items)
}

/// Where pods of a specification may go; `own` are their labels, `name` is what they are called.
pub(super) fn read(
    spec: &Node,
    (name, own): (&str, &Labels),
    around: &mut Around<'_>,
    reading: &mut Reading,
) -> Placing {
    for (key, consequence) in CONSEQUENTIAL {
        if let Some(field) = spec.get(key).filter(|field| !field.is_empty()) {
            reading.not_mapped(field, format!("`{key}`: {consequence}"));
        }
    }
    let priority = around
        .priorities
        .find(spec.get("priorityClassName"), reading);
    let mut placing = Placing {
        priority: priority.map(|it| it.value),
        never_preempts: priority.is_some_and(|it| !it.preempts),
        selector: labels::read(spec.get("nodeSelector")),
        tolerations: tolerations(spec),
        ..Placing::default()
    };
    select(spec, name, &mut placing, around, reading);
    placing.apart = apart(spec, own, reading);
    placing.spread = spread(spec, own, reading);
    let affinity = spec.get("affinity");
    for (path, what) in [
        (
            ["nodeAffinity", PREFERRED],
            "`nodeAffinity`: what is preferred does not count, only what is required",
        ),
        (
            ["podAntiAffinity", PREFERRED],
            "`podAntiAffinity`: what is preferred does not count, only what is required",
        ),
        (
            ["podAffinity", REQUIRED],
            "`podAffinity`: containers are not drawn to where others are",
        ),
        (
            ["podAffinity", PREFERRED],
            "`podAffinity`: containers are not drawn to where others are",
        ),
    ] {
        let found = affinity.and_then(|affinity| affinity.at(&path));
        if let Some(found) = found.filter(|found| !found.is_empty()) {
            reading.not_mapped(found, what);
        }
    }
    placing
}

/// What the node affinity requires, as a selector.
fn select(
    spec: &Node,
    name: &str,
    placing: &mut Placing,
    around: &mut Around<'_>,
    reading: &mut Reading,
) {
    let terms = node_terms(spec);
    let Some(first) = terms.first() else {
        return;
    };
    if let Some(fields) = terms.iter().find_map(|term| term.get("matchFields")) {
        reading.not_mapped(
            fields,
            "`matchFields`: nodes of a pool are alike, so none is chosen by its name",
        );
        return;
    }
    // One value each is what a selector says.
    let plain = |expression: &Node| {
        let key = expression.text_at(&["key"])?;
        let values = expression.items_of("values");
        let is_plain = expression.text_at(&["operator"]) == Some("In") && values.len() == 1;
        let value = values.first().filter(|_| is_plain)?.text()?;
        Some((key.to_owned(), value.to_owned()))
    };
    let expressions = first.items_of("matchExpressions").iter();
    let simple: Option<Labels> = expressions.map(plain).collect();
    if let Some(simple) = simple.filter(|_| terms.len() == 1) {
        placing.selector.extend(simple);
        return;
    }
    if around.pools.is_empty() {
        reading.not_mapped(
            first,
            "`nodeAffinity`: without Nodes among the manifests containers go to any node",
        );
        return;
    }
    let label = format!("affinity-of-{name}");
    for pool in around.pools.iter_mut() {
        let terms = terms.iter();
        let terms =
            terms.map(|term| labels::all_hold(term.items_of("matchExpressions"), &pool.labels));
        let found: Option<Vec<bool>> = terms.collect();
        let Some(found) = found else {
            reading.problem(
                first,
                "this node affinity cannot be read",
                "expected `key`, `operator` and `values`",
            );
            return;
        };
        if found.contains(&true) {
            pool.labels.insert(label.clone(), "true".to_owned());
        }
    }
    placing.selector.insert(label, "true".to_owned());
}

/// Tolerations as a scenario writes them. Those that every pod is given say nothing of taints that
/// stay.
fn tolerations(spec: &Node) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for toleration in spec.items_of("tolerations") {
        let key = toleration.text_at(&["key"]).unwrap_or_default();
        if super::nodes::is_transient(key) {
            continue;
        }
        let text = match (toleration.text_at(&["operator"]), key) {
            (Some("Exists"), "") => "*".to_owned(),
            (_, "") => continue,
            (Some("Exists"), key) => key.to_owned(),
            (_, key) => format!(
                "{key}={}",
                toleration.text_at(&["value"]).unwrap_or_default()
            ),
        };
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// What kind of place a topology key names.
fn place(key: &Node, reading: &mut Reading) -> Option<&'static str> {
    match key.text() {
        Some(HOST_LABEL) => Some("nodes"),
        Some(zone) if ZONE_LABELS.contains(&zone) => Some("zones"),
        other => {
            let what = format!(
                "`topologyKey: {}`: containers are kept apart by node or zone",
                other.unwrap_or("?")
            );
            reading.not_mapped(key, what);
            None
        }
    }
}

/// Whether never two pods of their own are in one place.
fn apart(spec: &Node, own: &Labels, reading: &mut Reading) -> Option<&'static str> {
    let terms = spec.at(&["affinity", "podAntiAffinity", REQUIRED]);
    let mut found = None;
    for term in terms.map_or(&[][..], Node::items) {
        if !is_of_own(term, own) {
            reading.not_mapped(
                term,
                "`podAntiAffinity`: containers keep away from their own, not from others",
            );
            continue;
        }
        let place = term.get("topologyKey").and_then(|key| place(key, reading));
        // Zones hold nodes: never two in a zone says more.
        if found != Some("zones") {
            found = place.or(found);
        }
    }
    found
}

fn is_of_own(term: &Node, own: &Labels) -> bool {
    let selector = term.get("labelSelector");
    let selects = selector.and_then(|selector| labels::selects(selector, own));
    selects == Some(true)
}

/// How evenly pods are spread: the first constraint that holds for their own.
fn spread(spec: &Node, own: &Labels, reading: &mut Reading) -> Option<(&'static str, u32)> {
    let mut found = None;
    for constraint in spec.items_of("topologySpreadConstraints") {
        let note = if constraint.text_at(&["whenUnsatisfiable"]) == Some("ScheduleAnyway") {
            "`topologySpreadConstraints`: what is preferred (`ScheduleAnyway`) does not count"
        } else if !is_of_own(constraint, own) {
            "`topologySpreadConstraints`: containers are spread among their own, not among others"
        } else if found.is_some() {
            "`topologySpreadConstraints`: the first counts"
        } else {
            let place = constraint
                .get("topologyKey")
                .and_then(|key| place(key, reading));
            let skew = reading.count(constraint, &["maxSkew"]).unwrap_or(1);
            found = place.map(|place| (place, skew.max(1)));
            continue;
        };
        reading.not_mapped(constraint, note);
    }
    found
}
