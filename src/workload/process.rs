//! When an open workload sends: one instant after another.

use super::ahead::Ahead;
use super::cron::Firings;
use super::diurnal::Sine;
use super::mmpp::Mmpp;
use super::steps::Steps;
use crate::model::Arrivals;
use crate::random::{Distribution, Purpose, Sequence, Streams};
use crate::units::{Duration, Time};

/// An arrival process on its way.
#[derive(Debug)]
pub(super) enum Process<'m> {
    /// Independent gaps.
    Gaps(Ahead),
    /// Given instants.
    Instants { times: std::slice::Iter<'m, Time> },
    /// A rate that changes at random.
    Mmpp(Box<Mmpp>),
    /// A rate that changes as a sine.
    Diurnal { rate: Sine, words: Sequence },
    /// A rate that changes at given instants.
    Steps { rate: Steps<'m>, words: Sequence },
    /// Times of the day.
    Cron {
        firings: Box<Firings>,
        jitter: Duration,
        words: Sequence,
    },
}

impl<'m> Process<'m> {
    /// The process of an open workload; `None` of a closed one, whose time is made by answers, and
    /// of a batch, which is more than times.
    pub(super) fn new(arrivals: &'m Arrivals, path: &str, streams: &Streams) -> Option<Self> {
        let words = || streams.sequence(path, Purpose::Gap);
        let gaps = |gap: &Distribution| Self::Gaps(Ahead::new(gap.sampler(), words()));
        let instants = |times: &'m [Time]| Self::Instants {
            times: times.iter(),
        };
        Some(match arrivals {
            Arrivals::Poisson { rate } => gaps(&Distribution::Exponential { mean: 1.0 / rate.0 }),
            Arrivals::Renewal { interarrival } => gaps(interarrival),
            Arrivals::Mmpp { states } => {
                let sojourns = streams.sequence(path, Purpose::Sojourn);
                Self::Mmpp(Box::new(Mmpp::new(states, words(), sojourns)))
            }
            Arrivals::Diurnal(diurnal) => Self::Diurnal {
                rate: Sine::new(diurnal),
                words: words(),
            },
            Arrivals::Steps { steps } => Self::Steps {
                rate: Steps::new(steps),
                words: words(),
            },
            Arrivals::Cron { schedule, jitter } => Self::Cron {
                firings: Box::new(Firings::new(*schedule)),
                jitter: *jitter,
                words: streams.sequence(path, Purpose::Jitter),
            },
            Arrivals::Trace(trace) => instants(&trace.times),
            Arrivals::At { times } => instants(times),
            Arrivals::Batch { .. } | Arrivals::Closed { .. } => return None,
        })
    }

    /// The arrival after the one at `now`, or the first; `None`: there is none.
    #[inline]
    pub(super) fn next(&mut self, now: Time) -> Option<Time> {
        match self {
            Self::Gaps(gaps) => Some(now + gaps.next()),
            Self::Instants { times } => times.next().copied(),
            Self::Mmpp(mmpp) => mmpp.next(now),
            Self::Diurnal { rate, words } => Some(rate.after(now, words.word().exponential())),
            Self::Steps { rate, words } => rate.after(now, words.word().exponential()),
            Self::Cron {
                firings,
                jitter,
                words,
            } => {
                let late = jitter.seconds() * words.word().uniform();
                firings
                    .next()
                    .map(|time| time + Duration::from_seconds(late))
            }
        }
    }
}
