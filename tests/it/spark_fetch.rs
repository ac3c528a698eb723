//! How much of a shuffle a task reads at once: `spark.reducer.maxSizeInFlight`, by hand.

use crate::simulate::mean;
use crate::spark_data::{bytes, executors, nodes, run, span};
use sparksim::experiment::Results;

/// Nine maps of 1 s on nine nodes write 20 MB each to disks of 10 MB/s, in 2 s; one task reads all and
/// computes 1 s.
fn read_by_one(conf: &str, faults: &str) -> Results {
    run(
        &nodes(9, 1, "disk = \"10MB/s\""),
        &format!("{}\n{conf}", executors(9, 1)),
        &format!(
            r#"
[apps.a.stages.map]
tasks = 9
task-time = "1s"
shuffle-write = "20MB"
[apps.a.stages.reduce]
parents = ["map"]
tasks = 1
task-time = "1s"
{faults}
"#
        ),
    )
}

/// Eight hosts have 20 MB each that is not on the task's own. Of 48 MiB in requests of a fifth five
/// are asked at once and each sends for 2 s, then the other three: 4 s, and 2 s where all fit. Requests
/// smaller than a fifth are not fewer: what counts is how many hosts have a fifth at least.
#[test]
fn a_task_reads_from_five_hosts_at_a_time() {
    for (size, reads) in [
        (None, 4.0),
        (Some("1m"), 4.0),
        (Some("30"), 4.0),
        (Some("200m"), 2.0),
    ] {
        let conf = size.map(|size| format!("\"spark.reducer.maxSizeInFlight\" = \"{size}\""));
        let results = read_by_one(&conf.unwrap_or_default(), "");
        assert_eq!(span(&results), 3.0 + reads + 1.0, "{size:?}");
        assert_eq!(bytes(&results, "shuffle"), 180e6);
        assert_eq!(bytes(&results, "shuffle_remote"), 160e6);
    }
}

/// A host that the task has not asked yet is gone, or one that sends: either way the stage fails to
/// fetch once, and all that was under way is forgotten.
#[test]
fn what_is_not_asked_for_yet_can_be_lost() {
    let lost = |node: u32| {
        let fault = format!("[faults.f]\nnode-crash = {{ node = {node}, at = [\"4.5s\"] }}");
        let results = read_by_one("", &fault);
        let ended = ["finished", "failed"].map(|it| mean(&results, &format!("apps.a.{it}")));
        assert_eq!(ended.iter().sum::<f64>(), 1.0, "{node}");
        mean(&results, "apps.a.fetch_failures")
    };
    let lost: Vec<f64> = (0..9).map(lost).collect();
    // The driver is on the first node; the reader's own output is missing where its node goes.
    assert_eq!(lost, [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
}
