//! `hpa`: Kubernetes' horizontal pod autoscaler.
//!
//! desired = ⌈replicas × metric / target⌉, unless the ratio is within the tolerance of 1; replicas
//! that do not run yet are left out when it falls and count as idle when it rises; then the most
//! cautious recommendation of the stabilization window, then the rates
//! (kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale, "Algorithm details" and
//! "Configurable scaling behavior"; `replica_calculator.go` and `horizontal.go` of Kubernetes 1.31).
//! The metric is the average over the time since the last decision.

use super::{Areas, Decision, Load, Scaler, whole};
use crate::model::{Hpa, HpaMetric, Pace};
use crate::record::ScalingReason;
use crate::units::{Duration, Time};
use std::collections::VecDeque;

/// Holds a metric at its target.
#[derive(Clone, Debug)]
pub(super) struct Horizontal {
    spec: Hpa,
    min: u32,
    max: u32,
    /// When it was asked last, and what there had been by then.
    before: (Time, Areas),
    /// What it would have had, without caution.
    recommendations: VecDeque<(Time, u32)>,
    added: VecDeque<(Time, u32)>,
    removed: VecDeque<(Time, u32)>,
}

impl Horizontal {
    pub(super) fn new(spec: &Hpa, min: u32, max: u32) -> Self {
        Self {
            spec: spec.clone(),
            min,
            max,
            before: (Time::ZERO, Areas::default()),
            recommendations: VecDeque::new(),
            added: VecDeque::new(),
            removed: VecDeque::new(),
        }
    }

    /// What the metric asks for.
    fn recommend(&self, load: &Load) -> Decision {
        let (since, before) = self.before;
        let areas = load.areas;
        let nanos = u128::from(load.now.saturating_since(since).nanos());
        let (amount, of) = match self.spec.metric {
            HpaMetric::Cpu => (areas.used - before.used, areas.requested - before.requested),
            HpaMetric::Concurrency => (
                areas.in_system - before.in_system,
                areas.replicas - before.replicas,
            ),
            HpaMetric::QueueLength => (areas.waiting - before.waiting, nanos),
        };
        if of == 0 {
            return Decision {
                replicas: load.wanted,
                reason: ScalingReason::NoMetric,
            };
        }
        let ratio = amount as f64 / of as f64 / self.spec.target;
        let replicas = match self.spec.metric {
            HpaMetric::Cpu | HpaMetric::Concurrency => self.by_replica(ratio, load),
            HpaMetric::QueueLength => self.by_total(ratio, load.wanted),
        };
        Decision {
            replicas: replicas.unwrap_or(load.wanted),
            reason: replicas.map_or(ScalingReason::WithinTolerance, |_| ScalingReason::Load),
        }
    }

    /// The metric is an average over the replicas that run; `None`: leave it.
    fn by_replica(&self, ratio: f64, load: &Load) -> Option<u32> {
        let (ready, wanted) = (f64::from(load.ready), f64::from(load.wanted));
        if load.ready == load.wanted || ratio <= 1.0 {
            return (!self.tolerates(ratio)).then(|| whole(ratio * ready));
        }
        // Those that do not run yet will take their part: they count as idle.
        let damped = ratio * ready / wanted;
        if self.tolerates(damped) || damped < 1.0 {
            return None;
        }
        Some(whole(damped * wanted))
    }

    /// The metric is a total, and the target what each replica may have of it.
    fn by_total(&self, ratio: f64, wanted: u32) -> Option<u32> {
        (!self.tolerates(ratio / f64::from(wanted))).then(|| whole(ratio))
    }

    fn tolerates(&self, ratio: f64) -> bool {
        (ratio - 1.0).abs() <= self.spec.tolerance + 1e-9
    }

    /// The most cautious of the recommendations that have not been forgotten.
    fn stabilize(&mut self, replicas: u32, load: &Load) -> u32 {
        if self.recommendations.is_empty() {
            self.recommendations.push_back((load.now, load.wanted));
        }
        let recent = |window: Duration| {
            let recent = self.recommendations.iter();
            let recent = recent.filter(move |(time, _)| load.now.saturating_since(*time) < window);
            recent.map(|(_, replicas)| *replicas)
        };
        let (up, down) = (self.spec.up.stabilization, self.spec.down.stabilization);
        let least = recent(up).fold(replicas, u32::min);
        let most = recent(down).fold(replicas, u32::max);
        self.recommendations.push_back((load.now, replicas));
        forget(&mut self.recommendations, load.now, up.max(down));
        load.wanted.max(least).min(most)
    }

    /// As far as the rates allow.
    fn limit(&mut self, replicas: u32, load: &Load) -> u32 {
        let (up, down) = (self.spec.up, self.spec.down);
        let longest = up.period.max(down.period);
        forget(&mut self.added, load.now, longest);
        forget(&mut self.removed, load.now, longest);
        let within = |changes: &VecDeque<(Time, u32)>, pace: Pace| -> u32 {
            let recent = changes.iter();
            let recent = recent.filter(|(time, _)| load.now.saturating_since(*time) < pace.period);
            recent.map(|(_, count)| count).sum()
        };
        // As many as there were when the period began.
        let start = |pace| {
            load.wanted + within(&self.removed, pace) - within(&self.added, pace).min(load.wanted)
        };
        if load.wanted < replicas {
            let start = start(up);
            let share = up
                .percent
                .map(|percent| whole(f64::from(start) * (1.0 + percent / 100.0)));
            let number = up.replicas.map(|number| start.saturating_add(number));
            let most = share.max(number).unwrap_or(replicas);
            replicas.min(most.max(load.wanted))
        } else {
            let start = start(down);
            let share = down.percent.map(|percent| {
                // Rounded down, as Kubernetes does.
                (f64::from(start) * (1.0 - percent / 100.0) + 1e-9) as u32
            });
            let number = down.replicas.map(|number| start.saturating_sub(number));
            let least = match (share, number) {
                (Some(share), Some(number)) => share.min(number),
                (share, number) => share.or(number).unwrap_or(replicas),
            };
            replicas.max(least.min(load.wanted))
        }
    }
}

impl Scaler for Horizontal {
    fn next(&self, now: Time) -> Option<Time> {
        Some(now + self.spec.period)
    }

    fn decide(&mut self, load: &Load) -> Decision {
        let Decision {
            replicas: desired,
            mut reason,
        } = self.recommend(load);
        self.before = (load.now, load.areas);
        if reason == ScalingReason::NoMetric {
            return Decision {
                replicas: load.wanted,
                reason,
            };
        }
        let stable = self.stabilize(desired, load);
        let limited = self.limit(stable, load);
        let replicas = limited.clamp(self.min, self.max);
        if replicas != limited {
            reason = ScalingReason::Bounded;
        } else if limited != stable {
            reason = ScalingReason::RateLimited;
        } else if stable != desired {
            reason = ScalingReason::Stabilized;
        }
        let now = load.now;
        if load.wanted < replicas {
            self.added.push_back((now, replicas - load.wanted));
        } else if replicas < load.wanted {
            self.removed.push_back((now, load.wanted - replicas));
        }
        Decision { replicas, reason }
    }
}

/// Drops what is older than `window`.
fn forget(entries: &mut VecDeque<(Time, u32)>, now: Time, window: Duration) {
    while let Some(&(time, _)) = entries.front() {
        if now.saturating_since(time) < window {
            break;
        }
        entries.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(15);

    fn pace(stabilization: u64, replicas: Option<u32>) -> Pace {
        Pace {
            stabilization: Duration::from_secs(stabilization),
            percent: Some(100.0),
            replicas,
            period: PERIOD,
        }
    }

    fn kubernetes(metric: HpaMetric, target: f64) -> Hpa {
        Hpa {
            metric,
            target,
            period: PERIOD,
            tolerance: 0.1,
            up: pace(0, Some(4)),
            down: pace(300, None),
        }
    }

    /// Asks period after period, with a metric of its own in each, and does what it says.
    struct Run {
        scaler: Horizontal,
        load: Load,
    }

    impl Run {
        fn new(spec: &Hpa, wanted: u32, ready: u32) -> Self {
            let load = Load {
                wanted,
                ready,
                ..Load::default()
            };
            Self {
                scaler: Horizontal::new(spec, 1, 100),
                load,
            }
        }

        /// `amount`: of the metric, all replicas together, while so many ran as are ready.
        fn ask(&mut self, amount: f64) -> Decision {
            let load = &mut self.load;
            load.now = load.now + PERIOD;
            let nanos = PERIOD.nanos();
            let area = (amount * nanos as f64) as u128;
            let replicas = u128::from(load.ready) * u128::from(nanos);
            load.areas.used += area;
            load.areas.in_system += area;
            load.areas.waiting += area;
            load.areas.requested += replicas;
            load.areas.replicas += replicas;
            let decision = self.scaler.decide(load);
            load.wanted = decision.replicas;
            decision
        }

        /// The same, and the new replicas run at once.
        fn follow(&mut self, amount: f64) -> u32 {
            let replicas = self.ask(amount).replicas;
            self.load.ready = replicas;
            replicas
        }
    }

    /// HPA-1 and HPA-2: four replicas at 90 of 50 want eight; 54 of 50 is near enough.
    #[test]
    fn the_ratio_is_that_of_metric_and_target() {
        let spec = kubernetes(HpaMetric::Concurrency, 50.0);
        assert_eq!(Run::new(&spec, 4, 4).ask(4.0 * 90.0).replicas, 8);
        let near = Run::new(&spec, 10, 10).ask(10.0 * 54.0);
        assert_eq!(
            near,
            Decision {
                replicas: 10,
                reason: ScalingReason::WithinTolerance
            }
        );
        assert_eq!(Run::new(&spec, 10, 10).ask(10.0 * 55.0).replicas, 10);
        assert_eq!(Run::new(&spec, 10, 10).ask(10.0 * 56.0).replicas, 12);
        // A whole number is not rounded up: 3 × 0.6 / 0.2 = 9 but for the rounding of floats.
        let spec = Hpa {
            up: pace(0, Some(100)),
            ..kubernetes(HpaMetric::Cpu, 0.2)
        };
        assert_eq!(Run::new(&spec, 3, 3).ask(3.0 * 0.6).replicas, 9);
    }

    #[test]
    fn a_total_is_divided_by_what_a_replica_may_have() {
        let spec = kubernetes(HpaMetric::QueueLength, 10.0);
        assert_eq!(Run::new(&spec, 4, 4).ask(73.0).replicas, 8);
        assert_eq!(Run::new(&spec, 4, 4).ask(43.0).replicas, 4);
        // Whether they run does not matter.
        assert_eq!(Run::new(&spec, 4, 1).ask(73.0).replicas, 8);
    }

    #[test]
    fn replicas_that_do_not_run_yet_count_as_idle_when_more_are_wanted() {
        let spec = kubernetes(HpaMetric::Concurrency, 10.0);
        // Two run at 20 each; two are on their way: together they are at 10, just right.
        let waits = Run::new(&spec, 4, 2).ask(40.0);
        assert_eq!(waits.reason, ScalingReason::WithinTolerance);
        assert_eq!(waits.replicas, 4);
        // At 30 each, four would be at 15: six are wanted.
        assert_eq!(Run::new(&spec, 4, 2).ask(60.0).replicas, 6);
        // At 15 each, four would be at 7.5: that is no reason to remove any.
        assert_eq!(Run::new(&spec, 4, 2).ask(30.0).replicas, 4);
        // No replica, no metric.
        let none = Run::new(&spec, 4, 0).ask(0.0);
        assert_eq!(none.reason, ScalingReason::NoMetric);
        assert_eq!(none.replicas, 4);
    }

    /// In 15 s the number is doubled, or grows by four, whichever is more.
    #[test]
    fn more_are_added_at_the_rate_that_kubernetes_has() {
        let spec = kubernetes(HpaMetric::Concurrency, 1.0);
        let mut run = Run::new(&spec, 1, 1);
        let steps: Vec<u32> = (0..6).map(|_| run.follow(60.0)).collect();
        assert_eq!(steps, [5, 10, 20, 40, 60, 60]);
        // Rates count over their own period: 20 are half of the 40 of a minute ago.
        let slow = Hpa {
            up: Pace {
                period: Duration::from_secs(60),
                replicas: None,
                ..pace(0, None)
            },
            ..spec
        };
        let mut run = Run::new(&slow, 1, 1);
        let steps: Vec<u32> = (0..9).map(|_| run.follow(60.0)).collect();
        assert_eq!(steps, [2, 2, 2, 2, 4, 4, 4, 4, 8]);
    }

    /// What was recommended in the last five minutes holds, the number at the start included.
    #[test]
    fn fewer_are_kept_only_when_five_minutes_have_asked_for_no_more() {
        let spec = kubernetes(HpaMetric::Concurrency, 1.0);
        let mut run = Run::new(&spec, 10, 10);
        assert_eq!(run.ask(8.0).reason, ScalingReason::Stabilized);
        // A moment at 9 in the fifth period.
        let mut steps: Vec<u32> = Vec::new();
        for number in 2..=30 {
            steps.push(run.follow(if number == 5 { 6.0 } else { 3.0 }));
        }
        // The number at the start, seen at 15 s, holds until 315 s, the 21st period; then what was
        // recommended at 75 s, until 375 s, the 25th.
        assert_eq!(steps[..19], [10; 19]);
        assert_eq!(steps[19..23], [6; 4]);
        assert_eq!(steps[23..], [3; 6]);
    }

    #[test]
    fn a_rate_of_removal_and_the_bounds_hold() {
        let spec = Hpa {
            down: Pace {
                stabilization: Duration::ZERO,
                percent: Some(10.0),
                replicas: Some(2),
                period: Duration::from_secs(30),
            },
            ..kubernetes(HpaMetric::Concurrency, 1.0)
        };
        let mut run = Run::new(&spec, 40, 40);
        let first = run.ask(0.0);
        assert_eq!(first.reason, ScalingReason::RateLimited);
        run.load.ready = first.replicas;
        let mut steps = vec![first.replicas];
        steps.extend((0..5).map(|_| run.follow(0.0)));
        // A tenth, rounded in favour of fewer, every other period.
        assert_eq!(steps, [36, 36, 32, 32, 28, 28]);
        let mut run = Run::new(&spec, 2, 2);
        let last = run.ask(0.0);
        assert_eq!((last.replicas, last.reason), (1, ScalingReason::Bounded));
    }
}
