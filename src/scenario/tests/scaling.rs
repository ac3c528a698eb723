//! `autoscale`: defaults, and what is refused.

use super::{load, problems};
use crate::model::{HpaMetric, KeepAlive, Model, QueueKind, ScalingPolicy};
use crate::units::Duration;

/// A scenario whose service has these lines.
fn with(service: &str) -> String {
    format!(
        "[run]\nrequests = 100\n[services.desk]\nservice-time = \"1s\"\n{service}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"1/s\" }} }}\n"
    )
}

fn model(service: &str) -> Model {
    load(&with(service)).model
}

#[test]
fn what_is_left_out_is_as_kubernetes_and_knative_have_it() {
    let model = model("autoscale = { hpa = { metric = \"cpu\", target = 0.6, max = 20 } }");
    let service = model.services.iter().next().unwrap();
    let autoscale = service.autoscale.as_ref().unwrap();
    assert_eq!((service.replicas, autoscale.min, autoscale.max), (1, 1, 20));
    assert_eq!(service.queue, QueueKind::PerReplica);
    let ScalingPolicy::Hpa(hpa) = &autoscale.policy else {
        panic!("{autoscale:?}")
    };
    assert_eq!(hpa.metric, HpaMetric::Cpu);
    assert_eq!(hpa.period, Duration::from_secs(15));
    assert_eq!(hpa.down.stabilization, Duration::from_secs(300));
    assert_eq!((hpa.up.percent, hpa.up.replicas), (Some(100.0), Some(4)));
    assert_eq!((hpa.down.percent, hpa.down.replicas), (Some(100.0), None));

    let model =
        self::model("autoscale = { concurrency = { target = 10, max = 5, window = \"30s\" } }");
    let service = model.services.iter().next().unwrap();
    let autoscale = service.autoscale.as_ref().unwrap();
    assert_eq!((service.replicas, autoscale.min), (0, 0));
    assert_eq!(service.queue, QueueKind::Central);
    let ScalingPolicy::Concurrency(knative) = &autoscale.policy else {
        panic!("{autoscale:?}")
    };
    assert_eq!(knative.panic_window, Duration::from_secs(3));
    assert_eq!(knative.scale_to_zero_grace, Duration::from_secs(30));

    let model = self::model(
        "autoscale = { keep-alive = { fixed = \"10min\", max = 5, min = 1, initial = 3 } }",
    );
    let service = model.services.iter().next().unwrap();
    let autoscale = service.autoscale.as_ref().unwrap();
    assert_eq!((service.replicas, autoscale.min), (3, 1));
    let fixed = KeepAlive::Fixed(Duration::from_secs(600));
    assert_eq!(autoscale.policy, ScalingPolicy::KeepAlive(fixed));
}

#[test]
fn a_rate_that_is_given_replaces_both_defaults() {
    let model = model(
        "autoscale = { hpa = { metric = \"cpu\", target = 0.6, max = 20, \
         scale-up = { replicas = 1, period = \"1min\" }, scale-down = { stabilization = \"0s\" } } }",
    );
    let service = model.services.iter().next().unwrap();
    let Some(ScalingPolicy::Hpa(hpa)) = service.autoscale.as_ref().map(|it| &it.policy) else {
        panic!("{service:?}")
    };
    assert_eq!((hpa.up.percent, hpa.up.replicas), (None, Some(1)));
    assert_eq!(hpa.up.period, Duration::from_secs(60));
    assert_eq!((hpa.down.percent, hpa.down.replicas), (Some(100.0), None));
    assert_eq!(hpa.down.stabilization, Duration::ZERO);
}

#[test]
fn two_numbers_of_replicas_are_refused() {
    insta::assert_snapshot!(
        problems(&with("replicas = 4\nsetup = { time = \"1s\" }\nautoscale = { concurrency = { target = 2, max = 4 } }")),
        @r#"
error: `services.desk` has both `replicas` and `autoscale`
 --> bad.toml:5:12
  |
5 | replicas = 4
  |            ^ `autoscale` decides how many replicas there are
  |
help: leave one out; `min`, `max` and `initial` of `autoscale` are numbers of replicas

error: `services.desk` has both `setup` and `autoscale`
 --> bad.toml:6:9
  |
6 | setup = { time = "1s" }
  |         ^^^^^^^^^^^^^^^ replicas would be switched off and removed; `autoscale = { keep-alive = … }` does both
  |
help: leave one out
"#
    );
}

#[test]
fn numbers_that_make_no_sense_are_all_told() {
    insta::assert_snapshot!(
        problems(&with(
            "autoscale = { hpa = { metric = \"cpus\", target = -1, min = 0, max = 5, tolerance = 3, scale-down = { percent = 0 } } }"
        )),
        @r#"
error: unknown choice `cpus` for `services.desk.autoscale.hpa.metric`
 --> bad.toml:5:32
  |
5 | autoscale = { hpa = { metric = "cpus", target = -1, min = 0, max = 5, tolerance = 3, scale-down = { percent = 0 } } }
  |                                ^^^^^^ did you mean `cpu`?
  |
help: allowed here: `cpu`, `concurrency`, `queue-length`

error: `target` must be above 0
 --> bad.toml:5:49
  |
5 | autoscale = { hpa = { metric = "cpus", target = -1, min = 0, max = 5, tolerance = 3, scale-down = { percent = 0 } } }
  |                                                 ^^ this is not

error: `min` must be at least 1
 --> bad.toml:5:59
  |
5 | autoscale = { hpa = { metric = "cpus", target = -1, min = 0, max = 5, tolerance = 3, scale-down = { percent = 0 } } }
  |                                                           ^ only `concurrency`, `keep-alive` and `schedule` go down to none

error: `tolerance` must be between 0 and 1
 --> bad.toml:5:83
  |
5 | autoscale = { hpa = { metric = "cpus", target = -1, min = 0, max = 5, tolerance = 3, scale-down = { percent = 0 } } }
  |                                                                                   ^ this is not a share

error: `scale-down.percent` must be above 0
 --> bad.toml:5:111
  |
5 | autoscale = { hpa = { metric = "cpus", target = -1, min = 0, max = 5, tolerance = 3, scale-down = { percent = 0 } } }
  |                                                                                                               ^ no number would ever change
"#
    );
    insta::assert_snapshot!(
        problems(&with(
            "autoscale = { hpa = { metric = \"cpu\", target = 0.5, min = 9, max = 5, initial = 2, scale-up = { period = \"1min\" } } }"
        )),
        @r#"
error: `max` must not be less than `min`
 --> bad.toml:5:13
  |
5 | autoscale = { hpa = { metric = "cpu", target = 0.5, min = 9, max = 5, initial = 2, scale-up = { period = "1min" } } }
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ between 9 and 5 there is no number of replicas

error: `scale-up.period` says nothing
 --> bad.toml:5:106
  |
5 | autoscale = { hpa = { metric = "cpu", target = 0.5, min = 9, max = 5, initial = 2, scale-up = { period = "1min" } } }
  |                                                                                                          ^^^^^^ give the `percent` or the `replicas` that may change in it
"#
    );
    insta::assert_snapshot!(
        problems(&with(
            "autoscale = { concurrency = { target = 1, max = 5, min = 1, window = \"1s\", panic-threshold = 1, scale-to-zero-grace = \"1s\" } }"
        )),
        @r#"
error: `window` must not be shorter than `period`
 --> bad.toml:5:70
  |
5 | autoscale = { concurrency = { target = 1, max = 5, min = 1, window = "1s", panic-threshold = 1, scale-to-zero-grace = "1s" } }
  |                                                                      ^^^^ it is 1 s, and decisions are made every 2 s

error: `panic-threshold` must be above 1
 --> bad.toml:5:94
  |
5 | autoscale = { concurrency = { target = 1, max = 5, min = 1, window = "1s", panic-threshold = 1, scale-to-zero-grace = "1s" } }
  |                                                                                              ^ this is not

error: `scale-to-zero-grace` says nothing
 --> bad.toml:5:119
  |
5 | autoscale = { concurrency = { target = 1, max = 5, min = 1, window = "1s", panic-threshold = 1, scale-to-zero-grace = "1s" } }
  |                                                                                                                       ^^^^ `min` is above 0, so the last replica never goes
"#
    );
    insta::assert_snapshot!(
        problems(&with(
            "autoscale = { keep-alive = { hybrid-histogram = { head = 0.9, tail = 0.5, bin = \"1h\", range = \"1min\" }, max = 1 } }"
        )),
        @r#"
error: `range` must be at least `bin`
 --> bad.toml:5:49
  |
5 | autoscale = { keep-alive = { hybrid-histogram = { head = 0.9, tail = 0.5, bin = "1h", range = "1min" }, max = 1 } }
  |                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the histogram has no bin

error: `head` must be less than `tail`
 --> bad.toml:5:49
  |
5 | autoscale = { keep-alive = { hybrid-histogram = { head = 0.9, tail = 0.5, bin = "1h", range = "1min" }, max = 1 } }
  |                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no time is between the two
"#
    );
}

#[test]
fn an_autoscaler_without_what_it_needs_says_so() {
    insta::assert_snapshot!(problems(&with("autoscale = { hpa = { metric = \"cpu\" } }")), @r#"
error: `services.desk.autoscale.hpa` lacks `target`
 --> bad.toml:5:13
  |
5 | autoscale = { hpa = { metric = "cpu" } }
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `target` is missing
  |
help: add it, e.g. `target = 0.6`

error: `services.desk.autoscale.hpa` lacks `max`
 --> bad.toml:5:13
  |
5 | autoscale = { hpa = { metric = "cpu" } }
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `max` is missing
  |
help: add it, e.g. `max = 20`
"#);
    insta::assert_snapshot!(problems(&with("autoscale = { keep-alive = { max = 3 } }")), @r#"
error: `services.desk.autoscale.keep-alive` has either `fixed` or `hybrid-histogram`
 --> bad.toml:5:13
  |
5 | autoscale = { keep-alive = { max = 3 } }
  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ give one of the two, e.g. `fixed = "10min"`
"#);
    insta::assert_snapshot!(problems(&with("autoscale = { kpa = { target = 3 } }")), @r#"
error: unknown choice `kpa` for `services.desk.autoscale`
 --> bad.toml:5:15
  |
5 | autoscale = { kpa = { target = 3 } }
  |               ^^^ did you mean `hpa`?
  |
help: allowed here: `hpa`, `concurrency`, `schedule`, `keep-alive`
"#);
    insta::assert_snapshot!(problems(&with("autoscale = \"hpa\"")), @r#"
error: invalid value for `services.desk.autoscale`
 --> bad.toml:5:13
  |
5 | autoscale = "hpa"
  |             ^^^^^ expected a table with its parameters, found only its name
"#);
}

#[test]
fn a_schedule_begins_at_the_start_and_goes_forward() {
    insta::assert_snapshot!(
        problems(&with("autoscale = { schedule = [{ at = \"1h\", replicas = 2 }] }")),
        @r#"
error: the first step of a schedule is at "0s"
 --> bad.toml:5:34
  |
5 | autoscale = { schedule = [{ at = "1h", replicas = 2 }] }
  |                                  ^^^^ it is not known how many replicas there are until then
"#
    );
    insta::assert_snapshot!(
        problems(&with(
            "autoscale = { schedule = [{ at = \"0s\", replicas = 2 }, { at = \"0s\", replicas = 3 }] }"
        )),
        @r#"
error: each step is later than the one before
 --> bad.toml:5:63
  |
5 | autoscale = { schedule = [{ at = "0s", replicas = 2 }, { at = "0s", replicas = 3 }] }
  |                                                               ^^^^ this is not
"#
    );
    insta::assert_snapshot!(problems(&with("autoscale = { schedule = [] }")), @r#"
error: a schedule must have replicas at some time
 --> bad.toml:5:13
  |
5 | autoscale = { schedule = [] }
  |             ^^^^^^^^^^^^^^^^^ write e.g. `[{ at = "0s", replicas = 2 }, { at = "1h", replicas = 10 }]`
"#);
}

#[test]
fn requests_must_be_able_to_wait_where_there_may_be_no_replica() {
    insta::assert_snapshot!(
        problems(&with(
            "queue = \"per-replica\"\nqueue-capacity = 0\nautoscale = { concurrency = { target = 1, max = 5 } }"
        )),
        @r#"
error: requests of `services.desk` must be able to wait without a replica
 --> bad.toml:5:9
  |
5 | queue = "per-replica"
  |         ^^^^^^^^^^^^^ each queue stands before a replica
  |
help: leave `queue` out: they wait in one queue; or use `concurrency` with `min = 1`

error: no request of `services.desk` could wait for the first replica
 --> bad.toml:6:18
  |
6 | queue-capacity = 0
  |                  ^ without a waiting place it is rejected, and no replica is started
  |
help: give it at least one waiting place, or a `min` of at least 1
"#
    );
    insta::assert_snapshot!(
        problems(&with("balancer = \"random\"\nautoscale = { keep-alive = { fixed = \"1min\", max = 5 } }")),
        @r#"
error: `services.desk` has a central queue, so nothing is balanced
 --> bad.toml:5:12
  |
5 | balancer = "random"
  |            ^^^^^^^^ whichever replica has a free place takes the next request
  |
help: leave out `balancer`: with this `autoscale` requests wait in one queue
"#
    );
    insta::assert_snapshot!(
        problems(&with("discipline = \"processor-sharing\"\nautoscale = { concurrency = { target = 1, max = 5 } }")),
        @r#"
error: `processor-sharing` is not modelled with a central queue
 --> bad.toml:5:14
  |
5 | discipline = "processor-sharing"
  |              ^^^^^^^^^^^^^^^^^^^ with this `autoscale` requests wait in one
  |
help: add `queue = "per-replica"` and a `min` of at least 1, or use `hpa`
"#
    );
}
