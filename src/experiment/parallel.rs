//! The only module that knows of threads.
//!
//! Work is numbered; results come back in the order of the numbers, whatever the threads did, and
//! nothing is added up in parallel.

use rayon::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Runs `work` for every number below `count` on `threads` threads (0: one for each processor),
/// and answers with the results in order. `done` is called after each, from any thread.
///
/// # Errors
/// If the threads could not be started.
pub(super) fn indexed<T: Send>(
    count: u32,
    threads: usize,
    work: impl Fn(u32) -> T + Sync,
    done: impl Fn() + Sync,
) -> Result<Vec<T>, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    Ok(pool.install(|| {
        let results = (0..count).into_par_iter().with_max_len(1).map(|number| {
            let result = work(number);
            done();
            result
        });
        results.collect()
    }))
}

/// How many threads `asked` is: 0 is one for each processor.
pub(super) fn threads(asked: usize) -> usize {
    match asked {
        0 => rayon::current_num_threads(),
        asked => asked,
    }
}

/// Runs `work(group, number)` for every number below `counts[group]`, for all groups, on `threads`
/// threads (0: one for each processor). As soon as the last of a group is in, `fold` gets the whole
/// group in order. What is `None` was not done, and its group is not folded.
///
/// # Errors
/// If the threads could not be started.
pub(super) fn grouped<T: Send, R: Send>(
    counts: &[u32],
    threads: usize,
    work: impl Fn(usize, u32) -> Option<T> + Sync,
    fold: impl Fn(usize, Vec<T>) -> R + Sync,
) -> Result<Vec<Option<R>>, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()?;
    let ends: Vec<usize> = counts
        .iter()
        .scan(0, |end, &count| {
            *end += count as usize;
            Some(*end)
        })
        .collect();
    let groups: Vec<Mutex<Group<T>>> = counts.iter().map(|&count| Group::new(count)).collect();
    let folded: Vec<Mutex<Option<R>>> = counts.iter().map(|_| Mutex::new(None)).collect();
    let total = ends.last().copied().unwrap_or(0);
    pool.install(|| {
        (0..total)
            .into_par_iter()
            .with_max_len(1)
            .for_each(|position| {
                let group = ends.partition_point(|&end| end <= position);
                let number = position + counts[group] as usize - ends[group];
                if let Some(result) = work(group, number as u32)
                    && let Some(whole) = lock(&groups[group]).put(number, result)
                {
                    let result = fold(group, whole);
                    *lock(&folded[group]) = Some(result);
                }
            });
    });
    let folded = folded.into_iter().map(Mutex::into_inner);
    Ok(folded
        .map(|result| result.unwrap_or_else(PoisonError::into_inner))
        .collect())
}

/// What of a group is in.
struct Group<T> {
    results: Vec<Option<T>>,
    missing: usize,
}

impl<T> Group<T> {
    fn new(count: u32) -> Mutex<Self> {
        Mutex::new(Self {
            results: (0..count).map(|_| None).collect(),
            missing: count as usize,
        })
    }

    /// Puts a result in its place; answers with all of them once none is missing.
    fn put(&mut self, number: usize, result: T) -> Option<Vec<T>> {
        self.results[number] = Some(result);
        self.missing -= 1;
        let results = (self.missing == 0).then(|| std::mem::take(&mut self.results))?;
        Some(results.into_iter().flatten().collect())
    }
}

/// A panic elsewhere ends the whole run; what it was holding is never looked at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
