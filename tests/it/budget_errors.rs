//! Budgets that cannot be: what is wrong, where, and what to write instead.

use crate::budgets::NODE;
use crate::simulate::scenarios;
use sparksim::scenario;

fn problems(rest: &str) -> String {
    let text = format!("{NODE}{rest}");
    let loaded = scenario::load_text("budgets.toml", &text, &scenarios(), &[]);
    loaded.map(|_| ()).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_is_told_with_its_place() {
    insta::assert_snapshot!(problems(
        r#"
[budgets.team]
quota = { cpu = "2" }
guaranteed = { cpu = "3" }
weight = 0
parent = "teem"
[budgets.loop]
parent = "pool"
[budgets.pool]
parent = "loop"
[services.big]
budget = "team"
requests = { cpu = "4" }
service-time = "1s"
[services.direct]
budget = "pool"
service-time = "1s"
[services.lost]
budget = "taem"
service-time = "1s"
[allocation]
policy = "drff"
on-change = false
"#
    ), @r#"
    error: a replica of `services.big` is more than all of `budgets.team`
      --> budgets.toml:15:9
       |
    15 | quota = { cpu = "2" }
       |         ^^^^^^^^^^^^^ needs 4 cores and 0 B
       |
    help: with this quota it would wait for ever

    error: `budgets.team.guaranteed` is more than its quota
      --> budgets.toml:16:14
       |
    16 | guaranteed = { cpu = "3" }
       |              ^^^^^^^^^^^^^ it could never hold so much

    error: `budgets.team.weight` must be above 0
      --> budgets.toml:17:10
       |
    17 | weight = 0
       |          ^ it would never get anything

    error: there is no budget named `teem`
      --> budgets.toml:18:10
       |
    18 | parent = "teem"
       |          ^^^^^^ did you mean `team`?
       |
    help: `[budgets]` has `loop`, `pool`, `team`

    error: `budgets.loop` is part of itself
      --> budgets.toml:20:10
       |
    20 | parent = "pool"
       |          ^^^^^^ around goes: loop, pool

    error: there is no budget named `taem`
      --> budgets.toml:31:10
       |
    31 | budget = "taem"
       |          ^^^^^^ did you mean `team`?
       |
    help: `[budgets]` has `loop`, `pool`, `team`

    error: unknown choice `drff` for `allocation.policy`
      --> budgets.toml:34:10
       |
    34 | policy = "drff"
       |          ^^^^^^ did you mean `drf`?
       |
    help: allowed here: `static`, `proportional`, `greedy`, `lp`, `max-min`, `drf`, `priority`

    error: nothing would ever be allocated
      --> budgets.toml:35:13
       |
    35 | on-change = false
       |             ^^^^^ neither on change nor each period
       |
    help: add a period, e.g. `period = "1m"`
    "#);
}

#[test]
fn promises_beyond_the_nodes_are_told() {
    insta::assert_snapshot!(problems(
        r#"
[budgets.a]
guaranteed = { cpu = "5" }
[budgets.b]
guaranteed = { cpu = "5" }
[allocation]
policy = "lp"
"#
    ), @r#"
    error: more is guaranteed than the nodes can hold
      --> budgets.toml:17:14
       |
    17 | guaranteed = { cpu = "5" }
       |              ^^^^^^^^^^^^^ together 10 cores and 0 B
       |
    help: there are 9 cores and 16.76 GiB
    "#);
    insta::assert_snapshot!(problems(
        r#"
[budgets.a]
guaranteed = { cpu = "5" }
"#
    ), @r#"
    error: a guarantee needs an allocation
      --> budgets.toml:15:14
       |
    15 | guaranteed = { cpu = "5" }
       |              ^^^^^^^^^^^^^ quotas alone keep nothing free for anybody
       |
    help: add e.g. `[allocation]` with `policy = "drf"`
    "#);
}
