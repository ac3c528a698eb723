//! The only module that knows of threads.
//!
//! Work is numbered; results come back in the order of the numbers, whatever the threads did, and
//! nothing is added up in parallel.

use rayon::prelude::*;

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
