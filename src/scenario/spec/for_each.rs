//! `[for-each]`: only its schema. It is taken out before the rest is read (`for_each/`).

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// What tables whose name holds `${NAME.name}` are made for each of.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct ForEachSpec(IgnoredAny);

impl JsonSchema for ForEachSpec {
    fn schema_name() -> Cow<'static, str> {
        "ForEach".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "table": {
                    "type": "string",
                    "description": "A CSV file with a column `name`: `${NAME.COLUMN}` is a value of it.",
                },
                "count": {
                    "type": "integer", "minimum": 1,
                    "description": "So many, with `name` (01, 02, …) and `number` (1, 2, …).",
                },
            },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
        })
    }
}
