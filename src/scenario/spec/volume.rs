//! `volumes` of services and applications.

use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bytes, Duration};
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Volumes: a list of tables, or one table.
#[derive(Clone, Debug)]
pub(crate) struct VolumesSpec(pub(crate) Vec<Located<VolumeSpec>>);

/// A volume of each container.
#[apply(table)]
pub(crate) struct VolumeSpec {
    /// How large it is.
    pub(crate) size: Option<Located<Quantity<Bytes>>>,
    /// How long it takes to attach it to a node; no time where it is left out.
    pub(crate) attach_time: Option<Located<Quantity<Duration>>>,
    /// Whether it stays in the zone in which its replica was placed first; false where it is left
    /// out.
    pub(crate) zone_bound: Option<Located<bool>>,
    /// Price of a GB (10^9 bytes) for a month of 730 hours; free where it is left out.
    pub(crate) price: Option<Located<f64>>,
}

struct VolumesVisitor;

impl<'de> Visitor<'de> for VolumesVisitor {
    type Value = VolumesSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table with `size`, `attach-time` and `zone-bound`, or a list of such tables")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<VolumesSpec, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(VolumesSpec)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<VolumesSpec, A::Error> {
        let value = VolumeSpec::deserialize(MapAccessDeserializer::new(map))?;
        let span = value
            .size
            .as_ref()
            .map(|size| size.span)
            .unwrap_or_default();
        Ok(VolumesSpec(vec![Located { value, span }]))
    }
}

impl<'de> Deserialize<'de> for VolumesSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VolumesVisitor)
    }
}

impl JsonSchema for VolumesSpec {
    fn schema_name() -> Cow<'static, str> {
        "Volumes".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            generator.subschema_for::<Vec<VolumeSpec>>(),
            generator.subschema_for::<VolumeSpec>(),
        ]})
    }
}
