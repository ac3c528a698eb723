//! Containers whose process is killed. A replica's container stays on its node and starts again
//! after a while; others are lost.
//!
//! The while is Kubernetes' back-off for containers that fail: 10 s, doubled each time, 5 min at
//! most, and 10 s again once a container has run for 10 min (Kubernetes documentation, "Pod
//! lifecycle", "Container restart policy").

use super::super::container::Phase;
use super::super::state::ClusterState;
use crate::effect::{Effect, LossReason, Owner};
use crate::event::Event;
use crate::id::{ContainerId, KindId};
use crate::kernel::Kernel;
use crate::random::Word;
use crate::units::Duration;

const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(300);
const FORGIVEN: Duration = Duration::from_secs(600);

/// How long a container waits that has failed so often in a row before.
pub(super) fn back_off(failures: u32) -> Duration {
    let doubled = FIRST.nanos().saturating_mul(1 << failures.min(32));
    Duration::from_nanos(doubled.min(LONGEST.nanos()))
}

impl ClusterState<'_> {
    /// The process of one of the containers of a kind that run is killed.
    pub(super) fn kill_one(&mut self, kind: KindId, word: Word, kernel: &mut Kernel<'_>) {
        let containers = self.containers.enumerate();
        let running = containers.filter(|(_, it)| it.kind == kind && it.is_running());
        let mut running: Vec<(u64, ContainerId)> =
            running.map(|(id, it)| (it.sequence, id)).collect();
        running.sort_unstable();
        if running.is_empty() {
            return;
        }
        let (_, id) = running[word.below(running.len() as u32) as usize];
        self.kill(id, LossReason::Killed, kernel);
    }

    /// The process of a running container is gone.
    pub(in super::super) fn kill(
        &mut self,
        id: ContainerId,
        why: LossReason,
        kernel: &mut Kernel<'_>,
    ) {
        let container = &mut self.containers[id];
        if !matches!(container.owner, Owner::Replica(..)) {
            self.lose(id, why, kernel);
            return;
        }
        container.phase = Phase::BackingOff;
        let owner = container.owner;
        kernel.metrics.cluster.restarted(why);
        kernel.push(Effect::ContainerRestarts { owner, why });
    }

    /// A container uses more memory than it may: its process is killed.
    pub fn on_out_of_memory(&mut self, owner: Owner, kernel: &mut Kernel<'_>) {
        let id = self.owners.get(owner);
        // It may have been lost or killed at this instant already.
        if let Some(id) = id.filter(|id| self.containers[*id].is_running()) {
            self.kill(id, LossReason::OutOfMemory, kernel);
        }
    }

    /// The owner of a container whose process is gone says how long the next takes to start.
    pub fn on_restart(&mut self, owner: Owner, start_time: Duration, kernel: &mut Kernel<'_>) {
        // It may have been lost since.
        let Some(id) = self.owners.get(owner) else {
            return;
        };
        let container = &mut self.containers[id];
        if container.phase != Phase::BackingOff {
            return;
        }
        if FORGIVEN <= kernel.now() - container.running_since {
            container.failures = 0;
        }
        let delay = back_off(container.failures) + start_time;
        container.failures += 1;
        container.phase = Phase::Starting(kernel.schedule_after(delay, Event::Started(id)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_ten_seconds_to_five_minutes() {
        let seconds: Vec<f64> = (0..8)
            .map(|failures| back_off(failures).seconds())
            .collect();
        assert_eq!(
            seconds,
            [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]
        );
        assert_eq!(back_off(u32::MAX), LONGEST);
    }
}
