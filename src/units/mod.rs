//! Quantities with their unit in the type: time, bytes, processors, rates.
//!
//! Integers wherever the simulator adds and compares: nanoseconds, bytes, thousandths of a
//! processor. `parse.rs` reads what people type, `spark.rs` what Spark's properties hold,
//! `format.rs` writes what people read. Nothing here knows of scenarios.

mod civil;
mod decimal;
pub mod format;
mod parse;
mod spark;
mod time;

pub use civil::CivilDate;
pub use parse::UnitError;
pub use time::{Duration, Time};

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// An amount of memory, disk or data, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// An amount of processor, in thousandths of a core (Kubernetes' `m`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu(pub u64);

/// Data per time, in bytes per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bandwidth(pub u64);

/// Occurrences per second.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

impl Bytes {
    /// 2^10 bytes.
    pub const KIB: Self = Self(1 << 10);
    /// 2^20 bytes.
    pub const MIB: Self = Self(1 << 20);
    /// 2^30 bytes.
    pub const GIB: Self = Self(1 << 30);
}

impl Cpu {
    /// Whole cores as a quantity.
    pub const fn cores(cores: u64) -> Self {
        Self(cores * 1000)
    }

    /// The quantity in cores.
    pub fn as_cores(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Bandwidth {
    /// How long `bytes` take at this rate, rounded up to the nanosecond.
    ///
    /// # Panics
    /// If the bandwidth is zero.
    pub fn time_for(self, bytes: Bytes) -> Duration {
        let nanos = (u128::from(bytes.0) * 1_000_000_000).div_ceil(u128::from(self.0));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

macro_rules! additive {
    ($($name:ident)*) => {$(
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                Self(items.map(|item| item.0).sum())
            }
        }
    )*};
}

additive! { Bytes Cpu }
