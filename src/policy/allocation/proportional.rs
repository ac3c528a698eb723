//! `proportional`: each kind of resource is shared in proportion to what is claimed, times the weight.
//!
//! Whoever claims twice as much gets twice as much, so that claiming more pays off: the contrast to
//! `max-min`. What a claim cannot use goes to the others in the same proportion.

use super::claim::Claim;

/// How fast the part of a claim of one kind grows.
pub(super) fn speed(claim: &Claim) -> f64 {
    claim.weight
}
