//! What a sweep has done so far, on disk: killed at any moment it loses no more than the
//! replications in flight.
//!
//! The first record says what the sweep consists of, each further one holds what one replication
//! found, exactly. A journal is known again by the fingerprints of its points, not by their
//! numbers, so a sweep may be resumed with other values or more replications: what was run already
//! is not run again.

use super::layout::Layout;
use crate::experiment::outcome::Outcome;
use crate::files::{self, FileError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The journal of a sweep that is being run.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<files::Journal>,
    /// Encoded outcomes of an earlier run, by point and replication.
    done: BTreeMap<(u32, u32), Vec<u8>>,
}

/// Why a journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is there and none of it belongs to this sweep.
    #[error("`{}` holds nothing of this sweep: scenario, seed or version are others", path.display())]
    Foreign {
        /// Where it lies.
        path: PathBuf,
    },
}

impl Journal {
    /// Begins the journal at `path`, with what is there already if `resume`.
    ///
    /// # Errors
    /// If it cannot be read or written, another sweep is writing it, or there is nothing in it to
    /// resume.
    pub fn begin(path: &Path, layout: &Layout, resume: bool) -> Result<Self, JournalError> {
        let mut done = BTreeMap::new();
        if resume && let Some(records) = files::read_journal(path)? {
            done = still_valid(layout, &records);
            if done.is_empty() && 1 < records.len() {
                let path = path.to_owned();
                return Err(JournalError::Foreign { path });
            }
        }
        let mut records = vec![encode(layout)];
        records.extend(done.iter().map(|(&(point, replication), outcome)| {
            // What was encoded stays as it is.
            let mut record = encode(&(point, replication));
            record.extend(outcome);
            record
        }));
        Ok(Self {
            file: Mutex::new(files::Journal::begin(path, &records)?),
            done,
        })
    }

    /// The number of replications that need not be run again.
    pub fn done(&self) -> u32 {
        self.done.len() as u32
    }

    /// What replication `replication` of `point` found, if it was run before.
    pub(super) fn get(&self, point: u32, replication: u32) -> Option<Outcome> {
        postcard::from_bytes(self.done.get(&(point, replication))?).ok()
    }

    /// Keeps what a replication found.
    pub(super) fn add(
        &self,
        point: u32,
        replication: u32,
        outcome: &Outcome,
    ) -> Result<(), FileError> {
        let record = encode(&(point, replication, outcome));
        // A thread that panicked wrote its record whole or not at all.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.append(&record)
    }
}

/// The outcomes in `records` that belong to points of `layout`, under the numbers that they have
/// there.
fn still_valid(layout: &Layout, records: &[Vec<u8>]) -> BTreeMap<(u32, u32), Vec<u8>> {
    let mut done = BTreeMap::new();
    let mut records = records.iter();
    let before: Option<Layout> = records
        .next()
        .and_then(|record| postcard::from_bytes(record).ok());
    let Some(before) = before else {
        return done;
    };
    let mut now: BTreeMap<u128, Vec<u32>> = BTreeMap::new();
    for (number, point) in (0_u32..).zip(&layout.points) {
        now.entry(point.fingerprint).or_default().push(number);
    }
    for record in records {
        let Ok(((point, replication), outcome)) = postcard::take_from_bytes::<(u32, u32)>(record)
        else {
            continue;
        };
        let was = before.points.get(point as usize);
        let numbers = was.and_then(|point| now.get(&point.fingerprint));
        for &number in numbers.into_iter().flatten() {
            if replication < layout.points[number as usize].replications {
                done.insert((number, replication), outcome.to_vec());
            }
        }
    }
    done
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("memory does not fail")
}
