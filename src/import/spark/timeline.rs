//! When executors came and went.

use super::application::{Application, Executor, Timestamp};
use super::properties;

/// Executors that came, and went, at the same instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Since the application's start.
    pub(super) from_ms: u64,
    /// Since the application's start; `None`: not before the last job's end.
    pub(super) until_ms: Option<u64>,
    pub(super) count: u32,
    /// As far as tasks go.
    pub(super) cores: u32,
}

/// The executors in the order of their coming; empty where all were there before the first job and
/// stayed until the end of the last, with `cores` each.
pub(super) fn of(
    application: &Application,
    executors: &[&Executor],
    cores: u32,
    cores_of: impl Fn(&Executor) -> u32,
) -> Vec<Span> {
    let jobs = &application.jobs;
    let first_job = jobs.iter().map(|job| job.submitted).min();
    let first_job = first_job.unwrap_or(application.ended);
    let last_end = jobs.iter().map(|job| application.job_end(job)).max();
    let last_end = last_end.unwrap_or(application.ended);
    let since_start = |at: Timestamp| at.millis_since(application.started);
    let mut sorted: Vec<&Executor> = executors.to_vec();
    sorted.sort_by_key(|executor| executor.added);
    let mut spans: Vec<Span> = Vec::new();
    for executor in sorted {
        let from_ms = executor.added.map_or(0, since_start);
        let removed = executor.removed.filter(|&removed| removed < last_end);
        if removed.is_some_and(|removed| removed <= first_job) {
            // It ran nothing.
            continue;
        }
        let span = Span {
            from_ms,
            until_ms: removed.map(|removed| since_start(removed).max(from_ms + 1)),
            count: 1,
            cores: cores_of(executor),
        };
        match spans.last_mut() {
            Some(last) if Span { count: 1, ..*last } == span => last.count += 1,
            _ => spans.push(span),
        }
    }
    let first_job_ms = since_start(first_job);
    // What dynamic allocation did is what happened, whatever it would do now.
    let is_dynamic = properties::is_true(application, "spark.dynamicAllocation.enabled");
    let is_plain = spans
        .iter()
        .all(|it| it.from_ms <= first_job_ms && it.until_ms.is_none() && it.cores == cores);
    if is_plain && !is_dynamic {
        return Vec::new();
    }
    if spans.iter().all(|span| span.until_ms.is_some())
        && let Some(last) = spans.iter_mut().max_by_key(|span| span.until_ms)
    {
        last.until_ms = None;
    }
    spans
}
