//! Problems of meaning: references, sizes, graphs, files.

use super::examples::MM1;
use super::problems;
use crate::scenario::load;

/// A scenario around a part that is wrong.
fn around(part: &str) -> String {
    format!("{MM1}{part}")
}

#[test]
fn images_are_made_of_layers_and_services_of_images() {
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
service-time = 1
submits = { app = "pi" }
"#
        )),
        @r#"
error: there is no layer named `gatway`
  --> bad.toml:14:22
   |
14 | gateway = ["debian", "gatway", "debian"]
   |                      ^^^^^^^^ did you mean `gateway`?
   |
help: `[layers]` has `debian`, `gateway`

error: image `gateway` has layer `debian` twice
  --> bad.toml:14:32
   |
14 | gateway = ["debian", "gatway", "debian"]
   |                                ^^^^^^^^ already there

error: `layers.gateway` lacks `size`
  --> bad.toml:17:11
   |
17 | gateway = { unpacked = "25MB" }
   |           ^^^^^^^^^^^^^^^^^^^^^ `size` is missing
   |
help: add it, e.g. `size = "190MB"`

error: there is no image named `gatewy`
  --> bad.toml:19:9
   |
19 | image = "gatewy"
   |         ^^^^^^^^ did you mean `gateway`?
   |
help: `[images]` has `gateway`

error: there is no application named `pi`
  --> bad.toml:21:19
   |
21 | submits = { app = "pi" }
   |                   ^^^^ not in `[apps]`
   |
help: the scenario has no `[apps]`
"#
    );
}

#[test]
fn workloads_send_something_to_somewhere() {
    insta::assert_snapshot!(
        problems(&around(
            r#"
[services.gate.endpoints]
submit.service-time = 1
status.service-time = 1
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
[workloads.e]
"#
        )),
        @r#"
error: `services.gate` has 2 endpoints, and this names none of them
  --> bad.toml:17:10
   |
17 | target = "services.gate"
   |          ^^^^^^^^^^^^^^^ name one
   |
help: write one of `services.gate.status`, `services.gate.submit`

error: `at` lists no time
  --> bad.toml:18:12
   |
18 | arrivals = { at = [] }
   |            ^^^^^^^^^^^ nothing would arrive

error: there is no endpoint named `sumbit`
  --> bad.toml:20:25
   |
20 | target = "services.gate.sumbit"
   |                         ^^^^^^ did you mean `submit`?
   |
help: `[services.gate.endpoints]` has `status`, `submit`

error: the time between arrivals must be above 0
  --> bad.toml:21:43
   |
21 | arrivals = { deterministic = { interval = 0 } }
   |                                           ^ infinitely many would arrive at once

error: `services.desk` has no endpoints
  --> bad.toml:23:25
   |
23 | target = "services.desk.default"
   |                         ^^^^^^^ write `services.desk`

error: the time between arrivals must be above 0
  --> bad.toml:24:41
   |
24 | arrivals = { renewal = { interarrival = 0 } }
   |                                         ^ infinitely many would arrive at once

error: `service.desk` is not a target
  --> bad.toml:26:10
   |
26 | target = "service.desk"
   |          ^^^^^^^^^^^^^^ did you mean `services.desk`?
   |
help: write `services.NAME`, `services.NAME.ENDPOINT`, `apps.NAME` or `workflows.NAME`

error: the rate of arrivals must be above 0 and at most one a nanosecond
  --> bad.toml:27:33
   |
27 | arrivals = { poisson = { rate = "0/s" } }
   |                                 ^^^^^ nothing would ever arrive

error: `workloads.e` lacks `target`
  --> bad.toml:28:1
   |
28 | [workloads.e]
   | ^^^^^^^^^^^^^ `target` is missing
   |
help: add it, e.g. `target = "services.gateway"`

error: `workloads.e` lacks `arrivals`
  --> bad.toml:28:1
   |
28 | [workloads.e]
   | ^^^^^^^^^^^^^ `arrivals` is missing
   |
help: add it, e.g. `arrivals = { poisson = { rate = "6/min" } }`
"#
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
        @r#"
error: `nodes.none.count` must be at least 1
  --> bad.toml:18:9
   |
18 | count = 0
   |         ^ this is none

error: `nodes.none.speed` must be above 0
  --> bad.toml:21:9
   |
21 | speed = 0
   |         ^ divides compute times; 1 is the reference machine

error: invalid value for `nodes.none.network`
  --> bad.toml:22:11
   |
22 | network = "0Gbps"
   |           ^^^^^^^ `0Gbps` is not a bandwidth: it must be above 0; write bits, e.g. `10Gbps`, or bytes, e.g. `500MB/s` or `100MiB/s`

error: `nodes.none.reserved` is more than a node has
  --> bad.toml:23:12
   |
23 | reserved = { cpu = "3" }
   |            ^^^^^^^^^^^^^ no container would fit

error: a replica of `services.fat` fits no node
  --> bad.toml:26:12
   |
26 | requests = { cpu = 2, memory = "8Gi" }
   |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^ asks for 2 cores and 8 GiB
   |
help: a node offers: `nodes.none` 2 cores and 2 GiB; `nodes.small` 4 cores and 7 GiB

error: an executor of `apps.wide` fits no node
  --> bad.toml:28:33
   |
28 | conf.spark.executor = { cores = 5 }
   |                                 ^ asks for 5 cores and 1.375 GiB
   |
help: a node offers: `nodes.none` 2 cores and 2 GiB; `nodes.small` 4 cores and 7 GiB
"#
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
        @r#"
error: `apps.a.stages.one.tasks` must be at least 1
  --> bad.toml:14:9
   |
14 | tasks = 0
   |         ^ this is none

error: stages wait for each other: `one` after `three` after `one`
  --> bad.toml:16:12
   |
16 | parents = ["three", "two"]
   |            ^^^^^^^ this closes the circle

error: not a distribution
  --> bad.toml:19:13
   |
19 | task-time = { lognormal = { mean = 1, cv = -1 } }
   |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `cv` must be above 0, not -1

error: `three` is named twice
  --> bad.toml:20:21
   |
20 | parents = ["three", "three"]
   |                     ^^^^^^^ already there

error: `apps.a.stages.three` lacks `task-time`
  --> bad.toml:21:1
   |
21 | [apps.a.stages.three]
   | ^^^^^^^^^^^^^^^^^^^^^ `task-time` is missing
   |
help: add it, e.g. `task-time = "1s"`

error: `apps.b` has no stages
  --> bad.toml:24:1
   |
24 | [apps.b]
   | ^^^^^^^^ nothing to run
   |
help: add one, e.g. `[apps.b.stages.map]` with `tasks = 100` and `task-time = "1s"`

error: `apps.c.jobs.x` has no stages
  --> bad.toml:25:1
   |
25 | [apps.c.jobs.x]
   | ^^^^^^^^^^^^^^^ nothing to run

error: there is no job named `y`
  --> bad.toml:26:10
   |
26 | after = ["y"]
   |          ^^^ not in `[apps.c.jobs]`
   |
help: `[apps.c.jobs]` has `x`, `z`
"#
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
        @r#"
error: `services.both` has both `service-time` and `endpoints`
  --> bad.toml:14:16
   |
14 | service-time = 1
   |                ^ write it in each endpoint instead

error: `a.b` cannot be the name of a service
  --> bad.toml:16:11
   |
16 | [services."a.b"]
   |           ^^^^^ names are letters, digits, `_` and `-`

error: `services.a.b.service-time` is a choice of one
  --> bad.toml:17:16
   |
17 | service-time = { exponential = { mean = 1 }, constant = { value = 1 } }
   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ must have exactly one key

error: `services.a.b.start-time` is a choice of one
  --> bad.toml:18:14
   |
18 | start-time = {}
   |              ^^ must have exactly one key

error: `services.none` lacks `service-time`
  --> bad.toml:19:1
   |
19 | [services.none]
   | ^^^^^^^^^^^^^^^ `service-time` is missing
   |
help: add it, e.g. `service-time = { exponential = { mean = "5ms" } }`, or give the service `endpoints`

error: an empirical distribution has either `values`, or `file` and `column`
  --> bad.toml:21:16
   |
21 | service-time = { empirical = { values = [1], column = "x" } }
   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ give one of the two
   |
help: e.g. `{ empirical = { values = ["10ms", "12ms"] } }` or `{ empirical = { file = "times.csv", column = "seconds" } }`

error: `services.odd.start-time.exponential` lacks `mean`
  --> bad.toml:22:30
   |
22 | start-time = { exponential = {} }
   |                              ^^ `mean` is missing

error: invalid value for `services.plain`
  --> bad.toml:24:9
   |
24 | plain = 3
   |         ^ expected a table, found integer 3

error: `apps.both` has both `stages` and `jobs`
  --> bad.toml:26:8
   |
26 | stages.s = { tasks = 1, task-time = 1 }
   |        ^ put these stages into one of the jobs
"#
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
        let time = format!("{{ recorded = {{ file = \"{file}\", stage = {stage} }} }}");
        let lines = [
            format!("[apps.{name}.stages.s]"),
            format!("tasks = {tasks}"),
            format!("task-time = {time}"),
        ];
        text.push_str(&lines.join("\n"));
        text.push('\n');
    }
    text += "[services.s]\nservice-time = { empirical = { file = \"ok.csv\", column = \"durations\" } }\n";
    let path = directory.path().join("x.toml");
    crate::files::write(&path, text.as_bytes()).unwrap();
    let error = load(&path, &[]).unwrap_err().to_string();
    let error = error.replace(&directory.path().display().to_string(), "DIR");
    insta::assert_snapshot!(error, @r#"
error: `ok.csv`, line 4: partition 1 of stage 1 was already on line 3
  --> DIR/x.toml:14:35
   |
14 | task-time = { recorded = { file = "ok.csv", stage = 1 } }
   |                                   ^^^^^^^^ each of 0 to 1 must be there once

error: `ok.csv`, line 6: stage 2 has a partition 2, but `tasks` is 2
  --> DIR/x.toml:17:35
   |
17 | task-time = { recorded = { file = "ok.csv", stage = 2 } }
   |                                   ^^^^^^^^ each of 0 to 1 must be there once

error: `ok.csv` lacks partition 1 of stage 2, whose rows end on line 6
  --> DIR/x.toml:20:35
   |
20 | task-time = { recorded = { file = "ok.csv", stage = 2 } }
   |                                   ^^^^^^^^ 2 of 3 tasks are there

error: `ok.csv` has no stage 3
  --> DIR/x.toml:23:53
   |
23 | task-time = { recorded = { file = "ok.csv", stage = 3 } }
   |                                                     ^ no row has this number in its column `stage`
   |
help: it has `1`, `2`

error: `bad.csv` cannot be used
  --> DIR/x.toml:26:35
   |
26 | task-time = { recorded = { file = "bad.csv", stage = 1 } }
   |                                   ^^^^^^^^^ line 3: `soon` is not a duration: a number is missing; write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)

error: `columns.csv` cannot be used
  --> DIR/x.toml:29:35
   |
29 | task-time = { recorded = { file = "columns.csv", stage = 1 } }
   |                                   ^^^^^^^^^^^^^ line 1: no column `stage`; `stage`, `partition` and `duration` are needed

error: `ok.csv` has no column `durations`
  --> DIR/x.toml:31:58
   |
31 | service-time = { empirical = { file = "ok.csv", column = "durations" } }
   |                                                          ^^^^^^^^^^^ did you mean `duration`?
   |
help: it has `partition`, `stage`, `duration`
"#);
}
