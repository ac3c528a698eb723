//! From manifest files to a scenario.

use super::images::Images;
use super::objects::{self, Object};
use super::priorities::Priorities;
use super::reading::Reading;
use super::tables::Tables;
use super::{apps, nodes, quotas, services, write};
use crate::files;
use crate::scenario::{self, LoadError};
use std::path::PathBuf;

/// A scenario, and what is to know of it.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The scenario.
    pub toml: String,
    /// What is not mapped, with files and lines: a sentence each.
    pub not_mapped: Vec<String>,
    /// What has to be filled in, a sentence each.
    pub to_fill_in: Vec<String>,
    /// What was read and written, in a line.
    pub summary: String,
}

/// Kinds that are mapped, beside autoscalers.
const MAPPED: &[&str] = &[
    "Node",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "HorizontalPodAutoscaler",
    "PriorityClass",
    "ResourceQuota",
    "SparkApplication",
    "ScheduledSparkApplication",
];

/// Makes a scenario of the manifests in `files`.
///
/// # Errors
/// If a file cannot be read, is not YAML, or says what cannot be; all such places are shown.
pub fn import(files: &[PathBuf]) -> Result<Imported, LoadError> {
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        let text = files::read_text(file).map_err(LoadError::Unreadable)?;
        texts.push((file.display().to_string(), text));
    }
    import_texts(&texts)
}

/// Makes a scenario of manifests; each with what messages call it.
///
/// # Errors
/// If a text is not YAML, or says what cannot be; all such places are shown.
pub fn import_texts(texts: &[(String, String)]) -> Result<Imported, LoadError> {
    let mut reading = Reading::default();
    let mut objects = Vec::new();
    for (name, text) in texts {
        objects.extend(objects::read(name, text, &mut reading));
    }
    let objects = without_made(objects, &mut reading);
    let of = |kinds: &[&str]| -> Vec<&Object> {
        let objects = objects.iter();
        objects
            .filter(|object| kinds.contains(&object.kind.as_str()))
            .collect()
    };
    for object in &objects {
        if !MAPPED.contains(&object.kind.as_str()) {
            let what = format!("objects of kind {}", object.kind);
            reading.not_mapped(&object.node, what);
        }
    }
    let machines = of(&["Node"]);
    let daemons = of(&["DaemonSet"]);
    let scaled = of(&["Deployment", "StatefulSet"]);
    let applications = of(&["SparkApplication", "ScheduledSparkApplication"]);
    let priorities = Priorities::new(&of(&["PriorityClass"]), &mut reading);
    let mut keys = services::keys(&scaled);
    keys.extend(services::keys(&daemons));
    keys.extend(apps::keys(&applications));
    let pools = nodes::pools(&machines, &keys, &mut reading);
    let mut tables = Tables {
        budgets: quotas::budgets(&of(&["ResourceQuota"]), &pools, &mut reading),
        pools,
        ..Tables::default()
    };
    let mut images = Images::new(&machines, &mut reading);
    services::add_daemons(&daemons, &priorities, &mut tables, &mut reading);
    let autoscalers = of(&["HorizontalPodAutoscaler"]);
    services::add(
        &scaled,
        (&autoscalers, &priorities),
        &mut images,
        &mut tables,
        &mut reading,
    );
    services::note_strays(&autoscalers, &scaled, &mut reading);
    apps::add(
        &applications,
        &priorities,
        &mut images,
        &mut tables,
        &mut reading,
    );
    nodes::drop_closed(&mut tables, &mut reading);
    if !reading.problems.is_empty() {
        return Err(scenario::wrong(&reading.problems, &reading.sources));
    }
    let not_mapped = reading.notes();
    let names: Vec<&str> = texts.iter().map(|(name, _)| name.as_str()).collect();
    let toml = write::scenario(&tables, &names, &not_mapped);
    Ok(Imported {
        toml,
        not_mapped,
        to_fill_in: write::to_fill_in(&tables),
        summary: write::summary(&tables, objects.len(), texts.len()),
    })
}

/// The objects without those that another one among them, or a controller, has made.
fn without_made(objects: Vec<Object>, reading: &mut Reading) -> Vec<Object> {
    let mut seen = std::collections::BTreeSet::new();
    let mut kept = Vec::with_capacity(objects.len());
    for object in objects {
        let made = object.node.at(&["metadata", "ownerReferences"]);
        let owner = made.and_then(|owners| owners.items().first());
        let owner = owner.and_then(|owner| owner.text_at(&["kind"]));
        match owner {
            // What an operator made of its own object is all that tells of it.
            Some(owner) if MAPPED.contains(&owner) || owner == "ReplicaSet" => {
                let (kind, article) = (&object.kind, "a");
                let what = format!("objects of kind {kind} that {article} {owner} made");
                reading.not_mapped(&object.node, what);
            }
            _ => {
                let key = (
                    object.kind.clone(),
                    object.namespace.clone(),
                    object.name.clone(),
                );
                if seen.insert(key) {
                    kept.push(object);
                } else {
                    let path = object.path();
                    let what = format!("{path} is there twice: the first counts");
                    reading.not_mapped(&object.node, what);
                }
            }
        }
    }
    kept
}
