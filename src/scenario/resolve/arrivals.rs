//! Arrival processes: parameters in their domain.

use super::{Context, cron, distributions, trace};
use crate::model::{Arrivals, BatchSize, Diurnal, MmppState, RateStep};
use crate::random::Distribution;
use crate::scenario::clock::{Moment, Start};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{
    ArrivalsSpec, BatchSizeSpec, BatchSpec, Closed, DiurnalSpec, Mmpp, SizeLaw, Step,
};
use crate::scenario::units_spec::Quantity;
use crate::units::{Duration, Rate, Time};

/// Arrivals per second: the clock counts nanoseconds.
const FASTEST: f64 = 1e9;

/// A batch of more is taken for a mistake.
const LARGEST_BATCH: u32 = 1_000_000;

/// A modulated process that changes its state more often than this from one arrival to the next is
/// as good as one without states, and takes as long as that.
const MOST_CHANGES: f64 = 1e6;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is known where arrivals are resolved.
#[derive(Debug)]
pub(super) struct Here<'a> {
    /// What the rows of a trace may name.
    pub(super) names: trace::Names<'a>,
    /// When the run starts.
    pub(super) start: Option<&'a Located<Quantity<Start>>>,
    /// Whether anything asked for that.
    pub(super) start_used: bool,
}

/// An arrival process; `None` where it has a problem, which has been told.
pub(super) fn resolve(
    spec: &Located<ArrivalsSpec>,
    here: &mut Here<'_>,
    context: &mut Context<'_>,
) -> Option<Arrivals> {
    match &spec.value {
        ArrivalsSpec::Poisson(poisson) => {
            let rate = positive(&poisson.rate, context)?;
            Some(Arrivals::Poisson { rate })
        }
        ArrivalsSpec::Deterministic(deterministic) => {
            let interval = gap(&deterministic.interval, context)?;
            Some(Arrivals::Renewal {
                interarrival: Distribution::Constant {
                    value: interval.seconds(),
                },
            })
        }
        ArrivalsSpec::Renewal(renewal) => {
            let interarrival = distributions::resolve(&renewal.interarrival, context)?;
            if distributions::is_zero(&interarrival) {
                context.problem(at_once(renewal.interarrival.span));
                return None;
            }
            Some(Arrivals::Renewal { interarrival })
        }
        ArrivalsSpec::Mmpp(mmpp) => self::mmpp(mmpp, spec.span, context),
        ArrivalsSpec::Diurnal(diurnal) => self::diurnal(diurnal, here, context),
        ArrivalsSpec::Steps(steps) => self::steps(steps, spec.span, context),
        ArrivalsSpec::Batch(batch) => self::batch(batch, here, context),
        ArrivalsSpec::Trace(trace) => {
            trace::resolve(trace, &here.names, context).map(Arrivals::Trace)
        }
        ArrivalsSpec::Closed(closed) => self::closed(closed, context),
        ArrivalsSpec::Cron(cron) => {
            let start = start(here, cron.at.span, context);
            cron::resolve(cron, start?, context)
        }
        ArrivalsSpec::At(times) => {
            if times.is_empty() {
                context.problem(
                    Diagnostic::at(spec.span, "`at` lists no time").label("nothing would arrive"),
                );
                return None;
            }
            let mut sorted: Vec<Duration> = times.iter().map(|time| time.value.0).collect();
            sorted.sort_unstable();
            Some(Arrivals::At {
                times: sorted.into_iter().map(|time| Time::ZERO + time).collect(),
            })
        }
    }
}

fn at_once(span: Span) -> Diagnostic {
    Diagnostic::at(span, "the time between arrivals must be above 0")
        .label("infinitely many would arrive at once")
}

fn gap(interval: &Located<Quantity<Duration>>, context: &mut Context<'_>) -> Option<Duration> {
    if interval.value.0.is_zero() {
        context.problem(at_once(interval.span));
        return None;
    }
    Some(interval.value.0)
}

/// A rate above 0.
fn positive(rate: &Located<Quantity<Rate>>, context: &mut Context<'_>) -> Option<Rate> {
    let Rate(per_second) = rate.value.0;
    if 0.0 < per_second && per_second <= FASTEST {
        return Some(rate.value.0);
    }
    context.problem(
        Diagnostic::at(
            rate.span,
            "the rate of arrivals must be above 0 and at most one a nanosecond",
        )
        .label(if FASTEST < per_second {
            "faster than the clock"
        } else {
            "nothing would ever arrive"
        }),
    );
    None
}

/// Rates of which some may be 0, but not all; `span` is where they stand.
fn rates<'r>(
    rates: impl IntoIterator<Item = &'r Located<Quantity<Rate>>>,
    span: Span,
    context: &mut Context<'_>,
) -> Option<Vec<Rate>> {
    let mut found = Vec::new();
    for rate in rates {
        let value = rate.value.0;
        let allowed = if value.0 > 0.0 {
            positive(rate, context)?
        } else {
            value
        };
        found.push(allowed);
    }
    if found.iter().all(|rate| rate.0 <= 0.0) {
        context.problem(Diagnostic::at(span, "every rate is 0").label("nothing would ever arrive"));
        return None;
    }
    Some(found)
}

fn mmpp(spec: &Mmpp, span: Span, context: &mut Context<'_>) -> Option<Arrivals> {
    let (count, sojourns) = (spec.rates.len(), &spec.mean_sojourns);
    if count != sojourns.len() {
        context.problem(
            Diagnostic::at(
                sojourns.span,
                "`mean-sojourns` must have an entry for each of the `rates`",
            )
            .label(format!("{} of them for {count} rates", sojourns.len())),
        );
        return None;
    }
    if count < 2 {
        context.problem(
            Diagnostic::at(spec.rates.span, "`mmpp` needs at least two states")
                .label("with one it is `poisson`"),
        );
        return None;
    }
    let rates = rates(spec.rates.iter(), spec.rates.span, context)?;
    let mut states = Vec::new();
    for (rate, sojourn) in rates.into_iter().zip(sojourns.iter()) {
        let mean_sojourn = sojourn.value.0;
        if mean_sojourn.is_zero() {
            context.problem(
                Diagnostic::at(sojourn.span, "a state must last for some time")
                    .label("infinitely many changes at once"),
            );
            return None;
        }
        states.push(MmppState {
            rate,
            mean_sojourn: mean_sojourn.seconds(),
        });
    }
    let arrivals = |state: &MmppState| state.rate.0 * state.mean_sojourn;
    let changes = count as f64 / states.iter().map(arrivals).sum::<f64>();
    if MOST_CHANGES < changes {
        context.problem(
            Diagnostic::at(span, "the states change too fast for the rates")
                .label(format!("{changes:.0} changes from one arrival to the next"))
                .help("at that pace only the average rate matters: use `poisson`"),
        );
        return None;
    }
    Some(Arrivals::Mmpp { states })
}

fn diurnal(spec: &DiurnalSpec, here: &mut Here<'_>, context: &mut Context<'_>) -> Option<Arrivals> {
    let rate = positive(&spec.rate, context);
    let peak_ratio = spec.peak_ratio.value;
    let in_domain = (1.0..=2.0).contains(&peak_ratio);
    if !in_domain {
        context.problem(
            Diagnostic::at(spec.peak_ratio.span, "`peak-ratio` must be from 1 to 2").label(
                if peak_ratio < 1.0 {
                    "the peak is not below the average"
                } else {
                    "the rate would be below 0 half a period after the peak"
                },
            ),
        );
    }
    let period = match &spec.period {
        Some(period) if period.value.0.is_zero() => {
            context.problem(
                Diagnostic::at(period.span, "`period` must be above 0").label("no time would pass"),
            );
            None
        }
        Some(period) => Some(period.value.0),
        None => Some(DAY),
    };
    let peak_at = match &spec.peak_at {
        None => period.map(|period| Duration::from_nanos(period.nanos() / 4)),
        Some(moment) => match moment.value.0 {
            Moment::Since(time) => Some(time),
            Moment::OfDay(time) => start(here, moment.span, context).map(|start| {
                let midnight = start.civil.time.nanos();
                Duration::from_nanos((time.nanos() + DAY.nanos() - midnight) % DAY.nanos())
            }),
        },
    };
    let diurnal = Diurnal {
        rate: rate?,
        peak_ratio,
        period: period?,
        peak_at: peak_at?,
    };
    in_domain.then_some(Arrivals::Diurnal(diurnal))
}

fn steps(spec: &[Located<Step>], span: Span, context: &mut Context<'_>) -> Option<Arrivals> {
    if let Some(pair) = spec
        .windows(2)
        .find(|pair| pair[1].at.value.0 <= pair[0].at.value.0)
    {
        context.problem(
            Diagnostic::at(pair[1].at.span, "`steps` must stand in the order of time").label(
                format!("not after {}, the step before", pair[0].at.value.0.human()),
            ),
        );
        return None;
    }
    let rates = rates(spec.iter().map(|step| &step.rate), span, context)?;
    let steps = spec.iter().zip(rates).map(|(step, rate)| RateStep {
        at: Time::ZERO + step.at.value.0,
        rate,
    });
    Some(Arrivals::Steps {
        steps: steps.collect(),
    })
}

fn batch(spec: &BatchSpec, here: &mut Here<'_>, context: &mut Context<'_>) -> Option<Arrivals> {
    let size = batch_size(&spec.size, context);
    let refused = match &spec.of.value {
        ArrivalsSpec::Batch(_) => Some("give the sizes of the whole batches"),
        ArrivalsSpec::Trace(_) => Some("write a row for each arrival of the batch"),
        ArrivalsSpec::Closed(_) => Some("users send one request at a time"),
        _ => None,
    };
    if let Some(why) = refused {
        context.problem(
            Diagnostic::at(spec.of.span, "these arrivals cannot come in batches").label(why),
        );
        return None;
    }
    let of = resolve(&spec.of, here, context)?;
    Some(Arrivals::Batch {
        of: Box::new(of),
        size: size?,
    })
}

fn batch_size(spec: &Located<BatchSizeSpec>, context: &mut Context<'_>) -> Option<BatchSize> {
    let within = |size: u32| (1..=LARGEST_BATCH).contains(&size);
    let (size, allowed) = match &spec.value {
        BatchSizeSpec::Constant(size) => (BatchSize::Constant(*size), within(*size)),
        BatchSizeSpec::Law(SizeLaw::Uniform(law)) => {
            let (min, max) = (law.min, law.max);
            let allowed = within(min) && within(max) && min <= max;
            (BatchSize::Uniform { min, max }, allowed)
        }
        BatchSizeSpec::Law(SizeLaw::Geometric(law)) => {
            let allowed = (1.0..=f64::from(LARGEST_BATCH)).contains(&law.mean);
            (BatchSize::Geometric { mean: law.mean }, allowed)
        }
        BatchSizeSpec::Law(SizeLaw::Empirical(law)) => {
            let allowed = !law.values.is_empty() && law.values.iter().all(|size| within(*size));
            (BatchSize::Empirical(law.values.clone()), allowed)
        }
    };
    if !allowed {
        context.problem(
            Diagnostic::at(spec.span, "not the size of a batch").label(format!(
                "sizes are from 1 to {LARGEST_BATCH}, `min` is not above `max`"
            )),
        );
    }
    allowed.then_some(size)
}

fn closed(spec: &Closed, context: &mut Context<'_>) -> Option<Arrivals> {
    let users = context.population(Some(&spec.users), "`users`");
    let think_time = distributions::resolve(&spec.think_time, context)?;
    if distributions::is_zero(&think_time) {
        context.problem(
            Diagnostic::at(spec.think_time.span, "users must think for some time")
                .label("one who is turned away would come back at once, for ever")
                .help("a short time will do, e.g. `think-time = \"1ms\"`"),
        );
        return None;
    }
    Some(Arrivals::Closed { users, think_time })
}

/// When the run starts, for a time of the day at `span`.
fn start(here: &mut Here<'_>, span: Span, context: &mut Context<'_>) -> Option<Start> {
    here.start_used = true;
    start_of_day(here.start, span, context)
}

/// When the run starts, which something that is at a time of the day at `span` has to know.
pub(super) fn start_of_day(
    start: Option<&Located<Quantity<Start>>>,
    span: Span,
    context: &mut Context<'_>,
) -> Option<Start> {
    if start.is_none() && !context.was_removed(&["run"], "start") {
        context.problem(
            Diagnostic::at(span, "a time of the day, and the run starts at none")
                .label("when is that?")
                .help("say when the run starts: `start = \"Mon 00:00\"` in `[run]`"),
        );
    }
    start.map(|start| start.value.0)
}
