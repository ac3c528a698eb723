//! Closed choices of which some have parameters: a word, or a table with that word as its only key.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A closed set whose members have names in scenarios, and some of them parameters, all of which
/// may be left out as far as the form goes.
pub(crate) trait Tagged: Sized {
    /// What the schema calls the set.
    const SET: &'static str;
    /// A member with parameters, as it is written.
    const EXAMPLE: &'static str;

    /// The names of all members.
    fn names() -> Vec<&'static str>;
    /// The member of that name, with no parameter given.
    fn named(name: &str) -> Option<Self>;
    /// The same member with the parameters that are given.
    ///
    /// # Errors
    /// If it has none, or other ones.
    fn read<'de, P: Parameters<'de>>(self, parameters: P) -> Result<Self, P::Error>;
    /// The members that have parameters.
    fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)>;
}

/// The parameters of a choice, yet to be read.
pub(crate) trait Parameters<'de>: Sized {
    /// What can be wrong with them.
    type Error: de::Error;
    /// Reads them.
    ///
    /// # Errors
    /// If they are not those of a `T`.
    fn read<T: Deserialize<'de>>(self) -> Result<T, Self::Error>;
    /// The choice has none.
    ///
    /// # Errors
    /// Always.
    fn none<T>(self) -> Result<T, Self::Error>;
}

/// The value beside the only key of a table.
struct Value<'m, A> {
    name: &'m str,
    map: &'m mut A,
}

impl<'de, A: MapAccess<'de>> Parameters<'de> for Value<'_, A> {
    type Error = A::Error;

    fn read<T: Deserialize<'de>>(self) -> Result<T, A::Error> {
        self.map.next_value()
    }
    fn none<T>(self) -> Result<T, A::Error> {
        self.map.next_value::<IgnoredAny>()?;
        let name = self.name;
        Err(de::Error::custom(format!(
            "`{name}` has no parameters: write \"{name}\""
        )))
    }
}

/// A member of such a set, as it is read.
#[derive(Clone, Debug)]
pub(crate) struct Choose<T>(pub T);

struct ChooseVisitor<T>(PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for ChooseVisitor<T> {
    type Value = Choose<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<String> = T::names()
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        write!(
            f,
            "{}, or a table such as {}",
            quoted.join(" or "),
            T::EXAMPLE
        )
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if let Some(choice) = T::named(text) {
            return Ok(Choose(choice));
        }
        let allowed: Vec<String> = T::names().iter().map(|name| format!("`{name}`")).collect();
        Err(E::custom(format!(
            "unknown variant `{text}`, expected one of {}",
            allowed.join(", ")
        )))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let one_key = || de::Error::custom("a choice is a table with exactly one key");
        let name: String = map.next_key()?.ok_or_else(one_key)?;
        let Some(choice) = T::named(&name) else {
            map.next_value::<IgnoredAny>()?;
            return self.visit_str(&name);
        };
        let parameters = Value {
            name: &name,
            map: &mut map,
        };
        let choice = choice.read(parameters)?;
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Choose(choice)),
            Some(_) => Err(one_key()),
        }
    }
}

impl<'de, T: Tagged> Deserialize<'de> for Choose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChooseVisitor(PhantomData))
    }
}

impl<T: Tagged> JsonSchema for Choose<T> {
    fn schema_name() -> Cow<'static, str> {
        T::SET.into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = vec![json_schema!({ "enum": T::names() })];
        for (name, schema) in T::schemas(generator) {
            forms.push(json_schema!({
                "type": "object",
                "properties": { name: schema },
                "required": [name],
                "additionalProperties": false,
            }));
        }
        json_schema!({ "anyOf": forms })
    }
}
