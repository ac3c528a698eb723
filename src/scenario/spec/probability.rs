//! `[probabilities]`.

use crate::scenario::located::Located;
use macro_rules_attribute::apply;

/// Something that happens in some replications and not in others: its figure is the share in which
/// it does.
#[apply(table)]
pub(crate) struct ProbabilitySpec {
    /// The figure of a replication that tells whether it has happened.
    pub(crate) metric: Option<Located<String>>,
    /// It has happened where the figure is less than this.
    pub(crate) below: Option<Located<f64>>,
    /// It has happened where the figure is more than this.
    pub(crate) above: Option<Located<f64>>,
}
