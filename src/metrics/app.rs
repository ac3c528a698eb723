//! What is kept of one application.

use super::since::since;
use super::{DataMeter, Deadlines, Level, clipped};
use crate::record::ExecutionTimes;
use crate::stats::Histogram;
use crate::units::Time;

/// Levels, counts and latencies of one application of the scenario, over all its submissions.
#[derive(Clone, Debug, Default)]
pub struct AppMeter {
    /// Runs submitted within the window.
    pub submitted: u64,
    /// Runs ended within the window.
    pub finished: u64,
    /// Runs called off within the window.
    pub cancelled: u64,
    /// Submissions refused within the window because an earlier run had not ended.
    pub skipped: u64,
    /// Runs failed within the window.
    pub failed: u64,
    /// Tasks ended within the window.
    pub tasks: u64,
    /// What became of the deadlines of runs.
    pub deadlines: Deadlines,
    /// Attempts at tasks that failed or were lost within the window.
    pub failed_tasks: u64,
    /// Second copies of slow tasks that were launched within the window.
    pub speculative_tasks: u64,
    /// Attempts at stages that found what they were to read gone, within the window.
    pub fetch_failures: u64,
    /// How often an application was submitted again within the window.
    pub restarts: u64,
    /// Executors that were told to go, within the window.
    pub decommissioned: u64,
    /// Bytes of shuffle output that moved from such executors, within the window.
    pub migrated: u64,
    /// Tasks launched within the window of stages that mind where they run, by how near to their
    /// data: executor, node, none to be near to, rack, anywhere.
    pub launches: [u64; 5],
    /// Time that executors stayed within the window only because of their shuffle output, in
    /// nanoseconds.
    pub shuffle_held: u128,
    /// By how much longer tasks computed within the window than alone, in nanoseconds.
    pub contended: u128,
    /// Runs that have been submitted and have not ended.
    pub unfinished: Level,
    /// Executors whose container runs.
    pub executors: Level,
    /// Slots of those executors.
    pub slots: Level,
    /// Slots that run a task.
    pub running_tasks: Level,
    /// Submission to end.
    pub latency: Histogram,
    /// First task start to end.
    pub run_time: Histogram,
    /// Submission to first task start.
    pub start_delay: Histogram,
    /// First job submission to last job end.
    pub job_span: Histogram,
    /// Time with at least one job running.
    pub job_time: Histogram,
    /// Time that tasks held slots within the window, in nanoseconds: for the audit.
    pub task_presence: u128,
    /// Time that runs were present within the window, in nanoseconds: for the audit.
    pub presence: u128,
    /// What tasks read, spilled and wrote.
    pub data: DataMeter,
}

since!(AppMeter {
    failed_tasks,
    speculative_tasks,
    fetch_failures,
    restarts,
    launches,
    decommissioned,
    migrated,
    deadlines,
    shuffle_held,
    contended,
    submitted,
    finished,
    cancelled,
    skipped,
    failed,
    tasks,
    unfinished,
    executors,
    slots,
    running_tasks,
    latency,
    run_time,
    start_delay,
    job_span,
    job_time,
    task_presence,
    presence,
    data,
});

impl AppMeter {
    #[inline]
    pub(super) fn task_ended(&mut self, window_start: Time, started: Time, ended: Time) {
        self.tasks += 1;
        self.task_present(window_start, started, ended);
    }

    /// Books the time that a task held its slot, up to `until`.
    #[inline]
    pub fn task_present(&mut self, window_start: Time, started: Time, until: Time) {
        self.task_presence += clipped(window_start, started, until);
    }

    /// An executor that could have gone at `from` stayed for its shuffle output up to `until`.
    pub fn held_for_shuffle(&mut self, window_start: Time, from: Time, until: Time) {
        self.shuffle_held += clipped(window_start, from, until);
    }

    /// Books the time that a run was present, up to `until`.
    pub fn present(&mut self, window_start: Time, submitted: Time, until: Time) {
        self.presence += clipped(window_start, submitted, until);
    }

    /// Books a run that has not ended at `now`.
    pub fn open(&mut self, window_start: Time, submitted: Time, now: Time) {
        self.present(window_start, submitted, now);
        self.deadlines.open(submitted, now);
    }

    pub(super) fn called_off(&mut self, window_start: Time, submitted: Time, ended: Time) {
        self.cancelled += 1;
        self.present(window_start, submitted, ended);
    }

    pub(super) fn execution_failed(&mut self, window_start: Time, submitted: Time, ended: Time) {
        self.failed += 1;
        self.deadlines.failed();
        self.present(window_start, submitted, ended);
    }

    pub(super) fn ended(&mut self, window_start: Time, times: &ExecutionTimes) {
        self.finished += 1;
        self.deadlines.ended(times.submitted, times.ended);
        self.latency.record((times.ended - times.submitted).nanos());
        self.run_time
            .record((times.ended - times.first_task).nanos());
        self.start_delay
            .record((times.first_task - times.submitted).nanos());
        self.job_span
            .record((times.last_job - times.first_job).nanos());
        self.job_time.record(times.job_time.nanos());
        self.present(window_start, times.submitted, times.ended);
    }
}
