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
        @r#"
error: unknown key `duraton` in `run`
 --> bad.toml:3:1
  |
3 | duraton = "2h"
  | ^^^^^^^ did you mean `duration`?
  |
help: allowed here: `seed`, `duration`, …

error: invalid value for `services.desk.service-time.exponential.mean`
 --> bad.toml:5:41
  |
5 | service-time = { exponential = { mean = "1 fortnight" } }
  |                                         ^^^^^^^^^^^^^ `1 fortnight` is not a duration: `fortnight` is no unit of it; write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)

error: there is no service named `dsek`
 --> bad.toml:7:20
  |
7 | target = "services.dsek"
  |                    ^^^^ did you mean `desk`?
  |
help: `[services]` has `desk`
"#
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
timeuot = "2s"
[workloads.visitors]
target = "services.desk"
arrivals = { poisson = { rate = "0.8/s" } }
"#
        ),
        @r#"
error: invalid value for `services.desk.replicas`
 --> bad.toml:5:12
  |
5 | replicas = "two"
  |            ^^^^^ expected a whole number, 0 or more, found string "two"

error: unknown key `sd` in `services.desk.service-time.lognormal`
 --> bad.toml:6:55
  |
6 | service-time = { lognormal = { mean = "1s", cv = 0.5, sd = 2 } }
  |                                                       ^^ nothing has this name here
  |
help: allowed here: `mean`, `cv`

error: unknown key `timeuot` in `services.desk`
 --> bad.toml:7:1
  |
7 | timeuot = "2s"
  | ^^^^^^^ did you mean `timeout`?
  |
help: allowed here: `image`, `replicas`, …
"#
    );
}

#[test]
fn of_syntax_errors_the_first_is_shown() {
    insta::assert_snapshot!(problems("[run\nseed = = 1\n"), @r#"
error: this is not TOML: unclosed table, expected `]`
 --> bad.toml:1:5
  |
1 | [run
  |     ^
"#);
}

#[test]
fn an_empty_scenario_says_what_to_write() {
    insta::assert_snapshot!(problems(""), @r#"
error: the scenario does not say how long to run
--> bad.toml
 |
help: add `[run]`, and in it write `duration = "2h"`, or `requests = 200000`, or `horizon = "terminating"` for a run that ends with its last outcome

error: the scenario has no workload: nothing would happen
--> bad.toml
 |
help: say what arrives, e.g. `[workloads.users]` with `target = "services.NAME"` and `arrivals = { poisson = { rate = "6/min" } }`
"#);
    insta::assert_snapshot!(problems("[run]\nseed = 2\n[workloads]\n"), @r#"
error: `run` does not say how long to run
 --> bad.toml:1:1
  |
1 | [run]
  | ^^^^^ `duration`, `requests` or `horizon` is missing
  |
help: write `duration = "2h"`, or `requests = 200000`, or `horizon = "terminating"` for a run that ends with its last outcome

error: the scenario has no workload: nothing would happen
--> bad.toml
 |
help: say what arrives, e.g. `[workloads.users]` with `target = "services.NAME"` and `arrivals = { poisson = { rate = "6/min" } }`
"#);
}

#[test]
fn a_run_ends_in_one_way() {
    insta::assert_snapshot!(
        problems(&MM1.replace("seed = 7", "seed = 7\nduration = \"1h\"\nwarmup = \"1m\"")),
        @r#"
error: `run.duration` cannot stand beside `requests`
 --> bad.toml:4:12
  |
4 | duration = "1h"
  |            ^^^^ a run ends in one way: leave one of them out

error: `run.warmup` cannot stand beside `requests`
 --> bad.toml:5:10
  |
5 | warmup = "1m"
  |          ^^^^ the warm-up counts requests too
  |
help: write `warmup-requests = 20000`
"#
    );
    insta::assert_snapshot!(
        problems(&MM1.replace("requests = 200000", "horizon = \"terminating\"")),
        @r#"
error: arrivals of `workloads.visitors` never stop
 --> bad.toml:4:11
  |
4 | horizon = "terminating"
  |           ^^^^^^^^^^^^^ the run would never terminate
  |
help: say when arrivals stop, e.g. `duration = "8h"`

error: `run.warmup-requests` cannot stand beside `horizon = "terminating"`
 --> bad.toml:5:19
  |
5 | warmup-requests = 20000
  |                   ^^^^^ every outcome of a terminating run counts
"#
    );
    insta::assert_snapshot!(
        problems(&MM1.replace("200000", "20000").replace("replications = 20", "replications = 0")),
        @r#"
error: the warm-up takes the whole run
 --> bad.toml:5:19
  |
5 | warmup-requests = 20000
  |                   ^^^^^ must be less than `requests`, 20000

error: `run.replications` must be at least 1
 --> bad.toml:6:16
  |
6 | replications = 0
  |                ^ this is none
"#
    );
    let by_time = MM1.replace(
        "requests = 200000\nwarmup-requests = 20000",
        "duration = \"1h\"\nwarmup = \"late\"",
    );
    insta::assert_snapshot!(problems(&by_time), @r#"
error: invalid value for `run.warmup`
 --> bad.toml:5:10
  |
5 | warmup = "late"
  |          ^^^^^^ `late` is not a duration: a number is missing; write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)
"#);
}

#[test]
fn what_is_not_built_yet_is_no_choice() {
    insta::assert_snapshot!(
        problems_with(
            &around("[cluster]\nmanager = \"mesos\"\n[streams.a]\nweight = 2\n"),
            &["services.desk.balancer={ power-of-e = { d = 3 } }"]
        ),
        @r#"
error: unknown choice `mesos` for `cluster.manager`
  --> bad.toml:13:11
   |
13 | manager = "mesos"
   |           ^^^^^^^ not one of the choices
   |
help: allowed here: `kubernetes`, `standalone`, `yarn`, `swarm`

error: unknown key `streams`
  --> bad.toml:14:2
   |
14 | [streams.a]
   |  ^^^^^^^ nothing has this name here
   |
help: allowed here: `title`, `run`, …

error: unknown choice `power-of-e` for `services.desk.balancer`
 --> --set:1:24
  |
1 | services.desk.balancer={ power-of-e = { d = 3 } }
  |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^ did you mean `power-of-d`?
  |
help: allowed here: `random`, `round-robin`, …
"#
    );
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
