//! Queues against theory.
//!
//! Seeds are fixed, so these tests never fail by chance. The limits are chosen as if they were not:
//! Student's t with 19 degrees of freedom passes 6.5 once in 300,000, so a wrong model is what a
//! failure means.

use crate::simulate::{agrees, figure, mean, shipped, text};
use sparksim::theory::{Mm1, Mmc};

#[test]
fn mm1_agrees_with_theory() {
    let theory = Mm1 {
        arrival_rate: 0.8,
        service_rate: 1.0,
    };
    let results = shipped("mm1.toml", &[]);
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("services.desk.latency.mean", theory.latency()),
            ("services.desk.wait.mean", theory.wait()),
            ("services.desk.utilization", theory.utilization()),
            ("services.desk.offered_load", theory.utilization()),
            ("services.desk.queue_length", theory.queue_length()),
            ("services.desk.in_system", theory.in_system()),
            ("services.desk.throughput", theory.arrival_rate),
            ("services.desk.latency.p50", theory.latency_quantile(0.5)),
            ("services.desk.latency.p90", theory.latency_quantile(0.9)),
            ("services.desk.latency.p99", theory.latency_quantile(0.99)),
            ("services.desk.wait.p90", theory.wait_quantile(0.9)),
            ("workloads.visitors.latency.mean", theory.latency()),
        ],
    );
}

#[test]
fn mm16_agrees_with_theory() {
    let theory = Mmc {
        arrival_rate: 12.8,
        service_rate: 1.0,
        servers: 16,
    };
    let results = shipped("mm16.toml", &[]);
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("services.desk.latency.mean", theory.latency()),
            ("services.desk.wait.mean", theory.wait()),
            ("services.desk.utilization", theory.utilization()),
            ("services.desk.queue_length", theory.queue_length()),
            ("services.desk.in_system", theory.in_system()),
            ("services.desk.latency.p50", theory.latency_quantile(0.5)),
            ("services.desk.latency.p90", theory.latency_quantile(0.9)),
            ("services.desk.latency.p99", theory.latency_quantile(0.99)),
        ],
    );
}

/// The window is that of the outcomes: requests 51 to 100 of a queue that starts empty. The
/// expected wait is the exact transient mean; without the warm-up it would be 4.594.
#[test]
fn a_warm_up_counts_outcomes_and_is_left_out() {
    let scenario = |warmup: u32| {
        format!(
            "[run]\nseed = 3\nrequests = 100\nwarmup-requests = {warmup}\nreplications = 4000\n\
             [services.desk]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
             [workloads.visitors]\ntarget = \"services.desk\"\n\
             arrivals = {{ poisson = {{ rate = \"0.9/s\" }} }}\n"
        )
    };
    let results = text(&scenario(50));
    agrees(&results, 5.0, 0.05, &[("services.desk.wait.mean", 5.795)]);
    assert_eq!(mean(&results, "services.desk.completed"), 50.0);
    agrees(
        &text(&scenario(0)),
        5.0,
        0.05,
        &[("services.desk.wait.mean", 4.594)],
    );
}

/// M/M/1/3: one place and two waiting places; P(n) is geometric, cut at 3.
#[test]
fn a_bounded_queue_rejects_what_theory_says() {
    let results = text(
        "[run]\nduration = \"20000s\"\nwarmup = \"100s\"\nreplications = 20\n\
         [services.desk]\nqueue-capacity = 2\nservice-time = { exponential = { mean = \"1s\" } }\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { poisson = { rate = \"0.8/s\" } }\n",
    );
    let weights = [1.0, 0.8, 0.64, 0.512];
    let total: f64 = weights.iter().sum();
    let in_system = (0.8 + 2.0 * 0.64 + 3.0 * 0.512) / total;
    let blocked = 0.512 / total;
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("services.desk.in_system", in_system),
            ("services.desk.utilization", 1.0 - 1.0 / total),
            ("services.desk.throughput", 0.8 * (1.0 - blocked)),
            ("services.desk.rejected", 0.8 * blocked * 19_900.0),
        ],
    );
}

/// D/D/1 by hand: arrivals at 1, 2, 3, … s, each served for 1.5 s, so the n-th waits (n − 1) / 2 s.
#[test]
fn a_deterministic_queue_is_exact() {
    let results = text(
        "[run]\nrequests = 10\nreplications = 1\n\
         [services.desk]\nservice-time = \"1.5s\"\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = { deterministic = { interval = \"1s\" } }\n",
    );
    let waits = (0..10).map(|n| f64::from(n) / 2.0).sum::<f64>() / 10.0;
    assert_eq!(mean(&results, "services.desk.wait.mean"), waits);
    assert_eq!(mean(&results, "services.desk.latency.mean"), waits + 1.5);
    // Busy from 1 s to the tenth departure at 16 s.
    assert_eq!(mean(&results, "services.desk.utilization"), 15.0 / 16.0);
    assert_eq!(mean(&results, "services.desk.latency.max"), 6.0);
}

#[test]
fn four_balancers_stand_in_the_order_of_what_they_know() {
    let results = shipped(
        "balancers.toml",
        &["run.requests=80000", "run.warmup-requests=16000"],
    );
    let latency = |name| mean(&results, &format!("services.{name}.latency.mean"));
    let latencies = [
        "join-shortest-queue",
        "power-of-two",
        "round-robin",
        "random",
    ]
    .map(latency);
    assert!(latencies.is_sorted(), "{latencies:?}");
    // Sixteen M/M/1 queues at 90 %.
    assert!((latencies[3] / 10.0 - 1.0).abs() < 0.15, "{latencies:?}");
}

#[test]
fn a_service_that_gets_more_than_it_can_serve_is_called_overloaded() {
    let results = shipped(
        "mm1.toml",
        &[
            "workloads.visitors.arrivals.poisson.rate=\"1.3/s\"",
            "run.requests=20000",
            "run.warmup-requests=0",
        ],
    );
    let notes = format!("{:?}", results.notes);
    assert!(
        notes.contains("services.desk is overloaded: offered load 1.3 × capacity; "),
        "{notes}"
    );
}

#[test]
fn a_percentile_without_enough_observations_is_absent_and_says_why() {
    let results = shipped(
        "mm1.toml",
        &[
            "run.requests=2000",
            "run.warmup-requests=0",
            "run.replications=5",
        ],
    );
    // 10,000 observations: 100 of them lie above the 99th percentile.
    let p99 = &figure(&results, "services.desk.latency.p99").estimate;
    let reason = p99.as_ref().expect_err("too few observations for p99");
    assert!(reason.contains("fewer than 200"), "{reason}");
    assert!(
        figure(&results, "services.desk.latency.p95")
            .estimate
            .is_ok()
    );
}

#[test]
fn endpoints_of_one_service_share_its_places_and_have_figures_of_their_own() {
    let results = text(
        "[run]\nrequests = 50000\nreplications = 20\nwarmup-requests = 5000\n\
         [services.shop]\n\
         [services.shop.endpoints.get]\nservice-time = { exponential = { mean = \"1s\" } }\n\
         [services.shop.endpoints.post]\nservice-time = \"2s\"\n\
         [workloads.readers]\ntarget = \"services.shop.get\"\n\
         arrivals = { poisson = { rate = \"0.3/s\" } }\n\
         [workloads.writers]\ntarget = \"services.shop.post\"\n\
         arrivals = { poisson = { rate = \"0.2/s\" } }\n",
    );
    // M/G/1, Pollaczek and Khinchine: W = λ E[S²] / 2(1 − ρ), the same for both.
    let wait = (0.3 * 2.0 + 0.2 * 4.0) / (2.0 * (1.0 - 0.7));
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("services.shop.utilization", 0.7),
            ("services.shop.wait.mean", wait),
            ("services.shop.endpoints.get.latency.mean", wait + 1.0),
            ("services.shop.endpoints.post.latency.mean", wait + 2.0),
            ("services.shop.endpoints.post.in_system", 0.2 * (wait + 2.0)),
        ],
    );
}
