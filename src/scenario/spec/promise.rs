//! `[[checks]]` and `run.precision`.

use super::choice::{Choice, Named};
use crate::model::Worse;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Unit;
use crate::units::{Duration, UnitError};
use macro_rules_attribute::apply;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A promise about a figure: exactly one of `below`, `above` and `margin`.
#[apply(table)]
pub(crate) struct CheckSpec {
    /// The figure, e.g. "services.gateway.latency.p95"; `*` for every name at its place.
    pub(crate) metric: Option<Located<String>>,
    /// It is below this: a number in the figure's unit, or text with a unit.
    pub(crate) below: Option<Located<Amount>>,
    /// It is above this.
    pub(crate) above: Option<Located<Amount>>,
    /// It is not worse than the baseline by more than this share of it; 0.02 is two per cent.
    pub(crate) margin: Option<Located<f64>>,
    /// Which way is worse, where that does not follow from the figure.
    pub(crate) worse: Option<Located<Choice<Worse>>>,
}

/// When replications stop: exactly one of `relative` and `absolute`.
#[apply(table)]
pub(crate) struct PrecisionSpec {
    /// The figure to know, e.g. "services.gateway.latency.mean".
    pub(crate) metric: Option<Located<String>>,
    /// Half the width of its interval as a share of it; 0.02 is two per cent.
    pub(crate) relative: Option<Located<f64>>,
    /// Half the width of its interval: a number in the figure's unit, or text with a unit.
    pub(crate) absolute: Option<Located<Amount>>,
    /// Confidence of that interval; 0.95 where it is left out.
    pub(crate) confidence: Option<Located<f64>>,
    /// Replications at most; 500 where it is left out.
    pub(crate) max_replications: Option<Located<u32>>,
}

impl Named for Worse {
    const SET: &'static str = "Worse";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

/// An amount of whatever a figure is measured in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Amount {
    /// In the figure's own unit.
    Number(f64),
    /// With a unit.
    Text(String),
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or text with a unit such as \"250ms\"")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        Ok(Amount::Text(text.to_owned()))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Amount, E> {
        Ok(Amount::Number(number as f64))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Amount, E> {
        Ok(Amount::Number(number as f64))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Amount, E> {
        Ok(Amount::Number(number))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"] })
    }
}

/// A warm-up: how long, or that it is to be found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum WarmupSpec {
    /// So long.
    Given(Duration),
    /// What MSER-5 finds.
    Auto,
}

impl FromStr for WarmupSpec {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        if text == "auto" {
            Ok(Self::Auto)
        } else {
            text.parse().map(Self::Given)
        }
    }
}

impl Unit for WarmupSpec {
    const NAME: &'static str = "Warmup";
    const EXPECTED: &'static str = "a duration such as \"10m\", or \"auto\"";

    fn from_number(number: f64) -> Result<Self, UnitError> {
        Duration::from_number(number).map(Self::Given)
    }
}
