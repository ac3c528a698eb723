//! Whatever is asked of services adds up.
//!
//! Every run ends with the audit: arrivals are outcomes and those in flight, the time that attempts
//! were present is the area under their number (Little's law, to the nanosecond), places are held by
//! those who hold them, nobody waits beside a free place, and what breakers and connection pools
//! count is there. A run that breaks one of these fails. Here the audit sees services that nobody
//! would write down.

use crate::simulate::{mean, run, scenarios};
use proptest::prelude::*;
use sparksim::scenario;

const DISCIPLINES: [&str; 9] = [
    "fifo",
    "lifo",
    "lifo-preemptive",
    "random",
    "priority",
    "priority-preemptive",
    "processor-sharing",
    "shortest-job",
    "shortest-remaining",
];
const BALANCERS: [&str; 4] = [
    "random",
    "round-robin",
    "join-shortest-queue",
    "power-of-two",
];
const LAWS: [&str; 4] = [
    "\"100ms\"",
    "0",
    "{ exponential = { mean = \"200ms\" } }",
    "{ pareto = { shape = 1.5, min = \"50ms\" } }",
];
const PROTOCOLS: [&str; 5] = [
    "\"none\"",
    "\"rest\"",
    "\"grpc\"",
    "{ rest = { connections = 1, round-trip = \"20ms\" } }",
    "{ grpc = { streams = 2, round-trip = \"30ms\", handshakes = 0 } }",
];

/// What one service is like: a line each, or nothing.
fn service() -> impl Strategy<Value = String> {
    let shape = (
        prop::sample::select(&DISCIPLINES[..]),
        prop::sample::select(&BALANCERS[..]),
        prop::sample::select(&LAWS[..]),
        prop::sample::select(&PROTOCOLS[..]),
        1_u32..4,
        1_u32..4,
        any::<bool>(),
    );
    let extras = prop::collection::vec(any::<bool>(), EXTRAS.len());
    (shape, extras).prop_map(
        |((discipline, balancer, law, protocol, replicas, places, central), extras)| {
            let sharing = discipline == "processor-sharing";
            let mut text = format!(
                "discipline = \"{discipline}\"\nreplicas = {replicas}\nconcurrency = {places}\n\
             service-time = {law}\nprotocol = {protocol}\n"
            );
            if central && !sharing {
                text += "queue = \"central\"\n";
            } else {
                text += &["balancer = \"", balancer, "\"\n"].concat();
            }
            for ((key, alone), wanted) in EXTRAS.iter().zip(extras) {
                let fits = match *alone {
                    Alone::Always => true,
                    Alone::NotShared => !sharing,
                    Alone::Fifo => discipline == "fifo",
                };
                if wanted && fits {
                    text += key;
                    text += "\n";
                }
            }
            text
        },
    )
}

/// With what an extra does not go together.
#[derive(Clone, Copy)]
enum Alone {
    Always,
    NotShared,
    Fifo,
}

const EXTRAS: [(&str, Alone); 10] = [
    ("queue-capacity = 2", Alone::Always),
    ("timeout = \"300ms\"", Alone::Always),
    (
        "retries = { max = 2, budget = 0.5 }\nattempt-work = \"per-request\"",
        Alone::Always,
    ),
    (
        "hedge-after = \"150ms\"\nhedge-cancel = true",
        Alone::Always,
    ),
    ("circuit-breaker = { max-requests = 3 }", Alone::Always),
    ("rate-limit = { rate = \"8/s\", burst = 3 }", Alone::Always),
    (
        "patience = { exponential = { mean = \"200ms\" } }",
        Alone::NotShared,
    ),
    (
        "setup = { time = \"100ms\", keep-alive = \"50ms\" }",
        Alone::NotShared,
    ),
    (
        "breakdowns = { every = { exponential = { mean = \"2s\" } }, repair = \"200ms\" }",
        Alone::Always,
    ),
    ("load-shedding = { max-wait = \"250ms\" }", Alone::Fifo),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_arrives_has_one_outcome_or_is_there(
        front in service().prop_filter("it calls", |text| !text.contains("sharing")),
        a in service(),
        b in service(),
        seed in any::<u32>(),
        load in 1_u32..20,
    ) {
        let scenario = format!(
            "[run]\nseed = {seed}\nduration = \"20s\"\nreplications = 1\n\
             [classes.gold]\npriority = 1\n\
             [services.front]\n{front}\n\
             calls = [{{ service = \"a\" }}, [{{ service = \"a\", probability = 0.5 }}, \
             {{ service = \"b\", optional = true }}]]\n\
             [services.a]\n{a}\n[services.b]\n{b}\n\
             [workloads.x]\ntarget = \"services.front\"\nclass = \"gold\"\n\
             arrivals = {{ poisson = {{ rate = \"{load}/s\" }} }}\n\
             [workloads.y]\ntarget = \"services.a\"\n\
             arrivals = {{ poisson = {{ rate = \"3/s\" }} }}\n"
        );
        let loaded = scenario::load_text("test", &scenario, &scenarios(), &[]);
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
        let results = run(&loaded, 1);
        for service in ["front", "a", "b"] {
            let of = |quantity: &str| mean(&results, &format!("services.{service}.{quantity}"));
            let outcomes: f64 = ["completed", "rejected", "reneged", "timed_out", "failed", "cancelled"]
                .iter()
                .map(|outcome| of(outcome))
                .sum();
            let open = of("arrivals") - outcomes;
            prop_assert!(0.0 <= open && open <= of("in_flight"), "{service}: {open} are open");
        }
    }
}
