//! `[layers]`, `[images]`, `[registry]`, and what nodes keep of them.

use super::choice::Choice;
use super::entities::Entities;
use crate::model::PullPolicy;
use crate::scenario::located::Located;
use crate::scenario::units_spec::{Quantity, Unit, from_text};
use crate::units::{Bandwidth, Bytes, Duration};
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Where layers are pulled from.
#[apply(table)]
pub(crate) struct RegistrySpec {
    /// Egress that all pulls share; never a limit where it is left out.
    pub(crate) bandwidth: Option<Located<Quantity<Bandwidth>>>,
    /// From asking for an image to the first byte of its layers; no time where it is left out.
    pub(crate) latency: Option<Located<Quantity<Duration>>>,
    /// By zone: the egress of a mirror that the zone's nodes pull from instead.
    pub(crate) mirrors: Entities<Quantity<Bandwidth>>,
}

/// When images leave a node's cache.
#[apply(table)]
pub(crate) struct ImageGcSpec {
    /// Share of the cache above which the least recently used images go; 0.85 where it is left out.
    pub(crate) high: Option<Located<f64>>,
    /// Share that is left then; 0.8 where it is left out.
    pub(crate) low: Option<Located<f64>>,
}

/// An image: the names of its layers, or a table with them.
#[derive(Clone, Debug)]
pub(crate) struct ImageSpec {
    /// Its layers, base first.
    pub(crate) layers: Option<Vec<Located<String>>>,
    /// When the registry is asked for it; "if-not-present" where it is left out.
    pub(crate) pull: Option<Located<Choice<PullPolicy>>>,
    /// Whether every node pulls it as soon as it is there.
    pub(crate) pre_pull: Option<Located<bool>>,
}

/// An image with its habits.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
struct ImageTable {
    /// The names of its layers, base first.
    layers: Option<Vec<Located<String>>>,
    /// When the registry is asked for it; "if-not-present" where it is left out.
    pull: Option<Located<Choice<PullPolicy>>>,
    /// Whether every node pulls it as soon as it is there; false where it is left out.
    pre_pull: Option<Located<bool>>,
}

struct ImageVisitor;

impl<'de> Visitor<'de> for ImageVisitor {
    type Value = ImageSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of layers, or a table with `layers`, `pull` and `pre-pull`")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<ImageSpec, A::Error> {
        Ok(ImageSpec {
            layers: Some(Vec::deserialize(SeqAccessDeserializer::new(list))?),
            pull: None,
            pre_pull: None,
        })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ImageSpec, A::Error> {
        let table = ImageTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(ImageSpec {
            layers: table.layers,
            pull: table.pull,
            pre_pull: table.pre_pull,
        })
    }
}

impl<'de> Deserialize<'de> for ImageSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ImageVisitor)
    }
}

impl JsonSchema for ImageSpec {
    fn schema_name() -> Cow<'static, str> {
        "Image".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            generator.subschema_for::<Vec<String>>(),
            generator.subschema_for::<ImageTable>(),
        ]})
    }
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
