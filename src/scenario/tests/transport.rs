//! Protocols and protection: what they become, and what says nothing.

use super::{load, problems};
use crate::model::{Breaker, Shedding};
use crate::units::{Bytes, Duration};

fn desk(keys: &str) -> String {
    format!(
        "[run]\nrequests = 10\n[services.desk]\nservice-time = 1\n{keys}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"1/s\" }} }}\n"
    )
}

#[test]
fn presets_have_figures_that_a_table_changes_one_by_one() {
    let client = |keys: &str| {
        let model = load(&desk(keys)).model;
        model.services.iter().next().unwrap().client
    };
    assert!(client("protocol = \"none\"").is_plain());
    let rest = client("protocol = \"rest\"").protocol.unwrap();
    assert_eq!(
        (rest.connections, rest.streams, rest.handshakes),
        (1024, 1, 2)
    );
    let grpc = client("protocol = \"grpc\"").protocol.unwrap();
    assert_eq!((grpc.connections, grpc.streams), (1, 100));
    let changed = client("protocol.rest = { connections = 6, round-trip = \"2ms\" }");
    let changed = changed.protocol.unwrap();
    assert_eq!(changed.connections, 6);
    assert_eq!(changed.round_trip, Duration::from_millis(2));
    assert_eq!(changed.serialization, rest.serialization);
    let breaker = client("circuit-breaker = { max-requests = 5 }").breaker;
    let expected = Breaker {
        max_requests: 5,
        max_pending: 1024,
        max_retries: 3,
    };
    assert_eq!(breaker, Some(expected));
}

#[test]
fn sizes_limits_and_sidecars_reach_the_model() {
    let keys = "protocol = \"rest\"\nrequest-size = \"2kB\"\nrequests = { cpu = \"1\" }\n\
                mesh = { overhead = \"1ms\" }\nrate-limit = { rate = \"5/s\", burst = 2 }\n\
                load-shedding = { in-system = { from = 3, to = 9 } }";
    let model = load(&desk(keys)).model;
    let service = model.services.iter().next().unwrap();
    let endpoint = model.endpoints.iter().next().unwrap();
    assert_eq!(endpoint.request_size, Bytes(2000));
    assert_eq!(endpoint.response_size, Bytes(0));
    assert_eq!(service.requests.cpu.0, 1100);
    assert_eq!(service.rate_limit.unwrap().burst, 2);
    let shedding = Shedding::InSystem { from: 3, to: 9 };
    assert_eq!(service.shedding, Some(shedding));
}

#[test]
fn what_says_nothing_is_refused() {
    let keys = "request-size = \"1kB\"\ncircuit-breaker = { max-pending = 3, max-retries = 1 }\n\
                submits = { app = \"pi\", idempotent = true, cancel-on-timeout = true }\n\
                [apps.pi]\nstages.s = { tasks = 1, task-time = 1 }";
    let told = problems(&desk(keys));
    for expected in [
        "`request-size` says nothing here",
        "`max-pending` says nothing here",
        "`max-retries` says nothing here",
        "`services.desk.submits.idempotent` says nothing",
        "`services.desk.submits.cancel-on-timeout` says nothing",
        "it needs `wait = true` and a `timeout` or `hedge-after` of the service",
    ] {
        assert!(told.contains(expected), "{expected} is not in:\n{told}");
    }
}

#[test]
fn wrong_figures_are_shown_at_their_place() {
    let keys = "protocol = { rest = { streams = 8 } }\nrate-limit = { rate = \"0/s\" }\n\
                discipline = \"lifo\"\nload-shedding = { max-wait = 1 }\nmesh = {}";
    let told = problems(&desk(keys));
    for expected in [
        "a connection of HTTP/1.1 carries one request at a time",
        "`services.desk.rate-limit` lacks `burst`",
        "the rate of a limit must be above 0",
        "`load-shedding.max-wait` is not modelled with this discipline",
        "`services.desk.mesh` lacks `overhead`",
    ] {
        assert!(told.contains(expected), "{expected} is not in:\n{told}");
    }
    let told = problems(&desk(
        "protocol = \"soap\"\nload-shedding = { in-system = { from = 4, to = 4 } }",
    ));
    assert!(
        told.contains("`none`, `rest`, `grpc`") || told.contains("`rest`"),
        "{told}"
    );
    assert!(told.contains("`to` must be more than `from`"), "{told}");
    let told = problems(&desk("protocol = { rest = { conections = 4 } }"));
    assert!(told.contains("did you mean `connections`?"), "{told}");
}
