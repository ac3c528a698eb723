//! Graphics processors and ephemeral storage in the allocation, as whoever writes a scenario sees it.

use crate::simulate::{mean, scenarios, text};
use sparksim::experiment::Results;
use sparksim::scenario;

/// A node with four of the resource, and two teams of which each wants four containers with one of it.
/// Cores and memory are plenty.
fn two_teams(resource: &str, more: &str) -> String {
    format!(
        r#"
[run]
duration = "100s"
replications = 1
[nodes.accelerated]
cpu = "64"
memory = "256Gi"
gpus = 4
ephemeral-storage = "4GB"
[budgets.early]
[budgets.late]
[services.early]
budget = "early"
replicas = 4
requests = {{ cpu = "1", memory = "1Gi", {resource} }}
service-time = "1s"
[services.late]
budget = "late"
replicas = 4
requests = {{ cpu = "1", memory = "1Gi", {resource} }}
service-time = "1s"
[workloads.users]
target = "services.early"
arrivals = {{ at = ["1s"] }}
{more}
"#
    )
}

const RESOURCES: [&str; 2] = ["gpus = 1", "ephemeral-storage = \"1GB\""];

fn replicas(results: &Results) -> [f64; 2] {
    ["early", "late"].map(|name| mean(results, &format!("services.{name}.replicas")))
}

/// Who comes first has all four, a share of 1, and the other waits for four: Jain's index is 1/2.
#[test]
fn without_an_allocation_whoever_comes_first_has_them_all() {
    for resource in RESOURCES {
        let results = text(&two_teams(resource, ""));
        assert_eq!(replicas(&results), [4.0, 0.0], "{resource}");
        assert_eq!(mean(&results, "budgets.early.dominant_share"), 1.0);
        assert_eq!(mean(&results, "budgets.late.shortfall"), 1.0);
        assert_eq!(mean(&results, "budgets.fairness"), 0.5);
    }
}

/// Two each: half of them is the dominant share of both, and what both lack.
#[test]
fn every_fair_policy_gives_both_two_of_four() {
    for policy in ["static", "proportional", "max-min", "drf", "priority"] {
        for resource in RESOURCES {
            let allocation = format!("[allocation]\npolicy = \"{policy}\"");
            let results = text(&two_teams(resource, &allocation));
            assert_eq!(replicas(&results), [2.0, 2.0], "{policy}, {resource}");
            for budget in ["early", "late"] {
                let figure = |name: &str| mean(&results, &format!("budgets.{budget}.{name}"));
                assert_eq!(figure("dominant_share"), 0.5);
                assert_eq!(figure("shortfall"), 0.5);
                let held = [figure("gpus"), figure("ephemeral_storage")];
                let expected = if resource == RESOURCES[0] {
                    [2.0, 0.0]
                } else {
                    [0.0, 2e9]
                };
                assert_eq!(held, expected);
            }
            assert_eq!(mean(&results, "budgets.fairness"), 1.0);
        }
    }
}

/// The cheaper has all four under `greedy`; under `lp` the one whose lack costs more.
#[test]
fn prices_of_graphics_processors_decide() {
    let prices = "[budgets.early]\ncost = { gpus = 1 }\nshortfall-penalty = { gpus = 2 }\n\
                  [budgets.late]\ncost = { gpus = 3 }\nshortfall-penalty = { gpus = 9 }";
    for (policy, expected) in [("greedy", [4.0, 0.0]), ("lp", [0.0, 4.0])] {
        let scenario = two_teams(
            RESOURCES[0],
            &format!("[allocation]\npolicy = \"{policy}\""),
        );
        let scenario = scenario.replace("[budgets.early]\n[budgets.late]", prices);
        assert_eq!(replicas(&text(&scenario)), expected, "{policy}");
    }
}

/// Three are shared: of a half of three one each, and the one that is left to the first by name.
#[test]
fn what_is_shared_may_be_less_than_the_nodes_have() {
    let shared = |more: &str| {
        text(&two_teams(
            RESOURCES[0],
            &format!("[allocation]\npolicy = \"drf\"\n{more}"),
        ))
    };
    assert_eq!(replicas(&shared("capacity = { gpus = 3 }")), [2.0, 1.0]);
    assert_eq!(replicas(&shared("capacity = { gpus = 1 }")), [1.0, 0.0]);
}

#[test]
fn what_is_guaranteed_comes_first() {
    let scenario = two_teams(RESOURCES[0], "[allocation]\npolicy = \"drf\"");
    let guaranteed = "[budgets.late]\nguaranteed = { gpus = 3 }";
    let results = text(&scenario.replace("[budgets.late]", guaranteed));
    assert_eq!(replicas(&results), [1.0, 3.0]);
}

#[test]
fn promises_of_what_nobody_has_are_refused() {
    let scenario = two_teams(RESOURCES[0], "[allocation]\npolicy = \"drf\"");
    for (guaranteed, limit, part) in [
        (
            "{ gpus = 5 }",
            "ephemeral-storage = \"4GB\"",
            "more is guaranteed than the nodes can hold",
        ),
        (
            "{ ephemeral-storage = \"1GB\" }",
            "",
            "nobody runs out of ephemeral storage",
        ),
        (
            "{ gpu = 1 }",
            "",
            "unknown key `gpu` in `budgets.late.guaranteed`",
        ),
    ] {
        let scenario = scenario
            .replace("ephemeral-storage = \"4GB\"", limit)
            .replace(
                "[budgets.late]",
                &format!("[budgets.late]\nguaranteed = {guaranteed}"),
            );
        let error = scenario::load_text("test", &scenario, &scenarios(), &[]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
}

#[test]
fn nothing_to_share_is_refused() {
    for resource in [
        "cpu = \"0\"",
        "memory = \"0Gi\"",
        "ephemeral-storage = \"0B\"",
        "gpus = 0",
    ] {
        let allocation = format!("[allocation]\npolicy = \"drf\"\ncapacity = {{ {resource} }}");
        let scenario = two_teams(RESOURCES[0], &allocation);
        let error = scenario::load_text("test", &scenario, &scenarios(), &[]);
        let error = error.unwrap_err().to_string();
        let key = resource.split(' ').next().unwrap_or_default();
        let part = format!("`allocation.capacity.{key}` must be above 0");
        assert!(error.contains(&part), "{part} is not in\n{error}");
    }
}

/// A node of 16 cores and two GPUs, an application with an executor of eight cores and both.
fn training(conf: &str) -> String {
    format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[nodes.accelerated]
cpu = "16"
memory = "64Gi"
gpus = 2
[apps.train]
stages.epoch = {{ tasks = 8, task-time = "10s" }}
[apps.train.conf]
"spark.executor.instances" = 1
"spark.executor.cores" = 8
{conf}
[workloads.once]
target = "apps.train"
arrivals = {{ at = ["0s"] }}
"#
    )
}

/// Eight tasks of 10 s on eight cores are one wave. Where each takes a GPU they are four of two, where
/// two share one two of four.
#[test]
fn tasks_share_the_graphics_processors_of_their_executor() {
    let amounts = |executor: &str, task: &str| {
        let executor = format!("\"spark.executor.resource.gpu.amount\" = {executor}\n");
        let task = format!("\"spark.task.resource.gpu.amount\" = \"{task}\"");
        executor + &task
    };
    for (conf, seconds) in [
        (String::new(), 10.0),
        (amounts("2", "1"), 40.0),
        (amounts("2", "0.5"), 20.0),
        (amounts("2", "2"), 80.0),
        // A third each: six at once, then two.
        (amounts("2", "0.33"), 20.0),
    ] {
        let results = text(&training(&conf));
        assert_eq!(mean(&results, "apps.train.run_time.max"), seconds, "{conf}");
    }
}

#[test]
fn graphics_processors_that_are_not_there_are_told_with_their_property() {
    for (conf, part) in [
        (
            "\"spark.executor.resource.gpu.amount\" = 3",
            "an executor of `apps.train` fits on no node",
        ),
        (
            "\"spark.task.resource.gpu.amount\" = 1",
            "no executor of `apps.train` can run a task",
        ),
        (
            "\"spark.executor.resource.gpu.amount\" = 1.5",
            "invalid value for `spark.executor.resource.gpu.amount`",
        ),
        (
            "\"spark.executor.resource.gpu.amount\" = 2\n\"spark.task.resource.gpu.amount\" = 1.5",
            "invalid value for `spark.task.resource.gpu.amount`",
        ),
    ] {
        let error = scenario::load_text("test", &training(conf), &scenarios(), &[]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
}
