//! Executors that dynamic allocation gives up and that take their time to go, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// A job of one task of 10 s, and another one 100 s after it, on an executor that is given up after 5 s
/// and comes back; beside it a job of one task of 1 s of an application for whose executor there is no
/// room before.
fn beside(manager: &str, removal: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "{manager}"
[nodes.n]
count = 1
cpu = 3
memory = "64Gi"
[apps.a]
overheads = {{ {removal} }}
[apps.a.conf]
"spark.dynamicAllocation.enabled" = true
"spark.dynamicAllocation.initialExecutors" = 1
"spark.dynamicAllocation.executorIdleTimeout" = "5s"
"spark.executor.cores" = 1
[apps.a.jobs.first]
stages.s = {{ tasks = 1, task-time = 10 }}
[apps.a.jobs.second]
after = ["first"]
driver-gap = 100
stages.s = {{ tasks = 1, task-time = 10 }}
[apps.b.conf]
"spark.executor.instances" = 1
"spark.executor.cores" = 1
[apps.b.stages]
s = {{ tasks = 1, task-time = 1 }}
[workloads.a]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
[workloads.b]
target = "apps.b"
arrivals = {{ at = ["1s"] }}
"#
    ))
}

/// The executor of the first job is given up at 15 s and counts until 20 s. On Kubernetes its room is free
/// then, on a standalone cluster at once. The second executor is asked for 1 s after the second job's
/// submission at 110 s.
#[test]
fn an_executor_that_is_given_up_takes_its_time_to_go() {
    for (manager, free) in [("kubernetes", 20.0), ("standalone", 15.0)] {
        let results = beside(manager, "executor-removal = \"5s\"");
        assert_eq!(
            mean(&results, "apps.a.executor_seconds"),
            20.0 + 10.0,
            "{manager}"
        );
        assert_eq!(mean(&results, "apps.a.latency.mean"), 121.0, "{manager}");
        let latency = mean(&results, "apps.b.latency.mean");
        assert_eq!(latency, free + 1.0 - 1.0, "{manager}");
    }
    for manager in ["kubernetes", "standalone"] {
        let results = beside(manager, "");
        assert_eq!(mean(&results, "apps.a.executor_seconds"), 15.0 + 10.0);
        assert_eq!(mean(&results, "apps.b.latency.mean"), 15.0);
    }
}

/// Three tasks come while the only executor is on its way out: it is none of those that are there, so
/// another one is asked for when they have waited for 1 s. An application that ends meanwhile takes
/// along who has not gone yet.
#[test]
fn who_is_given_up_counts_for_nothing_but_its_time() {
    let lasts = |removal: &str| {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "standalone"
[apps.a]
overheads = {{ executor-removal = "{removal}" }}
[apps.a.conf]
"spark.dynamicAllocation.enabled" = true
"spark.dynamicAllocation.initialExecutors" = 1
"spark.dynamicAllocation.maxExecutors" = 1
"spark.dynamicAllocation.executorIdleTimeout" = "5s"
"spark.executor.cores" = 1
[apps.a.jobs.first]
stages.s = {{ tasks = 1, task-time = 10 }}
[apps.a.jobs.second]
after = ["first"]
driver-gap = 6
stages.s = {{ tasks = 3, task-time = 10 }}
[workloads.a]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ));
        (
            mean(&results, "apps.a.latency.mean"),
            mean(&results, "apps.a.executor_seconds"),
        )
    };
    // The second job is submitted at 16 s, its executor comes at 17 s, its tasks end at 47 s.
    assert_eq!(lasts("10s"), (47.0, 25.0 + 30.0));
    assert_eq!(lasts("1h"), (47.0, 47.0 + 30.0));
}
