//! Quantities as they stand in a scenario: text with a unit, or a number where that is clear.

use crate::units::{Bandwidth, Bytes, Cpu, Duration, Rate, UnitError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A quantity that a scenario can hold.
pub(crate) trait Unit: FromStr<Err = UnitError> {
    /// What the schema calls it.
    const NAME: &'static str;
    /// What a person has to write.
    const EXPECTED: &'static str;

    /// The quantity that a number without unit means.
    ///
    /// # Errors
    /// If it means nothing, with the reason.
    fn from_number(number: f64) -> Result<Self, UnitError> {
        number.to_string().parse()
    }
}

/// A quantity read from a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quantity<U>(pub U);

/// Seconds as a float: a parameter of a distribution, exact where it is written as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seconds(pub f64);

impl Unit for Duration {
    const NAME: &'static str = "Duration";
    const EXPECTED: &'static str = "a duration such as \"250ms\" or \"1h30m\", or seconds";

    fn from_number(number: f64) -> Result<Self, UnitError> {
        seconds(number).map(Self::from_seconds)
    }
}

impl FromStr for Seconds {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        text.parse()
            .map(|duration: Duration| Self(duration.seconds()))
    }
}

impl Unit for Seconds {
    const NAME: &'static str = "Duration";
    const EXPECTED: &'static str = Duration::EXPECTED;

    fn from_number(number: f64) -> Result<Self, UnitError> {
        seconds(number).map(Self)
    }
}

fn seconds(number: f64) -> Result<f64, UnitError> {
    if number.is_finite() && 0.0 <= number {
        Ok(number)
    } else {
        Err(UnitError {
            message: format!("a duration is finite and not negative, this is {number}"),
        })
    }
}

impl Unit for Bytes {
    const NAME: &'static str = "Bytes";
    const EXPECTED: &'static str = "an amount of data such as \"4Gi\", \"64MiB\" or \"1.2GB\"";
}

impl Unit for Cpu {
    const NAME: &'static str = "Cpu";
    const EXPECTED: &'static str = "an amount of processor such as \"500m\" or \"2\"";
}

impl Unit for Bandwidth {
    const NAME: &'static str = "Bandwidth";
    const EXPECTED: &'static str = "a bandwidth such as \"10Gbps\" or \"500MB/s\"";
}

impl Unit for Rate {
    const NAME: &'static str = "Rate";
    const EXPECTED: &'static str = "a rate such as \"120/s\" or \"6/min\"";
}

/// Reads a quantity from what a visitor was given.
pub(crate) fn from_text<U: Unit, E: de::Error>(text: &str) -> Result<U, E> {
    text.parse().map_err(E::custom)
}

/// Reads a quantity from a bare number.
pub(crate) fn from_number<U: Unit, E: de::Error>(number: f64) -> Result<U, E> {
    U::from_number(number).map_err(E::custom)
}

struct QuantityVisitor<U>(PhantomData<U>);

impl<U: Unit> Visitor<'_> for QuantityVisitor<U> {
    type Value = U;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(U::EXPECTED)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<U, E> {
        from_text(text)
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<U, E> {
        from_number(number as f64)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<U, E> {
        from_number(number as f64)
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<U, E> {
        from_number(number)
    }
}

impl<'de, U: Unit> Deserialize<'de> for Quantity<U> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = QuantityVisitor(PhantomData);
        deserializer.deserialize_any(visitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor(PhantomData))
    }
}

fn schema_of<U: Unit>() -> Schema {
    json_schema!({ "type": ["string", "number"], "description": U::EXPECTED })
}

impl<U: Unit> JsonSchema for Quantity<U> {
    fn schema_name() -> Cow<'static, str> {
        U::NAME.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of::<U>()
    }
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        Self::NAME.into()
    }
    fn schema_id() -> Cow<'static, str> {
        Quantity::<Duration>::schema_id()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of::<Self>()
    }
}
