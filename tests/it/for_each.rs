//! `[for-each]`: what is made for each row is what one would have written by hand.

use crate::simulate::{mean, run};
use sparksim::model::Model;
use sparksim::scenario::{self, Variation};
use std::path::Path;

const HEAD: &str = r#"
[run]
duration = "100s"
replications = 1
[nodes.worker]
cpu = "16"
memory = "64Gi"
"#;

const TEAMS: &str = r#"
[for-each.team]
table = "teams.csv"
[budgets."${team.name}"]
quota = { cpu = "${team.cores}" }
[services."api-${team.name}"]
budget = "${team.name}"
replicas = "${team.replicas}"
service-time = "${team.time}"
requests = { cpu = "500m" }
[workloads."users-of-${team.name}"]
target = "services.api-${team.name}"
arrivals = { poisson = { rate = "${team.number}/min" } }
"#;

const CSV: &str = "name,cores,replicas,time,number\nads,4,2,10ms,6\nml, 2 ,1,0.5,3\n";

fn directory(csv: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("teams.csv"), csv).unwrap();
    directory
}

fn load(text: &str, csv: &str, set: &[&str]) -> Result<scenario::Loaded, String> {
    let directory = directory(csv);
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    let loaded = scenario::load_text("teams.toml", text, directory.path(), &set);
    let shown = directory.path().display().to_string();
    loaded.map_err(|error| shortened(&error.to_string().replace(&format!("{shown}/"), "")))
}

/// The list of what is allowed grows with every new key.
fn shortened(problems: &str) -> String {
    let lines = problems
        .lines()
        .map(|line| match line.strip_prefix("help: allowed here: ") {
            Some(_) => "help: allowed here: …\n".to_owned(),
            None => format!("{line}\n"),
        });
    lines.collect()
}

fn teams(csv: &str, set: &[&str]) -> Result<scenario::Loaded, String> {
    load(&format!("{HEAD}{TEAMS}"), csv, set)
}

fn shown(model: &Model) -> String {
    format!("{model:#?}")
}

#[test]
fn rows_make_what_one_would_write_by_hand() {
    let by_hand = r#"
[budgets.ads]
quota = { cpu = 4 }
[budgets.ml]
quota = { cpu = 2 }
[services.api-ads]
budget = "ads"
replicas = 2
service-time = "10ms"
requests = { cpu = "500m" }
[services.api-ml]
budget = "ml"
replicas = 1
service-time = 0.5
requests = { cpu = "500m" }
[workloads.users-of-ads]
target = "services.api-ads"
arrivals = { poisson = { rate = "6/min" } }
[workloads.users-of-ml]
target = "services.api-ml"
arrivals = { poisson = { rate = "3/min" } }
"#;
    let made = teams(CSV, &[]).unwrap();
    let written = load(&format!("{HEAD}{by_hand}"), CSV, &[]).unwrap();
    assert_eq!(shown(&made.model), shown(&written.model));
}

#[test]
fn what_is_made_can_be_set_and_swept_by_name_or_by_pattern() {
    let replicas = |set: &[&str]| -> Vec<u32> {
        let loaded = teams(CSV, set).unwrap_or_else(|error| panic!("{error}"));
        loaded
            .model
            .services
            .iter()
            .map(|service| service.replicas)
            .collect()
    };
    assert_eq!(replicas(&[]), [2, 1]);
    assert_eq!(replicas(&["services.api-ml.replicas=5"]), [2, 5]);
    assert_eq!(replicas(&["services.*.replicas=5"]), [5, 5]);
    assert_eq!(replicas(&["services.*-ads.replicas=5"]), [5, 1]);
    assert_eq!(replicas(&["services.api-*.replicas=3"]), [3, 3]);
    let error = teams(CSV, &["services.api-nl.replicas=5"]).unwrap_err();
    assert!(error.contains("did you mean `api-ml`?"), "{error}");
}

/// How many there are can be swept like anything else.
#[test]
fn the_number_of_rows_is_a_value_like_any_other() {
    let text = format!(
        "{HEAD}[for-each.team]\ncount = 9\n[services.\"s${{team.name}}\"]\nservice-time = \"1s\"\n\
         [workloads.\"w${{team.name}}\"]\ntarget = \"services.s${{team.name}}\"\n\
         arrivals = {{ poisson = {{ rate = \"${{team.number}}/min\" }} }}\n"
    );
    let count = |set: &[&str]| load(&text, CSV, set).unwrap().model.services.len();
    assert_eq!(count(&[]), 9);
    assert_eq!(count(&["for-each.team.count=3"]), 3);
    let names: Vec<String> = load(&text, CSV, &["for-each.team.count=10"])
        .unwrap()
        .model
        .services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    assert_eq!(names.first().unwrap(), "s01");
    assert_eq!(names.last().unwrap(), "s10");
    let vary = [
        "for-each.team.count=1,2,12".to_owned(),
        "services.*.replicas=1,3".to_owned(),
    ];
    let variation = Variation {
        vary: &vary,
        sweep: true,
        ..Variation::default()
    };
    let points = scenario::load_points_text("teams.toml", &text, Path::new("."), &variation);
    let points = points.unwrap_or_else(|error| panic!("{error}")).points;
    let sizes: Vec<_> = points
        .iter()
        .map(|point| {
            let services = &point.model.services;
            (
                services.len(),
                services.iter().map(|it| it.replicas).sum::<u32>(),
            )
        })
        .collect();
    assert_eq!(sizes, [(1, 1), (1, 3), (2, 2), (2, 6), (12, 12), (12, 36)]);
}

/// A check on `*` has one verdict for each, and the worst decides.
#[test]
fn a_check_on_a_star_is_one_for_each() {
    let check = "[[checks]]\nmetric = \"services.api-*.throughput\"\nabove = 0.01\n";
    let loaded = load(&format!("{HEAD}{TEAMS}{check}"), CSV, &[]).unwrap();
    assert_eq!(
        loaded.model.checks[0].metrics,
        ["services.api-ads.throughput", "services.api-ml.throughput"]
    );
    let results = run(&loaded, 1);
    assert!(mean(&results, "budgets.ads.cpu") == 1.0);
}

#[test]
fn rows_of_two_tables_combine() {
    let text = format!(
        "{HEAD}[for-each.zone]\ncount = 2\n[for-each.team]\ntable = \"teams.csv\"\n\
         [services.\"${{team.name}}-${{zone.name}}\"]\nservice-time = \"1s\"\n\
         [workloads.\"${{team.name}}-${{zone.name}}\"]\n\
         target = \"services.${{team.name}}-${{zone.name}}\"\n\
         arrivals = {{ poisson = {{ rate = \"1/min\" }} }}\n"
    );
    let loaded = load(&text, CSV, &[]).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<_> = loaded
        .model
        .services
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["ads-1", "ads-2", "ml-1", "ml-2"]);
}

#[test]
fn a_wrong_cell_is_shown_in_its_table() {
    let csv = CSV.replace("ml, 2 ,1", "ml, two ,1");
    insta::assert_snapshot!(teams(&csv, &[]).unwrap_err(), @r#"
error: invalid value for `budgets.ml.quota.cpu`
 --> teams.csv:3:5
  |
3 | ml, two ,1,0.5,3
  |     ^^^ `two` is not a number of cores: a number is missing; write cores, e.g. `2` or `0.5`, or thousandths, e.g. `500m`
"#);
}

#[test]
fn a_mistake_in_a_template_is_told_once() {
    let text = format!("{HEAD}{TEAMS}").replace("service-time", "servise-time");
    insta::assert_snapshot!(load(&text, CSV, &[]).unwrap_err(), @r#"
error: unknown key `servise-time` in `services.api-ads` (and 1 more like it)
  --> teams.toml (team ads, line 2):16:1
   |
16 | servise-time = "${team.time}"
   | ^^^^^^^^^^^^ did you mean `service-time`?
   |
help: allowed here: …
"#);
}

#[test]
fn wrong_placeholders_and_tables_are_told() {
    let text = format!("{HEAD}{TEAMS}");
    let wrong = |from: &str, to: &str| load(&text.replace(from, to), CSV, &[]).unwrap_err();
    insta::assert_snapshot!(wrong("${team.cores}", "${team.core}"), @r#"
error: `team` has no column `core` (and 1 more like it)
  --> teams.toml (team ads, line 2):12:17
   |
12 | quota = { cpu = "${team.core}" }
   |                 ^^^^^^^^^^^^^^ did you mean `cores`?
   |
help: it has `name`, `cores`, `replicas`, `time`, `number`
"#);
    insta::assert_snapshot!(wrong("[budgets.\"${team.name}\"]", "[budgets.\"${tame.name}\"]"), @r#"
error: there is no `[for-each.tame]`
  --> teams.toml:11:10
   |
11 | [budgets."${tame.name}"]
   |          ^^^^^^^^^^^^^^ did you mean `team`?
   |
help: `[for-each]` has `team`
"#);
    insta::assert_snapshot!(wrong("[budgets.\"${team.name}\"]", "[budgets.all]"), @r#"
error: `${team.cores}` stands for nothing here
  --> teams.toml:12:17
   |
12 | quota = { cpu = "${team.cores}" }
   |                 ^^^^^^^^^^^^^^^ no name around it holds `${team.name}`
   |
help: put it into a table such as `[apps."etl-${team.name}"]`
"#);
    insta::assert_snapshot!(wrong("table = \"teams.csv\"", "tabel = \"teams.csv\""), @r#"
error: unknown key `tabel` in `for-each.team`
  --> teams.toml:10:1
   |
10 | tabel = "teams.csv"
   | ^^^^^ did you mean `table`?
"#);
    insta::assert_snapshot!(wrong("table = \"teams.csv\"", "table = \"times.csv\""), @r#"
error: cannot read `times.csv`
  --> teams.toml:10:9
   |
10 | table = "times.csv"
   |         ^^^^^^^^^^^ No such file or directory (os error 2)
   |
help: files are looked for from the directory of the file that names them
"#);
    insta::assert_snapshot!(teams("team,cores\nads,4\n", &[]).unwrap_err(), @r#"
error: this table has no column `name`
 --> teams.csv:1:1
  |
1 | team,cores
  | ^^^^^^^^^^ rows are told apart by it
  |
help: it has `team`, `cores`
"#);
    insta::assert_snapshot!(teams("name,cores\nads,4\nads,3\n", &[]).unwrap_err(), @r#"
error: there are two rows for `ads`
 --> teams.csv:3:1
  |
3 | ads,3
  | ^^^ this is the second
"#);
    insta::assert_snapshot!(teams("name,cores\na.b,4\n", &[]).unwrap_err(), @r#"
error: `a.b` cannot be the name of a team
 --> teams.csv:2:1
  |
2 | a.b,4
  | ^^^ names are letters, digits, `_` and `-`
"#);
}
