//! Replicas that are ended on purpose, against timelines by hand.

use crate::simulate::{mean, scenarios, text};
use sparksim::experiment::Results;
use sparksim::scenario;

/// Each of two replicas has a request from 5 s on, and one that waits from 6 s on; they take 20 s. At
/// 10 s the second replica is not wanted any more.
fn scaled_in(grace: &str) -> Results {
    text(&format!(
        r#"
[run]
duration = "100s"
replications = 1
[services.s]
service-time = "20s"
balancer = "round-robin"
autoscale = {{ schedule = [{{ at = "0s", replicas = 2 }}, {{ at = "10s", replicas = 1 }}] }}
{grace}
[workloads.w]
target = "services.s"
arrivals = {{ at = ["5s", "5s", "6s", "6s"] }}
"#
    ))
}

/// The first ends at 25 s and the next begins: after 20 s of grace, at 30 s, it has been served for
/// 5 s. At 45 s it would end.
#[test]
fn what_a_replica_still_has_at_the_end_of_its_grace_fails() {
    for (grace, completed, failed, wasted) in [
        ("", 4.0, 0.0, 0.0),
        ("termination-grace = \"20s\"", 3.0, 1.0, 5.0),
        // Who is done at that instant is done.
        ("termination-grace = \"35s\"", 4.0, 0.0, 0.0),
        // 5 s of the one that is served; the other has not begun.
        ("termination-grace = \"0s\"", 2.0, 2.0, 5.0),
    ] {
        let results = scaled_in(grace);
        assert_eq!(mean(&results, "services.s.completed"), completed, "{grace}");
        assert_eq!(mean(&results, "services.s.failed"), failed, "{grace}");
        let found = mean(&results, "services.s.wasted_seconds");
        assert_eq!(found, wasted, "{grace}");
        // It takes nothing new from the beginning.
        assert_eq!(mean(&results, "services.s.replicas"), 1.1, "{grace}");
    }
}

/// A client that tries again finds the other replica.
#[test]
fn what_fails_can_be_tried_again_elsewhere() {
    let retries = "termination-grace = \"0s\"\nretries = { max = 1, backoff = \"0s\" }";
    let results = scaled_in(retries);
    assert_eq!(mean(&results, "workloads.w.completed"), 4.0);
    // Its own two end at 25 s and 45 s, those of the other replica at 65 s and 85 s.
    assert_eq!(mean(&results, "workloads.w.latency.max"), 79.0);
}

/// Two nodes with a replica each, both idle: at 70 s the first leaves. The request that its replica
/// has begun at 65 s takes 100 s.
fn drained(service: &str) -> Results {
    text(&format!(
        r#"
[run]
duration = "200s"
replications = 1
[nodes.worker]
cpu = "8"
memory = "32Gi"
count = 2
autoscale = {{ min = 1, max = 4, scale-down-after = "60s" }}
[services.s]
service-time = "100s"
balancer = "round-robin"
requests = {{ cpu = "1", memory = "1Gi" }}
{service}
[workloads.w]
target = "services.s"
arrivals = {{ at = ["65s", "65s"] }}
"#
    ))
}

/// Until its replica has gone the node is there: until 165 s, or until its grace is over at 120 s.
/// Another replica is asked for at once.
#[test]
fn a_node_that_leaves_waits_for_its_replicas() {
    for (service, completed, failed, gone) in [
        ("replicas = 2", 1.0, 1.0, 70.0),
        ("replicas = 2\ntermination-grace = \"50s\"", 1.0, 1.0, 120.0),
        (
            "replicas = 2\ntermination-grace = \"100s\"",
            2.0,
            0.0,
            165.0,
        ),
        (
            "autoscale = { schedule = [{ at = \"0s\", replicas = 2 }] }\n\
             termination-grace = \"50s\"",
            1.0,
            1.0,
            120.0,
        ),
    ] {
        let results = drained(service);
        assert_eq!(
            mean(&results, "services.s.completed"),
            completed,
            "{service}"
        );
        assert_eq!(mean(&results, "services.s.failed"), failed, "{service}");
        let nodes = mean(&results, "nodes.worker.nodes");
        assert!(
            (nodes - (200.0 + gone) / 200.0).abs() < 1e-9,
            "{service}: {nodes}"
        );
        assert_eq!(
            mean(&results, "nodes.worker.nodes_removed"),
            1.0,
            "{service}"
        );
        assert_eq!(mean(&results, "services.s.replicas"), 2.0, "{service}");
    }
}

/// The provider takes the first node back at 100 s and it is gone at 120 s. Whoever has a grace leaves
/// at the warning, so the request of 105 s is served elsewhere until 125 s.
#[test]
fn a_replica_leaves_a_spot_node_at_the_warning() {
    let scenario = |grace: &str| {
        text(&format!(
            r#"
[run]
duration = "150s"
replications = 1
[cluster]
placement = "first-fit"
[nodes.a]
cpu = "8"
memory = "32Gi"
spot = {{ notice = "20s", reclaim = {{ every = "100s" }} }}
[nodes.b]
cpu = "8"
memory = "32Gi"
[services.s]
service-time = "20s"
requests = {{ cpu = "1", memory = "1Gi" }}
{grace}
[workloads.w]
target = "services.s"
arrivals = {{ at = ["85s", "105s"] }}
"#
        ))
    };
    let results = scenario("");
    assert_eq!(mean(&results, "services.s.completed"), 1.0);
    assert_eq!(mean(&results, "services.s.failed"), 1.0);
    let results = scenario("termination-grace = \"30s\"");
    assert_eq!(mean(&results, "services.s.completed"), 2.0);
    assert_eq!(mean(&results, "services.s.latency.max"), 20.0);
}

/// As above, each with a volume that takes 10 s to attach: up from 10 s on. The first replica is ended
/// at 70 s and has let go of its volume when it has gone; 10 s later it is up on the other node.
#[test]
fn a_replica_with_a_volume_starts_elsewhere_when_it_has_ended() {
    let volumes = "volumes = { size = \"1GB\", attach-time = \"10s\" }\n";
    let two = "replicas = 2\n";
    let scaled = "autoscale = { schedule = [{ at = \"0s\", replicas = 2 }] }\n";
    let fewer = "autoscale = { schedule = [{ at = \"0s\", replicas = 2 }, \
                 { at = \"100s\", replicas = 1 }] }\n";
    for (service, grace, completed, gone, back) in [
        // Without a grace it is lost at once.
        (two, "", 1.0, 70.0, 80.0),
        (two, "50s", 1.0, 120.0, 130.0),
        (scaled, "50s", 1.0, 120.0, 130.0),
        (two, "100s", 2.0, 165.0, 175.0),
        (scaled, "100s", 2.0, 165.0, 175.0),
        // Who is not wanted any more does not come back.
        (fewer, "50s", 1.0, 120.0, 200.0),
    ] {
        let case = format!("{service}{grace}");
        let key = format!("termination-grace = \"{grace}\"\n");
        let key = if grace.is_empty() { "" } else { &key };
        let results = drained(&format!("{service}{volumes}{key}"));
        assert_eq!(mean(&results, "services.s.completed"), completed, "{case}");
        assert_eq!(
            mean(&results, "services.s.failed"),
            2.0 - completed,
            "{case}"
        );
        let near = |metric: &str, expected: f64| {
            let found = mean(&results, metric);
            let close = (found - expected).abs() < 1e-9;
            assert!(close, "{case}: {metric}: {found} is not {expected}");
        };
        near("nodes.worker.nodes", (200.0 + gone) / 200.0);
        near("services.s.replicas", (190.0 + 60.0 + 200.0 - back) / 200.0);
        near("cluster.attach_time.max", 10.0);
        let held = if back < 200.0 { 200.0 } else { gone };
        near("cluster.volume_bytes", 1e9 * (200.0 + held) / 200.0);
    }
}

/// A spot node is warned at 100 s and gone at 120 s; its replica, up from 5 s on, serves a request from
/// 85 s on. It is up on the other node 5 s after it has ended.
#[test]
fn a_replica_with_a_volume_leaves_a_spot_node() {
    for (takes, more, completed, back) in [
        // It has done its work at 105 s.
        ("20s", "", 2.0, 110.0),
        // The node does not wait for it.
        ("40s", "", 1.0, 125.0),
        // Its process is killed at 102 s: what is being ended does not start again where it is.
        (
            "40s",
            "[faults.kill]\ncontainer-kill = { target = \"services.s\", at = [\"102s\"] }\n",
            1.0,
            107.0,
        ),
    ] {
        let results = text(&format!(
            r#"
[run]
duration = "180s"
replications = 1
[cluster]
placement = "first-fit"
[nodes.a]
cpu = "8"
memory = "32Gi"
spot = {{ notice = "20s", reclaim = {{ every = "100s" }}, replacement-delay = "1h" }}
[nodes.b]
cpu = "8"
memory = "32Gi"
[services.s]
service-time = "{takes}"
requests = {{ cpu = "1", memory = "1Gi" }}
termination-grace = "30s"
volumes = {{ size = "1GB", attach-time = "5s" }}
{more}
[workloads.w]
target = "services.s"
arrivals = {{ at = ["85s", "130s"] }}
"#
        ));
        assert_eq!(mean(&results, "services.s.completed"), completed, "{back}");
        let replicas = mean(&results, "services.s.replicas");
        let expected = (95.0 + 180.0 - back) / 180.0;
        assert!((replicas - expected).abs() < 1e-9, "{back}: {replicas}");
    }
}

#[test]
fn a_grace_that_says_nothing_is_refused() {
    let error = |service: &str| {
        let text = format!(
            "[run]\nduration = 10\n[services.s]\nservice-time = 1\n{service}\n\
             [workloads.w]\ntarget = \"services.s\"\narrivals = {{ at = [1] }}\n"
        );
        let loaded = scenario::load_text("test", &text, &scenarios(), &[]);
        loaded.unwrap_err().to_string()
    };
    let wrong = error("termination-grace = \"30s\"");
    assert!(
        wrong.contains("no replica is ever ended on purpose"),
        "{wrong}"
    );
    assert!(wrong.contains("`services.s` has no `autoscale`"), "{wrong}");
    let wrong =
        error("termination-grace = \"30s\"\nbreakdowns = { every = \"9s\", repair = \"1s\" }\n");
    assert!(
        wrong.contains("has both `breakdowns` and `termination-grace`"),
        "{wrong}"
    );
}
