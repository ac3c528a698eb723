//! The end of a container's way to running: its image is there, its process starts.

use super::container::Phase;
use super::state::ClusterState;
use crate::event::Event;
use crate::id::ContainerId;
use crate::kernel::Kernel;

impl ClusterState<'_> {
    /// Starts the process of a container.
    pub(super) fn start(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
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
