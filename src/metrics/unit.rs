//! What a figure is measured in.

use serde::{Deserialize, Serialize};

/// The unit of a figure, as written to `summary.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Occurrences per second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// A share between 0 and 1 (offered load may pass 1).
    Ratio,
    /// A number of things.
    Count,
    /// Cores.
    Cores,
    /// Core- or executor-seconds and the like: a count times seconds.
    CountSeconds,
    /// Money, in whatever currency prices are.
    Currency,
}

impl Unit {
    /// What the figure is in, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::PerSecond => "occurrences per second",
            Self::Bytes => "bytes",
            Self::Ratio => "shares",
            Self::Count => "numbers",
            Self::Cores => "cores",
            Self::CountSeconds => "numbers times seconds",
            Self::Currency => "money",
        }
    }

    /// The unit's name in CSV files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::PerSecond => "1/s",
            Self::Bytes => "B",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::Cores => "cores",
            Self::CountSeconds => "count·s",
            Self::Currency => "currency",
        }
    }
}
