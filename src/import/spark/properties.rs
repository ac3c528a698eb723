//! Which of the recorded properties a replay keeps, and what it reads from them.
//!
//! What they mean to the model is `scenario/`'s business, which is asked whether a value can be; here
//! only what the nodes' size needs.

use super::application::Application;
use super::text::quoted;
use crate::model::ManagerKind;
use crate::scenario;
use crate::units::{Bytes, Cpu};
use std::path::Path;

/// Prefixes of what identifies the recorded run: its names, addresses, labels, files and
/// credentials. They mean nothing to a replay.
const LEFT_OUT_PREFIXES: &[&str] = &[
    "spark.app.",
    "spark.submit.",
    "spark.master",
    "spark.jars",
    "spark.files",
    "spark.archives",
    "spark.repl.",
    "spark.home",
    "spark.eventLog.dir",
    "spark.history.",
    "spark.driver.host",
    "spark.driver.port",
    "spark.driver.bindAddress",
    "spark.driver.appUIAddress",
    "spark.driver.blockManager.port",
    "spark.executor.id",
    "spark.executorEnv.",
    "spark.org.apache.hadoop.yarn.",
    "spark.yarn.dist.",
    "spark.yarn.historyServer.",
    "spark.yarn.appMasterEnv.",
    "spark.hadoop.",
    "spark.metrics.conf.",
    "spark.kubernetes.authenticate.",
    "spark.kubernetes.driverEnv.",
    "spark.kubernetes.driver.label.",
    "spark.kubernetes.driver.annotation.",
    "spark.kubernetes.driver.pod.name",
    "spark.kubernetes.executor.label.",
    "spark.kubernetes.executor.annotation.",
    "spark.kubernetes.executor.podNamePrefix",
    "spark.ui.",
];

/// Ends of names whose values are JVM options or paths.
const LEFT_OUT_SUFFIXES: &[&str] = &[
    "JavaOptions",
    "extraClassPath",
    "extraLibraryPath",
    "Dir",
    ".dir",
    ".path",
];

/// Longer values are lists of files or generated plans.
const VALUE_LENGTH_MAX: usize = 120;

/// Spark's defaults of what sizes a container.
const MEMORY_DEFAULT: Bytes = Bytes(1 << 30);
const OVERHEAD_MIN: Bytes = Bytes(384 << 20);

/// Whether a property goes into the scenario.
pub(in crate::import) fn is_kept(key: &str, value: &str) -> bool {
    key.starts_with("spark.")
        && value.chars().count() <= VALUE_LENGTH_MAX
        && !value.contains("(redacted)")
        && !LEFT_OUT_PREFIXES
            .iter()
            .any(|prefix| key.starts_with(prefix))
        && !LEFT_OUT_SUFFIXES.iter().any(|suffix| key.ends_with(suffix))
}

/// Why a scenario would refuse the value of a property; `None` if it would not.
///
/// Asked with a scenario of its own, so that it can only be about this value, and so that the rules
/// stand in one place.
pub(in crate::import) fn refusal(key: &str, value: &str, manager: ManagerKind) -> Option<String> {
    let text = format!(
        "[run]\nhorizon = \"terminating\"\n\
         [cluster]\nmanager = {manager}\n\
         [apps.a.conf]\n{key} = {value}\n\
         [apps.a.jobs.j.stages.s]\ntasks = 1\ntask-time = \"1s\"\n\
         [workloads.w]\ntarget = \"apps.a\"\narrivals = {{ at = [\"0s\"] }}\n",
        manager = quoted(manager.name()),
        key = quoted(key),
        value = quoted(value),
    );
    let error = scenario::load_text("import.toml", &text, Path::new(""), &[]).err()?;
    let text = error.to_string();
    let (_, problem) = text.split_once(&format!("invalid value for `{key}`"))?;
    // What stands beside the underline.
    let (_, label) = problem.split_once("^ ")?;
    label.lines().next().map(|label| label.trim().to_owned())
}

/// Whether a property is set to `true`.
pub(super) fn is_true(application: &Application, key: &str) -> bool {
    let value = application.properties.get(key);
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

/// A property that is a positive whole number.
pub(super) fn count(application: &Application, key: &str) -> Option<u32> {
    let value = application.properties.get(key)?;
    value.trim().parse().ok().filter(|&count| count > 0)
}

/// Who ran the container: driver or executor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Driver,
    Executor,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::Executor => "executor",
        }
    }
}

/// An upper bound of the memory that a container of this role reserves: heap, overhead (the larger
/// of Spark's defaults where the log does not say), off-heap and Python memory.
pub(super) fn memory(application: &Application, role: Role) -> Bytes {
    let role = role.name();
    let property = |key: &str| application.properties.get(key).map(String::as_str);
    let size = |key: &str, unit: Bytes| Bytes::from_spark(property(key)?, unit).ok();
    let factor = |key: &str| property(key)?.trim().parse::<f64>().ok();
    let mib = Bytes(1 << 20);
    let heap = size(&format!("spark.{role}.memory"), mib).unwrap_or(MEMORY_DEFAULT);
    let on_kubernetes = property("spark.master").is_some_and(|it| it.starts_with("k8s://"));
    // More where a program that is not for the JVM runs on Kubernetes.
    let factor = factor(&format!("spark.{role}.memoryOverheadFactor"))
        .or_else(|| factor("spark.kubernetes.memoryOverheadFactor"))
        .unwrap_or(if on_kubernetes { 0.4 } else { 0.1 });
    let overhead = size(&format!("spark.{role}.memoryOverhead"), mib)
        .unwrap_or_default()
        .max(Bytes((heap.0 as f64 * factor) as u64))
        .max(OVERHEAD_MIN);
    let off_heap = if is_true(application, "spark.memory.offHeap.enabled") {
        size("spark.memory.offHeap.size", Bytes(1)).unwrap_or_default()
    } else {
        Bytes(0)
    };
    let python = size("spark.executor.pyspark.memory", mib).unwrap_or_default();
    let parts = [heap, overhead, off_heap, python];
    Bytes(parts.iter().fold(0, |sum, part| sum.saturating_add(part.0)))
}

/// What a container of this role reserves of a node's processors.
pub(super) fn cpu(application: &Application, role: Role, cores: u32) -> Cpu {
    let key = format!("spark.kubernetes.{}.request.cores", role.name());
    let requested = application
        .properties
        .get(&key)
        .and_then(|value| value.parse().ok())
        .unwrap_or_default();
    Cpu::cores(u64::from(cores)).max(requested)
}
