//! `SparkApplication` and `ScheduledSparkApplication` of the spark-operator (v1beta2).
//!
//! The operator runs `spark-submit` with `sparkConf`, and after it with what the other fields say, so
//! those win. What the application computes, no manifest says: it has one task of no time.

use super::images::Images;
use super::labels::{self, Labels};
use super::objects::Object;
use super::placement::{self, Around};
use super::priorities::Priorities;
use super::reading::Reading;
use super::tables::{App, Arrivals, Names, Placing, Tables};
use super::yaml::{Node, Value};
use super::{schedule, write};
use crate::import::spark;
use crate::import::text::shortened;
use crate::model::ManagerKind;
use crate::scenario;
use std::collections::{BTreeMap, BTreeSet};

/// Fields of the specification, and the properties that they are.
const FIELDS: &[(&[&str], &str)] = &[
    (
        &["memoryOverheadFactor"],
        "spark.kubernetes.memoryOverheadFactor",
    ),
    (&["driver", "cores"], "spark.driver.cores"),
    (
        &["driver", "coreRequest"],
        "spark.kubernetes.driver.request.cores",
    ),
    (
        &["driver", "coreLimit"],
        "spark.kubernetes.driver.limit.cores",
    ),
    (&["driver", "memory"], "spark.driver.memory"),
    (&["driver", "memoryOverhead"], "spark.driver.memoryOverhead"),
    (&["executor", "cores"], "spark.executor.cores"),
    (
        &["executor", "coreRequest"],
        "spark.kubernetes.executor.request.cores",
    ),
    (
        &["executor", "coreLimit"],
        "spark.kubernetes.executor.limit.cores",
    ),
    (&["executor", "memory"], "spark.executor.memory"),
    (
        &["executor", "memoryOverhead"],
        "spark.executor.memoryOverhead",
    ),
    (&["executor", "instances"], "spark.executor.instances"),
    (
        &["dynamicAllocation", "enabled"],
        "spark.dynamicAllocation.enabled",
    ),
    (
        &["dynamicAllocation", "initialExecutors"],
        "spark.dynamicAllocation.initialExecutors",
    ),
    (
        &["dynamicAllocation", "minExecutors"],
        "spark.dynamicAllocation.minExecutors",
    ),
    (
        &["dynamicAllocation", "maxExecutors"],
        "spark.dynamicAllocation.maxExecutors",
    ),
];

/// What the operator sets where neither field nor property does: it, not Spark, asks for one
/// executor.
const INSTANCES: &str = "spark.executor.instances";
const OVERHEAD_FACTOR: &str = "spark.kubernetes.memoryOverheadFactor";
/// Spark's own factor for programs that are not for the JVM, on Kubernetes.
const OTHER_OVERHEAD_FACTOR: &str = "0.4";

/// Fields that have a consequence and no table yet.
const CONSEQUENTIAL: &[(&[&str], &str)] = &[
    (
        &["batchScheduler"],
        "all containers are placed by one scheduler",
    ),
    (
        &["driver", "gpu"],
        "applications reserve processor and memory, so they are placed without it",
    ),
    (
        &["executor", "gpu"],
        "applications reserve processor and memory, so they are placed without it",
    ),
    (&["driver", "initContainers"], "they take no time"),
    (&["executor", "initContainers"], "they take no time"),
    (&["driver", "sidecars"], "they reserve nothing"),
    (&["executor", "sidecars"], "they reserve nothing"),
    (
        &["executor", "deleteOnTermination"],
        "executors go when they end",
    ),
    (
        &["batchSchedulerOptions", "queue"],
        "namespaces with a quota are budgets, queues of a scheduler are not",
    ),
];

/// Adds an application for each of `objects`.
pub(super) fn add(
    objects: &[&Object],
    priorities: &Priorities,
    images: &mut Images,
    tables: &mut Tables,
    reading: &mut Reading,
) {
    let mut names = Names::default();
    for object in objects {
        let is_scheduled = object.kind == SCHEDULED;
        let path = path_of(object);
        let Some(spec) = object.node.at(path) else {
            let (what, path) = (object.path(), path.join("."));
            let label = format!("expected `{path}`");
            reading.problem(&object.node, format!("{what} specifies nothing"), label);
            continue;
        };
        let scoped = format!("{}-{}", object.namespace, object.name);
        let used: Vec<String> = used_images(spec);
        let name = names.unique(&object.name, &scoped);
        let mut around = Around {
            priorities,
            pools: &mut tables.pools,
        };
        let executor = placing(object, (spec, "executor"), &name, &mut around, reading);
        let driver = placing(object, (spec, "driver"), &name, &mut around, reading);
        let budget = tables.budgets.get(&object.namespace);
        let app = App {
            placing: executor,
            driver_placing: driver,
            budget: budget.map(|budget| budget.name.clone()),
            name,
            comment: object.path(),
            layers: images.layers(&used, spec, tables, reading),
            conf: conf(object, spec, reading),
            overlap: overlap(object),
            restart: restart(object, spec, reading),
            arrivals: if is_scheduled {
                arrivals(object, reading)
            } else {
                Some(Arrivals::Once)
            },
        };
        note_others(spec, reading);
        let alone = Tables {
            pools: tables.pools.clone(),
            budgets: tables.budgets.clone(),
            layers: tables.layers.clone(),
            apps: vec![App {
                arrivals: app.arrivals.clone().or(Some(Arrivals::Once)),
                ..app.clone()
            }],
            ..Tables::default()
        };
        match write::refusal(&alone) {
            None => tables.apps.push(app),
            Some(problem) => {
                let path = object.path();
                reading.not_mapped(&object.node, format!("{path} is left out: {problem}"));
            }
        }
        version(spec, tables, reading);
    }
}

const SCHEDULED: &str = "ScheduledSparkApplication";

/// Where an object specifies its application.
fn path_of(object: &Object) -> &'static [&'static str] {
    if object.kind == SCHEDULED {
        &["spec", "template"]
    } else {
        &["spec"]
    }
}

/// Properties whose names end in the label of a node that is selected.
fn selector_prefixes(role: &str) -> [String; 2] {
    [
        "spark.kubernetes.node.selector.".to_owned(),
        format!("spark.kubernetes.{role}.node.selector."),
    ]
}

/// What the properties of a role select.
fn selected(spec: &Node, role: &str) -> Labels {
    let properties = labels::read(spec.get("sparkConf"));
    let prefixes = selector_prefixes(role);
    let labels = properties.into_iter().filter_map(|(property, value)| {
        let mut prefixes = prefixes.iter();
        let key = prefixes.find_map(|prefix| property.strip_prefix(prefix.as_str()))?;
        Some((key.to_owned(), value))
    });
    labels.collect()
}

/// The keys of node labels that drivers and executors look at.
pub(super) fn keys(objects: &[&Object]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let specs = objects
        .iter()
        .filter_map(|object| object.node.at(path_of(object)));
    for spec in specs {
        keys.extend(placement::keys(spec));
        for role in ["driver", "executor"] {
            keys.extend(spec.get(role).map(placement::keys).unwrap_or_default());
            keys.extend(selected(spec, role).into_keys());
        }
    }
    keys
}

/// Where the containers of a role may go.
fn placing(
    object: &Object,
    (spec, role): (&Node, &str),
    name: &str,
    around: &mut Around<'_>,
    reading: &mut Reading,
) -> Placing {
    let nothing = Node {
        span: spec.span,
        value: Value::Null,
    };
    let written = spec.get(role).unwrap_or(&nothing);
    let mut own = labels::read(written.get("labels"));
    own.insert("spark-role".to_owned(), role.to_owned());
    own.insert(
        "sparkoperator.k8s.io/app-name".to_owned(),
        object.name.clone(),
    );
    let name = format!("{name}-{role}");
    let mut placing = placement::read(written, (&name, &own), around, reading);
    // That of the batch scheduler holds for both.
    let common = spec.at(&["batchSchedulerOptions", "priorityClassName"]);
    if written.get("priorityClassName").is_none() && common.is_some() {
        let priority = around.priorities.find(common, reading);
        placing.priority = priority.map(|it| it.value);
        placing.never_preempts = priority.is_some_and(|it| !it.preempts);
    }
    let mut selector = selected(spec, role);
    selector.extend(labels::read(spec.get("nodeSelector")));
    selector.append(&mut placing.selector);
    placing.selector = selector;
    placing
}

/// Driver and executors may have an image of their own; all of what is named is pulled.
fn used_images(spec: &Node) -> Vec<String> {
    let own = [&["image"][..], &["driver", "image"], &["executor", "image"]];
    let mut images: Vec<String> = Vec::new();
    for image in own.iter().filter_map(|path| spec.text_at(path)) {
        if !images.iter().any(|other| other == image) {
            images.push(image.to_owned());
        }
    }
    images
}

type Conf = BTreeMap<String, (String, Option<String>)>;

fn conf(object: &Object, spec: &Node, reading: &mut Reading) -> Conf {
    let mut conf = Conf::new();
    for (key, value) in spec.get("sparkConf").map_or(&[][..], Node::entries) {
        let Value::Scalar(text) = &value.value else {
            continue;
        };
        let is_selector = ["driver", "executor"].iter().any(|role| {
            let prefixes = selector_prefixes(role);
            prefixes.iter().any(|prefix| key.starts_with(prefix))
        });
        if is_selector || !spark::is_kept(key, text) {
            continue;
        }
        if let Some(near) = scenario::near_miss(key) {
            let what = format!("Spark has no property `{key}`; did they mean `{near}`?");
            reading.not_mapped(value, what);
            continue;
        }
        set(&mut conf, key, value, reading);
    }
    for (path, property) in FIELDS {
        if let Some(value) = spec.at(path).filter(|value| !value.is_empty()) {
            set(&mut conf, property, value, reading);
        }
    }
    if spec.at(&["executor", "instances"]).is_none() && !conf.contains_key(INSTANCES) {
        let note = "the operator's default".to_owned();
        conf.insert(INSTANCES.to_owned(), ("1".to_owned(), Some(note)));
    }
    let language = spec.text_at(&["type"]).unwrap_or("Scala");
    if matches!(language, "Python" | "R") && !conf.contains_key(OVERHEAD_FACTOR) {
        let note = format!("Spark's default for {language} programs");
        let value = (OTHER_OVERHEAD_FACTOR.to_owned(), Some(note));
        conf.insert(OVERHEAD_FACTOR.to_owned(), value);
    }
    if spec
        .get("mode")
        .is_some_and(|it| it.text() == Some("client"))
    {
        let path = object.path();
        reading.not_mapped(
            spec,
            format!("{path}: `mode: client` runs as `cluster` does"),
        );
    }
    conf
}

/// Sets a property, if a scenario takes its value.
fn set(conf: &mut Conf, key: &str, value: &Node, reading: &mut Reading) {
    let Some(text) = value.text() else {
        let kind = value.kind();
        reading.problem(value, format!("`{key}` is {kind}"), "expected a value");
        return;
    };
    match spark::refusal(key, text, ManagerKind::Kubernetes) {
        None => {
            conf.insert(key.to_owned(), (text.to_owned(), None));
        }
        Some(problem) => {
            let text = shortened(text, 60);
            reading.not_mapped(value, format!("`{key} = {text}` is left out: {problem}"));
        }
    }
}

fn arrivals(object: &Object, reading: &mut Reading) -> Option<Arrivals> {
    let spec = object.node.get("spec")?;
    if reading.flag(spec, &["suspend"]) {
        let path = object.path();
        reading.not_mapped(spec, format!("{path} is suspended: it is never submitted"));
        return None;
    }
    if let Some(zone) = spec.get("timeZone") {
        reading.not_mapped(zone, "`timeZone`: all times of the day are of one zone");
    }
    let Some(text) = spec.text_at(&["schedule"]) else {
        let path = object.path();
        reading.problem(
            spec,
            format!("{path} has no `schedule`"),
            "`schedule` is missing",
        );
        return None;
    };
    match schedule::read(text) {
        Ok(arrivals) => Some(arrivals),
        Err(problem) => {
            let at = spec.get("schedule").unwrap_or(spec);
            reading.problem(at, "invalid `schedule`", problem);
            None
        }
    }
}

/// What the `restartPolicy` says of failures.
fn restart(object: &Object, spec: &Node, reading: &mut Reading) -> Option<(u32, u32)> {
    let policy = spec.get("restartPolicy")?;
    match policy.text_at(&["type"]) {
        Some("OnFailure") => {
            let max = reading.count(policy, &["onFailureRetries"])?;
            // The operator's default.
            let interval = reading
                .count(policy, &["onFailureRetryInterval"])
                .unwrap_or(5);
            (max > 0).then_some((max, interval))
        }
        Some("Always") => {
            let path = object.path();
            let what = format!("{path}: `restartPolicy: Always`: what has succeeded ends");
            reading.not_mapped(policy, what);
            None
        }
        _ => None,
    }
}

/// The `concurrencyPolicy` of one that is scheduled.
fn overlap(object: &Object) -> Option<&'static str> {
    match object.node.text_at(&["spec", "concurrencyPolicy"])? {
        "Forbid" => Some("forbid"),
        "Replace" => Some("replace"),
        _ => None,
    }
}

fn note_others(spec: &Node, reading: &mut Reading) {
    for (path, consequence) in CONSEQUENTIAL {
        if let Some(field) = spec.at(path).filter(|field| !field.is_empty()) {
            let name = path.join(".");
            reading.not_mapped(
                field,
                format!("`{name}` of Spark applications: {consequence}"),
            );
        }
    }
}

/// One version holds for all applications: the first that is named.
fn version(spec: &Node, tables: &mut Tables, reading: &mut Reading) {
    let Some(version) = spec.get("sparkVersion") else {
        return;
    };
    let mut parts = version.text().unwrap_or_default().split('.');
    let (Some(major @ ("3" | "4")), Some(minor)) = (parts.next(), parts.next()) else {
        reading.not_mapped(version, "`sparkVersion`: versions 3 and 4 are known");
        return;
    };
    if minor.is_empty() || !minor.bytes().all(|byte| byte.is_ascii_digit()) || minor.len() > 3 {
        reading.not_mapped(version, "`sparkVersion`: versions 3 and 4 are known");
        return;
    }
    let short = format!("{major}.{minor}");
    let first = tables.spark_version.get_or_insert_with(|| short.clone());
    if *first != short {
        let what = format!("`sparkVersion`: the defaults of {first} hold for all applications");
        reading.not_mapped(version, what);
    }
}
