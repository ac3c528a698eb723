//! `concurrency`: Knative's pod autoscaler.
//!
//! Every period the requests in system, averaged over the stable window and over the panic window,
//! are divided by the target of one replica. When the panic window wants so many times the replicas
//! that serve, there is a panic: the larger of the two counts, and nothing is removed until a
//! stable window has passed without (knative.dev/docs/serving/autoscaling, and
//! `autoscaler/scaling/autoscaler.go` of Knative Serving 1.15). The last replica goes when nothing
//! has been wanted for the grace period; a request that finds none brings one back at once.

use super::history::History;
use super::{Decision, Load, Scaler, whole};
use crate::model::Concurrency;
use crate::record::ScalingReason;
use crate::units::Time;

/// Holds the number of requests for each replica at its target.
#[derive(Clone, Debug)]
pub(super) struct Knative {
    spec: Concurrency,
    min: u32,
    max: u32,
    in_system: History,
    panic: Option<Panic>,
    /// Since when nothing has been wanted.
    unwanted_since: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
struct Panic {
    /// When there was last a reason for it.
    since: Time,
    /// The most that it has wanted.
    most: u32,
}

impl Knative {
    pub(super) fn new(spec: &Concurrency, min: u32, max: u32) -> Self {
        Self {
            spec: spec.clone(),
            min,
            max,
            in_system: History::new(spec.window),
            panic: None,
            unwanted_since: None,
        }
    }

    /// What the two windows want, and whether there is a panic.
    fn wanted(&mut self, load: &Load) -> Decision {
        let spec = &self.spec;
        let ready = load.ready.max(1);
        let most = whole(spec.max_scale_up_rate * f64::from(ready));
        // Rounded down.
        let least = (f64::from(ready) / spec.max_scale_down_rate) as u32;
        let want = |window| whole(self.in_system.average(window) / spec.target);
        let (stable, burst) = (want(spec.window), want(spec.panic_window));
        let excess = f64::from(burst) / f64::from(ready);
        let (stable, burst) = (stable.clamp(least, most), burst.clamp(least, most));
        if spec.panic_threshold <= excess {
            let most = self.panic.map_or(0, |panic| panic.most);
            self.panic = Some(Panic {
                since: load.now,
                most,
            });
        } else if let Some(panic) = self.panic
            && spec.window < load.now - panic.since
        {
            self.panic = None;
        }
        match &mut self.panic {
            Some(panic) => {
                panic.most = panic.most.max(stable).max(burst);
                Decision {
                    replicas: panic.most,
                    reason: ScalingReason::Panic,
                }
            }
            None => Decision {
                replicas: stable,
                reason: ScalingReason::Load,
            },
        }
    }
}

impl Scaler for Knative {
    fn next(&self, now: Time) -> Option<Time> {
        Some(now + self.spec.period)
    }

    fn decide(&mut self, load: &Load) -> Decision {
        self.in_system.read(load.now, load.areas.in_system);
        let mut decision = self.wanted(load);
        let bounded = decision.replicas.clamp(self.min, self.max);
        if bounded != decision.replicas {
            decision = Decision {
                replicas: bounded,
                reason: ScalingReason::Bounded,
            };
        }
        if decision.replicas > 0 || load.wanted == 0 {
            self.unwanted_since = None;
            return decision;
        }
        let since = *self.unwanted_since.get_or_insert(load.now);
        if load.now - since < self.spec.scale_to_zero_grace {
            return Decision {
                replicas: 1,
                reason: ScalingReason::Grace,
            };
        }
        Decision {
            replicas: 0,
            reason: ScalingReason::Idle,
        }
    }

    fn wake(&mut self) -> Option<Decision> {
        Some(Decision {
            replicas: 1,
            reason: ScalingReason::ColdStart,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Duration;

    const PERIOD: Duration = Duration::from_secs(2);

    fn knative() -> Concurrency {
        Concurrency {
            target: 10.0,
            period: PERIOD,
            window: Duration::from_secs(60),
            panic_window: Duration::from_secs(6),
            panic_threshold: 2.0,
            max_scale_up_rate: 1000.0,
            max_scale_down_rate: 2.0,
            scale_to_zero_grace: Duration::from_secs(30),
        }
    }

    struct Run {
        scaler: Knative,
        load: Load,
    }

    impl Run {
        fn new(spec: &Concurrency, min: u32, replicas: u32) -> Self {
            Self {
                scaler: Knative::new(spec, min, 100),
                load: Load {
                    wanted: replicas,
                    ready: replicas,
                    ..Load::default()
                },
            }
        }

        /// With so many requests in system during the next periods; new replicas run at once.
        fn ask(&mut self, in_system: u64, periods: u32) -> Decision {
            let mut last = None;
            for _ in 0..periods {
                self.load.now = self.load.now + PERIOD;
                self.load.areas.in_system += u128::from(in_system * PERIOD.nanos());
                let decision = self.scaler.decide(&self.load);
                (self.load.wanted, self.load.ready) = (decision.replicas, decision.replicas);
                last = Some(decision);
            }
            last.expect("at least one period")
        }
    }

    #[test]
    fn calm_load_is_divided_by_the_target_and_halved_at_most() {
        let mut run = Run::new(&knative(), 1, 3);
        assert_eq!(
            run.ask(25, 30),
            Decision {
                replicas: 3,
                reason: ScalingReason::Load
            }
        );
        // 60 s at 25, then x periods at 45: ⌈(25 × (30 − x) + 45 x) / 300⌉ is 4 from x = 8 on.
        assert_eq!(run.ask(45, 7).replicas, 3);
        assert_eq!(run.ask(45, 1).replicas, 4);
        assert_eq!(run.ask(45, 22).replicas, 5);
        // Nothing any more: 60 s later nothing is wanted, but only half goes at once.
        let mut falling: Vec<u32> = (0..32).map(|_| run.ask(0, 1).replicas).collect();
        falling.dedup();
        assert_eq!(falling, [5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_burst_is_a_panic_and_nothing_goes_before_it_is_over() {
        let mut run = Run::new(&knative(), 1, 1);
        assert_eq!(run.ask(10, 30).replicas, 1);
        // After 2 s at 100 the last 6 s have an average of 40: four times the replica.
        let burst = run.ask(100, 1);
        assert_eq!(burst.reason, ScalingReason::Panic);
        assert_eq!(burst.replicas, 4);
        // 70 is less than twice 4, but more than there is: a panic follows it.
        assert_eq!(run.ask(100, 1).replicas, 7);
        assert_eq!(run.ask(100, 1).replicas, 10);
        // The load falls at once; the reason for the panic was last seen at 62 s.
        assert_eq!(run.ask(10, 27).replicas, 10);
        assert_eq!(run.load.now, Time::ZERO + Duration::from_secs(120));
        assert_eq!(run.ask(10, 1).replicas, 10);
        let over = run.ask(10, 1);
        assert_eq!(over.reason, ScalingReason::Load);
        // Half of ten; the stable window wants ⌈(10 × 28 + 100 × 2) / 300⌉ = 2.
        assert_eq!(over.replicas, 5);
        assert_eq!(run.ask(10, 1).replicas, 2);
    }

    #[test]
    fn the_last_replica_goes_after_the_grace_and_comes_back_for_a_request() {
        let mut run = Run::new(&knative(), 0, 1);
        assert_eq!(run.ask(10, 30).replicas, 1);
        // Zero in all of the last minute from 120 s on, and for 30 s more.
        assert_eq!(run.ask(0, 29).replicas, 1);
        assert_eq!(run.ask(0, 1).reason, ScalingReason::Grace);
        assert_eq!(run.ask(0, 14).replicas, 1);
        let last = run.ask(0, 1);
        assert_eq!((last.replicas, last.reason), (0, ScalingReason::Idle));
        assert_eq!(run.load.now, Time::ZERO + Duration::from_secs(150));
        assert_eq!(run.ask(0, 30).replicas, 0);
        assert_eq!(run.scaler.wake().map(|woken| woken.replicas), Some(1));
        run.load.wanted = 1;
        // One that starts slowly is not taken back while somebody waits for it.
        assert_eq!(run.ask(1, 60).replicas, 1);
    }
}
