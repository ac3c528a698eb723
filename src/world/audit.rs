//! What must add up at the end of every replication, exactly, in integers (DESIGN §3).
//!
//! Levels are kept event by event; the same areas are booked a second time when requests, tasks and
//! executions end (or, at the end of the run, are still there). Both must agree to the nanosecond.

use super::state::World;
use crate::model::DisciplineKind;
use crate::units::Time;

/// Everything that does not add up; nothing, if all is well.
pub(super) fn audit(world: &mut World<'_>) -> Vec<String> {
    world.services.book_present(&mut world.kernel);
    world.spark.book_present(&mut world.kernel);
    let kernel = &world.kernel;
    let mut breaches = world.services.breaches(kernel);
    breaches.extend(world.spark.breaches(kernel));
    breaches.extend(world.cluster.breaches(kernel));
    let now = kernel.now();
    breaches.extend(areas(world, now));
    breaches.extend(containers(world));
    if kernel.metrics.window_start == Time::ZERO {
        breaches.extend(flows(world));
    }
    breaches
}

/// Every container that a service asked for and has not released is in the cluster.
fn containers(world: &World<'_>) -> Vec<String> {
    let mut breaches = Vec::new();
    for (id, service) in world.kernel.model.services.enumerate() {
        let (asked, there) = (world.services.containers(id), world.cluster.of_service(id));
        if asked != there {
            breaches.push(format!(
                "services.{}: {asked} containers were asked for, the cluster has {there}",
                service.name
            ));
        }
    }
    breaches
}

/// ∫ level dt = Σ time present, both clipped to the window.
fn areas(world: &World<'_>, now: Time) -> Vec<String> {
    let kernel = &world.kernel;
    let (model, metrics) = (kernel.model, &kernel.metrics);
    let mut pairs = Vec::new();
    for (id, service) in model.services.enumerate() {
        let cells = metrics.cells.iter();
        let own = cells.filter(|(key, _)| model.endpoints[key.endpoint].service == id);
        let (presence, waiting) = own.fold((0, 0), |(presence, waiting), (_, cell)| {
            (presence + cell.presence, waiting + cell.waiting)
        });
        let meter = &metrics.services[id];
        let name = &service.name;
        // Where places are shared, who holds one and who waits is no property of an attempt.
        let shared = service.discipline == DisciplineKind::ProcessorSharing;
        let held = if shared {
            meter.held.window_area(now)
        } else {
            presence - waiting
        };
        let mut pair =
            |what, area, booked| pairs.push((format!("services.{name} {what}"), area, booked));
        pair("in system", meter.in_system.window_area(now), presence);
        pair("held", meter.held.window_area(now), held);
    }
    for (id, app) in model.apps.enumerate() {
        let meter = &metrics.apps[id];
        let name = &app.name;
        pairs.push((
            format!("apps.{name} tasks"),
            meter.running_tasks.window_area(now),
            meter.task_presence,
        ));
        pairs.push((
            format!("apps.{name} submissions"),
            meter.unfinished.window_area(now),
            meter.presence,
        ));
    }
    for (id, workflow) in model.workflows.enumerate() {
        let meter = &metrics.workflows[id];
        pairs.push((
            format!("workflows.{} runs", workflow.name),
            meter.unfinished.window_area(now),
            meter.presence,
        ));
    }
    let unequal = pairs.into_iter().filter(|(_, area, booked)| area != booked);
    unequal
        .map(|(what, area, booked)| {
            format!("{what}: the level's area is {area} ns, what was present booked {booked} ns")
        })
        .collect()
}

/// arrivals = outcomes + in flight, where nothing was there when the window opened.
fn flows(world: &World<'_>) -> Vec<String> {
    let kernel = &world.kernel;
    let (model, metrics) = (kernel.model, &kernel.metrics);
    let mut breaches = Vec::new();
    for (id, service) in model.services.enumerate() {
        let cells = metrics.cells.iter();
        let own = cells.filter(|(key, _)| model.endpoints[key.endpoint].service == id);
        let (arrivals, ended) = own.fold((0, 0), |(arrivals, ended), (_, cell)| {
            (arrivals + cell.arrivals, ended + cell.outcomes.total())
        });
        let in_flight = world.services.in_flight(id);
        if arrivals != ended + in_flight {
            breaches.push(format!(
                "services.{}: {arrivals} arrivals are not {ended} outcomes and {in_flight} in flight",
                service.name
            ));
        }
    }
    for (id, app) in model.apps.enumerate() {
        let meter = &metrics.apps[id];
        let finished = meter.finished + meter.failed + meter.cancelled;
        let submitted = meter.submitted;
        let unfinished = meter.unfinished.now();
        if submitted != finished + unfinished {
            breaches.push(format!(
                "apps.{}: {submitted} submitted are not {finished} finished, failed or called off and {unfinished} unfinished",
                app.name
            ));
        }
    }
    for (id, workflow) in model.workflows.enumerate() {
        let meter = &metrics.workflows[id];
        let ended = meter.finished + meter.failed + meter.cancelled;
        let (submitted, unfinished) = (meter.submitted, meter.unfinished.now());
        if submitted != ended + unfinished {
            breaches.push(format!(
                "workflows.{}: {submitted} submitted are not {ended} finished, failed or called off and {unfinished} unfinished",
                workflow.name
            ));
        }
    }
    breaches
}
