//! `schedule`: so many replicas from such a time on.

use super::{Decision, Load, Scaler};
use crate::model::ScheduledReplicas;
use crate::record::ScalingReason;
use crate::units::Time;

/// Follows the clock.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    steps: Vec<ScheduledReplicas>,
}

impl Schedule {
    pub(super) fn new(steps: &[ScheduledReplicas]) -> Self {
        Self {
            steps: steps.to_vec(),
        }
    }

    /// The number of steps whose time has come.
    fn begun(&self, now: Time) -> usize {
        self.steps.partition_point(|step| step.at <= now)
    }
}

impl Scaler for Schedule {
    fn next(&self, now: Time) -> Option<Time> {
        self.steps.get(self.begun(now)).map(|step| step.at)
    }

    fn decide(&mut self, load: &Load) -> Decision {
        let current = self.begun(load.now).checked_sub(1);
        Decision {
            replicas: current.map_or(load.wanted, |index| self.steps[index].replicas),
            reason: ScalingReason::Scheduled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Duration;

    #[test]
    fn each_step_holds_until_the_next() {
        let at = |seconds| Time::ZERO + Duration::from_secs(seconds);
        let step = |seconds, replicas| ScheduledReplicas {
            at: at(seconds),
            replicas,
        };
        let mut schedule = Schedule::new(&[step(0, 2), step(60, 9), step(90, 1)]);
        let mut replicas = |now| {
            let load = Load {
                now,
                ..Load::default()
            };
            schedule.decide(&load).replicas
        };
        assert_eq!(
            [0, 59, 60, 89, 90, 1000].map(|seconds| replicas(at(seconds))),
            [2, 2, 9, 9, 1, 1]
        );
        assert_eq!(schedule.next(at(0)), Some(at(60)));
        assert_eq!(schedule.next(at(60)), Some(at(90)));
        assert_eq!(schedule.next(at(90)), None);
    }
}
