//! What is kept of one workflow, and its figures.

use super::names::{Figures, count, ratio};
use super::since::since;
use super::{Deadlines, Level, Unit, clipped};
use crate::model::{Overlap, Workflow};
use crate::record::Outcome;
use crate::stats::Histogram;
use crate::units::Time;

/// Counts and latencies of one workflow of the scenario, over all its runs.
#[derive(Clone, Debug, Default)]
pub struct WorkflowMeter {
    /// Runs submitted within the window.
    pub submitted: u64,
    /// Runs of which every application ran to its end within the window.
    pub finished: u64,
    /// Runs of which one failed, ended within the window.
    pub failed: u64,
    /// Runs called off within the window.
    pub cancelled: u64,
    /// Submissions refused within the window because an earlier run had not ended.
    pub skipped: u64,
    /// What became of the deadlines of runs.
    pub deadlines: Deadlines,
    /// Runs that have been submitted and have not ended.
    pub unfinished: Level,
    /// Submission to the last end of an application, of the finished.
    pub latency: Histogram,
    /// Time that runs were present within the window, in nanoseconds: for the audit.
    pub presence: u128,
}

since!(WorkflowMeter {
    submitted,
    finished,
    failed,
    cancelled,
    skipped,
    deadlines,
    unfinished,
    latency,
    presence,
});

impl WorkflowMeter {
    /// Meters at zero for `workflow`.
    pub(super) fn new(workflow: &Workflow) -> Self {
        Self {
            deadlines: Deadlines {
                rule: workflow.deadline,
                ..Deadlines::default()
            },
            ..Self::default()
        }
    }

    /// Books a run that has not ended at `now`.
    pub fn open(&mut self, window_start: Time, submitted: Time, now: Time) {
        self.presence += clipped(window_start, submitted, now);
        self.deadlines.open(submitted, now);
    }

    pub(super) fn ended(
        &mut self,
        window_start: Time,
        outcome: Outcome,
        (submitted, ended): (Time, Time),
    ) {
        self.presence += clipped(window_start, submitted, ended);
        match outcome {
            Outcome::Completed => {
                self.finished += 1;
                self.deadlines.ended(submitted, ended);
                self.latency.record((ended - submitted).nanos());
            }
            Outcome::Cancelled => self.cancelled += 1,
            _ => {
                self.failed += 1;
                self.deadlines.failed();
            }
        }
    }
}

/// The figures of a workflow.
pub(super) fn walk(workflow: &Workflow, meter: &WorkflowMeter, figures: &mut impl Figures) {
    let path = format!("workflows.{}", workflow.name);
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("{path}.{name}"), unit, value);
    value("submitted", Unit::Count, Some(count(meter.submitted)));
    value("finished", Unit::Count, Some(count(meter.finished)));
    value("failed", Unit::Count, Some(count(meter.failed)));
    if workflow.overlap == Overlap::Replace {
        value("cancelled", Unit::Count, Some(count(meter.cancelled)));
    }
    if workflow.overlap == Overlap::Forbid {
        value("skipped", Unit::Count, Some(count(meter.skipped)));
    }
    value(
        "unfinished",
        Unit::Count,
        Some(count(meter.unfinished.now())),
    );
    if workflow.deadline.is_some() {
        let decided = meter.deadlines.decided();
        let missed = ratio(meter.deadlines.late.into(), decided.into());
        value("deadlines", Unit::Count, Some(count(decided)));
        value("deadline_miss_ratio", Unit::Ratio, missed);
        let ahead = Some(count(meter.deadlines.ahead));
        value("deadlines_ahead", Unit::Count, ahead);
    }
    figures.distribution(format_args!("{path}.latency"), &meter.latency);
}
