//! `priority`: the highest priority takes all that it claims, then the next.
//!
//! Tenants of one priority share what is left for them as `drf` does.

use super::claim::{Amounts, Claim};
use super::drf;
use super::fill::{Filled, Lane, fill};
use super::turns::take;

pub(super) fn parts(claims: &[Claim], lanes: &[Lane], capacity: &Amounts) -> Vec<Filled> {
    let lanes = drf::at_speed(claims, lanes, capacity);
    let mut filled: Vec<Filled> = Vec::with_capacity(lanes.len());
    filled.extend(lanes.iter().map(|lane| Filled {
        part: lane.least,
        scarce: None,
    }));
    let mut left = *capacity;
    take(&mut left, lanes.iter().map(|lane| (lane, lane.least)));
    let mut levels: Vec<i32> = claims.iter().map(|claim| claim.priority).collect();
    levels.sort_unstable_by(|one, other| other.cmp(one));
    levels.dedup();
    for level in levels {
        let members: Vec<usize> = (0..lanes.len())
            .filter(|&index| claims[index].priority == level)
            .collect();
        let own: Vec<Lane> = members.iter().map(|&index| lanes[index]).collect();
        // What they have already is theirs to begin with.
        for lane in &own {
            for (left, demand) in left.iter_mut().zip(&lane.demand) {
                *left += lane.least * demand;
            }
        }
        let shared = fill(&own, &left);
        take(
            &mut left,
            own.iter().zip(&shared).map(|(lane, it)| (lane, it.part)),
        );
        for (index, one) in members.into_iter().zip(shared) {
            filled[index] = one;
        }
    }
    filled
}
