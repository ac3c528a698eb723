//! What holds of every allocation policy: against slow references, all corners of the linear
//! programme, and the promises that all of them make.

use crate::allocation::{amounts, tasks};
use proptest::prelude::*;
use sparksim::model::AllocationKind;
use sparksim::policy::allocation::{Amounts, Claim, KINDS, Share, WHOLE, Why, allocate};

pub(crate) fn largest(shares: &Amounts) -> f64 {
    shares.iter().copied().fold(0.0, f64::max)
}

/// What an allocation costs: what is given and what is lacking.
pub(crate) fn price(claims: &[Claim], given: &[Amounts]) -> f64 {
    let each = claims.iter().zip(given).map(|(claim, given)| {
        (0..KINDS)
            .map(|kind| {
                let lack = claim.demand[kind] - given[kind];
                claim.cost[kind] * given[kind] + claim.penalty[kind] * lack
            })
            .sum::<f64>()
    });
    each.sum()
}

/// Progressive filling as the textbook writes it: raise everybody's measure of its shares, divided
/// by its weight, as far as possible by bisection; freeze who cannot go on; again.
pub(crate) fn reference(
    claims: &[Claim],
    capacity: Amounts,
    measure: impl Fn(&Amounts) -> f64,
) -> Vec<f64> {
    let speed = |claim: &Claim| {
        let shares = std::array::from_fn(|kind| match claim.demand[kind] {
            0.0 => 0.0,
            demand => demand / capacity[kind],
        });
        claim.weight / measure(&shares)
    };
    let least: Vec<f64> = claims.iter().map(least_part).collect();
    let mut frozen: Vec<Option<f64>> = claims
        .iter()
        .map(|claim| (largest(&claim.demand) == 0.0).then_some(1.0))
        .collect();
    let parts = |frozen: &[Option<f64>], level: f64| -> Vec<f64> {
        let lanes = claims.iter().zip(&least).zip(frozen);
        lanes
            .map(|((claim, &least), frozen)| {
                frozen.unwrap_or_else(|| (level * speed(claim)).clamp(least, 1.0))
            })
            .collect()
    };
    let used = |parts: &[f64], kind: usize| -> f64 {
        claims
            .iter()
            .zip(parts)
            .map(|(claim, part)| claim.demand[kind] * part)
            .sum()
    };
    while frozen.iter().any(Option::is_none) {
        let fits = |level: f64| {
            let parts = parts(&frozen, level);
            (0..KINDS).all(|kind| used(&parts, kind) <= capacity[kind] * (1.0 + 1e-12))
        };
        let (mut low, mut high) = (0.0, 1e6);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let now = parts(&frozen, low);
        let full: Vec<bool> = (0..KINDS)
            .map(|kind| capacity[kind] * (1.0 - 1e-9) <= used(&now, kind))
            .collect();
        let before = frozen.clone();
        for (index, claim) in claims.iter().enumerate() {
            let blocked = (0..KINDS).any(|kind| full[kind] && 0.0 < claim.demand[kind]);
            if before[index].is_none() && (blocked || now[index] == 1.0) {
                frozen[index] = Some(now[index]);
            }
        }
        assert_ne!(before, frozen, "somebody goes on for ever");
    }
    parts(&frozen, 0.0)
}

fn least_part(claim: &Claim) -> f64 {
    (0..KINDS)
        .filter(|&kind| 0.0 < claim.demand[kind])
        .map(|kind| claim.guaranteed[kind] / claim.demand[kind])
        .fold(0.0, f64::max)
        .min(1.0)
}

/// The least cost over all corners of the polytope: each claim is at its least, whole, or one of at
/// most as many as there are kinds that lie between, which the exhausted kinds decide.
fn cheapest(claims: &[Claim], capacity: Amounts) -> f64 {
    let mut best = f64::INFINITY;
    let count = claims.len();
    for code in 0..3_usize.pow(count as u32) {
        let digit = |index: usize| code / 3_usize.pow(index as u32) % 3;
        let free: Vec<usize> = (0..count).filter(|&index| digit(index) == 2).collect();
        let mut parts: Vec<f64> = (0..count)
            .map(|index| match digit(index) {
                0 => least_part(&claims[index]),
                1 => 1.0,
                _ => 0.0,
            })
            .collect();
        let left: Vec<f64> = (0..KINDS)
            .map(|kind| {
                let used = claims
                    .iter()
                    .zip(&parts)
                    .map(|(c, part)| c.demand[kind] * part);
                capacity[kind] - used.sum::<f64>()
            })
            .collect();
        // Whoever lies between is decided by as many kinds that have run out.
        let candidates = (0..1_usize << KINDS)
            .filter(|full| full.count_ones() as usize == free.len())
            .filter_map(|full| {
                let kinds = (0..KINDS).filter(|kind| full >> kind & 1 == 1);
                let rows = kinds.map(|kind| {
                    let row = free.iter().map(|&index| claims[index].demand[kind]);
                    row.chain([left[kind]]).collect()
                });
                solve(rows.collect())
            });
        for candidate in candidates {
            for (&index, part) in free.iter().zip(&candidate) {
                parts[index] = *part;
            }
            let inside = parts
                .iter()
                .zip(claims)
                .all(|(part, claim)| least_part(claim) - 1e-9 <= *part && *part <= 1.0 + 1e-9);
            let fits = (0..KINDS).all(|kind| {
                let used = claims
                    .iter()
                    .zip(&parts)
                    .map(|(c, part)| c.demand[kind] * part);
                used.sum::<f64>() <= capacity[kind] * (1.0 + 1e-9)
            });
            if inside && fits {
                let given = claims
                    .iter()
                    .zip(&parts)
                    .map(|(claim, part)| tasks(claim.demand, *part));
                best = best.min(price(claims, &given.collect::<Vec<_>>()));
            }
        }
    }
    best
}

/// The solution of as many equations as there are unknowns, the right sides in the last column, by
/// Gauss's elimination; `None`: there is not exactly one.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let count = rows.len();
    for pivot in 0..count {
        let size = |row: &usize| rows[*row][pivot].abs();
        let best = (pivot..count).max_by(|one, other| size(one).total_cmp(&size(other)))?;
        rows.swap(pivot, best);
        let row = rows[pivot].clone();
        if row[pivot].abs() < 1e-12 {
            return None;
        }
        for (index, other) in rows.iter_mut().enumerate() {
            let factor = other[pivot] / row[pivot];
            if index != pivot {
                for (cell, above) in other.iter_mut().zip(&row) {
                    *cell -= factor * above;
                }
            }
        }
    }
    let each = rows.iter().enumerate();
    Some(each.map(|(index, row)| row[count] / row[index]).collect())
}

fn any_claim() -> impl Strategy<Value = Claim> {
    let amount = 0.0..8.0_f64;
    (
        ([amount.clone(), amount.clone(), amount], 0..6_u32),
        [0.0..0.15_f64, 0.0..0.15_f64, 0.0..0.15_f64],
        [0.0..3.0_f64, 0.0..3.0_f64, 0.0..3.0_f64],
        [0.0..6.0_f64, 0.0..6.0_f64, 0.0..6.0_f64],
        (1..4_u32, 0..3_i32),
    )
        .prop_map(
            |((demand, gpus), guaranteed, cost, penalty, (weight, priority))| Claim {
                // Some claim nothing of a kind, as they do.
                demand: with(
                    demand.map(|amount| if amount < 1.0 { 0.0 } else { amount }),
                    f64::from(gpus.saturating_sub(2)),
                ),
                guaranteed: with(guaranteed, 0.0),
                weight: f64::from(weight),
                // What is rounded to whole units costs nothing, so that costs can be compared.
                cost: with(cost, 0.0),
                penalty: with(penalty, 0.0),
                priority,
            },
        )
}

fn any_claims() -> impl Strategy<Value = (Vec<Claim>, Amounts)> {
    let amount = 6.0..20.0_f64;
    let all = ([amount.clone(), amount.clone(), amount], 1..9_u32);
    (
        prop::collection::vec(any_claim(), 1..6),
        all.prop_map(|(amounts, gpus)| with(amounts, f64::from(gpus))),
    )
}

/// The same without graphics processors: every part of what is claimed may be given.
fn fluid_claims() -> impl Strategy<Value = (Vec<Claim>, Amounts)> {
    any_claims().prop_map(|(mut claims, capacity)| {
        for claim in &mut claims {
            claim.demand[WHOLE] = 0.0;
        }
        (claims, capacity)
    })
}

fn with([cpu, memory, disk]: [f64; 3], gpus: f64) -> Amounts {
    [cpu, memory, disk, gpus]
}

/// How far from its share somebody may be.
fn unit(kind: usize) -> f64 {
    if kind == WHOLE { 1.0 } else { 0.0 }
}

/// What holds of every policy.
fn holds(kind: AllocationKind, claims: &[Claim], capacity: Amounts, shares: &[Share]) {
    for (of, all) in capacity.into_iter().enumerate() {
        let sum: f64 = shares.iter().map(|share| share.amounts[of]).sum();
        assert!(sum <= all * (1.0 + 1e-9) + 1e-9, "{kind:?}: {sum} of {all}");
    }
    let used_up = |of: usize| {
        let sum: f64 = shares.iter().map(|share| share.amounts[of]).sum();
        // What nobody has enough of everything else for, one of them each, may be left.
        capacity[of] * (1.0 - 1e-6) < sum + unit(of) * shares.len() as f64
    };
    for (claim, share) in claims.iter().zip(shares) {
        assert_eq!(share.amounts[WHOLE].fract(), 0.0, "{kind:?}: {share:?}");
        for of in 0..KINDS {
            let given = share.amounts[of];
            let least = claim.guaranteed[of].min(claim.demand[of]);
            assert!(
                least <= given + 1e-9,
                "{kind:?}: {given} is less than {least}"
            );
            if kind != AllocationKind::Static {
                assert!(
                    given <= claim.demand[of] + 1e-9,
                    "{kind:?}: {given} is too much"
                );
            }
        }
        match share.why {
            Why::Whole => {
                for of in 0..KINDS {
                    assert!(
                        (share.amounts[of] - claim.demand[of]).abs() < 1e-6,
                        "{kind:?}"
                    );
                }
            }
            Why::Dear => assert_eq!(kind, AllocationKind::Lp),
            Why::Fixed => assert_eq!(kind, AllocationKind::Static),
            // Nothing is left lying about that it could have used.
            Why::Scarce(_) | Why::Guaranteed => {
                let short = (0..KINDS).any(|of| 0.0 < claim.demand[of] && used_up(of));
                assert!(
                    short || kind == AllocationKind::Lp,
                    "{kind:?}: {share:?} {claim:?}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_policy_breaks_a_guarantee_or_gives_what_is_not_there((claims, capacity) in any_claims()) {
        for (_, kind) in AllocationKind::NAMES {
            holds(*kind, &claims, capacity, &allocate(*kind, &claims, &capacity));
        }
    }

    #[test]
    fn filling_agrees_with_bisection((claims, capacity) in fluid_claims()) {
        let shares = amounts(AllocationKind::Drf, &claims, capacity);
        let parts = reference(&claims, capacity, largest);
        for ((share, part), claim) in shares.iter().zip(parts).zip(&claims) {
            for (amount, demand) in share.iter().zip(claim.demand) {
                prop_assert!((amount - part * demand).abs() < 1e-5 );
            }
        }
        for kind in 0..KINDS {
            let only = |amounts: Amounts| std::array::from_fn(|of| if of == kind { amounts[of] } else { 0.0 });
            let single: Vec<Claim> = claims.iter().map(|claim| Claim {
                demand: only(claim.demand),
                ..*claim
            }).collect();
            let parts = reference(&single, capacity, largest);
            let shares = amounts(AllocationKind::MaxMin, &claims, capacity);
            for ((share, part), claim) in shares.iter().zip(parts).zip(&claims) {
                prop_assert!((share[kind] - part * claim.demand[kind]).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn the_programme_finds_the_cheapest_corner_and_no_policy_is_cheaper(
        (claims, capacity) in fluid_claims()
    ) {
        let lp = price(&claims, &amounts(AllocationKind::Lp, &claims, capacity));
        let best = cheapest(&claims, capacity);
        prop_assert!((lp - best).abs() < 1e-5 * best.max(1.0), "{lp} is not {best}");
        for kind in [AllocationKind::Greedy, AllocationKind::Drf, AllocationKind::Priority] {
            let other = price(&claims, &amounts(kind, &claims, capacity));
            prop_assert!(lp <= other + 1e-5 * other.max(1.0), "{kind:?}: {other} is below {lp}");
        }
    }
}
