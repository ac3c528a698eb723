//! `[storage]`: object stores.

use super::choice::Choice;
use crate::model::WrittenKind;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes, Duration, Rate};
use macro_rules_attribute::apply;

/// An object store that applications read and write, outside of the cluster.
#[apply(table)]
pub(crate) struct StorageSpec {
    /// What all that is read and written shares; never a limit where it is left out.
    pub(crate) bandwidth: Option<Located<Quantity<Bandwidth>>>,
    /// From a request to its first byte; no time where it is left out.
    pub(crate) latency: Option<Located<Quantity<Duration>>>,
    /// Requests that it lets through, a second; never a limit where it is left out.
    pub(crate) request_rate: Option<Located<Quantity<Rate>>>,
    /// Bytes that one request asks for; all bytes of a transfer where it is left out.
    pub(crate) request_size: Option<Located<Quantity<Bytes>>>,
    /// Price of 1,000 requests; free where it is left out.
    pub(crate) request_price: Option<Located<f64>>,
    /// What it holds when the run begins, and all the while; nothing where it is left out.
    pub(crate) stored: Option<Located<Quantity<Bytes>>>,
    /// Price of a GB (10^9 bytes) that it holds for a month of 730 hours; free where it is left out.
    pub(crate) price: Option<Located<f64>>,
    /// What becomes of what is written: it is held beside what was there, to the end of the run
    /// ("kept", where it is left out), or takes the place of what was there ("replaces").
    pub(crate) written: Option<Located<Choice<WrittenKind>>>,
}
