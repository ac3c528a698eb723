//! `[apps]` and `[spark]`.

use super::choice::{Choice, Named};
use super::conf::ConfSpec;
use super::distribution::{DistributionSpec, TaskTimeSpec};
use super::entities::Entities;
use super::placing::PlacingSpec;
use crate::model::Deploy;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::Deserialize;

/// A Spark application: either `stages` (one job) or `jobs`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct AppSpec {
    /// What driver and executors are made from; nothing is pulled where it is left out.
    pub(crate) image: Option<Located<String>>,
    /// Where driver and executors may go and who goes first.
    pub(crate) placement: Option<Located<PlacingSpec>>,
    /// Where the driver may go, instead of `placement`.
    pub(crate) driver_placement: Option<Located<PlacingSpec>>,
    /// The application starts only when driver and so many executors fit together; `cluster.gang`
    /// where it is left out.
    pub(crate) gang: Option<Located<GangSpec>>,
    /// "per-submission" (each arrival is an application of its own; where it is left out) or
    /// "shared" (one running application, each arrival runs its jobs).
    pub(crate) deploy: Option<Located<Choice<DeployKind>>>,
    /// The budget that its containers draw on; none where it is left out.
    pub(crate) budget: Option<Located<String>>,
    /// Spark's properties, names quoted or nested.
    pub(crate) conf: Option<ConfSpec>,
    /// From unpacked to running, of driver and executors alike; no time where it is left out.
    pub(crate) start_time: Option<Located<DistributionSpec>>,
    /// What the driver does on its own after the last job; no time where it is left out.
    pub(crate) final_driver_gap: Option<Located<Quantity<Duration>>>,
    /// The stages of the only job, by name.
    pub(crate) stages: Entities<StageSpec>,
    /// Jobs by name.
    pub(crate) jobs: Entities<JobSpec>,
}

/// Executors that must have room together with the driver.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct GangSpec {
    /// How many executors; all that the application asks for at first where it is left out, 0 turns
    /// the gang off.
    pub(crate) min: Option<Located<u32>>,
}

/// A Spark job.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct JobSpec {
    /// Jobs of the same application that end before this one is submitted.
    pub(crate) after: Vec<Located<String>>,
    /// What the driver does on its own before it submits the job; no time where it is left out.
    pub(crate) driver_gap: Option<Located<Quantity<Duration>>>,
    /// The stages of the job, by name.
    pub(crate) stages: Entities<StageSpec>,
}

/// A stage: a set of equal tasks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct StageSpec {
    /// Number of tasks.
    pub(crate) tasks: Option<Located<u32>>,
    /// How long a task computes on a node of speed 1.
    pub(crate) task_time: Option<Located<TaskTimeSpec>>,
    /// Stages of the same job that are done before this one starts.
    pub(crate) parents: Vec<Located<String>>,
}

/// What holds for every application that does not say otherwise.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct SparkSpec {
    /// Spark's version, which picks between defaults that changed; "3.5" where it is left out.
    pub(crate) version: Option<Located<String>>,
    /// Spark's properties, names quoted or nested; an application's own come before them.
    pub(crate) conf: Option<ConfSpec>,
}

/// What an arrival at an application starts.
pub(crate) type DeployKind = Deploy;

impl Named for Deploy {
    const SET: &'static str = "Deploy";
    const NAMES: &'static [(&'static str, Self)] = &[
        ("per-submission", Self::PerSubmission),
        ("shared", Self::Shared),
    ];
}
