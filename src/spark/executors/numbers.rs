//! Executors of an application by number, which is not given out again: where each is, or was as long
//! as a job runs that may have results there. Number 0 is the driver.
//!
//! # Invariants
//! * Executors that are there are known, and none that is gone once all jobs have ended that ran when
//!   it went.

use crate::id::{ExecutorId, SubmissionId};
use crate::spark::application::stage_run::Host;
use crate::spark::state::Spark;

/// The number of the driver.
pub(in crate::spark) const DRIVER: u32 = 0;

/// The executors of an application that somebody may ask for, by number.
#[derive(Debug, Default)]
pub(in crate::spark) struct Numbers {
    /// Where the driver is, if it is on a node.
    driver: Option<Host>,
    /// In the order of their numbers.
    known: Vec<Known>,
    /// Those of them that are gone.
    gone: usize,
}

#[derive(Debug)]
struct Known {
    number: u32,
    host: Host,
    presence: Presence,
}

#[derive(Debug)]
enum Presence {
    There(ExecutorId),
    /// Since when: so many jobs had been submitted.
    Gone(u64),
}

impl Numbers {
    /// An executor is asked for; its number is higher than all before.
    pub(in crate::spark) fn add(&mut self, number: u32, executor: ExecutorId) {
        self.known.push(Known {
            number,
            host: Host::Own(number),
            presence: Presence::There(executor),
        });
    }

    fn position(&self, number: u32) -> Option<usize> {
        let found = self.known.binary_search_by_key(&number, |it| it.number);
        found.ok()
    }

    /// The driver runs on a node.
    pub(in crate::spark) fn driver_runs_on(&mut self, host: Host) {
        self.driver = Some(host);
    }

    /// An executor runs on a node.
    pub(in crate::spark) fn runs_on(&mut self, number: u32, host: Host) {
        if let Some(position) = self.position(number) {
            self.known[position].host = host;
        }
    }

    /// Where an executor is or was, or the driver.
    pub(in crate::spark) fn host(&self, number: u32) -> Host {
        if number == DRIVER {
            return self.driver.unwrap_or(Host::Own(DRIVER));
        }
        let position = self.position(number);
        debug_assert!(position.is_some(), "executor {number} is forgotten");
        position.map_or(Host::Own(number), |position| self.known[position].host)
    }

    /// The executor of a number, if it is there.
    pub(in crate::spark) fn executor(&self, number: u32) -> Option<ExecutorId> {
        match self.known[self.position(number)?].presence {
            Presence::There(executor) => Some(executor),
            Presence::Gone(_) => None,
        }
    }

    /// An executor is gone, when so many jobs have been submitted.
    fn goes(&mut self, number: u32, jobs: u64) {
        if let Some(position) = self.position(number) {
            self.known[position].presence = Presence::Gone(jobs);
            self.gone += 1;
        }
    }

    /// Forgets whoever was gone before the `oldest` of the jobs that run was submitted.
    fn forget(&mut self, oldest: u64) {
        let before = self.known.len();
        self.known.retain(|it| match it.presence {
            Presence::There(_) => true,
            Presence::Gone(jobs) => oldest < jobs,
        });
        self.gone -= before - self.known.len();
    }

    /// How many are there, and how many that are gone are known.
    pub(in crate::spark) fn count(&self) -> (usize, usize) {
        (self.known.len() - self.gone, self.gone)
    }
}

impl Spark<'_> {
    /// An executor of that number is gone.
    pub(in crate::spark) fn number_goes(&mut self, id: SubmissionId, number: u32) {
        let submission = &mut self.submissions[id];
        submission.numbers.goes(number, submission.jobs);
        self.forget_numbers(id);
    }

    /// Forgets executors that no job can have results of any more.
    pub(in crate::spark) fn forget_numbers(&mut self, id: SubmissionId) {
        if self.submissions[id].numbers.gone == 0 {
            return;
        }
        let oldest = self.oldest_job(id);
        let numbers = &mut self.submissions[id].numbers;
        numbers.forget(oldest.unwrap_or(u64::MAX));
    }

    /// The number of the job that was submitted first of those that run.
    pub(in crate::spark) fn oldest_job(&self, id: SubmissionId) -> Option<u64> {
        let runs = self.submissions[id].runs.iter();
        let runs = runs.map(|run| &self.job_runs[*run]);
        // One that is only prepared has no results.
        let submitted = runs.filter(|run| run.due.is_none());
        submitted.map(|run| run.number).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_gone_is_known_as_long_as_a_job_of_its_time_runs() {
        let mut numbers = Numbers::default();
        numbers.add(1, ExecutorId(7));
        numbers.add(2, ExecutorId(3));
        numbers.runs_on(2, Host::Node(5));
        // Jobs 0 and 1 have been submitted.
        numbers.goes(2, 2);
        numbers.forget(1);
        assert_eq!(numbers.executor(1), Some(ExecutorId(7)));
        assert_eq!(numbers.executor(2), None);
        assert_eq!(numbers.host(2), Host::Node(5));
        assert_eq!(numbers.count(), (1, 1));
        numbers.forget(2);
        assert_eq!(numbers.count(), (1, 0));
        assert_eq!(numbers.host(1), Host::Own(1));
    }

    /// As many as ever come and go, one that stays and a job that always runs: only those are known
    /// that went during the present job.
    #[test]
    fn what_is_known_does_not_grow_with_executors_that_are_gone() {
        let mut numbers = Numbers::default();
        numbers.add(1, ExecutorId(0));
        for job in 0..1000_u32 {
            for number in 2 + 3 * job..5 + 3 * job {
                numbers.add(number, ExecutorId(1));
                numbers.goes(number, u64::from(job) + 1);
            }
            numbers.forget(u64::from(job));
            assert!(numbers.known.len() <= 4, "{}", numbers.known.len());
        }
        numbers.forget(u64::MAX);
        assert_eq!(numbers.known.len(), 1);
    }
}
