//! `[budgets]` and `[allocation]`.

use super::choice::Choice;
use crate::model::{AllocationKind, OnExceed, Reclaiming, UnitPrices};
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bytes, Cpu, Duration};
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What a tenant may hold of the nodes, or several tenants together.
#[apply(table)]
pub(crate) struct BudgetSpec {
    /// What its containers may hold together; no limit where it is left out.
    pub(crate) quota: Option<Located<QuotaSpec>>,
    /// What becomes of a container that would be too much: it waits ("queue", where it is left
    /// out), or it is refused ("reject": its application fails, or its driver asks for the executor
    /// again in its next round; replicas wait).
    pub(crate) on_exceed: Option<Located<Choice<OnExceed>>>,
    /// What becomes of containers that are more than its share, when others claim theirs: they run
    /// to their end ("none", where it is left out), or the youngest are taken away ("preempt").
    pub(crate) reclaim: Option<Located<Choice<Reclaiming>>>,
    /// The budget that it is part of. Such a budget holds what its parts hold, and nothing else.
    pub(crate) parent: Option<Located<String>>,
    /// How fast its share grows compared with others, where the allocation looks at it; 1 where it
    /// is left out.
    pub(crate) weight: Option<Located<f64>>,
    /// Higher goes first, where the allocation looks at it; 0 where it is left out.
    pub(crate) priority: Option<Located<i32>>,
    /// What it gets whoever else claims something, as far as it claims it; nothing where it is left
    /// out.
    pub(crate) guaranteed: Option<Located<QuotaSpec>>,
    /// Price of what it is given, where the allocation looks at it: of a core-hour, or a table with
    /// `cpu` (a core-hour), `memory` and `ephemeral-storage` (a GiB-hour) and `gpus` (an hour of one);
    /// 0 where it is left out.
    pub(crate) cost: Option<Located<PricesSpec>>,
    /// Price of what it claims and is not given, like `cost`; 1 for a core-hour where it is left out.
    pub(crate) shortfall_penalty: Option<Located<PricesSpec>>,
}

/// What may be held, is promised, or is shared.
#[apply(table)]
pub(crate) struct QuotaSpec {
    /// Processor.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
    /// Ephemeral storage.
    pub(crate) ephemeral_storage: Option<Located<Quantity<Bytes>>>,
    /// Graphics processors.
    pub(crate) gpus: Option<Located<u32>>,
}

/// How the nodes are shared among budgets.
#[apply(table)]
pub(crate) struct AllocationSpec {
    /// The rule.
    pub(crate) policy: Option<Located<Choice<AllocationKind>>>,
    /// Time between shares that are worked out anew in any case; never where it is left out.
    pub(crate) period: Option<Located<Quantity<Duration>>>,
    /// Whether shares are worked out whenever a budget claims something else; true where it is left
    /// out. With false a claim waits for the next period.
    pub(crate) on_change: Option<Located<bool>>,
    /// What is shared; what nodes have for containers where it is left out.
    pub(crate) capacity: Option<Located<QuotaSpec>>,
}

/// Prices of what a budget is given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PricesSpec(pub(crate) UnitPrices);

/// All prices.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
struct PricesTable {
    /// Of a core-hour; 0 where it is left out.
    cpu: f64,
    /// Of a GiB-hour; 0 where it is left out.
    memory: f64,
    /// Of a GiB-hour of ephemeral storage; 0 where it is left out.
    ephemeral_storage: f64,
    /// Of an hour of a graphics processor; 0 where it is left out.
    gpus: f64,
}

struct PricesVisitor;

impl<'de> Visitor<'de> for PricesVisitor {
    type Value = PricesSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the price of a core-hour, or a table such as { cpu = 0.03, memory = 0.004 }")
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<PricesSpec, E> {
        self.visit_f64(number as f64)
    }
    fn visit_f64<E: de::Error>(self, cpu: f64) -> Result<PricesSpec, E> {
        Ok(PricesSpec(UnitPrices {
            cpu,
            ..UnitPrices::default()
        }))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PricesSpec, A::Error> {
        let table = PricesTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(PricesSpec(UnitPrices {
            cpu: table.cpu,
            memory: table.memory,
            disk: table.ephemeral_storage,
            gpus: table.gpus,
        }))
    }
}

impl<'de> Deserialize<'de> for PricesSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PricesVisitor)
    }
}

impl JsonSchema for PricesSpec {
    fn schema_name() -> Cow<'static, str> {
        "Prices".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "number", "minimum": 0 },
            generator.subschema_for::<PricesTable>(),
        ]})
    }
}
