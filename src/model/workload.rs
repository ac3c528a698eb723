//! Where requests and submissions come from.

use crate::id::{AppId, ClassId, EndpointId, WorkflowId};
use crate::random::Distribution;
use crate::units::{Duration, Rate, Time};
use std::collections::BTreeSet;

/// A source of requests or submissions.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// What it sends to.
    pub target: Target,
    /// What its requests are marked with.
    pub class: ClassId,
    /// What its requests are about; `None`: each about something of its own.
    pub keys: Option<Keys>,
    /// When it sends.
    pub arrivals: Arrivals,
}

/// Keys of requests: the k-th of `count` is as likely as k^-`zipf` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keys {
    /// Number of keys, at least 1.
    pub count: u32,
    /// Exponent of Zipf's law, 0 or more; 0: all alike.
    pub zipf: f64,
}

impl Workload {
    /// The marks that its requests can have.
    pub fn classes(&self) -> Vec<ClassId> {
        match &self.arrivals {
            Arrivals::Trace(Trace {
                classes: Some(classes),
                ..
            }) => distinct(classes),
            _ => vec![self.class],
        }
    }

    /// The endpoints that it sends to, all of one service; none, if it submits applications.
    pub fn endpoints(&self) -> Vec<EndpointId> {
        match (&self.arrivals, self.target) {
            (_, Target::App(_) | Target::Workflow(_)) => Vec::new(),
            (
                Arrivals::Trace(Trace {
                    endpoints: Some(endpoints),
                    ..
                }),
                _,
            ) => distinct(endpoints),
            (_, Target::Endpoint(endpoint)) => vec![endpoint],
        }
    }

    /// Whether it waits for answers before it sends again.
    pub fn is_closed(&self) -> bool {
        matches!(self.arrivals, Arrivals::Closed { .. })
    }
}

fn distinct<I: Copy + Ord>(ids: &[I]) -> Vec<I> {
    let set: BTreeSet<I> = ids.iter().copied().collect();
    set.into_iter().collect()
}

/// What a mark on requests means.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Higher goes first, where a discipline looks at it.
    pub priority: i32,
    /// Share of a replica, where it is shared.
    pub weight: u32,
}

/// What a workload sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An endpoint of a service.
    Endpoint(EndpointId),
    /// An application.
    App(AppId),
    /// A workflow.
    Workflow(WorkflowId),
}

/// An arrival process.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Poisson.
    Poisson {
        /// Arrivals per second, above 0.
        rate: Rate,
    },
    /// Independent gaps (an ordinary renewal process); a constant gap is `deterministic`.
    Renewal {
        /// Seconds between arrivals; the first comes after one gap.
        interarrival: Distribution,
    },
    /// Poisson at a rate that goes through states of random length, in turn.
    Mmpp {
        /// At least two; one rate at least is above 0.
        states: Vec<MmppState>,
    },
    /// Poisson at a rate that rises and falls as a sine.
    Diurnal(Diurnal),
    /// Poisson at a rate that changes at given instants.
    Steps {
        /// In the order of time; one rate at least is above 0.
        steps: Vec<RateStep>,
    },
    /// Several at once.
    Batch {
        /// When; neither a batch, nor a trace, nor closed.
        of: Box<Arrivals>,
        /// How many.
        size: BatchSize,
    },
    /// As recorded.
    Trace(Trace),
    /// Users who wait for their answer, and then think before they send again.
    Closed {
        /// How many, at least 1.
        users: u32,
        /// Seconds between an answer and the next request, also before the first one.
        think_time: Distribution,
    },
    /// At times of the day.
    Cron {
        /// When.
        schedule: CronSchedule,
        /// Each time is put off by a random part of this; less than the time to the next.
        jitter: Duration,
    },
    /// At the given instants, in order.
    At {
        /// The instants.
        times: Vec<Time>,
    },
}

impl Arrivals {
    /// Whether they come to an end by themselves.
    pub fn end(&self) -> bool {
        match self {
            Self::At { .. } | Self::Trace(_) => true,
            Self::Steps { steps } => steps.last().is_some_and(|step| step.rate.0 <= 0.0),
            Self::Batch { of, .. } => of.end(),
            _ => false,
        }
    }
}

/// A state of a Markov-modulated Poisson process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MmppState {
    /// Arrivals per second in this state.
    pub rate: Rate,
    /// Seconds until the next state on average, above 0; exponential.
    pub mean_sojourn: f64,
}

/// A rate that is `rate` · (1 + (`peak_ratio` − 1) · sin), with its maximum at `peak_at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diurnal {
    /// Arrivals per second on average, above 0.
    pub rate: Rate,
    /// Highest rate / average rate, from 1 to 2.
    pub peak_ratio: f64,
    /// From peak to peak, above 0.
    pub period: Duration,
    /// A peak, since the start of the run.
    pub peak_at: Duration,
}

/// A rate that holds from an instant on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateStep {
    /// Since when.
    pub at: Time,
    /// Arrivals per second.
    pub rate: Rate,
}

/// How many arrive at once: at least 1.
#[derive(Clone, Debug, PartialEq)]
pub enum BatchSize {
    /// Always as many.
    Constant(u32),
    /// Each number from `min` to `max` as likely as any other.
    Uniform {
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// n with probability (1 − p)^(n − 1) · p, p = 1/`mean`.
    Geometric {
        /// The mean, at least 1.
        mean: f64,
    },
    /// One of these, each as likely as the others.
    Empirical(Vec<u32>),
}

/// Recorded arrivals; columns have one value for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// When, in order.
    pub times: Vec<Time>,
    /// Service times; drawn where they are not recorded.
    pub sizes: Option<Vec<Duration>>,
    /// Endpoints, all of one service; the workload's target where they are not recorded.
    pub endpoints: Option<Vec<EndpointId>>,
    /// Marks; the workload's where they are not recorded.
    pub classes: Option<Vec<ClassId>>,
}

/// The five fields of a crontab line, and when the run begins. Bit n of a set stands for n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CronSchedule {
    /// Minutes of the hour, 0 to 59.
    pub minutes: u64,
    /// Hours of the day, 0 to 23.
    pub hours: u32,
    /// Days of the month, 1 to 31.
    pub days: u32,
    /// Months, 1 to 12.
    pub months: u16,
    /// Days of the week, 0 (Sunday) to 6.
    pub weekdays: u8,
    /// Whether it suffices that a day is one of `days` or one of `weekdays`.
    pub either_day: bool,
    /// When the run begins.
    pub start: CivilTime,
}

/// A time of day on some day, without time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CivilTime {
    /// Days since 1 January 1970.
    pub day: i64,
    /// Time since midnight, less than a day.
    pub time: Duration,
}
