//! Spark properties: `"spark.executor.cores" = 4` and `spark.executor.cores = 4` are the same.

use crate::scenario::located::Located;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Properties, flattened to Spark's full names.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfSpec(pub Vec<ConfEntry>);

/// One property.
#[derive(Clone, Debug)]
pub(crate) struct ConfEntry {
    /// Its full name, and where the last part of it stands.
    pub(crate) name: Located<String>,
    /// Its value.
    pub(crate) value: Located<ConfValue>,
}

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ConfValue {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// True or false.
    Boolean(bool),
}

impl fmt::Display for ConfValue {
    /// As Spark reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text.trim()),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Boolean(value) => write!(f, "{value}"),
        }
    }
}

enum Node {
    Value(ConfValue),
    Table(Vec<(Located<String>, Located<Node>)>),
}

impl ConfSpec {
    fn add(&mut self, prefix: &str, nodes: Vec<(Located<String>, Located<Node>)>) {
        for (key, node) in nodes {
            let name = if prefix.is_empty() {
                key.value
            } else {
                format!("{prefix}.{}", key.value)
            };
            let Located { value, span } = node;
            match value {
                Node::Table(nodes) => self.add(&name, nodes),
                Node::Value(value) => self.0.push(ConfEntry {
                    name: Located::new(name, key.span),
                    value: Located::new(value, span),
                }),
            }
        }
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true or false")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Value(ConfValue::Text(text.to_owned())))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Value(ConfValue::Integer(number)))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Value(ConfValue::Float(number)))
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Value(ConfValue::Boolean(value)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(key) = map.next_key()? {
            nodes.push((key, map.next_value()?));
        }
        Ok(Node::Table(nodes))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

impl<'de> Deserialize<'de> for ConfSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(NodeVisitor)? {
            Node::Table(nodes) => {
                let mut conf = Self::default();
                conf.add("", nodes);
                Ok(conf)
            }
            Node::Value(_) => Err(de::Error::custom("expected a table of Spark properties")),
        }
    }
}

impl JsonSchema for ConfSpec {
    fn schema_name() -> Cow<'static, str> {
        "Conf".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": { "anyOf": [
                { "type": ["string", "number", "boolean"] },
                generator.subschema_for::<Self>(),
            ]},
        })
    }
}
