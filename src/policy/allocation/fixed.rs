//! `static`: capacity is cut in proportion to the weights once and for all.
//!
//! What is not claimed is lost to the others. A guarantee that is more than the weight gives comes
//! first, and the others share the rest.

use super::claim::{Amounts, Claim, KINDS, Share, Why};
use super::fill::{Lane, fill};

pub(super) fn shares(claims: &[Claim], capacity: &Amounts) -> Vec<Share> {
    let mut shares = vec![
        Share {
            amounts: [0.0; KINDS],
            why: Why::Fixed,
        };
        claims.len()
    ];
    for kind in (0..KINDS).filter(|&kind| 0.0 < capacity[kind]) {
        let mut whole = [0.0; KINDS];
        whole[kind] = capacity[kind];
        let guaranteed: f64 = claims.iter().map(|claim| claim.guaranteed[kind]).sum();
        let shrink = if capacity[kind] < guaranteed {
            capacity[kind] / guaranteed
        } else {
            1.0
        };
        // Each of them as if it claimed everything.
        let lanes: Vec<Lane> = claims
            .iter()
            .map(|claim| Lane {
                demand: whole,
                speed: claim.weight,
                least: (claim.guaranteed[kind] * shrink / capacity[kind]).min(1.0),
            })
            .collect();
        for (share, filled) in shares.iter_mut().zip(fill(&lanes, &whole)) {
            share.amounts[kind] = filled.part * capacity[kind];
        }
    }
    shares
}
