//! The end of a container's way to running: its image is there, its process starts.

use super::container::Phase;
use super::state::ClusterState;
use crate::effect::{Effect, Owner};
use crate::event::Event;
use crate::id::ContainerId;
use crate::kernel::Kernel;

impl ClusterState<'_> {
    /// Starts the process of a container, or tells its owner that it can be started.
    pub(super) fn start(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        let container = &mut self.containers[id];
        if container.request.on_command {
            container.phase = Phase::Granted;
            let (owner, sequence) = (container.owner, container.sequence);
            kernel.push(Effect::ContainerGranted { owner, sequence });
        } else {
            self.start_process(id, kernel);
        }
    }

    /// Whether a container is still its owner's: the owner may have released it, or be gone, since.
    pub fn holds(&mut self, owner: Owner, sequence: u64) -> bool {
        let held = self.owners.get(owner);
        held.is_some_and(|id| self.containers[id].sequence == sequence)
    }

    /// Starts a container that its owner was told of.
    pub fn on_launch(&mut self, owner: Owner, kernel: &mut Kernel<'_>) {
        // It may be gone already.
        if let Some(id) = self.owners.get(owner)
            && self.containers[id].phase == Phase::Granted
        {
            self.start_process(id, kernel);
        }
    }

    fn start_process(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        let delay = self.containers[id].request.start_time;
        if delay.is_zero() {
            self.running(id, kernel);
        } else {
            let key = kernel.schedule_after(delay, Event::Started(id));
            self.containers[id].phase = Phase::Starting(key);
        }
    }

    /// A container's process is ready.
    pub fn on_started(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        self.running(id, kernel);
    }
}
