//! What keeps too much out of a service: circuit breakers, rate limits, load shedding, budgets.

use crate::simulate::{agrees, figure, mean, text};

const RUN: &str =
    "[run]\nseed = 14\nrequests = 60000\nwarmup-requests = 10000\nreplications = 20\n";
const ONCE: &str = "[run]\nhorizon = \"terminating\"\nreplications = 1\n";

fn is(scenario: &str, expected: &[(&str, f64)]) {
    let results = text(scenario);
    for (metric, value) in expected {
        let found = mean(&results, metric);
        assert!(
            (found - value).abs() < 1e-9,
            "{metric}: {found} is not {value}"
        );
    }
}

/// Two of four may be out at once; the others are told so without asking the service, and a retry
/// would ask the same breaker.
#[test]
fn an_open_breaker_answers_at_once() {
    let scenario = format!(
        "{ONCE}[services.desk]\nconcurrency = 4\nservice-time = \"1s\"\n\
         circuit-breaker = {{ max-requests = 2 }}\nretries = {{ max = 3 }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [0, 0, 0, 0, 1] }}\n"
    );
    is(
        &scenario,
        &[
            ("workloads.visitors.completed", 3.0),
            ("workloads.visitors.rejected", 2.0),
            ("services.desk.rejected", 2.0),
            ("services.desk.breaker_open", 2.0),
            ("services.desk.retries", 0.0),
            ("services.desk.arrivals", 5.0),
        ],
    );
}

/// One desk, taken until 10 s. Two others are refused at 1 s; one of them may try again, at 2 s.
#[test]
fn a_breaker_counts_retries_from_the_wait_before_them_on() {
    let scenario = format!(
        "{ONCE}[services.desk]\nqueue-capacity = 0\nservice-time = \"10s\"\n\
         circuit-breaker = {{ max-retries = 1 }}\n\
         retries = {{ max = 1, backoff = \"1s\", jitter = false }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [0, 1, 1, 3] }}\n"
    );
    is(
        &scenario,
        &[
            ("services.desk.retries", 2.0),
            ("services.desk.retries_denied", 1.0),
            ("services.desk.rejected", 5.0),
            ("services.desk.breaker_open", 0.0),
            ("workloads.visitors.rejected", 3.0),
        ],
    );
}

/// The bucket holds three and gets one a second: of four at once the last is refused, half a second
/// later there is half a token.
#[test]
fn a_bucket_takes_a_burst() {
    let scenario = format!(
        "{ONCE}[services.desk]\nconcurrency = 9\nservice-time = \"1s\"\n\
         rate-limit = {{ rate = \"1/s\", burst = 3 }}\n[workloads.visitors]\n\
         target = \"services.desk\"\narrivals = {{ at = [0, 0, 0, 0, \"500ms\", 1] }}\n"
    );
    is(
        &scenario,
        &[
            ("services.desk.completed", 4.0),
            ("services.desk.rejected", 2.0),
            ("services.desk.rate_limited", 2.0),
        ],
    );
}

/// TB-0.5-3: the bucket is the workload of M/D/1 with a bound (de Kok and Tijms 1985).
#[test]
fn a_bucket_refuses_what_theory_says() {
    let scenario = format!(
        "{RUN}[services.desk]\nconcurrency = 1000000\nservice-time = 0\n\
         rate-limit = {{ rate = \"1/s\", burst = 3 }}\n[workloads.visitors]\n\
         target = \"services.desk\"\narrivals = {{ poisson = {{ rate = \"0.5/s\" }} }}\n"
    );
    let expected = 0.027_242_155_562_558_65 * 50_000.0;
    agrees(
        &text(&scenario),
        6.5,
        0.02,
        &[("services.desk.rate_limited", expected)],
    );
}

/// MMDEAD-0.9-2: whoever would wait longer than 2 s is refused (Gavish and Schweitzer 1977).
#[test]
fn a_bounded_wait_refuses_what_theory_says() {
    let scenario = format!(
        "{RUN}[services.desk]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         load-shedding = {{ max-wait = \"2s\" }}\n[workloads.visitors]\n\
         target = \"services.desk\"\narrivals = {{ poisson = {{ rate = \"0.9/s\" }} }}\n"
    );
    let results = text(&scenario);
    let expected = 0.218_763_725_363_651_2 * 50_000.0;
    agrees(&results, 6.5, 0.01, &[("services.desk.shed", expected)]);
    // Nobody who was let in waited longer; the histogram rounds by a thousandth.
    let longest = mean(&results, "services.desk.wait.max");
    assert!((1.99..=2.0).contains(&longest), "{longest}");
}

/// A birth and death process: nobody is refused below three, half of them at three, all at four.
#[test]
fn a_rising_share_refuses_what_theory_says() {
    let scenario = format!(
        "{RUN}[services.desk]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         load-shedding = {{ in-system = {{ from = 2, to = 4 }} }}\n[workloads.visitors]\n\
         target = \"services.desk\"\narrivals = {{ poisson = {{ rate = \"0.8/s\" }} }}\n"
    );
    let load = 0.8;
    let cube = load * load * load;
    let weights = [1.0, load, load * load, cube, cube * load / 2.0];
    let total: f64 = weights.iter().sum();
    agrees(
        &text(&scenario),
        6.5,
        0.02,
        &[
            (
                "services.desk.shed",
                (weights[3] / 2.0 + weights[4]) / total * 50_000.0,
            ),
            ("services.desk.utilization", 1.0 - 1.0 / total),
        ],
    );
}

/// Who leaves the queue takes its work along.
#[test]
fn shed_work_follows_who_leaves_the_queue() {
    let scenario = format!(
        "{ONCE}[services.desk]\nservice-time = \"10s\"\npatience = \"1s\"\n\
         load-shedding = {{ max-wait = \"9s\" }}\n[workloads.visitors]\n\
         target = \"services.desk\"\narrivals = {{ at = [0, \"500ms\", 2, 3, \"9500ms\"] }}\n"
    );
    // At 0.5 s 9.5 s of work are in front: refused. At 2 s 8 s are: it waits until 3 s, and leaves
    // before the next one comes, which finds 7 s.
    is(
        &scenario,
        &[
            ("services.desk.shed", 1.0),
            ("services.desk.reneged", 2.0),
            ("services.desk.completed", 2.0),
        ],
    );
}

/// A metastable failure: a burst of a minute, long over, and clients that try again without limit.
/// Those who reach the desk have little time left, so most of the work is for nothing, and everybody
/// comes again. With a budget the same burst passes.
#[test]
fn a_retry_storm_outlives_its_cause_unless_there_is_a_budget() {
    let scenario = |budget: &str| {
        format!(
            "[run]\nseed = 15\nduration = \"20min\"\nwarmup = \"10min\"\nreplications = 10\n\
             [services.desk]\nservice-time = \"500ms\"\ntimeout = \"2s\"\n\
             retries = {{ max = 20, backoff = \"500ms\", max-backoff = \"500ms\"{budget} }}\n\
             [workloads.visitors]\ntarget = \"services.desk\"\n\
             arrivals = {{ poisson = {{ rate = \"1.4/s\" }} }}\n\
             [workloads.burst]\ntarget = \"services.desk\"\n\
             arrivals = {{ at = [{}] }}\n",
            vec!["\"5min\""; 400].join(", ")
        )
    };
    let goodput = |budget: &str| {
        let results = text(&scenario(budget));
        figure(&results, "services.desk.goodput")
            .per_replication
            .clone()
    };
    let storm = goodput("");
    let calm = goodput(", budget = 0.1");
    let collapsed = |goodput: &[Option<f64>]| {
        let low = goodput.iter().flatten().filter(|rate| **rate < 0.7);
        low.count()
    };
    assert!(8 <= collapsed(&storm), "{storm:?}");
    assert_eq!(collapsed(&calm), 0, "{calm:?}");
}

/// TAIL-100: of a hundred parallel leaves, each slow once in a hundred (Dean and Barroso 2013).
#[test]
fn the_tail_is_what_a_wide_fan_out_sees() {
    let leaves = vec!["{ service = \"leaf\" }"; 100].join(", ");
    let values = [vec!["\"0s\""; 99], vec!["\"1s\""]].concat().join(", ");
    let scenario = format!(
        "[run]\nseed = 16\nrequests = 2000\nreplications = 20\n\
         [services.root]\nconcurrency = 1000000\nservice-time = 0\ncalls = [[{leaves}]]\n\
         [services.leaf]\nconcurrency = 1000000\n\
         service-time = {{ empirical = {{ values = [{values}] }} }}\n\
         [workloads.visitors]\ntarget = \"services.root\"\n\
         arrivals = {{ poisson = {{ rate = \"10/s\" }} }}\n"
    );
    let results = text(&scenario);
    let slow = 0.633_967_658_726_770_5;
    agrees(
        &results,
        6.5,
        0.02,
        &[
            ("workloads.visitors.latency.mean", slow),
            ("services.leaf.latency.mean", 0.01),
        ],
    );
}

const APP: &str = "[apps.report]\n[apps.report.conf]\n\"spark.executor.instances\" = 1\n\
                   [apps.report.stages.only]\ntasks = 2\ntask-time = \"5s\"\n\
                   [workloads.visitors]\ntarget = \"services.desk\"\narrivals = { at = [0] }\n";

fn submitting(service: &str, submits: &str) -> String {
    format!(
        "{ONCE}[services.desk]\nconcurrency = 4\nservice-time = \"1s\"\n{service}\n\
         submits = {{ app = \"report\", wait = true{submits} }}\n{APP}"
    )
}

/// The application runs from 1 to 11 s. The client gives up at 4 s and submits it again at 6 s,
/// which would end at 16 s; it gives up again at 9 s.
#[test]
fn a_retry_submits_again_and_that_is_reported() {
    let client = "timeout = \"4s\"\nretries = { max = 1, backoff = \"1s\", jitter = false }";
    is(
        &submitting(client, ""),
        &[
            ("apps.report.submitted", 2.0),
            ("apps.report.finished", 2.0),
            ("services.desk.duplicates", 1.0),
            ("workloads.visitors.timed_out", 1.0),
        ],
    );
}

/// As above, but both attempts wait for one application, and the second is there at its end.
#[test]
fn an_idempotent_request_has_one_application() {
    let client = "timeout = \"8s\"\nretries = { max = 1, backoff = \"1s\", jitter = false }";
    is(
        &submitting(client, ", idempotent = true"),
        &[
            ("apps.report.submitted", 1.0),
            ("services.desk.duplicates", 0.0),
            ("services.desk.timed_out", 1.0),
            ("workloads.visitors.completed", 1.0),
            ("workloads.visitors.latency.mean", 11.0),
        ],
    );
}

/// Given up at 4 s, the application is called off then: its first task is killed after 3 s, the
/// place is free, and nothing else happens.
#[test]
fn an_application_that_nobody_waits_for_is_called_off() {
    is(
        &submitting("timeout = \"4s\"", ", cancel-on-timeout = true"),
        &[
            ("apps.report.submitted", 1.0),
            ("apps.report.cancelled", 1.0),
            ("apps.report.finished", 0.0),
            ("apps.report.unfinished", 0.0),
            ("apps.report.tasks", 0.0),
            ("apps.report.task_seconds", 3.0),
            ("apps.report.executor_seconds", 3.0),
            ("services.desk.in_flight", 0.0),
            ("services.desk.wasted_seconds", 4.0),
        ],
    );
}

/// With both, the retry begins a new application: the first was called off when nobody waited.
#[test]
fn what_was_called_off_is_submitted_again() {
    let client = "timeout = \"8s\"\nretries = { max = 1, backoff = \"1s\", jitter = false }";
    is(
        &submitting(client, ", idempotent = true, cancel-on-timeout = true"),
        &[
            ("apps.report.submitted", 2.0),
            ("apps.report.cancelled", 2.0),
            ("services.desk.duplicates", 0.0),
            ("workloads.visitors.timed_out", 1.0),
        ],
    );
}
