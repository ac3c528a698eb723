//! The headers of the scenarios for students tell the truth.

use crate::simulate::{agrees, estimate, scenarios, shipped};
use sparksim::scenario;

#[test]
fn pooling_saves_what_the_header_says() {
    let short = ["run.duration=\"6000s\"", "run.warmup=\"1000s\""];
    let expected = [
        ("services.separate.latency.mean", 5.0),
        ("services.pooled.latency.mean", 1.0953),
        ("services.one-fast.latency.mean", 0.3125),
        ("services.pooled.wait.positive", 0.3049),
        ("services.one-fast.wait.positive", 0.8),
    ];
    agrees(&shipped("pooling.toml", &short), 6.5, 0.06, &expected);
}

#[test]
fn priority_moves_waiting_and_does_not_remove_it() {
    let short = ["run.duration=\"60000s\"", "run.warmup=\"6000s\""];
    let expected = [
        ("services.fifo.wait.mean", 9.0),
        ("services.priority.classes.gold.wait.mean", 0.9 / 0.7),
        ("services.priority.classes.bronze.wait.mean", 0.9 / 0.07),
        ("services.preemptive.classes.gold.wait.mean", 0.3 / 0.7),
        (
            "services.preemptive.classes.bronze.wait.mean",
            1.0 / 0.7 + 0.9 / 0.07 - 1.0,
        ),
    ];
    agrees(&shipped("priorities.toml", &short), 6.5, 0.3, &expected);
}

/// Either a replication is down in its last minute or it is not; with a budget none is.
#[test]
fn a_retry_storm_is_a_matter_of_chance_and_a_budget_prevents_it() {
    let results = shipped("retry-storm.toml", &["run.replications=12"]);
    let unlimited = estimate(&results, "probabilities.collapse-unlimited");
    let budget = estimate(&results, "probabilities.collapse-budget");
    let (low, high) = unlimited.interval.unwrap();
    assert!(
        0.05 < unlimited.mean && unlimited.mean < 0.7,
        "{unlimited:?}"
    );
    assert!(low < 0.3 && 0.3 < high, "{unlimited:?}");
    assert_eq!(budget.mean, 0.0);
}

#[test]
fn an_event_is_told_by_a_figure_and_one_bound() {
    let with = |change: &str| {
        let loaded = scenario::load(&scenarios().join("retry-storm.toml"), &[change.to_owned()]);
        loaded.map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    };
    let path = "probabilities.collapse-budget";
    assert_eq!(with(&format!("{path}.below=1")), "fine");
    for (change, part) in [
        (
            "metric=services.budget.godput",
            "did you mean `services.budget.goodput`?",
        ),
        ("metric=elsewhere", "not a figure of this scenario"),
        ("above=2", "one of them says when it has happened"),
    ] {
        let message = with(&format!("{path}.{change}"));
        assert!(message.contains(part), "{message}");
    }
}
