//! By when an application, or a workflow, is to have ended.

use crate::units::{Duration, Time};

const DAY: u64 = 24 * 3600 * 1_000_000_000;

/// A time that counts for each submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// So long after it.
    Within(Duration),
    /// The next time that it is so late in the day: so long after the start of the run, less than a
    /// day, and every day from then on.
    OfDay(Duration),
}

impl Deadline {
    /// By when what was submitted at `submitted` is to have ended; with a time of the day later than
    /// `submitted`.
    pub fn due(self, submitted: Time) -> Time {
        match self {
            Self::Within(span) => submitted + span,
            Self::OfDay(first) => {
                let first = first.nanos();
                let since = (submitted - Time::ZERO).nanos();
                let days = if since < first {
                    0
                } else {
                    (since - first) / DAY + 1
                };
                Time::ZERO + Duration::from_nanos(first.saturating_add(days.saturating_mul(DAY)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: u64) -> Duration {
        Duration::from_secs(3600 * hours)
    }

    #[test]
    fn a_time_of_the_day_is_the_next_one() {
        // The run starts at 23:00, so 05:00 is six hours after that.
        let deadline = Deadline::OfDay(hours(6));
        let due = |submitted: u64| {
            let due = deadline.due(Time::ZERO + hours(submitted)) - Time::ZERO;
            due.nanos() / hours(1).nanos()
        };
        assert_eq!([0, 5, 6, 29, 30, 31].map(due), [6, 6, 30, 30, 54, 54]);
    }

    #[test]
    fn a_span_counts_from_the_submission() {
        let due = Deadline::Within(hours(4)).due(Time::ZERO + hours(3));
        assert_eq!(due, Time::ZERO + hours(7));
    }
}
