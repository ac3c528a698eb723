//! `drf`: dominant resource fairness, weighted.
//!
//! A tenant's dominant share is the largest of its shares of each kind of resource. All dominant
//! shares grow alike, each divided by its tenant's weight, until what a tenant needs has run out
//! (A. Ghodsi, M. Zaharia, B. Hindman, A. Konwinski, S. Shenker and I. Stoica, NSDI 2011, sections 4
//! and 4.3). What is given is a part of the claim, of each kind alike: more of one alone would be of
//! no use.

use super::claim::{Amounts, Claim};
use super::fill::{Filled, Lane, fill};

pub(super) fn parts(claims: &[Claim], lanes: &[Lane], capacity: &Amounts) -> Vec<Filled> {
    fill(&at_speed(claims, lanes, capacity), capacity)
}

/// The lanes, at speeds at which weighted dominant shares are equal.
pub(super) fn at_speed(claims: &[Claim], lanes: &[Lane], capacity: &Amounts) -> Vec<Lane> {
    let pairs = claims.iter().zip(lanes);
    let lanes = pairs.map(|(claim, lane)| {
        let dominant = claim.dominant(capacity);
        let speed = if 0.0 < dominant {
            claim.weight / dominant
        } else {
            1.0
        };
        Lane { speed, ..*lane }
    });
    lanes.collect()
}
