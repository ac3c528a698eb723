//! Quotas of budgets: who waits, who is refused, and who is named.

use crate::simulate::{mean, scenarios, text};
use sparksim::scenario;

/// Two applications of 1 + 1 cores at once, a quota of 3: both drivers and one executor. Ten tasks of
/// 1 s on its one slot: the first ends at 10 s, the second 10 s later.
#[test]
fn a_quota_lets_the_second_application_wait() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
cpu = "16"
memory = "64Gi"
[budgets.team]
quota = { cpu = "3" }
[apps.job]
budget = "team"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 1 }
[apps.job.stages.map]
tasks = 10
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s", "0s"] }
"#,
    );
    assert_eq!(mean(&results, "apps.job.latency.mean"), 15.0);
    assert_eq!(mean(&results, "apps.job.latency.max"), 20.0);
    // Three cores for 10 s, two for the next ten.
    assert_eq!(mean(&results, "budgets.team.cpu"), 2.5);
    assert_eq!(mean(&results, "budgets.team.pending_containers"), 0.5);
}

/// Three applications of 2 cores and a quota of 5 that refuses: three drivers and two executors are
/// there. The third executor is asked for again every second, until the first application ends after
/// its ten tasks of 1 s.
#[test]
fn a_quota_that_refuses_is_asked_again_each_round() {
    let run = |quota: u32| {
        text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
cpu = "16"
memory = "64Gi"
[budgets.team]
quota = {{ cpu = "{quota}" }}
on-exceed = "reject"
[apps.job]
budget = "team"
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = 1 }}
[apps.job.stages.map]
tasks = 10
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["0s", "100ms", "200ms"] }}
"#
        ))
    };
    // The third driver starts at 0.2 s and is granted its executor in the round at 10.2 s.
    let results = run(5);
    assert_eq!(mean(&results, "apps.job.latency.max"), 20.0);
    assert_eq!(mean(&results, "budgets.team.rejected"), 10.0);
    // With 2 only the first one fits: the drivers of the others are refused, and they fail.
    let results = run(2);
    assert_eq!(mean(&results, "apps.job.finished"), 1.0);
    assert_eq!(mean(&results, "budgets.team.rejected"), 2.0);
}

/// Two drivers fill a quota of two cores: no executor ever fits, and the run says so.
#[test]
fn drivers_that_fill_a_quota_are_named() {
    for (on_exceed, words) in [
        (
            "queue",
            "those of `budgets.team` (2) within what their budgets may hold",
        ),
        ("reject", "quotas refuse every container that is asked for"),
    ] {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
cpu = "16"
memory = "64Gi"
[budgets.team]
quota = {{ cpu = "2" }}
on-exceed = "{on_exceed}"
[apps.job]
budget = "team"
start-time = "1s"
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = 1 }}
[apps.job.stages.map]
tasks = 10
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["0s", "0s"] }}
"#
        ));
        let notes = format!("{:?}", results.notes);
        assert!(notes.contains(words), "{notes}");
    }
}

/// A gang is charged as a whole: its driver claims what its executors will need, and is placed only
/// where its budget has room for all. Two applications of 1 + 2 cores, a quota of 5: the second
/// waits for the first, and nothing deadlocks.
#[test]
fn a_gang_fits_into_its_budget_as_a_whole() {
    for allocation in ["", "[allocation]\npolicy = \"drf\"\n"] {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
cpu = "16"
memory = "64Gi"
price = 1
{allocation}
[budgets.team]
quota = {{ cpu = "5" }}
[apps.job]
budget = "team"
gang = {{ min = 2 }}
start-time = "1s"
conf = {{ "spark.executor.instances" = 2, "spark.executor.cores" = 1 }}
[apps.job.stages.map]
tasks = 10
task-time = "1s"
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["0s", "0s"] }}
"#
        ));
        // A second each for driver and executors, five for ten tasks on two slots.
        assert_eq!(mean(&results, "apps.job.latency.max"), 14.0);
        assert_eq!(mean(&results, "budgets.team.cpu"), 3.0);
        let idle = mean(&results, "cluster.idle_cost") + mean(&results, "apps.job.cost");
        assert!((idle - mean(&results, "cluster.cost")).abs() < 1e-12);
    }
}

/// A quota of two graphics processors or of 10 GiB of storage lets two of three replicas in, each of
/// which asks for one and for 4 GiB.
#[test]
fn a_quota_holds_for_gpus_and_storage_too() {
    let scenario = |quota: &str, gpus: u32| {
        format!(
            r#"
[run]
duration = "100s"
replications = 1
[nodes.worker]
cpu = "9"
memory = "18GB"
gpus = 8
ephemeral-storage = "100Gi"
[budgets.b]
quota = {{ {quota} }}
[services.s]
budget = "b"
replicas = 3
requests = {{ cpu = "1", gpus = {gpus}, ephemeral-storage = "4Gi" }}
service-time = "1s"
[workloads.w]
target = "services.s"
arrivals = {{ at = ["1s"] }}
"#
        )
    };
    for quota in [
        "gpus = 2",
        "ephemeral-storage = \"10Gi\"",
        "cpu = \"2\", gpus = 3",
    ] {
        let results = text(&scenario(quota, 1));
        assert_eq!(mean(&results, "services.s.replicas"), 2.0, "{quota}");
        assert_eq!(
            mean(&results, "budgets.b.pending_containers"),
            1.0,
            "{quota}"
        );
    }
    let loaded = scenario::load_text("test", &scenario("gpus = 2", 3), &scenarios(), &[]);
    let wrong = loaded.unwrap_err().to_string();
    assert!(
        wrong.contains("a replica of `services.s` is more than all of `budgets.b`"),
        "{wrong}"
    );
    assert!(wrong.contains("3 gpus"), "{wrong}");
}
