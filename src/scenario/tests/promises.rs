//! Checks and precision: what they mean, and what is said of those that mean nothing.

use super::examples::MM1;
use super::{load, problems, shortened};
use crate::model::{Limit, PrecisionTarget, Worse};

fn with(part: &str) -> String {
    format!("{MM1}{part}")
}

#[test]
fn a_check_names_figures_and_a_bound_in_their_unit() {
    let loaded = load(&with(
        "[[checks]]\nmetric = \"services.*.latency.p95\"\nbelow = \"250ms\"\n\
         [[checks]]\nmetric = \"services.desk.goodput\"\nmargin = 0.02\n\
         [[checks]]\nmetric = \"services.desk.throughput\"\nabove = \"30/min\"\n\
         [[checks]]\nmetric = \"services.desk.utilization\"\nmargin = 0\nworse = \"lower\"\n",
    ));
    let checks = &loaded.model.checks;
    assert_eq!(checks[0].metrics, ["services.desk.latency.p95"]);
    let limits: Vec<Limit> = checks.iter().map(|check| check.limit).collect();
    let margin = |share| Limit::Margin {
        share,
        worse: Worse::Lower,
    };
    assert_eq!(
        limits,
        [
            Limit::Below(0.25),
            margin(0.02),
            Limit::Above(0.5),
            margin(0.0)
        ]
    );
}

#[test]
fn precision_names_one_figure() {
    let text = MM1.replace(
        "[run]\n",
        "[run]\nprecision = { metric = \"services.desk.latency.mean\", absolute = \"20ms\" }\n",
    );
    let precision = load(&text).model.run.precision.unwrap();
    assert_eq!(precision.target, PrecisionTarget::Absolute(0.02));
    assert_eq!(precision.max_replications, 500);
}

#[test]
fn a_figure_that_does_not_exist_is_said_with_what_could_be_meant() {
    insta::assert_snapshot!(shortened(&problems(&with(
        "[[checks]]\nmetric = \"services.desk.latency.p59\"\nbelow = 1\n\
         [[checks]]\nmetric = \"services.till.latency.mean\"\nbelow = 1\n\
         [[checks]]\nmetric = \"latency\"\nbelow = 1\n",
    ))), @r#"
error: there is no figure named `services.desk.latency.p59`
  --> bad.toml:13:10
   |
13 | metric = "services.desk.latency.p59"
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^ did you mean `services.desk.latency.p50`?
   |
help: after `services.desk.latency` there are `cv`, `max`, `mean`, `p50`, `p90`, `p95`, `p99`, `p999`

error: there is no figure named `services.till.latency.mean`
  --> bad.toml:16:10
   |
16 | metric = "services.till.latency.mean"
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ did you mean `services.desk.latency.mean`?
   |
help: after `services` there are `desk`

error: there is no figure named `latency`
  --> bad.toml:19:10
   |
19 | metric = "latency"
   |          ^^^^^^^^^ nothing has this name
   |
help: figures begin with `services`, `workloads`
"#);
}

#[test]
fn a_check_without_a_bound_or_with_two_or_in_another_unit_is_refused() {
    insta::assert_snapshot!(problems(&with(
        "[[checks]]\nmetric = \"services.desk.latency.p95\"\n\
         [[checks]]\nmetric = \"services.desk.latency.p95\"\nbelow = 1\nmargin = 0.1\n\
         [[checks]]\nmetric = \"services.desk.latency.p95\"\nbelow = \"3/min\"\n\
         [[checks]]\nmetric = \"services.desk.utilization\"\nmargin = 0.1\n\
         [[checks]]\nmetric = \"services.desk.utilization\"\nbelow = 0.9\nworse = \"higher\"\n\
         [[checks]]\nmetric = \"services.desk.latency.p95\"\nmargin = -0.1\n",
    )), @r#"
error: this check promises nothing
  --> bad.toml:12:1
   |
12 | [[checks]]
   | ^^^^^^^^^^ `below`, `above` or `margin` is missing
   |
help: write `below = "250ms"`, or `above = 0.99`, or `margin = 0.02` against a baseline

error: a check promises one thing
  --> bad.toml:17:10
   |
17 | margin = 0.1
   |          ^^^ beside another bound
   |
help: write a second `[[checks]]` for it

error: a figure in seconds is not compared with this
  --> bad.toml:20:9
   |
20 | below = "3/min"
   |         ^^^^^^^ expected a duration such as "250ms"

error: whether more or less of `services.desk.utilization` is worse is not known
  --> bad.toml:22:10
   |
22 | metric = "services.desk.utilization"
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^ a margin needs a direction
   |
help: add `worse = "higher"` or `worse = "lower"`

error: `worse` belongs to `margin`
  --> bad.toml:27:9
   |
27 | worse = "higher"
   |         ^^^^^^^^ `below` and `above` say it themselves

error: `margin` is a share of the baseline's value
  --> bad.toml:30:10
   |
30 | margin = -0.1
   |          ^^^^ must be 0 or more
   |
help: write `margin = 0.02` for two per cent
"#);
}

#[test]
fn a_precision_that_cannot_be_reached_is_refused() {
    let run =
        |precision: &str| MM1.replace("[run]\n", &format!("[run]\nprecision = {precision}\n"));
    let mean = "metric = \"services.desk.latency.mean\"";
    for (precision, said) in [
        ("", "needs either `relative` or `absolute`"),
        (", relative = 2", "must be above 0 and below 1"),
        (
            ", absolute = 0",
            "no number of replications would be enough",
        ),
        (
            ", relative = 0.1, absolute = 1",
            "needs either `relative` or `absolute`",
        ),
        (
            ", relative = 0.1, confidence = 95",
            "must be at least 0.5 and below 1",
        ),
        (
            ", relative = 0.1, max-replications = 3",
            "fewer say too little about their own spread",
        ),
    ] {
        let found = problems(&run(&format!("{{ {mean}{precision} }}")));
        assert!(found.contains(said), "{precision}: {found}");
    }
    let many = problems(&run(
        "{ metric = \"services.desk.latency.*\", relative = 0.1 }",
    ));
    assert!(many.contains("this names 8"), "{many}");
}
