//! Closed choices without parameters: one word of a list.

use crate::model::{
    AllocationKind, AutoscalerKind, CpuModelKind, ExpanderKind, ManagerKind, NetworkKind, OnExceed,
    PendingKind, PlacementKind, PullPolicy, Reclaiming, WrittenKind,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A closed set whose members have names in scenarios.
pub(crate) trait Named: Copy + 'static {
    /// What the schema calls the set.
    const SET: &'static str;
    /// Every member with its name.
    const NAMES: &'static [(&'static str, Self)];
}

/// One word out of a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice<T>(pub T);

impl Named for PlacementKind {
    const SET: &'static str = "Placement";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for AllocationKind {
    const SET: &'static str = "AllocationPolicy";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for OnExceed {
    const SET: &'static str = "OnExceed";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for Reclaiming {
    const SET: &'static str = "Reclaiming";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for WrittenKind {
    const SET: &'static str = "Written";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for ManagerKind {
    const SET: &'static str = "Manager";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for CpuModelKind {
    const SET: &'static str = "CpuModel";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for PendingKind {
    const SET: &'static str = "Pending";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for NetworkKind {
    const SET: &'static str = "Network";
    const NAMES: &'static [(&'static str, Self)] =
        &[("max-min", Self::MaxMin), ("unlimited", Self::Unlimited)];
}

impl Named for AutoscalerKind {
    const SET: &'static str = "Autoscaler";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for ExpanderKind {
    const SET: &'static str = "Expander";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for PullPolicy {
    const SET: &'static str = "Pull";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("if-not-present", Self::IfNotPresent),
        ("always", Self::Always),
    ];
}

fn names<T: Named>() -> impl Iterator<Item = &'static str> {
    T::NAMES.iter().map(|(name, _)| *name)
}

struct ChoiceVisitor<T>(PhantomData<T>);

impl<'de, T: Named> Visitor<'de> for ChoiceVisitor<T> {
    type Value = Choice<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<String> = names::<T>().map(|name| format!("\"{name}\"")).collect();
        f.write_str(&quoted.join(" or "))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if let Some((_, choice)) = T::NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(Choice(*choice));
        }
        let allowed: Vec<String> = names::<T>().map(|name| format!("`{name}`")).collect();
        Err(E::custom(format!(
            "unknown variant `{text}`, expected one of {}",
            allowed.join(", ")
        )))
    }
    // A choice with parameters that this version does not know, or one that has none.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let key: String = map.next_key()?.unwrap_or_default();
        map.next_value::<IgnoredAny>()?;
        if T::NAMES.iter().any(|(name, _)| *name == key) {
            let message = format!("`{key}` has no parameters: write \"{key}\"");
            return Err(de::Error::custom(message));
        }
        self.visit_str(&key)
    }
}

impl<'de, T: Named> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChoiceVisitor(PhantomData))
    }
}

impl<T: Named> JsonSchema for Choice<T> {
    fn schema_name() -> Cow<'static, str> {
        T::SET.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": names::<T>().collect::<Vec<_>>() })
    }
}
