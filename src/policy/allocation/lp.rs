//! `lp`: the cheapest allocation, where what is claimed and not given has its price too.
//!
//! With the part `y` of a claim `d` that is given, `x = y·d` is what is given and `s = d − x` what is
//! lacking:
//!
//! minimise `Σ C·x + P·s` subject to `Σ x ≤ R` (of each kind), `m ≤ x ≤ d`.
//!
//! Without the price of a shortfall to give nothing would be the cheapest. A tenant is given
//! each kind in the proportion in which it claims them, since its containers need all of them; so
//! the kinds meet in one programme, which is a fractional knapsack with several constraints and,
//! unlike one with a single constraint, is not solved by taking claims in the order of their worth.
//!
//! The simplex method is that of the crate `microlp`.

use super::claim::{Amounts, Claim, KINDS};
use super::fill::{Filled, Lane};
use super::turns::in_turn;
use microlp::{ComparisonOp, OptimizationDirection, Problem};

/// How near to all of it, or to the least of it, a part counts as that: the solver's own tolerance.
const NEAR: f64 = 1e-7;

pub(super) fn parts(claims: &[Claim], lanes: &[Lane], capacity: &Amounts) -> Vec<Filled> {
    // What it saves to give all of a claim rather than nothing.
    let worth = claims
        .iter()
        .map(|claim| claim.price(&claim.penalty) - claim.price(&claim.cost));
    let worth: Vec<f64> = worth.collect();
    solve(claims, lanes, &worth, capacity)
        .unwrap_or_else(|| by_worth(claims, lanes, &worth, capacity))
}

fn solve(
    claims: &[Claim],
    lanes: &[Lane],
    worth: &[f64],
    capacity: &Amounts,
) -> Option<Vec<Filled>> {
    let most = worth
        .iter()
        .fold(0.0_f64, |most, worth| most.max(worth.abs()));
    let scale = if 0.0 < most { most } else { 1.0 };
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let parts: Vec<_> = lanes
        .iter()
        .zip(worth)
        .map(|(lane, worth)| problem.add_var(worth / scale, (lane.least, 1.0)))
        .collect();
    for kind in 0..KINDS {
        let terms = parts.iter().zip(claims);
        let terms: Vec<_> = terms
            .map(|(&part, claim)| (part, claim.shares(capacity)[kind]))
            .filter(|(_, share)| 0.0 < *share)
            .collect();
        if !terms.is_empty() {
            // Guarantees that just fit must fit in floating point too.
            problem.add_constraint(&terms, ComparisonOp::Le, 1.0 + 1e-12);
        }
    }
    let outcome = problem.solve().ok()?;
    let solution = outcome.solution()?;
    let filled =
        lanes
            .iter()
            .zip(claims)
            .zip(&parts)
            .zip(worth)
            .map(|(((lane, claim), part), worth)| {
                let part = solution.var_value(*part);
                if 1.0 - NEAR < part {
                    return Filled {
                        part: 1.0,
                        scarce: None,
                    };
                }
                Filled {
                    part: if part < lane.least + NEAR {
                        lane.least
                    } else {
                        part
                    },
                    scarce: (*worth > 0.0).then(|| scarcest(&claim.shares(capacity))),
                }
            });
    Some(filled.collect())
}

/// The kind of which a claim is the largest share.
fn scarcest(shares: &Amounts) -> usize {
    (1..KINDS).fold(0, |most, kind| {
        if shares[most] < shares[kind] {
            kind
        } else {
            most
        }
    })
}

/// Where the solver fails for numerical reasons: what saves most for each share of the cluster comes
/// first, and what costs more than its lack does not come at all.
fn by_worth(claims: &[Claim], lanes: &[Lane], worth: &[f64], capacity: &Amounts) -> Vec<Filled> {
    let density = |index: usize| worth[index] / claims[index].dominant(capacity);
    let mut order: Vec<usize> = (0..claims.len())
        .filter(|&index| 0.0 < worth[index])
        .collect();
    order.sort_by(|&one, &other| density(other).total_cmp(&density(one)));
    in_turn(lanes, order, capacity)
}
