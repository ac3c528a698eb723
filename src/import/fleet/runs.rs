//! What is kept of each run, and which of an application's runs stands for it.
//!
//! A history holds more runs than fit into memory with all their tasks; of each its outline is kept,
//! and the log that stands for an application is read once more.

use crate::import::spark::{Application, Recorded, Timestamp};
use crate::model::ManagerKind;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One run of an application.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Its log.
    pub(super) log: PathBuf,
    /// What it was called.
    pub(super) name: String,
    /// What the cluster manager called it.
    pub(super) id: Option<String>,
    pub(super) started: Timestamp,
    pub(super) recorded: Recorded,
    pub(super) manager: ManagerKind,
    pub(super) spark_version: Option<String>,
    /// Whose part of the cluster it ran in.
    pub(super) tenant: Option<String>,
}

/// The runs of one application, by the time of their submission.
#[derive(Clone, Debug)]
pub(super) struct Family {
    /// What they have in common.
    pub(super) name: String,
    pub(super) runs: Vec<Run>,
    /// Which of them stands for all, as a position in `runs`.
    pub(super) typical: usize,
}

impl Family {
    /// Whose part of the cluster its runs were in.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.runs[self.typical].tenant.as_deref()
    }
}

/// Whose part of the cluster an application ran in: a namespace, or a queue.
pub(super) fn tenant(application: &Application) -> Option<String> {
    let property = |key: &str| application.properties.get(key);
    let on_kubernetes = property("spark.master").is_some_and(|it| it.starts_with("k8s"));
    let key = if on_kubernetes {
        "spark.kubernetes.namespace"
    } else {
        "spark.yarn.queue"
    };
    property(key).filter(|name| !name.is_empty()).cloned()
}

/// Groups runs by `key_of`, a name and what tells runs of one name apart, in that order.
pub(super) fn families(runs: Vec<Run>, key_of: impl Fn(&Run) -> (String, String)) -> Vec<Family> {
    let mut grouped: BTreeMap<(String, String), Vec<Run>> = BTreeMap::new();
    for run in runs {
        grouped.entry(key_of(&run)).or_default().push(run);
    }
    let families = grouped.into_iter().map(|((name, _), mut runs)| {
        runs.sort_by(|one, other| (one.started, &one.log).cmp(&(other.started, &other.log)));
        let typical = typical(&runs);
        Family {
            name,
            runs,
            typical,
        }
    });
    families.collect()
}

/// The run of median work, the more of two; of equal ones the first.
fn typical(runs: &[Run]) -> usize {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by_key(|&position| (runs[position].recorded.task_time, position));
    order.get(order.len() / 2).copied().unwrap_or(0)
}
