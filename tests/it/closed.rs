//! Closed workloads against theory: machine repair, product-form networks, and hand-made timelines.

use crate::simulate::{agrees, mean, shipped, text};

const RUN: &str =
    "[run]\nseed = 31\nrequests = 60000\nwarmup-requests = 10000\nreplications = 20\n";

fn closed(users: u32, think: &str) -> String {
    format!("arrivals = {{ closed = {{ users = {users}, think-time = {think} }} }}\n")
}

/// MR-20-4: twenty users, four servers (Gross and Harris, section 2.7).
#[test]
fn machine_repair_agrees_with_theory() {
    let results = text(&format!(
        "{RUN}[services.desk]\nconcurrency = 4\nservice-time = {{ exponential = {{ mean = 1 }} }}\n\
         [workloads.machines]\ntarget = \"services.desk\"\n{}",
        closed(20, "{ exponential = { mean = 4 } }")
    ));
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("services.desk.throughput", 3.578_387_820_370_858),
            ("services.desk.latency.mean", 1.589_109_119_516_072),
            ("workloads.machines.latency.mean", 1.589_109_119_516_072),
        ],
    );
}

/// MVA-10 and MVA-100 (Reiser and Lavenberg 1980): three queues in series behind a terminal that
/// thinks for 15 s. The first calls the others without holding up anybody: it has a place for each
/// user and only its own service time in a station of its own.
#[test]
fn closed_networks_agree_with_mean_value_analysis() {
    for (users, throughput, response, bottleneck) in [
        (
            10,
            0.650_092_044_025_621_7,
            0.382_437_136_249_395_8,
            0.130_599_251_788_109_7,
        ),
        (
            100,
            5.483_474_541_925_025,
            3.236_612_431_667_105,
            15.823_211_425_570_05,
        ),
    ] {
        let station = |name: &str, mean: f64| {
            format!("[services.{name}]\nservice-time = {{ exponential = {{ mean = {mean} }} }}\n")
        };
        let results = text(&format!(
            "{RUN}[services.front]\nconcurrency = 1000\nservice-time = 0\n\
             calls = [{{ service = \"cpu\" }}, {{ service = \"disk\" }}, {{ service = \"tape\" }}]\n\
             {}{}{}[workloads.terminals]\ntarget = \"services.front\"\n{}",
            station("cpu", 0.105),
            station("disk", 0.180),
            station("tape", 0.067),
            closed(users, "{ exponential = { mean = 15 } }"),
        ));
        agrees(
            &results,
            6.5,
            0.05,
            &[
                ("services.front.throughput", throughput),
                ("workloads.terminals.latency.mean", response),
                ("services.disk.in_system", bottleneck),
            ],
        );
    }
}

/// The values are those of the recursion R(n) = 1 + Q(n − 1), X(n) = n/(R(n) + 19), Q(n) = X(n) R(n).
#[test]
fn the_shipped_closed_loop_agrees_with_mean_value_analysis() {
    let short = ["run.requests=40000", "run.warmup-requests=4000"];
    agrees(
        &shipped("closed.toml", &short),
        6.5,
        0.02,
        &[
            ("services.desk.throughput", 0.866_238_558_733_152_1),
            ("services.desk.latency.mean", 4.088_328_034_311_241),
            ("services.desk.in_system", 3.541_467_384_070_11),
        ],
    );
}

/// MVA2: two classes of users and two shared stations.
#[test]
fn two_classes_of_users_agree_with_mean_value_analysis() {
    let endpoint = |service: &str, class: &str, mean: f64| {
        format!(
            "[services.{service}.endpoints.{class}]\n\
             service-time = {{ exponential = {{ mean = {mean} }} }}\n"
        )
    };
    let front = |class: &str| {
        format!(
            "[services.front.endpoints.{class}]\nservice-time = 0\n\
             calls = [{{ service = \"x\", endpoint = \"{class}\" }}, \
             {{ service = \"y\", endpoint = \"{class}\" }}]\n"
        )
    };
    let workload = |class: &str, users: u32, think: f64| {
        format!(
            "[workloads.{class}]\ntarget = \"services.front.{class}\"\n{}",
            closed(users, &format!("{{ exponential = {{ mean = {think} }} }}"))
        )
    };
    let shared = "discipline = \"processor-sharing\"\n";
    let results = text(&format!(
        "[run]\nseed = 32\nduration = 20000\nwarmup = 1000\nreplications = 20\n\
         [services.front]\nconcurrency = 100\n{}{}[services.x]\n{shared}{}{}[services.y]\n{shared}{}{}{}{}",
        front("a"),
        front("b"),
        endpoint("x", "a", 0.2),
        endpoint("x", "b", 0.6),
        endpoint("y", "a", 0.5),
        endpoint("y", "b", 0.1),
        workload("a", 4, 2.0),
        workload("b", 3, 1.0),
    ));
    agrees(
        &results,
        6.5,
        0.02,
        &[
            (
                "services.front.endpoints.a.throughput",
                1.112_847_063_906_583,
            ),
            (
                "services.front.endpoints.b.throughput",
                1.101_925_861_327_824,
            ),
            ("workloads.a.latency.mean", 1.594_384_286_694_56),
            ("workloads.b.latency.mean", 1.722_506_209_614_674),
        ],
    );
}

/// Two users think for 2 s, one server takes 3 s. Sent at 2, 2; answered at 5 and 8; sent again at
/// 7 and 10; answered at 11 and 14; and so on: after the first, everybody waits 1 s.
#[test]
fn two_users_and_a_server_are_exact() {
    let results = text(&format!(
        "[run]\nrequests = 4\nreplications = 1\n[services.desk]\nservice-time = 3\n\
         [workloads.pair]\ntarget = \"services.desk\"\n{}",
        closed(2, "2")
    ));
    assert_eq!(
        mean(&results, "services.desk.wait.mean"),
        (0.0 + 3.0 + 1.0 + 1.0) / 4.0
    );
    assert_eq!(mean(&results, "services.desk.throughput"), 4.0 / 14.0);
    assert_eq!(mean(&results, "services.desk.utilization"), 12.0 / 14.0);
}

/// A user who is turned away thinks again: with one place and no waiting places, two users who come
/// together take turns.
#[test]
fn who_is_turned_away_thinks_again() {
    let results = text(&format!(
        "[run]\nduration = 30\nreplications = 1\n[services.desk]\nqueue-capacity = 0\n\
         service-time = \"1s\"\n[workloads.pair]\ntarget = \"services.desk\"\n{}",
        closed(2, "2")
    ));
    // Sent at 2 s: one is served until 3 s, the other turned away; they return at 5 s and 4 s, and
    // never meet again. Each cycle of three seconds has one answer of each.
    assert_eq!(mean(&results, "services.desk.rejected"), 1.0);
    assert_eq!(mean(&results, "services.desk.arrivals"), 20.0);
}

/// The first ten users draw the same whether others are there or not.
#[test]
fn more_users_leave_the_draws_of_the_first_as_they_were() {
    let sent = |users: u32| {
        let results = text(&format!(
            "[run]\nhorizon = \"terminating\"\nduration = 50\nreplications = 1\n\
             [services.desk]\nconcurrency = 1000\nservice-time = {{ exponential = {{ mean = 1 }} }}\n\
             [workloads.crowd]\ntarget = \"services.desk\"\n{}",
            closed(users, "{ exponential = { mean = 5 } }")
        ));
        let (count, latency) = ("services.desk.completed", "services.desk.latency.mean");
        mean(&results, count) * mean(&results, latency)
    };
    // Seconds of service of user 1, of users 1 and 2, of 1 to 3: each adds what it adds.
    let seconds = [sent(1), sent(2), sent(3)];
    assert!(
        seconds.is_sorted() && seconds[0] < seconds[2],
        "{seconds:?}"
    );
}

/// Users submit applications too, and wait for their end.
#[test]
fn users_can_submit_applications() {
    let results = text(&format!(
        "[run]\nrequests = 3\nreplications = 1\n[apps.batch]\nstages.map = {{ tasks = 1, task-time = 4 }}\n\
         [workloads.analyst]\ntarget = \"apps.batch\"\n{}",
        closed(1, "6")
    ));
    // 6 s of thought and 4 s of work, three times.
    assert_eq!(mean(&results, "workloads.analyst.completed"), 3.0);
    // Only while it runs are there executors: two, of which one has nothing to do.
    assert_eq!(mean(&results, "apps.batch.slot_utilization"), 0.5);
    assert_eq!(mean(&results, "apps.batch.task_seconds"), 12.0);
}

/// Users keep a server busy all the time, and are turned away most of the time: it is never called
/// overloaded, because they wait for their answers.
#[test]
fn a_closed_loop_is_never_called_overloaded() {
    for (capacity, least) in [("", 0.95), ("queue-capacity = 0\n", 10.0)] {
        let results = text(&format!(
            "[run]\nduration = 500\nwarmup = 10\nreplications = 5\n[services.desk]\n{capacity}\
             service-time = {{ exponential = {{ mean = 1 }} }}\n\
             [workloads.crowd]\ntarget = \"services.desk\"\n{}",
            closed(20, "{ exponential = { mean = 1 } }")
        ));
        let load = mean(&results, "services.desk.offered_load");
        assert!(
            load > least && results.notes.is_empty(),
            "{load}: {:?}",
            results.notes
        );
    }
}
