//! When something goes wrong, and when it is over.

use super::super::state::ClusterState;
use crate::event::Event;
use crate::id::{FaultId, IdVec, NodeId, OutageId, Slab};
use crate::kernel::Kernel;
use crate::model::{Fault, FaultKind, Occurrences, Where};
use crate::random::{Distribution, Keyed, Purpose, Sampler, Streams};
use crate::units::Time;

/// All that can go wrong, and all that has and is not over.
#[derive(Debug)]
pub(in super::super) struct Faults<'m> {
    pub(super) processes: IdVec<FaultId, Process<'m>>,
    pub(super) outages: Slab<OutageId, Outage>,
    /// By node: what holds it.
    pub(super) health: IdVec<NodeId, Health>,
}

/// A fault, or a fault of one node.
#[derive(Debug)]
pub(super) struct Process<'m> {
    pub(super) fault: &'m Fault,
    /// The node that it happens to, where that is settled.
    node: Option<NodeId>,
    every: Option<Sampler>,
    repair: Option<Sampler>,
    times: Keyed,
    repairs: Keyed,
    pub(super) victims: Keyed,
    /// How often it has happened.
    pub(super) happened: u64,
}

/// Something that has happened and is not over.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    pub(super) process: FaultId,
    pub(super) nodes: Vec<NodeId>,
    pub(super) since: Time,
}

/// What holds a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// Outages that hold it down.
    pub(super) down: u32,
    /// Partitions that cut it off.
    pub(super) cut_off: u32,
    /// What multiplies its speed, by outage.
    pub(super) slow: Vec<(OutageId, f64)>,
}

impl<'m> Faults<'m> {
    /// The faults of a scenario, none of which has happened; nodes by their names and pools.
    pub(in super::super) fn new(
        faults: &'m [Fault],
        nodes: &[(String, crate::id::PoolId, u32)],
        streams: &Streams,
    ) -> Self {
        let mut processes = IdVec::new();
        for fault in faults {
            let mut add = |node: Option<NodeId>| {
                let path = match node {
                    Some(node) => format!("faults.{}.{}", fault.name, nodes[node.0 as usize].0),
                    None => format!("faults.{}", fault.name),
                };
                let every = match &fault.when {
                    Occurrences::Every(law) => Some(law.sampler()),
                    Occurrences::At(_) => None,
                };
                processes.push(Process {
                    fault,
                    node,
                    every,
                    repair: fault.repair.as_ref().map(Distribution::sampler),
                    times: streams.keyed(&path, Purpose::Fault),
                    repairs: streams.keyed(&path, Purpose::Repair),
                    victims: streams.keyed(&path, Purpose::Victim),
                    happened: 0,
                });
            };
            let all = nodes.iter().zip(0..).map(|(node, id)| (node, NodeId(id)));
            let each = matches!(fault.when, Occurrences::Every(_));
            match where_of(fault.kind) {
                Some(Where::Anywhere) if each => all.for_each(|(_, id)| add(Some(id))),
                Some(Where::Pool(pool)) if each => all
                    .filter(|((_, of, _), _)| *of == pool)
                    .for_each(|(_, id)| add(Some(id))),
                Some(Where::Node(pool, number)) => all
                    .filter(|((_, of, at), _)| (*of, *at) == (pool, number))
                    .for_each(|(_, id)| add(Some(id))),
                _ => add(None),
            }
        }
        Self {
            processes,
            outages: Slab::new(),
            health: nodes.iter().map(|_| Health::default()).collect(),
        }
    }
}

/// Which nodes something happens to, if it happens to nodes.
fn where_of(kind: FaultKind) -> Option<Where> {
    match kind {
        FaultKind::NodeCrash(nodes)
        | FaultKind::SlowNode(nodes, _)
        | FaultKind::Partition(nodes, _) => Some(nodes),
        FaultKind::ZoneOutage(zone) => Some(Where::Zone(zone)),
        FaultKind::RegistryOutage | FaultKind::ContainerKill(_) | FaultKind::SpotReclaim(_) => None,
    }
}

impl ClusterState<'_> {
    /// Sets every fault going.
    pub fn start_faults(&mut self, kernel: &mut Kernel<'_>) {
        for (id, process) in self.faults.processes.enumerate() {
            if let Occurrences::At(times) = &process.fault.when {
                for &time in times {
                    kernel.schedule(Time::ZERO + time, Event::FaultDue(id));
                }
            }
        }
        for id in self.faults.processes.ids() {
            self.schedule_fault(id, kernel);
        }
    }

    /// When a fault that has no given times happens next.
    fn schedule_fault(&self, id: FaultId, kernel: &mut Kernel<'_>) {
        let process = &self.faults.processes[id];
        if let Some(every) = &process.every {
            let time = every.duration(process.times.word(process.happened, 0));
            kernel.schedule_after(time, Event::FaultDue(id));
        }
    }

    /// Something goes wrong.
    pub fn on_fault_due(&mut self, id: FaultId, kernel: &mut Kernel<'_>) {
        let process = &mut self.faults.processes[id];
        let (kind, number) = (process.fault.kind, process.happened);
        process.happened += 1;
        if let FaultKind::ContainerKill(kind) = kind {
            let word = process.victims.word(number, 0);
            self.kill_one(kind, word, kernel);
            self.schedule_fault(id, kernel);
            return;
        }
        if let FaultKind::SpotReclaim(takeback) = kind {
            let victims = process.victims.clone();
            self.take_back(&takeback, (&victims, number), kernel);
            self.schedule_fault(id, kernel);
            return;
        }
        let process = &self.faults.processes[id];
        let lasts = process.repair.as_ref();
        let lasts = lasts.map(|law| law.duration(process.repairs.word(number, 0)));
        let mut nodes = self.struck(id, number);
        nodes.retain(|node| self.is_there(*node));
        let outage = self.faults.outages.insert(Outage {
            process: id,
            nodes,
            since: kernel.now(),
        });
        self.begin_outage(outage, kind, lasts, kernel);
        if let Some(lasts) = lasts {
            kernel.schedule_after(lasts, Event::FaultOver(outage));
        }
    }

    /// The nodes that an occurrence of a fault happens to.
    fn struck(&self, id: FaultId, number: u64) -> Vec<NodeId> {
        let process = &self.faults.processes[id];
        if let Some(node) = process.node {
            return vec![node];
        }
        let Some(nodes) = &self.nodes else {
            return Vec::new();
        };
        let all = nodes.table.enumerate();
        match where_of(process.fault.kind) {
            None => Vec::new(),
            Some(Where::Zone(zone)) => all
                .filter(|(_, state)| state.zone == Some(zone))
                .map(|(node, _)| node)
                .collect(),
            Some(place) => {
                let up = all.filter(|(node, state)| {
                    let there = match place {
                        Where::Pool(pool) => state.pool == pool,
                        _ => true,
                    };
                    there && self.faults.is_up(*node)
                });
                let up: Vec<NodeId> = up.map(|(node, _)| node).collect();
                if up.is_empty() {
                    return up;
                }
                let word = process.victims.word(number, 0);
                vec![up[word.below(up.len() as u32) as usize]]
            }
        }
    }

    /// Something is over: what it held is as it was, and it may happen again.
    pub fn on_fault_over(&mut self, id: OutageId, kernel: &mut Kernel<'_>) {
        let outage = self.faults.outages.remove(id);
        self.end_outage(id, &outage, kernel);
        self.schedule_fault(outage.process, kernel);
    }
}

impl Faults<'_> {
    /// Whether no outage holds a node down.
    pub(in super::super) fn is_up(&self, node: NodeId) -> bool {
        self.health.get(node).is_none_or(|health| health.down == 0)
    }

    /// Whether no outage keeps containers from a node.
    pub(in super::super) fn takes_containers(&self, node: NodeId) -> bool {
        let health = self.health.get(node);
        health.is_none_or(|health| health.down == 0 && health.cut_off == 0)
    }

    /// What multiplies the speed of a node.
    pub(in super::super) fn speed(&self, node: NodeId) -> f64 {
        let health = self.health.get(node);
        let factors = health.into_iter().flat_map(|health| &health.slow);
        factors.map(|(_, factor)| factor).product()
    }
}
