//! Replicas that come and go: timelines by hand, keep-alive against theory, and random policies
//! under the audit.
//!
//! The HPA-* values are tests of the policy itself (`policy/scaling/horizontal.rs`).

use crate::simulate::{agrees, mean, run, scenarios, text};
use proptest::prelude::*;
use sparksim::experiment::Results;
use sparksim::scenario;

/// The average of a series over the interval that ends at each of `times`.
fn levels(results: &Results, metric: &str, times: &[f64]) -> Vec<f64> {
    let found = results.series.iter().find(|series| series.metric == metric);
    let points = &found.expect("a series of that name").points;
    let at = |time: f64| {
        let point = points.iter().find(|point| (point.time - time).abs() < 1e-6);
        point.expect("an interval that ends then").mean
    };
    times.iter().map(|time| at(*time)).collect()
}

/// From 8 s on there are always four requests in system, and a replica is to have one. Kubernetes
/// looks every 15 s. 15 s: 34 request-seconds at one replica for 10 s are 3.4, so four. 30 s: 60 at
/// 1 × 5 + 4 × 10 replica-seconds are 4/3 at four replicas, so six. Then 60 / 80 × 6 = 4.5 asks for
/// five and 60 / 90 × 6 = 4 for four, which must wait for 300 s to pass since the last that asked for
/// more.
#[test]
fn a_horizontal_autoscaler_overshoots_and_comes_back_five_minutes_later() {
    let results = text(
        "[run]\nduration = \"480s\"\nreplications = 1\n\
         [services.desk]\nconcurrency = 10\nservice-time = \"4s\"\nstart-time = \"5s\"\n\
         autoscale = { hpa = { metric = \"concurrency\", target = 1, max = 10 } }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { deterministic = { interval = \"1s\" } }\n",
    );
    // Running since 5 s; decided at 15, 30, 330 and 345 s, and started 5 s after the decision.
    let times = [
        4.0, 8.0, 20.0, 22.0, 34.0, 38.0, 330.0, 332.0, 344.0, 346.0, 348.0, 480.0,
    ];
    assert_eq!(
        levels(&results, "services.desk.replicas", &times),
        [0.0, 1.0, 1.0, 4.0, 4.0, 6.0, 6.0, 5.0, 5.0, 4.5, 4.0, 4.0]
    );
    let area = 15.0 + 4.0 * 15.0 + 6.0 * 295.0 + 5.0 * 15.0 + 4.0 * 135.0;
    assert_eq!(mean(&results, "services.desk.replicas"), area / 480.0);
    assert_eq!(mean(&results, "services.desk.scale_ups"), 2.0);
    assert_eq!(mean(&results, "services.desk.scale_downs"), 2.0);
    // Nobody waits; who came before the first replica ran found none.
    assert_eq!(mean(&results, "services.desk.failed"), 4.0);
    assert_eq!(mean(&results, "services.desk.wait.max"), 0.0);
    assert_eq!(mean(&results, "services.desk.latency.max"), 4.0);
}

/// The target is a share of the requested processor: each request computes for 0.5 s on the whole
/// core of its replica, which asked for half a core, so one a second is 100 % of what was asked for.
#[test]
fn a_horizontal_autoscaler_sees_the_processor_that_was_asked_for() {
    let results = text(
        "[run]\nduration = \"240s\"\nreplications = 1\n\
         [services.desk]\nbalancer = \"round-robin\"\nservice-time = \"0s\"\ncpu-time = \"500ms\"\n\
         requests = { cpu = \"500m\" }\n\
         autoscale = { hpa = { metric = \"cpu\", target = 0.5, min = 1, max = 4 } }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { deterministic = { interval = \"1s\" } }\n",
    );
    // 14.5 busy half-seconds in the first 15 s: 0.967 / 0.5, so two.
    assert_eq!(
        levels(&results, "services.desk.replicas", &[15.0, 16.0, 240.0]),
        [1.0, 2.0, 2.0]
    );
    assert_eq!(mean(&results, "services.desk.scale_ups"), 1.0);
}

/// A request at 10 s finds nothing, waits for 3 s until a replica runs and is served for 1 s. From
/// 74 s on the last minute is empty; after 30 s more, at 104 s, the replica goes. At 200 s again.
#[test]
fn scale_to_zero_makes_the_first_request_wait_for_a_replica() {
    let results = text(
        "[run]\nduration = \"300s\"\nreplications = 1\n\
         [services.desk]\nservice-time = \"1s\"\nstart-time = \"3s\"\n\
         autoscale = { concurrency = { target = 1, max = 5 } }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = { at = [\"10s\", \"200s\"] }\n",
    );
    assert_eq!(mean(&results, "services.desk.wait.mean"), 3.0);
    assert_eq!(mean(&results, "services.desk.latency.mean"), 4.0);
    assert_eq!(mean(&results, "services.desk.cold_starts"), 2.0);
    assert_eq!(mean(&results, "services.desk.scale_downs"), 2.0);
    assert_eq!(
        mean(&results, "services.desk.replicas"),
        2.0 * (104.0 - 13.0) / 300.0
    );
    assert_eq!(mean(&results, "services.desk.utilization"), 1.0 / 91.0);
}

/// A hundred requests at 60 s, ten of which a replica serves at once. The last 6 s have averages of
/// 33, 67 and 100 at 62, 64 and 66 s: a panic, and 4, 7 and 10 replicas, each a second later. The
/// panic is over when 60 s have passed without a reason, at 124 s; then half go, and then the last
/// minute's average decides.
#[test]
fn a_burst_makes_an_autoscaler_panic_for_a_minute() {
    let hundred = vec!["\"60s\""; 100].join(", ");
    let results = text(&format!(
        "[run]\nduration = \"150s\"\nreplications = 1\n\
         [services.desk]\nconcurrency = 10\nservice-time = \"20s\"\nstart-time = \"1s\"\n\
         autoscale = {{ concurrency = {{ target = 10, min = 1, max = 20 }} }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [{hundred}] }}\n"
    ));
    let held = [
        (1.0, 62.0),
        (4.0, 2.0),
        (7.0, 2.0),
        (10.0, 57.0),
        (5.0, 2.0),
        (4.0, 2.0),
        (3.0, 6.0),
        (2.0, 6.0),
        (1.0, 10.0),
    ];
    let area: f64 = held.iter().map(|(replicas, time)| replicas * time).sum();
    assert_eq!(mean(&results, "services.desk.replicas"), area / 150.0);
    assert_eq!(
        mean(&results, "services.desk.wait.mean"),
        (30.0 * 3.0 + 30.0 * 5.0 + 30.0 * 7.0) / 100.0
    );
    assert_eq!(mean(&results, "services.desk.completed"), 100.0);
}

/// Two replicas until 10 s, then one: the second finishes what it has until 22 s and gets no more,
/// so the request at 12 s waits behind the first's.
#[test]
fn a_replica_that_goes_finishes_what_it_has() {
    let results = text(
        "[run]\nduration = \"50s\"\nreplications = 1\n\
         [services.desk]\nbalancer = \"round-robin\"\nservice-time = \"20s\"\n\
         autoscale = { schedule = [{ at = \"0s\", replicas = 2 }, { at = \"10s\", replicas = 1 }] }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { at = [\"1s\", \"2s\", \"12s\"] }\n",
    );
    assert_eq!(mean(&results, "services.desk.completed"), 3.0);
    assert_eq!(mean(&results, "services.desk.wait.mean"), 9.0 / 3.0);
    assert_eq!(mean(&results, "services.desk.replicas"), 60.0 / 50.0);
    // Its place is there while it drains.
    assert_eq!(
        mean(&results, "services.desk.utilization"),
        60.0 / (2.0 * 22.0 + 28.0)
    );
}

/// As before with one queue for all: what drains takes nobody from it, not even by preemption.
#[test]
fn a_replica_that_goes_takes_nobody_out_of_a_central_queue() {
    let results = text(
        "[run]\nduration = \"60s\"\nreplications = 1\n\
         [services.desk]\nqueue = \"central\"\ndiscipline = \"lifo-preemptive\"\n\
         service-time = \"20s\"\n\
         autoscale = { schedule = [{ at = \"0s\", replicas = 2 }, { at = \"10s\", replicas = 1 }] }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { at = [\"1s\", \"2s\", \"12s\"] }\n",
    );
    // The third takes the first's place from 12 to 32 s; the first resumes, 9 s being left.
    assert_eq!(mean(&results, "services.desk.latency.max"), 40.0);
    assert_eq!(mean(&results, "services.desk.wait.mean"), 20.0 / 3.0);
    assert_eq!(
        mean(&results, "services.desk.utilization"),
        60.0 / (2.0 * 22.0 + 38.0)
    );
}

/// The first cold start pulls for 1 s, unpacks for 2 s and starts for 1 s; the second finds the
/// image. While there is no replica nothing is reserved.
#[test]
fn a_cold_request_waits_for_placement_pull_and_start() {
    let results = text(
        "[run]\nduration = \"1000s\"\nreplications = 1\n\
         [nodes.n]\ncpu = \"4\"\nmemory = \"8Gi\"\nnetwork = \"100MB/s\"\nunpack = \"100MB/s\"\n\
         [layers]\napp = { size = \"100MB\", unpacked = \"200MB\" }\n[images]\napp = [\"app\"]\n\
         [services.desk]\nimage = \"app\"\nrequests = { cpu = \"1\", memory = \"1Gi\" }\n\
         service-time = \"1s\"\nstart-time = \"1s\"\n\
         autoscale = { keep-alive = { fixed = \"45s\", max = 2 } }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { at = [\"100s\", \"110s\", \"500s\"] }\n",
    );
    assert_eq!(mean(&results, "services.desk.latency.max"), 5.0);
    // 4 s, none, 1 s.
    assert_eq!(mean(&results, "services.desk.wait.mean"), 5.0 / 3.0);
    assert_eq!(mean(&results, "services.desk.cold_starts"), 2.0);
    // From asked for to released: 100 to 111 + 45 s, and 500 to 502 + 45 s.
    let reserved = (156.0 - 100.0 + 547.0 - 500.0) / 1000.0 / 4.0;
    assert_eq!(mean(&results, "cluster.cpu_allocated"), reserved);
}

/// Requests that come together have a replica each, up to `max`; who waits takes what is free
/// first.
#[test]
fn keep_alive_starts_a_replica_for_each_request_that_finds_no_place() {
    let results = text(
        "[run]\nduration = \"100s\"\nreplications = 1\n\
         [services.desk]\nservice-time = \"10s\"\nstart-time = \"2s\"\n\
         autoscale = { keep-alive = { fixed = \"20s\", max = 3 } }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { at = [\"0s\", \"0s\", \"0s\", \"0s\", \"30s\"] }\n",
    );
    // Three wait for 2 s, the fourth for 12 s, the fifth finds a warm replica.
    assert_eq!(mean(&results, "services.desk.wait.mean"), 18.0 / 5.0);
    assert_eq!(mean(&results, "services.desk.cold_starts"), 3.0);
    // Busy until 12, 12 and 22 s, then 20 s more; the first, which serves at 30 s, until 60 s.
    assert_eq!(
        mean(&results, "services.desk.replicas"),
        (58.0 + 30.0 + 30.0) / 100.0
    );
}

/// A timer that fires every 30 min and runs for 1 s. The second time finds the replica of the
/// first; from then on it is known that the service idles for more than 29 min: the replica goes at
/// once, and another is started 0.9 × 29 min later, well before the next.
#[test]
fn a_hybrid_histogram_learns_when_a_timer_fires() {
    let results = text(
        "[run]\nduration = \"18900s\"\nreplications = 1\n\
         [services.job]\nservice-time = \"1s\"\nstart-time = \"10s\"\n\
         autoscale = { keep-alive = { hybrid-histogram = {}, max = 1 } }\n\
         [workloads.timer]\ntarget = \"services.job\"\n\
         arrivals = { deterministic = { interval = \"30min\" } }\n",
    );
    assert_eq!(mean(&results, "services.job.completed"), 10.0);
    assert_eq!(mean(&results, "services.job.cold_starts"), 1.0);
    assert_eq!(mean(&results, "services.job.wait.mean"), 1.0);
    let first = 3601.0 - 1810.0;
    let warmed = 1801.0 - (1.0 + 0.9 * 29.0 * 60.0 + 10.0);
    assert_eq!(
        mean(&results, "services.job.replicas"),
        (first + 8.0 * warmed) / 18_900.0
    );
}

/// KEEP0-0.001-600, KEEP0-0.005-60 and KEEPD-0.01-600 (Shahrad and others 2020; Welch 1964).
#[test]
fn a_fixed_keep_alive_agrees_with_theory() {
    let scenario = |rate: f64, requests: u32, service: &str, keep: &str| {
        format!(
            "[run]\nseed = 5\nrequests = {requests}\nreplications = 20\n[services.f]\n{service}\n\
             autoscale = {{ keep-alive = {{ fixed = \"{keep}\", max = 1 }} }}\n\
             [workloads.calls]\ntarget = \"services.f\"\n\
             arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n"
        )
    };
    for (rate, keep, cold, idle) in [
        (
            0.001,
            "600s",
            0.548_811_636_094_026_4,
            451.188_363_905_973_6,
        ),
        (0.005, "60s", 0.740_818_220_681_717_9, 51.836_355_863_656_43),
    ] {
        let results = text(&scenario(rate, 20_000, "service-time = \"1us\"", keep));
        agrees(
            &results,
            6.5,
            0.01,
            &[
                ("services.f.cold_starts", 20_000.0 * cold),
                // Warm time per request × requests per second.
                ("services.f.replicas", idle * rate),
            ],
        );
    }
    let service = "service-time = { exponential = { mean = \"1s\" } }\nstart-time = \"2s\"";
    agrees(
        &text(&scenario(0.01, 50_000, service, "600s")),
        6.5,
        0.05,
        &[
            ("services.f.latency.mean", 1.015_107_841_284_002),
            (
                "services.f.cold_starts",
                50_000.0 * 0.002_453_843_005_525_872,
            ),
        ],
    );
}

/// A request that can never be served ends the run instead of looking at it for ever.
#[test]
fn an_autoscaler_that_waits_for_room_does_not_keep_a_run_going() {
    let results = text(
        "[run]\nhorizon = \"terminating\"\nreplications = 1\n\
         [nodes.n]\ncpu = \"1\"\nmemory = \"1Gi\"\n\
         [services.full]\nrequests = { cpu = \"1\", memory = \"1Gi\" }\nservice-time = \"1s\"\n\
         [services.late]\nrequests = { cpu = \"1\", memory = \"1Gi\" }\nservice-time = \"1s\"\n\
         autoscale = { concurrency = { target = 1, max = 5 } }\n\
         [workloads.visitors]\ntarget = \"services.late\"\narrivals = { at = [\"10s\"] }\n",
    );
    let notes = format!("{:?}", results.notes);
    assert!(
        notes.contains("1 replica of `services.late` of 1 core and 1 GiB waits (1 node: "),
        "{notes}"
    );
}

/// A policy, and the most replicas that it may have.
fn policies() -> impl Strategy<Value = (String, u32)> {
    let metric = prop::sample::select(vec!["cpu", "concurrency", "queue-length"]);
    let hpa = (metric, 0.1..3.0_f64, 1..3_u32, 3..9_u32, 0..60_u32).prop_map(
        |(metric, target, min, max, calm)| {
            let text = format!(
                "hpa = {{ metric = \"{metric}\", target = {target}, min = {min}, max = {max}, \
                 period = \"5s\", scale-down = {{ stabilization = \"{calm}s\" }} }}"
            );
            (text, max)
        },
    );
    let knative =
        (0.5..4.0_f64, 0..3_u32, 3..9_u32, 6..40_u32).prop_map(|(target, min, max, window)| {
            let grace = if min == 0 {
                ", scale-to-zero-grace = \"5s\""
            } else {
                ""
            };
            let text = format!(
                "concurrency = {{ target = {target}, min = {min}, max = {max}, \
                 window = \"{window}s\"{grace} }}"
            );
            (text, max)
        });
    let schedule = (1..5_u32, 0..5_u32, 0..9_u32).prop_map(|(a, b, c)| {
        let text = format!(
            "schedule = [{{ at = \"0s\", replicas = {a} }}, {{ at = \"40s\", replicas = {b} }}, \
             {{ at = \"90s\", replicas = {c} }}]"
        );
        (text, a.max(b).max(c))
    });
    let keep = (0..20_u32, 0..2_u32, 2..9_u32).prop_map(|(keep, min, max)| {
        let text = format!("keep-alive = {{ fixed = \"{keep}s\", min = {min}, max = {max} }}");
        (text, max)
    });
    let learn = (1..9_u32).prop_map(|max| {
        let text = format!(
            "keep-alive = {{ hybrid-histogram = {{ bin = \"1s\", range = \"30s\" }}, max = {max} }}"
        );
        (text, max)
    });
    prop_oneof![hpa, knative, schedule, keep, learn]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever the policy, the load and the room: every request is somewhere, every container is
    /// held or given back, nobody waits beside a free place (the audit fails the run otherwise),
    /// and there are never more replicas than allowed.
    #[test]
    fn random_policies_keep_the_books(
        (policy, max) in policies(),
        seed in 0..1000_u32,
        rate in 0.1..4.0_f64,
        (concurrency, start, timeout) in (1..4_u32, 0..8_u32, 1..20_u32),
        queue in prop::sample::select(vec!["", "queue = \"central\"\ndiscipline = \"shortest-remaining\"\n"]),
        nodes in 0..4_u32,
    ) {
        let cluster = match nodes {
            0 => String::new(),
            _ => format!("[nodes.n]\ncount = {nodes}\ncpu = \"2\"\nmemory = \"4Gi\"\n"),
        };
        let scenario = format!(
            "[run]\nseed = {seed}\nduration = \"240s\"\nwarmup = \"20s\"\nreplications = 2\n{cluster}\
             [services.desk]\nconcurrency = {concurrency}\nrequests = {{ cpu = \"1\" }}\n{queue}\
             service-time = {{ exponential = {{ mean = \"1s\" }} }}\ntimeout = \"{timeout}s\"\n\
             retries = {{ max = 1 }}\n\
             start-time = {{ exponential = {{ mean = \"{start}.5s\" }} }}\n\
             autoscale = {{ {policy} }}\n\
             [workloads.visitors]\ntarget = \"services.desk\"\n\
             arrivals = {{ renewal = {{ interarrival = {{ hyperexponential = \
             {{ mean = \"{}s\", cv = 3 }} }} }} }}\n",
            1.0 / rate
        );
        let loaded = scenario::load_text("random", &scenario, &scenarios(), &[]);
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}\n{scenario}"));
        let results = run(&loaded, 1);
        let series = results.series.iter();
        let replicas = series.filter(|series| series.metric == "services.desk.replicas");
        for point in replicas.flat_map(|series| &series.points) {
            prop_assert!(point.mean <= f64::from(max) + 1e-9, "{} at {}", point.mean, point.time);
        }
        prop_assert_eq!(&run(&loaded, 2).figures, &results.figures);
    }
}
