//! `[sweep]` and `[variants]`: only their schema. `vary/` reads them, because what stands in them is
//! put into other tables.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// What a sweep tries.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct SweepSpec(IgnoredAny);

/// Several changes under one name.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct VariantSpec(IgnoredAny);

impl JsonSchema for SweepSpec {
    fn schema_name() -> Cow<'static, str> {
        "Sweep".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kind = json_schema!({
            "type": "object",
            "properties": {
                "points": {
                    "type": "integer", "minimum": 1, "description": "How many points.",
                },
                "seed": {
                    "type": "integer", "minimum": 0, "description": "Another seed draws other points.",
                },
            },
            "required": ["points"],
            "additionalProperties": false,
        });
        json_schema!({
            "type": "object",
            "properties": {
                "variant": {
                    "type": "array", "items": { "type": "string" }, "minItems": 1,
                    "description": "Names of variants.",
                },
                "points": {
                    "type": "array", "items": { "type": "object" }, "minItems": 1,
                    "description": "Points one by one: paths with their values.",
                },
                "sample": {
                    "type": "object",
                    "properties": {
                        "random": kind,
                        "latin-hypercube": kind,
                    },
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": false,
                    "description": "Draw points instead of trying all combinations.",
                },
            },
            "additionalProperties": { "type": ["array", "object"], "minItems": 1 },
            "description": "Paths with what is tried for each: a list of values, or for a sample \
                            `{ from, to }`. All combinations are points.",
        })
    }
}

impl JsonSchema for VariantSpec {
    fn schema_name() -> Cow<'static, str> {
        "Variant".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "description": "Paths with their values." })
    }
}
