//! What every trial has found, kept until the program changes.

use siphasher::sip::SipHasher24;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::hash::Hasher;
use std::io::Write;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A file with a line for every trial: series, number, finding.
pub(crate) struct Ledger {
    file: Mutex<File>,
    done: BTreeMap<(String, u32), String>,
}

impl Ledger {
    /// The ledger of this very program.
    pub(crate) fn open() -> Self {
        let program = std::env::current_exe().and_then(fs::read);
        let mut hasher = SipHasher24::new();
        hasher.write(&program.expect("a program can read itself"));
        let name = format!("trust-{:016x}.ledger", hasher.finish());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let text = fs::read_to_string(&path).unwrap_or_default();
        // A line that was cut off has no end.
        let lines = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let done = lines.filter_map(|line| {
            let mut fields = line.trim_end().split('\t');
            let (series, number) = (fields.next()?.to_owned(), fields.next()?.parse().ok()?);
            Some(((series, number), fields.next()?.to_owned()))
        });
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let mut file = file.expect("the ledger can be written");
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n").expect("the ledger can be written");
        }
        Self {
            done: done.collect(),
            file: Mutex::new(file),
        }
    }

    /// What the trials 1 to `count` of a series find, in their order; those that are known are not
    /// run again.
    pub(crate) fn trials(
        &self,
        series: &str,
        count: u32,
        trial: impl Fn(u32) -> String + Sync,
    ) -> Vec<String> {
        // Each trial has threads of its own: in a pool, one that waits for them would begin another
        // trial on top of its own, and another, until its stack is full.
        let next = AtomicU32::new(1);
        let found = Mutex::new(BTreeMap::new());
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number > count {
                    break;
                }
                let finding = self.trial(series, number, &trial);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.insert(number, finding);
            }
        };
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
                scope.spawn(work);
            }
        });
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.into_values().collect()
    }

    /// What a trial finds, or has found before.
    fn trial(&self, series: &str, number: u32, trial: &impl Fn(u32) -> String) -> String {
        if let Some(known) = self.done.get(&(series.to_owned(), number)) {
            return known.clone();
        }
        let found = trial(number);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("{series}\t{number}\t{found}\n");
        file.write_all(line.as_bytes())
            .expect("the ledger can be written");
        found
    }
}
