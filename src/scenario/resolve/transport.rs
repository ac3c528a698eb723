//! How messages travel to a service, and what keeps too many of them out.

use super::Context;
use crate::model::{Breaker, DisciplineKind, Mesh, Protocol, RateLimit, Shedding};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{
    Entity, FiguresSpec, MeshSpec, ProtocolSpec, ServiceSpec, SheddingSpec,
};
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes, Cpu, Duration};

/// What the presets have in common: a round trip within a datacentre (J. Dean, "Designs, Lessons
/// and Advice from Building Large Distributed Systems", LADIS 2009), and one round trip each for
/// TCP (RFC 9293) and TLS 1.3 (RFC 8446).
const PRESET: Protocol = Protocol {
    round_trip: Duration::from_nanos(500_000),
    handshakes: 2,
    per_message: Duration::ZERO,
    serialization: Bandwidth(1),
    connections: 1,
    streams: 1,
    idle_timeout: Duration::from_secs(3600),
};

/// JSON over HTTP/1.1. `encoding/json` writes and reads a record of 151 bytes in 4.77 µs
/// (<https://github.com/alecthomas/go_serialization_benchmarks>, July 2025); Envoy's clusters have 1,024
/// connections and close idle ones after an hour; HTTP/1.1 does not multiplex (RFC 9112).
const REST: Protocol = Protocol {
    serialization: Bandwidth(32_000_000),
    connections: 1024,
    ..PRESET
};

/// Protocol buffers over HTTP/2. `protobuf-go` writes and reads the same record, 51 bytes, in
/// 0.64 µs (same source); a channel has one connection, on which most servers allow 100 streams (the
/// least that RFC 9113 recommends); gRPC's channels idle out after half an hour.
const GRPC: Protocol = Protocol {
    serialization: Bandwidth(79_000_000),
    streams: 100,
    idle_timeout: Duration::from_secs(1800),
    ..PRESET
};

/// What Istio's proxies request where nothing else is said.
const SIDECAR_CPU: Cpu = Cpu(100);
/// Envoy's thresholds where nothing else is said.
const ENVOY: Breaker = Breaker {
    max_requests: 1024,
    max_pending: 1024,
    max_retries: 3,
};

/// The connections of a service's clients.
pub(crate) fn protocol(
    entity: &Entity<ServiceSpec>,
    context: &mut Context<'_>,
) -> Option<Protocol> {
    let spec = entity.spec.protocol.as_ref();
    let (preset, figures) = match spec.map(|spec| &spec.value) {
        None | Some(ProtocolSpec::None) => {
            sizes_without_protocol(entity, context);
            return None;
        }
        Some(ProtocolSpec::Rest(figures)) => (REST, figures),
        Some(ProtocolSpec::Grpc(figures)) => (GRPC, figures),
    };
    if let (true, Some(streams)) = (preset.is_serial(), &figures.streams) {
        context.problem(
            Diagnostic::at(streams.span, "a connection of HTTP/1.1 carries one request at a time")
                .label("there are no streams")
                .help("`protocol = { grpc = { streams = 100 } }` multiplexes; `connections` allows more connections"),
        );
        return Some(preset);
    }
    Some(with_figures(preset, figures, context))
}

fn with_figures(preset: Protocol, figures: &FiguresSpec, context: &mut Context<'_>) -> Protocol {
    let time = |given: &Option<Located<Quantity<Duration>>>, preset: Duration| {
        given.as_ref().map_or(preset, |it| it.value.0)
    };
    let mut count = |given: &Option<Located<u32>>, what: &str, preset: u32| match given {
        Some(given) => context.count(Some(given), what),
        None => preset,
    };
    Protocol {
        round_trip: time(&figures.round_trip, preset.round_trip),
        handshakes: figures
            .handshakes
            .as_ref()
            .map_or(preset.handshakes, |it| it.value),
        per_message: time(&figures.per_message, preset.per_message),
        serialization: figures
            .serialization
            .as_ref()
            .map_or(preset.serialization, |it| it.value.0),
        connections: count(&figures.connections, "`connections`", preset.connections),
        streams: count(&figures.streams, "`streams`", preset.streams),
        idle_timeout: time(&figures.idle_timeout, preset.idle_timeout),
    }
}

/// Sizes are read by protocols only.
fn sizes_without_protocol(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) {
    let service = &entity.spec;
    let own = (&service.request_size, &service.response_size);
    let endpoints = service.endpoints.iter().map(|endpoint| &endpoint.spec);
    let endpoints = endpoints.map(|it| (&it.request_size, &it.response_size));
    for (request, response) in endpoints.chain([own]) {
        for (key, size) in [("request-size", request), ("response-size", response)] {
            if let Some(size) = size {
                says_nothing(
                    key,
                    size.span,
                    "messages of any size take no time",
                    "give the service a `protocol`, or leave this out",
                    context,
                );
            }
        }
    }
}

fn says_nothing(key: &str, span: Span, why: &str, help: &str, context: &mut Context<'_>) {
    context.problem(
        Diagnostic::at(span, format!("`{key}` says nothing here"))
            .label(why)
            .help(help),
    );
}

/// The size of a message.
pub(crate) fn size(size: Option<&Located<Quantity<Bytes>>>) -> Bytes {
    size.map_or(Bytes(0), |size| size.value.0)
}

/// The proxies of a service, and what the one beside a replica reserves.
pub(crate) fn mesh(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) -> Option<(Mesh, Cpu)> {
    let spec: &Located<MeshSpec> = entity.spec.mesh.as_ref()?;
    let path = ["services", entity.name.as_str(), "mesh"];
    let overhead = spec.overhead.as_ref();
    let overhead = context.required(overhead, (&path, "overhead"), spec.span, "\"0.5ms\"")?;
    let cpu = spec
        .sidecar_cpu
        .as_ref()
        .map_or(SIDECAR_CPU, |it| it.value.0);
    let overhead = overhead.value.0;
    Some((Mesh { overhead }, cpu))
}

/// What clients may have out at once.
pub(crate) fn breaker(entity: &Entity<ServiceSpec>, context: &mut Context<'_>) -> Option<Breaker> {
    let service = &entity.spec;
    let spec = service.circuit_breaker.as_ref()?;
    let connects = service.protocol.as_ref();
    let connects = connects.is_some_and(|it| !matches!(it.value, ProtocolSpec::None));
    if let (Some(pending), false) = (&spec.max_pending, connects) {
        says_nothing(
            "max-pending",
            pending.span,
            "nobody waits for a connection",
            "give the service a `protocol`, or leave this out",
            context,
        );
    }
    if let (Some(retries), None) = (&spec.max_retries, &service.retries) {
        says_nothing(
            "max-retries",
            retries.span,
            "nobody tries again",
            "give the service `retries`, or leave this out",
            context,
        );
    }
    let value = |given: &Option<Located<u32>>, preset| given.as_ref().map_or(preset, |it| it.value);
    let max_requests = match &spec.max_requests {
        Some(given) => context.count(Some(given), "`max-requests`"),
        None => ENVOY.max_requests,
    };
    Some(Breaker {
        max_requests,
        max_pending: value(&spec.max_pending, ENVOY.max_pending),
        max_retries: value(&spec.max_retries, ENVOY.max_retries),
    })
}

/// The token bucket of a service.
pub(crate) fn rate_limit(
    entity: &Entity<ServiceSpec>,
    context: &mut Context<'_>,
) -> Option<RateLimit> {
    let spec = entity.spec.rate_limit.as_ref()?;
    let path = ["services", entity.name.as_str(), "rate-limit"];
    let rate = context.required(spec.rate.as_ref(), (&path, "rate"), spec.span, "\"100/s\"");
    let burst = context.required(spec.burst.as_ref(), (&path, "burst"), spec.span, "20");
    let burst = burst.map(|burst| context.count(Some(burst), "`burst`"));
    let rate = rate?;
    if rate.value.0.0 <= 0.0 {
        context.problem(
            Diagnostic::at(rate.span, "the rate of a limit must be above 0")
                .label("no token would ever flow in"),
        );
        return None;
    }
    Some(RateLimit {
        rate: rate.value.0,
        burst: burst?,
    })
}

/// Which attempts a service refuses although it has room.
pub(crate) fn shedding(
    entity: &Entity<ServiceSpec>,
    context: &mut Context<'_>,
) -> Option<Shedding> {
    let spec = entity.spec.load_shedding.as_ref()?;
    match &spec.value {
        SheddingSpec::MaxWait(longest) => {
            let discipline = entity.spec.discipline.as_ref();
            let discipline = discipline.filter(|it| it.value.0 != DisciplineKind::Fifo);
            if let Some(discipline) = discipline {
                context.problem(
                    Diagnostic::at(
                        discipline.span,
                        "`load-shedding.max-wait` is not modelled with this discipline",
                    )
                    .label("how long somebody will wait depends on who comes later")
                    .help("use `discipline = \"fifo\"`, or `load-shedding.in-system`"),
                );
            }
            Some(Shedding::MaxWait(longest.value.0))
        }
        SheddingSpec::InSystem(share) => {
            let path = [
                "services",
                entity.name.as_str(),
                "load-shedding",
                "in-system",
            ];
            let from = context.required(share.from.as_ref(), (&path, "from"), spec.span, "8");
            let to = context.required(share.to.as_ref(), (&path, "to"), spec.span, "16");
            let (from, to) = (from?, to?);
            if to.value <= from.value {
                context.problem(
                    Diagnostic::at(to.span, "`to` must be more than `from`")
                        .label(format!("`from` is {}", from.value)),
                );
                return None;
            }
            Some(Shedding::InSystem {
                from: from.value,
                to: to.value,
            })
        }
    }
}
