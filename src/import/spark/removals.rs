//! How long executors took to go that dynamic allocation did not need: from when the driver gave them
//! up to when it had them no more.
//!
//! A log says when an executor was removed, not when it was given up. That follows from Spark's rules:
//! it has been idle for `executorIdleTimeout`, or, where shuffle output is tracked and it has some, for
//! `shuffleTracking.timeout` and until the jobs have ended that it has output of.
//!
//! On a standalone cluster that is what the driver waits for the reason of an executor's end (5 s), on
//! YARN how long the process and the notice of its end take.

use super::application::{Application, Timestamp};
use super::properties;
use crate::units::Duration;
use std::collections::BTreeMap;

/// The driver looks each 100 ms: on average it sees that a time is over so much later. The simulated one
/// does too.
const LOOK_MS: f64 = 50.0;

/// Milliseconds, the median; `None` where no executor was given up.
pub(super) fn of(application: &Application) -> Option<f64> {
    if !properties::is_true(application, "spark.dynamicAllocation.enabled") {
        return None;
    }
    let rule = Rule::new(application);
    let mut executors: Vec<Idle> = application
        .executors
        .iter()
        .map(|executor| Idle {
            since: executor.added,
            output_until: None,
        })
        .collect();
    let jobs = application.jobs.iter();
    let ends: BTreeMap<u32, Timestamp> =
        jobs.map(|job| (job.id, application.job_end(job))).collect();
    for stage in &application.stages {
        let end = stage.job.and_then(|job| ends.get(&job).copied());
        for task in &stage.tasks {
            let Some(idle) = executors.get_mut(task.executor_index as usize) else {
                continue;
            };
            let ended = task.launched.0.saturating_add(task.duration_ms.into());
            idle.since = idle.since.max(Some(Timestamp(ended)));
            if task.shuffle_write_bytes > 0 {
                idle.output_until = idle.output_until.max(end);
            }
        }
    }
    let given_up = application.executors.iter().zip(&executors);
    let given_up = given_up.filter(|(executor, _)| executor.given_up);
    let times = given_up.filter_map(|(executor, idle)| {
        let deadline = rule.deadline(idle)?;
        let removed = executor.removed?;
        (deadline <= removed).then(|| removed.millis_since(deadline))
    });
    let mut times: Vec<u64> = times.collect();
    times.sort_unstable();
    let last = times.len().checked_sub(1)?;
    let median = f64::midpoint(times[last / 2] as f64, times[last.div_ceil(2)] as f64);
    Some((median - LOOK_MS).max(0.0))
}

/// The line of the table of overheads, if there is one.
pub(super) fn written(removal_ms: Option<f64>) -> String {
    removal_ms.map_or(String::new(), |it| {
        format!("executor-removal = \"{it:.0}ms\"\n")
    })
}

/// An executor after its last task.
struct Idle {
    since: Option<Timestamp>,
    /// When the last job had ended that it has output of.
    output_until: Option<Timestamp>,
}

/// How long an idle executor stays, in milliseconds.
struct Rule {
    idle: u64,
    /// Whether it counts if it has output.
    tracks: bool,
    /// How long it stays then; `None`: until the driver cleans up.
    with_output: Option<u64>,
}

impl Rule {
    fn new(application: &Application) -> Self {
        const PREFIX: &str = "spark.dynamicAllocation";
        let millis = |key: &str, unit: Duration| {
            let text = application.properties.get(&format!("{PREFIX}.{key}"))?;
            let duration = Duration::from_spark(text, unit).ok()?;
            Some(duration.nanos() / 1_000_000)
        };
        let key = format!("{PREFIX}.shuffleTracking.enabled");
        let tracks = if application.properties.contains_key(&key) {
            properties::is_true(application, &key)
        } else {
            is_since_3_4(application)
        };
        let timeout = millis("shuffleTracking.timeout", Duration::from_millis(1));
        let has_service = properties::is_true(application, "spark.shuffle.service.enabled");
        Self {
            idle: millis("executorIdleTimeout", Duration::from_secs(1)).unwrap_or(60_000),
            tracks: tracks && !has_service,
            with_output: timeout,
        }
    }

    /// When an executor is given up; `None`: the log does not say.
    fn deadline(&self, idle: &Idle) -> Option<Timestamp> {
        let since = idle.since?;
        let after = |millis: u64| Timestamp(since.0.saturating_add(millis));
        match idle.output_until {
            Some(until) if self.tracks => Some(after(self.with_output?).max(until)),
            _ => Some(after(self.idle)),
        }
    }
}

/// Shuffle output is tracked by default since then.
fn is_since_3_4(application: &Application) -> bool {
    let Some(version) = &application.spark_version else {
        return false;
    };
    let mut numbers = version.split('.').map(|it| it.parse::<u32>().ok());
    let version = (numbers.next().flatten(), numbers.next().flatten());
    (Some(3), Some(4)) <= version
}
