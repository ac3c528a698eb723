//! How many arrive at once: a whole number, or a law in a table with one key.

use super::distribution::law_in;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize as DeriveDeserialize;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A number of things.
#[derive(Clone, Debug)]
pub(crate) enum BatchSizeSpec {
    /// Always this.
    Constant(u32),
    /// A law.
    Law(SizeLaw),
}

/// A law with its parameters.
#[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", expecting = "a law of sizes")]
pub(crate) enum SizeLaw {
    /// Each number between two, as likely as any other.
    Uniform(UniformSize),
    /// 1, 2, 3, … with probabilities that fall by the same factor.
    Geometric(GeometricSize),
    /// One of the given numbers, each as likely as the others.
    Empirical(EmpiricalSize),
}

/// Numbers between two.
#[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct UniformSize {
    /// The smallest.
    pub(crate) min: u32,
    /// The largest.
    pub(crate) max: u32,
}

/// Numbers from 1.
#[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct GeometricSize {
    /// The mean, at least 1.
    pub(crate) mean: f64,
}

/// Given numbers.
#[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct EmpiricalSize {
    /// The numbers.
    pub(crate) values: Vec<u32>,
}

struct SizeVisitor;

impl<'de> Visitor<'de> for SizeVisitor {
    type Value = BatchSizeSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or a law such as { geometric = { mean = 3 } }")
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        match u32::try_from(number) {
            Ok(size) => Ok(BatchSizeSpec::Constant(size)),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        law_in(map).map(BatchSizeSpec::Law)
    }
}

impl<'de> Deserialize<'de> for BatchSizeSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

impl JsonSchema for BatchSizeSpec {
    fn schema_name() -> Cow<'static, str> {
        "BatchSize".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 1 },
            generator.subschema_for::<SizeLaw>(),
        ]})
    }
}
