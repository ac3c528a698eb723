//! Placement of many containers at once, against timelines by hand.

use crate::simulate::{mean, scenarios, text};
use sparksim::scenario;

fn error(cluster: &str) -> String {
    let text = format!(
        "[run]\nduration = 10\n[cluster]\n{cluster}\n[nodes.n]\ncpu = \"4\"\nmemory = \"8Gi\"\n"
    );
    let loaded = scenario::load_text("test", &text, &scenarios(), &[]);
    loaded.unwrap_err().to_string()
}

/// The replica is placed at 0. The driver that is asked for at 12 s is placed at 20 s, its executor,
/// asked for then, at 30 s; the task takes 10 s.
#[test]
fn containers_wait_for_the_next_programme() {
    let results = text(
        r#"
[run]
duration = "100s"
replications = 1
[cluster]
placement = "lp"
lp-period = "10s"
[nodes.worker]
count = 2
cpu = "2"
memory = "8Gi"
[services.api]
requests = { cpu = "1", memory = "1Gi" }
service-time = "1s"
[apps.job]
conf = { "spark.executor.instances" = 1 }
[apps.job.stages.only]
tasks = 1
task-time = "10s"
[workloads.users]
target = "services.api"
arrivals = { at = ["1s"] }
[workloads.once]
target = "apps.job"
arrivals = { at = ["12s"] }
"#,
    );
    assert_eq!(mean(&results, "services.api.replicas"), 1.0);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 28.0);
    // 8 s and 10 s of 100 s.
    assert_eq!(mean(&results, "cluster.pending_containers"), 0.18);
    assert_eq!(mean(&results, "cluster.placed_by_lp"), 3.0);
    assert_eq!(mean(&results, "cluster.placed_by_best_fit"), 0.0);
}

/// The first container goes to the fullest node under best-fit and takes the memory that only this
/// node has for the second.
#[test]
fn a_programme_sees_who_else_waits() {
    let scenario = |policy: &str| {
        text(&format!(
            r#"
[run]
duration = "10s"
replications = 1
[cluster]
placement = "{policy}"
[nodes.narrow]
cpu = "4"
memory = "10Gi"
[nodes.wide]
cpu = "6"
memory = "2Gi"
[services.a]
requests = {{ cpu = "2", memory = "2Gi" }}
service-time = "1s"
[services.b]
requests = {{ cpu = "2", memory = "9Gi" }}
service-time = "1s"
[workloads.a]
target = "services.a"
arrivals = {{ at = ["1s"] }}
[workloads.b]
target = "services.b"
arrivals = {{ at = ["1s"] }}
"#
        ))
    };
    let one_by_one = scenario("best-fit");
    assert_eq!(mean(&one_by_one, "cluster.pending_containers"), 1.0);
    let together = scenario("lp");
    assert_eq!(mean(&together, "cluster.pending_containers"), 0.0);
    assert_eq!(mean(&together, "services.b.completed"), 1.0);
}

/// 70 replicas on 70 cores: the programme is for the first 64, the others are placed one by one. A
/// quota of 66 cores lets two of those in.
#[test]
fn what_is_more_than_a_programme_takes_is_best_fits() {
    let scenario = |quota: u32| {
        text(&format!(
            r#"
[run]
duration = "10s"
replications = 1
[cluster]
placement = "lp"
[nodes.n]
count = 10
cpu = "7"
memory = "70Gi"
[budgets.b]
quota = {{ cpu = "{quota}" }}
[services.s]
budget = "b"
replicas = 70
requests = {{ cpu = "1", memory = "1Gi" }}
service-time = "1s"
[workloads.w]
target = "services.s"
arrivals = {{ at = ["1s"] }}
"#
        ))
    };
    for (quota, singly) in [(70, 6.0), (66, 2.0)] {
        let results = scenario(quota);
        assert_eq!(mean(&results, "cluster.placed_by_lp"), 64.0);
        assert_eq!(mean(&results, "cluster.placed_by_best_fit"), singly);
        assert_eq!(mean(&results, "services.s.replicas"), 64.0 + singly);
    }
}

/// A gang is placed one by one, all of it or none, behind the programme.
#[test]
fn gangs_are_best_fits() {
    let results = text(
        r#"
[run]
duration = "100s"
replications = 1
[cluster]
placement = "lp"
gang = true
[nodes.worker]
count = 2
cpu = "2"
memory = "8Gi"
[apps.job]
conf = { "spark.executor.instances" = 2 }
[apps.job.stages.only]
tasks = 2
task-time = "10s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["12s"] }
"#,
    );
    assert_eq!(mean(&results, "apps.job.latency.mean"), 10.0);
    assert_eq!(mean(&results, "cluster.placed_by_lp"), 0.0);
    assert_eq!(mean(&results, "cluster.placed_by_best_fit"), 1.0);
}

#[test]
fn what_does_not_go_with_a_programme_is_refused() {
    let wrong = error("placement = \"best-fit\"\nlp-period = \"10s\"");
    assert!(
        wrong.contains("`cluster.lp-period` is for `placement = \"lp\"`"),
        "{wrong}"
    );
    assert!(
        wrong.contains("containers are placed by `best-fit`"),
        "{wrong}"
    );
    let wrong = error("placement = \"lp\"\nlp-period = \"0s\"");
    assert!(wrong.contains("must be more than nothing"), "{wrong}");
    let without = "[run]\nduration = 10\n[cluster]\nplacement = \"lp\"\nlp-period = \"2s\"\n\
                   [services.s]\nservice-time = 1\n\
                   [workloads.w]\ntarget = \"services.s\"\narrivals = { at = [1] }\n";
    let loaded = scenario::load_text("test", without, &scenarios(), &[]);
    let wrong = loaded.unwrap_err().to_string();
    assert!(
        wrong.contains("`cluster.lp-period` needs nodes, and the scenario has none"),
        "{wrong}"
    );
    let wrong = error("placement = \"lp\"\nqueue = \"strict-fifo\"");
    assert!(
        wrong.contains("does not keep to the order of a strict queue"),
        "{wrong}"
    );
}
