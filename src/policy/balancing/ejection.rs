//! Outlier ejection: a replica that fails again and again gets no requests for a while.
//!
//! As Envoy defines it for consecutive failures: after so many in a row a replica is ejected for
//! `base_time` times the number of times that this has happened, at most `max_time`. Every
//! `interval`, those whose time is over come back, and one that is not ejected is forgiven one of
//! its times. No more than a share of the replicas is ejected, but always one may be. Where more
//! than half of them are ejected all get requests (Envoy's panic threshold).

use super::available::Numbers;
use super::{Answer, Balancer, Load, View};
use crate::id::ReplicaId;
use crate::model::OutlierEjection as Parameters;
use crate::random::Draw;
use crate::record::Outcome;
use crate::units::{Duration, Time};
use std::collections::BTreeSet;

/// Passes everything on, but for those that are ejected.
#[derive(Debug)]
pub(super) struct Ejection {
    policy: Box<dyn Balancer>,
    parameters: Parameters,
    members: u32,
    records: Numbers<Option<Record>>,
    ejected: BTreeSet<ReplicaId>,
    /// Those that have been ejected and are not yet forgiven.
    suspect: BTreeSet<ReplicaId>,
    next_sweep: Time,
    panics: bool,
    ejections: u64,
}

/// What is remembered of a replica.
#[derive(Clone, Copy, Debug)]
struct Record {
    weight: f64,
    load: Option<Load>,
    /// Failures since the last success.
    failures: u32,
    /// How often it has been ejected and not been forgiven.
    times: u32,
    back_at: Time,
}

impl Ejection {
    pub(super) fn new(policy: Box<dyn Balancer>, parameters: Parameters) -> Self {
        Self {
            policy,
            parameters,
            members: 0,
            records: Numbers::default(),
            ejected: BTreeSet::new(),
            suspect: BTreeSet::new(),
            next_sweep: Time::ZERO + parameters.interval,
            panics: false,
            ejections: 0,
        }
    }

    fn eject(&mut self, replica: ReplicaId, mut record: Record, now: Time) {
        let share = u64::from(self.members) * u64::from(self.parameters.max_percent) / 100;
        let most = share.max(1);
        record.failures = 0;
        if (self.ejected.len() as u64) < most {
            record.times += 1;
            let base = self.parameters.base_time.nanos();
            let time = base.saturating_mul(u64::from(record.times));
            let most = self.parameters.max_time.max(self.parameters.base_time);
            record.back_at = now + Duration::from_nanos(time.min(most.nanos()));
            self.ejections += 1;
            self.ejected.insert(replica);
            self.suspect.insert(replica);
            if !self.panics {
                self.policy.removed(replica);
            }
        }
        self.records.set(replica, Some(record));
        self.panic_or_not(now);
    }

    /// More than half of them ejected is worse than any of them.
    fn panic_or_not(&mut self, now: Time) {
        let panics = (self.members as usize) < 2 * self.ejected.len();
        if panics != self.panics {
            self.panics = panics;
            for replica in self.ejected.clone() {
                if panics {
                    self.restore(replica, now);
                } else {
                    self.policy.removed(replica);
                }
            }
        }
    }

    /// The policy gets a replica back as it is now.
    fn restore(&mut self, replica: ReplicaId, now: Time) {
        if let Some(record) = self.records.get(replica) {
            self.policy.added(replica, record.weight, now);
            if let Some(load) = record.load {
                self.policy.changed(replica, load);
            }
        }
    }

    /// The sweeps that are due by `now`.
    fn sweep(&mut self, now: Time) {
        while self.next_sweep <= now && !self.suspect.is_empty() {
            let at = self.next_sweep;
            self.next_sweep = at + self.parameters.interval;
            for replica in self.suspect.clone() {
                let Some(mut record) = self.records.get(replica) else {
                    continue;
                };
                if !self.ejected.contains(&replica) {
                    record.times -= 1;
                    if record.times == 0 {
                        self.suspect.remove(&replica);
                    }
                } else if record.back_at <= at {
                    self.ejected.remove(&replica);
                    if !self.panics {
                        self.restore(replica, at);
                    }
                }
                self.records.set(replica, Some(record));
            }
            self.panic_or_not(at);
        }
        if self.next_sweep <= now {
            // Nobody to look at until then.
            let interval = self.parameters.interval.nanos();
            let sweeps = (now.nanos() - self.next_sweep.nanos()) / interval + 1;
            self.next_sweep = self.next_sweep + Duration::from_nanos(sweeps * interval);
        }
    }
}

impl Balancer for Ejection {
    fn added(&mut self, replica: ReplicaId, weight: f64, now: Time) {
        if self.records.get(replica).is_none() {
            self.members += 1;
            let record = Record {
                weight,
                load: None,
                failures: 0,
                times: 0,
                back_at: now,
            };
            self.records.set(replica, Some(record));
            self.policy.added(replica, weight, now);
            self.panic_or_not(now);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        if self.records.get(replica).is_some() {
            self.members -= 1;
            self.records.set(replica, None);
            self.ejected.remove(&replica);
            self.suspect.remove(&replica);
            self.policy.removed(replica);
            self.panic_or_not(Time::ZERO);
        }
    }

    fn weighed(&mut self, replica: ReplicaId, weight: f64) {
        if let Some(mut record) = self.records.get(replica) {
            record.weight = weight;
            self.records.set(replica, Some(record));
            self.policy.weighed(replica, weight);
        }
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        if let Some(mut record) = self.records.get(replica) {
            record.load = Some(load);
            self.records.set(replica, Some(record));
            self.policy.changed(replica, load);
        }
    }

    fn answered(&mut self, replica: ReplicaId, answer: Answer) {
        self.policy.answered(replica, answer);
        self.sweep(answer.now);
        if let Some(mut record) = self.records.get(replica) {
            record.failures = match answer.outcome {
                Outcome::Completed => 0,
                Outcome::Failed | Outcome::Rejected | Outcome::TimedOut => record.failures + 1,
                // What the client does not want any more says nothing of the replica.
                Outcome::Reneged | Outcome::Cancelled => return,
            };
            self.records.set(replica, Some(record));
            let failing = self.parameters.consecutive_failures <= record.failures;
            if failing && !self.ejected.contains(&replica) {
                self.eject(replica, record, answer.now);
            }
        }
    }

    fn ejections(&self) -> u64 {
        self.ejections
    }

    fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId> {
        self.sweep(view.now);
        self.policy.pick(view, draw)
    }
}

#[cfg(test)]
mod tests {
    use super::super::round_robin::RoundRobin;
    use super::*;
    use crate::random::Word;

    struct Case {
        balancer: Ejection,
    }

    fn at(seconds: f64) -> Time {
        Time::ZERO + Duration::from_seconds(seconds)
    }

    impl Case {
        fn new(replicas: u32, max_percent: u32) -> Self {
            let parameters = Parameters {
                consecutive_failures: 3,
                interval: Duration::from_seconds(10.0),
                base_time: Duration::from_seconds(30.0),
                max_time: Duration::from_seconds(80.0),
                max_percent,
            };
            let policy = Box::new(RoundRobin::default());
            let mut balancer = Ejection::new(policy, parameters);
            (0..replicas).for_each(|index| balancer.added(ReplicaId(index), 1.0, at(0.0)));
            Self { balancer }
        }

        fn answers(&mut self, replica: u32, seconds: f64, failures: &[bool]) {
            for &failed in failures {
                let answer = Answer {
                    now: at(seconds),
                    latency: Duration::ZERO,
                    outcome: if failed {
                        Outcome::Failed
                    } else {
                        Outcome::Completed
                    },
                };
                self.balancer.answered(ReplicaId(replica), answer);
            }
        }

        /// Who is picked at a time.
        fn open(&mut self, seconds: f64) -> Vec<u32> {
            let view = View {
                now: at(seconds),
                key: 0,
            };
            let picks = (0..20).filter_map(|_| self.balancer.pick(view, &mut Draw::new(Word(0))));
            let picked: BTreeSet<u32> = picks.map(|replica| replica.0).collect();
            picked.into_iter().collect()
        }
    }

    #[test]
    fn failures_in_a_row_eject_and_a_success_between_them_does_not() {
        let mut case = Case::new(4, 50);
        case.answers(2, 1.0, &[true, true, false, true, true]);
        assert_eq!(case.open(1.0), [0, 1, 2, 3]);
        case.answers(2, 2.0, &[true]);
        assert_eq!(case.open(2.0), [0, 1, 3]);
        // Its 30 s are over at 32 s, which the sweep at 40 s finds.
        assert_eq!(case.open(39.9), [0, 1, 3]);
        assert_eq!(case.open(40.0), [0, 1, 2, 3]);
        assert_eq!(case.balancer.ejections(), 1);
    }

    /// The second time within a sweep or two lasts twice as long, the third time no longer than the
    /// longest; each quiet sweep forgives one.
    #[test]
    fn each_time_is_longer_than_the_last_and_quiet_is_rewarded() {
        let mut case = Case::new(4, 50);
        case.answers(2, 2.0, &[true; 3]);
        assert_eq!(case.open(40.0), [0, 1, 2, 3]);
        case.answers(2, 41.0, &[true; 3]);
        assert_eq!(case.open(100.0), [0, 1, 3], "until 101 s");
        assert_eq!(case.open(110.0), [0, 1, 2, 3]);
        case.answers(2, 111.0, &[true; 3]);
        assert_eq!(case.open(190.0), [0, 1, 3], "until 191 s, not 201 s");
        assert_eq!(case.open(200.0), [0, 1, 2, 3]);
        // The sweeps at 210, 220 and 230 s forgive all three.
        case.answers(2, 235.0, &[true; 3]);
        assert_eq!(case.open(269.0), [0, 1, 3]);
        assert_eq!(
            case.open(270.0),
            [0, 1, 2, 3],
            "30 s after 235 s, at the sweep"
        );
    }

    #[test]
    fn no_more_than_the_share_is_ejected_but_one_may_always_be() {
        let mut case = Case::new(4, 10);
        case.answers(0, 1.0, &[true; 3]);
        case.answers(1, 1.0, &[true; 3]);
        assert_eq!(case.open(1.0), [1, 2, 3]);
        let mut case = Case::new(4, 50);
        (0..4).for_each(|replica| case.answers(replica, 1.0, &[true; 3]));
        assert_eq!(case.open(1.0), [2, 3]);
    }

    #[test]
    fn where_more_than_half_are_ejected_all_get_requests() {
        let mut case = Case::new(4, 100);
        (0..2).for_each(|replica| case.answers(replica, 1.0, &[true; 3]));
        assert_eq!(case.open(1.0), [2, 3]);
        case.answers(2, 1.0, &[true; 3]);
        assert_eq!(case.open(1.0), [0, 1, 2, 3]);
        assert_eq!(case.open(40.0), [0, 1, 2, 3]);
        case.balancer.removed(ReplicaId(3));
        assert_eq!(case.open(41.0), [0, 1, 2]);
    }

    #[test]
    fn what_is_ejected_comes_back_with_the_load_that_it_has() {
        let mut case = Case::new(2, 50);
        case.balancer.policy =
            Box::new(super::super::join_shortest_queue::JoinShortestQueue::default());
        (0..2).for_each(|index| case.balancer.policy.added(ReplicaId(index), 1.0, at(0.0)));
        let load = |in_system| Load {
            now: at(1.0),
            in_system,
            work: Duration::ZERO,
            serving: 0,
        };
        case.balancer.changed(ReplicaId(1), load(3));
        case.answers(0, 1.0, &[true; 3]);
        case.balancer.changed(ReplicaId(0), load(5));
        assert_eq!(case.open(1.0), [1]);
        assert_eq!(case.open(40.0), [1], "5 are more than 3");
    }
}
