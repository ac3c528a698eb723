//! Images on their way to nodes: asked for, downloaded, unpacked.
//!
//! A node pulls as many images at once as its pool says (kubelet's `serializeImagePulls` and
//! `maxParallelImagePulls`), in the order in which they were first needed. A pull asks the registry,
//! downloads what is neither on the node nor on another pull's list as one transfer, and unpacks that
//! layer by layer in one stream. It is done when all layers of its image are there, also those that
//! another pull had on its list.
//!
//! A pull that finds the registry down, or is cut off, is tried again after 10 s, then 20, 40, … up
//! to 300 s (kubelet's image pull back-off). What had been downloaded is not downloaded again.

use super::container::Phase;
use super::nodes::Nodes;
use super::state::ClusterState;
use super::transfers::Transfer;
use crate::effect::Site;
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{ContainerId, FlowId, ImageId, LayerId, MoveId, NodeId, PullId};
use crate::kernel::Kernel;
use crate::model::PullPolicy;
use crate::record::Record;
use crate::units::{Bytes, Duration, Time};

/// kubelet's back-off between tries.
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
const LAST_BACK_OFF: Duration = Duration::from_secs(300);

/// An image on its way to a node.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    node: NodeId,
    image: ImageId,
    /// Containers that start when it is there.
    waiting: Vec<ContainerId>,
    stage: Stage,
    /// Layers on its list; `None`: it has not got so far.
    claimed: Option<Vec<LayerId>>,
    /// What of them has still to come.
    missing: Bytes,
    /// When the last byte came.
    pulled: Option<Time>,
    /// Times that it has been put off in a row.
    failures: u32,
}

/// How far a pull has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Others are before it.
    Queued,
    /// The registry answers at that event.
    Asking(EventKey),
    /// It is tried again at that event.
    PutOff(EventKey),
    /// Bytes come.
    Downloading(FlowId),
    /// It is unpacked at that event.
    Unpacking(EventKey),
    /// It is unpacked to a disk that others write to.
    Writing(FlowId),
    /// It waits for layers on other lists.
    Joining,
}

/// What a transfer is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errand {
    /// Layers come to a node.
    Download(PullId),
    /// Layers are unpacked.
    Unpack(PullId),
    /// Somebody asked for it.
    Move(MoveId),
}

impl ClusterState<'_> {
    /// Sees to it that the image of a container is on its node, then starts the container.
    pub(super) fn fetch_image(&mut self, id: ContainerId, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let Some(image) = self.kinds[self.containers[id].kind].image else {
            return self.fetched(id, kernel);
        };
        let spec = &nodes.cluster.images[image];
        let images = &mut nodes.nodes[node].images;
        kernel.record(&Record::LayersLookedUp {
            lookups: spec.layers.len() as u64,
            hits: images.present(nodes.cluster, image) as u64,
        });
        images.need(image, kernel.now());
        if spec.pull == PullPolicy::IfNotPresent && images.is_complete(nodes.cluster, image) {
            images.keep(image);
            return self.fetched(id, kernel);
        }
        self.containers[id].phase = Phase::Pulling;
        let mut pulls = images.pulls.iter();
        if let Some(&pull) = pulls.find(|&&pull| nodes.pulls[pull].image == image) {
            nodes.pulls[pull].waiting.push(id);
            return;
        }
        nodes.queue_pull(node, image, vec![id], kernel.now());
        self.begin_pulls(node, kernel);
    }

    /// A container no longer needs its image.
    pub(super) fn leave_image(&mut self, id: ContainerId, node: NodeId, image: ImageId, now: Time) {
        let Some(nodes) = &mut self.nodes else { return };
        let images = &mut nodes.nodes[node].images;
        images.leave(image, now);
        for &pull in &images.pulls {
            nodes.pulls[pull].waiting.retain(|&waiting| waiting != id);
        }
    }

    /// A node is there: it pulls what it is to have before a container needs it.
    pub(super) fn pre_pull(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        for (image, spec) in nodes.cluster.images.enumerate() {
            if spec.pre_pull && !nodes.nodes[node].images.is_complete(nodes.cluster, image) {
                nodes.queue_pull(node, image, Vec::new(), kernel.now());
            }
        }
        self.begin_pulls(node, kernel);
    }

    /// Begins as many pulls of a node as may be under way at once.
    fn begin_pulls(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        loop {
            let Some(nodes) = &mut self.nodes else { return };
            let state = &nodes.nodes[node];
            if nodes.cluster.pools[state.pool].parallel_pulls <= state.images.active {
                return;
            }
            let mut pulls = state.images.pulls.iter().copied();
            let Some(pull) = pulls.find(|&pull| nodes.pulls[pull].stage == Stage::Queued) else {
                return;
            };
            if nodes.is_cut_off(node) {
                nodes.put_off(pull, kernel);
                continue;
            }
            nodes.nodes[node].images.active += 1;
            let latency = nodes.cluster.registry.latency;
            if latency.is_zero() {
                self.answered(pull, kernel);
            } else {
                let key = kernel.schedule_after(latency, Event::PullDue(pull));
                nodes.pulls[pull].stage = Stage::Asking(key);
            }
        }
    }

    /// The registry answers, or a pull that was put off is tried again.
    pub fn on_pull_due(&mut self, id: PullId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let pull = &mut nodes.pulls[id];
        if let Stage::Asking(_) = pull.stage {
            return self.answered(id, kernel);
        }
        pull.stage = Stage::Queued;
        let node = pull.node;
        self.begin_pulls(node, kernel);
    }

    /// The registry has said which layers an image has: those that are missing are downloaded.
    fn answered(&mut self, id: PullId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let pull = &mut nodes.pulls[id];
        pull.failures = 0;
        if pull.claimed.is_none() {
            let layers = nodes.nodes[pull.node]
                .images
                .claim(nodes.cluster, pull.image);
            let sizes = layers.iter().map(|&layer| nodes.cluster.layers[layer].size);
            pull.missing = sizes.sum();
            pull.claimed = Some(layers);
        }
        let path = nodes.links.path(Site::Registry, Site::Memory(pull.node));
        if path.is_empty() || pull.missing == Bytes(0) {
            return self.pulled(id, kernel);
        }
        let transfer = Transfer::plain(pull.missing, path);
        let errand = Errand::Download(id);
        let flow = nodes.transfers.start(kernel.now(), errand, transfer);
        pull.stage = Stage::Downloading(flow);
        self.links_changed(kernel);
    }

    /// A node has all bytes that a pull had on its list: it unpacks them.
    pub(super) fn pulled(&mut self, id: PullId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let pull = &mut nodes.pulls[id];
        pull.pulled = Some(kernel.now());
        pull.missing = Bytes(0);
        let layers = || {
            let layers = pull.claimed.iter().flatten();
            layers.map(|&layer| &nodes.cluster.layers[layer])
        };
        kernel.record(&Record::ImagePulled {
            bytes: layers().map(|layer| layer.size).sum(),
        });
        let unpacked: Bytes = layers().map(|layer| layer.unpacked).sum();
        let stream = nodes.cluster.pools[nodes.nodes[pull.node].pool].unpack;
        let (memory, disk) = (Site::Memory(pull.node), Site::Disk(pull.node));
        let path = nodes.links.path(memory, disk);
        if !path.is_empty() && unpacked != Bytes(0) {
            let transfer = Transfer {
                limit: stream,
                ..Transfer::plain(unpacked, path)
            };
            let errand = Errand::Unpack(id);
            let flow = nodes.transfers.start(kernel.now(), errand, transfer);
            pull.stage = Stage::Writing(flow);
            return self.links_changed(kernel);
        }
        let time = stream.map_or(Duration::ZERO, |stream| stream.time_for(unpacked));
        if time.is_zero() {
            self.on_unpacked(id, kernel);
        } else {
            let key = kernel.schedule_after(time, Event::Unpacked(id));
            pull.stage = Stage::Unpacking(key);
        }
    }

    /// What a pull had on its list is unpacked: whatever is complete with it starts.
    pub fn on_unpacked(&mut self, id: PullId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let pull = &mut nodes.pulls[id];
        pull.stage = Stage::Joining;
        let node = pull.node;
        let claimed = pull.claimed.take().unwrap_or_default();
        let images = &mut nodes.nodes[node].images;
        images.active -= 1;
        images.arrived(nodes.cluster, &claimed);
        let complete: Vec<PullId> = images
            .pulls
            .iter()
            .copied()
            .filter(|&id| {
                let pull = &nodes.pulls[id];
                pull.stage == Stage::Joining && images.is_complete(nodes.cluster, pull.image)
            })
            .collect();
        let mut starting = Vec::new();
        for id in complete {
            let pull = nodes.pulls.remove(id);
            let images = &mut nodes.nodes[node].images;
            images.pulls.retain(|&other| other != id);
            images.leave(pull.image, kernel.now());
            images.keep(pull.image);
            starting.push(pull);
        }
        nodes.make_room(node, kernel);
        for pull in starting {
            for id in pull.waiting {
                let times = &mut self.containers[id].times;
                let attached = times.attached;
                times.pulled = pull.pulled.unwrap_or(attached).max(attached);
                times.unpacked = kernel.now();
                self.start(id, kernel);
            }
        }
        self.begin_pulls(node, kernel);
    }

    /// The image was there already.
    fn fetched(&mut self, id: ContainerId, kernel: &mut Kernel<'_>) {
        let times = &mut self.containers[id].times;
        (times.pulled, times.unpacked) = (kernel.now(), kernel.now());
        self.start(id, kernel);
    }

    /// The registry no longer answers, and what comes from it stops. Mirrors go on.
    pub fn registry_down(&mut self, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.registry_outages += 1;
        let all = nodes.pulls.enumerate();
        let ids: Vec<PullId> = all.map(|(id, _)| id).collect();
        for id in ids {
            let node = nodes.pulls[id].node;
            if nodes.is_cut_off(node) && nodes.interrupt(id, kernel) {
                nodes.put_off(id, kernel);
                nodes.nodes[node].images.active -= 1;
            }
        }
        self.links_changed(kernel);
    }

    /// The registry answers again: pulls that were put off find it so when they are due.
    pub fn registry_up(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.registry_outages -= 1;
    }

    /// A node is lost, with its images and whatever was on its way there.
    pub(super) fn drop_pulls(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        for id in std::mem::take(&mut nodes.nodes[node].images.pulls) {
            nodes.interrupt(id, kernel);
            match nodes.pulls.remove(id).stage {
                Stage::PutOff(key) | Stage::Unpacking(key) => kernel.cancel(key),
                Stage::Writing(flow) => {
                    nodes.transfers.cancel(kernel.now(), flow);
                }
                Stage::Queued | Stage::Asking(_) | Stage::Downloading(_) | Stage::Joining => {}
            }
        }
        nodes.forget_images(node);
        self.links_changed(kernel);
    }
}

impl Nodes<'_> {
    fn queue_pull(&mut self, node: NodeId, image: ImageId, waiting: Vec<ContainerId>, now: Time) {
        let pull = self.pulls.insert(Pull {
            node,
            image,
            waiting,
            stage: Stage::Queued,
            claimed: None,
            missing: Bytes(0),
            pulled: None,
            failures: 0,
        });
        let images = &mut self.nodes[node].images;
        images.need(image, now);
        images.pulls.push_back(pull);
    }

    /// Whether a node can pull nothing.
    fn is_cut_off(&self, node: NodeId) -> bool {
        self.registry_outages > 0 && !self.links.has_mirror(node)
    }

    /// Lets a pull be tried again later.
    fn put_off(&mut self, id: PullId, kernel: &mut Kernel<'_>) {
        let pull = &mut self.pulls[id];
        let factor = 1_u64.checked_shl(pull.failures).unwrap_or(u64::MAX);
        let nanos = FIRST_BACK_OFF.nanos().saturating_mul(factor);
        let delay = Duration::from_nanos(nanos).min(LAST_BACK_OFF);
        pull.failures += 1;
        let key = kernel.schedule_after(delay, Event::PullDue(id));
        pull.stage = Stage::PutOff(key);
    }

    /// Cuts a pull off from the registry; answers whether it was in touch with it.
    fn interrupt(&mut self, id: PullId, kernel: &mut Kernel<'_>) -> bool {
        let pull = &mut self.pulls[id];
        match pull.stage {
            Stage::Asking(key) => kernel.cancel(key),
            Stage::Downloading(flow) => {
                pull.missing = self.transfers.cancel(kernel.now(), flow);
            }
            Stage::Queued
            | Stage::PutOff(_)
            | Stage::Unpacking(_)
            | Stage::Writing(_)
            | Stage::Joining => return false,
        }
        true
    }

    /// Lets the least recently used images go where a cache is too full.
    fn make_room(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let state = &mut self.nodes[node];
        if let Some(cache) = self.cluster.pools[state.pool].image_cache {
            let images = state.images.collect_garbage(self.cluster, cache);
            if images > 0 {
                kernel.record(&Record::ImagesEvicted { images });
            }
        }
        self.note_images(node);
    }
}
