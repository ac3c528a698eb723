//! Impatient requests, and servers that switch off and break down, against theory.

use crate::simulate::{agrees, text};

const RUN: &str =
    "[run]\nseed = 12\nrequests = 120000\nwarmup-requests = 20000\nreplications = 20\n";

fn single(rate: f64, service: &str) -> String {
    format!(
        "{RUN}[services.desk]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n{service}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate}/s\" }} }}\n"
    )
}

/// Erlang A: ERLA-10-10-0.5 (Garnett, Mandelbaum and Reiman 2002).
#[test]
fn impatient_requests_agree_with_erlang_a() {
    let results = text(&single(
        10.0,
        "concurrency = 10\npatience = { exponential = { mean = \"2s\" } }",
    ));
    let abandon = 0.103_913_212_326_307_8;
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("services.desk.wait.positive", 0.619_655_230_884_077_5),
            ("services.desk.wait.mean", 0.207_826_424_652_615_6),
            ("services.desk.queue_length", 2.078_264_246_526_156),
            ("services.desk.reneged", abandon * 100_000.0),
        ],
    );
}

/// Erlang B does not depend on the service law: ERLB-5-3; and M/M/4/20: MMCK-4-20-3.2.
#[test]
fn bounded_queues_lose_what_theory_says() {
    let blocked = 0.110_054_347_826_087;
    for law in ["\"1s\"", "{ lognormal = { mean = \"1s\", cv = 2 } }"] {
        let scenario = format!(
            "{RUN}[services.desk]\nconcurrency = 5\nqueue-capacity = 0\nservice-time = {law}\n\
             [workloads.visitors]\ntarget = \"services.desk\"\n\
             arrivals = {{ poisson = {{ rate = \"3/s\" }} }}\n"
        );
        agrees(
            &text(&scenario),
            6.5,
            0.02,
            &[
                ("services.desk.rejected", blocked * 100_000.0),
                ("services.desk.in_system", 2.669_836_956_521_739),
            ],
        );
    }
    let results = text(&single(
        3.2,
        "replicas = 4\nqueue = \"central\"\nqueue-capacity = 16",
    ));
    agrees(
        &results,
        6.5,
        0.03,
        &[
            ("services.desk.in_system", 5.321_437_638_425),
            ("services.desk.queue_length", 2.132_328_276_999_670),
            ("services.desk.latency.mean", 1.668_628_145_146),
            ("services.desk.throughput", 3.189_109_361_425),
        ],
    );
}

/// SETUP1-0.7-1, SETUPD-0.8-2, KEEPX-0.5 and SETUPK-4-2.4-1 (Welch 1964; Gandhi and others 2013).
#[test]
fn servers_that_switch_off_agree_with_theory() {
    let exponential = "setup = { time = { exponential = { mean = \"1s\" } } }";
    agrees(
        &text(&single(0.7, exponential)),
        6.5,
        0.02,
        &[
            ("services.desk.latency.mean", 13.0 / 3.0),
            ("services.desk.setting_up", 0.123_529_411_764_706),
        ],
    );
    agrees(
        &text(&single(0.8, "setup = { time = \"2s\" }")),
        6.5,
        0.03,
        &[("services.desk.latency.mean", 6.384_615_384_615)],
    );
    let kept = "setup = { time = { exponential = { mean = \"5s\" } }, \
                keep-alive = { exponential = { mean = \"4s\" } } }";
    agrees(
        &text(&single(0.5, kept)),
        6.5,
        0.03,
        &[
            ("services.desk.latency.mean", 5.181_818_181_818),
            ("services.desk.cold_starts", 100_000.0 / 11.0),
        ],
    );
    let four = format!("replicas = 4\nqueue = \"central\"\n{exponential}");
    agrees(
        &text(&single(2.4, &four)),
        6.5,
        0.02,
        &[("services.desk.latency.mean", 1.723_209_874_662_168)],
    );
}

/// BRK-0.7-0.05: the server fails also while idle, and work goes on where it stopped (White and
/// Christie 1958).
#[test]
fn a_server_that_breaks_down_agrees_with_theory() {
    let results = text(&single(
        0.7,
        "breakdowns = { every = { exponential = { mean = \"20s\" } }, \
         repair = { exponential = { mean = \"2s\" } } }",
    ));
    agrees(
        &results,
        6.5,
        0.04,
        &[
            ("services.desk.in_system", 3.901_185_770_750_988),
            ("services.desk.down", 1.0 / 11.0),
        ],
    );
}
