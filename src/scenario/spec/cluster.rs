//! `[cluster]`, `[nodes]`, `[layers]`, `[registry]`.

use super::choice::Choice;
use crate::model::{ManagerKind, NetworkKind, PendingKind, PlacementKind};
use crate::scenario::located::Located;
use crate::scenario::units_spec::{Quantity, Unit, from_text};
use crate::units::{Bandwidth, Bytes, Cpu};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Whose habits the cluster has.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct ClusterSpec {
    /// How executors are requested and how much they reserve; "kubernetes" where it is left out.
    pub(crate) manager: Option<Located<Choice<ManagerKind>>>,
    /// Which node a container goes to; default: "kube-default".
    pub(crate) placement: Option<Located<Choice<PlacementKind>>>,
    /// How transfers share links; "max-min" where it is left out.
    pub(crate) network: Option<Located<Choice<NetworkKind>>>,
    /// Whether containers that fit nowhere hold up those behind them: "best-effort-fifo" (they do
    /// not, where it is left out) or "strict-fifo".
    pub(crate) queue: Option<Located<Choice<PendingKind>>>,
}

/// A pool of equal nodes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct NodesSpec {
    /// Number of nodes; 1 where it is left out.
    pub(crate) count: Option<Located<u32>>,
    /// Processor of one node.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory of one node.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
    /// Ephemeral storage of one node; never a limit where it is left out.
    pub(crate) ephemeral_storage: Option<Located<Quantity<Bytes>>>,
    /// Graphics processors of one node; none where it is left out.
    pub(crate) gpus: Option<Located<u32>>,
    /// Containers that one node may have; never a limit where it is left out.
    pub(crate) max_containers: Option<Located<u32>>,
    /// The zones that the nodes are in, in turns; not known where it is left out.
    pub(crate) zones: Vec<Located<String>>,
    /// What the nodes are labelled with, for `node-selector`.
    pub(crate) labels: BTreeMap<String, Located<String>>,
    /// What keeps containers out that do not tolerate it: "KEY:EFFECT" or "KEY=VALUE:EFFECT" with
    /// the effects `NoSchedule`, `PreferNoSchedule` and `NoExecute`.
    pub(crate) taints: Vec<Located<String>>,
    /// What each node's daemons hold, besides `reserved`; nothing where it is left out.
    pub(crate) daemons: Option<Located<ResourcesSpec>>,
    /// What kubelet and system keep of it; nothing where it is left out.
    pub(crate) reserved: Option<Located<ResourcesSpec>>,
    /// Divides compute times; 1 where it is left out.
    pub(crate) speed: Option<Located<f64>>,
    /// Price of a node, per hour; free where it is left out.
    pub(crate) price: Option<Located<f64>>,
    /// The node's link in each direction; never a limit where it is left out.
    pub(crate) network: Option<Located<Quantity<Bandwidth>>>,
    /// Speed of one stream that unpacks a layer, in unpacked bytes; no time where it is left out.
    pub(crate) unpack: Option<Located<Quantity<Bandwidth>>>,
}

/// Processor, memory, storage, graphics processors.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct ResourcesSpec {
    /// Processor; none where it is left out.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory; none where it is left out.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
    /// Ephemeral storage; none where it is left out.
    pub(crate) ephemeral_storage: Option<Located<Quantity<Bytes>>>,
    /// Graphics processors; none where it is left out.
    pub(crate) gpus: Option<Located<u32>>,
}

/// Where layers are pulled from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct RegistrySpec {
    /// Egress that all pulls share; never a limit where it is left out.
    pub(crate) bandwidth: Option<Located<Quantity<Bandwidth>>>,
}

/// A layer: its compressed size, or that and its unpacked size.
#[derive(Clone, Debug)]
pub(crate) struct LayerSpec {
    /// What is pulled.
    pub(crate) size: Option<Quantity<Bytes>>,
    /// What it is on disk; 2.2 times the size where it is left out.
    pub(crate) unpacked: Option<Quantity<Bytes>>,
}

/// A layer with both sizes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
struct LayerTable {
    /// What is pulled.
    size: Option<Quantity<Bytes>>,
    /// What it is on disk; 2.2 times the size where it is left out.
    unpacked: Option<Quantity<Bytes>>,
}

struct LayerVisitor;

impl<'de> Visitor<'de> for LayerVisitor {
    type Value = LayerSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, or a table with `size` and `unpacked`",
            Bytes::EXPECTED
        )
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<LayerSpec, E> {
        Ok(LayerSpec {
            size: Some(Quantity(from_text(text)?)),
            unpacked: None,
        })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LayerSpec, A::Error> {
        let table = LayerTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(LayerSpec {
            size: table.size,
            unpacked: table.unpacked,
        })
    }
}

impl<'de> Deserialize<'de> for LayerSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LayerVisitor)
    }
}

impl JsonSchema for LayerSpec {
    fn schema_name() -> Cow<'static, str> {
        "Layer".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            generator.subschema_for::<Quantity<Bytes>>(),
            generator.subschema_for::<LayerTable>(),
        ]})
    }
}
