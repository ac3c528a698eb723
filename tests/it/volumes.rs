//! Volumes, reclaims at given times, budgets that starve: against timelines by hand.

use crate::simulate::{mean, scenarios, text};
use sparksim::experiment::{Note, Results};
use sparksim::scenario;

/// Two nodes of which the first gets the one replica: it has its volume after 10 s and runs after
/// another 2.
fn database(more: &str, duration: u32) -> String {
    format!(
        r#"
[run]
duration = "{duration}s"
replications = 1
[cluster]
placement = "first-fit"
[nodes.worker]
count = 2
cpu = "1"
memory = "4Gi"
zones = ["a", "b"]
[services.db]
requests = {{ cpu = "1", memory = "1Gi" }}
start-time = "2s"
service-time = "1s"
[workloads.users]
target = "services.db"
arrivals = {{ at = ["50s"] }}
{more}
"#
    )
}

fn near(results: &Results, metric: &str, value: f64) {
    let found = mean(results, metric);
    assert!(
        (found - value).abs() < 1e-9,
        "{metric}: {found} is not {value}"
    );
}

/// Up from 12 s to 100 s. The other node is in another zone, so it waits for its own, which is back
/// at 120 s: attached at 130 s, up at 132 s.
#[test]
fn a_bound_volume_waits_for_a_node_of_its_zone() {
    let bound = text(&database(
        "[faults.crash]\nnode-crash = { node = 0, at = [\"100s\"], repair = \"20s\" }\n\
         [services.db.volumes]\nsize = \"100GB\"\nattach-time = \"10s\"\nzone-bound = true",
        200,
    ));
    near(&bound, "services.db.replicas", (88.0 + 68.0) / 200.0);
    near(&bound, "cluster.attach_time.max", 10.0);
    near(&bound, "cluster.pull_time.max", 0.0);
    near(
        &bound,
        "cluster.volume_bytes",
        100e9 * (100.0 + 80.0) / 200.0,
    );
}

/// The replacement is placed on the other node at 100 s. The node that is down keeps the volume for
/// 6 min: attached at 470 s, up at 472 s.
#[test]
fn a_node_that_is_down_keeps_its_volumes_for_six_minutes() {
    let lost = text(&database(
        "[faults.crash]\nnode-crash = { node = 0, at = [\"100s\"] }\n\
         [services.db.volumes]\nsize = \"1GB\"\nattach-time = \"10s\"",
        600,
    ));
    near(&lost, "services.db.replicas", (88.0 + 128.0) / 600.0);
    near(&lost, "cluster.attach_time.max", 370.0);
}

/// The same, but the node is back at 160 s and lets go: attached at 170 s, up at 172 s. A second
/// crash while the volume is being attached elsewhere changes nothing.
#[test]
fn a_node_that_is_back_lets_go_of_its_volumes() {
    let back = text(&database(
        "[faults.crash]\nnode-crash = { node = 0, at = [\"100s\", \"165s\"], repair = \"60s\" }\n\
         [[services.db.volumes]]\nsize = \"1GB\"\nattach-time = \"10s\"\n\
         [[services.db.volumes]]\nsize = \"2GB\"\nattach-time = \"4s\"",
        600,
    ));
    near(&back, "services.db.replicas", (88.0 + 428.0) / 600.0);
    near(&back, "cluster.volume_bytes", 3e9);
}

/// Both nodes go down at 100 s and only that of zone b is back, at 150 s. The replica that is bound
/// to zone a waits for ever and is first in line; the other is up at 162 s all the same.
#[test]
fn who_waits_for_a_zone_keeps_nobody_from_another() {
    let both = database(
        "[faults.first]\nnode-crash = { node = 0, at = [\"100s\"] }\n\
         [faults.second]\nnode-crash = { node = 1, at = [\"100s\"], repair = \"50s\" }\n\
         [services.db.volumes]\nsize = \"1GB\"\nattach-time = \"10s\"\nzone-bound = true",
        300,
    );
    let both = text(&both.replace("[services.db]\n", "[services.db]\nreplicas = 2\n"));
    near(&both, "services.db.replicas", (88.0 + 88.0 + 138.0) / 300.0);
    near(&both, "cluster.pending_containers", (200.0 + 50.0) / 300.0);
}

/// The node is back 5 s after it has lost the volume at 460 s: the other goes on attaching it, until
/// 470 s.
#[test]
fn a_node_that_is_back_later_delays_nobody() {
    let late = text(&database(
        "[faults.crash]\nnode-crash = { node = 0, at = [\"100s\"], repair = \"365s\" }\n\
         [services.db.volumes]\nsize = \"100GB\"\nattach-time = \"10s\"",
        1000,
    ));
    near(&late, "services.db.replicas", (88.0 + 528.0) / 1000.0);
}

/// Both services are on the first node, which is down from 100 s to 500 s. The programme has the one
/// without a volume placed on the other node at once; the one that is bound to zone a waits, is attached
/// at 510 s and up at 512 s. On the other node it would be up at 472 s.
#[test]
fn a_bound_volume_keeps_its_zone_under_a_programme_for_many() {
    let bound = "[services.db.volumes]\nsize = \"1GB\"\nattach-time = \"10s\"\nzone-bound = true\n\
                 [faults.crash]\nnode-crash = { node = 0, at = [\"100s\"], repair = \"400s\" }\n\
                 [services.api]\nrequests = { cpu = \"1\", memory = \"1Gi\" }\nservice-time = \"1s\"\n";
    let lp = database(bound, 600).replace("first-fit", "lp");
    let results = text(&lp.replace(
        "cpu = \"1\"\nmemory = \"4Gi\"",
        "cpu = \"2\"\nmemory = \"4Gi\"",
    ));
    near(&results, "services.db.replicas", (88.0 + 88.0) / 600.0);
    near(&results, "services.api.replicas", 1.0);
    near(&results, "cluster.placed_by_lp", 2.0);
    near(&results, "cluster.placed_by_best_fit", 2.0);
}

/// 100 GB at 0.1 for a GB and month of 730 hours, from the first placement to the end: 2 h.
#[test]
fn a_volume_is_paid_for_by_its_service() {
    let priced = text(&database(
        "[services.db.volumes]\nsize = \"100GB\"\nattach-time = \"10s\"\nprice = 0.1",
        7200,
    ));
    for metric in [
        "services.db.cost",
        "nodes.worker.cost",
        "cluster.cost",
        "cluster.volume_cost",
    ] {
        near(&priced, metric, 2.0 * 10.0 / 730.0);
    }
}

/// The node is lost at 100 s and the replica never has another: its volume is there all the same.
#[test]
fn a_volume_is_paid_for_while_its_replica_waits() {
    let waiting = text(&database(
        "[faults.crash]\nnode-crash = { node = 0, at = [\"100s\"] }\n[services.db.volumes]\n\
         size = \"100GB\"\nattach-time = \"10s\"\nzone-bound = true\nprice = 0.1",
        7200,
    ));
    near(&waiting, "services.db.replicas", 88.0 / 7200.0);
    near(&waiting, "services.db.cost", 2.0 * 10.0 / 730.0);
}

/// Both nodes of the pool are lost at 100 s: from then on the volume belongs to the other pool.
#[test]
fn a_volume_is_counted_with_the_pool_that_its_replica_is_placed_in() {
    let moved = text(&database(
        "[nodes.xtra]\ncpu = \"1\"\nmemory = \"4Gi\"\n\
         [faults.a]\nnode-crash = { pool = \"worker\", node = 0, at = [\"100s\"] }\n\
         [faults.b]\nnode-crash = { pool = \"worker\", node = 1, at = [\"100s\"] }\n[services.db.volumes]\n\
         size = \"100GB\"\nattach-time = \"10s\"\nprice = 7.3",
        3700,
    ));
    near(&moved, "nodes.worker.cost", 100.0 / 3600.0);
    near(&moved, "nodes.xtra.cost", 1.0);
    near(&moved, "cluster.volume_cost", 1.0 + 100.0 / 3600.0);
}

/// Each executor waits for the volume that is made for it.
#[test]
fn executors_start_later_by_the_time_that_their_volumes_take() {
    let app = |volumes: &str| {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[nodes.worker]
count = 2
cpu = "8"
memory = "32Gi"
[apps.job]
conf = {{ "spark.executor.instances" = 2, "spark.executor.cores" = 2 }}
stages.map = {{ tasks = 4, task-time = "10s" }}
{volumes}
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["0s"] }}
"#
        ));
        mean(&results, "apps.job.latency.max")
    };
    let plain = app("");
    let with = app("volumes = { size = \"20GB\", attach-time = \"15s\" }");
    assert!((with - plain - 15.0).abs() < 1e-9, "{with} after {plain}");
}

/// Four nodes, of which two are warned at 100 s and gone at 130 s; others are asked for at 190 s.
#[test]
fn nodes_are_taken_back_at_given_times() {
    let results = text(
        r#"
[run]
duration = "300s"
replications = 1
[nodes.spot]
count = 4
cpu = "4"
memory = "8Gi"
spot = { replacement-delay = "60s" }
[services.desk]
service-time = "1s"
[faults.storm]
spot-reclaim = { pool = "spot", fraction = 0.5, notice = "30s", at = ["100s"] }
[workloads.users]
target = "services.desk"
arrivals = { at = ["1s"] }
"#,
    );
    assert_eq!(mean(&results, "nodes.spot.nodes_reclaimed"), 2.0);
    let nodes = mean(&results, "nodes.spot.nodes");
    assert_eq!(nodes, (4.0 * 130.0 + 2.0 * 60.0 + 4.0 * 110.0) / 300.0);
}

/// A node of 16 cores has two replicas of one core. It is found not needed at 10 s, and 60 s later a
/// node of 4 cores for a quarter of the price is asked for. That is there at 160 s; the replicas move.
#[test]
fn karpenter_replaces_a_node_by_a_cheaper_one() {
    let results = text(
        r#"
[run]
duration = "1000s"
replications = 1
[cluster]
autoscaler = "karpenter"
[nodes.big]
count = 1
cpu = "16"
memory = "64Gi"
price = 0.8
autoscale = { max = 2, scale-down-after = "60s" }
[nodes.small]
cpu = "4"
memory = "16Gi"
price = 0.2
autoscale = { max = 2, scale-down-after = "60s", boot = "90s" }
[services.api]
replicas = 2
requests = { cpu = "1", memory = "1Gi" }
start-time = "5s"
service-time = "1s"
[workloads.users]
target = "services.api"
arrivals = { at = ["50s"] }
"#,
    );
    assert_eq!(mean(&results, "nodes.big.nodes"), 0.16);
    assert_eq!(mean(&results, "nodes.small.nodes"), 0.84);
    assert_eq!(mean(&results, "cluster.containers_lost"), 2.0);
    assert_eq!(
        mean(&results, "services.api.replicas"),
        2.0 * 990.0 / 1000.0
    );
    let cost = (160.0 * 0.8 + 930.0 * 0.2) / 3600.0;
    assert!((mean(&results, "cluster.cost") - cost).abs() < 1e-9);
}

#[test]
fn a_budget_that_gets_nothing_is_told_of() {
    let results = text(
        r#"
[run]
duration = "1h"
replications = 1
[nodes.worker]
cpu = "4"
memory = "8Gi"
[budgets.first]
[budgets.second]
[services.a]
budget = "first"
replicas = 4
requests = { cpu = "1" }
service-time = "1s"
[services.b]
budget = "second"
requests = { cpu = "1" }
service-time = "1s"
[workloads.users]
target = "services.a"
arrivals = { at = ["1s"] }
"#,
    );
    assert_eq!(mean(&results, "budgets.second.starved_seconds"), 3600.0);
    let warned = results.notes.iter().any(|note| {
        matches!(note, Note::Warning(text)
            if text.contains("budgets.second starved: for 60 min") && text.contains("guaranteed"))
    });
    assert!(warned, "{:?}", results.notes);
    let others = results.notes.iter();
    let others = others.filter(|note| format!("{note:?}").contains("budgets.first starved"));
    assert_eq!(others.count(), 0);
}

/// What is wrong with stores, volumes, reclaims and prices is said where it stands.
#[test]
fn what_cannot_be_is_explained() {
    let cluster = "[run]\nduration = \"1h\"\n[nodes.worker]\ncpu = \"4\"\nmemory = \"8Gi\"\n\
                   [services.db]\nservice-time = \"1s\"\n[workloads.users]\n\
                   target = \"services.db\"\narrivals = { at = [\"1s\"] }\n";
    let message = |more: &str| {
        let loaded = scenario::load_text("test", &format!("{cluster}{more}"), &scenarios(), &[]);
        loaded.map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    };
    for (more, part) in [
        ("[storage.s3]\nbandwidth = \"0MB/s\"", "it must be above 0"),
        ("[storage.s3]\nrequest-rate = \"0/s\"", "above 0"),
        ("[storage.s3]\nrequest-size = \"0B\"", "above 0"),
        (
            "[storage.s3]\nrequest-price = -1",
            "`storage.s3.request-price` must be 0 or more",
        ),
        (
            "[storage.s3]\nprice = -1",
            "`storage.s3.price` must be 0 or more",
        ),
        (
            "[storage.s3]\nwritten = \"replaces\"",
            "it is not counted how much the store holds",
        ),
        (
            "[storage.s3]\nprice = 1\nwritten = \"keep\"",
            "unknown choice `keep` for `storage.s3.written`",
        ),
        ("[storage.s3]\nlatencyy = \"1s\"", "did you mean `latency`?"),
        ("[storage.\"s 3\"]", "cannot be the name of a storage"),
        ("[network]\ncross-zone-price = 0.01", "no node is in a zone"),
        (
            "[services.db.volumes]\nattach-time = \"1s\"",
            "`services.db.volumes` lacks `size`",
        ),
        (
            "[services.db.volumes]\nsize = \"1GB\"\nzone-bound = true",
            "no node is in a zone",
        ),
        (
            "[[services.db.volumes]]\nsize = \"1GB\"\nprice = -0.1",
            "`services.db.volumes.price` must be 0 or more",
        ),
        (
            "[faults.f]\nspot-reclaim = { pool = \"worker\", at = [\"1s\"] }",
            "`nodes.worker` has no `spot`",
        ),
        (
            "[faults.f]\nspot-reclaim = { at = [\"1s\"] }",
            "`faults.f.spot-reclaim` lacks `pool`",
        ),
        (
            "[faults.f]\nspot-reclaim = { pool = \"worker\", fraction = 1.5, at = [\"1s\"] }",
            "must be above 0 and at most 1",
        ),
    ] {
        let more = message(more);
        assert!(more.contains(part), "{part} is not in\n{more}");
    }
    let number = cluster.replace("[services.db]\n", "[services.db]\nvolumes = 3\n");
    let found = text_error(&number);
    assert!(found.contains("a table with `size`"), "{found}");
    let without = cluster.replace("[nodes.worker]\ncpu = \"4\"\nmemory = \"8Gi\"\n", "");
    for table in ["[storage.s3]", "[services.db.volumes]\nsize = \"1GB\""] {
        let found = text_error(&format!("{without}{table}\n"));
        assert!(found.contains("needs nodes"), "{found}");
    }
}

fn text_error(text: &str) -> String {
    let loaded = scenario::load_text("test", text, &scenarios(), &[]);
    loaded.unwrap_err().to_string()
}
