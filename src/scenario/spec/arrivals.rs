//! `arrivals` of `[workloads]`: when something arrives.

use super::distribution::DistributionSpec;
use super::size::BatchSizeSpec;
use crate::scenario::clock::Moment;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Duration, Rate};
use schemars::JsonSchema;
use serde::Deserialize;

/// An arrival process.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table with one key, such as { poisson = { rate = \"6/min\" } }"
)]
pub(crate) enum ArrivalsSpec {
    /// Poisson.
    Poisson(Poisson),
    /// One arrival per interval, the first after one interval.
    Deterministic(Deterministic),
    /// Independent gaps; the first arrival comes after one gap.
    Renewal(Renewal),
    /// Poisson at a rate that goes through states of exponential length in turn; it starts as it is
    /// in the long run.
    Mmpp(Mmpp),
    /// Poisson at a rate that rises and falls as a sine.
    Diurnal(DiurnalSpec),
    /// Poisson at a rate that changes at given times; nothing arrives before the first.
    Steps(Vec<Located<Step>>),
    /// Several at once.
    Batch(Box<BatchSpec>),
    /// As recorded in a CSV file.
    Trace(TraceSpec),
    /// Users who wait for their answer and think before they send again.
    Closed(Closed),
    /// At times of the day; needs `run.start`.
    Cron(Cron),
    /// At the given times since the start of the run.
    At(Vec<Located<Quantity<Duration>>>),
}

/// Declares tables of parameters.
macro_rules! parameters {
    ($($(#[$doc:meta])* $table:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
        pub(crate) struct $table {
            $($(#[$field_doc])* pub(crate) $field: $type,)*
        }
    )*};
}

parameters! {
    /// Poisson arrivals.
    Poisson {
        /// Arrivals per time.
        rate: Located<Quantity<Rate>>,
    }
    /// Evenly spaced arrivals.
    Deterministic {
        /// Time between arrivals.
        interval: Located<Quantity<Duration>>,
    }
    /// Arrivals with independent gaps.
    Renewal {
        /// Time between arrivals.
        interarrival: Located<DistributionSpec>,
    }
    /// A Markov-modulated Poisson process.
    Mmpp {
        /// Arrivals per time, by state.
        rates: Located<Vec<Located<Quantity<Rate>>>>,
        /// How long a state lasts on average, by state.
        mean_sojourns: Located<Vec<Located<Quantity<Duration>>>>,
    }
    /// Arrivals at a rate that rises and falls.
    DiurnalSpec {
        /// Average arrivals per time.
        rate: Located<Quantity<Rate>>,
        /// Highest rate / average rate, from 1 to 2.
        peak_ratio: Located<f64>,
        /// From peak to peak; a day where it is left out.
        period: Option<Located<Quantity<Duration>>>,
        /// When a peak is: a time since the start of the run, or a time of the day such as "14:00"
        /// (needs `run.start`); a quarter of the period where it is left out.
        peak_at: Option<Located<Quantity<Moment>>>,
    }
    /// A rate that holds from a time on.
    Step {
        /// Since the start of the run.
        at: Located<Quantity<Duration>>,
        /// Arrivals per time.
        rate: Located<Quantity<Rate>>,
    }
    /// Arrivals of several at once.
    BatchSpec {
        /// When.
        of: Located<ArrivalsSpec>,
        /// How many.
        size: Located<BatchSizeSpec>,
    }
    /// Recorded arrivals: a CSV file with a header, a row for each, in the order of time.
    TraceSpec {
        /// The CSV file, relative to the scenario file.
        file: Located<String>,
        /// The column of times since the start of the run: seconds, or with a unit.
        column: Located<String>,
        /// The column of service times; drawn where it is left out.
        size: Option<Located<String>>,
        /// The column of names of endpoints of the target.
        endpoint: Option<Located<String>>,
        /// The column of names of classes; an empty cell is a request without a mark.
        class: Option<Located<String>>,
    }
    /// Users who wait for their answer.
    Closed {
        /// How many.
        users: Located<u32>,
        /// From an answer to the next request, and from the start to the first.
        think_time: Located<DistributionSpec>,
    }
    /// Times of the day.
    Cron {
        /// Five fields: minute, hour, day of the month, month, day of the week.
        at: Located<String>,
        /// Each time is put off by a random part of this; not at all where it is left out.
        jitter: Option<Located<Quantity<Duration>>>,
    }
}
