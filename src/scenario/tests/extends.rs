//! Scenarios that change another one.

use super::examples::MM1;
use super::shortened;
use crate::model::{Arrivals, Horizon, Model};
use crate::scenario::{LoadError, Loaded, load};
use crate::units::Rate;
use std::path::Path;

/// Loads `a.toml` among these files.
fn among(files: &[(&str, &str)], overrides: &[&str]) -> Result<Loaded, LoadError> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        crate::files::write(&path, text.as_bytes()).unwrap();
    }
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    let loaded = load(&directory.path().join("a.toml"), &overrides);
    loaded.map_err(|error| match error {
        LoadError::Wrong { text, count } => LoadError::Wrong {
            text: text.replace(&format!("{}/", directory.path().display()), ""),
            count,
        },
        unreadable @ LoadError::Unreadable(_) => unreadable,
    })
}

fn model(files: &[(&str, &str)]) -> Model {
    let loaded = among(files, &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.name, "a");
    loaded.model
}

fn problems(files: &[(&str, &str)]) -> String {
    shortened(&among(files, &[]).unwrap_err().to_string())
}

#[test]
fn things_merge_key_by_key_and_values_are_replaced() {
    let changes = "extends = \"base.toml\"\n[run]\nseed = 9\n[services.desk]\nreplicas = 2\n\
                   [services.other]\nservice-time = { constant = { value = 2 } }\n\
                   [workloads.visitors.arrivals]\ndeterministic = { interval = 4 }\n";
    let model = model(&[("a.toml", changes), ("base.toml", MM1)]);
    assert_eq!((model.run.seed, model.run.replications), (9, 20));
    let services: Vec<_> = model.services.iter().collect();
    assert_eq!(services.len(), 2);
    assert_eq!(
        (services[0].name.as_str(), services[0].replicas),
        ("desk", 2)
    );
    let workload = model.workloads.iter().next().unwrap();
    assert!(matches!(workload.arrivals, Arrivals::Renewal { .. }));
    // The base is what it was.
    let base = among(&[("a.toml", MM1)], &[]).unwrap().model;
    let visitors = base.workloads.iter().next().unwrap();
    assert_eq!(visitors.arrivals, Arrivals::Poisson { rate: Rate(0.8) });
}

#[test]
fn a_run_that_ends_another_way_forgets_the_old_one() {
    let changes = "extends = \"base.toml\"\nrun.duration = \"1h\"\nrun.warmup = \"5m\"\n";
    let model = model(&[("a.toml", changes), ("base.toml", MM1)]);
    assert!(matches!(model.run.horizon, Horizon::Duration { .. }));
    assert_eq!(model.run.seed, 7);
}

#[test]
fn properties_merge_in_either_spelling() {
    let base = "[run]\nduration = 10\n[apps.p.conf]\n\"spark.executor.cores\" = 2\n\
                spark.executor.instances = 3\n[apps.p.stages.s]\ntasks = 1\ntask-time = 1\n\
                [workloads.w]\ntarget = \"apps.p\"\narrivals = { at = [1] }\n";
    let changes = "extends = \"base.toml\"\n[apps.p.conf]\nspark.executor.cores = 4\n";
    let model = model(&[("a.toml", changes), ("base.toml", base)]);
    let conf = &model.apps.iter().next().unwrap().conf;
    assert_eq!((conf.slots_per_executor(), conf.executors.initial), (4, 3));
}

/// Each file is found from the directory of the one that names it, through any number of them.
#[test]
fn a_file_is_relative_to_the_file_that_names_it() {
    let middle = "extends = \"base/b.toml\"\n[services.desk]\nservice-time = { empirical = \
                  { file = \"m.csv\", column = \"s\" } }\n";
    let base = format!(
        "{MM1}[workloads.w]\ntarget = \"services.desk\"\n\
         arrivals = {{ trace = {{ file = \"t.csv\", column = \"t\" }} }}\n"
    );
    let files = [
        ("a.toml", "extends = \"lib/m.toml\"\nrun.seed = 3\n"),
        ("lib/m.toml", middle),
        ("lib/m.csv", "s\n1\n2\n"),
        ("lib/base/b.toml", base.as_str()),
        ("lib/base/t.csv", "t\n1\n"),
    ];
    assert_eq!(model(&files).run.seed, 3);
    // What is set on the command line is found from the scenario.
    let change = "workloads.w.arrivals={ trace = { file = \"t.csv\", column = \"t\" } }";
    let error = among(&files, &[change]).unwrap_err().to_string();
    assert!(error.contains("error: cannot read `t.csv`"), "{error}");
}

#[test]
fn places_survive_in_both_files() {
    let base = MM1.replace("\"1s\"", "\"1 fortnight\"");
    insta::assert_snapshot!(
        problems(&[
            ("a.toml", "extends = \"base.toml\"\n[services.desk]\nreplicsa = 2\n"),
            ("base.toml", &base)
        ]),
        @r#"
    error: invalid value for `services.desk.service-time.exponential.mean`
     --> base.toml:8:41
      |
    8 | service-time = { exponential = { mean = "1 fortnight" } }
      |                                         ^^^^^^^^^^^^^ `1 fortnight` is not a duration: `fortnight` is no unit of it; write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)

    error: unknown key `replicsa` in `services.desk`
     --> a.toml:3:1
      |
    3 | replicsa = 2
      | ^^^^^^^^ did you mean `replicas`?
      |
    help: allowed here: `image`, `replicas`, …
    "#
    );
}

#[test]
fn circles_missing_files_and_damaged_ones_are_told() {
    insta::assert_snapshot!(
        problems(&[
            ("a.toml", "extends = \"b.toml\"\n"),
            ("b.toml", "\nextends = \"./a.toml\"\n")
        ]),
        @r#"
    error: a scenario cannot extend itself
     --> b.toml:2:11
      |
    2 | extends = "./a.toml"
      |           ^^^^^^^^^^ a.toml extends b.toml extends ./a.toml
    "#
    );
    let missing = problems(&[("a.toml", "extends = \"no.toml\"\n")]);
    assert!(
        missing.starts_with("error: cannot read `no.toml`\n --> a.toml:1:11\n"),
        "{missing}"
    );
    insta::assert_snapshot!(
        problems(&[("a.toml", "extends = \"b.toml\"\n"), ("b.toml", "[run\n")]),
        @r"
    error: this is not TOML: unclosed table, expected `]`
     --> b.toml:1:5
      |
    1 | [run
      |     ^
    "
    );
    let text = problems(&[("a.toml", "extends = 3\n")]);
    assert!(
        text.contains("expected text in quotes, found integer 3"),
        "{text}"
    );
    let files = [("a.toml", MM1)];
    let error = among(&files, &["extends=\"b.toml\""]).unwrap_err();
    assert!(
        error.to_string().contains("`extends` cannot be set"),
        "{error}"
    );
    assert!(load(Path::new("no/such.toml"), &[]).is_err());
}
