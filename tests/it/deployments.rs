//! Where applications run and by when: inside a replica, deadlines.

use sparksim::experiment::{Experiment, figure_names};
use sparksim::scenario;
use std::path::Path;

/// The mean of a figure over the replications, if it has one.
fn figure(text: &str, name: &str) -> Option<f64> {
    let loaded = scenario::load_text("test.toml", text, Path::new(""), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        figure_names(&loaded.model)
            .iter()
            .any(|known| known == name),
        "no {name}"
    );
    let experiment = Experiment {
        model: &loaded.model,
        name: "test",
        not_modelled: &[],
        threads: 1,
    };
    let results = experiment.run(|| {}).unwrap();
    let figure = results.figures.iter().find(|figure| figure.metric == name);
    let estimate = figure.and_then(|figure| figure.estimate.as_ref().ok());
    estimate.map(|estimate| estimate.mean)
}

fn refused(text: &str) -> String {
    let loaded = scenario::load_text("test.toml", text, Path::new(""), &[]);
    loaded.unwrap_err().to_string()
}

/// Applications of one task of a length on one slot, submitted at given times of a run that starts at
/// 22:00 and lasts twelve hours.
fn nightly(deadline: &str, length: &str, times: &str) -> String {
    let start = if deadline.contains(':') {
        "start = \"Mon 22:00\"\n"
    } else {
        ""
    };
    format!(
        "[run]\n{start}duration = \"12h\"\nreplications = 2\n[apps.etl]\ndeadline = \
         \"{deadline}\"\n[apps.etl.conf]\n\"spark.executor.instances\" = 1\n[apps.etl.stages.s]\ntasks \
         = 1\ntask-time = \"{length}\"\n[workloads.w]\ntarget = \"apps.etl\"\narrivals = {{ at = \
         {times} }}\n"
    )
}

#[test]
fn a_time_of_the_day_is_a_deadline_for_each_submission() {
    // Submitted at 22:00, 02:00, 04:00 and 06:00, each takes two hours: until 00:00, 04:00, 06:00 and
    // 08:00. By 05:00 the first two have ended, the third is late, and the fourth has time until the
    // next day.
    let text = nightly("05:00", "2h", "[\"0s\", \"4h\", \"6h\", \"8h\"]");
    assert_eq!(figure(&text, "apps.etl.deadlines"), Some(4.0));
    assert_eq!(figure(&text, "apps.etl.deadline_miss_ratio"), Some(0.25));
    assert_eq!(figure(&text, "apps.etl.deadlines_ahead"), Some(0.0));
}

#[test]
fn what_has_not_ended_is_late_or_has_its_deadline_ahead() {
    // Submitted at 22:00 and at 06:00, each takes five hours. The first has missed its four hours,
    // the second runs when the run ends at 10:00, exactly when it should have ended.
    let text = nightly("4h", "5h", "[\"0s\", \"8h\"]");
    assert_eq!(figure(&text, "apps.etl.deadlines"), Some(2.0));
    assert_eq!(figure(&text, "apps.etl.deadline_miss_ratio"), Some(1.0));
    // With six hours the second is still in time.
    let text = nightly("6h", "5h", "[\"0s\", \"8h\"]");
    assert_eq!(figure(&text, "apps.etl.deadline_miss_ratio"), Some(0.0));
    assert_eq!(figure(&text, "apps.etl.deadlines_ahead"), Some(1.0));
}

#[test]
fn wrong_deadlines_are_shown() {
    let text = nightly("05:00", "1h", "[\"0s\"]").replace("start = \"Mon 22:00\"\n", "");
    assert!(refused(&text).contains("a time of the day, and the run starts at none"));
    assert!(refused(&nightly("0s", "1h", "[\"0s\"]")).contains("must be above 0"));
    // A span needs no `start`.
    let needless =
        nightly("4h", "1h", "[\"0s\"]").replace("[run]\n", "[run]\nstart = \"Mon 22:00\"\n");
    assert!(refused(&needless).contains("`run.start` changes nothing"));
}

/// A service that runs `SparkPi` in its own container: 20 ms of its own, 3 s until the process runs,
/// eight tasks of a second on four slots.
const PI: &str = r#"
[run]
horizon = "terminating"
replications = 1
[services.pi-service]
service-time = "20ms"
submits = { app = "pi", wait = true }
requests = { cpu = "4", memory = "2Gi" }
[apps.pi]
deploy = "in-replica"
start-time = "3s"
[apps.pi.conf]
"spark.executor.cores" = 4
[apps.pi.stages.map]
tasks = 8
task-time = "1s"
[workloads.users]
target = "services.pi-service"
arrivals = { at = ["0s", "1s"] }
"#;

fn is_near(found: Option<f64>, expected: f64) {
    let found = found.expect("something was observed");
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn an_application_in_a_replica_is_a_process_with_slots() {
    // 5.02 s each; the second request comes a second after the first and waits until it is done.
    is_near(
        figure(PI, "services.pi-service.latency.mean"),
        f64::midpoint(5.02, 9.04),
    );
    is_near(figure(PI, "apps.pi.run_time.mean"), 2.0);
    is_near(figure(PI, "apps.pi.start_delay.mean"), 3.0);
    // Two at once in one replica have four slots each.
    let both = PI.replace("wait = true }\n", "wait = true }\nconcurrency = 2\n");
    is_near(figure(&both, "services.pi-service.latency.mean"), 5.02);
}

#[test]
fn it_asks_for_no_container_and_computes_at_the_speed_of_the_node() {
    // Nothing but the service fits on the node.
    let cluster = "[nodes.n]\ncpu = \"4\"\nmemory = \"2Gi\"\nspeed = 2.0\n";
    let text = PI.to_owned() + cluster;
    is_near(figure(&text, "services.pi-service.latency.max"), 8.04 - 1.0);
    is_near(figure(&text, "apps.pi.run_time.mean"), 1.0);
    is_near(figure(&text, "apps.pi.executors"), 2.0 / 8.04);
}

#[test]
fn what_else_could_start_it_is_refused() {
    for (from, to, message) in [
        (
            "target = \"services.pi-service\"",
            "target = \"apps.pi\"",
            "no workload can submit it",
        ),
        (
            ", wait = true",
            "",
            "a request that starts `apps.pi` waits for it",
        ),
        (
            "wait = true }",
            "wait = true, idempotent = true }\nretries = { max = 1 }",
            "attempts cannot share",
        ),
        (
            "start-time = \"3s\"",
            "restart = { max = 1 }",
            "`apps.pi.restart` says nothing",
        ),
    ] {
        let text = PI.replace(from, to);
        assert_ne!(text, PI);
        assert!(refused(&text).contains(message), "{}", refused(&text));
    }
}

#[test]
fn it_goes_with_its_container() {
    let killed = "[nodes.n]\ncpu = \"8\"\nmemory = \"8Gi\"\n[faults.kill]\ncontainer-kill = { target = \
                  \"services.pi-service\", at = [\"4s\"] }\n";
    let text = PI.replace("[\"0s\", \"1s\"]", "[\"0s\"]") + killed;
    assert_eq!(figure(&text, "services.pi-service.failed"), Some(1.0));
    assert_eq!(figure(&text, "apps.pi.finished"), Some(0.0));
    assert_eq!(figure(&text, "apps.pi.unfinished"), Some(0.0));
    assert_eq!(figure(&text, "apps.pi.tasks"), Some(0.0));
}

/// An application of one task of three hours, submitted at 0, 1, 2 and 4 hours.
fn overlapping(policy: &str) -> String {
    format!(
        "[run]\nhorizon = \"terminating\"\nreplications = 1\n[apps.etl]\noverlap = \"{policy}\"\n\
         [apps.etl.conf]\n\"spark.executor.instances\" = 1\n[apps.etl.stages.s]\ntasks = 1\n\
         task-time = \"3h\"\n[workloads.w]\ntarget = \"apps.etl\"\narrivals = {{ at = [\"0s\", \"1h\", \
         \"2h\", \"4h\"] }}\n"
    )
}

#[test]
fn submissions_that_overlap_run_are_refused_or_take_over() {
    let hours = |text: &str, name: &str| figure(text, name).map(|seconds| seconds / 3600.0);
    let allow = overlapping("allow");
    assert_eq!(figure(&allow, "apps.etl.finished"), Some(4.0));
    is_near(hours(&allow, "apps.etl.latency.max"), 3.0);
    // The first runs until 3 h, so those of 1 h and 2 h are refused.
    let forbid = overlapping("forbid");
    assert_eq!(figure(&forbid, "apps.etl.finished"), Some(2.0));
    assert_eq!(figure(&forbid, "apps.etl.skipped"), Some(2.0));
    assert_eq!(figure(&forbid, "workloads.w.rejected"), Some(2.0));
    assert_eq!(figure(&forbid, "apps.etl.submitted"), Some(2.0));
    // Each of the first three is called off by the next; the last runs from 4 h to 7 h.
    let replace = overlapping("replace");
    assert_eq!(figure(&replace, "apps.etl.finished"), Some(1.0));
    assert_eq!(figure(&replace, "apps.etl.cancelled"), Some(3.0));
    assert_eq!(figure(&replace, "workloads.w.failed"), Some(3.0));
    is_near(
        hours(&replace, "apps.etl.executor_seconds"),
        1.0 + 1.0 + 2.0 + 3.0,
    );
}

#[test]
fn a_request_that_is_refused_an_application_fails() {
    let text = overlapping("forbid").replace("apps.etl\"\n", "services.front\"\n")
        + "[services.front]\nservice-time = \"1s\"\nconcurrency = 9\nsubmits = { app = \"etl\", wait = \
           true }\n";
    assert_eq!(figure(&text, "services.front.completed"), Some(2.0));
    assert_eq!(figure(&text, "services.front.failed"), Some(2.0));
}

#[test]
fn only_applications_of_their_own_are_kept_apart() {
    let text = overlapping("forbid").replace("[apps.etl]\n", "[apps.etl]\ndeploy = \"shared\"\n");
    assert!(refused(&text).contains("`overlap` is for applications that are submitted"));
}

/// Three submissions at one instant, each of which calls the one before off: the containers of those,
/// which come to run at that instant too, are not taken for those of the last, which has their number.
#[test]
fn who_replaces_another_at_the_same_instant_has_its_own_containers() {
    let at = "{ at = [\"0s\", \"1h\", \"2h\", \"4h\"] }";
    let batch = "{ batch = { of = { at = [\"0s\"] }, size = 3 } }";
    let text = overlapping("replace").replace(at, batch);
    // One executor a second. Whoever heard twice that the driver runs would ask for two at once.
    let rest = "instances\" = 4\n\"spark.kubernetes.allocation.batch.size\" = 1\n\
                \"spark.scheduler.minRegisteredResourcesRatio\" = 0";
    let text = text.replace("instances\" = 1", rest);
    assert_eq!(figure(&text, "apps.etl.finished"), Some(1.0));
    assert_eq!(figure(&text, "apps.etl.cancelled"), Some(2.0));
    is_near(figure(&text, "apps.etl.latency.mean"), 10_800.0);
    let asked = 0.0 + 1.0 + 2.0 + 3.0;
    is_near(figure(&text, "apps.etl.executor_seconds"), 43_200.0 - asked);
}

#[test]
fn what_a_process_in_a_replica_does_not_have_is_refused() {
    let text = PI.replace(
        "start-time = \"3s\"",
        "start-time = \"3s\"\nexecutor-start-time = \"5s\"",
    );
    assert!(refused(&text).contains("`apps.pi.executor-start-time` says nothing"));
}
