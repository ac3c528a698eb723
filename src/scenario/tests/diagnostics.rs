//! Every kind of problem, as the user sees it.

use super::examples::MM1;
use super::{problems, problems_with};
use crate::scenario::load;
use std::path::Path;

/// A scenario around a part that is wrong.
fn around(part: &str) -> String {
    format!("{MM1}{part}")
}

#[test]
fn three_mistakes_are_all_shown_in_the_order_of_the_file() {
    insta::assert_snapshot!(
        problems(
            r#"title = "Three mistakes"
[run]
duraton = "2h"
[services.desk]
service-time = { exponential = { mean = "1 fortnight" } }
[workloads.visitors]
target = "services.dsek"
arrivals = { poisson = { rate = "0.8/s" } }
"#
        ),
        @""
    );
}

#[test]
fn three_mistakes_in_one_table_are_all_shown() {
    insta::assert_snapshot!(
        problems(
            r#"
[run]
requests = 100
[services.desk]
replicas = "two"
service-time = { lognormal = { mean = "1s", cv = 0.5, sd = 2 } }
timeout = "2s"
[workloads.visitors]
target = "services.desk"
arrivals = { poisson = { rate = "0.8/s" } }
"#
        ),
        @""
    );
}

#[test]
fn of_syntax_errors_the_first_is_shown() {
    insta::assert_snapshot!(problems("[run\nseed = = 1\n"), @"");
}

#[test]
fn an_empty_scenario_says_what_to_write() {
    insta::assert_snapshot!(problems(""), @"");
    insta::assert_snapshot!(problems("[run]\nseed = 2\n[workloads]\n"), @"");
}

#[test]
fn a_run_ends_in_one_way() {
    insta::assert_snapshot!(
        problems(&MM1.replace("seed = 7", "seed = 7\nduration = \"1h\"\nwarmup = \"1m\"")),
        @""
    );
    insta::assert_snapshot!(
        problems(&MM1.replace("requests = 200000", "horizon = \"terminating\"")),
        @""
    );
    insta::assert_snapshot!(
        problems(&MM1.replace("200000", "20000").replace("replications = 20", "replications = 0")),
        @""
    );
    let by_time = MM1.replace(
        "requests = 200000\nwarmup-requests = 20000",
        "duration = \"1h\"\nwarmup = \"auto\"",
    );
    insta::assert_snapshot!(problems(&by_time), @"");
}

#[test]
fn what_is_not_built_yet_is_no_choice() {
    insta::assert_snapshot!(
        problems_with(
            &around("[cluster]\nmanager = \"yarn\"\n[budgets.a]\nweight = 2\n"),
            &["services.desk.balancer={ power-of-d = { d = 3 } }", "services.desk.discipline=lifo"]
        ),
        @""
    );
}

#[test]
fn references_lead_somewhere() {
    insta::assert_snapshot!(
        problems(&around(
            r#"
[images]
gateway = ["debian", "gatway", "debian"]
[layers]
debian = "80MB"
gateway = { unpacked = "25MB" }
[services.gate]
image = "gatewy"
[services.gate.endpoints.submit]
service-time = 1
submits = { app = "pi" }
[services.gate.endpoints.status]
service-time = 1
[workloads.a]
target = "services.gate"
arrivals = { at = [] }
[workloads.b]
target = "services.gate.sumbit"
arrivals = { deterministic = { interval = 0 } }
[workloads.c]
target = "services.desk.default"
arrivals = { renewal = { interarrival = 0 } }
[workloads.d]
target = "service.desk"
arrivals = { poisson = { rate = "0/s" } }
"#
        )),
        @""
    );
}

#[test]
fn containers_must_fit_some_node() {
    insta::assert_snapshot!(
        problems(&around(
            r#"
[nodes.small]
cpu = 4
memory = "8Gi"
reserved = { memory = "1Gi" }
[nodes.none]
count = 0
cpu = 2
memory = "2Gi"
speed = 0
network = "0Gbps"
reserved = { cpu = "3" }
[services.fat]
service-time = 1
requests = { cpu = 2, memory = "8Gi" }
[apps.wide]
conf.spark.executor = { cores = 5 }
stages.s = { tasks = 1, task-time = 1 }
"#
        )),
        @""
    );
}

#[test]
fn graphs_have_no_circles_and_no_loose_ends() {
    insta::assert_snapshot!(
        problems(&around(
            r#"
[apps.a.stages.one]
tasks = 0
task-time = 1
parents = ["three", "two"]
[apps.a.stages.two]
tasks = 1
task-time = { lognormal = { mean = 1, cv = -1 } }
parents = ["three", "three"]
[apps.a.stages.three]
tasks = 1
parents = ["one"]
[apps.b]
[apps.c.jobs.x]
after = ["y"]
[apps.c.jobs.z.stages.s]
tasks = 1
task-time = 1
"#
        )),
        @""
    );
}

#[test]
fn forms_that_exclude_each_other_are_named() {
    insta::assert_snapshot!(
        problems(&around(
            r#"
[services.both]
service-time = 1
endpoints.e.service-time = 2
[services."a.b"]
service-time = { exponential = { mean = 1 }, constant = { value = 1 } }
start-time = {}
[services.none]
[services.odd]
service-time = { empirical = { values = [1], column = "x" } }
start-time = { exponential = {} }
[services]
plain = 3
[apps.both]
stages.s = { tasks = 1, task-time = 1 }
jobs.j.stages.s = { tasks = 1, task-time = 1 }
"#
        )),
        @""
    );
}

#[test]
fn recordings_hold_every_partition_once() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        crate::files::write(&directory.path().join(name), text.as_bytes()).unwrap();
    };
    write(
        "ok.csv",
        "partition,stage,duration\n0,1,1\n1,1,2\n1,1,3\n0,2,1\n2,2,1\n",
    );
    write("bad.csv", "partition,stage,duration\n0,1,1\n1,1,soon\n");
    write("columns.csv", "partition,stag,duration\n");
    let mut text = String::from(MM1);
    for (name, tasks, file, stage) in [
        ("twice", 2, "ok.csv", 1),
        ("beyond", 2, "ok.csv", 2),
        ("lacking", 3, "ok.csv", 2),
        ("no-stage", 3, "ok.csv", 3),
        ("no-number", 2, "bad.csv", 1),
        ("no-column", 2, "columns.csv", 1),
    ] {
        text += &format!(
            "[apps.{name}.stages.s]\ntasks = {tasks}\n\
             task-time = {{ recorded = {{ file = \"{file}\", stage = {stage} }} }}\n"
        );
    }
    text += "[services.s]\nservice-time = { empirical = { file = \"ok.csv\", column = \"durations\" } }\n";
    let path = directory.path().join("x.toml");
    crate::files::write(&path, text.as_bytes()).unwrap();
    let error = load(&path, &[]).unwrap_err().to_string();
    let error = error.replace(&directory.path().display().to_string(), "DIR");
    insta::assert_snapshot!(error, @"");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = load(Path::new("no/such.toml"), &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("error: cannot read `no/such.toml`: "),
        "{error}"
    );
    let text = around(
        "[services.s]\nservice-time = { empirical = { file = \"no.csv\", column = \"x\" } }\n",
    );
    assert!(problems(&text).contains("cannot read `./no.csv`"));
}
