//! `apps.NAME.overheads` and `apps.NAME.executors`.

use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Duration, Rate};
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize as DeriveDeserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What tasks cost besides their own time.
#[derive(Clone, Debug)]
pub(crate) enum OverheadsSpec {
    /// What was measured on real clusters.
    Measured,
    /// One by one.
    Given(Box<OverheadTimes>),
}

/// What tasks cost besides their own time; what is left out costs nothing.
#[apply(table)]
pub(crate) struct OverheadTimes {
    /// From the end of a stage's parents, or the submission of its job, to its first task.
    pub(crate) stage_submit: Option<Quantity<Duration>>,
    /// How many tasks the driver sends on their way in a second at most; any number where it is
    /// left out.
    pub(crate) dispatch_rate: Option<Located<Quantity<Rate>>>,
    /// From the launch of a task to the beginning of its work: the message, deserialization.
    pub(crate) task_launch: Option<Quantity<Duration>>,
    /// From the end of a task's work to the free slot: serialization and transfer of the result.
    pub(crate) result: Option<Quantity<Duration>>,
    /// What the first task of an executor brings: classes are loaded, connections made. Tasks that
    /// come meanwhile wait.
    pub(crate) first_task_on_executor: Option<Quantity<Duration>>,
    /// What the first task of a stage on an executor takes instead of `task-launch`: the stage's
    /// binary is fetched. Tasks of the stage that come meanwhile wait.
    pub(crate) first_task_of_stage_on_executor: Option<Quantity<Duration>>,
    /// How much longer that takes for every other executor of the node that does it at the same
    /// instant.
    pub(crate) first_task_of_stage_beside: Option<Quantity<Duration>>,
    /// From when the driver gives an executor up, because dynamic allocation does not need it, to when
    /// it is gone; it takes no tasks then, and holds its container unless the cluster is a standalone
    /// one.
    pub(crate) executor_removal: Option<Quantity<Duration>>,
}

/// Executors that come and go at given times.
#[apply(table)]
pub(crate) struct ExecutorSpanSpec {
    /// When they are asked for, since the driver runs.
    pub(crate) at: Option<Quantity<Duration>>,
    /// When they are to go, since the driver runs: they finish what they are at. They stay where it
    /// is left out.
    pub(crate) until: Option<Quantity<Duration>>,
    /// How many; one where it is left out.
    pub(crate) count: Option<Located<u32>>,
    /// Their cores, as far as tasks go; those of `spark.executor.cores` where it is left out.
    pub(crate) cores: Option<Located<u32>>,
}

struct OverheadsVisitor;

impl<'de> Visitor<'de> for OverheadsVisitor {
    type Value = OverheadsSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"measured\", or a table such as { task-launch = \"10ms\" }")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "measured" => Ok(OverheadsSpec::Measured),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let times = OverheadTimes::deserialize(MapAccessDeserializer::new(map))?;
        Ok(OverheadsSpec::Given(Box::new(times)))
    }
}

impl<'de> Deserialize<'de> for OverheadsSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OverheadsVisitor)
    }
}

impl JsonSchema for OverheadsSpec {
    fn schema_name() -> Cow<'static, str> {
        "Overheads".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "const": "measured" },
            generator.subschema_for::<OverheadTimes>(),
        ]})
    }
}
