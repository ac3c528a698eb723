//! The policy of a kind, applied: guarantees, parts of claims, and the reasons.

use super::claim::{Amounts, Claim, KINDS, Share, WHOLE, Why};
use super::fill::{Filled, Lane, fill};
use super::whole::whole_units;
use super::{drf, fixed, greedy, lp, max_min, priority, proportional};
use crate::model::AllocationKind;

/// Shares `capacity` among `claims`.
pub fn allocate(kind: AllocationKind, claims: &[Claim], capacity: &Amounts) -> Vec<Share> {
    match kind {
        AllocationKind::Static => alone(fixed::shares(claims, capacity), capacity),
        AllocationKind::MaxMin => kind_by_kind(claims, capacity, max_min::speed),
        AllocationKind::Proportional => {
            kind_by_kind(claims, capacity, |claim, _| proportional::speed(claim))
        }
        AllocationKind::Drf => together(claims, capacity, drf::parts),
        AllocationKind::Greedy => together(claims, capacity, greedy::parts),
        AllocationKind::Priority => together(claims, capacity, priority::parts),
        AllocationKind::Lp => together(claims, capacity, lp::parts),
    }
}

/// Each kind of resource for itself.
fn kind_by_kind(
    claims: &[Claim],
    capacity: &Amounts,
    speed: impl Fn(&Claim, usize) -> f64,
) -> Vec<Share> {
    let mut shares: Vec<Share> = claims.iter().map(|_| nothing()).collect();
    for kind in 0..KINDS {
        if claims.iter().all(|claim| claim.demand[kind] <= 0.0) {
            continue;
        }
        let only = |amounts: &Amounts| {
            let mut one = [0.0; KINDS];
            one[kind] = amounts[kind];
            one
        };
        let own = claims.iter().map(|claim| Claim {
            demand: only(&claim.demand),
            ..*claim
        });
        let own: Vec<Claim> = own.collect();
        let mut lanes = lanes(&own, capacity);
        for (lane, claim) in lanes.iter_mut().zip(claims) {
            if 0.0 < claim.demand[kind] {
                lane.speed = speed(claim, kind);
            }
        }
        let filled = fill(&lanes, &only(capacity));
        for ((share, filled), lane) in shares.iter_mut().zip(filled).zip(&lanes) {
            share.amounts[kind] = filled.part * lane.demand[kind];
            if 0.0 < lane.demand[kind] && share.why == Why::Whole {
                share.why = why(&filled, lane);
            }
        }
    }
    alone(shares, capacity)
}

/// What comes in whole units is given as such, whatever is given of other kinds.
fn alone(mut shares: Vec<Share>, capacity: &Amounts) -> Vec<Share> {
    if 0.0 < capacity[WHOLE] {
        whole_units(&mut shares, WHOLE, |_, _| true);
    }
    shares
}

type Parts = fn(&[Claim], &[Lane], &Amounts) -> Vec<Filled>;

/// The same part of each kind.
fn together(claims: &[Claim], capacity: &Amounts, parts: Parts) -> Vec<Share> {
    // What there is none of cannot be part of a share.
    let claims = claims.iter().map(|claim| {
        let lacks = (0..KINDS).any(|kind| 0.0 < claim.demand[kind] && capacity[kind] <= 0.0);
        let demand = if lacks { [0.0; KINDS] } else { claim.demand };
        Claim { demand, ..*claim }
    });
    let claims: Vec<Claim> = claims.collect();
    let lanes = lanes(&claims, capacity);
    let filled = parts(&claims, &lanes, capacity);
    let shares = filled.iter().zip(&lanes).map(|(filled, lane)| Share {
        amounts: lane.demand.map(|demand| filled.part * demand),
        why: why(filled, lane),
    });
    let mut shares: Vec<Share> = shares.collect();
    if 0.0 < capacity[WHOLE] {
        with_the_rest(&mut shares, &claims, capacity);
    }
    shares
}

/// What comes in whole units is given as such. Whoever gets a unit more gets more of everything, as
/// far as it is there.
fn with_the_rest(shares: &mut [Share], claims: &[Claim], capacity: &Amounts) {
    let mut left = *capacity;
    for share in &*shares {
        for (left, amount) in left.iter_mut().zip(&share.amounts) {
            *left = (*left - amount).max(0.0);
        }
    }
    whole_units(shares, WHOLE, |index, share| {
        let Claim { demand, .. } = claims[index];
        let part = (share.amounts[WHOLE] + 1.0) / demand[WHOLE];
        let more: Amounts = std::array::from_fn(|kind| match kind {
            WHOLE => 0.0,
            _ => part * demand[kind] - share.amounts[kind],
        });
        let fits = more.iter().zip(&left).all(|(more, left)| more <= left);
        if fits {
            for (kind, more) in more.into_iter().enumerate() {
                left[kind] -= more;
                share.amounts[kind] += more;
            }
        }
        fits
    });
}

fn nothing() -> Share {
    Share {
        amounts: [0.0; KINDS],
        why: Why::Whole,
    }
}

/// What everybody claims and has from the beginning; where that is more than there is, all of it
/// shrinks by one factor.
fn lanes(claims: &[Claim], capacity: &Amounts) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = claims
        .iter()
        .map(|claim| Lane {
            demand: claim.demand,
            speed: 1.0,
            least: claim.guaranteed_part(),
        })
        .collect();
    let shrink = (0..KINDS).fold(1.0_f64, |shrink, kind| {
        let guaranteed: f64 = lanes
            .iter()
            .map(|lane| lane.least * lane.demand[kind])
            .sum();
        if capacity[kind] < guaranteed {
            shrink.min(capacity[kind] / guaranteed)
        } else {
            shrink
        }
    });
    for lane in &mut lanes {
        lane.least *= shrink;
    }
    lanes
}

#[expect(
    clippy::float_cmp,
    reason = "a part that is all or the least is set to it"
)]
fn why(filled: &Filled, lane: &Lane) -> Why {
    let wants = lane.demand.iter().any(|demand| 0.0 < *demand);
    if filled.part == 1.0 || !wants {
        Why::Whole
    } else if filled.part == lane.least && 0.0 < lane.least {
        Why::Guaranteed
    } else {
        filled.scarce.map_or(Why::Dear, Why::Scarce)
    }
}
