//! Where the tasks of a stage would rather run: `DAGScheduler.getPreferredLocs`.
//!
//! What is known when the stage is submitted holds for all attempts at its tasks, as in Spark: a
//! block that is cached later, or an executor that goes, changes no preference.

use super::pending::{Location, Preferences, Slot};
use super::stage_run::{Host, Place};
use super::state::Spark;
use crate::id::{ExecutionId, ExecutorId, JobRunId, NodeId, PoolId, StageId, SubmissionId};
use crate::model::{Cluster, Locality, ManagerKind, Rack};
use std::collections::BTreeMap;

/// `MapOutputTracker.SHUFFLE_PREF_MAP_THRESHOLD` and `SHUFFLE_PREF_REDUCE_THRESHOLD`: with so many
/// tasks on either side Spark does not look.
const MOST_TASKS: u32 = 1000;
/// `MapOutputTracker.REDUCER_PREF_LOCS_FRACTION` is one in so many.
const FRACTION: u64 = 5;

impl Spark<'_> {
    /// Where the tasks of a stage would rather run; `None` where they do not mind.
    pub(super) fn preferences(&self, run: JobRunId, stage: StageId) -> Option<Preferences> {
        let spec = &self.model.stages[stage];
        let execution = self.job_runs[run].execution;
        let preferences = match spec.locality.as_ref()? {
            Locality::MapOutput => Preferences::Same(self.map_outputs(run, stage)),
            Locality::Blocks { .. } | Locality::Cached(_) => {
                let (mut locations, mut ends) = (Vec::new(), Vec::new());
                for partition in 0..spec.tasks {
                    self.locate(execution, stage, partition, &mut locations);
                    ends.push(locations.len() as u32);
                }
                Preferences::Each(locations, ends)
            }
        };
        Some(preferences).filter(|it| !it.is_empty())
    }

    /// Where the data of one task are, other than map output.
    pub(super) fn locate(
        &self,
        execution: ExecutionId,
        stage: StageId,
        partition: u32,
        found: &mut Vec<Location>,
    ) {
        match &self.model.stages[stage].locality {
            Some(Locality::Blocks { pools, replication }) => {
                let number = self.executions[execution].number;
                let hosts = self.blocks((stage, number), partition, (pools, *replication));
                found.extend(hosts.map(|host| Location {
                    host,
                    executor: None,
                    rack: self.rack(host),
                }));
            }
            Some(Locality::Cached(source)) => match self.cached_at(execution, *source, partition) {
                Some((executor, host)) => found.push(Location {
                    host,
                    executor: Some(executor),
                    rack: self.rack(host),
                }),
                // It will be computed again from what its stage has read.
                None => self.locate(execution, *source, partition, found),
            },
            Some(Locality::MapOutput) | None => {}
        }
    }

    /// Nodes with a copy of a task's block, all different: Floyd's way to draw some of many.
    fn blocks(
        &self,
        (stage, execution): (StageId, u64),
        partition: u32,
        (pools, replication): (&[PoolId], u32),
    ) -> impl Iterator<Item = Host> + use<> {
        let mut drawn: Vec<u32> = Vec::new();
        if let (Some(cluster), Some(words)) = (&self.model.cluster, &self.block_words[stage]) {
            let counts = pools.iter().map(|pool| cluster.pools[*pool].count);
            let count: u32 = counts.sum();
            for last in count - replication..count {
                let number = u64::from(partition) << 32 | u64::from(last);
                let chosen = words.word(execution, number).below(last + 1);
                drawn.push(if drawn.contains(&chosen) {
                    last
                } else {
                    chosen
                });
            }
            for chosen in &mut drawn {
                *chosen = node_at(cluster, pools, *chosen);
            }
        }
        drawn.into_iter().map(Host::Node)
    }

    /// Hosts with at least a fifth of what each task of a stage reads. Every map task is taken to
    /// write as much as the others, and for every reader alike. Of several parents it is those that
    /// all of them name, or else all that any names, as `ZippedPartitionsBaseRDD` does.
    fn map_outputs(&self, run: JobRunId, stage: StageId) -> Vec<Location> {
        let spec = &self.model.stages[stage];
        let conf = &self.model.apps[self.model.jobs[spec.job].app].conf;
        if !conf.scheduling.locality.reduce_locality || MOST_TASKS <= spec.tasks {
            return Vec::new();
        }
        let parents = spec.parents.iter();
        let of_each: Vec<Vec<Host>> = parents
            .map(|parent| self.outputs_of(run, *parent, conf.scheduling.shuffle_service))
            .collect();
        let mut hosts: Vec<Host> = of_each.iter().flatten().copied().collect();
        hosts.sort_unstable();
        hosts.dedup();
        let in_all = |host: &&Host| of_each.iter().all(|hosts| hosts.contains(host));
        let common: Vec<Host> = hosts.iter().filter(in_all).copied().collect();
        let hosts = if common.is_empty() { hosts } else { common };
        let location = |host| Location {
            host,
            executor: None,
            rack: self.rack(host),
        };
        hosts.into_iter().map(location).collect()
    }

    /// Hosts of executors with at least a fifth of a stage's output; where a shuffle service keeps
    /// it, the host counts as one.
    fn outputs_of(&self, run: JobRunId, stage: StageId, by_host: bool) -> Vec<Host> {
        if MOST_TASKS <= self.model.stages[stage].tasks {
            return Vec::new();
        }
        let execution = self.job_runs[run].execution;
        let submission = &self.submissions[self.executions[execution].submission];
        let Some(detail) = self.detail(run, stage) else {
            return Vec::new();
        };
        let mut outputs: BTreeMap<(Host, u32), u64> = BTreeMap::new();
        for partition in &detail.partitions {
            if let Place::Executor(number) = partition.result {
                let host = submission.numbers.host(number);
                let number = if by_host { 0 } else { number };
                *outputs.entry((host, number)).or_default() += 1;
            }
        }
        let all: u64 = outputs.values().sum();
        let large = outputs
            .into_iter()
            .filter(|(_, count)| all <= count * FRACTION);
        large.map(|((host, _), _)| host).collect()
    }

    /// The rack of a node, where the manager tells Spark of racks: `YarnScheduler` alone does.
    fn rack(&self, host: Host) -> Option<Rack> {
        let cluster = self.model.cluster.as_ref()?;
        match host {
            Host::Node(node) if cluster.manager == ManagerKind::Yarn => {
                Some(cluster.rack(NodeId(node)))
            }
            Host::Node(_) | Host::Own(_) => None,
        }
    }

    /// Where an executor is.
    pub(super) fn slot(&self, executor: ExecutorId) -> Slot {
        let executor = &self.executors[executor];
        Slot {
            executor: executor.number,
            host: executor.host,
            rack: self.rack(executor.host),
        }
    }

    /// Where the executors of an application are that take tasks.
    pub(super) fn slots(&self, id: SubmissionId) -> Vec<Slot> {
        let executors = self.submissions[id].executors.iter();
        let there = executors.filter(|executor| {
            let executor = &self.executors[**executor];
            executor.running && !executor.leaving
        });
        there.map(|executor| self.slot(*executor)).collect()
    }
}

/// The how-many-th of the first nodes of some pools.
fn node_at(cluster: &Cluster, pools: &[PoolId], mut number: u32) -> u32 {
    for &pool in pools {
        let count = cluster.pools[pool].count;
        if number < count {
            return cluster.first_node(pool) + number;
        }
        number -= count;
    }
    unreachable!("fewer blocks are drawn than there are nodes")
}
