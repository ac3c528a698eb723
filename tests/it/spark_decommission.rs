//! Executors that are told to go, against timelines by hand.

use crate::simulate::{mean, text};
use sparksim::experiment::Results;

/// Two tasks of 10 s, then two of 100 s that read what they have written.
const STAGES: &str = "map = { tasks = 2, task-time = 10 }\n\
                      reduce = { tasks = 2, task-time = 100, parents = [\"map\"] }";

/// One executor on a node that is kept, one on a node that the provider takes back at 35 s, with
/// notice at 5 s.
fn taken_back(conf: &str) -> Results {
    taken_back_from(conf, STAGES)
}

fn taken_back_from(conf: &str, stages: &str) -> Results {
    text(&format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "standalone"
[nodes.kept]
count = 1
cpu = 2
memory = "2Gi"
[nodes.spot]
count = 1
cpu = 1
memory = "1Gi"
spot = {{ reclaim = {{ every = "5s" }}, notice = "30s", replacement-delay = "10h" }}
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 1
{conf}
[apps.a.stages]
{stages}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    ))
}

const TOLD: &str = "\"spark.decommission.enabled\" = true";

/// Nobody is told: at 35 s a task is lost that had run for 25 s, and a part of the map output. The
/// other executor is free at 110 s, finds that out, computes it again 0.2 s later, and then reads
/// it.
#[test]
fn without_it_what_runs_is_lost_with_the_node() {
    let results = taken_back("");
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 1.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 220.2);
}

/// Told at 5 s, its task ends at 10 s, it leaves at 11 s: nothing that runs is lost, its map output
/// is.
#[test]
fn who_is_told_takes_no_more_tasks_and_leaves() {
    let results = taken_back(TOLD);
    assert_eq!(mean(&results, "apps.a.decommissioned_executors"), 1.0);
    assert_eq!(mean(&results, "apps.a.failed_tasks"), 0.0);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 220.2);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 220.2 + 11.0);
}

/// The round at 15 s moves its output, that at 25 s finds nothing left: it leaves at 26 s, and at 110 s
/// all is there.
#[test]
fn what_it_holds_moves_to_the_others() {
    let results = taken_back(&format!(
        "{TOLD}\n\"spark.storage.decommission.enabled\" = true\n\
         \"spark.storage.decommission.replicationReattemptInterval\" = \"10s\""
    ));
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 0.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 210.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 210.0 + 26.0);
}

/// Rounds at 5 s, when it holds nothing, and not before the node is gone at 35 s: too late.
#[test]
fn what_has_not_moved_in_time_is_lost() {
    let results = taken_back(&format!(
        "{TOLD}\n\"spark.storage.decommission.enabled\" = true\n\
         \"spark.storage.decommission.replicationReattemptInterval\" = \"40s\""
    ));
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 220.2 + 35.0);
}

/// An executor that dynamic allocation does not need is told, and leaves a second later.
#[test]
fn who_is_not_needed_is_told_too() {
    let stayed = |conf: &str| {
        let results = text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[apps.a.conf]
"spark.dynamicAllocation.enabled" = true
{conf}
[apps.a.jobs.first]
stages.s = {{ tasks = 1, task-time = 1 }}
[apps.a.jobs.second]
after = ["first"]
driver-gap = 200
stages.s = {{ tasks = 1, task-time = 1 }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ));
        mean(&results, "apps.a.executor_seconds")
    };
    assert_eq!(stayed(TOLD), stayed("") + 1.0);
}

/// Two map outputs of 60 MB, each on a disk of so many MB/s. The second executor is told at 5 s and its
/// node is gone at 35 s; there is a round every 10 s.
fn written_to_disk(disk: u32) -> Results {
    let text = format!(
        r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "standalone"
[nodes.kept]
count = 1
cpu = 2
memory = "2Gi"
disk = "{disk}MB/s"
[nodes.spot]
count = 1
cpu = 1
memory = "1Gi"
disk = "{disk}MB/s"
spot = {{ reclaim = {{ every = "5s" }}, notice = "30s", replacement-delay = "10h" }}
[apps.a.conf]
"spark.executor.instances" = 2
"spark.executor.cores" = 1
{TOLD}
"spark.storage.decommission.enabled" = true
"spark.storage.decommission.replicationReattemptInterval" = "10s"
[apps.a.stages]
map = {{ tasks = 2, task-time = 10, shuffle-write = "60MB" }}
reduce = {{ tasks = 2, task-time = 100, parents = ["map"] }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
    );
    crate::simulate::text(&text)
}

/// The maps end at 10 s + 6 s. The first reduce task reads 30 MB from each disk in 3 s and ends at 119 s.
/// The round at 25 s sends the output from disk to disk in 6 s; the executor would leave after the round
/// at 35 s, when its node goes. The second task reads 60 MB from the disk of the other one in 6 s.
#[test]
fn what_moves_takes_its_time_on_disks() {
    let results = written_to_disk(10);
    assert_eq!(mean(&results, "apps.a.migrated_bytes"), 60e6);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 0.0);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 119.0 + 6.0 + 100.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 225.0 + 35.0);
}

/// At half the speed the maps end at 22 s, and the first reduce task has read 15 of 30 MB from each disk
/// at 25 s. From then on each disk is shared by that and what moves, 2.5 MB/s each: it has read all at
/// 31 s and ends at 131 s. What moves has 15 of 60 MB then and 35 MB at 35 s, when its source is gone.
/// The second task finds that out at 131 s; 0.2 s later the map is computed and written again, 22 s, and
/// all is read from one disk, 12 s.
#[test]
fn what_is_on_its_way_when_the_node_goes_is_lost() {
    let results = written_to_disk(5);
    assert_eq!(mean(&results, "apps.a.migrated_bytes"), 0.0);
    assert_eq!(mean(&results, "apps.a.fetch_failures"), 1.0);
    let end = 131.0 + 0.2 + 22.0 + 12.0 + 100.0;
    assert!((mean(&results, "apps.a.latency.mean") - end).abs() < 1e-6);
}

/// One executor is at a task for 80 s, the second has two map outputs of 60 MB, and so has the third, which
/// is told at 20 s. With two threads each of the others gets one, with one the first gets both. Either
/// takes 12 s on a disk of 10 MB/s; the round at 35 s finds nothing left.
#[test]
fn each_thread_sends_to_one_executor() {
    let results = |threads: u32| {
        text(&format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "standalone"
[nodes.a]
count = 1
cpu = 1
memory = "1Gi"
[nodes.kept]
count = 2
cpu = 1
memory = "1Gi"
disk = "10MB/s"
[nodes.spot]
count = 1
cpu = 1
memory = "1Gi"
disk = "10MB/s"
spot = {{ reclaim = {{ every = "20s" }}, notice = "30s", replacement-delay = "10h" }}
[apps.a.conf]
"spark.executor.instances" = 3
"spark.executor.cores" = 1
{TOLD}
"spark.storage.decommission.enabled" = true
"spark.storage.decommission.replicationReattemptInterval" = "15s"
"spark.storage.decommission.shuffleBlocks.maxThreads" = {threads}
[apps.a.stages]
long = {{ tasks = 1, task-time = 80 }}
map = {{ tasks = 4, task-time = 1, shuffle-write = "60MB" }}
reduce = {{ tasks = 1, task-time = 1, parents = ["long", "map"], locality = "none" }}
[workloads.once]
target = "apps.a"
arrivals = {{ at = ["0s"] }}
"#
        ))
    };
    // The last task is on the second executor: it reads 180 MB from its own disk and 60 MB from the
    // first one's, or 120 MB from each.
    for (threads, remote, reads) in [(8, 60e6, 18.0), (1, 120e6, 12.0)] {
        let results = results(threads);
        assert_eq!(mean(&results, "apps.a.migrated_bytes"), 120e6);
        assert_eq!(mean(&results, "apps.a.shuffle_remote_bytes"), remote);
        let end = 80.0 + reads + 1.0;
        assert_eq!(mean(&results, "apps.a.latency.mean"), end);
        assert_eq!(
            mean(&results, "apps.a.executor_seconds"),
            2.0 * end + 36.0,
            "{threads} threads"
        );
    }
}

/// The reading stage has begun when output moves, at 5 s: tasks that start later read it where it is.
#[test]
fn who_starts_later_reads_what_has_moved_where_it_is() {
    let interval = "\"spark.storage.decommission.enabled\" = true\n\
                    \"spark.storage.decommission.replicationReattemptInterval\" = \"10s\"";
    let stages = "map = { tasks = 2, task-time = 2, shuffle-write = \"1MB\" }\n\
                  reduce = { tasks = 4, task-time = 10, parents = [\"map\"] }";
    let results = taken_back_from(&format!("{TOLD}\n{interval}"), stages);
    // Two tasks begin at 2 s and read half of 500 kB from the other node; the last two, at 12 s and 22 s,
    // have all of it on theirs.
    assert_eq!(mean(&results, "apps.a.shuffle_bytes"), 2e6);
    assert_eq!(mean(&results, "apps.a.shuffle_remote_bytes"), 500e3);
    assert_eq!(mean(&results, "apps.a.latency.mean"), 32.0);
    assert_eq!(mean(&results, "apps.a.executor_seconds"), 32.0 + 16.0);
}

/// The example of the reference and what is said of it: what moves in 2 min does not in 30 s.
#[test]
fn the_example_of_the_reference_has_moved_before_its_nodes_go() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = std::fs::read_to_string(root.join("docs/spark.md")).unwrap();
    let blocks = reference.split("```toml\n");
    let mut blocks = blocks.filter_map(|block| block.split("```").next());
    let example = blocks.find(|it| it.contains("[nodes.spot]")).unwrap();
    let example = example.replace("[run]\n", "[run]\nreplications = 1\n");
    let results = text(&example);
    assert_eq!(mean(&results, "apps.etl.fetch_failures"), 0.0);
    assert_eq!(mean(&results, "apps.etl.latency.mean").round(), 365.0);
    let notice = ("notice = \"2min\"", "notice = \"30s\"");
    assert!(example.contains(notice.0));
    let results = text(&example.replace(notice.0, notice.1));
    assert_eq!(mean(&results, "apps.etl.fetch_failures"), 1.0);
    assert_eq!(mean(&results, "apps.etl.latency.mean").round(), 389.0);
}
