//! Executors that come and go at given times: as an event log recorded them.

use crate::event::Event;
use crate::id::{ExecutorId, SubmissionId};
use crate::kernel::Kernel;
use crate::model::ExecutorSpan;
use crate::spark::state::Spark;
use crate::units::{Duration, Time};

/// All comings and goings of an application, in the order of time; of one instant, who goes first.
#[derive(Debug, Default)]
pub(in crate::spark) struct Timeline {
    changes: Vec<(Duration, Change)>,
}

/// One executor comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// The how-many-th of those that have come.
    Goes(u32),
    /// With so many slots.
    Comes(u32),
}

/// How far a running application has come in its timeline.
#[derive(Debug, Default)]
pub(in crate::spark) struct Progress {
    /// When its driver ran.
    began: Time,
    next: usize,
    /// Those that have come, in the order of coming.
    come: Vec<Option<ExecutorId>>,
}

impl Progress {
    /// An executor is gone before its time.
    pub(in crate::spark) fn forget(&mut self, id: ExecutorId) {
        for executor in &mut self.come {
            *executor = executor.filter(|other| *other != id);
        }
    }
}

impl Timeline {
    pub(in crate::spark) fn new(spans: &[ExecutorSpan]) -> Self {
        let mut sorted: Vec<&ExecutorSpan> = spans.iter().collect();
        sorted.sort_by_key(|span| span.from);
        let mut changes = Vec::new();
        let mut number = 0;
        for span in sorted {
            for _ in 0..span.count {
                changes.push((span.from, Change::Comes(span.slots)));
                if let Some(until) = span.until {
                    changes.push((until, Change::Goes(number)));
                }
                number += 1;
            }
        }
        // Stable where slots differ: the order of coming is the order of numbers.
        changes.sort_by_key(|&(at, change)| (at, matches!(change, Change::Comes(_))));
        Self { changes }
    }

    pub(in crate::spark) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Spark<'_> {
    /// The driver runs: the timeline begins.
    pub(in crate::spark) fn begin_timeline(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        self.submissions[id].timeline.began = kernel.now();
        self.follow_timeline(id, kernel);
    }

    /// Lets come and go who is due.
    pub(in crate::spark) fn follow_timeline(&mut self, id: SubmissionId, kernel: &mut Kernel<'_>) {
        let app = self.submissions[id].app;
        self.submissions[id].executors_due = None;
        loop {
            let progress = &mut self.submissions[id].timeline;
            let changes = &self.apps[app].timeline.changes;
            let Some(&(at, change)) = changes.get(progress.next) else {
                return;
            };
            let due = progress.began + at;
            if kernel.now() < due {
                let key = kernel.schedule(due, Event::ExecutorsDue(id));
                self.submissions[id].executors_due = Some(key);
                return;
            }
            progress.next += 1;
            match change {
                Change::Comes(slots) => {
                    let executor = self.request_executor(id, slots, kernel);
                    self.submissions[id].timeline.come.push(Some(executor));
                }
                Change::Goes(number) => {
                    if let Some(executor) = progress.come[number as usize].take() {
                        self.dismiss(executor, kernel);
                    }
                }
            }
        }
    }

    /// An executor is to go: at once if nothing runs on it, else after its last task.
    fn dismiss(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let executor = &mut self.executors[id];
        executor.leaving = true;
        let submission = executor.submission;
        self.submissions[submission]
            .offers
            .retain(|other| *other != id);
        self.leave_if_idle(id, kernel);
    }

    /// Gives the container of an executor back that is to go and runs nothing.
    pub(in crate::spark) fn leave_if_idle(&mut self, id: ExecutorId, kernel: &mut Kernel<'_>) {
        let executor = &self.executors[id];
        if executor.notice.is_some() {
            self.note_last_task(id, kernel);
            return;
        }
        if executor.running && executor.free_slots < executor.slots {
            return;
        }
        self.give_back_executor(id, kernel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_makes_room_for_who_comes_at_the_same_instant() {
        let second = Duration::from_secs;
        let span = |from, until: Option<u64>, slots| ExecutorSpan {
            from: second(from),
            until: until.map(second),
            count: 1,
            slots,
        };
        let timeline = Timeline::new(&[span(5, None, 2), span(0, Some(5), 1), span(5, Some(9), 3)]);
        let expected = [
            (0, Change::Comes(1)),
            (5, Change::Goes(0)),
            (5, Change::Comes(2)),
            (5, Change::Comes(3)),
            (9, Change::Goes(2)),
        ];
        let expected = expected.map(|(at, change)| (second(at), change));
        assert_eq!(timeline.changes, expected);
    }
}
