//! How many tasks an executor ran at once, where its cores alone do not say.
//!
//! Spark divides an executor's cores by the processors of a task, and limits that by custom
//! resources such as GPUs. A replay has cores only, so it gets as many as make the same number.

use super::application::Application;
use super::properties;
use super::text::counted;
use std::collections::{BTreeMap, BTreeSet};

const TASK_CPUS: &str = "spark.task.cpus";

/// Cores of an executor where no event says: what the master's address says of a local mode, the
/// property, or as many as were seen busy at once.
pub(super) fn unsaid_cores(application: &Application, assumed: &mut Vec<String>) -> u32 {
    let master = application.properties.get("spark.master");
    let said = master.and_then(|master| local_cores(master));
    if let Some(cores) = said.or_else(|| properties::count(application, "spark.executor.cores")) {
        return cores;
    }
    let tasks = most_at_once(application);
    let task_cpus = properties::count(application, TASK_CPUS).unwrap_or(1);
    let cores = tasks.max(1).saturating_mul(task_cpus);
    assumed.push(format!(
        "the log does not say how many cores an executor had; it ran at most {} at once",
        counted(tasks as usize, "task")
    ));
    cores
}

/// `local` has one core, `local[4]` and `local[4,2]` four; `local[*]` does not say.
fn local_cores(master: &str) -> Option<u32> {
    if master == "local" {
        return Some(1);
    }
    let inside = master.strip_prefix("local[")?.strip_suffix(']')?;
    inside.split(',').next()?.trim().parse().ok()
}

/// The most tasks that one executor ran at once.
fn most_at_once(application: &Application) -> u32 {
    let mut changes: BTreeMap<u32, Vec<(u64, i32)>> = BTreeMap::new();
    for task in application.stages.iter().flat_map(|stage| &stage.tasks) {
        let of_executor = changes.entry(task.executor_index).or_default();
        of_executor.push((task.launched.0, 1));
        of_executor.push((task.finished().0, -1));
    }
    let mut most = 0;
    for mut of_executor in changes.into_values() {
        // An end makes room for a start at the same instant.
        of_executor.sort_unstable();
        let mut now = 0;
        for (_, change) in of_executor {
            now += change;
            most = most.max(now);
        }
    }
    most.unsigned_abs()
}

/// The cores that make an executor of `cores` run as many tasks as its custom resources allow.
pub(super) fn limited_cores(
    application: &Application,
    cores: u32,
    assumed: &mut Vec<String>,
) -> u32 {
    let task_cpus = properties::count(application, TASK_CPUS).unwrap_or(1);
    let by_cores = cores / task_cpus;
    let limits = application.properties.keys().filter_map(|key| {
        let name = key.strip_prefix("spark.task.resource.")?;
        let name = name.strip_suffix(".amount")?;
        Some((custom_limit(application, key, name)?, key))
    });
    let Some((slots, key)) = limits.min().filter(|&(slots, _)| slots < by_cores) else {
        return cores;
    };
    assumed.push(format!(
        "`{key}` let an executor of {} run {} at once; the replay gives it the cores for that",
        counted(cores as usize, "core"),
        counted(slots as usize, "task")
    ));
    slots.saturating_mul(task_cpus)
}

/// How many tasks a custom resource allows an executor. Several tasks may share one unit, but none
/// gets parts of two.
fn custom_limit(application: &Application, key: &str, name: &str) -> Option<u32> {
    let amount = |key: &str| {
        let amount = application.properties.get(key)?.trim().parse::<f64>().ok();
        amount.filter(|amount| amount.is_finite() && 0.0 < *amount)
    };
    let of_task = amount(key)?;
    let of_executor = amount(&format!("spark.executor.resource.{name}.amount"))?.floor();
    let slots = if of_task < 1.0 {
        of_executor * (1.0 / of_task).floor()
    } else {
        (of_executor / of_task.ceil()).floor()
    };
    // At least one ran, or there would be nothing to replay.
    Some(slots.max(1.0) as u32)
}

/// What stages with a resource profile of their own ran with, a sentence for each profile.
pub(super) fn profiles(application: &Application) -> Vec<String> {
    let used: BTreeSet<u32> = application
        .stages
        .iter()
        .map(|stage| stage.resource_profile)
        .filter(|&profile| profile != 0)
        .collect();
    used.into_iter()
        .map(|id| {
            let stages = application.stages.iter();
            let count = stages.filter(|it| it.resource_profile == id).count();
            let asked = application.resource_profiles.get(&id);
            let asked = asked.map_or(String::new(), |profile| {
                format!(
                    " (executor: {}; task: {})",
                    amounts(&profile.executor),
                    amounts(&profile.task)
                )
            });
            format!(
                "{} ran with resource profile {id}{asked}; the replay runs all stages on the same \
                 executors",
                counted(count, "stage")
            )
        })
        .collect()
}

fn amounts(of: &BTreeMap<String, f64>) -> String {
    let amounts = of.iter().filter(|(_, amount)| **amount > 0.0);
    let amounts: Vec<String> = amounts
        .map(|(name, amount)| format!("{name} {amount}"))
        .collect();
    amounts.join(", ")
}
