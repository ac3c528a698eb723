//! Where the data of stages are.

use super::problems;

#[test]
fn data_that_are_nowhere_are_told() {
    let text = r#"
run = { horizon = "terminating" }
workloads.once = { target = "apps.a", arrivals = { at = [0] } }
[apps.a.jobs.load.stages.scan]
tasks = 4
task-time = 1
locality = { blocks = { replication = 3 } }
[apps.a.jobs.use]
after = ["load"]
[apps.a.jobs.use.stages.early]
tasks = 4
task-time = 1
locality = "map-output"
[apps.a.jobs.use.stages.read]
tasks = 8
task-time = 1
locality = { cached = { stage = "load.scna" } }
[apps.a.jobs.use.stages.count]
tasks = 8
task-time = 1
locality = { cached = { stage = "load.scan" } }
[apps.a.jobs.use.stages.far]
tasks = 8
task-time = 1
remote-time = 1
"#;
    insta::assert_snapshot!(problems(text), @"");
}
