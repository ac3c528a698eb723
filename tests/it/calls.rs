//! Calls between services, timeouts, retries and hedges: timelines by hand, and theory.

use crate::simulate::{agrees, mean, text};

const RUN: &str =
    "[run]\nseed = 13\nrequests = 120000\nwarmup-requests = 20000\nreplications = 20\n";
const ONCE: &str = "[run]\nhorizon = \"terminating\"\nreplications = 1\n";

/// Three queues in a row: TAND3 (Burke 1956, Reich 1957). The front only passes requests on.
#[test]
fn a_tandem_is_three_queues_in_a_row() {
    let stage = |name: &str, mean: f64| {
        format!("[services.{name}]\nservice-time = {{ exponential = {{ mean = {mean} }} }}\n")
    };
    let scenario = format!(
        "{RUN}[services.front]\nconcurrency = 1000000\nservice-time = 0\n\
         calls = [{{ service = \"a\" }}, {{ service = \"b\" }}, {{ service = \"c\" }}]\n\
         {}{}{}[workloads.visitors]\ntarget = \"services.front\"\n\
         arrivals = {{ poisson = {{ rate = \"0.7/s\" }} }}\n",
        stage("a", 1.0),
        stage("b", 1.0 / 1.2),
        stage("c", 0.5),
    );
    agrees(
        &text(&scenario),
        6.5,
        0.02,
        &[
            ("workloads.visitors.latency.mean", 6.102_564_102_564_103),
            ("workloads.visitors.latency.p95", 13.750_875_803_776_57),
            ("services.b.latency.mean", 2.0),
            ("services.c.utilization", 0.35),
        ],
    );
}

/// An open Jackson network: after `a`, `b` with probability one half; each a queue of its own.
#[test]
fn a_network_with_probabilities_is_a_product_of_queues() {
    let scenario = format!(
        "{RUN}[services.front]\nconcurrency = 1000000\nservice-time = 0\n\
         calls = [{{ service = \"a\" }}, {{ service = \"b\", probability = 0.5 }}]\n\
         [services.a]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         [services.b]\nservice-time = {{ exponential = {{ mean = \"1.5s\" }} }}\n\
         [workloads.visitors]\ntarget = \"services.front\"\n\
         arrivals = {{ poisson = {{ rate = \"0.7/s\" }} }}\n"
    );
    let b = 1.0 / (1.0 / 1.5 - 0.35);
    agrees(
        &text(&scenario),
        6.5,
        0.03,
        &[
            ("services.a.latency.mean", 1.0 / 0.3),
            ("services.b.latency.mean", b),
            ("workloads.visitors.latency.mean", 1.0 / 0.3 + b / 2.0),
        ],
    );
}

/// Fork and join of two: FJ2-0.7 (Flatto and Hahn 1984).
#[test]
fn a_fan_out_joins_the_slowest() {
    let scenario = format!(
        "{RUN}[services.front]\nconcurrency = 1000000\nservice-time = 0\n\
         calls = [[{{ service = \"a\" }}, {{ service = \"b\" }}]]\n\
         [services.a]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         [services.b]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         [workloads.visitors]\ntarget = \"services.front\"\n\
         arrivals = {{ poisson = {{ rate = \"0.7/s\" }} }}\n"
    );
    let expected = 4.708_333_333_333;
    agrees(
        &text(&scenario),
        6.5,
        0.02,
        &[("workloads.visitors.latency.mean", expected)],
    );
}

/// HEDGE-1: min(X, 1 + Y) without queueing is 1 − e⁻¹ / 2.
#[test]
fn a_hedge_takes_the_first_answer() {
    let scenario = format!(
        "{RUN}[services.desk]\nconcurrency = 1000000\nhedge-after = \"1s\"\nhedge-cancel = true\n\
         service-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"1/s\" }} }}\n"
    );
    let expected = 0.816_060_279_414_278_8;
    let results = text(&scenario);
    agrees(
        &results,
        6.5,
        0.01,
        &[("workloads.visitors.latency.mean", expected)],
    );
    assert_eq!(
        mean(&results, "services.desk.retries").round(),
        mean(&results, "services.desk.cancelled").round()
    );
}

/// Redundancy: each request is sent to two of n replicas at once and the first answer counts:
/// RED-3-2-0.2 and, with n = 2, M/M/1 at twice the rate (Gardner and others 2017).
#[test]
fn two_at_once_are_as_good_as_theory_says() {
    for (replicas, rate, expected) in [(3, 0.6, 0.601_851_851_851_851_9), (2, 1.0, 1.0)] {
        let scenario = format!(
            "{RUN}[services.desk]\nreplicas = {replicas}\nhedge-after = 0\nhedge-cancel = true\n\
             service-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
             [workloads.visitors]\ntarget = \"services.desk\"\n\
             arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n"
        );
        agrees(
            &text(&scenario),
            6.5,
            0.01,
            &[("workloads.visitors.latency.mean", expected)],
        );
    }
}

/// Served for 1.5 s, given up after 1 s, tried again 0.2 s later. The first attempt goes on until
/// 1.5 s; the second waits from 1.2 s, starts then and times out at 2.2 s, served until 3 s.
#[test]
fn a_timeout_leaves_the_server_working() {
    let scenario = format!(
        "{ONCE}[services.desk]\nservice-time = \"1.5s\"\ntimeout = \"1s\"\n\
         retries = {{ max = 1, backoff = \"200ms\", jitter = false }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [0] }}\n"
    );
    let results = text(&scenario);
    for (metric, value) in [
        ("workloads.visitors.timed_out", 1.0),
        ("workloads.visitors.arrivals", 1.0),
        ("services.desk.arrivals", 2.0),
        ("services.desk.timed_out", 2.0),
        ("services.desk.retries", 1.0),
        ("services.desk.completed", 0.0),
        // The run ends with the last outcome, at 2.2 s: 1.5 s of waste are known by then.
        ("services.desk.wasted_seconds", 1.5),
        ("services.desk.in_flight", 1.0),
        ("services.desk.wait.max", 0.3),
    ] {
        assert_eq!(mean(&results, metric), value, "{metric}");
    }
}

/// A request that gave up while it waited leaves the queue; the wait is doubled for each retry.
#[test]
fn retries_wait_longer_each_time_and_a_waiting_attempt_leaves() {
    // One place, taken for 100 s by the first request. The second tries at 1, waits until 2,
    // again at 2.5 until 3.5, again at 4.5 until 5.5.
    let scenario = format!(
        "{ONCE}[services.desk]\nservice-time = \"100s\"\ntimeout = \"1s\"\n\
         retries = {{ max = 2, backoff = \"500ms\", jitter = false }}\n\
         [workloads.first]\ntarget = \"services.desk\"\narrivals = {{ at = [0] }}\n\
         [workloads.second]\ntarget = \"services.desk\"\narrivals = {{ at = [1] }}\n"
    );
    let results = text(&scenario);
    assert_eq!(mean(&results, "services.desk.timed_out"), 6.0);
    assert_eq!(mean(&results, "services.desk.wait.max"), 1.0);
    // Only the first attempt of all ever gets the place: the retries of the first wait too.
    assert_eq!(mean(&results, "services.desk.wait.positive"), 5.0 / 6.0);
}

/// RETRY-0.5-4: three retries of an attempt that fails half of the time.
#[test]
fn bounded_retries_end_well_as_often_as_theory_says() {
    // A desk with one place and no queue that is held half of the time, independently of who asks.
    let scenario = format!(
        "{RUN}[services.front]\nconcurrency = 1000000\nservice-time = 0\n\
         retries = {{ max = 3, backoff = \"1ms\" }}\n\
         calls = [{{ service = \"coin\", probability = 0.5 }}]\n\
         [services.coin]\nconcurrency = 1\nqueue-capacity = 0\nservice-time = 0\n\
         calls = [{{ service = \"wall\" }}]\n\
         [services.wall]\nqueue-capacity = 0\nservice-time = 1e9\n\
         [workloads.visitors]\ntarget = \"services.front\"\n\
         arrivals = {{ poisson = {{ rate = \"1/s\" }} }}\n\
         [workloads.bricks]\ntarget = \"services.wall\"\narrivals = {{ at = [0] }}\n"
    );
    agrees(
        &text(&scenario),
        6.5,
        0.01,
        &[
            ("workloads.visitors.completed", 0.9375 * 100_000.0),
            ("services.front.arrivals", 1.875 * 100_000.0),
        ],
    );
}

/// A budget of a tenth: in the long run no more than one retry for ten requests.
#[test]
fn a_budget_bounds_retries() {
    let scenario = format!(
        "{RUN}[services.desk]\nqueue-capacity = 0\nservice-time = {{ exponential = {{ mean = \"10s\" }} }}\n\
         retries = {{ max = 5, budget = 0.1, burst = 1 }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"1/s\" }} }}\n"
    );
    let retries = mean(&text(&scenario), "services.desk.retries");
    assert!((9_900.0..=10_001.0).contains(&retries), "{retries}");
}

/// What needs something that failed fails, unless it said that it can do without.
#[test]
fn a_failed_call_fails_its_caller_unless_it_is_optional() {
    let scenario = |optional: bool| {
        text(&format!(
            "{ONCE}[services.front]\nservice-time = \"1s\"\n\
             calls = [[{{ service = \"full\", optional = {optional} }}, {{ service = \"slow\" }}]]\n\
             [services.full]\nqueue-capacity = 0\nservice-time = \"1000s\"\n\
             [services.slow]\nservice-time = \"5s\"\n\
             [workloads.other]\ntarget = \"services.full\"\narrivals = {{ at = [0] }}\n\
             [workloads.visitors]\ntarget = \"services.front\"\narrivals = {{ at = [0] }}\n"
        ))
    };
    let failed = scenario(false);
    assert_eq!(mean(&failed, "workloads.visitors.failed"), 1.0);
    assert_eq!(mean(&failed, "services.front.wasted_seconds"), 6.0);
    let completed = scenario(true);
    assert_eq!(mean(&completed, "workloads.visitors.latency.mean"), 6.0);
    // A second of service, five of waiting for the slow one.
    let blocked = mean(&completed, "services.front.cpu_utilization");
    let held = mean(&completed, "services.front.utilization");
    assert!((held / blocked - 6.0).abs() < 1e-9, "{held} {blocked}");
}

/// Two requests that need 2 s of processor each share one core: 4 s, after a second of waiting for
/// something else.
#[test]
fn processor_time_is_shared_within_the_limit() {
    let scenario = |limit: &str| {
        text(&format!(
            "{ONCE}[services.desk]\nconcurrency = 2\nlimits = {{ cpu = \"{limit}\" }}\n\
             service-time = \"1s\"\ncpu-time = \"2s\"\n\
             [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [0, 0] }}\n"
        ))
    };
    assert_eq!(mean(&scenario("1"), "services.desk.latency.mean"), 5.0);
    assert_eq!(mean(&scenario("500m"), "services.desk.latency.mean"), 9.0);
    assert_eq!(mean(&scenario("2"), "services.desk.latency.mean"), 3.0);
    assert_eq!(
        mean(&scenario("1"), "services.desk.cpu_utilization"),
        4.0 / 5.0
    );
}
