//! `--set`.

use super::examples::MM1;
use super::{load_with, problems_with};
use crate::model::{BalancerKind, Deadline, Model};
use crate::random::Distribution;
use crate::scenario::overrides::is_choice;
use crate::scenario::schema;
use crate::units::Duration;
use serde_json::Value;
use std::collections::BTreeMap;

fn set(overrides: &[&str]) -> Model {
    set_in(MM1, overrides)
}

fn set_in(text: &str, overrides: &[&str]) -> Model {
    let loaded = load_with(text, overrides);
    loaded.unwrap_or_else(|error| panic!("{error}")).model
}

fn service_time(model: &Model) -> Distribution {
    model.endpoints.iter().next().unwrap().service_time.clone()
}

const APPS: &str = r#"
[run]
horizon = "terminating"
[workloads.once]
target = "apps.a"
arrivals = { at = [0] }
[apps.a.conf]
spark.executor = { cores = 2, instances = 3 }
[apps.a.stages.s]
tasks = 1
task-time = 1
[apps.b.stages.s]
tasks = 1
task-time = 1
"#;

#[test]
fn a_scalar_is_set_by_its_path() {
    let model = set(&[
        "services.desk.replicas=4",
        "run.seed = 9",
        "title=a b",
        "run.replications=3",
    ]);
    assert_eq!(model.services.iter().next().unwrap().replicas, 4);
    assert_eq!((model.run.seed, model.title.as_str()), (9, "a b"));
    assert_eq!(model.run.replications, 3);
}

#[test]
fn what_is_no_toml_is_text() {
    let model = set(&[
        "services.desk.balancer=power-of-two",
        "services.desk.service-time=20ms",
    ]);
    assert_eq!(
        model.services.iter().next().unwrap().balancer,
        BalancerKind::PowerOfTwo
    );
    assert_eq!(service_time(&model), Distribution::Constant { value: 0.02 });
}

#[test]
fn a_path_through_a_choice_replaces_it_and_one_within_it_does_not() {
    let other = "services.desk.service-time={ lognormal = { mean = \"2s\", cv = 0.5 } }";
    let lognormal = Distribution::Lognormal { mean: 2.0, cv: 0.5 };
    assert_eq!(service_time(&set(&[other])), lognormal);
    let steps = [
        "services.desk.service-time.lognormal.mean=2s",
        "services.desk.service-time.lognormal.cv=0.5",
    ];
    assert_eq!(service_time(&set(&steps)), lognormal);
    let within = set(&["services.desk.service-time.exponential.mean=3"]);
    assert_eq!(
        service_time(&within),
        Distribution::Exponential { mean: 3.0 }
    );
}

#[test]
fn a_property_is_replaced_however_it_was_spelt() {
    for path in [
        "spark.executor.cores",
        "\"spark.executor.cores\"",
        "'spark.executor'.cores",
    ] {
        let model = set_in(APPS, &[&format!("apps.a.conf.{path}=8")]);
        let conf = &model.apps.iter().next().unwrap().conf;
        assert_eq!(
            (conf.executor_cores, conf.executors.initial),
            (8, 3),
            "{path}"
        );
    }
    let table = "apps.a.conf={ spark.executor.cores = 4, \"spark.executor.instances\" = 5 }";
    let model = set_in(APPS, &[table]);
    let conf = &model.apps.iter().next().unwrap().conf;
    assert_eq!((conf.executor_cores, conf.executors.initial), (4, 5));
}

#[test]
fn a_star_sets_all() {
    let model = set_in(
        APPS,
        &[
            "apps.*.conf.spark.executor.cores=6",
            "apps.*.stages.*.tasks=7",
        ],
    );
    assert!(model.apps.iter().all(|app| app.conf.executor_cores == 6));
    assert!(model.stages.iter().all(|stage| stage.tasks == 7));
}

#[test]
fn messages_underline_the_text_of_the_change() {
    insta::assert_snapshot!(
        problems_with(
            MM1,
            &[
                "services.dsek.replicas=4",
                "services.desk.replicas=many",
                "run.seeed=3",
                "replicas",
                "run..seed=3",
                "run.*=3",
                "workloads.visitors.target=services.dsk",
                "apps.*.final-driver-gap=1s",
                "services.desk.service-time={ lognormal = { mean = \"2s\" } }",
            ]
        ),
        @r#"
error: `services` has nothing named `dsek`
 --> --set:1:10
  |
1 | services.dsek.replicas=4
  |          ^^^^ did you mean `desk`?
  |
help: it has `desk`

error: invalid value for `services.desk.replicas`
 --> --set:1:24
  |
1 | services.desk.replicas=many
  |                        ^^^^ expected a whole number, 0 or more, found string "many"

error: unknown key `seeed` in `run`
 --> --set:1:5
  |
1 | run.seeed=3
  |     ^^^^^ did you mean `seed`?
  |
help: allowed here: `seed`, `duration`, …

error: `--set` needs a path and a value
 --> --set:1:1
  |
1 | replicas
  | ^^^^^^^^ no `=` here
  |
help: write it as PATH=VALUE, e.g. `--set services.gateway.replicas=4`

error: `--set` needs a path and a value
 --> --set:1:1
  |
1 | run..seed=3
  | ^^^^^^^^^ a part of this path is empty
  |
help: parts are separated by single dots, e.g. `services.gateway.replicas`

error: `*` stands for names, and `run` holds none
 --> --set:1:5
  |
1 | run.*=3
  |     ^ write a key here

error: there is no service named `dsk`
 --> --set:1:36
  |
1 | workloads.visitors.target=services.dsk
  |                                    ^^^ did you mean `desk`?
  |
help: `[services]` has `desk`

error: `apps` has nothing named `*`
 --> --set:1:6
  |
1 | apps.*.final-driver-gap=1s
  |      ^ only what the scenario has can be changed
  |
help: the scenario has no `apps`

error: `services.desk.service-time.lognormal` lacks `cv`
 --> --set:1:42
  |
1 | services.desk.service-time={ lognormal = { mean = "2s" } }
  |                                          ^^^^^^^^^^^^^^^ `cv` is missing
"#
    );
}

/// What the schema says of `node`: all ways to write it.
fn ways<'a>(node: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(name) = node["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return ways(&schema["$defs"][name], schema);
    }
    let lists = ["anyOf", "oneOf"].into_iter();
    let lists = lists.filter_map(|key| node[key].as_array()).flatten();
    let found: Vec<_> = lists.flat_map(|way| ways(way, schema)).collect();
    if found.is_empty() { vec![node] } else { found }
}

/// The paths at which tables stand, and whether they are choices: tables with one of several keys.
fn tables(
    node: &Value,
    schema: &Value,
    path: &mut Vec<String>,
    found: &mut BTreeMap<Vec<String>, bool>,
) {
    let ways = ways(node, schema);
    let named = |way: &&&Value| {
        let keys = way["properties"]
            .as_object()
            .map_or(0, serde_json::Map::len);
        keys == 1 && way["required"].as_array().is_some_and(|it| it.len() == 1)
    };
    if ways.iter().any(|way| way["type"] == "object") {
        let words = ways
            .iter()
            .any(|way| way["enum"].is_array() || way["const"].is_string());
        let named = ways.iter().filter(named).count();
        found.insert(path.clone(), 1 < named || named == 1 && words);
    }
    // Calls nest without end, and hold no other tables further down.
    if 6 < path.len() {
        return;
    }
    for way in ways {
        let keys = way["properties"].as_object().into_iter().flatten();
        let any = way.get("additionalProperties").filter(|it| it.is_object());
        for (key, below) in keys
            .map(|(key, it)| (key.as_str(), it))
            .chain(any.map(|it| ("*", it)))
        {
            path.push(key.to_owned());
            tables(below, schema, path, found);
            path.pop();
        }
    }
}

/// A law or a policy that is set takes the place of another one; a table with several keys keeps
/// those that are not set. Faults say one of several things, which their schema does not show.
#[test]
fn what_is_replaced_as_a_whole_is_what_the_schema_calls_a_choice() {
    let schema = schema();
    let mut found = BTreeMap::new();
    tables(&schema, &schema, &mut Vec::new(), &mut found);
    let choices = found.values().filter(|choice| **choice).count();
    assert!(
        30 < choices && 100 < found.len(),
        "{choices} of {}",
        found.len()
    );
    found.retain(|path, choice| is_choice(path) != *choice);
    let faults = vec!["faults".to_owned(), "*".to_owned()];
    assert_eq!(found.remove(&faults), Some(false));
    assert_eq!(found, BTreeMap::new());
}

#[test]
fn a_time_or_a_date_is_text_as_in_scenarios() {
    let text = APPS.replace("[run]", "[run]\nstart = \"Mon 00:00\"");
    let due = |changes: &[&str]| set_in(&text, changes).apps.iter().next().unwrap().deadline;
    let after = |minutes: u64| Some(Deadline::OfDay(Duration::from_secs(60 * minutes)));
    assert_eq!(due(&["apps.a.deadline=04:00"]), after(240));
    assert_eq!(
        due(&["apps.a={deadline=04:00:30}"]),
        Some(Deadline::OfDay(Duration::from_secs(14_430)))
    );
    let morning = ["apps.a.deadline=07:00", "run.start=2026-03-02 06:30"];
    assert_eq!(due(&morning), after(30));
    let shown = problems_with(&text, &["apps.a.deadline=2026-03-02"]);
    assert!(shown.contains("`2026-03-02` is not a duration"), "{shown}");
}
