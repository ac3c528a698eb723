//! What the tasks of a stage read and write: worked out when the stage starts, from where the output
//! of its parents is.
//!
//! What a parent has written divides over the partitions of its reader by their relative sizes; a
//! task reads its part of it from every node that has any. Two executors on a node are one source,
//! and so are two parents. Where there are no nodes every executor counts as one.
//!
//! # Invariants
//! * All that the tasks of a stage without split partitions read is what its parents have written.

use super::aqe::{self, ParentSizes, Piece};
use super::shares::Shares;
use crate::id::{JobRunId, StageId};
use crate::model::{AdaptiveKind, InputSizes, Skew, StageData};
use crate::spark::application::stage_run::{Host, Place};
use crate::spark::state::Spark;
use crate::units::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;

/// What the tasks of a run of a stage read and write.
#[derive(Debug)]
pub(in crate::spark) struct Plan {
    /// How its data divide over partitions.
    shares: Shares,
    /// By task, where tasks and partitions are not the same: what it reads, and its share of those
    /// partitions' work.
    pieces: Vec<(Piece, f64)>,
    /// What its parents have written, as it was when it last started.
    outputs: Vec<ParentOutput>,
}

/// What a parent has written.
#[derive(Debug)]
pub(in crate::spark) struct ParentOutput {
    parent: StageId,
    /// Where how much is, in the order of the hosts.
    hosts: Vec<(Host, u64)>,
}

impl ParentOutput {
    fn moved(&mut self, from: Host, to: Host, bytes: u64) {
        let position = |hosts: &[(Host, u64)], host| hosts.binary_search_by_key(&host, |it| it.0);
        // What was lost when the reader started is not in its books.
        let Ok(source) = position(&self.hosts, from) else {
            return;
        };
        let bytes = bytes.min(self.hosts[source].1);
        self.hosts[source].1 -= bytes;
        match position(&self.hosts, to) {
            Ok(target) => self.hosts[target].1 += bytes,
            Err(place) => self.hosts.insert(place, (to, bytes)),
        }
    }
}

/// By parent, which of its maps wrote what a task reads; `None`: all of them.
pub(in crate::spark) type ReadMaps = Vec<(StageId, Option<Range<u32>>)>;

impl Plan {
    /// The partitions that a task works on.
    pub(in crate::spark) fn partitions(&self, task: u32) -> Range<u32> {
        match self.pieces.get(task as usize) {
            Some((piece, _)) => piece.partitions.clone(),
            None => task..task + 1,
        }
    }

    /// The share that a task has of the work of its partitions.
    pub(in crate::spark) fn fraction(&self, task: u32) -> f64 {
        self.pieces.get(task as usize).map_or(1.0, |it| it.1)
    }

    /// The size of a partition, where a mean one is one.
    pub(in crate::spark) fn relative(&self, partition: u32) -> f64 {
        self.shares.relative(partition)
    }

    /// What a task has of something of which a partition of mean size has `mean`.
    pub(in crate::spark) fn size(&self, mean: Bytes, task: u32) -> u64 {
        let total = mean.0.saturating_mul(u64::from(self.shares.count()));
        self.share_of(self.shares.part(total, self.partitions(task)), task)
    }

    /// What a task has of what its partitions have.
    fn share_of(&self, bytes: u64, task: u32) -> u64 {
        match self.fraction(task) {
            fraction if fraction < 1.0 => (bytes as f64 * fraction) as u64,
            _ => bytes,
        }
    }

    /// What each task reads, where tasks are not partitions.
    pub(in crate::spark) fn maps_of(&self) -> Option<Vec<ReadMaps>> {
        let of_task = |(piece, _): &(Piece, f64)| {
            let sides = self.outputs.iter().enumerate();
            let maps = |side: usize| piece.maps.get(side).cloned().flatten();
            sides
                .map(|(side, output)| (output.parent, maps(side)))
                .collect()
        };
        let pieces = self.pieces.iter().map(of_task);
        (!self.pieces.is_empty()).then(|| pieces.collect())
    }

    /// What a task reads before it computes, besides what its parents have written.
    pub(in crate::spark) fn input(&self, data: &StageData, task: u32) -> u64 {
        match data.input.as_ref().map(|input| &input.sizes) {
            None => 0,
            Some(InputSizes::Each(mean)) => self.size(*mean, task),
            Some(InputSizes::Listed(sizes)) => {
                let partitions = self.partitions(task);
                let sizes = partitions.filter_map(|it| sizes.get(it as usize));
                self.share_of(sizes.map(|size| size.0).sum(), task)
            }
        }
    }
}

impl Spark<'_> {
    /// The number of tasks that a stage has in a run.
    pub(in crate::spark) fn size_of(&self, run: JobRunId, stage: StageId) -> u32 {
        let detail = self.detail(run, stage);
        detail.map_or(self.model.stages[stage].tasks, |detail| {
            detail.partitions.len() as u32
        })
    }

    /// So much of what a stage has written is on another host now: whoever reads it from now on reads
    /// it there.
    pub(in crate::spark) fn output_moved(
        &mut self,
        (run, parent): (JobRunId, StageId),
        (from, to): (Host, Host),
        bytes: u64,
    ) {
        for index in 0..self.children[parent].len() {
            let child = self.children[parent][index];
            if let Some(plan) = self.detail_mut(run, child).and_then(|it| it.plan.as_mut()) {
                let outputs = plan.outputs.iter_mut();
                outputs
                    .filter(|output| output.parent == parent)
                    .for_each(|output| output.moved(from, to, bytes));
            }
        }
    }

    /// What is planned of a stage that has data and has started.
    pub(in crate::spark) fn plan(&self, run: JobRunId, stage: StageId) -> Option<&Plan> {
        self.detail(run, stage)?.plan.as_deref()
    }

    /// A stage that has data starts, or starts again: what its tasks read is worked out.
    pub(in crate::spark) fn prepare_data(&mut self, run: JobRunId, stage: StageId) {
        let Some(data) = &self.model.stages[stage].data else {
            return;
        };
        let outputs = self.outputs(run, stage);
        if let Some(plan) = self.detail_mut(run, stage).and_then(|it| it.plan.as_mut()) {
            plan.outputs = outputs;
            return;
        }
        let execution = self.executions[self.job_runs[run].execution].number;
        let shares = self.shares(execution, stage, data);
        let pieces = data.adaptive.and_then(|kind| {
            let pieces = self.adapt(run, kind, &shares, &outputs)?;
            let with_fraction = |piece: Piece| {
                let fraction = self.fraction_of(run, &piece, &shares, &outputs);
                (piece, fraction)
            };
            Some(pieces.into_iter().map(with_fraction).collect::<Vec<_>>())
        });
        let pieces = pieces.unwrap_or_default();
        let state = self.job_runs[run].stage_mut(stage);
        let Some(detail) = &mut state.detail else {
            return;
        };
        if !pieces.is_empty() {
            detail.partitions.clear();
            detail
                .partitions
                .resize_with(pieces.len(), Default::default);
            state.tasks_left = pieces.len() as u32;
        }
        detail.plan = Some(Box::new(Plan {
            shares,
            pieces,
            outputs,
        }));
    }

    pub(in crate::spark) fn shares(
        &self,
        execution: u64,
        stage: StageId,
        data: &StageData,
    ) -> Shares {
        let tasks = self.model.stages[stage].tasks;
        match (&data.skew, self.data.skew_words(stage)) {
            (Some(Skew::Given(sizes)), _) => Shares::of(sizes),
            (Some(Skew::Drawn(law)), Some(words)) => {
                let sampler = law.sampler();
                let draw = |task| sampler.sample(words.word(execution, u64::from(task)));
                Shares::of(&(0..tasks).map(draw).collect::<Vec<f64>>())
            }
            _ => Shares::equal(tasks),
        }
    }

    /// What the parents of a stage have written, and where it is.
    fn outputs(&self, run: JobRunId, stage: StageId) -> Vec<ParentOutput> {
        let parents = self.model.stages[stage].parents.iter().copied();
        let writers = parents.filter(|it| self.model.stages[*it].shuffle_write() > Bytes(0));
        let output = |parent| {
            let maps = 0..self.size_of(run, parent);
            ParentOutput {
                parent,
                hosts: self.where_written(run, parent, maps, |bytes| bytes),
            }
        };
        writers.map(output).collect()
    }

    /// Where some maps of a stage have written how much, of which `part` counts.
    pub(in crate::spark) fn where_written(
        &self,
        run: JobRunId,
        stage: StageId,
        maps: Range<u32>,
        part: impl Fn(u64) -> u64,
    ) -> Vec<(Host, u64)> {
        let execution = self.job_runs[run].execution;
        let numbers = &self.submissions[self.executions[execution].submission].numbers;
        let mut written: BTreeMap<Host, u64> = BTreeMap::new();
        let Some(detail) = self.detail(run, stage) else {
            return Vec::new();
        };
        for map in maps {
            if let Place::Executor(number) = detail.partitions[map as usize].result {
                let bytes = part(self.written_by(run, stage, map));
                *written.entry(numbers.host(number)).or_default() += bytes;
            }
        }
        written.into_iter().collect()
    }

    /// What a map has written for the stages that come after its own.
    pub(in crate::spark) fn written_by(&self, run: JobRunId, stage: StageId, map: u32) -> u64 {
        let mean = self.model.stages[stage].shuffle_write();
        self.plan(run, stage).map_or(0, |plan| plan.size(mean, map))
    }

    /// What a task reads of what the parents of its stage have written: from each host how much.
    pub(in crate::spark) fn shuffle_sources(
        &self,
        run: JobRunId,
        stage: StageId,
        task: u32,
    ) -> Vec<(Host, u64)> {
        let Some(plan) = self.plan(run, stage) else {
            return Vec::new();
        };
        let partitions = plan.partitions(task);
        let piece = plan.pieces.get(task as usize).map(|(piece, _)| piece);
        let mut sources: BTreeMap<Host, u64> = BTreeMap::new();
        let mut add = |host, bytes| *sources.entry(host).or_default() += bytes;
        for (side, output) in plan.outputs.iter().enumerate() {
            let maps = piece.and_then(|piece| piece.maps.get(side)?.clone());
            let part = |bytes| plan.shares.part(bytes, partitions.clone());
            if let Some(maps) = maps {
                for (host, bytes) in self.where_written(run, output.parent, maps, part) {
                    add(host, bytes);
                }
            } else {
                for &(host, bytes) in &output.hosts {
                    add(host, part(bytes));
                }
            }
        }
        sources
            .into_iter()
            .filter(|(_, bytes)| *bytes > 0)
            .collect()
    }

    /// What Spark SQL makes of the partitions of a stage; `None`: it leaves them.
    fn adapt(
        &self,
        run: JobRunId,
        kind: AdaptiveKind,
        shares: &Shares,
        outputs: &[ParentOutput],
    ) -> Option<Vec<Piece>> {
        let app = self.model.jobs[self.job_runs[run].job].app;
        let rules = self.model.apps[app].conf.data.adaptive.as_ref()?;
        let sizes = |output: &ParentOutput| {
            let total = output.hosts.iter().map(|it| it.1).sum();
            let parts = 0..shares.count();
            let maps = 0..self.size_of(run, output.parent);
            ParentSizes {
                partitions: parts.map(|it| shares.part(total, it..it + 1)).collect(),
                maps: maps
                    .map(|map| self.written_by(run, output.parent, map))
                    .collect(),
            }
        };
        let parents: Vec<ParentSizes> = outputs.iter().map(sizes).collect();
        let of_map = |side: usize, map: u32, partition: u32| {
            shares.part(parents[side].maps[map as usize], partition..partition + 1)
        };
        let is_join = kind == AdaptiveKind::Join;
        aqe::plan(rules, is_join, self.parallelism(run), &parents, of_map)
    }

    /// The share of the work of a partition that one of its pieces has: the product over the sides of
    /// what it reads of what there is, so the pieces of a partition add up to all of it.
    fn fraction_of(
        &self,
        run: JobRunId,
        piece: &Piece,
        shares: &Shares,
        outputs: &[ParentOutput],
    ) -> f64 {
        let part = |bytes| shares.part(bytes, piece.partitions.clone());
        let sides = outputs.iter().zip(&piece.maps);
        let fractions = sides.filter_map(|(output, maps)| {
            let sum = |maps: Range<u32>| -> u64 {
                maps.map(|map| part(self.written_by(run, output.parent, map)))
                    .sum()
            };
            let all = sum(0..self.size_of(run, output.parent));
            Some(sum(maps.clone()?) as f64 / all.max(1) as f64)
        });
        fractions.product()
    }

    /// `spark.default.parallelism`: the cores of the executors that there are, at least 2; in a
    /// process its own.
    fn parallelism(&self, run: JobRunId) -> u32 {
        let submission = self.executions[self.job_runs[run].execution].submission;
        let submission = &self.submissions[submission];
        let conf = &self.model.apps[submission.app].conf;
        if let Some(given) = conf.data.parallelism {
            return given;
        }
        let executors = submission.executors.iter().map(|it| &self.executors[*it]);
        let cores = executors.filter(|it| it.running).map(|executor| {
            if executor.slots == conf.slots_per_executor() {
                conf.executor_cores
            } else {
                executor.slots * conf.task_cpus
            }
        });
        let least = if self.is_process(submission.app) {
            1
        } else {
            2
        };
        cores.sum::<u32>().max(least)
    }
}
