//! `initial = "stationary"`: runs that need no warm-up, and services of which no law is known.

use crate::simulate::{agrees, estimate, scenarios, text};
use sparksim::scenario;

/// Five seconds from the start, often: far too short for an empty queue to fill.
fn short(service: &str, rate: &str) -> String {
    format!(
        "[run]\nseed = 9\nduration = \"5s\"\nreplications = 600\ninitial = \"stationary\"\n\
         [services.desk]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n{service}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate}\" }} }}\n"
    )
}

/// At 80 % an M/M/1 has 4 in system; begun empty it has hardly 2 after five seconds. Those who are
/// there from the start are no arrivals.
#[test]
fn a_short_run_has_the_levels_of_the_long_run() {
    for discipline in ["fifo", "lifo-preemptive", "processor-sharing"] {
        let results = text(&short(&format!("discipline = \"{discipline}\""), "0.8/s"));
        let expected = [
            ("services.desk.in_system", 4.0),
            ("services.desk.utilization", 0.8),
            ("services.desk.arrivals", 4.0),
            ("services.desk.throughput", 0.8),
        ];
        // Throughput leaves out those who were there: it has to catch up.
        agrees(&results, 6.5, 0.25, &expected[..3]);
        assert!(estimate(&results, expected[3].0).mean < 0.8);
    }
}

/// M/M/2/5 with λ/μ = 1.6: shares 1, 1.6, 1.28, 1.024, 0.8192, 0.65536 of 6.37856.
#[test]
fn places_may_be_limited_and_the_queue_central() {
    for service in [
        "concurrency = 2\nqueue-capacity = 3",
        "replicas = 2\nqueue = \"central\"\nqueue-capacity = 3",
    ] {
        let results = text(&short(service, "1.6/s"));
        let expected = [
            ("services.desk.in_system", 13.785_6 / 6.378_56),
            ("services.desk.rejected", 8.0 * 0.655_36 / 6.378_56),
        ];
        agrees(&results, 6.5, 0.35, &expected);
    }
}

/// Servers for all: a Poisson number.
#[test]
fn with_servers_for_all_the_number_is_poisson() {
    let results = text(&short("concurrency = 1000", "50/s"));
    agrees(&results, 6.5, 0.02, &[("services.desk.in_system", 50.0)]);
}

#[test]
fn where_no_law_is_known_the_reason_is_given() {
    let with = |change: &str, service: &str| {
        let overrides = [change.to_owned()];
        let overrides = if change.is_empty() {
            &overrides[..0]
        } else {
            &overrides[..]
        };
        let loaded = scenario::load_text("test", &short(service, "0.8/s"), &scenarios(), overrides);
        loaded.map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    };
    assert_eq!(with("", ""), "fine");
    let listed = "workloads.visitors.arrivals={ at = [\"1s\"] }";
    let full = "workloads.visitors.arrivals.poisson.rate=1/s";
    for (change, service, reason) in [
        (
            "services.desk.service-time=\"1s\"",
            "",
            "its service times are not exponential",
        ),
        (
            listed,
            "",
            "the arrivals of `workloads.visitors` are not Poisson",
        ),
        (
            full,
            "",
            "at an offered load of 1.000 × capacity it has none",
        ),
        (
            "",
            "replicas = 2",
            "each of its replicas has a queue of its own",
        ),
        ("", "patience = \"1s\"", "its requests give up waiting"),
        (
            "",
            "timeout = \"1s\"",
            "its clients send more than one attempt",
        ),
        (
            "",
            "discipline = \"shortest-job\"",
            "its discipline looks at classes or service times",
        ),
        (
            "",
            "start-time = \"1s\"",
            "its replicas are not ready at time zero",
        ),
    ] {
        let message = with(change, service);
        assert!(message.contains(reason), "{message}");
        assert!(
            message.contains("no stationary law is known for `services.desk`"),
            "{message}"
        );
    }
    let text = short("", "0.8/s").replace("initial", "horizon = \"terminating\"\ninitial");
    let error = scenario::load_text("test", &text, &scenarios(), &[]).unwrap_err();
    let message = error.to_string();
    for part in [
        "a terminating run begins empty",
        "^^^",
        "leave out `initial` or `horizon`",
    ] {
        assert!(message.contains(part), "{message}");
    }
}
