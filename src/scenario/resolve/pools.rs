//! `apps.NAME.pools`: which pools an application's jobs are in, and what follows its failure.

use super::Context;
use crate::model::{JobPool, Restart, TaskOrderKind};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{AppSpec, RestartSpec};
use crate::units::Duration;
use std::collections::BTreeMap;

/// The pool of jobs that say nothing.
const DEFAULT: &str = "default";

/// The pools of an application, sorted by name: Spark breaks ties that way.
#[derive(Debug)]
pub(crate) struct Pools {
    /// All of them.
    pub(crate) pools: Vec<JobPool>,
    of_others: String,
}

impl Pools {
    /// Those that are listed and those that jobs name: Spark makes a pool that it does not know.
    pub(crate) fn new(app: &AppSpec, name: &str, context: &mut Context<'_>) -> Self {
        let of_others = app.pool.as_ref();
        let of_others = of_others.map_or(DEFAULT, |pool| pool.value.as_str());
        let jobs = app.jobs.iter();
        let named = jobs.filter_map(|job| job.spec.pool.as_ref());
        let named = named.map(|pool| pool.value.as_str());
        let mut pools: BTreeMap<&str, JobPool> = named
            .chain([of_others])
            .map(|name| (name, plain(name)))
            .collect();
        for entity in app.pools.iter() {
            let name = format!("apps.{name}.pools.{}", entity.name.value);
            let spec = &entity.spec;
            let weight = context.count(spec.weight.as_ref(), &format!("`{name}.weight`"));
            let pool = JobPool {
                weight,
                min_share: spec.min_share.as_ref().map_or(0, |share| share.value),
                order: spec
                    .mode
                    .as_ref()
                    .map_or(TaskOrderKind::Fifo, |mode| mode.value.0),
                ..plain(&entity.name.value)
            };
            pools.insert(&entity.name.value, pool);
        }
        Self {
            of_others: of_others.to_owned(),
            pools: pools.into_values().collect(),
        }
    }

    /// The position of a job's pool.
    pub(crate) fn position(&self, pool: Option<&Located<String>>) -> u32 {
        let name = pool.map_or(&self.of_others, |pool| &pool.value);
        let position = self.pools.iter().position(|pool| pool.name == *name);
        position.unwrap_or(0) as u32
    }
}

fn plain(name: &str) -> JobPool {
    JobPool {
        name: name.to_owned(),
        weight: 1,
        min_share: 0,
        order: TaskOrderKind::Fifo,
    }
}

/// What follows a failure.
pub(crate) fn restart(spec: Option<&Located<RestartSpec>>) -> Option<Restart> {
    spec.map(|spec| Restart {
        max: spec.max.as_ref().map_or(u32::MAX, |max| max.value),
        interval: spec
            .interval
            .as_ref()
            .map_or(Duration::ZERO, |interval| interval.value.0),
    })
}

/// How probable a failure is.
pub(crate) fn failure(spec: Option<&Located<f64>>, context: &mut Context<'_>) -> f64 {
    let Some(probability) = spec else { return 0.0 };
    if (0.0..=1.0).contains(&probability.value) {
        return probability.value;
    }
    context.problem(
        Diagnostic::at(probability.span, "a probability is from 0 to 1")
            .label("this is no probability"),
    );
    0.0
}
