//! How many runs of an application, or of a workflow, kept their deadline.

use super::since::Since;
use crate::model::Deadline;
use crate::units::Time;

/// Runs by what became of their deadline.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deadlines {
    /// By when runs are to have ended; `None`: whenever they do.
    pub rule: Option<Deadline>,
    /// Runs that ended by their deadline within the window.
    pub in_time: u64,
    /// Runs that did not: those too that failed, and those that have not ended and are late already.
    pub late: u64,
    /// Runs that have not ended and may still do so in time.
    pub ahead: u64,
}

impl Deadlines {
    pub(super) fn ended(&mut self, submitted: Time, ended: Time) {
        if let Some(rule) = self.rule {
            let in_time = ended <= rule.due(submitted);
            self.in_time += u64::from(in_time);
            self.late += u64::from(!in_time);
        }
    }

    pub(super) fn failed(&mut self) {
        self.late += u64::from(self.rule.is_some());
    }

    /// A run has not ended at `now`.
    pub(super) fn open(&mut self, submitted: Time, now: Time) {
        if let Some(rule) = self.rule {
            let due = rule.due(submitted);
            self.late += u64::from(due <= now);
            self.ahead += u64::from(now < due);
        }
    }

    /// Runs of which it is known whether they were in time.
    pub fn decided(self) -> u64 {
        self.in_time + self.late
    }
}

impl Since for Deadlines {
    fn open_window(&mut self, _now: Time) {
        *self = Self {
            rule: self.rule,
            ..Self::default()
        };
    }

    fn since(&self, earlier: &Self, _at: Time) -> Self {
        Self {
            rule: self.rule,
            in_time: self.in_time - earlier.in_time,
            // One that was late and open may have been called off.
            late: self.late.saturating_sub(earlier.late),
            ahead: self.ahead,
        }
    }
}
