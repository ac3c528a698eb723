//! Containers and Spark applications against timelines that can be computed by hand.

use crate::simulate::{mean, text};

/// Everything that the tests below have in common: two nodes, one image of 300 MB.
const CLUSTER: &str = r#"
[run]
horizon = "terminating"
replications = 1
[layers]
base = { size = "100MB", unpacked = "200MB" }
spark = { size = "200MB", unpacked = "400MB" }
[images]
spark = ["base", "spark"]
[registry]
bandwidth = "100MB/s"
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s"] }
"#;

fn run(rest: &str) -> sparksim::experiment::Results {
    text(&format!("{CLUSTER}{rest}"))
}

/// Driver and executor on one node: 300 MB at 100 MB/s are 3 s, unpacked 600 MB at 200 MB/s 3 s
/// more, then 2 s to start: the driver runs at 8 s. The executor finds the image and runs 2 s later,
/// at 10 s. Ten tasks of 1 s on four slots take three waves: the application ends at 13 s.
#[test]
fn pull_unpack_start_and_waves_are_exact() {
    let results = run(r#"
[nodes.worker]
count = 1
cpu = "8"
memory = "32Gi"
unpack = "200MB/s"
[apps.job]
image = "spark"
start-time = "2s"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 4 }
[apps.job.stages.map]
tasks = 10
task-time = "1s"
"#);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 13.0);
    assert_eq!(mean(&results, "apps.job.start_delay.mean"), 10.0);
    // The driver waits for the executor before it goes on.
    assert_eq!(mean(&results, "apps.job.job_time.mean"), 3.0);
    assert_eq!(mean(&results, "apps.job.tasks"), 10.0);
    assert_eq!(mean(&results, "apps.job.task_seconds"), 10.0);
    assert_eq!(mean(&results, "apps.job.executor_seconds"), 3.0);
    assert_eq!(mean(&results, "cluster.bytes_pulled"), 300e6);
    // The driver found neither layer, the executor both.
    assert_eq!(mean(&results, "cluster.cache_hit_ratio"), 0.5);
    assert_eq!(mean(&results, "cluster.pull_time.max"), 3.0);
    assert_eq!(mean(&results, "cluster.unpack_time.max"), 3.0);
    assert_eq!(mean(&results, "cluster.pending_time.max"), 0.0);
}

/// What the time series show adds up to what the figures say, also where a run ends within an
/// interval and where replications end at different times.
#[test]
fn a_series_integrates_to_its_figure() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 5
[apps.job]
start-time = { exponential = { mean = "2s" } }
conf = { "spark.executor.instances" = 3, "spark.executor.cores" = 2 }
[apps.job.stages.map]
tasks = 50
task-time = { exponential = { mean = "1s" } }
[workloads.once]
target = "apps.job"
arrivals = { at = ["0s", "5s"] }
"#,
    );
    let series = results
        .series
        .iter()
        .find(|series| series.metric == "apps.job.executors");
    let points = &series.unwrap().points;
    let sum: f64 = points.iter().map(|point| point.mean).sum();
    let executor_seconds = mean(&results, "apps.job.executor_seconds");
    assert!(
        (sum * points[0].time / executor_seconds - 1.0).abs() < 1e-9,
        "{sum}"
    );
}

/// The driver's node has the image after 3 s. The executor fits only on the other node and pulls
/// again, alone: it runs at 6 s.
#[test]
fn a_second_node_pulls_the_image_again() {
    let results = run(r#"
[nodes.small]
count = 1
cpu = "1"
memory = "4Gi"
[nodes.worker]
count = 1
cpu = "4"
memory = "32Gi"
[cluster]
placement = "first-fit"
[apps.job]
image = "spark"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 4 }
[apps.job.stages.map]
tasks = 4
task-time = "1s"
"#);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 7.0);
    assert_eq!(mean(&results, "cluster.bytes_pulled"), 600e6);
}

/// Four executors on two nodes want the image at once. Each node pulls it once, both over the same
/// registry link: 600 MB at 100 MB/s are there at 3 + 6 s on the node without the driver, and the
/// node with the driver has it already.
#[test]
fn pulls_share_the_registry() {
    let results = run(r#"
[nodes.a]
count = 1
cpu = "2"
memory = "8Gi"
[nodes.b]
count = 2
cpu = "4"
memory = "32Gi"
[cluster]
placement = "first-fit"
[apps.job]
image = "spark"
conf = { "spark.executor.instances" = 4, "spark.executor.cores" = 2, "spark.driver.cores" = 2 }
[apps.job.stages.map]
tasks = 8
task-time = "1s"
"#);
    // The driver fills node a. Two executors share each b: both nodes pull at half speed, 3 s + 6 s.
    assert_eq!(mean(&results, "apps.job.start_delay.mean"), 9.0);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 10.0);
}

/// A node's own link is slower than the registry's: 300 MB at 50 MB/s.
#[test]
fn a_slow_link_limits_its_node_and_an_unlimited_network_nobody() {
    let rest = r#"
[nodes.worker]
count = 1
cpu = "8"
memory = "32Gi"
network = "50MB/s"
[apps.job]
image = "spark"
conf = { "spark.executor.instances" = 1 }
[apps.job.stages.map]
tasks = 1
task-time = "1s"
"#;
    assert_eq!(mean(&run(rest), "apps.job.latency.mean"), 7.0);
    let unlimited = format!("[cluster]\nnetwork = \"unlimited\"\n{rest}");
    assert_eq!(mean(&run(&unlimited), "apps.job.latency.mean"), 1.0);
}

/// Two applications of 5 cores on one node of 8: the second waits for room until the first is done.
#[test]
fn what_does_not_fit_waits_for_room() {
    let results = run(r#"
[nodes.worker]
count = 1
cpu = "8"
memory = "64Gi"
[workloads.twice]
target = "apps.job"
arrivals = { at = ["0s"] }
[apps.job]
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 4 }
[apps.job.stages.map]
tasks = 8
task-time = "1s"
"#);
    // The first ends at 2 s. Its two containers of 5 cores leave 3: the second driver runs at once,
    // its executor only at 2 s.
    assert_eq!(mean(&results, "apps.job.latency.mean"), 3.0);
    assert_eq!(mean(&results, "cluster.pending_time.max"), 2.0);
    assert_eq!(mean(&results, "apps.job.finished"), 2.0);
}

/// A diamond of stages on two slots, jobs in a row with gaps of the driver.
#[test]
fn stages_wait_for_parents_and_jobs_for_jobs_and_gaps() {
    let results = run(r#"
[apps.job]
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 2 }
final-driver-gap = "0.5s"
[apps.job.jobs.first]
driver-gap = "1s"
[apps.job.jobs.first.stages.scan]
tasks = 2
task-time = "1s"
[apps.job.jobs.first.stages.left]
parents = ["scan"]
tasks = 1
task-time = "3s"
[apps.job.jobs.first.stages.right]
parents = ["scan"]
tasks = 1
task-time = "2s"
[apps.job.jobs.first.stages.join]
parents = ["left", "right"]
tasks = 3
task-time = "1s"
[apps.job.jobs.second]
after = ["first"]
driver-gap = "2s"
[apps.job.jobs.second.stages.write]
tasks = 1
task-time = "1s"
"#);
    // 1 + 1 + 3 + 2 = 7 s; 2 s gap; 1 s; 0.5 s.
    assert_eq!(mean(&results, "apps.job.jobs.first.latency.mean"), 6.0);
    assert_eq!(mean(&results, "apps.job.jobs.second.latency.mean"), 1.0);
    assert_eq!(mean(&results, "apps.job.job_time.mean"), 7.0);
    assert_eq!(mean(&results, "apps.job.job_span.mean"), 9.0);
    assert_eq!(mean(&results, "apps.job.run_time.mean"), 9.5);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 10.5);
}

/// FIFO: jobs of one shared application get slots in the order of their submission.
#[test]
fn a_shared_application_runs_submissions_as_jobs_in_order() {
    let results = text(
        r#"
[run]
horizon = "terminating"
replications = 1
[apps.job]
deploy = "shared"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 2 }
[apps.job.stages.map]
tasks = 4
task-time = "1s"
[workloads.three]
target = "apps.job"
arrivals = { at = ["0s", "0.5s", "0.6s"] }
"#,
    );
    // Ends at 2, 4 and 6 s: latencies 2, 3.5 and 5.4 s.
    let mean_latency = mean(&results, "apps.job.latency.mean");
    assert!(
        (mean_latency - (2.0 + 3.5 + 5.4) / 3.0).abs() < 1e-9,
        "{mean_latency}"
    );
    assert_eq!(mean(&results, "apps.job.latency.max"), 5.4);
    assert_eq!(mean(&results, "apps.job.executor_seconds"), 6.0);
}

/// A request that waits for its application holds its place until the end; one that does not, does
/// not.
#[test]
fn a_request_waits_for_the_application_that_it_submits_only_if_asked_to() {
    let scenario = |wait: bool| {
        format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[services.gateway]
service-time = "1s"
submits = {{ app = "job", wait = {wait} }}
[apps.job]
conf = {{ "spark.executor.instances" = 1, "spark.executor.cores" = 1 }}
[apps.job.stages.map]
tasks = 3
task-time = "1s"
[workloads.users]
target = "services.gateway"
arrivals = {{ at = ["0s", "0s"] }}
"#
        )
    };
    let waits = text(&scenario(true));
    // 1 + 3 s, then the next: 4 and 8 s.
    assert_eq!(mean(&waits, "services.gateway.latency.mean"), 6.0);
    let posts = text(&scenario(false));
    assert_eq!(mean(&posts, "services.gateway.latency.mean"), 1.5);
    assert_eq!(mean(&posts, "apps.job.latency.mean"), 3.0);
    assert_eq!(mean(&posts, "apps.job.finished"), 2.0);
}

/// Kubernetes asks for executors in batches; standalone for all at once.
#[test]
fn executors_come_in_the_manager_s_way() {
    let rest = |manager: &str| {
        format!(
            r#"
[run]
horizon = "terminating"
replications = 1
[cluster]
manager = "{manager}"
[nodes.worker]
count = 4
cpu = "8"
memory = "64Gi"
[apps.job.conf]
"spark.executor.instances" = 8
"spark.executor.cores" = 1
"spark.kubernetes.allocation.batch.size" = 4
"spark.kubernetes.allocation.batch.delay" = "2s"
[apps.job.stages.map]
tasks = 8
task-time = "10s"
[workloads.once]
target = "apps.job"
arrivals = {{ at = ["0s"] }}
"#
        )
    };
    // Four executors at 0 s, four at 2 s.
    assert_eq!(
        mean(&text(&rest("kubernetes")), "apps.job.latency.mean"),
        12.0
    );
    assert_eq!(
        mean(&text(&rest("standalone")), "apps.job.latency.mean"),
        10.0
    );
}

/// Two drivers hold both nodes, and no executor fits beside a driver: the run ends and says so.
#[test]
fn a_run_in_which_nothing_can_happen_any_more_ends_and_says_who_waits() {
    let results = run(r#"
[nodes.worker]
count = 2
cpu = "4"
memory = "64Gi"
[workloads.more]
target = "apps.job"
arrivals = { at = ["0s"] }
[apps.job]
start-time = "1s"
conf = { "spark.executor.instances" = 1, "spark.executor.cores" = 4 }
[apps.job.stages.map]
tasks = 8
task-time = "1s"
"#);
    let notes = format!("{:?}", results.notes);
    assert!(notes.contains("2 executors"), "{notes}");
    assert_eq!(mean(&results, "apps.job.unfinished"), 2.0);
}

/// The window of a run without warm-up holds its very first instant.
#[test]
fn what_arrives_at_time_zero_counts() {
    let results = text(
        "[run]\nduration = \"100s\"\nreplications = 1\n[services.s]\nservice-time = \"1s\"\n\
         [workloads.w]\ntarget = \"services.s\"\narrivals = { at = [\"0s\"] }\n",
    );
    assert_eq!(mean(&results, "services.s.arrivals"), 1.0);
    assert_eq!(mean(&results, "services.s.completed"), 1.0);
}

/// One of two executors never finds room; when the application ends, it must not be started on the
/// room that the other leaves.
#[test]
fn an_application_that_ends_takes_its_waiting_executors_with_it() {
    let results = run(r#"
[nodes.worker]
count = 1
cpu = "2"
memory = "8Gi"
[apps.job]
conf = { "spark.executor.instances" = 2, "spark.scheduler.minRegisteredResourcesRatio" = 0 }
[apps.job.stages.map]
tasks = 2
task-time = "1s"
"#);
    assert_eq!(mean(&results, "apps.job.latency.mean"), 2.0);
    assert_eq!(mean(&results, "apps.job.executor_seconds"), 2.0);
    // Two containers were started: the driver and one executor.
    assert_eq!(mean(&results, "cluster.pending_time.max"), 0.0);
}

/// Drivers fill the cluster while arrivals go on: a run that counts outcomes ends all the same, and
/// one that counts time says what happened.
#[test]
fn a_cluster_full_of_drivers_is_noticed_while_arrivals_go_on() {
    for horizon in ["requests = 100", "duration = \"200s\""] {
        let results = text(&format!(
            r#"
[run]
{horizon}
replications = 1
[nodes.n]
cpu = "2"
memory = "8Gi"
[apps.a]
conf = {{ "spark.executor.instances" = 1 }}
stages.m = {{ tasks = 10, task-time = "1s" }}
[workloads.w]
target = "apps.a"
arrivals = {{ poisson = {{ rate = "1/s" }} }}
"#
        ));
        let notes = format!("{:?}", results.notes);
        assert!(
            notes.contains("2 drivers of `apps.a` hold 2 cores and 2.75 GiB; drivers hold what"),
            "{horizon}: {notes}"
        );
    }
}

#[test]
fn a_run_that_reaches_the_end_of_the_clock_says_so() {
    let results = text(
        "[run]\nhorizon = \"terminating\"\nreplications = 1\n[services.s]\n\
         service-time = \"150000d\"\n[workloads.w]\ntarget = \"services.s\"\n\
         arrivals = { at = [\"0s\", \"0s\"] }\n",
    );
    let notes = format!("{:?}", results.notes);
    assert!(notes.contains("the end of the clock"), "{notes}");
}
