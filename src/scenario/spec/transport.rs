//! How messages travel to a service, and what keeps too many of them out.

use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Cpu, Duration, Rate};
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// How clients talk to a service: a preset, or a preset with other figures.
#[derive(Clone, Debug)]
pub(crate) enum ProtocolSpec {
    /// Messages take no time.
    None,
    /// JSON over HTTP/1.1.
    Rest(FiguresSpec),
    /// Protocol buffers over HTTP/2.
    Grpc(FiguresSpec),
}

/// The table form.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table with one key, such as { rest = { connections = 6 } }"
)]
enum ProtocolTable {
    /// JSON over HTTP/1.1.
    Rest(FiguresSpec),
    /// Protocol buffers over HTTP/2.
    Grpc(FiguresSpec),
}

/// The figures of a protocol; what is left out is that of the preset.
#[apply(table)]
pub(crate) struct FiguresSpec {
    /// From a client to the service and back.
    pub(crate) round_trip: Option<Located<Quantity<Duration>>>,
    /// Round trips until a new connection can be used.
    pub(crate) handshakes: Option<Located<u32>>,
    /// What a message costs whatever its size.
    pub(crate) per_message: Option<Located<Quantity<Duration>>>,
    /// Bytes of a message that are written and read again per second.
    pub(crate) serialization: Option<Located<Quantity<Bandwidth>>>,
    /// Connections that a client opens at most.
    pub(crate) connections: Option<Located<u32>>,
    /// Requests that are out at once on one connection; HTTP/1.1 has one.
    pub(crate) streams: Option<Located<u32>>,
    /// An unused connection is closed after this time.
    pub(crate) idle_timeout: Option<Located<Quantity<Duration>>>,
}

struct ProtocolVisitor;

impl<'de> Visitor<'de> for ProtocolVisitor {
    type Value = ProtocolSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "\"none\", \"rest\" or \"grpc\", or a table such as { rest = { connections = 6 } }",
        )
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<ProtocolSpec, E> {
        match text {
            "none" => Ok(ProtocolSpec::None),
            "rest" => Ok(ProtocolSpec::Rest(FiguresSpec::default())),
            "grpc" => Ok(ProtocolSpec::Grpc(FiguresSpec::default())),
            other => Err(E::custom(format!(
                "unknown variant `{other}`, expected one of `none`, `rest`, `grpc`"
            ))),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ProtocolSpec, A::Error> {
        let table = ProtocolTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(match table {
            ProtocolTable::Rest(figures) => ProtocolSpec::Rest(figures),
            ProtocolTable::Grpc(figures) => ProtocolSpec::Grpc(figures),
        })
    }
}

impl<'de> Deserialize<'de> for ProtocolSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ProtocolVisitor)
    }
}

impl JsonSchema for ProtocolSpec {
    fn schema_name() -> Cow<'static, str> {
        "Protocol".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "enum": ["none", "rest", "grpc"] },
            generator.subschema_for::<ProtocolTable>(),
        ]})
    }
}

/// Proxies beside clients and replicas.
#[apply(table)]
pub(crate) struct MeshSpec {
    /// Processor that the proxy beside a replica reserves; "100m" where it is left out.
    pub(crate) sidecar_cpu: Option<Located<Quantity<Cpu>>>,
    /// What one proxy adds to a request and its answer together.
    pub(crate) overhead: Option<Located<Quantity<Duration>>>,
}

/// What clients may have out at once.
#[apply(table)]
pub(crate) struct BreakerSpec {
    /// Attempts that have been sent and have no outcome; 1024 where it is left out.
    pub(crate) max_requests: Option<Located<u32>>,
    /// Attempts that wait for a connection; 1024 where it is left out.
    pub(crate) max_pending: Option<Located<u32>>,
    /// Retries that are waited for or out; 3 where it is left out.
    pub(crate) max_retries: Option<Located<u32>>,
}

/// A token bucket.
#[apply(table)]
pub(crate) struct RateLimitSpec {
    /// Attempts per time in the long run.
    pub(crate) rate: Option<Located<Quantity<Rate>>>,
    /// Attempts that are taken at once after a quiet time.
    pub(crate) burst: Option<Located<u32>>,
}

/// Which attempts a service refuses although it has room.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table with one key, such as { max-wait = \"2s\" }"
)]
pub(crate) enum SheddingSpec {
    /// Those that would wait longer than this for a place.
    MaxWait(Located<Quantity<Duration>>),
    /// A share of them that rises with the number of requests at the replica.
    InSystem(InSystemSpec),
}

/// A share that rises with the number of requests.
#[apply(table)]
pub(crate) struct InSystemSpec {
    /// Requests at the replica above which some are refused.
    pub(crate) from: Option<Located<u32>>,
    /// Requests from which on all are refused.
    pub(crate) to: Option<Located<u32>>,
}
