//! `[sweep]`, `[variants]`, `--vary` and `--sample`.

use super::examples::MM1;
use super::shortened;
use crate::model::BalancerKind;
use crate::scenario::{LoadError, Points, Variation, load_points_text, load_text};
use std::path::Path;

fn points_of(
    text: &str,
    set: &[&str],
    vary: &[&str],
    sample: Option<&str>,
) -> Result<Points, LoadError> {
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let variation = Variation {
        set: &owned(set),
        vary: &owned(vary),
        sample,
        sweep: true,
    };
    load_points_text("sweep.toml", text, Path::new("."), &variation)
}

fn points(text: &str, vary: &[&str]) -> Points {
    points_of(text, &[], vary, None).unwrap_or_else(|error| panic!("{error}"))
}

fn names(points: &Points) -> Vec<&str> {
    points
        .points
        .iter()
        .map(|point| point.name.as_str())
        .collect()
}

/// What a person sees who has the file end in `table` and varies `vary`.
fn wrong(table: &str, vary: &[&str]) -> String {
    match points_of(&format!("{MM1}{table}"), &[], vary, None) {
        Ok(points) => panic!("no problem was found in {:?}", names(&points)),
        Err(error) => shortened(&error.to_string()),
    }
}

const SWEEP: &str = r#"
[sweep]
"services.desk.replicas" = [2, 4]
services.desk.balancer = ["random", "power-of-two"]
"#;

#[test]
fn all_combinations_are_points_and_the_last_dimension_changes_fastest() {
    let points = points(&format!("{MM1}{SWEEP}"), &[]);
    assert_eq!(
        points.columns,
        ["services.desk.replicas", "services.desk.balancer"]
    );
    assert_eq!(
        names(&points),
        [
            "replicas 2, balancer random",
            "replicas 2, balancer power-of-two",
            "replicas 4, balancer random",
            "replicas 4, balancer power-of-two"
        ]
    );
    let third = &points.points[2];
    assert_eq!(third.coordinates, [1, 0]);
    assert_eq!(
        third.changes,
        [
            "services.desk.replicas=4",
            "services.desk.balancer=\"random\""
        ]
    );
    let service = third.model.services.iter().next().unwrap();
    assert_eq!(
        (service.replicas, service.balancer),
        (4, BalancerKind::Random)
    );
}

#[test]
fn the_changes_of_a_point_make_it_again_with_set() {
    let text = format!("{MM1}{SWEEP}");
    for point in points(&text, &[]).points {
        let loaded = load_text("sweep.toml", &text, Path::new("."), &point.changes).unwrap();
        assert_eq!(format!("{:?}", loaded.model), format!("{:?}", point.model));
    }
}

#[test]
fn the_command_line_replaces_values_of_the_file_path_by_path() {
    let vary = [
        "services.desk.replicas=3",
        "services.desk.service-time={ exponential = { mean = 1 } },2s",
    ];
    let points = points(&format!("{MM1}{SWEEP}"), &vary);
    assert_eq!(
        names(&points)[..2],
        [
            "replicas 3, balancer random, service-time { exponential = { mean = 1 } }",
            "replicas 3, balancer random, service-time 2s"
        ]
    );
    assert_eq!(points.points.len(), 4);
}

#[test]
fn a_variant_is_several_changes_and_a_value_of_its_own_wins_over_it() {
    let text = format!(
        "{MM1}
[variants.few]
services.desk = {{ replicas = 2, balancer = \"round-robin\" }}
[variants.many]
\"services.*.replicas\" = 8
[sweep]
services.desk.balancer = [\"random\"]
variant = [\"many\", \"few\"]
"
    );
    let both = points(&text, &[]);
    assert_eq!(both.columns, ["services.desk.balancer", "variant"]);
    let found: Vec<_> = both
        .points
        .iter()
        .map(|point| point.model.services.iter().next().unwrap())
        .map(|service| (service.replicas, service.balancer))
        .collect();
    assert_eq!(
        found,
        [(8, BalancerKind::Random), (2, BalancerKind::Random)]
    );
    let one = points(&text, &["variant=few"]);
    assert_eq!(names(&one), ["balancer random, variant few"]);
}

#[test]
fn a_list_of_points_sets_several_paths_at_once_or_leaves_them() {
    let text = format!(
        "{MM1}
[sweep]
points = [
  {{ \"services.desk.replicas\" = 2, \"run.seed\" = 5 }},
  {{ services.desk.replicas = 4 }},
]
"
    );
    let points = points(&text, &["services.desk.balancer=random,round-robin"]);
    assert_eq!(points.columns.len(), 3);
    assert_eq!(
        names(&points),
        [
            "replicas 2, seed 5, balancer random",
            "replicas 2, seed 5, balancer round-robin",
            "replicas 4, balancer random",
            "replicas 4, balancer round-robin"
        ]
    );
    let seeds = points.points.iter().map(|point| point.model.run.seed);
    assert!(seeds.eq([5, 5, 7, 7]));
}

#[test]
fn a_sample_draws_between_the_ends_and_among_the_listed() {
    let text = format!(
        "{MM1}
[sweep]
sample = {{ latin-hypercube = {{ points = 8, seed = 3 }} }}
\"workloads.visitors.arrivals.poisson.rate\" = {{ from = \"6/min\", to = \"48/min\" }}
services.desk.replicas = {{ from = 1, to = 8 }}
services.desk.balancer = [\"random\", \"round-robin\"]
"
    );
    let points = points(&text, &[]);
    assert!(!points.grid);
    assert_eq!(points.points.len(), 8);
    let mut replicas: Vec<_> = points
        .points
        .iter()
        .map(|point| point.model.services.iter().next().unwrap().replicas)
        .collect();
    replicas.sort_unstable();
    assert_eq!(replicas, [1, 2, 3, 4, 5, 6, 7, 8], "one in each eighth");
    let random = points
        .points
        .iter()
        .filter(|point| point.coordinates[2] == 0);
    assert_eq!(random.count(), 4, "a half for each of two values");
    for point in &points.points {
        let rate = point.values[0].as_deref().unwrap().strip_suffix("/min");
        let rate: f64 = rate.unwrap().parse().unwrap();
        assert!((6.0..=48.0).contains(&rate), "{rate}");
    }
}

#[test]
fn a_sample_of_few_values_has_each_of_them_once() {
    let text = format!("{MM1}\n[sweep]\nservices.desk.replicas = [1, 2]\n");
    let points = points_of(&text, &[], &[], Some("random=20")).unwrap();
    assert_eq!(points.points.len(), 2);
}

#[test]
fn run_ignores_the_sweep_but_not_its_mistakes() {
    let text = format!("{MM1}{SWEEP}");
    let model = load_text("sweep.toml", &text, Path::new("."), &[])
        .unwrap()
        .model;
    assert_eq!(model.services.iter().next().unwrap().replicas, 1);
    let wrong = format!("{MM1}[sweep]\nservices.desk.replicas = []\n");
    assert!(load_text("sweep.toml", &wrong, Path::new("."), &[]).is_err());
}

#[test]
fn nothing_varied_and_unknown_variants_are_told() {
    insta::assert_snapshot!(wrong("", &[]), @r#"
error: nothing is varied
--> sweep.toml
 |
help: say what to try with `--vary PATH=V1,V2`, or in the scenario, e.g. `[sweep]` with `"services.gateway.replicas" = [2, 4, 8]`
"#);
    insta::assert_snapshot!(wrong("[variants.fast]\nrun.seed = 2\n", &["variant=fats"]), @r"
error: there is no variant named `fats`
 --> --vary:1:9
  |
1 | variant=fats
  |         ^^^^ did you mean `fast`?
  |
help: `[variants]` has `fast`
");
    insta::assert_snapshot!(wrong("", &["variant=fast"]), @r"
error: there is no variant named `fast`
 --> --vary:1:9
  |
1 | variant=fast
  |         ^^^^ not in `[variants]`
  |
help: the scenario has no `[variants.NAME]`
");
}

#[test]
fn mistakes_of_the_table_are_underlined_there() {
    let table = "[sweep]
services.dsek.replicas = [2, 4]
services.desk.replicas = [2, \"many\", 2]
services.desk.balancer = \"random\"
services.desk.concurrency = []
services.desk.queue-capacity = { from = 1, to = \"8\" }
sample = { lattice = { points = 4 } }
variant = [\"x\"]
";
    insta::assert_snapshot!(wrong(table, &[]), @r#"
error: `services.desk.replicas` has the same value twice
  --> sweep.toml:14:38
   |
14 | services.desk.replicas = [2, "many", 2]
   |                                      ^ leave one of them out

error: `sweep` does not say what to try for `services.desk.balancer`
  --> sweep.toml:15:26
   |
15 | services.desk.balancer = "random"
   |                          ^^^^^^^^ this is one value
   |
help: write a list, e.g. `[2, 4, 8]`

error: `sweep` tries nothing for `services.desk.concurrency`
  --> sweep.toml:16:29
   |
16 | services.desk.concurrency = []
   |                             ^^ this list is empty

error: the range of `services.desk.queue-capacity` needs `from` and `to`
  --> sweep.toml:17:32
   |
17 | services.desk.queue-capacity = { from = 1, to = "8" }
   |                                ^^^^^^^^^^^^^^^^^^^^^^ write two numbers, or two quantities, e.g. `{ from = "5/min", to = "60/min" }`

error: invalid value for `sweep.sample`
  --> sweep.toml:18:10
   |
18 | sample = { lattice = { points = 4 } }
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected a kind with its number of points
   |
help: write `{ latin-hypercube = { points = 64 } }` or `{ random = { points = 64 } }`; another `seed` (1) draws other points

error: there is no variant named `x`
  --> sweep.toml:19:12
   |
19 | variant = ["x"]
   |            ^^^ not in `[variants]`
   |
help: the scenario has no `[variants.NAME]`
"#);
    let shown = wrong(
        "[sweep]\nservices.dsek.replicas = [2, 4]\nservices.desk.replicas = [2, \"many\"]\n",
        &[],
    );
    insta::assert_snapshot!(shown, @r#"
error: `services` has nothing named `dsek`
  --> sweep.toml:13:10
   |
13 | services.dsek.replicas = [2, 4]
   |          ^^^^ did you mean `desk`?
   |
help: it has `desk`

error: invalid value for `services.desk.replicas`
  --> sweep.toml:14:30
   |
14 | services.desk.replicas = [2, "many"]
   |                              ^^^^^^ expected a whole number, 0 or more, found string "many"
"#);
    let shown = wrong(
        "[sweep]\nservices.desk.replicas = { from = 1, to = 8 }\n",
        &[],
    );
    insta::assert_snapshot!(shown, @r"
error: `services.desk.replicas` is a range, and all combinations are tried
  --> sweep.toml:13:26
   |
13 | services.desk.replicas = { from = 1, to = 8 }
   |                          ^^^^^^^^^^^^^^^^^^^^ endlessly many values
   |
help: list values, e.g. `[2, 4, 8]`, or draw points: `sample = { latin-hypercube = { points = 64 } }`
");
}

#[test]
fn mistakes_of_the_command_line_are_underlined_there() {
    let shown = wrong(
        "",
        &[
            "services.desk.replicas",
            "services.desk.replicas=1,,2",
            "=3",
        ],
    );
    insta::assert_snapshot!(shown, @r"
error: `--vary` needs a path and values
 --> --vary:1:1
  |
1 | services.desk.replicas
  | ^^^^^^^^^^^^^^^^^^^^^^ no `=` here
  |
help: write it as PATH=V1,V2,…, e.g. `--vary services.gateway.replicas=2,4,8`, or `--vary variant=a,b`

error: a value for `services.desk.replicas` is empty
 --> --vary:1:1
  |
1 | services.desk.replicas=1,,2
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ nothing stands before or after a comma
  |
help: write it as PATH=V1,V2,…, e.g. `--vary services.gateway.replicas=2,4,8`, or `--vary variant=a,b`

error: `--vary` needs a path and values
 --> --vary:1:1
  |
1 | =3
  | ^ a part of this path is empty
  |
help: parts are separated by single dots, e.g. `services.gateway.replicas`
");
    let shown = wrong(
        "",
        &["services.desk.replicas=1,2,1", "services.desk.replicas=4"],
    );
    insta::assert_snapshot!(shown, @r"
error: `services.desk.replicas` has the same value twice
 --> --vary:1:28
  |
1 | services.desk.replicas=1,2,1
  |                            ^ leave one of them out

error: `services.desk.replicas` is varied twice
 --> --vary:1:1
  |
1 | services.desk.replicas=4
  | ^^^^^^^^^^^^^^^^^^^^^^ give all its values at once, separated by commas
");
    insta::assert_snapshot!(wrong("", &["services.desk.replicas=1,many"]), @r#"
error: invalid value for `services.desk.replicas`
 --> --vary:1:26
  |
1 | services.desk.replicas=1,many
  |                          ^^^^ expected a whole number, 0 or more, found string "many"
"#);
}

#[test]
fn a_path_is_varied_once() {
    let table = "[sweep]\npoints = [{ run.seed = 1 }, { run.seed = 2 }]\n";
    insta::assert_snapshot!(wrong(table, &["run.seed=3,4"]), @r"
error: `run.seed` is varied twice
 --> --vary:1:1
  |
1 | run.seed=3,4
  | ^^^^^^^^ the list of points sets it too
");
}
