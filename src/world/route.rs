//! The one place where domains meet: every effect and where it goes.

use super::state::World;
use crate::effect::{Caller, Effect, Owner};
use crate::record::Outcome;
use crate::service::Answer;

/// More effects than this at one instant is a loop of ours.
const LIMIT: u32 = 10_000_000;

/// Hands all effects to their domains, first in, first out, with those that follow from them.
#[inline]
pub(super) fn drain(world: &mut World<'_>) {
    let mut count = 0;
    while let Some(effect) = world.kernel.next_effect() {
        route(world, effect);
        count += 1;
        let now = world.kernel.now();
        assert!(
            count < LIMIT,
            "{LIMIT} effects at {now}, the last is {effect:?}: they go in circles"
        );
    }
}

/// A request is completed: the effect of which there are most, handed over without the detour
/// through the list of effects.
#[inline]
pub(super) fn answered(world: &mut World<'_>, answer: Answer) {
    let Answer { workload, number } = answer;
    let kernel = &mut world.kernel;
    world
        .workloads
        .on_answered(workload, number, Outcome::Completed, kernel);
}

#[inline]
fn route(world: &mut World<'_>, effect: Effect) {
    let World {
        kernel,
        workloads,
        services,
        spark,
        cluster,
        ..
    } = world;
    match effect {
        Effect::Send(ref request) => services.on_send(request, kernel),
        Effect::Answered {
            workload,
            number,
            outcome,
        } => workloads.on_answered(workload, number, outcome, kernel),
        Effect::Submit { app, caller, speed } => spark.on_submit(app, (caller, speed), kernel),
        Effect::StartWorkflow { workflow, caller } => {
            spark.on_start_workflow(workflow, caller, kernel);
        }
        Effect::CallOff { caller } => spark.on_called_off(caller, kernel),
        Effect::ApplicationEnded { caller, outcome } => match caller {
            Caller::Workload(workload, number) => {
                workloads.on_answered(workload, number, outcome, kernel);
            }
            Caller::Attempt(attempt, serial) => {
                services.on_application_ended((attempt, serial), outcome, kernel);
            }
            Caller::Ticket(ticket, serial) => {
                services.on_ticket_ended((ticket, serial), outcome, kernel);
            }
            Caller::Workflow(run, number) => {
                spark.on_member_ended((run, number), outcome, kernel);
            }
            Caller::Nobody => {}
        },
        Effect::Place { owner, request } => cluster.on_place(owner, request, kernel),
        Effect::Release { owner } => cluster.on_release(owner, kernel),
        Effect::PlacePending => cluster.on_place_pending(kernel),
        Effect::ShareLinks => cluster.on_share_links(kernel),
        Effect::NeedCores { owner, need } => cluster.on_need_cores(owner, need, kernel),
        Effect::ShareCores => cluster.on_share_cores(kernel),
        Effect::CoresChanged { owner, cores } => cores_changed(world, owner, cores),
        Effect::Transfer(ref movement) => cluster.on_transfer(movement, kernel),
        Effect::CancelTransfers { mover } => cluster.on_cancel_transfers(mover, kernel),
        Effect::TransferDone {
            mover,
            tag,
            outcome,
        } => spark.on_transfer_over(mover, (tag, outcome), kernel),
        Effect::ContainerRunning {
            owner,
            node,
            speed,
            sequence,
        } if cluster.holds(owner, sequence) => match owner {
            Owner::Replica(service, replica) => {
                services.on_running((service, replica), speed, kernel);
            }
            Owner::Driver(submission) => spark.on_driver_placed(submission, node, kernel),
            Owner::Executor(executor) => {
                spark.on_executor_running(executor, (node, speed), kernel);
            }
        },
        Effect::ContainerLost { owner, why } if spark.owns(owner) && cluster.tells(owner) => {
            match owner {
                Owner::Replica(service, replica) => {
                    services.on_replica_lost((service, replica), kernel);
                }
                Owner::Driver(submission) => spark.on_driver_lost(submission, kernel),
                Owner::Executor(executor) => spark.on_executor_lost(executor, why, kernel),
            }
        }
        Effect::ContainerRestarts { owner, why: _ } => {
            if let Owner::Replica(service, replica) = owner {
                services.on_replica_restarts((service, replica), kernel);
            }
        }
        Effect::Evict { owner } => {
            if let Owner::Replica(service, replica) = owner {
                services.on_evicted((service, replica), kernel);
            }
        }
        Effect::OutOfMemory { owner } => cluster.on_out_of_memory(owner, kernel),
        Effect::Restart { owner, start_time } => cluster.on_restart(owner, start_time, kernel),
        Effect::SpeedChanged { owner, speed } => speed_changed(world, owner, speed),
        Effect::ContainerGranted {
            owner: Owner::Executor(executor),
            sequence,
        } if cluster.holds(Owner::Executor(executor), sequence) => {
            spark.on_container_granted(executor);
        }
        Effect::Launch { owner } => cluster.on_launch(owner, kernel),
        Effect::NodeLeaving { owner } => spark.on_node_leaving(owner, kernel),
        // Its owner has released it at this instant, or is about to.
        Effect::ContainerRunning { .. }
        | Effect::ContainerGranted { .. }
        | Effect::ContainerLost { .. } => {}
    }
}

/// The owner of a container has more or less of a processor that it shares.
fn cores_changed(world: &mut World<'_>, owner: Owner, cores: Option<u64>) {
    let kernel = &mut world.kernel;
    match owner {
        Owner::Replica(service, replica) => {
            let services = &mut world.services;
            services.on_cores_changed((service, replica), cores, kernel);
        }
        Owner::Executor(executor) => world.spark.on_cores_changed(executor, cores, kernel),
        // What a driver does takes as long as the scenario says.
        Owner::Driver(_) => {}
    }
}

/// The node of the owner's container computes at another speed.
fn speed_changed(world: &mut World<'_>, owner: Owner, speed: f64) {
    match owner {
        Owner::Replica(service, replica) => {
            world.services.on_speed_changed((service, replica), speed);
        }
        Owner::Executor(executor) => world.spark.on_speed_changed(executor, speed),
        // As above.
        Owner::Driver(_) => {}
    }
}
