//! Which shuffle partitions a task of an adaptive stage reads: `ShufflePartitionsUtil`,
//! `CoalesceShufflePartitions` and `OptimizeSkewedJoin` of Spark SQL.
//!
//! First skewed partitions of a join are split: larger than a multiple of the median and than a
//! threshold, they are cut between maps into pieces of about the mean size of the others, and every
//! piece of one side meets every piece of the other. Then neighbours are merged up to a target size;
//! what was split stays as it is.
//!
//! Sizes are exact. Spark rounds those of stages with more than 2,000 partitions.

use crate::model::{AdaptiveRules, Coalescing, SkewJoin};
use std::ops::Range;

/// What one task reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::spark) struct Piece {
    /// Partitions of the shuffle.
    pub(in crate::spark) partitions: Range<u32>,
    /// By parent: which of its maps, where it is not all; empty: all of all parents.
    pub(in crate::spark) maps: Vec<Option<Range<u32>>>,
}

/// The sizes of what one parent has written.
#[derive(Clone, Debug)]
pub(in crate::spark) struct ParentSizes {
    /// By partition.
    pub(in crate::spark) partitions: Vec<u64>,
    /// By map: all that it has written.
    pub(in crate::spark) maps: Vec<u64>,
}

/// Spark's `SMALL_PARTITION_FACTOR` and `MERGED_PARTITION_FACTOR`.
const SMALL: f64 = 0.2;
const MERGED: f64 = 1.2;
/// The least target size.
const LEAST_TARGET: u64 = 16;

/// What tasks read instead of a partition each; `None`: it stays like that. `of_map` tells how much
/// of a partition a map of a parent has written.
pub(in crate::spark) fn plan(
    rules: &AdaptiveRules,
    is_join: bool,
    parallelism: u32,
    parents: &[ParentSizes],
    of_map: impl Fn(usize, u32, u32) -> u64,
) -> Option<Vec<Piece>> {
    let count = parents.first()?.partitions.len() as u32;
    let split = match rules.skew_join {
        Some(rule) if is_join => split_skewed(rule, rules.advisory_size, parents, of_map),
        _ => None,
    };
    let merged = rules.coalescing.and_then(|rule| {
        let target = target_size(rule, rules.advisory_size, parallelism, parents);
        let pieces = split.clone();
        coalesce(
            &pieces.unwrap_or_else(|| whole(0..count)),
            target,
            parents,
            split.is_some(),
        )
    });
    merged.or(split)
}

fn whole(partitions: Range<u32>) -> Vec<Piece> {
    let piece = |number| Piece {
        partitions: number..number + 1,
        maps: Vec::new(),
    };
    partitions.map(piece).collect()
}

/// The size up to which neighbours are merged.
fn target_size(rule: Coalescing, advisory: u64, parallelism: u32, parents: &[ParentSizes]) -> u64 {
    let parallelism = if rule.parallelism_first {
        parallelism
    } else {
        1
    };
    let least = rule.min_partitions.unwrap_or(parallelism).max(1);
    let total: u64 = parents.iter().flat_map(|it| &it.partitions).sum();
    let most = total.div_ceil(u64::from(least)).max(LEAST_TARGET);
    most.min(advisory).max(rule.min_size)
}

/// Merges neighbours that are not split; `None`: nothing comes of it.
fn coalesce(
    pieces: &[Piece],
    target: u64,
    parents: &[ParentSizes],
    has_split: bool,
) -> Option<Vec<Piece>> {
    let mut merged = Vec::new();
    let mut run: Option<Range<u32>> = None;
    for piece in pieces {
        if piece.maps.is_empty() {
            let start = run.map_or(piece.partitions.start, |run| run.start);
            run = Some(start..piece.partitions.end);
        } else {
            if let Some(run) = run.take() {
                merge(run, target, parents, true, &mut merged);
            }
            merged.push(piece.clone());
        }
    }
    if let Some(run) = run {
        merge(run, target, parents, has_split, &mut merged);
    }
    (merged.len() < pieces.len()).then_some(merged)
}

/// Merges neighbours of a run. Those that hold nothing get no task, but there is at least one
/// unless there `may_be_none`.
fn merge(
    run: Range<u32>,
    target: u64,
    parents: &[ParentSizes],
    may_be_none: bool,
    merged: &mut Vec<Piece>,
) {
    let before = merged.len();
    let mut close = |partitions: Range<u32>, size: u64, always: bool| {
        if size > 0 || (always && merged.len() == before) {
            merged.push(Piece {
                partitions,
                maps: Vec::new(),
            });
        }
    };
    let (mut start, mut size) = (run.start, 0);
    for partition in run.clone() {
        let sizes = parents.iter().map(|it| it.partitions[partition as usize]);
        let this: u64 = sizes.sum();
        if start < partition && target < size + this {
            close(start..partition, size, false);
            (start, size) = (partition, this);
        } else {
            size += this;
        }
    }
    close(start..run.end, size, !may_be_none);
}

/// Splits the skewed partitions of either parent; `None`: there are none.
fn split_skewed(
    rule: SkewJoin,
    advisory: u64,
    parents: &[ParentSizes],
    of_map: impl Fn(usize, u32, u32) -> u64,
) -> Option<Vec<Piece>> {
    let limits: Vec<(u64, u64)> = parents
        .iter()
        .map(|parent| limits(rule, advisory, &parent.partitions))
        .collect();
    let mut pieces = Vec::new();
    let mut any = false;
    for partition in 0..parents.first()?.partitions.len() as u32 {
        let sides = parents.iter().zip(&limits).enumerate();
        let sides = sides.map(|(side, (parent, &(threshold, target)))| {
            if parent.partitions[partition as usize] <= threshold {
                return vec![None];
            }
            let maps = 0..parent.maps.len() as u32;
            let sizes: Vec<u64> = maps.map(|map| of_map(side, map, partition)).collect();
            let ranges = split_list(&sizes, target);
            if ranges.len() > 1 {
                ranges.into_iter().map(Some).collect()
            } else {
                vec![None]
            }
        });
        let sides: Vec<Vec<Option<Range<u32>>>> = sides.collect();
        if sides.iter().all(|side| side.len() == 1) {
            pieces.extend(whole(partition..partition + 1));
            continue;
        }
        any = true;
        let mut maps: Vec<Vec<Option<Range<u32>>>> = vec![Vec::new()];
        for side in &sides {
            let longer = maps.iter().flat_map(|before| {
                side.iter().map(|part| {
                    let mut before = before.clone();
                    before.push(part.clone());
                    before
                })
            });
            maps = longer.collect();
        }
        pieces.extend(maps.into_iter().map(|maps| Piece {
            partitions: partition..partition + 1,
            maps,
        }));
    }
    any.then_some(pieces)
}

/// From which size on a partition is skewed, and how large the pieces of a skewed one are.
fn limits(rule: SkewJoin, advisory: u64, sizes: &[u64]) -> (u64, u64) {
    let threshold = rule
        .threshold
        .max((median(sizes) as f64 * rule.factor) as u64);
    let (mut sum, mut count) = (0, 0);
    for size in sizes.iter().filter(|size| **size <= threshold) {
        (sum, count) = (sum + size, count + 1);
    }
    let mean = u64::checked_div(sum, count).unwrap_or(0);
    (threshold, advisory.max(mean))
}

/// `Utils.median`: at least 1.
fn median(sizes: &[u64]) -> u64 {
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    let median = match sorted.len() {
        0 => 0,
        count if count % 2 == 0 => u64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    };
    median.max(1)
}

/// `splitSizeListByTargetSize`: cuts a list into parts of about the target size.
fn split_list(sizes: &[u64], target: u64) -> Vec<Range<u32>> {
    let mut starts = vec![0_u32];
    let (mut current, mut last) = (0_u64, None::<u64>);
    // Small parts go to the one before.
    let mut close = |starts: &mut Vec<u32>, current: u64| {
        let (size, target) = (current as f64, target as f64);
        let joins = last.is_some_and(|last| {
            let last = last as f64;
            size + last < target * MERGED || size < target * SMALL || last < target * SMALL
        });
        if joins {
            starts.pop();
            last = last.map(|last| last + current);
        } else {
            last = Some(current);
        }
    };
    for (index, &size) in sizes.iter().enumerate() {
        if index > 0 && target < current + size {
            close(&mut starts, current);
            starts.push(index as u32);
            current = size;
        } else {
            current += size;
        }
    }
    close(&mut starts, current);
    let ends = starts.iter().skip(1).copied().chain([sizes.len() as u32]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(from, to)| from..to)
        .collect()
}

#[cfg(test)]
mod tests;
