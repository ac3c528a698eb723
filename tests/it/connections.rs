//! Messages that take time: connections, head-of-line blocking, proxies. Timelines by hand.

use crate::simulate::{mean, text};

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

/// A round trip of 10 ms, 1 ms a message and a microsecond a byte; two round trips until a connection
/// can be used.
fn desk(protocol: &str, figures: &str, service: &str, times: &str) -> String {
    format!(
        "{ONCE}[services.desk]\nconcurrency = 2\nservice-time = \"100ms\"\n\
         request-size = \"1kB\"\nresponse-size = \"2kB\"\n\
         protocol = {{ {protocol} = {{ round-trip = \"10ms\", per-message = \"1ms\", \
         serialization = \"1MB/s\"{figures} }} }}\n{service}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [{times}] }}\n"
    )
}

/// 20 ms of set-up, 7 ms out, 100 ms there, 8 ms back. On the one connection of HTTP/1.1 the second
/// request sets out when the first is back: 135 ms, and 115 ms more.
#[test]
fn a_serial_connection_blocks_the_head_of_the_line() {
    is(
        &desk("rest", ", connections = 1", "", "0, 0"),
        &[
            (
                "workloads.visitors.latency.mean",
                f64::midpoint(0.135, 0.25),
            ),
            ("services.desk.latency.mean", 0.1),
            ("services.desk.wait.max", 0.0),
            ("services.desk.connections_opened", 1.0),
            (
                "services.desk.connection_wait.mean",
                f64::midpoint(0.02, 0.135),
            ),
            ("services.desk.connection_queue", 0.155 / 0.25),
        ],
    );
    is(
        &desk("rest", "", "", "0, 0"),
        &[
            ("workloads.visitors.latency.mean", 0.135),
            ("services.desk.connections_opened", 2.0),
        ],
    );
}

/// The same two requests share one connection of HTTP/2; with one stream they would not.
#[test]
fn streams_do_not_block_each_other() {
    is(
        &desk("grpc", "", "", "0, 0"),
        &[
            ("workloads.visitors.latency.mean", 0.135),
            ("services.desk.connections_opened", 1.0),
        ],
    );
    is(
        &desk("grpc", ", streams = 1", "", "0, 0"),
        &[(
            "workloads.visitors.latency.mean",
            f64::midpoint(0.135, 0.25),
        )],
    );
}

/// A connection that has been idle for longer than 5 s is set up again; a warm one is used as it is.
#[test]
fn a_warm_connection_needs_no_set_up() {
    is(
        &desk("rest", ", idle-timeout = \"5s\"", "", "0, 1, 10"),
        &[
            (
                "workloads.visitors.latency.mean",
                (0.135 + 0.115 + 0.135) / 3.0,
            ),
            ("services.desk.connections_opened", 2.0),
        ],
    );
}

/// The first request is given up at 60 ms, while it is served; on HTTP/1.1 its connection goes with
/// it. The second has waited for it since 30 ms, gets a new one at 80 ms, is at the desk at 87 ms and
/// back at 195 ms. On HTTP/2 it goes out at 30 ms.
#[test]
fn a_timeout_covers_the_way_and_closes_a_serial_connection() {
    let service = "timeout = \"60ms\"";
    let first = desk("rest", ", connections = 1", service, "0");
    is(
        &first,
        &[
            ("workloads.visitors.timed_out", 1.0),
            ("services.desk.timed_out", 1.0),
            ("services.desk.in_flight", 1.0),
        ],
    );
    let both = |protocol: &str| {
        let scenario = desk(protocol, ", connections = 1", "timeout = \"60ms\"", "0");
        scenario
            + "[workloads.patient]\ntarget = \"services.front\"\narrivals = { at = [\"30ms\"] }\n\
               [services.front]\nservice-time = 0\ncalls = [{ service = \"desk\" }]\n"
    };
    // Another client has connections of its own: it does not wait for the first one's.
    is(
        &both("rest"),
        &[
            ("services.desk.connections_opened", 2.0),
            ("services.desk.connection_wait.mean", 0.02),
        ],
    );
    let twice = |protocol: &str| desk(protocol, ", connections = 1", service, "0, \"30ms\"");
    is(
        &twice("rest"),
        &[
            ("services.desk.connections_opened", 2.0),
            ("services.desk.timed_out", 2.0),
            (
                "services.desk.connection_wait.mean",
                f64::midpoint(0.02, 0.05),
            ),
        ],
    );
    is(
        &twice("grpc"),
        &[
            ("services.desk.connections_opened", 1.0),
            ("services.desk.connection_wait.mean", 0.01),
        ],
    );
}

/// One uses the connection, one may wait for it, the third is refused by the breaker at once.
#[test]
fn a_breaker_bounds_the_wait_for_connections() {
    let service = "circuit-breaker = { max-pending = 1 }";
    is(
        &desk("rest", ", connections = 1", service, "0, 1, 1, 1"),
        &[
            ("services.desk.breaker_open", 1.0),
            ("workloads.visitors.rejected", 1.0),
            ("workloads.visitors.completed", 3.0),
        ],
    );
}

/// A refusal is a short message: 20 ms of set-up, 7 ms out, 6 ms back.
#[test]
fn a_refusal_travels_too() {
    let service = "queue-capacity = 0\nretries = { max = 1, backoff = \"7ms\", jitter = false }";
    let scenario = desk("rest", "", service, "0, 0, 0");
    // The third is refused at 27 ms, knows it at 33 ms, tries again at 40 ms on a connection that is
    // still warm, is at the desk at 47 ms, refused again.
    is(
        &scenario,
        &[
            ("workloads.visitors.rejected", 1.0),
            ("services.desk.rejected", 2.0),
            ("services.desk.connections_opened", 3.0),
        ],
    );
}

/// Two proxies, half a millisecond each; and what they reserve is not there for others.
#[test]
fn a_mesh_adds_a_proxy_at_both_ends() {
    let scenario = |mesh: &str| {
        format!(
            "{ONCE}[services.desk]\nservice-time = \"100ms\"\nrequests = {{ cpu = \"1\" }}\n{mesh}\n\
             [nodes.n]\ncpu = \"4\"\nmemory = \"1Gi\"\n\
             [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {{ at = [1] }}\n"
        )
    };
    is(
        &scenario("mesh = { sidecar-cpu = \"200m\", overhead = \"0.5ms\" }"),
        &[
            ("workloads.visitors.latency.mean", 0.101),
            ("services.desk.latency.mean", 0.1),
            ("cluster.cpu_allocated", 0.3),
        ],
    );
    is(
        &scenario(""),
        &[
            ("workloads.visitors.latency.mean", 0.1),
            ("cluster.cpu_allocated", 0.25),
        ],
    );
}

/// A quick endpoint beside a slow one, two connections each way: on HTTP/1.1 quick requests queue
/// behind slow ones although the service has places enough, on HTTP/2 they do not.
#[test]
fn slow_requests_hold_up_quick_ones_on_serial_connections_only() {
    let latency = |protocol: &str| {
        let scenario = format!(
            "[run]\nseed = 17\nrequests = 10000\nwarmup-requests = 1000\nreplications = 5\n\
             [services.desk]\nconcurrency = 1000\nprotocol = {protocol}\n[services.desk.endpoints]\n\
             quick = {{ service-time = \"1ms\" }}\n\
             slow = {{ service-time = {{ exponential = {{ mean = \"1s\" }} }} }}\n\
             [services.front]\nconcurrency = 1000000\n[services.front.endpoints]\n\
             quick = {{ service-time = 0, calls = [{{ service = \"desk\", endpoint = \"quick\" }}] }}\n\
             slow = {{ service-time = 0, calls = [{{ service = \"desk\", endpoint = \"slow\" }}] }}\n\
             [workloads.quick]\ntarget = \"services.front.quick\"\n\
             arrivals = {{ poisson = {{ rate = \"20/s\" }} }}\n\
             [workloads.slow]\ntarget = \"services.front.slow\"\n\
             arrivals = {{ poisson = {{ rate = \"1/s\" }} }}\n"
        );
        mean(&text(&scenario), "workloads.quick.latency.mean")
    };
    let rest = latency("{ rest = { connections = 2 } }");
    let grpc = latency("\"grpc\"");
    // 0.5 ms for the way and 1 ms at the desk, or a slow request or two more.
    assert!((0.0015..0.0016).contains(&grpc), "{grpc}");
    assert!(0.1 < rest, "{rest}");
}
