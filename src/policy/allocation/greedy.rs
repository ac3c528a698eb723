//! `greedy`: whoever costs least comes first and takes all that it claims.
//!
//! The unit is a share of the cluster: what a claim costs, divided by its dominant share. Of equals
//! the first in the order of names goes first. What a lack would cost is not looked at; that is
//! what `lp` does.

use super::claim::{Amounts, Claim};
use super::fill::{Filled, Lane};
use super::turns::in_turn;

pub(super) fn parts(claims: &[Claim], lanes: &[Lane], capacity: &Amounts) -> Vec<Filled> {
    let unit_costs = claims.iter().map(|claim| {
        let dominant = claim.dominant(capacity);
        if 0.0 < dominant {
            claim.price(&claim.cost) / dominant
        } else {
            0.0
        }
    });
    let unit_costs: Vec<f64> = unit_costs.collect();
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by(|&one, &other| unit_costs[one].total_cmp(&unit_costs[other]));
    in_turn(lanes, order, capacity)
}
