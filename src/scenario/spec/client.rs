//! What those who send requests do: calls between services, retries.

use super::choice::Named;
use crate::model::AttemptWork;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Further attempts after one that was rejected, failed or timed out.
#[apply(table)]
pub(crate) struct RetriesSpec {
    /// Attempts after the first, at most.
    pub(crate) max: Option<Located<u32>>,
    /// Wait before the first retry, doubled for each further one; "25ms" where it is left out.
    pub(crate) backoff: Option<Located<Quantity<Duration>>>,
    /// No wait is longer; ten times the backoff where it is left out.
    pub(crate) max_backoff: Option<Located<Quantity<Duration>>>,
    /// Whether the wait is drawn uniformly between zero and that; true where it is left out.
    pub(crate) jitter: Option<Located<bool>>,
    /// Retries per request that are allowed in the long run; no such limit where it is left out.
    pub(crate) budget: Option<Located<f64>>,
    /// Retries that can be saved up; 10 where it is left out.
    pub(crate) burst: Option<Located<f64>>,
}

impl Named for AttemptWork {
    const SET: &'static str = "AttemptWork";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

/// A request that a request makes.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table such as { service = \"auth\" }"
)]
pub(crate) struct CallSpec {
    /// The service.
    pub(crate) service: Option<Located<String>>,
    /// Its endpoint; may be left out where it has one.
    pub(crate) endpoint: Option<Located<String>>,
    /// How often the call is made; 1 where it is left out.
    pub(crate) probability: Option<Located<f64>>,
    /// Whether the calling request succeeds also where this fails; false where it is left out.
    pub(crate) optional: Option<Located<bool>>,
}

/// One call, or several at once.
#[derive(Clone, Debug)]
pub(crate) struct CallsSpec(pub(crate) Vec<Located<CallSpec>>);

struct CallsVisitor;

impl<'de> Visitor<'de> for CallsVisitor {
    type Value = CallsSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a call such as { service = \"auth\" }, or an array of calls made at once")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CallsSpec, A::Error> {
        let call = CallSpec::deserialize(MapAccessDeserializer::new(map))?;
        // The place of a call that stands alone is that of its group.
        Ok(CallsSpec(vec![Located::new(call, 0..0)]))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut calls: A) -> Result<CallsSpec, A::Error> {
        let mut group = Vec::new();
        while let Some(call) = calls.next_element()? {
            group.push(call);
        }
        Ok(CallsSpec(group))
    }
}

impl<'de> Deserialize<'de> for CallsSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CallsVisitor)
    }
}

impl JsonSchema for CallsSpec {
    fn schema_name() -> Cow<'static, str> {
        "Calls".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let call = generator.subschema_for::<CallSpec>();
        json_schema!({ "anyOf": [call, { "type": "array", "items": call, "minItems": 1 }] })
    }
}
