//! `--set`.

use super::examples::MM1;
use super::{load_with, problems_with};
use crate::model::{BalancerKind, Model};
use crate::random::Distribution;

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
