//! `[services]`.

use super::choice::{Choice, Named};
use super::cluster::ResourcesSpec;
use super::distribution::DistributionSpec;
use super::entities::Entities;
use crate::model::BalancerKind;
use crate::scenario::located::Located;
use schemars::JsonSchema;
use serde::Deserialize;

/// A service: equal replicas behind a balancer. It has either a `service-time` of its own or
/// `endpoints`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct ServiceSpec {
    /// What its containers are made from; nothing is pulled where it is left out.
    pub(crate) image: Option<Located<String>>,
    /// Number of replicas; 1 where it is left out.
    pub(crate) replicas: Option<Located<u32>>,
    /// Requests that one replica serves at once; 1 where it is left out.
    pub(crate) concurrency: Option<Located<u32>>,
    /// In which order waiting requests are served; "fifo".
    pub(crate) discipline: Option<Located<Choice<Discipline>>>,
    /// Waiting places of one replica; unbounded where it is left out.
    pub(crate) queue_capacity: Option<Located<u32>>,
    /// What one replica reserves on its node.
    pub(crate) requests: Option<Located<ResourcesSpec>>,
    /// From unpacked to running; no time where it is left out.
    pub(crate) start_time: Option<Located<DistributionSpec>>,
    /// How requests are spread over replicas; "random" where it is left out.
    pub(crate) balancer: Option<Located<Choice<BalancerKind>>>,
    /// How long a request holds its place.
    pub(crate) service_time: Option<Located<DistributionSpec>>,
    /// The application that each request submits once its service time is over.
    pub(crate) submits: Option<Located<SubmitsSpec>>,
    /// Endpoints by name.
    pub(crate) endpoints: Entities<EndpointSpec>,
}

/// An endpoint of a service.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct EndpointSpec {
    /// How long a request holds its place.
    pub(crate) service_time: Option<Located<DistributionSpec>>,
    /// The application that each request submits once its service time is over.
    pub(crate) submits: Option<Located<SubmitsSpec>>,
}

/// What a request submits.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    expecting = "a table"
)]
pub(crate) struct SubmitsSpec {
    /// The application.
    pub(crate) app: Option<Located<String>>,
    /// Whether the request holds its place until the application has ended; false where it is
    /// left out.
    pub(crate) wait: Option<Located<bool>>,
}

/// In which order waiting requests are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Discipline {
    /// As they came.
    Fifo,
}

impl Named for Discipline {
    const SET: &'static str = "Discipline";
    const NAMES: &'static [(&'static str, Self)] = &[("fifo", Self::Fifo)];
}
