//! `max-min`: each kind of resource for itself is shared max-min fairly, weighted (water-filling:
//! D. Bertsekas and R. Gallager, Data Networks, 2nd ed. 1992, section 6.5.2).
//!
//! Nobody's amount can grow without taking from somebody whose amount, divided by its weight, is no
//! larger. Kinds know nothing of each other: what one of them leaves unused because another is
//! short goes to nobody.

use super::claim::Claim;

/// How fast the part of a claim of one kind grows.
pub(super) fn speed(claim: &Claim, kind: usize) -> f64 {
    claim.weight / claim.demand[kind]
}
