//! What is told to whoever follows a replication by hand: the steps of attempts and of replicas.
//!
//! Nothing here changes anything, and nothing is worked out unless somebody reads along.

use super::attempt::{NOWHERE, Origin, Phase};
use super::serve::Refused;
use super::services::Services;
use crate::id::{AttemptId, ReplicaId, ServiceId, StationId};
use crate::kernel::Kernel;
use crate::record::{AttemptStep, Happened, Outcome, ReplicaStep, Step, Subject};

impl Services<'_> {
    /// An attempt that was let in makes a step. What ends it is told before its place goes to the
    /// next.
    #[inline]
    pub(super) fn step(&self, id: AttemptId, step: AttemptStep, kernel: &mut Kernel<'_>) {
        if kernel.is_traced() {
            self.tell_step(id, step, kernel);
        }
    }

    /// An attempt is not let in.
    #[inline]
    pub(super) fn step_refused(&self, refused: Refused, outcome: Outcome, kernel: &mut Kernel<'_>) {
        if kernel.is_traced() {
            let Refused {
                root,
                endpoint,
                work,
                ..
            } = refused;
            let subject = Subject {
                workload: root.workload,
                request: Some(root.number),
                attempt: None,
                endpoint,
                class: root.class,
                arrived: kernel.now(),
                waited: None,
                work,
            };
            let happened = Happened::ToAttempt(AttemptStep::Ended(outcome), subject);
            let service = self.endpoints[endpoint].service;
            tell(service, None, happened, (0, 0), kernel);
        }
    }

    /// A replica makes a step.
    #[inline]
    pub(super) fn replica_step(
        &self,
        station: StationId,
        step: ReplicaStep,
        kernel: &mut Kernel<'_>,
    ) {
        if kernel.is_traced() {
            let station = &self.stations[station];
            let replica = Some(station.replica);
            tell(
                station.service,
                replica,
                Happened::ToReplica(step),
                (0, 0),
                kernel,
            );
        }
    }

    #[cold]
    fn tell_step(&self, id: AttemptId, step: AttemptStep, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        let attempt = &self.attempts[id];
        let shared = Self::is_shared(self.services[attempt.service].discipline);
        let station = (attempt.station != NOWHERE).then(|| &self.stations[attempt.station]);
        let waited = match attempt.phase {
            // The whole of it is known at the end only.
            Phase::Sharing => (now - attempt.arrived).saturating_sub(attempt.work),
            Phase::Waiting => attempt.waited + (now - attempt.since),
            _ => attempt.waited,
        };
        let subject = Subject {
            workload: attempt.root.workload,
            request: (attempt.origin != Origin::Start).then_some(attempt.root.number),
            attempt: Some(attempt.serial),
            endpoint: attempt.endpoint,
            class: attempt.root.class,
            arrived: attempt.arrived,
            waited: Some(waited),
            work: attempt.work,
        };
        // What leaves is still counted: by how much queue and system are about to shrink.
        let leaves = match step {
            AttemptStep::Ended(_) => !attempt.abandoned,
            AttemptStep::Freed => true,
            _ => false,
        };
        let concurrency = self.services[attempt.service].concurrency;
        let from_queue = match attempt.phase {
            Phase::Waiting => true,
            Phase::Sharing => station.is_some_and(|station| concurrency < station.held),
            _ => false,
        };
        // Who has just come and shares nothing has no place yet, and does not wait yet either.
        let comes = step == AttemptStep::Arrived && attempt.phase != Phase::Sharing;
        let less = (u64::from(comes || leaves && from_queue), u64::from(leaves));
        // In a central queue nobody belongs to a replica yet.
        let placed = station.filter(|_| {
            shared || attempt.phase != Phase::Waiting || {
                self.services[attempt.service].central.is_none()
            }
        });
        let replica = placed.map(|station| station.replica);
        tell(
            attempt.service,
            replica,
            Happened::ToAttempt(step, subject),
            less,
            kernel,
        );
    }
}

/// Tells a step; queue and system are smaller than the meters say by `less`.
fn tell(
    service: ServiceId,
    replica: Option<ReplicaId>,
    happened: Happened,
    less: (u64, u64),
    kernel: &mut Kernel<'_>,
) {
    let meter = &kernel.metrics.services[service];
    let step = Step {
        time: kernel.now(),
        service,
        replica,
        happened,
        queue_length: meter.queue_length() - less.0,
        in_system: meter.in_system.now() - less.1,
    };
    kernel.step(&step);
}
