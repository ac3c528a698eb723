//! Where the tasks of a stage would rather run: `DAGScheduler.getPreferredLocs`.
//!
//! What is known when the stage is submitted holds for all attempts at its tasks, as in Spark: a
//! block that is cached later, or an executor that goes, changes no preference.

use super::pending::{Location, Preferences, Slot};
use crate::id::{ExecutionId, ExecutorId, JobRunId, NodeId, PoolId, StageId, SubmissionId};
use crate::model::{Cluster, Locality, ManagerKind, Rack};
use crate::spark::application::stage_run::{Host, Place};
use crate::spark::data::shuffle_read::Plan;
use crate::spark::state::Spark;
use crate::units::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;

/// `MapOutputTracker.SHUFFLE_PREF_MAP_THRESHOLD` and `SHUFFLE_PREF_REDUCE_THRESHOLD`: with so many
/// tasks on either side Spark does not look.
const MOST_TASKS: u32 = 1000;
/// `MapOutputTracker.REDUCER_PREF_LOCS_FRACTION` is one in so many.
const FRACTION: u64 = 5;

impl Spark<'_> {
    /// Where the tasks of a stage would rather run; `None` where they do not mind.
    pub(in crate::spark) fn preferences(
        &self,
        run: JobRunId,
        stage: StageId,
    ) -> Option<Preferences> {
        let spec = &self.model.stages[stage];
        let execution = self.job_runs[run].execution;
        let preferences = match spec.locality.as_ref()? {
            Locality::MapOutput => self.map_outputs(run, stage),
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
    pub(in crate::spark) fn locate(
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

    /// Hosts with at least a fifth of what each task of a stage reads: of all of its partitions,
    /// because what a map writes divides over them all in the same proportion. A task that reads a
    /// part of the maps looks for those alone, whatever they have written
    /// (`MapOutputTrackerMaster.getMapLocation`).
    fn map_outputs(&self, run: JobRunId, stage: StageId) -> Preferences {
        let spec = &self.model.stages[stage];
        let conf = &self.model.apps[self.model.jobs[spec.job].app].conf;
        if !conf.scheduling.locality.reduce_locality || MOST_TASKS <= spec.tasks {
            return Preferences::Same(Vec::new());
        }
        let by_host = conf.scheduling.shuffle_service;
        let parents = spec.parents.iter();
        let whole: Vec<(StageId, Vec<Host>)> = parents
            .map(|parent| (*parent, self.outputs_of(run, *parent, by_host)))
            .collect();
        let Some(tasks) = self.plan(run, stage).and_then(Plan::maps_of) else {
            let of_each: Vec<Vec<Host>> = whole.into_iter().map(|it| it.1).collect();
            return Preferences::Same(self.named_by(&of_each));
        };
        let (mut locations, mut ends) = (Vec::new(), Vec::new());
        for parents in tasks {
            let hosts = |(parent, maps): (StageId, Option<Range<u32>>)| match maps {
                Some(maps) => self.hosts_of(run, parent, maps),
                None => {
                    let mut whole = whole.iter();
                    let found = whole.find(|(other, _)| *other == parent);
                    found.map_or_else(Vec::new, |it| it.1.clone())
                }
            };
            let of_each: Vec<Vec<Host>> = parents.into_iter().map(hosts).collect();
            locations.extend(self.named_by(&of_each));
            ends.push(locations.len() as u32);
        }
        Preferences::Each(locations, ends)
    }

    /// Of what several parents name it is the hosts that all of them name, or else all that any
    /// names, as `ZippedPartitionsBaseRDD` does.
    fn named_by(&self, of_each: &[Vec<Host>]) -> Vec<Location> {
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

    /// Hosts with the output of some maps of a stage.
    fn hosts_of(&self, run: JobRunId, stage: StageId, maps: Range<u32>) -> Vec<Host> {
        let written = self.where_written(run, stage, maps, |bytes| bytes);
        written.into_iter().map(|(host, _)| host).collect()
    }

    /// Hosts of executors with at least a fifth of a stage's output; where a shuffle service keeps
    /// it, the host counts as one. Where sizes are not known every map counts the same.
    fn outputs_of(&self, run: JobRunId, stage: StageId, by_host: bool) -> Vec<Host> {
        if MOST_TASKS <= self.size_of(run, stage) {
            return Vec::new();
        }
        let is_known = self.model.stages[stage].shuffle_write() > Bytes(0);
        let execution = self.job_runs[run].execution;
        let submission = &self.submissions[self.executions[execution].submission];
        let Some(detail) = self.detail(run, stage) else {
            return Vec::new();
        };
        let mut outputs: BTreeMap<(Host, u32), u64> = BTreeMap::new();
        for (map, partition) in detail.partitions.iter().enumerate() {
            if let Place::Executor(number) = partition.result {
                let host = submission.numbers.host(number);
                let number = if by_host { 0 } else { number };
                let bytes = if is_known {
                    self.written_by(run, stage, map as u32)
                } else {
                    1
                };
                *outputs.entry((host, number)).or_default() += bytes;
            }
        }
        let all: u64 = outputs.values().sum();
        let is_large = |part: u64| 0 < part && all <= part.saturating_mul(FRACTION);
        let large = outputs.into_iter().filter(|(_, part)| is_large(*part));
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
    pub(in crate::spark) fn slot(&self, executor: ExecutorId) -> Slot {
        let executor = &self.executors[executor];
        Slot {
            executor: executor.number,
            host: executor.host,
            rack: self.rack(executor.host),
        }
    }

    /// Where the executors of an application are that take tasks.
    pub(in crate::spark) fn slots(&self, id: SubmissionId) -> Vec<Slot> {
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
