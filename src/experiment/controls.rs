//! Inputs that every replication draws and whose means are known: what chance alone has done.
//!
//! A replication with more arrivals than expected has longer queues for that reason. Where arrivals
//! are Poisson over a fixed time, their number is known on average, and so is the work that they
//! bring to a service that nobody else calls.

use super::replications::Replications;
use crate::id::{EndpointId, ServiceId};
use crate::model::{Arrivals, Horizon, Model, Target};
use crate::stats::Control;

/// The controls of the first `count` replications.
pub(super) fn controls(
    model: &Model,
    replications: &Replications<'_>,
    count: usize,
) -> Vec<Control> {
    let Horizon::Duration { warmup, duration } = model.run.horizon else {
        return Vec::new();
    };
    let window = (duration - warmup).seconds();
    let mut controls = Vec::new();
    let mut add = |metric: String, mean: f64| {
        let values = replications.values(&metric, count).ok();
        let values: Option<Vec<f64>> = values.and_then(|values| values.into_iter().collect());
        controls.extend(values.map(|values| Control { values, mean }));
    };
    for workload in &model.workloads {
        if let Arrivals::Poisson { rate } = workload.arrivals {
            add(
                format!("workloads.{}.arrivals", workload.name),
                rate.0 * window,
            );
        }
    }
    for (id, service) in model.services.enumerate() {
        if let Some(load) = offered_load(model, id) {
            add(format!("services.{}.offered_load", service.name), load);
        }
    }
    controls
}

/// The load that a service is offered on average, where nothing but Poisson workloads sends to it
/// and its places are there all the time.
fn offered_load(model: &Model, id: ServiceId) -> Option<f64> {
    let service = &model.services[id];
    let steady = model.cluster.is_none()
        && service.setup.is_none()
        && service.breakdowns.is_none()
        && service.client.is_plain();
    let is_own = |endpoint: EndpointId| model.endpoints[endpoint].service == id;
    let called = model.endpoints.iter().any(|endpoint| {
        let mut calls = endpoint.calls.iter().flatten();
        calls.any(|call| is_own(call.endpoint))
    });
    if !steady || called {
        return None;
    }
    let mut load = 0.0;
    for workload in &model.workloads {
        let Target::Endpoint(endpoint) = workload.target else {
            continue;
        };
        if !is_own(endpoint) {
            continue;
        }
        let Arrivals::Poisson { rate } = workload.arrivals else {
            return None;
        };
        let service_time = &model.endpoints[endpoint].service_time;
        service_time.variance()?;
        load += rate.0 * service_time.mean();
    }
    let places = f64::from(service.replicas) * f64::from(service.concurrency);
    (0.0 < load).then_some(load / places)
}
