//! The transfers of the cluster in time: begun, shared anew at the end of an instant, ended.

use super::pulls::Errand;
use super::state::ClusterState;
use crate::effect::Effect;
use crate::event::Event;
use crate::kernel::Kernel;

impl ClusterState<'_> {
    /// At least one transfer has delivered its last byte.
    pub fn on_transfer_ended(&mut self, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.transfer_ended = None;
        while let Some(nodes) = &mut self.nodes
            && let Some(errand) = nodes.transfers.pop_ended(kernel.now())
        {
            match errand {
                Errand::Download(pull) => self.pulled(pull, kernel),
                Errand::Unpack(pull) => self.on_unpacked(pull, kernel),
                Errand::Move(id) => self.moved(id, kernel),
            }
        }
        self.links_changed(kernel);
    }

    /// A transfer has begun or is over: once all of this instant is known, links are shared anew.
    pub(super) fn links_changed(&mut self, kernel: &mut Kernel<'_>) {
        if let Some(nodes) = &mut self.nodes
            && !std::mem::replace(&mut nodes.resharing, true)
        {
            kernel.push(Effect::ShareLinks);
        }
    }

    /// Shares links anew and keeps the one event of the transfer that ends next where it belongs.
    pub fn on_share_links(&mut self, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.resharing = false;
        nodes.transfers.settle(kernel.now());
        if let Some(key) = nodes.transfer_ended.take() {
            kernel.cancel(key);
        }
        let next = nodes.transfers.next_end();
        nodes.transfer_ended = next.map(|time| kernel.schedule(time, Event::TransferEnded));
    }
}
