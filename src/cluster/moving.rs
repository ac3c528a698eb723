//! Bytes that other domains ask to be moved: between memories and disks of nodes, from and to object
//! stores.
//!
//! What nothing limits is there at once. A transfer from or to an object store first waits for the
//! latency of its requests; its bytes share the links on their way with everything else that moves.
//!
//! # Invariants
//! * A mover is told of each of its transfers once, unless it has called them off or the node that
//!   they go to is gone: then it is not told.
//! * No transfer outlives a node at either of its ends.

use super::pulls::Errand;
use super::state::ClusterState;
use super::transfers::{Counted, Transfer};
use crate::effect::{Effect, Movement, Mover, Site, TransferOutcome};
use crate::engine::EventKey;
use crate::event::Event;
use crate::id::{FlowId, Id, MoveId, NodeId, Slab, StorageId};
use crate::kernel::Kernel;
use crate::model::Storage;
use crate::units::{Bytes, Duration, Time};

/// Everything that moves for others.
#[derive(Clone, Debug, Default)]
pub(super) struct Moving {
    moves: Slab<MoveId, Move>,
    /// By task: what moves for it.
    tasks: Vec<Vec<MoveId>>,
    /// By executor, the same.
    executors: Vec<Vec<MoveId>>,
}

#[derive(Clone, Debug)]
struct Move {
    movement: Movement,
    /// When it was asked for.
    asked: Time,
    stage: Stage,
    /// Where it stands among those of its mover.
    position: u32,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The storage answers at that event.
    Asking(EventKey),
    /// Bytes move.
    Moving(FlowId),
}

impl Moving {
    /// What does not add up.
    pub(super) fn breach(&self) -> Option<String> {
        let lists = self.tasks.iter().chain(&self.executors);
        let listed: usize = lists.map(Vec::len).sum();
        let moves = self.moves.len();
        (listed != moves).then(|| format!("{moves} transfers move, their movers know of {listed}"))
    }

    fn of(&mut self, mover: Mover) -> &mut Vec<MoveId> {
        let (lists, index) = match mover {
            Mover::Task(task) => (&mut self.tasks, task.index()),
            Mover::Executor(executor) => (&mut self.executors, executor.index()),
        };
        if lists.len() <= index {
            lists.resize_with(index + 1, Vec::new);
        }
        &mut lists[index]
    }

    fn insert(&mut self, (movement, asked): (Movement, Time), stage: Stage) {
        let position = self.of(movement.mover).len() as u32;
        let id = self.moves.insert(Move {
            movement,
            asked,
            stage,
            position,
        });
        self.of(movement.mover).push(id);
    }

    fn remove(&mut self, id: MoveId) -> Move {
        let it = self.moves.remove(id);
        let list = self.of(it.movement.mover);
        list.swap_remove(it.position as usize);
        if let Some(&moved) = list.get(it.position as usize) {
            self.moves[moved].position = it.position;
        }
        it
    }
}

/// The object store that a movement reads or writes.
fn storage_of(movement: &Movement) -> Option<StorageId> {
    [movement.from, movement.to]
        .into_iter()
        .find_map(|site| match site {
            Site::Storage(id) => Some(id),
            Site::Registry | Site::Memory(_) | Site::Disk(_) => None,
        })
}

fn done(movement: &Movement, outcome: TransferOutcome) -> Effect {
    Effect::TransferDone {
        mover: movement.mover,
        tag: movement.tag,
        outcome,
    }
}

impl ClusterState<'_> {
    /// Somebody wants bytes to be moved.
    pub fn on_transfer(&mut self, movement: &Movement, kernel: &mut Kernel<'_>) {
        if self.nodes.is_none() {
            kernel.push(done(movement, TransferOutcome::Moved));
            return;
        }
        // Whoever asks may not have heard yet which nodes are gone.
        if movement.to.node().is_some_and(|node| !self.has_data(node)) {
            return;
        }
        if movement.from.node().is_some_and(|it| !self.has_data(it)) {
            kernel.push(done(movement, TransferOutcome::SourceLost));
            return;
        }
        let latency = self.latency(movement);
        if latency.is_zero() {
            self.begin_move(movement, kernel.now(), kernel);
        } else if let Some(nodes) = &mut self.nodes {
            // The event is for the transfer, which does not know it yet.
            let next = nodes.moving.moves.next_id();
            let key = kernel.schedule_after(latency, Event::MoveDue(next));
            let asked = (*movement, kernel.now());
            nodes.moving.insert(asked, Stage::Asking(key));
        }
    }

    /// How long the storage of a movement takes to answer all its requests.
    fn latency(&self, movement: &Movement) -> Duration {
        let storage = storage_of(movement).and_then(|id| self.storage(id));
        storage.map_or(Duration::ZERO, |storage| {
            let requests = storage.requests(movement.bytes);
            Duration::from_nanos(storage.latency.nanos().saturating_mul(requests))
        })
    }

    fn storage(&self, id: StorageId) -> Option<&Storage> {
        self.nodes.as_ref()?.cluster.storages.get(id)
    }

    /// A storage answers: bytes move.
    pub fn on_move_due(&mut self, id: MoveId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let Move {
            movement, asked, ..
        } = nodes.moving.remove(id);
        self.begin_move(&movement, asked, kernel);
    }

    fn begin_move(&mut self, movement: &Movement, asked: Time, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let path = nodes.links.path(movement.from, movement.to);
        if path.is_empty() || movement.bytes == Bytes(0) {
            self.arrived(movement, asked, kernel);
            return;
        }
        let counted = storage_of(movement).and_then(|id| {
            let requests = nodes.cluster.storages[id].requests(movement.bytes);
            Some(Counted {
                link: nodes.links.requests(id)?,
                per_byte: requests as f64 / movement.bytes.0 as f64,
            })
        });
        let transfer = Transfer {
            weight: movement.weight,
            counted,
            ..Transfer::plain(movement.bytes, path)
        };
        let errand = Errand::Move(nodes.moving.moves.next_id());
        let flow = nodes.transfers.start(kernel.now(), errand, transfer);
        nodes.moving.insert((*movement, asked), Stage::Moving(flow));
        self.links_changed(kernel);
    }

    /// The last byte is there.
    pub(super) fn moved(&mut self, id: MoveId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &mut self.nodes else { return };
        let Move {
            movement, asked, ..
        } = nodes.moving.remove(id);
        self.arrived(&movement, asked, kernel);
    }

    fn arrived(&mut self, movement: &Movement, asked: Time, kernel: &mut Kernel<'_>) {
        self.book_move(movement, movement.bytes, kernel);
        if let Some(storage) = storage_of(movement) {
            let took = kernel.now() - asked;
            let meter = &mut kernel.metrics.storages[storage];
            meter.transfer_time.record(took.nanos());
            if movement.to == Site::Storage(storage) {
                self.book_kept(movement, storage, kernel);
            }
        }
        kernel.push(done(movement, TransferOutcome::Moved));
    }

    /// A mover no longer wants what moves for it.
    pub fn on_cancel_transfers(&mut self, mover: Mover, kernel: &mut Kernel<'_>) {
        while let Some(nodes) = &mut self.nodes
            && let Some(&id) = nodes.moving.of(mover).last()
        {
            self.stop_move(id, kernel);
        }
    }

    /// A node is gone, and with it what comes from it or goes to it.
    pub(super) fn drop_moves(&mut self, node: NodeId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &self.nodes else { return };
        let all = nodes.moving.moves.enumerate();
        let here = all.filter(|(_, it)| {
            let Movement { from, to, .. } = it.movement;
            from.node() == Some(node) || to.node() == Some(node)
        });
        let here: Vec<MoveId> = here.map(|(id, _)| id).collect();
        for id in here {
            let movement = self.stop_move(id, kernel);
            if movement.is_some_and(|it| it.to.node() != Some(node)) {
                kernel.push_all(movement.map(|it| done(&it, TransferOutcome::SourceLost)));
            }
        }
    }

    fn stop_move(&mut self, id: MoveId, kernel: &mut Kernel<'_>) -> Option<Movement> {
        let nodes = self.nodes.as_mut()?;
        let Move {
            movement, stage, ..
        } = nodes.moving.remove(id);
        match stage {
            Stage::Asking(key) => kernel.cancel(key),
            Stage::Moving(flow) => {
                let left = nodes.transfers.cancel(kernel.now(), flow);
                self.book_move(&movement, movement.bytes - left, kernel);
                self.links_changed(kernel);
            }
        }
        Some(movement)
    }

    /// Bytes have moved, as many as were asked for or fewer: who pays, and for what.
    fn book_move(&self, movement: &Movement, bytes: Bytes, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &self.nodes else { return };
        let Movement {
            from, to, payer, ..
        } = *movement;
        let zone = |site: Site| site.node().and_then(|node| nodes.links.zone(node));
        let crosses = zone(from).is_some() && zone(to).is_some() && zone(from) != zone(to);
        let storage = storage_of(movement);
        if crosses {
            kernel.metrics.cluster.cross_zone_bytes += bytes.0;
        }
        let requests = storage.map_or(0, |id| nodes.cluster.storages[id].requests(bytes));
        if let Some(id) = storage {
            let meter = &mut kernel.metrics.storages[id];
            if to.node().is_some() {
                meter.bytes_read += bytes.0;
            } else {
                meter.bytes_written += bytes.0;
            }
            meter.requests += requests;
        }
        let (Some(costs), Some(node)) = (&mut kernel.metrics.costs, to.node().or(from.node()))
        else {
            return;
        };
        let pool = nodes.nodes[node].pool;
        if crosses {
            costs.crossed_zones(pool, payer, bytes);
        }
        if let Some(id) = storage {
            costs.asked(pool, payer, id, requests);
        }
    }

    /// A store keeps what has been written to it in whole, to the end of the run.
    fn book_kept(&self, movement: &Movement, id: StorageId, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &self.nodes else { return };
        if !nodes.cluster.storages[id].grows() {
            return;
        }
        let now = kernel.now();
        let meter = &mut kernel.metrics.storages[id];
        meter.grown.rise(now, movement.bytes.0);
        if let (Some(costs), Some(node)) = (&mut kernel.metrics.costs, movement.from.node()) {
            let payer = (nodes.nodes[node].pool, movement.payer);
            costs.stored(payer, id, movement.bytes, now);
        }
    }

    /// Whether a node is there with what is on it.
    fn has_data(&self, node: NodeId) -> bool {
        self.is_present(node) && self.faults.is_up(node)
    }
}
