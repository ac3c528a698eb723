//! `[run]`.

use super::choice::{Choice, Named};
use super::promise::{PrecisionSpec, WarmupSpec};
use crate::scenario::clock::Start;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;
use macro_rules_attribute::apply;

/// How long and how often to run: a `duration`, a number of `requests`, or until everything has
/// ended (`horizon = "terminating"`).
#[apply(table)]
pub(crate) struct RunSpec {
    /// Seed of every random stream; 1 where it is left out.
    pub(crate) seed: Option<Located<u64>>,
    /// When the run ends; with a terminating horizon, when arrivals stop.
    pub(crate) duration: Option<Located<Quantity<Duration>>>,
    /// How many outcomes of requests end the run, those of the warm-up included.
    pub(crate) requests: Option<Located<u64>>,
    /// When figures begin to count; at the start where it is left out. "auto": it is found from
    /// the replications' average (MSER-5).
    pub(crate) warmup: Option<Located<Quantity<WarmupSpec>>>,
    /// How many outcomes pass before figures begin to count; 0 where it is left out.
    pub(crate) warmup_requests: Option<Located<u64>>,
    /// "stationary": the number in system of every service is drawn from its stationary law,
    /// where that is known; "empty" where it is left out.
    pub(crate) initial: Option<Located<Choice<InitialKind>>>,
    /// Number of independent replications; 10 where it is left out.
    pub(crate) replications: Option<Located<u32>>,
    /// Replications are added until a figure is known so well.
    pub(crate) precision: Option<Located<PrecisionSpec>>,
    /// "terminating": arrivals stop at `duration` (or when every workload has ended), the run
    /// drains and ends with the last outcome or application; there is no warm-up.
    pub(crate) horizon: Option<Located<Choice<HorizonKind>>>,
    /// The day and the time at which the run starts, such as "Mon 00:00" or "2026-03-02 06:30": what
    /// times of the day elsewhere count from.
    pub(crate) start: Option<Located<Quantity<Start>>>,
}

/// What else can end a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HorizonKind {
    /// The end of all that has arrived.
    Terminating,
}

impl Named for HorizonKind {
    const SET: &'static str = "HorizonKind";
    const NAMES: &'static [(&'static str, Self)] = &[("terminating", Self::Terminating)];
}

/// What a run begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InitialKind {
    /// Nobody is there.
    Empty,
    /// As many as in the long run.
    Stationary,
}

impl Named for InitialKind {
    const SET: &'static str = "InitialKind";
    const NAMES: &'static [(&'static str, Self)] =
        &[("empty", Self::Empty), ("stationary", Self::Stationary)];
}
