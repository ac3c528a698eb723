//! Distributions: a constant (`"20ms"`, or a number of seconds) or a table with one key.

use crate::random::Distribution;
use crate::scenario::located::Located;
use crate::scenario::units_spec::{Quantity, Seconds, Unit, from_number, from_text};
use crate::units::Duration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize as DeriveDeserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// How long something takes.
pub(crate) type DistributionSpec = Measure<Law>;

/// How long tasks take: drawn, or as recorded.
pub(crate) type TaskTimeSpec = Measure<TaskLaw>;

/// A constant or a law with parameters.
#[derive(Clone, Debug)]
pub(crate) enum Measure<L> {
    /// Always this.
    Constant(Seconds),
    /// A law.
    Law(L),
}

/// What a law's parameters can do: become a distribution.
pub(crate) trait Parameters {
    /// The distribution, unchecked; `None` where its values stand in a file.
    fn distribution(&self) -> Option<Distribution>;
    /// The empirical law, whose values may stand in a file.
    fn empirical(&self) -> Option<&Empirical> {
        None
    }
}

/// Declares the laws: a table of parameters each, and the two enums that list them.
macro_rules! laws {
    ($($(#[$doc:meta])* $law:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = $self:ident => $value:expr,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
            #[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
            pub(crate) struct $law {
                $($(#[$field_doc])* pub(crate) $field: $type,)*
            }

            impl Parameters for $law {
                fn distribution(&self) -> Option<Distribution> {
                    Some(Distribution::$law { $($field: { let $self = self; $value },)* })
                }
            }
        )*

        /// A law with its parameters.
        #[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", expecting = "a distribution")]
        pub(crate) enum Law {
            $($(#[$doc])* $law($law),)*
            /// One of the given values, each as likely as the others.
            Empirical(Empirical),
        }

        /// How long the tasks of a stage take.
        #[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", expecting = "a distribution")]
        pub(crate) enum TaskLaw {
            $($(#[$doc])* $law($law),)*
            /// One of the given values, each as likely as the others.
            Empirical(Empirical),
            /// Task by task, as recorded.
            Recorded(Recorded),
            /// As recorded, but dealt anew to the partitions in each execution.
            Resampled(Resampled),
        }

        impl Law {
            /// Its parameters.
            pub(crate) fn parameters(&self) -> &dyn Parameters {
                match self {
                    $(Self::$law(law) => law,)*
                    Self::Empirical(law) => law,
                }
            }
        }

        impl TaskLaw {
            /// Its parameters, or the recording.
            ///
            /// # Errors
            /// If it is a recording, with what becomes of its order.
            pub(crate) fn parameters(
                &self,
            ) -> Result<&dyn Parameters, Recording<'_>> {
                match self {
                    $(Self::$law(law) => Ok(law),)*
                    Self::Empirical(law) => Ok(law),
                    Self::Recorded(law) => Err(law.recording()),
                    Self::Resampled(law) => Err(law.recording()),
                }
            }
        }
    };
}

laws! {
    /// Always the same.
    Constant {
        /// The value.
        value: Seconds = this => this.value.0,
    }
    /// Uniform between two values.
    Uniform {
        /// Smallest value.
        min: Seconds = this => this.min.0,
        /// Largest value.
        max: Seconds = this => this.max.0,
    }
    /// Exponential.
    Exponential {
        /// Mean.
        mean: Seconds = this => this.mean.0,
    }
    /// Sum of `k` exponentials.
    Erlang {
        /// Number of phases.
        k: u32 = this => this.k,
        /// Mean of the sum.
        mean: Seconds = this => this.mean.0,
    }
    /// Gamma.
    Gamma {
        /// Mean.
        mean: Seconds = this => this.mean.0,
        /// Coefficient of variation.
        cv: f64 = this => this.cv,
    }
    /// Weibull.
    Weibull {
        /// Shape.
        shape: f64 = this => this.shape,
        /// Mean (not the scale).
        mean: Seconds = this => this.mean.0,
    }
    /// Lognormal.
    Lognormal {
        /// Mean of the value itself.
        mean: Seconds = this => this.mean.0,
        /// Coefficient of variation of the value itself.
        cv: f64 = this => this.cv,
    }
    /// Normal, conditioned on being non-negative.
    Normal {
        /// Mean before the condition.
        mean: Seconds = this => this.mean.0,
        /// Standard deviation before the condition.
        sd: Seconds = this => this.sd.0,
    }
    /// Two-phase hyperexponential with balanced means.
    Hyperexponential {
        /// Mean.
        mean: Seconds = this => this.mean.0,
        /// Coefficient of variation, at least 1.
        cv: f64 = this => this.cv,
    }
    /// Pareto, truncated where a largest value is given.
    Pareto {
        /// Tail exponent.
        shape: f64 = this => this.shape,
        /// Smallest value.
        min: Seconds = this => this.min.0,
        /// Largest value.
        max: Option<Seconds> = this => this.max.map(|max| max.0),
    }
    /// Triangular.
    Triangular {
        /// Smallest value.
        min: Seconds = this => this.min.0,
        /// Most likely value.
        mode: Seconds = this => this.mode.0,
        /// Largest value.
        max: Seconds = this => this.max.0,
    }
}

/// Given values: in place, or a column of a CSV file beside the scenario.
#[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct Empirical {
    /// The values.
    pub(crate) values: Option<Vec<Seconds>>,
    /// The CSV file, relative to the scenario file.
    pub(crate) file: Option<Located<String>>,
    /// The name of its column.
    pub(crate) column: Option<Located<String>>,
}

impl Parameters for Empirical {
    fn distribution(&self) -> Option<Distribution> {
        let values = self.values.as_ref()?;
        Some(Distribution::Empirical {
            values: values.iter().map(|value| value.0).collect(),
        })
    }
    fn empirical(&self) -> Option<&Empirical> {
        Some(self)
    }
}

/// What becomes of the order of recorded times.
#[derive(Clone, Copy)]
pub(crate) enum RecordedOrder<'a> {
    /// Each partition takes its own time.
    Kept,
    /// Times are dealt anew to the partitions, those of so many places if it says so.
    Dealt(Option<&'a Located<u32>>),
}

/// Which times stand in which file.
#[derive(Clone, Copy)]
pub(crate) struct Recording<'a> {
    /// The CSV file.
    pub(crate) file: &'a Located<String>,
    /// Which rows are the stage's.
    pub(crate) stage: &'a Located<u32>,
    /// The column of the times.
    pub(crate) column: Option<&'a Located<String>>,
    /// Which partition takes which.
    pub(crate) order: RecordedOrder<'a>,
}

/// Recorded tasks: a CSV file with the columns `stage`, `partition` and one of seconds.
#[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct Recorded {
    /// The CSV file, relative to the scenario file.
    pub(crate) file: Located<String>,
    /// Which rows are this stage's: the number in its column `stage`.
    pub(crate) stage: Located<u32>,
    /// The column of the times: "duration" (where it is left out) is how long a task held its slot,
    /// `work_time` that without the overheads.
    pub(crate) column: Option<Located<String>>,
}

impl Recorded {
    fn recording(&self) -> Recording<'_> {
        Recording {
            file: &self.file,
            stage: &self.stage,
            column: self.column.as_ref(),
            order: RecordedOrder::Kept,
        }
    }
}

/// Recorded tasks, whose times are dealt anew to the partitions in each execution.
#[derive(Clone, Debug, DeriveDeserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub(crate) struct Resampled {
    /// The CSV file, relative to the scenario file.
    pub(crate) file: Located<String>,
    /// Which rows are this stage's: the number in its column `stage`.
    pub(crate) stage: Located<u32>,
    /// The column of the times: "duration" (where it is left out) is how long a task held its slot,
    /// `work_time` that without the overheads.
    pub(crate) column: Option<Located<String>>,
    /// A time goes to a partition fewer than so many places from its own, at least 1; to any where
    /// this is left out.
    pub(crate) within: Option<Located<u32>>,
}

impl Resampled {
    fn recording(&self) -> Recording<'_> {
        Recording {
            file: &self.file,
            stage: &self.stage,
            column: self.column.as_ref(),
            order: RecordedOrder::Dealt(self.within.as_ref()),
        }
    }
}

struct MeasureVisitor<L>(PhantomData<L>);

impl<'de, L: Deserialize<'de>> Visitor<'de> for MeasureVisitor<L> {
    type Value = Measure<L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, or a distribution such as {{ exponential = {{ mean = \"20ms\" }} }}",
            Duration::EXPECTED
        )
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        from_text(text).map(Measure::Constant)
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        from_number(number as f64).map(Measure::Constant)
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        from_number(number).map(Measure::Constant)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        law_in(map).map(Measure::Law)
    }
}

/// The law that a table names with its only key.
///
/// # Errors
/// If it has another number of keys, or the law cannot be read.
pub(super) fn law_in<'de, A: MapAccess<'de>, L: Deserialize<'de>>(
    mut map: A,
) -> Result<L, A::Error> {
    let one_key = || de::Error::custom("a law is a table with exactly one key");
    if map.size_hint() == Some(0) {
        return Err(one_key());
    }
    let law = L::deserialize(MapAccessDeserializer::new(&mut map))?;
    match map.next_key::<IgnoredAny>()? {
        None => Ok(law),
        Some(_) => Err(one_key()),
    }
}

impl<'de, L: Deserialize<'de>> Deserialize<'de> for Measure<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MeasureVisitor(PhantomData))
    }
}

impl<L: JsonSchema> JsonSchema for Measure<L> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrConstant", L::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            generator.subschema_for::<Quantity<Duration>>(),
            generator.subschema_for::<L>(),
        ]})
    }
}
