//! Who is served next, against theory.
//!
//! Limits are those of `queueing`: |t| below 6.5 over 20 replications with fixed seeds. The values
//! of the formulas are exact; each test names the source.

use crate::simulate::{agrees, mean, text};

const RUN: &str =
    "[run]\nseed = 11\nrequests = 120000\nwarmup-requests = 20000\nreplications = 20\n";

fn single(rate: f64, service: &str) -> String {
    format!(
        "{RUN}[services.desk]\n{service}\n[workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n"
    )
}

const EXPONENTIAL: &str = "service-time = { exponential = { mean = \"1s\" } }\n";
const ERLANG_2: &str = "service-time = { erlang = { k = 2, mean = \"1s\" } }\n";
const H2: &str = "service-time = { hyperexponential = { mean = \"1s\", cv = 2 } }\n";

/// E\[T\] = E\[S\] / (1 − ρ) whatever the law (Sakata, Noguchi and Oizumi 1969; Kelly 1979).
#[test]
fn sharing_and_preemptive_lifo_do_not_depend_on_the_service_law() {
    for discipline in ["processor-sharing", "lifo-preemptive"] {
        for law in [EXPONENTIAL, ERLANG_2, H2] {
            let results = text(&single(
                0.6,
                &format!("discipline = \"{discipline}\"\n{law}"),
            ));
            agrees(
                &results,
                6.5,
                0.03,
                &[
                    ("services.desk.latency.mean", 2.5),
                    ("services.desk.in_system", 1.5),
                    ("services.desk.found", 1.5),
                    ("services.desk.utilization", 0.6),
                ],
            );
        }
    }
}

/// The mean of the number in system does not depend on an order that does not look at service
/// times; the wait of the last that came is the most variable.
#[test]
fn orders_that_know_nothing_have_one_mean() {
    // Pollaczek and Khinchine: 0.7 · (1 + 4) / 2 / 0.3.
    let wait = 0.7 * 2.5 / 0.3;
    let mut ninety_ninth = Vec::new();
    for discipline in ["fifo", "random", "lifo"] {
        let results = text(&single(
            0.7,
            &format!("discipline = \"{discipline}\"\n{H2}"),
        ));
        agrees(
            &results,
            6.5,
            0.05,
            &[
                ("services.desk.wait.mean", wait),
                ("services.desk.wait.positive", 0.7),
            ],
        );
        ninety_ninth.push(mean(&results, "services.desk.wait.p99"));
    }
    assert!(ninety_ninth.is_sorted(), "{ninety_ninth:?}");
}

/// Shortest job first at 0.9 (Phipps 1956), preemptive on what is left at 0.8 (Schrage and Miller
/// 1966): oracles SJF-0.9 and SRPT-0.8.
#[test]
fn short_requests_first() {
    let results = text(&single(
        0.9,
        &format!("discipline = \"shortest-job\"\n{EXPONENTIAL}"),
    ));
    let expected = 4.196_912_589_664_109;
    agrees(
        &results,
        6.5,
        0.02,
        &[("services.desk.latency.mean", expected)],
    );
    let results = text(&single(
        0.8,
        &format!("discipline = \"shortest-remaining\"\n{EXPONENTIAL}"),
    ));
    let expected = 2.352_773_270_299_720;
    agrees(
        &results,
        6.5,
        0.02,
        &[("services.desk.latency.mean", expected)],
    );
}

fn two_classes(discipline: &str, service: &str, gold: f64, plain: f64) -> String {
    format!(
        "{RUN}[services.desk]\ndiscipline = \"{discipline}\"\n{service}\n[classes.gold]\npriority = 1\n\
         [workloads.gold]\ntarget = \"services.desk.fast\"\nclass = \"gold\"\n\
         arrivals = {{ poisson = {{ rate = \"{gold}/s\" }} }}\n\
         [workloads.plain]\ntarget = \"services.desk.slow\"\n\
         arrivals = {{ poisson = {{ rate = \"{plain}/s\" }} }}\n"
    )
}

/// Cobham 1954: PRIO-PR-b (preemptive resume, different means) and PRIO-MG1-NP.
#[test]
fn priorities_agree_with_cobham() {
    let endpoints = |fast: &str, slow: &str| {
        format!(
            "[services.desk.endpoints]\nfast = {{ service-time = {fast} }}\n\
             slow = {{ service-time = {slow} }}\n"
        )
    };
    let preemptive = two_classes(
        "priority-preemptive",
        &endpoints(
            "{ exponential = { mean = \"500ms\" } }",
            "{ exponential = { mean = \"2s\" } }",
        ),
        0.4,
        0.15,
    );
    agrees(
        &text(&preemptive),
        6.5,
        0.03,
        &[
            ("services.desk.classes.gold.latency.mean", 0.625),
            ("services.desk.classes.default.latency.mean", 4.25),
            ("services.desk.endpoints.slow.latency.mean", 4.25),
            ("workloads.gold.latency.mean", 0.625),
        ],
    );
    let patient = two_classes(
        "priority",
        &endpoints("\"1s\"", "{ hyperexponential = { mean = \"1s\", cv = 2 } }"),
        0.4,
        0.3,
    );
    agrees(
        &text(&patient),
        6.5,
        0.04,
        &[
            (
                "services.desk.classes.gold.wait.mean",
                1.583_333_333_333_333,
            ),
            (
                "services.desk.classes.default.wait.mean",
                5.277_777_777_777_778,
            ),
        ],
    );
}

/// Four servers and one queue, two classes: PRIO-MMC-NP (Kella and Yechiali 1985). The central queue
/// of four replicas and one replica with four places are the same queue.
#[test]
fn a_central_queue_serves_priorities_as_one_replica_does() {
    let endpoints = "[services.desk.endpoints]\n\
                     fast = { service-time = { exponential = { mean = \"1s\" } } }\n\
                     slow = { service-time = { exponential = { mean = \"1s\" } } }\n";
    for shape in ["replicas = 4\nqueue = \"central\"\n", "concurrency = 4\n"] {
        let scenario = two_classes("priority", &format!("{shape}{endpoints}"), 1.2, 2.0);
        agrees(
            &text(&scenario),
            6.5,
            0.05,
            &[
                (
                    "services.desk.classes.gold.wait.mean",
                    0.213_011_597_066_930_2,
                ),
                (
                    "services.desk.classes.default.wait.mean",
                    1.065_057_985_334_651,
                ),
                ("services.desk.utilization", 0.8),
                ("services.desk.wait.positive", 0.596_432_471_787_404_4),
            ],
        );
    }
}

/// Discriminatory sharing: with weights 2 and 1 and exponential service the mean latencies of two
/// classes are known (Fayolle, Mitrani and Iasnogorodski, JACM 27, 1980).
#[test]
fn shares_follow_weights() {
    let scenario = format!(
        "{RUN}[services.desk]\ndiscipline = \"processor-sharing\"\n{EXPONENTIAL}\
         [classes.heavy]\nweight = 2\n\
         [workloads.heavy]\ntarget = \"services.desk\"\nclass = \"heavy\"\n\
         arrivals = {{ poisson = {{ rate = \"0.4/s\" }} }}\n\
         [workloads.light]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"0.4/s\" }} }}\n"
    );
    // T_k = 1/(1-ρ) · (1 + λ_j (w_j - w_k) / D), D = w_1 (1-ρ_1) + w_2 (1-ρ_2), μ = 1.
    let denominator = 2.0 * 0.6 + 0.6;
    let latency = |other: f64, own: f64| 5.0 * (1.0 + 0.4 * (other - own) / denominator);
    agrees(
        &text(&scenario),
        6.5,
        0.04,
        &[
            (
                "services.desk.classes.heavy.latency.mean",
                latency(1.0, 2.0),
            ),
            (
                "services.desk.classes.default.latency.mean",
                latency(2.0, 1.0),
            ),
        ],
    );
}

/// 1,000 requests of 1 s at once on one core are all done after 1,000 s; four of 10 s on two cores
/// after 20 s; one of 2 s and, a second later, one of 1 s both after 3 s.
#[test]
fn shared_cores_give_work_exactly() {
    let scenario = |service: &str, times: &str| {
        text(&format!(
            "[run]\nhorizon = \"terminating\"\nreplications = 1\n\
             [services.desk]\ndiscipline = \"processor-sharing\"\n{service}\n\
             [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [{times}] }}\n"
        ))
    };
    let all = scenario("service-time = \"1s\"", &vec!["\"1s\""; 1000].join(","));
    assert_eq!(mean(&all, "services.desk.latency.max"), 1000.0);
    assert_eq!(mean(&all, "services.desk.latency.mean"), 1000.0);
    let four = scenario("concurrency = 2\nservice-time = \"10s\"", "1, 1, 1, 1");
    assert_eq!(mean(&four, "services.desk.latency.mean"), 20.0);
    assert_eq!(mean(&four, "services.desk.wait.mean"), 10.0);
}
