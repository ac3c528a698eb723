//! `[workflows]`.

use super::app::OverlapKind;
use super::choice::Choice;
use crate::scenario::clock::Moment;
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use macro_rules_attribute::apply;

/// Applications that an arrival runs together, each when those that it comes `after` have ended.
#[apply(table)]
pub(crate) struct WorkflowSpec {
    /// Its applications, by name; also all that they come `after`.
    pub(crate) apps: Option<Located<Vec<Located<String>>>>,
    /// What becomes of a submission while an earlier run has not ended: both run ("allow", where it
    /// is left out), it is refused ("forbid"), or the earlier run is called off ("replace").
    pub(crate) overlap: Option<Located<Choice<OverlapKind>>>,
    /// By when each run is to have ended: a time after its submission such as "4h", or the next time
    /// of the day such as "05:00" (needs `run.start`); whenever it does where it is left out.
    pub(crate) deadline: Option<Located<Quantity<Moment>>>,
}
