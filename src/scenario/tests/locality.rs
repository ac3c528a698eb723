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
    insta::assert_snapshot!(problems(text), @r#"
error: blocks need nodes
 --> bad.toml:7:12
  |
7 | locality = { blocks = { replication = 3 } }
  |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the scenario has no `[nodes]`
  |
help: add a pool of nodes, or leave `locality` out: every slot is as good as any

error: a stage without parents reads no map output
  --> bad.toml:13:12
   |
13 | locality = "map-output"
   |            ^^^^^^^^^^^^ nothing to be near to

error: no stage `load.scna` is done before this one
  --> bad.toml:17:33
   |
17 | locality = { cached = { stage = "load.scna" } }
   |                                 ^^^^^^^^^^^ did you mean `load.scan`?
   |
help: those before it are `load.scan`

error: cached partitions are read one by each task
  --> bad.toml:21:33
   |
21 | locality = { cached = { stage = "load.scan" } }
   |                                 ^^^^^^^^^^^ it has 4 tasks, this stage has 8

error: no node is remote where none is near
  --> bad.toml:25:15
   |
25 | remote-time = 1
   |               ^ the stage has no `locality`, and no parent with `shuffle-write`
   |
help: say where its data are, e.g. `locality = { blocks = { replication = 3 } }`, or leave `remote-time` out
"#);
}
