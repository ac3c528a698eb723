//! The life of a placed container: its image is pulled and unpacked, its process starts.

use super::container::Phase;
use super::node::Pull;
use super::state::ClusterState;
use crate::event::Event;
use crate::id::{ContainerId, NodeId};
use crate::kernel::Kernel;
use crate::record::Record;
use crate::units::{Bytes, Duration};

impl ClusterState<'_> {
    /// Sees to it that the image of a container is on its node, then starts the container.
    pub(super) fn fetch_image(&mut self, id: ContainerId, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let Some(image) = self.kinds[self.containers[id].kind].image else {
            return self.fetched(id, kernel);
        };
        let layers = nodes.cluster.images[image].layers.len() as u64;
        let state = &mut nodes.nodes[node];
        let hits = state.present(nodes.cluster, image) as u64;
        kernel.record(&Record::LayersLookedUp {
            lookups: layers,
            hits,
        });
        if nodes.table.get(node).images[image] {
            return self.fetched(id, kernel);
        }
        self.containers[id].phase = Phase::Pulling;
        if let Some(pull) = state.pulls.iter_mut().find(|pull| pull.image == image) {
            pull.waiting.push(id);
            return;
        }
        state.pulls.push_back(Pull {
            image,
            waiting: vec![id],
            pulled: None,
            unpacked: None,
        });
        if state.pulls.len() == 1 {
            self.pull_next(node, kernel);
        }
    }

    /// Begins the first pull of a node, and those behind it that turn out to take no time.
    fn pull_next(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let Some(pull) = nodes.nodes[node].pulls.front() else {
            return;
        };
        let (bytes, _) = nodes.nodes[node].missing(nodes.cluster, pull.image);
        let links = nodes.links(node);
        if links.is_empty() || bytes == Bytes(0) {
            self.pulled(node, kernel);
        } else {
            nodes.transfers.start(kernel.now(), node, links, bytes);
            self.schedule_transfers(kernel);
        }
    }

    /// The last byte of at least one pull has come.
    pub fn on_transfer_ended(&mut self, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.transfer_ended = None;
        let ended = nodes.transfers.ended(kernel.now());
        for node in ended {
            self.pulled(node, kernel);
        }
        self.schedule_transfers(kernel);
    }

    /// Keeps the one event of the transfer that ends next where it belongs.
    fn schedule_transfers(&mut self, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        if let Some(key) = nodes.transfer_ended.take() {
            kernel.cancel(key);
        }
        let next = nodes.transfers.next();
        nodes.transfer_ended = next.map(|time| kernel.schedule(time, Event::TransferEnded));
    }

    /// A node has all bytes of the image that it was pulling: it unpacks them.
    fn pulled(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let state = &mut nodes.nodes[node];
        let Some(image) = state.pulls.front().map(|pull| pull.image) else {
            return;
        };
        let (bytes, unpacked) = state.missing(nodes.cluster, image);
        kernel.record(&Record::ImagePulled { bytes });
        let stream = nodes.cluster.pools[state.pool].unpack;
        let Some(pull) = state.pulls.front_mut() else {
            return;
        };
        pull.pulled = Some(kernel.now());
        let time = stream.map_or(Duration::ZERO, |stream| stream.time_for(unpacked));
        if time.is_zero() {
            self.on_unpacked(node, kernel);
        } else {
            pull.unpacked = Some(kernel.schedule_after(time, Event::Unpacked(node)));
        }
    }

    /// The image that a node pulled is complete: the containers that waited for it start.
    pub fn on_unpacked(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let state = &mut nodes.nodes[node];
        let Some(pull) = state.pulls.pop_front() else {
            return;
        };
        nodes.complete(node, pull.image);
        for id in pull.waiting {
            let times = &mut self.containers[id].times;
            times.pulled = pull.pulled.unwrap_or(times.placed).max(times.placed);
            times.unpacked = kernel.now();
            self.start(id, kernel);
        }
        self.pull_next(node, kernel);
    }

    /// The image was there already.
    fn fetched(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        let times = &mut self.containers[id].times;
        (times.pulled, times.unpacked) = (kernel.now(), kernel.now());
        self.start(id, kernel);
    }

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

    pub(super) fn registry_down(&mut self, _: &mut Kernel<'_>) {}
    pub(super) fn registry_up(&mut self) {}
    pub(super) fn drop_pulls(&mut self, _: NodeId, _: &mut Kernel<'_>) {}
}
