//! What stages read and write.

use super::choice::Named;
use super::distribution::{Law, law_in};
use crate::model::AdaptiveKind;
use crate::scenario::located::Located;
use crate::scenario::units_spec::{Quantity, Unit, from_number, from_text};
use crate::units::Bytes;
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize as DeriveDeserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What each task reads.
pub(crate) type InputSpec = SizeOr<InputTable>;

/// What each task writes for good.
pub(crate) type OutputSpec = SizeOr<OutputTable>;

/// A size alone, or a table that says more.
#[derive(Clone, Debug)]
pub(crate) enum SizeOr<T> {
    /// The size alone.
    Size(Quantity<Bytes>),
    /// More.
    Table(T),
}

/// What each task reads, and from where: either `size`, or `files` and `file-size`.
#[apply(table)]
pub(crate) struct InputTable {
    /// How much a task of mean size reads.
    pub(crate) size: Option<Located<Quantity<Bytes>>>,
    /// The storage that it is read from; the disk of the task's node where it is left out.
    pub(crate) storage: Option<Located<String>>,
    /// Files that are split into tasks as Spark SQL does, instead of `tasks`.
    pub(crate) files: Option<Located<u32>>,
    /// The size of each of them.
    pub(crate) file_size: Option<Located<Quantity<Bytes>>>,
    /// Whether a file can be split; true where it is left out, false for e.g. gzip.
    pub(crate) splittable: Option<Located<bool>>,
}

/// What each task writes for good, and to where.
#[apply(table)]
pub(crate) struct OutputTable {
    /// How much a task of mean size writes.
    pub(crate) size: Option<Located<Quantity<Bytes>>>,
    /// The storage that it is written to; the disk of the task's node where it is left out.
    pub(crate) storage: Option<Located<String>>,
}

/// How partitions differ: one number for each, or a law.
#[derive(Clone, Debug)]
pub(crate) enum SkewSpec {
    /// By partition.
    Given(Vec<f64>),
    /// Drawn.
    Law(Law),
}

impl Named for AdaptiveKind {
    const SET: &'static str = "Adaptive";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

struct SizeOrVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SizeOrVisitor<T> {
    type Value = SizeOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or a table", Bytes::EXPECTED)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        from_text(text).map(|size| SizeOr::Size(Quantity(size)))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        from_number(number as f64).map(|size| SizeOr::Size(Quantity(size)))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        from_number(number).map(|size| SizeOr::Size(Quantity(size)))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(SizeOr::Table)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for SizeOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeOrVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for SizeOr<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrSize", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            generator.subschema_for::<Quantity<Bytes>>(),
            generator.subschema_for::<T>(),
        ]})
    }
}

struct SkewVisitor;

impl<'de> Visitor<'de> for SkewVisitor {
    type Value = SkewSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a list with one number for each task, or a distribution such as \
             { lognormal = { mean = 1, cv = 1.5 } }",
        )
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(SkewSpec::Given)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        law_in(map).map(SkewSpec::Law)
    }
}

impl<'de> Deserialize<'de> for SkewSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SkewVisitor)
    }
}

impl JsonSchema for SkewSpec {
    fn schema_name() -> Cow<'static, str> {
        "Skew".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "array", "items": { "type": "number", "minimum": 0 } },
            generator.subschema_for::<Law>(),
        ]})
    }
}
