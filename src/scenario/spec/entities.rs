//! Tables of named things, which keep the place of each name.

use crate::scenario::located::{Located, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Named things in the order of their names.
#[derive(Clone, Debug)]
pub(crate) struct Entities<T>(pub Vec<Entity<T>>);

/// A named thing.
#[derive(Clone, Debug)]
pub(crate) struct Entity<T> {
    /// Its name and where that is written.
    pub(crate) name: Located<String>,
    /// Where the whole of it is written: its table's header, or its value.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) spec: T,
}

impl<T> Entities<T> {
    /// The things in the order of their names.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Entity<T>> {
        self.0.iter()
    }

    /// The things in the order of the file.
    pub(crate) fn in_file_order(&self) -> Vec<&Entity<T>> {
        let mut ordered: Vec<_> = self.0.iter().collect();
        ordered.sort_by_key(|entity| entity.name.span);
        ordered
    }

    /// Their names.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|item| item.name.as_str()).collect()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Entities<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct EntitiesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntitiesVisitor<T> {
    type Value = Entities<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of named things")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entities = Vec::new();
        while let Some(name) = map.next_key::<Located<String>>()? {
            let Located { value: spec, span } = map.next_value::<Located<T>>()?;
            entities.push(Entity { name, span, spec });
        }
        Ok(Entities(entities))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entities<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntitiesVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Entities<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Named{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": generator.subschema_for::<T>(),
            "propertyNames": { "pattern": "^[A-Za-z0-9_-]+$" },
        })
    }
}
