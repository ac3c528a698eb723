//! Shards: what a part of a sweep found, on disk, and putting parts together.

use super::layout::Layout;
use super::run::{PointResults, Shard, SweepResults};
use crate::files::{self, FileError, Journal};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the names of shards' files end in.
const ENDING: &str = ".shard";

/// Why shards make no whole.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no shard.
    #[error(
        "no shard lies in {}: run `sparksim sweep SCENARIO --shard I/N` first",
        paths(directories)
    )]
    Nothing {
        /// Where it was looked for.
        directories: Vec<PathBuf>,
    },
    /// A shard's file is cut off or is none.
    #[error("`{}` is damaged: run its shard again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Two files are of different sweeps.
    #[error(
        "`{}` and `{}` are shards of different sweeps: scenario, changes, seed, replications and \
         version must be the same",
        one.display(),
        other.display()
    )]
    Different {
        /// One of them.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// Some points are in no shard.
    #[error("{count} of {all} points are missing: {}", missing.join(", "))]
    Missing {
        /// How many.
        count: usize,
        /// Of how many.
        all: usize,
        /// The shards that would have them.
        missing: Vec<String>,
    },
}

fn paths(directories: &[PathBuf]) -> String {
    let paths = directories
        .iter()
        .map(|path| format!("`{}`", path.display()));
    paths.collect::<Vec<_>>().join(", ")
}

/// Writes what a shard found into `directory`; answers with the file.
///
/// # Errors
/// If it cannot be written.
pub fn write_shard(
    directory: &Path,
    layout: &Layout,
    shard: Shard,
    points: &[Option<PointResults>],
) -> Result<PathBuf, FileError> {
    let mut records = vec![encode(&(shard, layout))];
    for (number, results) in (0_u32..).zip(points) {
        if let Some(results) = results {
            records.push(encode(&(number, results)));
        }
    }
    let Shard { number, of } = shard;
    let path = directory.join(format!("sweep-{number}-of-{of}{ENDING}"));
    Journal::begin(&path, &records)?;
    Ok(path)
}

/// Puts the shards in `directories` together.
///
/// # Errors
/// If there is none, one is damaged or of another sweep, or points are missing.
pub fn merge(directories: &[PathBuf]) -> Result<SweepResults, MergeError> {
    let mut parts = Vec::new();
    for directory in directories {
        for path in files::list(directory)? {
            if path.to_string_lossy().ends_with(ENDING) {
                parts.push(Part::read(path)?);
            }
        }
    }
    let Some(first) = parts.first() else {
        let directories = directories.to_vec();
        return Err(MergeError::Nothing { directories });
    };
    if let Some(other) = parts.iter().find(|part| part.layout != first.layout) {
        return Err(MergeError::Different {
            one: first.path.clone(),
            other: other.path.clone(),
        });
    }
    let (layout, of) = (first.layout.clone(), first.shard.of);
    let all = layout.points.len();
    let mut points: Vec<Option<PointResults>> = vec![None; all];
    for (number, results) in parts.into_iter().flat_map(|part| part.points) {
        points[number as usize] = Some(results);
    }
    let missing: Vec<usize> = (0..all).filter(|&index| points[index].is_none()).collect();
    if !missing.is_empty() {
        let shards: BTreeSet<usize> = missing.iter().map(|index| index % of as usize).collect();
        let shards = shards
            .iter()
            .map(|shard| format!("shard {}/{of}", shard + 1));
        return Err(MergeError::Missing {
            count: missing.len(),
            all,
            missing: shards.collect(),
        });
    }
    Ok(SweepResults {
        layout,
        points: points.into_iter().flatten().collect(),
    })
}

/// A shard's file.
struct Part {
    path: PathBuf,
    shard: Shard,
    layout: Layout,
    points: Vec<(u32, PointResults)>,
}

/// What a shard's file holds.
type Contents = (Shard, Layout, Vec<(u32, PointResults)>);

impl Part {
    fn read(path: PathBuf) -> Result<Self, MergeError> {
        let records = files::read_journal(&path)?.unwrap_or_default();
        match Self::decode(&records) {
            Some((shard, layout, points)) => Ok(Self {
                path,
                shard,
                layout,
                points,
            }),
            None => Err(MergeError::Damaged { path }),
        }
    }

    fn decode(records: &[Vec<u8>]) -> Option<Contents> {
        let (first, rest) = records.split_first()?;
        let (shard, layout): (Shard, Layout) = postcard::from_bytes(first).ok()?;
        let points: Option<Vec<(u32, PointResults)>> = rest
            .iter()
            .map(|record| postcard::from_bytes(record).ok())
            .collect();
        let points = points?;
        let numbers = points.iter().map(|(number, _)| *number as usize);
        let expected = (0..layout.points.len()).filter(|&index| shard.has(index));
        numbers.eq(expected).then_some((shard, layout, points))
    }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("memory does not fail")
}
