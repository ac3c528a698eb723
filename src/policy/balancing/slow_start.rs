//! Slow start: a replica that has just come gets its full weight little by little.
//!
//! As Envoy defines it: within `window` of coming, the weight is multiplied by
//! max(`min-weight`, (max(t, 1 s)/`window`)^(1/`aggression`)), t the time since it came. The factor
//! is brought up to date in steps of a hundredth of the window.

use super::{Answer, Balancer, Load, View};
use crate::id::ReplicaId;
use crate::model::SlowStart as Parameters;
use crate::random::Draw;
use crate::units::{Duration, Time};

/// Steps in which weights grow.
const STEPS: u64 = 100;

/// Passes everything on, weights changed.
#[derive(Debug)]
pub(super) struct SlowStart {
    policy: Box<dyn Balancer>,
    parameters: Parameters,
    /// Who came when, with what weight in the end; in the order of coming.
    starting: Vec<(ReplicaId, Time, f64)>,
    next_step: Time,
}

impl SlowStart {
    pub(super) fn new(policy: Box<dyn Balancer>, parameters: Parameters) -> Self {
        Self {
            policy,
            parameters,
            starting: Vec::new(),
            next_step: Time::ZERO,
        }
    }

    fn factor(&self, age: Duration) -> f64 {
        let window = self.parameters.window.seconds();
        let age = age.seconds().max(1.0);
        let power = libm::pow(age / window, 1.0 / self.parameters.aggression);
        power.clamp(self.parameters.min_weight, 1.0)
    }

    fn step(&mut self, now: Time) {
        for (replica, since, weight) in &self.starting {
            let factor = self.factor(now - *since);
            self.policy.weighed(*replica, weight * factor);
        }
        let window = self.parameters.window;
        self.starting.retain(|(_, since, _)| now - *since < window);
        self.next_step = now + Duration::from_nanos(window.nanos() / STEPS);
    }
}

impl Balancer for SlowStart {
    fn added(&mut self, replica: ReplicaId, weight: f64, now: Time) {
        self.starting.push((replica, now, weight));
        let factor = self.factor(Duration::ZERO);
        self.policy.added(replica, weight * factor, now);
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.starting.retain(|(starting, ..)| *starting != replica);
        self.policy.removed(replica);
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        self.policy.changed(replica, load);
    }

    fn answered(&mut self, replica: ReplicaId, answer: Answer) {
        self.policy.answered(replica, answer);
    }

    fn ejections(&self) -> u64 {
        self.policy.ejections()
    }

    fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId> {
        if !self.starting.is_empty() && self.next_step <= view.now {
            self.step(view.now);
        }
        self.policy.pick(view, draw)
    }
}

#[cfg(test)]
mod tests {
    use super::super::weighted_round_robin::WeightedRoundRobin;
    use super::*;
    use crate::random::Word;

    /// Replica 0 has been there for ever when 1 comes at 100 s, with a window of 100 s: at first it
    /// gets a tenth of a weight, halfway half, after the window its all.
    #[test]
    fn a_newcomer_s_share_grows_over_the_window() {
        let policy = Box::new(WeightedRoundRobin::default());
        let parameters = Parameters {
            window: Duration::from_seconds(100.0),
            aggression: 1.0,
            min_weight: 0.1,
        };
        let mut balancer = SlowStart::new(policy, parameters);
        let at = |seconds: f64| Time::ZERO + Duration::from_seconds(seconds);
        balancer.added(ReplicaId(0), 1.0, at(0.0));
        balancer.added(ReplicaId(1), 1.0, at(100.0));
        let mut share = |seconds: f64| {
            let view = View {
                now: at(seconds),
                key: 0,
            };
            let picks = (0..1100).map(|_| balancer.pick(view, &mut Draw::new(Word(0))));
            picks.filter(|pick| *pick == Some(ReplicaId(1))).count()
        };
        for (seconds, expected) in [(100.0, 100), (150.0, 366), (200.0, 550), (999.0, 550)] {
            let count = share(seconds);
            assert!(count.abs_diff(expected) < 4, "{count} at {seconds} s");
        }
    }

    #[test]
    fn aggression_bends_the_ramp() {
        let policy = Box::new(WeightedRoundRobin::default());
        let parameters = Parameters {
            window: Duration::from_seconds(100.0),
            aggression: 2.0,
            min_weight: 0.05,
        };
        let balancer = SlowStart::new(policy, parameters);
        let factor = |seconds: f64| balancer.factor(Duration::from_seconds(seconds));
        // Less than a second counts as one: √0.01.
        assert!((factor(0.0) - 0.1).abs() < 1e-12);
        assert!((factor(25.0) - 0.5).abs() < 1e-12);
        assert!((factor(100.0) - 1.0).abs() < 1e-12);
    }
}
